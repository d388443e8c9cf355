"""Counts: what every cell (a programme's unit) comes to at any row of the entries, without adding up from the beginning.

Sums stand at every so many rows, for each measure and window that was asked for; the rest is added when asked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from services.projections.reckoning.places import REGISTER, Numbers
from services.projections.views.columns import Array
from services.projections.views.entries import ENTRIES
from services.projections.views.view import Snapshot
from shared.vocabulary import Position

STRIDE: Final = 65_536
AT_ONCE: Final = 4_000_000
"""So many numbers under a billion can be added up in floating point without losing one."""
BILLION: Final = 1_000_000_000
MONEY: Final = frozenset({"benefit", "recognised", "verified"})
"""Measures that are added up in two parts: a few absurdly large ones would together not fit a machine's integer."""
DECLARED: Final = "declared"
"""Counts the declarations alone, while gross also goes from one unit to another."""
KEPT_SUMS: Final = 48
STALE: Final = 8
"""The order of what is true, as of cells, is made anew when an eighth of the rows came after it."""
MOST_SHARE: Final = 8
"""Where more than an eighth of the rows is asked for, all of them are looked at."""

Span = tuple[float, float]
"""An interval [from, to) of filing instants, in microseconds."""


class Cells(NamedTuple):
    """The programme of every cell, by its place among the programmes, and the cell's place in the register."""

    programmes: tuple[str, ...]
    programme: Numbers
    places: Numbers

    def of(self, programme: str) -> NDArray[np.bool_]:
        """Which cells are the programme's."""
        known = programme in self.programmes
        wanted = self.programmes.index(programme) if known else -1
        return np.equal(self.programme, wanted)

    def and_(self, rows: Sequence[tuple[str, str]]) -> Cells:
        """These cells, and further ones: of each the programme and the unit."""
        programmes = tuple(dict.fromkeys((*self.programmes, *(name for name, _ in rows))))
        return Cells(
            programmes,
            np.concatenate([self.programme, [programmes.index(name) for name, _ in rows]]),
            np.concatenate([self.places, REGISTER.numbers(unit for _, unit in rows)]),
        )


