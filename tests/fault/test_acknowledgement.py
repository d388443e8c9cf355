"""An acknowledgement is sent when the bytes are on disk, and not before: seen in what is really asked of the kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.fault.calls import Call, calls, is_complete, traced
from tests.fault.homes import Home, connected
from tests.fault.load import Load
from tests.fault.processes import (
    ROOT,
    Commands,
    Request,
    declaration,
    post,
    served_at,
    unforeseen,
)
from tests.fault.size import times
from tests.journey.town import eventually
from tests.servers import NotInstalled, Postgres

pytestmark = pytest.mark.fault

ENOUGH = times(60, 3000)
ONE_BY_ONE = times(15, 500)
CRASHES = times(3, 100)


@pytest.fixture
def strace(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """What to put before the command of an intake."""
    try:
        return traced(tmp_path / "intake.calls")
    except NotInstalled as missing:
        if request.config.getoption("--engines") == "all" or os.environ.get("CI"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@contextmanager
def serving(home: Home, strace: Sequence[str]) -> Iterator[int]:
    """An intake whose calls are written down, all of them once the block has ended."""
    said = home.folder.parent / "said"
    with said.open("wb") as stdout, (home.folder.parent / "logged").open("wb") as stderr:
        server = subprocess.Popen(
            [*strace, sys.executable, "-m", "services.cli", "serve", "intake", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, **home.environment, "SANGKIEN_DATA": str(home.folder)},
            stdout=stdout,
            stderr=stderr,
        )
    try:
        yield served_at(said)
    finally:
        server.terminate()
        server.wait(60)
    eventually(lambda: is_complete(Path(strace[-1])))


def answered(found: Sequence[Call], position: int) -> Call:
    """The call that sent the receipt of what is recorded there."""
    return next(call for call in found if f'\\"position\\":{position},' in call.said)


@pytest.mark.timeout(3600)
def test_a_receipt_leaves_only_after_its_bytes_were_written_and_synchronised(
    run: Commands,
    tmp_path: Path,
    strace: list[str],
    record_property: Callable[[str, object], None],
) -> None:
    home = Home(run, tmp_path / "data")
    load = Load(home.key())
    with serving(home, strace) as port, load.sending(port):
        eventually(lambda: len(load.acknowledged) >= ENOUGH, seconds=1800)
    found = calls(Path(strace[-1]))
    log = str(home.folder / "ledger.db-wal")
    writes = [call for call in found if call.is_to("pwrite64") and log in call.said]
    syncs = [
        call
        for call in found
        if (call.is_to("fdatasync") or call.is_to("fsync")) and log in call.said
    ]
    used = set()
    for request, body in load.acknowledged.items():
        name = json.loads(request.body)["external_id"]
        receipt = answered(found, json.loads(body)["position"])
        written = next(w for w in writes if f'\\"external_id\\":\\"{name}\\"' in w.said)
        synced = next(s for s in syncs if s.began > written.ended)
        assert written.ended < synced.began <= synced.ended < receipt.began
        used.add(synced.began)
    record_property(
        "R3",
        f"SQLite: {len(load.acknowledged):,} receipts, each behind one of {len(used):,} "
        "synchronisations of the ledger's log after its bytes",
    )


class Watched(Postgres):
    """A server that really synchronises, and whose calls are written down."""

    def __init__(self) -> None:
        super().__init__(fsync=True)
        self.calls = self.directory / "server.calls"

    def _command(self) -> list[str]:
        return [*traced(self.calls), *super()._command()]


class Commit(NamedTuple):
    """A commit of a server: the call that heard of it, and the call that answered."""

    heard: Call
    told: Call


def commits(found: Sequence[Call]) -> Iterator[Commit]:
    """The commits that were answered."""
    heard: dict[int, Call] = {}
    for call in found:
        if call.is_to("recvfrom") and "COMMIT\\0" in call.said:
            heard[call.process] = call
        elif call.is_to("sendto") and "COMMIT\\0" in call.said:
            yield Commit(heard[call.process], call)


@pytest.mark.postgres
@pytest.mark.timeout(3600)
def test_a_server_synchronises_each_commit_whatever_its_database_is_set_to(
    run: Commands,
    tmp_path: Path,
    strace: list[str],
    record_property: Callable[[str, object], None],
) -> None:
    """Whoever sets up a database may have made it forget the last moments; intake asks for better."""
    sent: dict[int, tuple[float, float]] = {}
    with Watched() as server:
        ledger = server.create_database("ledger")
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("ALTER DATABASE ledger SET synchronous_commit = off")
        # The only commits of this server are the ledger's.
        home = Home(run, tmp_path / "data", {"ledger": ledger})
        secret = home.key()
        with serving(home, strace) as port, connected(port) as connection_to:
            for number in range(ONE_BY_ONE):
                body = json.dumps(declaration(number)).encode()
                before = time.time()
                answer = post(connection_to, secret, Request(f"r-{number}", body))
                assert answer.status == 201, answer
                sent[json.loads(answer.body)["position"]] = before, time.time()
        with psycopg.connect(ledger) as connection:
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        server.stop()
        eventually(lambda: is_complete(server.calls))
        done = calls(server.calls)
    syncs = [call for call in done if call.is_to("fdatasync") and "/pg_wal/" in call.said]
    asked = calls(Path(strace[-1]))
    told = list(commits(done))
    for position, (before, after) in sent.items():
        receipt = answered(asked, position)
        assert before < receipt.moment < after
        meanwhile = [c for c in told if before < c.heard.moment and c.told.moment < receipt.moment]
        assert meanwhile
        for commit in meanwhile:
            assert any(
                commit.heard.ended < sync.began and sync.ended < commit.told.began for sync in syncs
            )
    record_property(
        "R3",
        f"PostgreSQL, its database set to forget: {len(sent):,} receipts, each behind a commit that was synchronised",
    )


@pytest.mark.postgres
@pytest.mark.timeout(7200)
def test_a_server_that_is_killed_with_all_its_processes_keeps_every_receipt(
    run: Commands, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with Postgres(fsync=True) as server:
        stores = {name: server.create_database(name) for name in ("ledger", "vault", "views")}
        home = Home(run, tmp_path / "data", stores)
        load = Load(home.key())
        intake, port = home.serve("intake")
        for _ in range(CRASHES):
            with load.sending(port):
                server.crash()
                refused = load.refused.total()
                eventually(lambda: load.refused.total() > refused)  # noqa: B023
                server.start()
                so_far = len(load.acknowledged)
                eventually(lambda: len(load.acknowledged) > so_far)  # noqa: B023
        kept = load.all_is_kept(port, home.declared())
        assert unforeseen(run.kill_after(intake, 0).stderr) == []
        home.is_well()
    record_property("R3", f"PostgreSQL: the whole server killed {CRASHES:,} times, {kept}")
