"""What a view is: tables of its own, and the rule by which facts change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from sqlalchemy import (
    ARRAY,
    Connection,
    Dialect,
    MetaData,
    RowMapping,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from services.projections.views.columns import KEY, Array, Loaded, append, kinds
from services.projections.views.facts import Fact
from shared.vocabulary import Position

__all__ = ["KEY", "Columns", "Snapshot", "Tables", "View", "Writing"]

Tables = Mapping[str, Table]
"""A view's tables by their plain names, without version and generation."""


Columns = Sequence[Sequence[int] | Array]
"""Rows of numbers, column by column."""
AT_ONCE: Final = 10_000
"""Up to so many values are named in one statement."""


class Snapshot(NamedTuple):
    """A view as one read transaction sees it: its tables, and the last position they hold.

    `loaded` is what this process has read of the same tables' columns before.
    """

    connection: Connection
    tables: Tables
    position: Position
    loaded: Loaded

    def columns(
        self, family: str, names: Sequence[str], position: Position | None = None
    ) -> tuple[Array, ...]:
        """Some columns of a family, with a row for each change up to a position (default: all that is seen)."""
        return self.loaded.read(
            self.connection,
            self.tables["columns"],
            family,
            names,
            self.position,
            self.position if position is None else min(position, self.position),
        )


class Writing(NamedTuple):
    """A view's tables inside a write transaction, with bulk statements that both engines do fast."""

    connection: Connection
    tables: Tables

    def add(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert whole rows, each with its values in the order of the table's columns."""
        if not rows:
            return
        statement = _insert(self.tables[table], self.connection.dialect)
        driver = self.connection.connection.driver_connection
        if self.connection.dialect.name == "sqlite" or driver is None:
            self.connection.exec_driver_sql(statement, list(rows))
            return
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def replace(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Put whole rows in the place of those with the same key, which is the table's first column."""
        if not rows:
            return
        into = self.tables[table]
        if self.connection.dialect.name == "sqlite":
            statement = _insert(into, self.connection.dialect)
            self.connection.exec_driver_sql(
                statement.replace("INSERT", "INSERT OR REPLACE", 1), list(rows)
            )
            return
        key = next(iter(into.columns))
        # One array as one parameter: ten thousand parameters take longer to plan than their rows to delete.
        keys = bindparam("keys", [row[0] for row in rows], type_=ARRAY(key.type))
        self.connection.execute(delete(into).where(key == func.any(keys)))
        self.add(table, rows)

    def append(self, family: str, parts: Iterable[Columns]) -> None:
        """Add rows to a family of columns, given column by column, one part behind the other."""
        filled = [columns for columns in parts if columns and len(columns[0])]
        if filled:
            table = self.tables["columns"]
            arrays = zip(kinds(table)[family].items(), zip(*filled, strict=True), strict=True)
            added = {
                name: np.concatenate([np.asarray(by, dtype=kind) for by in column])
                for (name, kind), column in arrays
            }
            append(self.connection, table, family, added)

    def having(self, table: str, column: str, values: Sequence[object]) -> Sequence[RowMapping]:
        """The rows whose column holds one of the values."""
        wanted = self.tables[table]
        found: list[RowMapping] = []
        for begin in range(0, len(values), AT_ONCE):
            asked = values[begin : begin + AT_ONCE]
            rows = self.connection.execute(select(wanted).where(wanted.c[column].in_(asked)))
            found += rows.mappings()
        return found

    def all(self, table: str) -> Sequence[RowMapping]:
        """Every row."""
        return self.connection.execute(select(self.tables[table])).mappings().all()


class View(Protocol):
    """A read model that any process may throw away and build anew."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int:
        """To be raised whenever the tables or the rules change: the tables are then built anew."""
        ...

    @property
    def topics(self) -> frozenset[str]:
        """The types of events that it takes in."""
        ...

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """The tables, each named after the view in front and with the suffix behind."""
        ...

    def recall(self, write: Writing, facts: Sequence[Fact] | None) -> Any:  # noqa: ANN401  (each view's own)
        """What the folding of some facts must know of the past; without facts, everything."""
        ...

    def fold(self, memory: Any, facts: Sequence[Fact]) -> Any:  # noqa: ANN401
        """What a page of facts changes, in order, without a look at any table; the memory goes along."""
        ...

    def store(self, write: Writing, changes: Sequence[Any]) -> None:
        """Write what several pages changed, one after the other, with as few statements as there are tables."""
        ...


def latest(parts: Iterable[Mapping[int, str]]) -> list[tuple[int, str]]:
    """What is to stand under each number in the end, in the order of the numbers."""
    found: dict[int, str] = {}
    for part in parts:
        found.update(part)
    return sorted(found.items())


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: Dialect) -> str:
    if dialect.name == "sqlite":
        return str(insert(table).compile(dialect=dialect))
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.columns)
    return f"COPY {quote(table.name)} ({columns}) FROM STDIN"
