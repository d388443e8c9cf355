"""Reading the grown engine of the ledger: rows as they lie there, the last one, checkpoints and claims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from shared.ledger.calendar import LastState
from shared.ledger.stamp import PREFIX, RARE, ClaimRow, Joined, Row, are_rare, joined
from shared.vocabulary import Position


class PostgresLedgerReader(PostgresProcessRecorder):
    """What is asked of the grown engine."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: str) -> None:
        super().__init__(datastore, **kwargs)
        self.names = names = {
            "claims": Identifier(datastore.schema, f"{self.events_table_name}_claims"),
            "events": Identifier(datastore.schema, self.events_table_name),
            "rare": Identifier(datastore.schema, f"{self.events_table_name}_rare"),
            "trackings": Identifier(datastore.schema, self.tracking_table_name),
        }
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
        ).format(**names)
        self._select_stream = SQL(
            "SELECT notification_id, encode(uuid_send(originator_id), 'hex'), originator_version, topic, state "
            "FROM {events} WHERE originator_id = %s ORDER BY originator_version"
        ).format(**names)
        self._select_last = SQL(
            f"SELECT notification_id, substr(state, 1, {PREFIX}) AS head FROM {{events}} "
            "WHERE notification_id <= %s ORDER BY notification_id DESC LIMIT 1"
        ).format(**names)

    @contextmanager
    def last_states(self) -> Iterator[LastState]:
        """A look at the last state at or before any position, or its head, over one connection."""
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as curs,
        ):

            def last_state(position: Position | None) -> tuple[Position, bytes] | None:
                curs.execute(self._select_last, (position if position is not None else 2**62,))
                return curs.fetchone()

            yield last_state

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
