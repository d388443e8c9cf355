"""The read side's database: views that can be thrown away, each generation in tables of its own, with its checkpoint.

A reader finds the live generation inside its own read transaction, so a rebuild beside it may switch and drop at any
time. A writer first takes the one lock of writers: SQLite's own, or PostgreSQL's on `checkpoints`, which readers pass.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import OperationalError

from services.projections.views.checkpoint import (
    GIVEN_UP,
    LIVE,
    UNREAD,
    Checkpoint,
    Elsewhere,
    checkpoints,
    names_of,
    row_of,
)
from services.projections.views.columns import Loaded
from services.projections.views.engine import open_engine
from services.projections.views.view import Snapshot, Tables, View, Writing
from shared.errors import Unavailable
from shared.vocabulary import Position

log = logging.getLogger(__name__)

DROP_MILLISECONDS: Final = 100
DROP_ATTEMPTS: Final = 20
AT_ONCE: Final = 20_000
SEGMENTS_AT_ONCE: Final = 16
GIVE_WAY_SECONDS: Final = 0.05
GATE: Final = 0x53414E47


class Views:
    """The database of all views, in SQLite or PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self.embedded = self._engine.dialect.name == "sqlite"
        self._reading = (
            self._engine
            if self.embedded
            else self._engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._kept: dict[tuple[str, str], Tables] = {}
        self._loaded: dict[str, tuple[str, Loaded]] = {}
        if not inspect(self._engine).has_table(checkpoints.name):
            with self._writing.begin() as connection:
                if not self.embedded:
                    # Two processes that create the table in the same instant would both find it missing.
                    connection.execute(select(func.pg_advisory_xact_lock(GATE)))
                checkpoints.create(connection, checkfirst=True)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction that sees one instant, and whose tables nobody can drop."""
        with self._reading.begin() as connection:
            if not self.embedded:
                # This comes before the statement that fixes what the transaction sees, so that no table found live
                # by it can have been dropped already.
                connection.exec_driver_sql("LOCK TABLE checkpoints IN ACCESS SHARE MODE")
            yield connection

    @contextmanager
    def reading(self, *views: View) -> Iterator[tuple[Snapshot, ...]]:
        """Several views as of one instant; whatever is switched or dropped meanwhile, they stay whole until the end."""
        with self.snapshot() as connection:
            yield tuple(
                self.seen(connection, view, self.live(connection, view), kept=True)
                for view in views
            )

    def seen(
        self, connection: Connection, view: View, at: Checkpoint, *, kept: bool = False
    ) -> Snapshot:
        """A generation as a transaction sees it; what was read of the columns of a live one is kept for the next time."""
        known, loaded = self._loaded.get(view.name, ("", Loaded()))
        if known != at.suffix:
            loaded = Loaded()
            if kept:
                self._loaded[view.name] = (at.suffix, loaded)
        return Snapshot(connection, self._tables(view, at.suffix), at.position, loaded)

    @contextmanager
    def read(self, view: View) -> Iterator[Snapshot]:
        """One view as of one instant."""
        with self.reading(view) as (snapshot,):
            yield snapshot

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is the only writer from its first moment."""
        try:
            with self._writing.begin() as connection:
                if not self.embedded:
                    connection.exec_driver_sql("LOCK TABLE checkpoints IN EXCLUSIVE MODE")
                yield connection
        except OperationalError as problem:
            raise Unavailable(
                f"The views cannot be written now ({problem.orig}). They stand as they were; try again."
            ) from problem

    def of(self, connection: Connection, view: View, at: Checkpoint) -> Writing:
        """A generation's tables, to be written to."""
        return Writing(connection, self._tables(view, at.suffix))

    def positions(self, views: Sequence[View]) -> dict[str, Checkpoint]:
        """How far the live generation of each view has come."""
        with self.snapshot() as connection:
            found = self._found(connection, checkpoints.c.live == LIVE)
        return {view.name: _live(view, found) for view in views}

    def live(self, connection: Connection, view: View) -> Checkpoint:
        """The generation that readers see. Raises Unavailable where this version of the software has built none."""
        return _live(view, self.generations(connection, view))

    def generations(self, connection: Connection, view: View) -> list[Checkpoint]:
        """All generations of a view, the oldest first."""
        return self._found(connection, checkpoints.c.view == view.name)

    @staticmethod
    def _found(connection: Connection, which: ColumnElement[bool]) -> list[Checkpoint]:
        rows = connection.execute(
            select(*(checkpoints.c[name] for name in Checkpoint._fields))
            .where(which)
            .order_by(checkpoints.c.view, checkpoints.c.generation)
        )
        return [Checkpoint(*row) for row in rows]

    def begin(self, connection: Connection, view: View) -> Checkpoint:
        """Make the empty tables of a further generation, which nobody reads yet."""
        last = max((c.generation for c in self.generations(connection, view)), default=0)
        begun = Checkpoint(view.name, last + 1, view.version, 0, UNREAD)
        for table in self._tables(view, begun.suffix).values():
            table.create(connection)
        connection.execute(insert(checkpoints).values(begun._asdict()))
        return begun

    def index(self, connection: Connection, view: View, at: Checkpoint) -> None:
        """Make those indexes of a generation that are not there."""
        for table in self._tables(view, at.suffix).values():
            for index in table.indexes:
                index.create(connection, checkfirst=True)

    def unindex(self, connection: Connection, view: View, at: Checkpoint) -> None:
        """Drop the indexes of a generation that nobody reads, for as long as very much is added to it.

        Ids are in no order: each that is added to an index of millions writes a page of its own. Sorted in the end, they are
        written once.
        """
        for table in self._tables(view, at.suffix).values():
            for index in table.indexes:
                index.drop(connection, checkfirst=True)

    def advance(self, connection: Connection, at: Checkpoint, position: Position) -> Checkpoint:
        """Move a checkpoint on from where it was found. Raises Conflict when somebody else moved or replaced it."""
        moved = connection.execute(
            update(checkpoints)
            .where(row_of(at), checkpoints.c.position == at.position, checkpoints.c.live == at.live)
            .values(position=position)
        )
        if moved.rowcount != 1:
            raise Elsewhere(at)
        return at._replace(position=position)

    def must_stand(self, connection: Connection, view: View, at: Checkpoint) -> None:
        """Raises Conflict where a generation is no longer as it was found."""
        if at not in self.generations(connection, view):
            raise Elsewhere(at)

    def switch(self, connection: Connection, to: Checkpoint) -> None:
        """From the commit on, readers see this generation."""
        of_view = checkpoints.c.view == to.view
        connection.execute(update(checkpoints).where(of_view).values(live=UNREAD))
        connection.execute(update(checkpoints).where(row_of(to)).values(live=LIVE))

    def unread(self, views: Sequence[View]) -> list[Checkpoint]:
        """The generations that are not live: being built, replaced, given up, or left by an interruption."""
        with self.snapshot() as connection:
            return [
                found
                for view in views
                for found in self.generations(connection, view)
                if not found.is_live
            ]

    def drop(self, generations: Sequence[Checkpoint]) -> None:
        """Drop what is not live; where a long reader stays in the way, leave it to the next rebuild."""
        if generations and self.embedded:
            with suppress(Unavailable):
                self._give_up(generations)
                for gone in generations:
                    self._empty(gone)
        for _ in range(DROP_ATTEMPTS if generations else 0):
            try:
                with self._writing.begin() as connection:
                    if not self.embedded:
                        # While this waits for a reader, all who come later wait for this.
                        wait = f"SET LOCAL lock_timeout = '{DROP_MILLISECONDS}ms'"
                        connection.exec_driver_sql(wait)
                        connection.exec_driver_sql(
                            "LOCK TABLE checkpoints IN ACCESS EXCLUSIVE MODE"
                        )
                    for gone in generations:
                        self._drop(connection, gone)
            except OperationalError:
                time.sleep(DROP_MILLISECONDS / 1000)
            else:
                return
        if generations:
            log.warning(
                "Old tables of views are still being read and stay until the next rebuild",
                extra={"action": "drop_views", "views": sorted({c.view for c in generations})},
            )

    def _give_up(self, generations: Sequence[Checkpoint]) -> None:
        """Mark what is not live, so that nobody goes on with what will have lost rows."""
        with self.write() as connection:
            for gone in generations:
                found = update(checkpoints).where(row_of(gone), checkpoints.c.live == UNREAD)
                connection.execute(found.values(live=GIVEN_UP))

    def _empty(self, gone: Checkpoint) -> None:
        """Empty the tables of a generation that was given up, a little at a time.

        SQLite reads all of a table that it drops, for a nation a minute long, and lets nobody write meanwhile.
        """
        with self.snapshot() as connection:
            if [found.live for found in self._found(connection, row_of(gone))] != [GIVEN_UP]:
                return
            names = names_of(connection, gone)
            indexes = [i["name"] for name in names for i in inspect(connection).get_indexes(name)]
        for index in indexes:
            self._changed(f"DROP INDEX {index}")
        for name in names:
            most = SEGMENTS_AT_ONCE if name.endswith(f"_columns{gone.suffix}") else AT_ONCE
            some = f"DELETE FROM {name} WHERE rowid IN (SELECT rowid FROM {name} LIMIT {most})"
            while self._changed(some) == most:
                time.sleep(GIVE_WAY_SECONDS)

    def _changed(self, statement: str) -> int:
        """How many rows a statement changed in a transaction of its own."""
        with self.write() as connection:
            return connection.exec_driver_sql(statement).rowcount

    @staticmethod
    def _drop(connection: Connection, gone: Checkpoint) -> None:
        """Drop one generation, by whichever version of the software its tables were made, unless it is live."""
        forgotten = connection.execute(
            delete(checkpoints).where(row_of(gone), checkpoints.c.live != LIVE)
        )
        if forgotten.rowcount == 1:
            for name in names_of(connection, gone):
                Table(name, MetaData()).drop(connection)

    def _tables(self, view: View, suffix: str) -> Tables:
        kept = self._kept.get((view.name, suffix))
        if kept is None:
            kept = self._kept[view.name, suffix] = view.tables(MetaData(), suffix)
        return kept

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _live(view: View, among: Sequence[Checkpoint]) -> Checkpoint:
    for found in among:
        if found.view == view.name and found.is_live and found.version == view.version:
            return found
    raise Unavailable(
        f"View {view.name} has not been built by this version of the software, or another one replaced it. "
        "Start the projections again, and they build it.",
        view=view.name,
    )
