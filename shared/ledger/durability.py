"""Durability: whether a PostgreSQL server keeps what it has said to be on disk when its machine goes down."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import closing

import psycopg

from shared.errors import Unavailable
from shared.ledger.connection import connected

log = logging.getLogger(__name__)

_SWITCHED_OFF = (
    "SELECT name FROM pg_settings "
    "WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name"
)


def forgetful(stores: Mapping[str, str]) -> dict[str, list[str]]:
    """What is off, by store with its address, without which a server may lose what was acknowledged; it is warned of.

    Nothing that a connection asks for can make up for it. A store in a file has no such switch. Raises Unavailable.
    """
    found = {store: _switched_off(url) for store, url in stores.items()}
    if any(found.values()):
        log.warning(
            "A server may lose what is on record when its machine goes down",
            extra={
                "action": "doctor",
                "code": "server-may-forget",
                "stores": ", ".join(store for store, off in found.items() if off),
                "off": ", ".join(sorted({name for off in found.values() for name in off})),
            },
        )
    return found


def _switched_off(url: str) -> list[str]:
    if url.startswith("sqlite:///"):
        return []
    try:
        with closing(connected(url)) as connection:
            return [str(name) for (name,) in connection.execute(_SWITCHED_OFF)]
    except psycopg.Error as problem:
        raise Unavailable(f"The server does not answer ({problem}). Try again later.") from problem
