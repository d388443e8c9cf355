"""The embedded engine of the ledger: eventsourcing's process recorder for SQLite, with claims and moments."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore, SQLiteProcessRecorder

from shared.ledger.calendar import LastState
from shared.ledger.foresight import Foresight
from shared.ledger.stamp import (
    LOCK_SECONDS,
    PREFIX,
    RARE,
    ClaimRow,
    ClaimValues,
    Encoded,
    EventRow,
    Joined,
    Row,
    Storable,
    StoreIsBusy,
    are_rare,
    joined,
    risen,
    rows_risen,
    stream_of,
)
from shared.vocabulary import Position

NAMES_AT_ONCE: Final = 500
CLOSE_SECONDS: Final = 10
PAGE_BYTES: Final = 16384
"""A declaration is some two thousand bytes: of pages twice as large, a quarter would stay empty."""


def lay_out(path: str) -> None:
    """Decide how large the pages of a new ledger are; one that is there keeps its own. Raises sqlite3.Error."""
    file = Path(path)
    if not file.parent.is_dir() or (file.exists() and file.stat().st_size):
        return
    with closing(sqlite3.connect(path, timeout=LOCK_SECONDS)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        # Writes the first page, after which the size stands.
        connection.execute("PRAGMA journal_mode=WAL")


class SQLiteLedgerRecorder(SQLiteProcessRecorder):
    """The embedded engine: one file, write-ahead log, every commit on disk (synchronous=FULL is SQLite's default)."""

    NEAR: Final = True
    """A commit is a write to a disk of this machine, no way over a network."""

    def __init__(self, datastore: SQLiteDatastore) -> None:
        super().__init__(datastore)
        self._foresight = Foresight(datastore.pool.db_name)

    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS claims (name TEXT PRIMARY KEY, digest BLOB, "
            "originator_id TEXT, originator_version INTEGER) WITHOUT ROWID",
            # Who opens a nation's ledger wants to know its organisation without reading ten million ideas and cases.
            f"CREATE INDEX IF NOT EXISTS {self.events_table_name}_rare "
            f"ON {self.events_table_name} (topic) WHERE {RARE}",
        ]

    def insert_events(
        self,
        stored_events: Sequence[Storable],
        **kwargs: Any,  # noqa: ANN401  (the library's own seam)
    ) -> Sequence[int] | None:
        with self.datastore.transaction(commit=True) as c:
            return self._insert_events(c, stored_events, **kwargs)

    def insert_rows(
        self,
        rows: Sequence[EventRow],
        claims: Sequence[ClaimValues],
        trackings: Sequence[Tracking],
    ) -> Sequence[Position]:
        """Insert events that are written already as they will lie here; answers their positions."""
        with self.datastore.transaction(commit=True) as c:
            last = self._claim(c, claims)
            c.executemany(self.insert_events_statement, rows_risen(rows, last and last[1]))
            for handled in trackings:
                self._insert_tracking(c, handled)
        first = last[0] + 1 if last is not None else 1
        return range(first, first + len(rows))

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[Storable],
        *,
        claims: Sequence[ClaimValues] = (),
        moments: Sequence[datetime] | None = None,
        trackings: Sequence[Tracking] = (),
        tracking: Tracking | None = None,
        wait: bool = True,
        **_: Any,  # noqa: ANN401  (the library's own seam)
    ) -> Sequence[int] | None:
        if not wait:
            self._lock_now(c)
        last = self._claim(c, claims)
        if moments is not None:
            rows = risen(stored_events, moments, last[1] if last is not None else None)
        else:
            rows = [
                Encoded(stream_of(event), event.originator_version, event.topic, event.state)
                for event in stored_events
            ]
        c.executemany(self.insert_events_statement, rows)
        for handled in (*trackings, *((tracking,) if tracking is not None else ())):
            self._insert_tracking(c, handled)
        # Under the lock each row comes to stand right behind the one before.
        first = last[0] + 1 if last is not None else 1
        return list(range(first, first + len(rows)))

    def _claim(
        self, c: SQLiteCursor, claims: Sequence[ClaimValues]
    ) -> tuple[Position, bytes] | None:
        """Put claims on record, and answer what lies last in the ledger.

        Writing first takes the write lock, so that the last instant read next is still the last at the commit.
        """
        c.executemany("INSERT INTO claims VALUES (?,?,?,?)", claims)
        c.execute("DELETE FROM claims WHERE 0")
        return self._select_last(c, None)

    @staticmethod
    def _lock_now(c: SQLiteCursor) -> None:
        """Take the write lock if nobody holds it. Raises StoreIsBusy."""
        c.execute("PRAGMA busy_timeout=0")
        try:
            c.execute("DELETE FROM claims WHERE 0")
        except sqlite3.OperationalError as problem:
            raise StoreIsBusy from problem
        finally:
            c.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")

    def _select_last(
        self, c: SQLiteCursor, position: Position | None
    ) -> tuple[Position, bytes] | None:
        c.execute(
            f"SELECT rowid, substr(state, 1, {PREFIX}) FROM {self.events_table_name} "
            "WHERE rowid <= ? ORDER BY rowid DESC LIMIT 1",
            [position if position is not None else 2**62],
        )
        row = c.fetchone()
        return (row[0], bytes(row[1])) if row is not None else None

    @contextmanager
    def last_states(self) -> Iterator[LastState]:
        """A look at the last state at or before any position, or its head, in one transaction."""
        with self.datastore.transaction(commit=False) as c:
            yield partial(self._select_last, c)

    def select_rows(
        self, after: Position, limit: int, stop: Position | None, topics: Sequence[str] = ()
    ) -> Sequence[Row]:
        """The next events after a position as they lie there; long replays spend half their reading on objects else."""
        among = f"AND topic IN ({','.join('?' * len(topics))})" if topics else ""
        if are_rare(topics):
            among += f" AND {RARE}"
        with self.datastore.transaction(commit=False) as c:
            c.execute(
                "SELECT rowid, originator_id, originator_version, topic, state "
                f"FROM {self.events_table_name} WHERE rowid > ? AND rowid <= ? {among} "
                "ORDER BY rowid LIMIT ?",
                [after, stop if stop is not None else 2**62, *topics, limit],
            )
            rows: Sequence[Row] = c.fetchall()
            return rows

    def select_joined(self, after: Position, limit: int, stop: Position | None) -> Joined:
        """The same of all topics in one row: for each row of its own the driver would stop every other thread."""
        with self.datastore.transaction(commit=False) as c:
            last = self._select_last(c, None)
            if last is not None:
                self._foresight.comes_to(after, min(after + limit, stop or last[0]), last[0])

            def select(after: Position, through: Position, most: int) -> tuple[Any, ...]:
                c.execute(
                    "SELECT group_concat(rowid), CAST(group_concat(originator_id, '') AS BLOB), "
                    "group_concat(topic), group_concat(length(state)), CAST(group_concat(state, '') AS BLOB) "
                    "FROM (SELECT rowid, originator_id, topic, state "
                    f"FROM {self.events_table_name} WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?)",
                    [after, through, most],
                )
                answer: tuple[Any, ...] = c.fetchone()
                return answer

            return joined(select, after, limit, stop)

    def select_trackings(self, names: Sequence[str]) -> dict[str, Position]:
        """How far those of the followers are that have begun."""
        with self.datastore.transaction(commit=False) as c:
            marks = ",".join("?" * len(names))
            c.execute(
                f"SELECT application_name, notification_id FROM tracking WHERE application_name IN ({marks})",
                tuple(names),
            )
            return {row["application_name"]: row["notification_id"] for row in c.fetchall()}

    def select_stream(self, stream: UUID) -> Sequence[Row]:
        """The events of one stream as they lie there, with their positions."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(
                "SELECT rowid, originator_id, originator_version, topic, state "
                f"FROM {self.events_table_name} WHERE originator_id = ? ORDER BY originator_version",
                [stream.hex],
            )
            rows: Sequence[Row] = c.fetchall()
            return rows

    def select_claims(self, names: Sequence[str]) -> list[ClaimRow]:
        """Those of the names that are on record."""
        found = []
        with self.datastore.transaction(commit=False) as c:
            for start in range(0, len(names), NAMES_AT_ONCE):
                asked = list(names[start : start + NAMES_AT_ONCE])
                c.execute(
                    "SELECT c.name, c.digest, c.originator_id, c.originator_version, e.rowid "
                    f"FROM claims c JOIN {self.events_table_name} e "
                    "ON e.originator_id = c.originator_id "
                    "AND e.originator_version = c.originator_version "
                    f"WHERE c.name IN ({','.join('?' * len(asked))})",
                    asked,
                )
                found += [ClaimRow(r[0], bytes(r[1]), UUID(r[2]), r[3], r[4]) for r in c.fetchall()]
        return found

    def close(self) -> None:
        """Give the file back, once whoever is at it has done."""
        pool = self.datastore.pool
        if pool.closed:
            return
        # The library would close connections that other threads are reading with, which crashes the process; so
        # this takes, for good, the turn of whoever asks for one next.
        deadline = time.monotonic() + CLOSE_SECONDS
        pool._get_semaphore.acquire(timeout=CLOSE_SECONDS)
        while pool.num_in_use and time.monotonic() < deadline:
            time.sleep(0.005)
        if not pool.num_in_use:
            pool.close()
