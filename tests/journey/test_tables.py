"""Tables for people say what they are of: as of when, on which axis, of a simulation, and what is still to come."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.journey.test_command_line import declarations, done, matched

__all__ = ["declarations", "matched"]

AT: Final = "2022-03-01T00:00:00+07:00"
BOARDS: Final = {
    "leaderboard": (),
    "quota": (),
    "under": (),
    "milestones": ("--count", 3),
    "causes": (),
    "anomalies": (),
    "digest": (),
    "recognition": ("--quarter", "2022-Q1"),
    "progress": (),
    "ranks": (),
}


def told(board: str, *asked: object, home: Path) -> str:
    """What is printed, without where lines are folded."""
    return " ".join(done("board", board, *BOARDS[board], *asked, "--data", home).out.split())


@pytest.mark.parametrize("board", BOARDS)
def test_a_table_says_its_moment_its_axis_and_that_it_is_of_a_simulation(
    matched: Path, board: str
) -> None:
    known = told(board, "--at", AT, home=matched)
    corrected = told(board, "--at", AT, "--axis", "corrected", home=matched)
    for said in (known, corrected):
        assert "ính đến 0:00 ngày 1/3/2022" in said
        assert "(mô phỏng)" in said
    assert "như đã biết lúc đó" in known
    assert "như đã sửa từ đó đến nay" in corrected


def test_a_board_as_of_what_is_still_to_come_says_that_it_will_change(matched: Path) -> None:
    later = ("--at", "2100-01-01T00:00:00+07:00")
    assert "chưa đến lúc đó nên số liệu còn thay đổi" in told("leaderboard", *later, home=matched)
    assert "chưa đến lúc đó" not in told("leaderboard", home=matched)
    asked = ("board", "quota", "--data", matched, "--json")
    assert done(*asked, *later).json["ahead"] is True
    assert done(*asked, *later, "--axis", "corrected").json["ahead"] is False
    assert (
        done(*asked, "--at", AT, "--axis", "corrected", "--known-at", later[1]).json["ahead"]
        is True
    )
    assert done(*asked, "--at", AT).json["ahead"] is False
    assert done(*asked).json["ahead"] is False
