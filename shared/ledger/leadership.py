"""Leadership: of several processes that could do a thing, the one that does; the next takes over when it is gone.

What decides is a lock that its holder cannot keep beyond its end: an advisory lock of a connection to PostgreSQL, or, on
one machine, a lock on a file. Nobody relies on it for what is right, only for who has the trouble: a leader that is cut off
may work for some seconds beside its successor.
"""

from __future__ import annotations

import fcntl
import logging
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

import psycopg

from shared.ledger.connection import connected, lock_of

log = logging.getLogger(__name__)


class Leadership(Protocol):
    """Whether this process is the one."""

    def held(self) -> bool:
        """Whether it is now, after trying to become it; to be asked again and again."""
        ...

    def resign(self) -> None:
        """Let another one lead at once."""
        ...


def leadership(url: str, task: str) -> Leadership:
    """Who does a task over the ledger at an address: `sqlite:///path` or `postgresql://user@host:port/database`."""
    if url.startswith("sqlite:///"):
        return _OnFile(Path(f"{url.removeprefix('sqlite:///')}.{task}.lock"))
    return _OnServer(url, task)


class _OnServer:
    """A lock that belongs to a connection of its own, and goes with it."""

    def __init__(self, url: str, task: str) -> None:
        self._url, self._task = url, task
        self._connection: psycopg.Connection | None = None
        self._leads = self._failed = False

    def held(self) -> bool:
        try:
            if self._connection is None:
                self._connection = connected(self._url)
            # While it leads the question is only whether the connection, and with it the lock, is still there.
            ask = "SELECT true" if self._leads else "SELECT pg_try_advisory_lock(%s::int, %s::int)"
            key = () if self._leads else lock_of(self._task)
            row = self._connection.execute(ask, key).fetchone()
        except psycopg.Error as problem:
            if not self._failed:
                log.warning(
                    "Nobody can lead from here now: the server does not answer",
                    extra={"action": "lead", "task": self._task, "problem": str(problem)},
                )
            self.resign()
            self._failed = True
            return False
        self._failed = False
        leads = row is not None and bool(row[0])
        if leads and not self._leads:
            log.info("Leads from now on", extra={"action": "lead", "task": self._task})
        self._leads = leads
        return leads

    def resign(self) -> None:
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None:
            with suppress(psycopg.Error):
                # The server notices a closed connection a little later.
                connection.execute("SELECT pg_advisory_unlock_all()")
            with suppress(psycopg.Error):
                connection.close()


class _OnFile:
    """A lock on a file beside the ledger, which the system takes back from a process that ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def held(self) -> bool:
        if self._file is not None:
            return True
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def resign(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()
