"""Columns: what a view counts, kept as arrays of numbers, a row for each change, in the order of the ledger.

A table of columns holds segments: so many rows of one column as bytes. Rows are only ever added. Small segments are
merged as they come, as in a log-structured store, so that there are few; what is in them is the same however they lie.
A process keeps what it has read, and reads on from there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    event,
    select,
)
from sqlalchemy.dialects.postgresql import VARCHAR

KEY: Final = String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")
"""A code or an id in hex; compared byte by byte in both engines, so that both sort alike."""
SEALED: Final = 131_072
"""Rows of a segment that is merged no more."""
ROOM: Final = 1.5

Array = NDArray[Any]
Family = Mapping[str, str]
"""The columns that have a row for each change, by name, with the type of their numbers (little-endian)."""


def column_table(name: str, metadata: MetaData, families: Mapping[str, Family]) -> Table:
    """A table of columns, in which several families may stand."""
    table = Table(
        name,
        metadata,
        Column("family", KEY, primary_key=True),
        Column("name", KEY, primary_key=True),
        Column("begin", BigInteger, primary_key=True, autoincrement=False),
        Column("rows", Integer, nullable=False),
        Column("data", LargeBinary, nullable=False),
        info={"families": families},
    )
    # PostgreSQL would compress what is read and merged over and over, and take longer for it than for all the rest.
    plainly = DDL("ALTER TABLE %(table)s ALTER COLUMN data SET STORAGE EXTERNAL")  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", plainly.execute_if(dialect="postgresql"))
    return table


class _Segment(NamedTuple):
    begin: int
    rows: int


def append(connection: Connection, table: Table, family: str, rows: Mapping[str, Array]) -> None:
    """Add rows, given as an array for each column, behind those that are there."""
    added = len(next(iter(rows.values())))
    if not added:
        return
    columns = kinds(table)[family]
    first = next(iter(columns))
    place = table.c.family == family
    last = connection.execute(
        select(table.c.begin, table.c.rows)
        .where(place, table.c.name == first)
        .order_by(table.c.begin.desc())
        .limit(20)
    ).all()
    begin = last[0][0] + last[0][1] if last else 0
    merged: list[_Segment] = []
    total = added
    for segment in (_Segment(*found) for found in last):
        if segment.rows > total or segment.rows + total > SEALED:
            break
        merged.append(segment)
        begin, total = segment.begin, total + segment.rows
    before: dict[str, list[bytes]] = {}
    if merged:
        old = (place, table.c.begin >= begin)
        for name, data in connection.execute(
            select(table.c.name, table.c.data).where(*old).order_by(table.c.begin)
        ):
            before.setdefault(name, []).append(data)
        connection.execute(delete(table).where(*old))
    connection.execute(
        table.insert(),
        [
            {
                "family": family,
                "name": name,
                "begin": begin,
                "rows": total,
                "data": b"".join(
                    (*before.get(name, ()), np.ascontiguousarray(rows[name], kind).tobytes())
                ),
            }
            for name, kind in columns.items()
        ],
    )


def kinds(table: Table) -> Mapping[str, Family]:
    """The families of columns that stand in a table."""
    found: Mapping[str, Family] = table.info["families"]
    return found


def is_columns(table: Table) -> bool:
    """Whether a table holds columns."""
    return "families" in table.info


def stored(connection: Connection, table: Table) -> Iterable[tuple[str, str, bytes]]:
    """Every segment with its family and column, each column's in the order of their rows."""
    found = connection.execute(
        select(table.c.family, table.c.name, table.c.data).order_by(
            table.c.family, table.c.name, table.c.begin
        )
    )
    return ((family, name, bytes(data)) for family, name, data in found)


def whole(connection: Connection, table: Table) -> Mapping[str, Mapping[str, Array]]:
    """Every column of a table, by family and name."""
    found: dict[str, dict[str, list[bytes]]] = {}
    for family, name, data in stored(connection, table):
        found.setdefault(family, {}).setdefault(name, []).append(data)
    return {
        family: {
            name: np.frombuffer(b"".join(parts), dtype=kinds(table)[family][name])
            for name, parts in columns.items()
        }
        for family, columns in found.items()
    }


class _Growing:
    """An array that grows at its end; what was given out before stays as it was."""

    def __init__(self, kind: str) -> None:
        self.rows = 0
        self._held: Array = np.empty(0, dtype=kind)

    def extend(self, data: Array) -> None:
        needed = self.rows + len(data)
        if needed > len(self._held):
            held = np.empty(int(needed * ROOM) + 16, dtype=self._held.dtype)
            held[: self.rows] = self._held[: self.rows]
            self._held = held
        self._held[self.rows : needed] = data
        self.rows = needed

    def up_to(self, rows: int) -> Array:
        return self._held[:rows]


class Loaded:
    """What a process has read of one generation's columns, and what it worked out from them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._columns: dict[tuple[str, str], _Growing] = {}
        self._whole: dict[str, int] = {}
        self.derived: dict[str, Any] = {}

    @property
    def lock(self) -> threading.RLock:
        """Held while something is worked out once for all."""
        return self._lock

    def read(
        self,
        connection: Connection,
        table: Table,
        family: str,
        names: Sequence[str],
        seen: int,
        position: int,
    ) -> tuple[Array, ...]:
        """The named columns up to a position, where the connection's transaction sees what there is up to `seen`.

        The first column of a family must be the position, which never falls.
        """
        columns = kinds(table)[family]
        first = next(iter(columns))
        with self._lock:
            for name in dict.fromkeys((first, *names)):
                self._load(connection, table, family, name, columns[name], seen)
            places = self._columns[family, first]
            rows = int(np.searchsorted(places.up_to(places.rows), position, side="right"))
            return tuple(self._columns[family, name].up_to(rows) for name in names)

    def _load(
        self,
        connection: Connection,
        table: Table,
        family: str,
        name: str,
        kind: str,
        seen: int,
    ) -> None:
        growing = self._columns.setdefault((family, name), _Growing(kind))
        whole = f"{family}/{name}"
        if self._whole.get(whole, -1) >= seen:
            return
        have = growing.rows
        for begin, data in connection.execute(
            select(table.c.begin, table.c.data)
            .where(
                table.c.family == family,
                table.c.name == name,
                table.c.begin + table.c.rows > have,
            )
            .order_by(table.c.begin)
        ):
            growing.extend(np.frombuffer(data, dtype=kind)[growing.rows - begin :])
        self._whole[whole] = seen
