"""The grown engine of the ledger: eventsourcing's process recorder for PostgreSQL, with claims and moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    Tracking,
)
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.utils import retry
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from shared.ledger.connection import lock_of
from shared.ledger.postgres_reader import PostgresLedgerReader
from shared.ledger.stamp import (
    PREFIX,
    RARE,
    ClaimValues,
    Encoded,
    EventRow,
    Storable,
    risen,
    rows_risen,
    stream_of,
)
from shared.vocabulary import Position

CHANNEL: Final = "stored_events"
"""Where the server tells whoever listens that something was committed."""
WRITING: Final = lock_of("ledger")
"""The advisory lock under which the ledger is written."""


class PostgresLedgerRecorder(PostgresLedgerReader):
    """The grown engine: one schema, positions in the order of commits under one lock.

    A role that can do what a recorder does may insert and select; nobody needs to be able to change or delete a fact.
    """

    NEAR: Final = False

    def __init__(self, datastore: PostgresDatastore, **kwargs: str) -> None:
        super().__init__(datastore, **kwargs)
        # The library locks the table, which takes a role that may update it.
        self.lock_table_statements[-1] = SQL("SELECT pg_advisory_xact_lock({}, {})").format(
            *WRITING
        )
        names = self.names
        sequence = Identifier(datastore.schema, f"{self.events_table_name}_notification_id_seq")
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {claims} (name text PRIMARY KEY, digest bytea, "
                "originator_id uuid, originator_version bigint)"
            ).format(**names)
        )
        # Who opens a nation's ledger wants to know its organisation without reading ten million ideas and cases.
        self.sql_create_statements.append(
            SQL(
                "CREATE INDEX IF NOT EXISTS {index} ON {events} (notification_id) WHERE {of_rare}"
            ).format(index=Identifier(f"{self.events_table_name}_rare"), of_rare=SQL(RARE), **names)
        )
        self._insert_claims = SQL(
            "INSERT INTO {claims} "
            "SELECT * FROM unnest(%s::text[], %s::bytea[], %s::uuid[], %s::bigint[]) RETURNING 1"
        ).format(**names)
        # The library sends each event as a value of a type of its own, which takes psycopg many times as long to write.
        self._insert_columns = SQL(
            "INSERT INTO {events} (originator_id, originator_version, topic, state) "
            "SELECT * FROM unnest(%s::text[]::uuid[], %s::bigint[], %s::text[], %b::bytea[]) "
            "RETURNING notification_id"
        ).format(**names)
        self._take_positions = SQL(
            "SELECT nextval({}) FROM generate_series(1, %s) ORDER BY 1"
        ).format(sequence.as_string())
        self._copy_events = SQL(
            "COPY {events} (originator_id, originator_version, topic, state, notification_id) "
            "FROM STDIN (FORMAT BINARY)"
        ).format(**names)
        self._select_place = SQL(
            "SELECT notification_id, state FROM {events} "
            "WHERE originator_id = %s AND originator_version = %s"
        ).format(**names)

    def create_table(self) -> None:
        """Make the tables where they are missing; whoever may only insert and select finds them made."""
        if not self._is_laid_out():
            super().create_table()

    def _is_laid_out(self) -> bool:
        with self.datastore.cursor() as curs:
            names = [name.as_string() for name in self.names.values()]
            curs.execute(
                "SELECT bool_and(to_regclass(n) IS NOT NULL) FROM unnest(%s::text[]) n", (names,)
            )
            row = curs.fetchone()
            return row is not None and bool(row["bool_and"])

    def insert_events(
        self,
        stored_events: Sequence[Storable],
        **kwargs: Any,  # noqa: ANN401  (the library's own seam)
    ) -> Sequence[int] | None:
        insert = super().insert_events
        return self._once(
            stored_events, lambda attempts: insert(stored_events, attempts=attempts, **kwargs)
        )

    def _once(
        self,
        sent: Sequence[Storable],
        insert: Callable[[list[int]], Sequence[Position] | None],
    ) -> Sequence[Position] | None:
        """Insert, which notes each attempt; answers the positions, also of what is on record without having been said so."""
        attempts: list[int] = []
        try:
            return insert(attempts)
        except IntegrityError:
            # What is sent again when a connection is lost may be on record: where that was after the commit, the places
            # are taken by this very write, which is then no conflict.
            own = self._positions_of(sent) if len(attempts) > 1 else []
            if not own:
                raise
            return own

    def insert_rows(
        self,
        rows: Sequence[EventRow],
        claims: Sequence[ClaimValues],
        trackings: Sequence[Tracking],
    ) -> Sequence[Position]:
        """Insert events that are written already as they will lie here; answers their positions."""
        bare = [Encoded(row[0], row[1], row[2], b"{" + row[3][PREFIX:]) for row in rows]
        found = self._once(
            bare, lambda attempts: self._copy_rows(rows, claims, trackings, attempts)
        )
        return found or ()

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def _copy_rows(
        self,
        rows: Sequence[EventRow],
        claims: Sequence[ClaimValues],
        trackings: Sequence[Tracking],
        attempts: list[int],
    ) -> Sequence[Position]:
        attempts.append(len(attempts) + 1)
        with (
            self.datastore.get_connection() as connection,
            connection.transaction(),
            connection.cursor() as curs,
        ):
            # In the order in which single writes take what they need, or the two would wait for each other.
            self._track(curs, trackings)
            self._lock_table(curs)
            if claims:
                self._claim(curs, claims)
            positions: list[Position] = []
            if rows:
                self._notify_channel(curs)
                head = self._last_head(curs)
                # Under the lock nobody else takes positions, so these follow one another.
                taken = curs.execute(self._take_positions, (len(rows),))
                positions = [row["nextval"] for row in taken]
                with curs.copy(self._copy_events) as copy:
                    copy.set_types(("uuid", "int8", "text", "bytea", "int8"))
                    for position, row in zip(positions, rows_risen(rows, head), strict=True):
                        copy.write_row((UUID(row[0]), *row[1:], position))
        return positions

    def _positions_of(self, sent: Sequence[Storable]) -> list[Position]:
        """Where these very events are on record, whenever that was, or nothing if one of them is not."""
        positions = []
        with self.datastore.cursor() as curs:
            for event in sent:
                curs.execute(self._select_place, (event.originator_id, event.originator_version))
                row = curs.fetchone()
                if row is None or not bytes(row["state"]).endswith(event.state[1:]):
                    return []
                positions.append(row["notification_id"])
        return positions

    def _insert_events(
        self,
        curs: Cursor[DictRow],
        stored_events: Sequence[Any],
        *,
        claims: Sequence[ClaimValues] = (),
        trackings: Sequence[Tracking] = (),
        attempts: list[int] | None = None,
        **kwargs: Any,  # noqa: ANN401  (the library's own seam)
    ) -> None:
        if attempts is not None:
            attempts.append(len(attempts) + 1)
        super()._insert_events(curs, stored_events, **kwargs)
        self._track(curs, trackings)
        if claims and not stored_events:
            self._lock_table(curs)
            self._claim(curs, claims)

    def _insert_stored_events(
        self,
        curs: Cursor[DictRow],
        stored_events: Sequence[Storable],
        *,
        claims: Sequence[ClaimValues] = (),
        moments: Sequence[datetime] | None = None,
        **_: Any,  # noqa: ANN401  (the library's own seam)
    ) -> None:
        # The lock comes before the claims: two writers that held a claim each and waited for it would deadlock.
        self._lock_table(curs)
        events: Sequence[Storable] = stored_events
        if moments is not None:
            events = risen(events, moments, self._last_head(curs))
        if claims:
            self._claim(curs, claims)
        self._notify_channel(curs)
        columns = (
            [stream_of(event) for event in events],
            [event.originator_version for event in events],
            [event.topic for event in events],
            [event.state for event in events],
        )
        curs.execute(self._insert_columns, columns, prepare=True)

    def _last_head(self, curs: Cursor[DictRow]) -> bytes | None:
        """The instant recorded last, as it is written; to be asked under the lock."""
        last = curs.execute(self._select_last, (2**62,)).fetchone()
        return bytes(last["head"]) if last else None

    def _track(self, curs: Cursor[Any], trackings: Sequence[Tracking]) -> None:
        # In the order of names, so that two groups never wait for each other's rows.
        for tracking in sorted(trackings, key=lambda tracking: tracking.application_name):
            self._insert_tracking(curs, tracking)

    def _claim(self, curs: Cursor[DictRow], claims: Sequence[ClaimValues]) -> None:
        columns = tuple(list(column) for column in zip(*claims, strict=True))
        curs.execute(self._insert_claims, columns)
        curs.fetchone()  # Waits for the answer: a name that is taken is said here.
