"""The grown engine of the ledger: eventsourcing's process recorder for PostgreSQL, with claims and moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import Cursor
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Identifier

from shared.ledger.stamp import (
    PREFIX,
    RARE,
    ClaimRow,
    ClaimValues,
    Encoded,
    EventRow,
    Joined,
    Row,
    Storable,
    are_rare,
    joined,
    risen,
    stamped,
    stream_of,
)
from shared.vocabulary import Position


class PostgresLedgerRecorder(PostgresProcessRecorder):
    """The grown engine: one schema, positions in the order of commits under the library's table lock."""

    NEAR: Final = False

    def __init__(self, datastore: PostgresDatastore, **kwargs: str) -> None:
        super().__init__(datastore, **kwargs)
        names = {
            "claims": Identifier(datastore.schema, f"{self.events_table_name}_claims"),
            "events": Identifier(datastore.schema, self.events_table_name),
        }
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {claims} (name text PRIMARY KEY, digest bytea, "
                "originator_id uuid, originator_version bigint)"
            ).format(**names)
        )
        # Who opens a nation's ledger wants to know its organisation without reading ten million ideas and cases.
        self.sql_create_statements.append(
            SQL(
                "CREATE INDEX IF NOT EXISTS {rare} ON {events} (notification_id) WHERE {of_rare}"
            ).format(rare=Identifier(f"{self.events_table_name}_rare"), of_rare=SQL(RARE), **names)
        )
        self._insert_claims = SQL(
            "INSERT INTO {claims} "
            "SELECT * FROM unnest(%s::text[], %s::bytea[], %s::uuid[], %s::bigint[]) RETURNING 1"
        ).format(**names)
        self._select_place = SQL(
            "SELECT notification_id, state FROM {events} "
            "WHERE originator_id = %s AND originator_version = %s"
        ).format(**names)
        self._select_claims = SQL(
            "SELECT name, digest, originator_id, originator_version, notification_id "
            "FROM {claims} JOIN {events} USING (originator_id, originator_version) "
            "WHERE name = ANY(%s)"
        ).format(**names)
        self._select_rows, self._select_rare = (
            SQL(
                "SELECT notification_id, encode(uuid_send(originator_id), 'hex'), originator_version, topic, state "
                "FROM {events} WHERE notification_id > %s AND notification_id <= %s AND {among} "
                "AND (%s::text[] IS NULL OR topic = ANY(%s)) ORDER BY notification_id LIMIT %s"
            ).format(among=SQL(among), **names)
            for among in ("TRUE", RARE)
        )
        self._select_joined = SQL(
            "SELECT string_agg(notification_id::text, ','), "
            "convert_to(encode(string_agg(uuid_send(originator_id), ''), 'hex'), 'UTF8'), "
            "string_agg(topic, ','), string_agg(length(state)::text, ','), string_agg(state, '') "
            "FROM (SELECT notification_id, originator_id, topic, state "
            "FROM {events} WHERE notification_id > %s AND notification_id <= %s "
            "ORDER BY notification_id LIMIT %s) AS stretch"
        ).format(**names)
        self._select_trackings = SQL(
            "SELECT application_name, notification_id FROM {trackings} WHERE application_name = ANY(%s)"
        ).format(trackings=Identifier(datastore.schema, self.tracking_table_name))
        self._select_stream = SQL(
            "SELECT notification_id, encode(uuid_send(originator_id), 'hex'), originator_version, topic, state "
            "FROM {events} WHERE originator_id = %s ORDER BY originator_version"
        ).format(**names)
        self._select_last = SQL(
            "SELECT notification_id, substr(state, 1, %s) AS head FROM {events} "
            "WHERE notification_id <= %s ORDER BY notification_id DESC LIMIT 1"
        ).format(**names)

    def insert_events(
        self,
        stored_events: Sequence[Storable],
        **kwargs: Any,  # noqa: ANN401  (the library's own seam)
    ) -> Sequence[int] | None:
        attempts: list[int] = []
        try:
            positions: Sequence[int] | None = super().insert_events(
                _of_the_library(stored_events), attempts=attempts, **kwargs
            )
        except IntegrityError:
            # The library sends again when a connection is lost. Where that was after the commit, the places are
            # taken by this very write, which is then no conflict.
            own = self._positions_of(stored_events) if len(attempts) > 1 else []
            if not own:
                raise
            return own
        return positions

    def insert_rows(
        self,
        rows: Sequence[EventRow],
        claims: Sequence[ClaimValues],
        trackings: Sequence[Tracking],
    ) -> Sequence[Position]:
        """Insert events that are written already as they will lie here; answers their positions."""
        bare = [Encoded(row[0], row[1], row[2], b"{" + row[3][PREFIX:]) for row in rows]
        moments = [stamped(row[3]) for row in rows]
        found = self.insert_events(bare, claims=claims, moments=moments, trackings=trackings)
        return found or ()

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
        stored_events: Sequence[StoredEvent],
        *,
        claims: Sequence[ClaimValues] = (),
        trackings: Sequence[Tracking] = (),
        attempts: list[int] | None = None,
        **kwargs: Any,  # noqa: ANN401  (the library's own seam)
    ) -> None:
        if attempts is not None:
            attempts.append(len(attempts) + 1)
        super()._insert_events(curs, stored_events, **kwargs)
        # In the order of names, so that two groups never wait for each other's rows.
        for tracking in sorted(trackings, key=lambda tracking: tracking.application_name):
            self._insert_tracking(curs, tracking)
        if claims and not stored_events:
            self._lock_table(curs)
            self._claim(curs, claims)

    def _insert_stored_events(
        self,
        curs: Cursor[DictRow],
        stored_events: Sequence[StoredEvent],
        *,
        claims: Sequence[ClaimValues] = (),
        moments: Sequence[datetime] | None = None,
        **kwargs: Any,  # noqa: ANN401  (the library's own seam)
    ) -> None:
        # The lock comes before the claims: two writers that held a claim each and waited for it would deadlock.
        self._lock_table(curs)
        if moments is not None:
            curs.execute(self._select_last, (PREFIX, 2**62))
            last = curs.fetchone()
            head = bytes(last["head"]) if last else None
            stored_events = _of_the_library(risen(stored_events, moments, head))
        if claims:
            self._claim(curs, claims)
        super()._insert_stored_events(curs, stored_events, **kwargs)

    def _claim(self, curs: Cursor[DictRow], claims: Sequence[ClaimValues]) -> None:
        columns = tuple(list(column) for column in zip(*claims, strict=True))
        curs.execute(self._insert_claims, columns)
        curs.fetchone()  # Waits for the answer: a name that is taken is said here.

    def select_last_state(self, position: Position | None = None) -> tuple[Position, bytes] | None:
        """The last position at or before this one, with the head of its state."""
        with self.datastore.cursor() as curs:
            curs.execute(self._select_last, (PREFIX, position if position is not None else 2**62))
            row = curs.fetchone()
            return (row["notification_id"], bytes(row["head"])) if row is not None else None

    def select_rows(
        self, after: Position, limit: int, stop: Position | None, topics: Sequence[str] = ()
    ) -> Sequence[Row]:
        """The next events after a position as they lie there; long replays spend half their reading on objects else."""
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as curs,
        ):
            through = stop if stop is not None else 2**62
            among = list(topics) or None
            select = self._select_rare if are_rare(topics) else self._select_rows
            curs.execute(select, (after, through, among, among, limit))
            rows: Sequence[Row] = curs.fetchall()
            return rows

    def select_joined(self, after: Position, limit: int, stop: Position | None) -> Joined:
        """The same of all topics in one row, so that nothing is done for each event on its way here."""
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as curs,
        ):

            def select(after: Position, through: Position, most: int) -> tuple[Any, ...]:
                answer = curs.execute(self._select_joined, (after, through, most)).fetchone()
                assert answer is not None
                return answer

            return joined(select, after, limit, stop)

    def select_trackings(self, names: Sequence[str]) -> dict[str, Position]:
        """How far those of the followers are that have begun."""
        with self.datastore.cursor() as curs:
            curs.execute(self._select_trackings, (list(names),))
            return {row["application_name"]: row["notification_id"] for row in curs.fetchall()}

    def select_stream(self, stream: UUID) -> Sequence[Row]:
        """The events of one stream as they lie there, with their positions."""
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as curs,
        ):
            curs.execute(self._select_stream, (stream,))
            rows: Sequence[Row] = curs.fetchall()
            return rows

    def select_claims(self, names: Sequence[str]) -> list[ClaimRow]:
        """Those of the names that are on record."""
        with self.datastore.cursor() as curs:
            curs.execute(self._select_claims, (list(names),))
            return [
                ClaimRow(
                    r["name"],
                    bytes(r["digest"]),
                    r["originator_id"],
                    r["originator_version"],
                    r["notification_id"],
                )
                for r in curs.fetchall()
            ]

    def close(self) -> None:
        self.datastore.close()


def _of_the_library(events: Sequence[Storable]) -> list[StoredEvent]:
    return [
        StoredEvent(
            originator_id=UUID(stream_of(event)),
            originator_version=event.originator_version,
            topic=event.topic,
            state=event.state,
        )
        for event in events
    ]
