"""A simulation is killed while it writes: its processes end with it, and what is on record is whole and opens."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from services.projections.views.verify import verify
from services.simulation import national
from services.wiring import System
from shared.events.idea import IdeaDeclared
from shared.settings import Settings

pytestmark = pytest.mark.fault

PATIENCE = 120


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(process: int) -> list[int]:
    return [
        int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_simulation_leaves_no_process_and_nothing_half_recorded(tmp_path: Path) -> None:
    words = ["simulate", "--scenario", "national", "--ideas", str(national.APART_FROM)]
    home = tmp_path / "data"
    simulation = subprocess.Popen(
        [sys.executable, "-m", "services.cli", *words, "--data", str(home)],
        env={"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"]},
    )
    try:
        eventually(lambda: len(children(simulation.pid)) == 2)
        parts = children(simulation.pid)
        with closing(sqlite3.connect(home / "ledger.db")) as reader:
            declared_one = "SELECT 1 FROM stored_events WHERE topic = 'idea.declared' LIMIT 1"
            eventually(lambda: reader.execute(declared_one).fetchone() is not None)
    finally:
        simulation.send_signal(signal.SIGKILL)
        simulation.wait()

    eventually(lambda: not any(map(runs, parts)))
    with System(Settings(data=home)) as system:
        declared = [
            fact.event
            for fact in system.ledger.read(0, limit=10**6, topics=("idea.declared",))
            if isinstance(fact.event, IdeaDeclared)
        ]
        assert declared
        assert len({(event.sender, event.external_id) for event in declared}) == len(declared)
        for event in declared[-1000::7]:
            for author in event.authors:
                assert system.vault.unseal(author.person, author.sealed_name)
        system.catch_up_views()
        assert verify(system.ledger, system.views)["ok"]
        with pytest.raises(national.LedgerHoldsSomething):
            national.simulate(system, ideas=1, seed=1, progress=lambda *_: None)
