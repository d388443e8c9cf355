"""Rights: what a role of a PostgreSQL server may do with a ledger, which is to append and to read, and nothing else."""

from __future__ import annotations

from contextlib import closing
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

from shared.errors import Invalid, NotAllowed, NotFound, Unavailable
from shared.ledger.connection import connected
from shared.ledger.recorder import open_recorder

_GRANTS: Final = (
    "REVOKE ALL ON stored_events, stored_events_claims FROM {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT ON stored_events, stored_events_claims TO {role}",
    "GRANT USAGE ON SEQUENCE stored_events_notification_id_seq TO {role}",
    # How far a follower is, is no fact, and changes.
    "GRANT SELECT, INSERT, UPDATE ON notification_tracking TO {role}",
)


def let_in(url: str, role: str) -> None:
    """Make a ledger's tables, as whoever owns its database, and let a role of the server append to it and read it.

    Raises Invalid where the ledger is a file, NotFound where the server has no such role, NotAllowed to others than the owner.
    """
    if url.startswith("sqlite:///"):
        raise Invalid(
            "This ledger is a file: whoever may write the file may change it. Rights are granted on PostgreSQL."
        )
    open_recorder(url).close()
    try:
        with closing(connected(url)) as connection, connection.transaction():
            for grant in _GRANTS:
                connection.execute(SQL(grant).format(role=Identifier(role)))
    except psycopg.errors.UndefinedObject as problem:
        raise NotFound(
            f"The server has no role {role}. Make it first: CREATE ROLE {role} LOGIN"
        ) from problem
    except psycopg.errors.InsufficientPrivilege as problem:
        raise NotAllowed(
            "Rights in the ledger are its owner's to give. Name the owner of the database in SANGKIEN_LEDGER_URL."
        ) from problem
    except psycopg.Error as problem:
        raise Unavailable(f"The server does not answer ({problem}). Try again later.") from problem


def may_alter(url: str) -> bool | None:
    """Whether whoever an address names could change or delete what is on record; None where the ledger is a file."""
    if url.startswith("sqlite:///"):
        return None
    try:
        with closing(connected(url)) as connection:
            row = connection.execute(
                "SELECT has_table_privilege('stored_events', 'UPDATE, DELETE, TRUNCATE')"
            ).fetchone()
            return row is not None and bool(row[0])
    except psycopg.Error as problem:
        raise Unavailable(f"The server does not answer ({problem}). Try again later.") from problem
