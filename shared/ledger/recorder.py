"""Which engine holds the ledger follows from its address; what both can do is `LedgerRecorder`."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from urllib.parse import unquote, urlsplit

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    InterfaceError,
    OperationalError,
    PersistenceError,
)
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.sqlite import SQLiteDatastore

from shared.errors import Unavailable
from shared.ledger.postgres import PostgresLedgerRecorder
from shared.ledger.sqlite import SQLiteLedgerRecorder, lay_out
from shared.ledger.stamp import LOCK_SECONDS, PREFIX
from shared.session import CONNECT_SECONDS, SESSION

__all__ = ["PREFIX", "LedgerRecorder", "answered", "open_recorder"]

P = ParamSpec("P")
T = TypeVar("T")

CREATION_ATTEMPTS: Final = 5
SILENT_SECONDS: Final = 5

LedgerRecorder = SQLiteLedgerRecorder | PostgresLedgerRecorder


def open_recorder(url: str) -> LedgerRecorder:
    """The engine behind an address: `sqlite:///path` or `postgresql://user@host:port/database`. Creates its tables."""
    for remaining in reversed(range(CREATION_ATTEMPTS)):
        recorder: LedgerRecorder | None = None
        try:
            recorder = _sqlite(url) if url.startswith("sqlite:///") else _postgres(url)
            recorder.create_table()
        except (sqlite3.Error, PersistenceError) as problem:
            if recorder is not None:
                recorder.close()
            if remaining and not isinstance(problem, OperationalError | InterfaceError):
                # Another process is creating the same tables; when it is through, they are simply there.
                time.sleep(0.2)
                continue
            raise OSError(f"The ledger at {_shown(url)} cannot be opened: {problem}") from problem
        return recorder
    raise AssertionError


def _sqlite(url: str) -> SQLiteLedgerRecorder:
    path = url.removeprefix("sqlite:///")
    lay_out(path)
    return SQLiteLedgerRecorder(SQLiteDatastore(path, lock_timeout=LOCK_SECONDS))


def _postgres(url: str) -> PostgresLedgerRecorder:
    parts = urlsplit(url)
    datastore = PostgresDatastore(
        dbname=parts.path.lstrip("/"),
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        pool_size=2,
        max_overflow=6,
        # The library tries ten times to connect and to lock before it gives up.
        connect_timeout=CONNECT_SECONDS / 10,
        lock_timeout=LOCK_SECONDS // 10,
        # Who falls silent while it writes must not keep all others from writing.
        idle_in_transaction_session_timeout=SILENT_SECONDS,
    )
    # Left alone, the pool tries after one second, two, four, …: a server that is back would be found up to five
    # minutes late. So it gives up at once, and whoever asks for a connection makes it try again.
    datastore.pool.reconnect_timeout = 0
    assert isinstance(datastore.pool.kwargs, dict)
    datastore.pool.kwargs |= SESSION
    _wait_to_be_let_in(datastore)
    return PostgresLedgerRecorder(datastore)


def _wait_to_be_let_in(datastore: PostgresDatastore) -> None:
    """Give a server its time that is busy, or has just been started: where it is first asked, the library tries once."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            with datastore.get_connection():
                return
        except (OperationalError, InterfaceError):
            # The pool goes on connecting meanwhile.
            if time.monotonic() >= deadline:
                datastore.close()
                raise


def _shown(url: str) -> str:
    """An address without its password."""
    password = urlsplit(url).password
    return url.replace(f":{password}@", "@") if password else url


def answered(read: Callable[P, T]) -> Callable[P, T]:
    """A read that says in our words that the store does not answer. Raises Unavailable."""

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except (PersistenceError, ConnectionPoolClosedError) as problem:
            raise Unavailable(
                f"The ledger cannot be read now ({problem or type(problem).__name__}). Try again later."
            ) from problem

    return reading
