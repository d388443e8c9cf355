"""A replay's file is asked for ahead of it, each part once, by a descriptor that is open anyway."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.ledger import foresight
from shared.ledger.foresight import Foresight

HEAD = 100


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    monkeypatch.setattr(foresight, "LEAD_BYTES", 3000)
    monkeypatch.setattr(foresight, "STEP_BYTES", 1000)
    monkeypatch.setattr(foresight, "PIECE_BYTES", 500)
    monkeypatch.setattr(
        os, "posix_fadvise", lambda _, begin, length, __: found.append((begin, begin + length))
    )
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    path.write_bytes(bytes(10_000))
    return path


def test_every_part_is_asked_for_once_and_before_it_is_come_to(
    file: Path, asked: list[tuple[int, int]]
) -> None:
    with file.open("rb"):
        replay = Foresight(str(file))
        for position in range(0, HEAD, 5):
            replay.comes_to(position, position + 5, HEAD)
            assert asked[-1][1] >= min(10_000, 100 * (position + 5) + 2000)
    assert asked == [(begin, begin + 500) for begin in range(0, 10_000, 500)]


def test_whoever_goes_back_has_it_asked_for_anew(file: Path, asked: list[tuple[int, int]]) -> None:
    with file.open("rb"):
        replay = Foresight(str(file))
        replay.comes_to(80, 100, HEAD)
        replay.comes_to(20, 25, HEAD)
    assert asked == [
        *((begin, begin + 500) for begin in range(7000, 10_000, 500)),
        *((begin, begin + 500) for begin in range(1000, 5500, 500)),
    ]


def test_nothing_is_asked_where_nobody_holds_the_file_open_or_there_is_none(
    file: Path, asked: list[tuple[int, int]]
) -> None:
    before = len(os.listdir("/proc/self/fd"))
    Foresight(str(file)).comes_to(0, 100, HEAD)
    Foresight(str(file.with_name("none.db"))).comes_to(0, 100, HEAD)
    assert not asked
    assert len(os.listdir("/proc/self/fd")) == before
