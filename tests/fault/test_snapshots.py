"""The matcher's snapshot, killed while it is written and without room: nothing is lost, and the flags are the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from services.dedup.snapshot import FEWEST
from tests.fault.processes import KILLED, Commands, lines
from tests.fault.test_full_disk import mount

pytestmark = pytest.mark.fault

KILLS: Final = 5
ROWS: Final = FEWEST + 400


@pytest.fixture
def declared(run: Commands, home: Path) -> Path:
    """As many declarations as make a snapshot worth writing, and none of them matched."""
    file = home.parent / "rows.jsonl"
    file.write_text(lines(range(ROWS)), "utf-8")
    assert run.run("import", file, "--data", home, "--json").answer()["accepted"] == ROWS
    return home


def flags(run: Commands, home: Path) -> list[tuple[Any, ...]]:
    """Who was flagged as whose copy, and how much so."""
    outcome = run.run("flags", "--data", home, "--jsonl")
    assert outcome.code == 0, outcome
    rows = map(json.loads, outcome.stdout.splitlines())
    return [(row["idea"], row["of"], row["score"], row["band"]) for row in rows]


@pytest.fixture
def expected(run: Commands, declared: Path) -> list[tuple[Any, ...]]:
    """The flags of who was never disturbed."""
    home = declared.parent / "undisturbed"
    shutil.copytree(declared, home)
    assert run.run("match", "--data", home, "--json").answer()["ideas"] == ROWS
    assert (home / "matcher" / "snapshot.npz").exists()
    found = flags(run, home)
    assert len(found) >= ROWS // 11
    return found


def test_a_matcher_that_is_killed_while_it_writes_its_snapshot_loses_nothing(
    run: Commands, declared: Path, expected: list[tuple[Any, ...]]
) -> None:
    torn = 0
    for number in range(KILLS):
        home = declared.parent / f"killed-{number}"
        shutil.copytree(declared, home)
        draft, snapshot = (home / "matcher" / f"snapshot.{end}" for end in ("part", "npz"))
        running = run.start("match", "--data", home, "--json")
        until = time.monotonic() + 60
        while not draft.exists() and not snapshot.exists() and time.monotonic() < until:
            time.sleep(0.0002)
        assert run.kill_after(running, 0).code == KILLED
        torn += draft.exists()
        again = run.run("match", "--data", home, "--json")
        assert again.code == 0, again
        assert "Traceback" not in again.stderr
        assert flags(run, home) == expected
        shutil.rmtree(home)
    assert torn, "no kill fell into the writing"


@pytest.fixture
def small_disk(declared: Path) -> Iterator[Path]:
    """A home whose snapshots have next to no room."""
    place = declared / "matcher"
    place.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)):
        pytest.skip("only root may mount a small file system")
    try:
        yield declared
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_without_room_for_a_snapshot_the_matcher_says_so_and_matches(
    run: Commands, small_disk: Path, expected: list[tuple[Any, ...]]
) -> None:
    outcome = run.run("match", "--data", small_disk, "--json")
    assert outcome.answer()["ideas"] == ROWS
    assert "snapshot cannot be written" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert flags(run, small_disk) == expected
    assert not any((small_disk / "matcher").iterdir())
    assert run.run("doctor", "--data", small_disk, "--json").answer()["snapshot"] is None
