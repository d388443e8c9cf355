"""What a view is: tables of its own, and the rule by which facts change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from sqlalchemy import (
    Connection,
    Dialect,
    MetaData,
    RowMapping,
    String,
    Table,
    delete,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import VARCHAR

from services.projections.facts import Fact
from shared.vocabulary import Position

KEY: Final = String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")
"""A code or an id in hex; compared byte by byte in both engines, so that both sort alike."""

Tables = Mapping[str, Table]
"""A view's tables by their plain names, without version and generation."""


class Snapshot(NamedTuple):
    """A view as one read transaction sees it: its tables, and the last position they hold."""

    connection: Connection
    tables: Tables
    position: Position


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
        key = next(iter(into.columns))
        self.connection.execute(delete(into).where(key.in_([row[0] for row in rows])))
        self.add(table, rows)

    def having(self, table: str, column: str, values: Sequence[str]) -> Sequence[RowMapping]:
        """The rows whose column holds one of the values."""
        if not values:
            return []
        wanted = self.tables[table]
        found = self.connection.execute(select(wanted).where(wanted.c[column].in_(values)))
        return found.mappings().all()


class View(Protocol):
    """A read model that any process may throw away and build anew."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int:
        """To be raised whenever the tables or the rules change: the tables are then built anew."""
        ...

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """The tables, each named after the view in front and with the suffix behind."""
        ...

    def apply(self, write: Writing, facts: Sequence[Fact]) -> None:
        """Take in a page of facts, in order, with as few statements as there are tables."""
        ...


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: Dialect) -> str:
    if dialect.name == "sqlite":
        return str(insert(table).compile(dialect=dialect))
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.columns)
    return f"COPY {quote(table.name)} ({columns}) FROM STDIN"
