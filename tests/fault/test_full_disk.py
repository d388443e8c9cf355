"""A disk that is full: a clear answer, nothing half recorded, and all is well again once there is room."""

from __future__ import annotations

import http.client
import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final

import psycopg
import pytest

from services.intake.idea import Idea
from services.wiring import System
from shared.ledger.sqlite import SQLiteLedgerRecorder
from shared.settings import Settings
from shared.vault import Vault
from tests.fault.homes import Home
from tests.fault.processes import (
    Commands,
    Request,
    declaration,
    founded,
    lines,
    on_record,
    post,
    unforeseen,
)
from tests.servers import Postgres

pytestmark = pytest.mark.fault


class Disk:
    """A place that can be full, and have room again."""

    largest_file: int | None = None
    reads = True
    """Whether what is on record can be read while there is no room."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def fill(self) -> None:
        """Take away the room that is left, but for a little."""

    def make_room(self, process: int) -> None:
        """Let there be room, for a process that runs."""
        raise NotImplementedError


class Limited(Disk):
    """No file may become larger than a little more than the largest is."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.largest_file = max(f.stat().st_size for f in home.folder.iterdir()) + 60_000

    def make_room(self, process: int) -> None:
        hard = resource.prlimit(process, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))


class Small(Disk):
    """A file system of its own, with only a little room on it."""

    def make_room(self, process: int) -> None:
        mount("-o", "remount,size=64m", str(self.home.folder))


