"""A connection to PostgreSQL of one's own, for what lasts as long as it does: a lock, or news."""

from __future__ import annotations

from typing import Final
from zlib import crc32

import psycopg
from psycopg.conninfo import make_conninfo

from shared.session import SESSION

_SOON: Final = SESSION | {
    "connect_timeout": 2,
    "options": f"{SESSION['options']} -c statement_timeout=5000",
}


def lock_of(task: str) -> tuple[int, int]:
    """The advisory lock for a task, in a space of its own, so that no other use of the server meets it."""
    space, number = (crc32(name) - (1 << 31) for name in (b"sangkien", task.encode()))
    return space, number


def address_of(url: str) -> str:
    """An address as the driver takes it: as SQLAlchemy would, it may name its driver."""
    return url.replace("+psycopg://", "://", 1)


def connected(url: str) -> psycopg.Connection:
    """A connection by which each side learns within seconds that the other is gone. Raises psycopg.Error."""
    return psycopg.connect(make_conninfo(address_of(url), **_SOON), autocommit=True)
