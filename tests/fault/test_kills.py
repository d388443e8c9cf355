"""Processes are killed at any moment: what was acknowledged is on record, once, and everything else can be done again."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from services.intake.idea import Idea
from services.wiring import System
from shared.settings import Settings
from tests.fault.processes import (
    KILLED,
    Commands,
    lines,
    on_record,
)

pytestmark = pytest.mark.fault

IMPORT_KILLS: Final = 60
MATCH_KILLS: Final = 20
ROWS: Final = 150
BATCH: Final = 25
"""A small file in small batches has as many moments between two commits as a large one."""


def all_is_well(run: Commands, home: Path, *, expected: int) -> None:
    """Each declaration once, each author's name readable, the matcher and the views at the head, everything verified."""
    ids = on_record(home)
    assert len(ids) == expected
    assert [i for i, n in Counter(ids).items() if n > 1] == []
    assert run.run("match", "--data", home, "--json").code == 0
    again = run.run("match", "--data", home, "--json").answer()
    assert (again["ideas"], again["flags"]) == (0, 0)
    verified = run.run("verify", "--data", home, "--json")
    assert verified.code == 0, verified
    assert verified.answer()["ok"] is True
    with System(Settings(data=home)) as system:
        head = system.ledger.head()
        assert (system.ledger.handled("dedup"), system.ledger.handled("cases")) == (head, head)
        declared = [r.event for r in system.ledger.read(0, limit=10**6, topics=["idea.declared"])]
        for event in declared:
            (author,) = system.ledger.load(Idea, event.originator_id).authors
            name = system.vault.unseal(author.person, author.sealed_name)
            number = getattr(event, "external_id", "").removeprefix("LD-")
            assert name == f"Đinh Thị Khả Vy {number}"


def test_sixty_killed_imports_lose_and_double_nothing(
    run: Commands, home: Path, chance: random.Random
) -> None:
    """An import that was killed is simply repeated: it finds what is on record and adds the rest."""

    def file(slice_: int) -> Path:
        path = home.parent / f"{slice_}.jsonl"
        path.write_text(lines(range(slice_ * ROWS, (slice_ + 1) * ROWS)))
        return path

    def arguments(slice_: int) -> tuple[object, ...]:
        return "import", file(slice_), "--data", home, "--json"

    began = time.perf_counter()
    assert run.run(*arguments(0), batch=BATCH).answer()["accepted"] == ROWS
    usual = time.perf_counter() - began
    killed, slice_, torn = 0, 1, 0
    while killed < IMPORT_KILLS:
        before = len(on_record(home))
        running = run.start(*arguments(slice_), batch=BATCH)
        outcome = run.kill_after(running, chance.uniform(0, usual))
        if outcome.code == KILLED:
            killed += 1
            torn += before < len(on_record(home))
        else:
            assert outcome.code == 0, outcome
            report = outcome.answer()
            assert (report["read"], report["rejected"]) == (ROWS, 0)
            assert report["replayed"] == before - slice_ * ROWS
            assert report["accepted"] == ROWS - report["replayed"]
            slice_ += 1
    assert run.run(*arguments(slice_), batch=BATCH).code == 0
    print(f"{killed} imports killed, {torn} of them with something recorded")
    assert torn, "no kill fell between two commits; the moments are badly chosen"
    for done in range(slice_ + 1):
        again = run.run(*arguments(done)).answer()
        assert (again["replayed"], again["accepted"], again["rejected"]) == (ROWS, 0, 0)
    all_is_well(run, home, expected=(slice_ + 1) * ROWS)


def test_twenty_killed_matchers_suspect_just_what_one_that_lived_suspects(
    run: Commands, home: Path, chance: random.Random
) -> None:
    """The same flags and cases, however often the matcher, the keeper and the views were interrupted."""
    file = home.parent / "all.jsonl"
    file.write_text(lines(range(1500)))
    assert run.run("import", file, "--data", home, "--json").answer()["accepted"] == 1500
    undisturbed = Path(shutil.copytree(home, home.parent / "undisturbed"))
    began = time.perf_counter()
    assert run.run("match", "--data", undisturbed, "--json").code == 0
    usual = time.perf_counter() - began
    killed = 0
    while killed < MATCH_KILLS:
        # Now the matcher, now the keeper with it, now a reader that catches the views up.
        for command in (("match", "--json"), ("cases", "--json"), ("verify", "--json")):
            running = run.start(*command, "--data", home)
            outcome = run.kill_after(
                running, chance.uniform(0, usual / (1 if command[0] == "match" else 4))
            )
            assert outcome.code in {KILLED, 0}, outcome
            killed += outcome.code == KILLED
    print(f"{killed} matchers and readers killed")

    def told(data: Path, what: str) -> list[str]:
        outcome = run.run(what, "--data", data, "--jsonl")
        assert outcome.code == 0, outcome
        return sorted(outcome.stdout.splitlines())

    assert run.run("match", "--data", home, "--json").code == 0
    flags = told(home, "flags")
    assert len(flags) > 100
    assert flags == told(undisturbed, "flags")
    assert without_positions(told(home, "cases")) == without_positions(told(undisturbed, "cases"))
    all_is_well(run, home, expected=1500)


def without_positions(rows: list[str]) -> list[dict[str, Any]]:
    """Where a flag came to stand depends on when it was raised; which cases there are does not."""
    found = [{k: v for k, v in json.loads(row).items() if k != "position"} for row in rows]
    return sorted(found, key=lambda row: str(row["case"]))
