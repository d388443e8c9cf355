"""Tables for people say what they are of: as of when, on which axis, of a simulation, and what is still to come."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.journey.test_command_line import declarations, done, matched, sangkien

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


@pytest.mark.parametrize("board", [*BOARDS, "lead", "averages", "forecast", "alerts"])
def test_whoever_reads_english_is_shown_titles_heads_and_moments_in_it(
    matched: Path, board: str
) -> None:
    asked = ("board", board, *BOARDS.get(board, ()), "--at", AT, "--data", matched)
    code, out, _ = sangkien(*asked, LANGUAGE="en")
    shown = " ".join(out.split())
    assert code in {0, 1}
    assert "s of 0:00 on 1 March 2022" in shown
    assert "(simulation)" in shown
    # What stands above the first row, of which names may follow.
    above = shown.partition("├" if "├" in shown else "(simulation)")[0]
    for vietnamese in ("tính đến", "đơn vị", "đã kê khai", "chỉ tiêu", "mô phỏng", "hạng"):
        assert vietnamese not in above.lower()


@pytest.mark.parametrize("board", ["leaderboard", "quota", "under", "lead"])
def test_a_frozen_board_is_shown_as_the_live_one_is(matched: Path, board: str) -> None:
    name, home = f"chốt-{board}", ("--data", matched)
    asked = ("board", "freeze", name, "--reason", "Khen", "--board", board, "--at", AT)
    done(*asked, *home)
    live = done("board", board, "--at", AT, *home).out
    frozen = done("board", "frozen", name, *home).out
    assert frozen.startswith("ĐÃ CHỐT")
    assert live[live.index("┏") : live.rindex("┘")] in frozen
    assert done("board", "frozen", name, *home, LANGUAGE="en").out.startswith("FROZEN")


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
