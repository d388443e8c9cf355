"""A ledger copied, row by row as it lies, into a PostgreSQL of its own; how fast it is read and its views are built anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from pydantic import SecretStr

from services.projections.views.projector import STRETCH
from services.wiring import System
from shared.ledger.clock import wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.settings import Settings
from tests.servers.postgres import Postgres


@contextmanager
def grown(data: Path) -> Iterator[System]:
    """The system over a copy of an embedded ledger in PostgreSQL; the vault stays where it is."""
    with Postgres(fsync=True) as server:
        address = server.create_database("ledger")
        opened(address).close()
        with System(Settings(data=data)) as embedded, psycopg.connect(address) as into:
            copy_rows(embedded.ledger, into)
        with psycopg.connect(address, autocommit=True) as into:
            # The first reader of new rows writes on each that it stands; a ledger that has stood a day has been read.
            into.execute("VACUUM (ANALYZE) stored_events")
        settings = Settings(
            ledger_url=SecretStr(address),
            views_url=SecretStr(server.create_database("views")),
            vault_url=SecretStr(f"sqlite:///{data / 'vault.db'}"),
        )
        with System(settings) as system:
            yield system


def opened(address: str) -> Ledger:
    """The ledger in a database, its tables made where they are not yet."""
    return Ledger(open_recorder(address), clock=wall_clock, new_id=uuid4)


def copy_rows(ledger: Ledger, into: psycopg.Connection) -> None:
    """Copy every event with its position. Claims are not copied: no view reads them."""
    head, at = ledger.head(), 0
    with (
        into.cursor() as cursor,
        cursor.copy(
            "COPY stored_events (notification_id, originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)"
        ) as copy,
    ):
        copy.set_types(["int8", "uuid", "int8", "text", "bytea"])
        while at < head:
            rows = ledger.rows(at, limit=STRETCH)
            for row in rows:
                copy.write_row((row[0], UUID(row[1]), *row[2:]))
            at = rows[-1][0]
    # Whoever writes to the copy goes on behind the last position.
    into.execute(
        "SELECT setval(pg_get_serial_sequence('stored_events', 'notification_id'), %s)", (head,)
    )
    into.commit()


def measured(data: Path, rounds: int) -> dict[str, object]:
    """Rows read in a second, and seconds that a rebuild of all views takes, the best of so many."""
    with grown(data) as system:
        head, at = system.ledger.head(), 0
        began = time.perf_counter()
        while at < head:
            at = system.ledger.rows(at, limit=STRETCH)[-1][0]
        reading = time.perf_counter() - began
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            system.projector.rebuild(system.ledger)
            taken.append(time.perf_counter() - began)
        return {
            "raw_rows_s": round(head / reading),
            "rebuild_seconds": round(min(taken), 1),
            "rebuilt_s": round(head / min(taken)),
            "rounds": [round(seconds, 1) for seconds in taken],
        }
