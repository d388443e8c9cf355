"""Whoever writes in a process of its own is killed: senders notice nothing, and none is left behind by a server that is gone."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fault.homes import Home, on_databases
from tests.fault.load import Load
from tests.fault.processes import Commands
from tests.fault.size import times
from tests.servers import Postgres

pytestmark = [pytest.mark.fault, pytest.mark.postgres]

KILLS = times(4, 100)
SENDERS = 16
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05


def scribes(server: int) -> list[int]:
    """The processes that write for a server."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server and b"services.scribe" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def one_that_writes(server: int, *, but: int = 0) -> int:
    """The process that writes for a server, when there is one."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := [process for process in scribes(server) if process != but]):
        assert time.monotonic() < until, "nobody was called to write"
        time.sleep(0.05)
    return found[0]


def is_gone(process: int) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{process}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not Path(f"/proc/{process}").exists()


@pytest.fixture
def grown_home(run: Commands, tmp_path: Path, postgres_server: Postgres) -> Home:
    return on_databases(run, tmp_path / "data", postgres_server)


def test_a_scribe_that_is_killed_is_not_noticed_by_any_sender(
    grown_home: Home, chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    load = Load(grown_home.key(), pause=PAUSE_SECONDS)
    server, port = grown_home.serve("intake")
    writing = 0
    with load.going_on(lambda: port, SENDERS):
        for _ in range(KILLS):
            writing = one_that_writes(server.process, but=writing)
            time.sleep(chance.uniform(1, 2))
            os.kill(writing, signal.SIGKILL)
    assert (load.doubts, load.refused) == (0, {})
    kept = load.all_is_kept(port, grown_home.declared())
    record_property("R1", f"PostgreSQL: {KILLS:,} scribes of one server killed, {kept}")

    os.kill(server.process, signal.SIGTERM)
    assert grown_home.run.end(server).code == 0
    assert scribes(server.process) == []
    grown_home.is_well()


def test_a_server_that_is_gone_leaves_nobody_behind_that_writes(grown_home: Home) -> None:
    load = Load(grown_home.key(), pause=PAUSE_SECONDS)
    server, port = grown_home.serve("intake")
    with load.going_on(lambda: port, SENDERS):
        writing = one_that_writes(server.process)
        grown_home.run.kill_after(server, 0)
        assert is_gone(writing)
    server, port = grown_home.serve("intake")
    load.all_is_kept(port, grown_home.declared())
    grown_home.run.kill_after(server, 0)