NO_CELLS: Final = Cells((), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


class Order:
    """The entries in some order, with the sums of cells at every so many of them."""

    def __init__(self, rows: int = 0, by: Array | None = None) -> None:
        self.rows = rows
        self.by = by
        self._taken: dict[str, Array] = {}
        self._sums: OrderedDict[tuple[str, Span | None], list[Numbers]] = OrderedDict()

    def column(self, name: str, column: Array) -> Array:
        """A column in this order."""
        if self.by is None:
            return column
        found = self._taken.get(name)
        if found is None:
            found = self._taken[name] = column[self.by]
        return found

    def sums(
        self, measure: str, span: Span | None, columns: Sequence[Array], rows: int, cells: int
    ) -> Numbers:
        """The sums of the first so many rows by part and cell. The columns are cell, measure and filed, in this order."""
        marks = self._sums.setdefault((measure, span), [])
        self._sums.move_to_end((measure, span))
        if len(self._sums) > KEPT_SUMS:
            self._sums.popitem(last=False)
        whole = rows // STRIDE
        for mark in range(len(marks), whole):
            added = added_up(measure, span, columns, mark * STRIDE, (mark + 1) * STRIDE, cells)
            marks.append(added + widened(marks[-1], cells) if marks else added)
        rest = added_up(measure, span, columns, whole * STRIDE, rows, cells)
        return rest + widened(marks[whole - 1], cells) if whole else rest


class ByCell(NamedTuple):
    """The first so many entries, those of a cell one behind the other up to where the cell ends."""

    rows: int
    by: NDArray[np.int32]
    ends: Numbers


def widened(sums: Numbers, cells: int) -> Numbers:
    """Sums of fewer cells, from before the others were known."""
    missing = cells - sums.shape[1]
    return np.pad(sums, ((0, 0), (0, missing))) if missing > 0 else sums[:, :cells]


def added_up(
    measure: str, span: Span | None, columns: Sequence[Array], begin: int, end: int, cells: int
) -> Numbers:
    """The sums of a stretch of rows by part and cell."""
    cell, by, filed = (column[begin:end] for column in columns)
    if span is not None:
        inside = (filed >= span[0]) & (filed < span[1])
        cell, by = cell[inside], by[inside]
    return binned(measure, cell, by, cells)


def binned(measure: str, cell: Array, by: Array, cells: int) -> Numbers:
    """What each cell is changed by in all: one number, or, of money, the billions and the rest."""
    if measure == DECLARED:
        parts: tuple[Array, ...] = (by == 0,)
    elif measure in MONEY:
        parts = (by // BILLION, by % BILLION)
    else:
        parts = (by,)
    found = np.zeros((len(parts), cells), dtype=np.int64)
    for begin in range(0, len(cell), AT_ONCE):
        here = slice(begin, begin + AT_ONCE)
        for n, part in enumerate(parts):
            sums = np.bincount(cell[here], weights=part[here], minlength=cells)
            found[n] += np.rint(sums).astype(np.int64)
    return found


class Counts:
    """All that can be counted of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._kept = snapshot.loaded.derived
        self._read: dict[tuple[str, ...], tuple[Array, ...]] = {}

    def columns(self, *names: str, position: Position | None = None) -> tuple[Array, ...]:
        """Columns of the entries up to a position (default: all that the snapshot sees)."""
        found = self._read.get(names)
        if found is None:
            found = self._read[names] = self.snapshot.columns(ENTRIES, names)
        if position is None:
            return found
        rows = self.rows(position)
        return tuple(column[:rows] for column in found)

    def rows(self, position: Position) -> int:
        """How many entries there are up to a position."""
        return int(np.searchsorted(self.columns("position")[0], position, side="right"))

    def cells(self) -> Cells:
        """Every cell that the snapshot sees, and perhaps some that came since."""
        with self.snapshot.loaded.lock:
            known: Cells = self._kept.get("cells", NO_CELLS)
            (cell,) = self.columns("cell")
            needed = self._kept.get("cells at", (0, 0))
            if needed[0] < len(cell):
                most = max(needed[1], int(cell[needed[0] :].max()) + 1)
                if most > len(known.places):
                    table = self.snapshot.tables["cells"].c
                    found = self.snapshot.connection.execute(
                        select(table.programme, table.unit)
                        .where(table.cell >= len(known.places))
                        .order_by(table.cell)
                    ).all()
                    known = self._kept["cells"] = known.and_([(row[0], row[1]) for row in found])
                self._kept["cells at"] = (len(cell), most)
            return known

    def cells_of(self, programme: str) -> tuple[Numbers, Numbers]:
        """A programme's cells, and the place of each."""
        cells = self.cells()
        kept: dict[str, tuple[Cells, Numbers, Numbers]] = self._kept.setdefault("cells of", {})
        found = kept.get(programme)
        if found is None or found[0] is not cells:
            chosen = np.flatnonzero(cells.of(programme))
            found = kept[programme] = (cells, chosen, cells.places[chosen])
        return found[1:]

    def known(self, measure: str, rows: int, span: Span | None = None) -> Numbers:
        """What each cell counts by the first so many entries, by part and cell."""
        with self.snapshot.loaded.lock:
            order: Order = self._kept.setdefault("as recorded", Order())
            cells = len(self.cells().places)
            columns = self.columns("cell", _column(measure), "filed")
            return order.sums(measure, span, columns, rows, cells)

    def corrected(self, measure: str, rows: int, true_by: int, span: Span | None = None) -> Numbers:
        """What each cell counts by those of the first so many entries that are true by an instant."""
        with self.snapshot.loaded.lock:
            cells = len(self.cells().places)
            columns = self.columns("cell", _column(measure), "filed")
            order = self.as_true()
            begin, found = 0, np.zeros((2 if measure in MONEY else 1, cells), dtype=np.int64)
            if order.rows <= rows:
                (effective,) = self.columns("effective")
                (reached,) = self._ordered(order, ("effective",), (effective,))
                begin = order.rows
                found = order.sums(
                    measure,
                    span,
                    self._ordered(order, ("cell", _column(measure), "filed"), columns),
                    int(np.searchsorted(reached, true_by, side="right")),
                    cells,
                )
        effective = self.columns("effective")[0][begin:rows]
        cell, by, filed = (column[begin:rows] for column in columns)
        chosen = effective <= true_by
        if span is not None:
            chosen &= (filed >= span[0]) & (filed < span[1])
        return found + binned(measure, cell[chosen], by[chosen], cells)

    def as_true(self) -> Order:
        """The entries in the order in which they are true, as of some time ago."""
        (effective,) = self.columns("effective")
        found: Order | None = self._kept.get("as true")
        if found is None or len(effective) - found.rows > len(effective) // STALE:
            found = Order(len(effective), np.argsort(effective, kind="stable"))
            self._kept["as true"] = found
        return found

    def rows_in(self, cells: NDArray[np.bool_], rows: int) -> Numbers | None:
        """Those of the first so many entries that are in some cells, in their order; None where these or all are so few or many that looking at all is quicker."""
        if rows < STRIDE:
            return None
        with self.snapshot.loaded.lock:
            order = self._by_cell()
        (cell,) = self.columns("cell")
        wanted = np.flatnonzero(cells[: len(order.ends)])
        ends = order.ends[wanted]
        begins = np.where(wanted > 0, order.ends[wanted - 1], 0)
        if MOST_SHARE * int((ends - begins).sum()) > rows:
            return None
        slices = zip(begins.tolist(), ends.tolist(), strict=True)
        since = order.rows + np.flatnonzero(cells[cell[order.rows : rows]])
        found = np.concatenate([*(order.by[begin:end] for begin, end in slices), since])
        found.sort()
        return found[: np.searchsorted(found, rows)].astype(np.int64)

    def _by_cell(self) -> ByCell:
        """The entries cell by cell, as of some time ago."""
        (cell,) = self.columns("cell")
        found: ByCell | None = self._kept.get("by cell")
        if found is None or len(cell) - found.rows > len(cell) // STALE:
            ends = np.cumsum(np.bincount(cell, minlength=len(self.cells().places)))
            by = np.argsort(cell, kind="stable").astype(np.int32)
            found = self._kept["by cell"] = ByCell(len(cell), by, ends)
        return found

    @staticmethod
    def _ordered(order: Order, names: Sequence[str], columns: Sequence[Array]) -> list[Array]:
        return [order.column(name, column) for name, column in zip(names, columns, strict=True)]


def _column(measure: str) -> str:
    return "cause" if measure == DECLARED else measure
