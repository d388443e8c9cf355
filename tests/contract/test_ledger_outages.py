"""When its store fails, a ledger says so, has recorded nothing, and goes on by itself once the store is back."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.sqlite import SQLiteDatastore

from services.projections.views.engine import open_engine
from shared.errors import Unavailable, VersionConflict
from shared.ledger.clock import UUID7, wall_clock
from shared.ledger.postgres import PostgresLedgerRecorder
from shared.ledger.recorder import open_recorder
from shared.ledger.sqlite import SQLiteLedgerRecorder
from shared.ledger.store import Ledger
from shared.ledger.write import Claim
from shared.vault import Vault
from tests.contract.engines import START, Cohort, Engine, formed
from tests.contract.test_ledger_lots import claim, row
from tests.servers import Postgres, Wire

CHECKOUT = Path(__file__).parents[2]


def test_a_write_that_meets_a_locked_file_is_refused_and_succeeds_later(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_recorder(f"sqlite:///{path}").close()
    ledger = Ledger(
        SQLiteLedgerRecorder(SQLiteDatastore(str(path), lock_timeout=1)),
        clock=wall_clock,
        new_id=UUID7(wall_clock, random.getrandbits),
    )
    event = formed(ledger)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match=r"cannot write now .*locked.* Nothing was recorded"):
        ledger.append(event, claims=[Claim("key k1", b"", event)], follower="dedup", handled=1)
    assert (ledger.head(), ledger.handled("dedup"), ledger.find(["key k1"])) == (0, 0, {})
    other.execute("ROLLBACK")
    other.close()
    ledger.append(event, claims=[Claim("key k1", b"", event)], follower="dedup", handled=1)
    assert (ledger.head(), ledger.handled("dedup")) == (1, 1)
    ledger.close()


FULL_DISK = """
import json, resource, sys
from shared.errors import Unavailable
from tests.contract.engines import Cohort, Engine, formed, joined

ledger = Engine(sys.argv[1]).open()
stream = ledger.new_id()
ledger.append(formed(ledger, stream))
version, told = 1, ""
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
while not told:
    try:
        ledger.append(*(joined(ledger, stream, version + more) for more in range(1, 21)))
        version += 20
    except Unavailable as refused:
        told = refused.message
during = ledger.load(Cohort, stream).version
try:
    ledger.append(joined(ledger, stream, version + 1))
    again = "recorded"
    version += 1
except Unavailable:
    again = "refused"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