class Cramped(Postgres):
    """A server that has a part of its data on a small file system of its own."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.small = self.directory / "data" / part
        self.ballast = self.small / "ballast"

    def _format(self) -> None:
        super()._format()
        moved = self.small.rename(self.directory / "moved")
        self.small.mkdir()
        if os.geteuid() or not mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(self.small)):
            pytest.skip("only root may mount a small file system to fill up")
        shutil.copytree(moved, self.small, dirs_exist_ok=True)
        assert self.user is not None
        for path in (self.small, *self.small.rglob("*")):
            shutil.chown(path, self.user, self.user)

    def __exit__(self, *raised: object) -> None:
        self.kill()
        subprocess.run(["umount", "--lazy", str(self.small)], check=False, capture_output=True)
        super().__exit__(*raised)


class FullTables(Disk):
    """A server that has no room for another page of a table: it refuses the write."""

    room: ClassVar[int] = 300_000

    def __init__(self, home: Home, server: Cramped) -> None:
        super().__init__(home)
        self.server = server

    def fill(self) -> None:
        found = os.statvfs(self.server.small)
        with self.server.ballast.open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, found.f_bavail * found.f_frsize - self.room)

    def make_room(self, process: int) -> None:
        self.server.ballast.unlink()


class FullLog(FullTables):
    """A server that has no room for the next file of its log: it goes down, and is started again by people."""

    reads = False

    def fill(self) -> None:
        super().fill()
        # The file it writes in is declared full, which else took thousands of declarations.
        with suppress(psycopg.Error), psycopg.connect(self.server.url) as connection:
            connection.execute("SELECT pg_switch_wal()")

    def make_room(self, process: int) -> None:
        super().make_room(process)
        self.server.kill()
        self.server.start()


def mount(*arguments: str) -> bool:
    command = ["mount", *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


LIMIT: Final = "a limit on the size of files"
SMALL: Final = "a small file system"
SERVERS: Final[Mapping[str, tuple[str, type[FullTables]]]] = {
    "tables of a server": ("base", FullTables),
    "the log of a server": ("pg_wal", FullLog),
}


@pytest.fixture(
    params=[LIMIT, SMALL, *(pytest.param(s, marks=pytest.mark.postgres) for s in SERVERS)]
)
def disk(request: pytest.FixtureRequest, run: Commands, tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "data"
    if request.param == LIMIT:
        yield Limited(Home(run, folder))
    elif request.param == SMALL:
        folder.mkdir()
        if os.geteuid() or not mount("-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)):
            pytest.skip("only root may mount a small file system to fill up")
        try:
            yield Small(Home(run, folder))
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        request.getfixturevalue("postgres_server")  # Says so where there is none.
        part, kind = SERVERS[request.param]
        with Cramped(part) as server:
            yield kind(Home(run, folder, {"ledger": server.create_database("ledger")}), server)


@pytest.mark.timeout(600)
def test_a_full_disk_is_answered_with_unavailable_and_the_same_process_goes_on_when_there_is_room(
    disk: Disk, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    home, secret = disk.home, disk.home.key()
    server, port = home.serve("intake", largest_file=disk.largest_file)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def declare(number: int) -> tuple[int, bytes]:
        body = json.dumps(declaration(number), ensure_ascii=False).encode()
        answer = post(connection, secret, Request(f"r-{number}", body))
        if answer.status != 201:
            assert answer.status == 503, answer
            assert answer.media_type == "application/problem+json"
            problem = json.loads(answer.body)
            assert problem["code"] == "unavailable"
            # Of a server that is down the answer may be that it cannot be read either.
            assert problem["title"].startswith("Hệ thống tạm thời không ghi được") or not disk.reads
        return answer.status, answer.body

    receipts: dict[int, bytes] = {}
    number = 0
    while (declared := declare(number))[0] == 201:
        receipts[number] = declared[1]
        number += 1
        assert number < 5000, "the disk does not fill up"
        if number == 5:
            disk.fill()
    assert receipts, "the disk was full from the beginning"
    # It stays so, for a retry and for others, and nothing of it is on record.
    again = (number, number + 1, number) if disk.reads else (number,)
    assert {declare(n)[0] for n in again} == {503}
    # What is on record can be read meanwhile, and its receipts are given again.
    connection.request("GET", "/livez")
    assert connection.getresponse().read()
    if disk.reads:
        assert home.on_record() == [f"LD-{n}" for n in receipts]
        assert declare(0) == (201, receipts[0])

    disk.make_room(server.process)
    assert declare(0) == (201, receipts[0])
    for later in (number, number + 1, number + 2):
        status, receipts[later] = declare(later)
        assert status == 201
    connection.close()
    assert unforeseen(home.run.kill_after(server, 0).stderr) == []
    assert sorted(home.on_record()) == sorted(f"LD-{n}" for n in receipts)
    home.is_well()
    with home.system() as system:
        for recorded in system.ledger.read(0, limit=10_000, topics=["idea.declared"]):
            (author,) = system.ledger.load(Idea, recorded.event.originator_id).authors
            assert system.vault.unseal(author.person, author.sealed_name)
    record_property(
        "R4",
        f"{request.node.callspec.params['disk']}: {len(receipts) - 3} receipts until full, {1 + len(again)} refused, "
        "then the same process went on; 0 lost, 0 doubled",
    )


LEAST_ROOM: Final = 4_000
"""What the command itself says goes into files as well."""
COMMANDS: Final = {
    "import": ("import", "rows.jsonl", "--json"),
    "a key": ("key", "create", "--role", "client", "--unit", "vn"),
    "match": ("match", "--json"),
    "a board": ("board", "leaderboard"),
    "verify": ("verify",),
    "rebuild": ("rebuild",),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_command_on_a_full_disk_says_so_and_can_be_repeated(
    run: Commands, home: Path, what: str
) -> None:
    file = home.parent / "rows.jsonl"
    file.write_text(lines(range(400)))
    if what != "import":
        assert run.run("import", file, "--data", home, "--json").code == 0
    arguments = [str(file) if a == "rows.jsonl" else a for a in COMMANDS[what]]
    before = on_record(home)
    sizes = [f.stat().st_size for f in home.iterdir()]
    failed = 0
    for room in (LEAST_ROOM, 10_000, 40_000, 400_000, max(sizes) + 10_000):
        outcome = run.run(*arguments, "--data", home, largest_file=room)
        if outcome.code == 0:
            continue
        failed += 1
        assert outcome.code == 1, (room, outcome)
        assert "Traceback" not in outcome.stderr, (room, outcome)
        assert outcome.stderr.strip(), (room, outcome)
        assert outcome.stdout == "", (room, outcome)
        # Batches are recorded whole or not at all: of these rows, all or none.
        assert on_record(home) in (before, [f"LD-{n}" for n in range(400)])
    assert failed, "no limit was small enough"
    outcome = run.run(*arguments, "--data", home)
    assert outcome.code == 0, outcome
    assert run.run("import", file, "--data", home, "--json").answer()["replayed"] == 400
    assert run.run("match", "--data", home, "--json").code == 0
    assert run.run("verify", "--data", home, "--json").answer()["ok"] is True


@pytest.mark.parametrize("room", [LEAST_ROOM, 5_000, 10_000, 30_000])
def test_a_beginning_on_a_full_disk_is_no_beginning(
    run: Commands, tmp_path: Path, room: int
) -> None:
    founded(run, tmp_path / "elsewhere")
    home = tmp_path / "data"
    arguments = (
        "init",
        "--data",
        home,
        "--units",
        tmp_path / "units.jsonl",
        "--programme",
        tmp_path / "programme.json",
        "--json",
    )
    outcome = run.run(*arguments, largest_file=room)
    assert outcome.code == 1, outcome
    assert "Traceback" not in outcome.stderr
    assert outcome.stderr.strip()
    repeated = run.run(*arguments)
    assert repeated.code == 0, repeated
    assert repeated.answer()["units"] == 9


def test_an_acknowledgement_means_that_the_bytes_are_on_disk(tmp_path: Path) -> None:
    """Both stores synchronise each commit with the disk, on the very connections that write."""
    with System(Settings(data=tmp_path)) as system:
        for commit in (True, False):
            recorder = system.ledger._recorder
            assert isinstance(recorder, SQLiteLedgerRecorder)
            with recorder.datastore.transaction(commit=commit) as cursor:
                for name, value in (("synchronous", 2), ("journal_mode", "wal")):
                    cursor.execute(f"PRAGMA {name}")
                    assert cursor.fetchone()[0] == value
    vault = Vault(f"sqlite:///{tmp_path / 'vault.db'}", entropy=os.urandom)
    with vault._engine.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "journal_mode", "secure_delete")
        ]
    assert pragmas == [2, "wal", 1]
    vault.close()
