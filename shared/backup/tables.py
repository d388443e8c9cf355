"""What a backup keeps of a store: its tables, read in one transaction, in an order and a form that every engine gives alike."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo

from shared.errors import NotFound, Unavailable
from shared.ledger.connection import address_of
from shared.session import SESSION
from shared.vocabulary import Position, Value

StoreName = Literal["ledger", "vault"]
Row = tuple[object, ...]
Advance = Callable[[int, int], None]
"""Told what is done and what there is in all, in rows."""

AT_ONCE: Final = 5000
TOLD_EVERY: Final = 20_000


class Kept(NamedTuple):
    """A table that is kept: what a file calls it and its columns, and what a server does; rows come in one order."""

    name: str
    columns: str
    order: str
    on_server: str
    columns_there: str
    order_there: str
    which: str = "TRUE"

    @property
    def in_file(self) -> str:
        """All its rows, asked of SQLite."""
        return f"SELECT {self.columns} FROM {self.name} WHERE {self.which} ORDER BY {self.order}"

    @property
    def into_file(self) -> str:
        """One more row, for SQLite."""
        marks = ", ".join("?" * len(self.columns.split(",")))
        return f"INSERT INTO {self.name} ({self.columns}) VALUES ({marks})"

    @property
    def in_server(self) -> str:
        """All its rows, asked of PostgreSQL: streams in hex, as a file holds them."""
        shown = self.columns_there.replace(
            "originator_id", "encode(uuid_send(originator_id), 'hex')"
        )
        return (
            f"SELECT {shown} FROM {self.on_server} WHERE {self.which} ORDER BY {self.order_there}"
        )

    @property
    def into_server(self) -> str:
        """Many more rows, for PostgreSQL."""
        return f"COPY {self.on_server} ({self.columns_there}) FROM STDIN"


# Letters are in the order of their bytes, whatever language a database sorts by.
EVENTS: Final = Kept(
    "stored_events",
    "rowid, originator_id, originator_version, topic, state",
    "rowid",
    "stored_events",
    "notification_id, originator_id, originator_version, topic, state",
    "notification_id",
)
_CLAIM: Final = "name, digest, originator_id, originator_version"
_TRACKING: Final = "application_name, notification_id"
_FOLLOWERS: Final = "application_name <> '__migration__'"
"""The library notes in the same table how far its own tables are changed, which each engine has to itself."""
_KEY: Final = "person, key_id, key"
TABLES: Final[dict[StoreName, tuple[Kept, ...]]] = {
    "ledger": (
        EVENTS,
        Kept("claims", _CLAIM, "name", "stored_events_claims", _CLAIM, 'name COLLATE "C"'),
        Kept("tracking", _TRACKING, "application_name", "notification_tracking", _TRACKING, 'application_name COLLATE "C"', _FOLLOWERS),
    ),
    "vault": (
        Kept("person_keys", _KEY, "person, key_id", "person_keys", _KEY, 'person COLLATE "C", key_id'),
        Kept("peppers", "name, value", "name", "peppers", "name, value", 'name COLLATE "C"'),
    ),
}  # fmt: skip


class Sum(Value):
    """What a table comes to: how many rows, and one sha256 over all of them in order."""

    rows: int
    sha256: str


Read = Callable[[Kept], Iterator[Row]]
"""The rows of a table, as one transaction sees them."""


@contextmanager
def reading(url: str) -> Iterator[Read]:
    """A store as of one instant, whatever is written meanwhile. Raises NotFound, Unavailable."""
    try:
        if url.startswith("sqlite:///"):
            with closing(_existing(url)) as file:
                file.execute("BEGIN")
                yield lambda table: file.execute(table.in_file)
        else:
            with on_server(url) as server:
                server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                server.read_only = True
                yield lambda table: _streamed(server, table)
    except (sqlite3.Error, psycopg.Error) as problem:
        raise Unavailable(
            f"The store cannot be read ({problem}). Nothing was changed; look whether it runs and is whole."
        ) from problem


def _existing(url: str) -> sqlite3.Connection:
    path = path_of(url)
    if not path.exists():
        raise NotFound(f"There is no store at {path}. Check --data.")
    # Not opened for reading alone: who reads a write-ahead log takes part in it.
    return sqlite3.connect(path, timeout=30, isolation_level=None)


def _streamed(server: psycopg.Connection, table: Kept) -> Iterator[Row]:
    with server.cursor(f"kept_{table.name}", binary=True) as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(table.in_server.encode())
        yield from cursor


@contextmanager
def on_server(url: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """A connection to PostgreSQL, by an address that may name its driver as SQLAlchemy takes it."""
    address = make_conninfo(address_of(url), **SESSION)
    with psycopg.connect(address, autocommit=autocommit) as connection:
        yield connection


def path_of(url: str) -> Path:
    """The file of an embedded store."""
    return Path(url.removeprefix("sqlite:///"))


def summed(rows: Iterable[Row], advance: Callable[[int], None] = lambda _: None) -> Sum:
    """The sum over rows: each value by its length and bytes, so that no two tables look alike that are not."""
    found = hashlib.sha256()
    count = 0
    for count, row in enumerate(rows, 1):
        for value in row:
            written = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            found.update(b"%d:%b" % (len(written), written))
        found.update(b"\n")
        if count % TOLD_EVERY == 0:
            advance(count)
    return Sum(rows=count, sha256=found.hexdigest())


def sums(
    read: Read, store: StoreName, advance: Advance = lambda _done, _all: None, total: int = 0
) -> dict[str, Sum]:
    """What each table of a store comes to."""
    found: dict[str, Sum] = {}
    for table in TABLES[store]:
        before = sum(s.rows for s in found.values())
        found[table.name] = summed(read(table), lambda n, b=before: advance(b + n, total or b + n))  # type: ignore[misc]
    return found


def up_to(rows: Iterable[Row], position: Position) -> Iterator[Row]:
    """The events among them that stand at or before a position."""
    for row in rows:
        if int(str(row[0])) > position:
            return
        yield row


def fill(url: str, store: StoreName, read: Read, check: Callable[[Read], None]) -> None:
    """Put rows into the empty tables of a server, all or, where `check` refuses what stands there then, none.

    Positions stay, and new ones go on behind the last. Raises what `check` raises, Unavailable.
    """
    try:
        with on_server(url) as server:
            for table in TABLES[store]:
                server.execute(f"LOCK TABLE {table.on_server} IN EXCLUSIVE MODE".encode())
                with server.cursor() as cursor, cursor.copy(table.into_server.encode()) as into:
                    for row in read(table):
                        into.write_row(row)
            if store == "ledger":
                server.execute(
                    "SELECT setval(pg_get_serial_sequence('stored_events', 'notification_id'), max(notification_id)) "
                    "FROM stored_events HAVING max(notification_id) IS NOT NULL"
                )
            check(lambda table: _streamed(server, table))
    except psycopg.Error as problem:
        raise Unavailable(
            f"The {store} cannot be written ({problem}). Nothing was put there; mend the cause and restore again."
        ) from problem


def has_rows(url: str, *tables: Kept) -> bool:
    """Whether anything stands in one of these tables, as far as they are there; of a file, whether it has any bytes."""
    if url.startswith("sqlite:///"):
        path = path_of(url)
        return path.exists() and path.stat().st_size > 0
    try:
        with on_server(url) as server:
            return any(_has_rows(server, table) for table in tables)
    except psycopg.Error as problem:
        raise Unavailable(f"The server does not answer ({problem}). Try again later.") from problem


def _has_rows(server: psycopg.Connection, table: Kept) -> bool:
    found = server.execute("SELECT to_regclass(%s)", (table.on_server,)).fetchone()
    if found is None or found[0] is None:
        return False
    return server.execute(f"{table.in_server} LIMIT 1".encode()).fetchone() is not None
