"""A matcher that is started again has in memory what it had when it stopped, and reads only what is new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from services.dedup import snapshot
from services.dedup.snapshot import facts_of
from services.wiring import System
from shared.settings import Settings
from tests.journey.test_command_line import FOUNDED, SAMPLE, done
from tests.journey.town import (
    SOLUTION,
    SOLUTION_COPIED,
    SOLUTION_OF_ANOTHER_KIND,
    declared,
    eventually,
    listening,
)
from tests.journey.town import town as a_town

FIRST: Final = 40


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are declared in a story, and yet a snapshot is worth writing."""
    monkeypatch.setattr(snapshot, "FEWEST", 1)


def recalls(logged: list[str]) -> list[dict[str, Any]]:
    """What the log says of memories that were filled."""
    lines = map(json.loads, logged)
    return [line for line in lines if line.get("action") == "recall"]


def test_a_second_match_reads_only_what_is_new(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "rows.jsonl"
    rows = (SAMPLE / "declarations.jsonl").read_text("utf-8").splitlines(keepends=True)
    done("init", "--data", home, *FOUNDED, "--simulated")
    assert done("doctor", "--data", home, "--json").json["snapshot"] is None

    file.write_text("".join(rows[:FIRST]), "utf-8")
    done("import", file, "--data", home, "--simulate-clock")
    assert done("match", "--data", home, "--json").json["ideas"] == FIRST
    shown = done("doctor", "--data", home, "--json").json
    assert shown["snapshot"]["texts"] == FIRST
    assert shown["snapshot"]["position"] == shown["head"] - shown["lag"]["dedup"]

    file.write_text("".join(rows[FIRST:]), "utf-8")
    done("import", file, "--data", home, "--simulate-clock")
    with listening() as logged:
        again = done("match", "--data", home, "--json").json
    assert again["ideas"] == len(rows) - FIRST
    assert [line["read_again"] for line in recalls(logged)] == [0]
    assert done("verify", "--data", home, "--json").json["ok"]

    # Somebody who matches it all at once comes to the same.
    once = tmp_path / "once"
    file.write_text("".join(rows), "utf-8")
    done("init", "--data", once, *FOUNDED, "--simulated")
    done("import", file, "--data", once, "--simulate-clock")
    done("match", "--data", once)
    flags = [done("flags", "--data", at, "--jsonl").rows for at in (home, once)]
    facts = [[{k: f[k] for k in ("idea", "of", "score", "band")} for f in told] for told in flags]
    assert facts[0] == facts[1]
    assert facts[0]


def test_a_server_that_stopped_in_order_has_everything_in_memory_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first one, none is written while it serves: it is the stop that writes the last."""
    monkeypatch.setattr(snapshot, "REST", 10**9)
    path = tmp_path / "matcher" / "snapshot.npz"
    with a_town(tmp_path) as town:
        worker = town.worker()
        for number, text in enumerate((SOLUTION, SOLUTION_OF_ANOTHER_KIND, SOLUTION_COPIED)):
            assert (
                worker.post(
                    "/ideas", declared(external_id=f"i-{number}", solution=text)
                ).status_code
                == 201
            )
            eventually(lambda: town.http.get("/readyz").json()["lag"]["dedup"] == 0)
        assert facts_of(path).texts == 1
    assert facts_of(path).texts == 3
    with System(Settings(data=tmp_path)) as system:
        reached = system.ledger.handled("dedup")
    assert facts_of(path).position == reached
    with a_town(tmp_path) as town:
        eventually(lambda: recalls(town.logged))
        (recall,) = recalls(town.logged)
        assert (recall["snapshot"], recall["read_again"]) == (reached, 0)
        answer = town.worker().post("/checks", {"title": "Đồ gá", "solution": SOLUTION})
        assert len(answer.json()["hits"]) == 2