ledger.append(joined(ledger, stream, version + 1))
print(json.dumps([version, during, told, again, ledger.load(Cohort, stream).version, ledger.head()]))
"""


def test_a_full_disk_is_refused_cleanly_and_the_same_process_goes_on(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, f"sqlite:///{tmp_path / 'ledger.db'}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    version, during, told, again, after, head = json.loads(ran.stdout)
    assert "Nothing was recorded; send the same again later" in told
    assert during in {version, version - (again == "recorded")}
    assert after == head == version + 1


def test_a_place_that_cannot_be_opened_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"The ledger at sqlite:.*nowhere.* cannot be opened"):
        open_recorder(f"sqlite:///{tmp_path}/nowhere/ledger.db")
    junk = tmp_path / "ledger.db"
    junk.write_bytes(b"this is not a database" * 100)
    with pytest.raises(OSError, match="not a database"):
        open_recorder(f"sqlite:///{junk}")
    with pytest.raises(OSError, match="cannot be opened") as refused:
        open_recorder("postgresql://me:secret@127.0.0.1:1/ledger")
    assert "me@127.0.0.1:1/ledger" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.postgres
@pytest.mark.fault
def test_a_server_that_is_down_is_said_to_be_and_the_ledger_goes_on_when_it_is_back(
    postgres_server: Postgres,
) -> None:
    engine = Engine(postgres_server.create_database(f"outage_{uuid4().hex}"))
    ledger = engine.open()
    first, second = formed(ledger), formed(ledger)
    ledger.append(first)
    postgres_server.kill()
    with pytest.raises(Unavailable, match="cannot write now"):
        ledger.append(second)
    with pytest.raises(Unavailable, match="cannot be read now"):
        ledger.load(Cohort, first.originator_id)
    postgres_server.start()
    assert ledger.load(Cohort, first.originator_id).version == 1
    ledger.append(second)
    assert [recorded.event for recorded in ledger.read(0)] == [first, second]
    engine.close()


@contextmanager
def wired(server: Postgres) -> Iterator[tuple[Wire, Ledger]]:
    url = server.create_database(f"wire_{uuid4().hex}")
    wire = Wire(server.port)
    engine = Engine(url.replace(str(server.port), str(wire.port)))
    try:
        yield wire, engine.open()
    finally:
        engine.close()
        wire.close()


@pytest.mark.postgres
@pytest.mark.fault
def test_a_server_that_has_been_restarted_is_hardly_noticed(postgres_server: Postgres) -> None:
    engine = Engine(postgres_server.create_database(f"restart_{uuid4().hex}"))
    ledger = engine.open()
    ledger.append(formed(ledger))
    postgres_server.kill()
    postgres_server.start()
    ledger.append(formed(ledger))
    assert len(ledger.read(0)) == 2
    engine.close()


@pytest.mark.postgres
@pytest.mark.fault
def test_a_write_that_meets_a_server_being_restarted_asks_again_until_it_is_let_in(
    postgres_server: Postgres,
) -> None:
    with wired(postgres_server) as (wire, ledger):
        ledger.append(formed(ledger))
        # So many a write asks in four seconds; a pool left to its own patience would need more than it has.
        wire.hang_up(turning_away=14)
        ledger.append(formed(ledger))
        assert wire.turning_away == 0
        assert len(ledger.read(0)) == 2


@pytest.mark.postgres
@pytest.mark.fault
def test_a_connection_lost_right_after_the_commit_does_not_make_a_record_look_refused(
    postgres_server: Postgres,
) -> None:
    with wired(postgres_server) as (wire, ledger):
        ledger.append(formed(ledger))
        event, more = formed(ledger), formed(ledger)
        wire.cut_at_commit = True
        positions = ledger.append(
            event, more, claims=[Claim("key k1", b"", event)], follower="dedup", handled=1
        )
        assert not wire.cut_at_commit
        facts = ledger.read(0)
        assert [fact.event for fact in facts[1:]] == [event, more]
        assert [fact.position for fact in facts[1:]] == positions
        assert ledger.handled("dedup") == 1


@pytest.mark.postgres
@pytest.mark.fault
def test_a_lot_whose_connection_was_lost_right_after_the_commit_is_found_and_not_repeated(
    postgres_server: Postgres,
) -> None:
    with wired(postgres_server) as (wire, ledger):
        ledger.append(formed(ledger))
        rows = [row(START, formed(ledger)) for _ in range(3)]
        wire.cut_at_commit = True
        positions = ledger.put(rows, [claim("key k1", rows[0])], followers=["dedup"], handled=1)
        assert not wire.cut_at_commit
        assert [fact.position for fact in ledger.read(0)[1:]] == list(positions)
        assert len(positions) == 3
        assert ledger.handled("dedup") == 1


@pytest.mark.postgres
@pytest.mark.fault
def test_a_connection_lost_at_the_commit_of_a_conflict_leaves_it_a_conflict(
    postgres_server: Postgres,
) -> None:
    with wired(postgres_server) as (wire, ledger):
        event = formed(ledger)
        ledger.append(event)
        wire.cut_at_commit = True
        with pytest.raises(VersionConflict):
            ledger.append(formed(ledger, event.originator_id))
        assert [fact.event for fact in ledger.read(0)] == [event]


@pytest.mark.postgres
@pytest.mark.fault
def test_a_connection_lost_right_after_keys_were_kept_does_not_stop_the_vault(
    postgres_server: Postgres,
) -> None:
    url = postgres_server.create_database(f"wire_{uuid4().hex}")
    wire = Wire(postgres_server.port)
    vault = Vault(url.replace(str(postgres_server.port), str(wire.port)), entropy=os.urandom)
    person = uuid4()
    sealed = vault.seal(person, "Lường Thị Hoài Khuyên")
    wire.cut_at_commit = True
    with pytest.raises(Unavailable, match="The vault of personal keys does not answer"):
        vault.flush()
    assert not wire.cut_at_commit
    vault.flush()
    assert vault.unseal(person, sealed) == "Lường Thị Hoài Khuyên"
    vault.close()
    wire.close()


@pytest.mark.postgres
def test_every_connection_is_given_up_soon_on_both_sides_when_the_other_is_silent(
    postgres_server: Postgres,
) -> None:
    ledger, vault = (postgres_server.create_database(f"{n}_{uuid4().hex}") for n in "lv")
    recorder = open_recorder(ledger)
    assert isinstance(recorder, PostgresLedgerRecorder)
    with recorder.datastore.get_connection() as connection:
        notices_silence(connection)
    recorder.close()
    for engine in (open_engine(ledger), Vault(vault, entropy=os.urandom)._engine):
        with engine.connect() as borrowed:
            found = borrowed.connection.driver_connection
            assert isinstance(found, psycopg.Connection)
            notices_silence(found)
        engine.dispose()


def notices_silence(connection: psycopg.Connection[Any]) -> None:
    """It cannot be tried on one machine, which answers for its processes whatever they do."""
    own = connection.info.get_parameters()
    assert (own["tcp_user_timeout"], own["keepalives_idle"]) == ("8000", "2")
    on_server = connection.execute("SELECT current_setting('tcp_user_timeout') AS found").fetchone()
    assert on_server in (("8000",), {"found": "8000"})
