"""How much each unit counts as of a moment, on either axis, and when a count first stood where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from services.projections.reckoning.asof import Axis, Moment
from services.projections.reckoning.counts import BILLION, Counts
from services.projections.reckoning.places import NOWHERE, Numbers, Places
from services.projections.views.columns import Array
from services.projections.views.facts import micros
from services.projections.views.view import Snapshot
from shared.vocabulary import Position

NEVER: Final = float("inf")
ROOM: Final = 2**62


class Measures(NamedTuple):
    """What boards count: ideas declared, valid and ruled copies; authors; benefit in VND.

    Of the authors, `posts` hold a leading post and `direct` work directly; of the benefit, `recognised` and `verified`
    are the parts of those classes, and the rest is only declared.
    """

    gross: int = 0
    net: int = 0
    duplicate: int = 0
    people: int = 0
    benefit: int = 0
    posts: int = 0
    direct: int = 0
    recognised: int = 0
    verified: int = 0

    def plus(self, other: Measures) -> Measures:
        """Both together."""
        return Measures(*(a + b for a, b in zip(self, other, strict=True)))


class Scope(NamedTuple):
    """Which entries count: of one programme, up to a position, and on the corrected axis those true by an instant."""

    programme: str
    position: Position
    true_by: int | None = None

    @classmethod
    def at(cls, programme: str, at: Moment, snapshot: Snapshot) -> Self:
        """What counts at a moment, as far as the view has come."""
        return cls(
            programme,
            min(at.position, snapshot.position),
            micros(at.instant) if at.axis is Axis.CORRECTED else None,
        )


class Reckoning(NamedTuple):
    """The counts of one scope, measure by measure as they are asked for."""

    counts: Counts
    scope: Scope
    rows: int

    @classmethod
    def of(cls, snapshot: Snapshot, scope: Scope) -> Self:
        """The counts of a scope in a snapshot."""
        counts = Counts(snapshot)
        return cls(counts, scope, counts.rows(scope.position))

    def by_cell(self, measure: str, span: tuple[float, float] | None = None) -> Numbers:
        """What each cell counts, by part and cell, whatever its programme."""
        if self.scope.true_by is None:
            return self.counts.known(measure, self.rows, span)
        return self.counts.corrected(measure, self.rows, self.scope.true_by, span)

    def cells(self) -> tuple[Numbers, Numbers]:
        """The programme's cells, and the place of each."""
        return self.counts.cells_of(self.scope.programme)

    def by_place(
        self, measure: str, places: Places, span: tuple[float, float] | None = None
    ) -> Numbers:
        """What each unit and everything below it counts, by part and place."""
        chosen, at = self.cells()
        sums = self.by_cell(measure, span)
        if len(chosen) < sums.shape[1]:
            sums = sums[:, chosen]
        found = np.zeros((len(sums), max(places.size, int(at.max(initial=-1)) + 1)), dtype=np.int64)
        # Of a programme each place has one cell.
        found[:, at] = sums
        if found.shape[1] > places.size:
            # A unit that the tree of the moment does not know counts for nobody else.
            found[:, : places.size] = places.rolled(found[:, : places.size])
            return found
        return places.rolled(found)


class Lot(NamedTuple):
    """Units of which none stands under another, with the cells that count for them, those of a unit side by side."""

    units: Sequence[str]
    cells: Numbers
    begins: Numbers
    counting: Numbers
    """Which of the units have cells, in the order of these."""

    @classmethod
    def of(cls, units: Sequence[str], group_of_place: Numbers, reckoning: Reckoning) -> Self:
        """The lot of some units, by the place among them of the unit that each place stands under or is (else -1)."""
        chosen, at = reckoning.cells()
        inside = at < len(group_of_place)
        group = group_of_place[at[inside]]
        ours = np.flatnonzero(group >= 0)
        order = ours[np.argsort(group[ours], kind="stable")]
        counting, begins = np.unique(group[order], return_index=True)
        return cls(units, chosen[inside][order], begins, counting)

    def summed(self, by_cell: Numbers) -> dict[str, int]:
        """What each unit and everything below it counts, of what each cell counts by part."""
        found = dict.fromkeys(self.units, 0)
        if len(self.cells):
            sums = np.add.reduceat(by_cell[:, self.cells], self.begins, axis=1)
            for unit, parts in zip(self.counting.tolist(), sums.T.tolist(), strict=True):
                found[self.units[unit]] = whole(parts)
        return found


def whole(parts: Sequence[int]) -> int:
    """A sum of which the billions and the rest were added up apart."""
    return parts[0] if len(parts) == 1 else parts[0] * BILLION + parts[1]


class Run(NamedTuple):
    """The changes of one measure in the order in which they count, each with its key, its row and the group it is in."""

    key: Array
    row: Numbers
    group: Array
    by: Array

    def first(self, goals: Mapping[int, Sequence[int]]) -> dict[tuple[int, int], int]:
        """The row with which each group first stood at each of its goals, by group and goal, where it ever did.

        What has the same key happened at once: only after all of it does a count stand.
        """
        by_group = np.argsort(self.group, kind="stable")
        group, key, row = self.group[by_group], self.key[by_group], self.row[by_group]
        by = self.by[by_group]
        if len(by) and int(np.abs(by).max()) * len(by) > ROOM:
            by = by.astype(object)
        ends = np.ones(len(group), dtype=bool)
        ends[:-1] = (group[1:] != group[:-1]) | (key[1:] != key[:-1])
        running = np.cumsum(by)[ends]
        group, row = group[ends], row[ends]
        found: dict[tuple[int, int], int] = {}
        begins = np.searchsorted(group, list(goals))
        stops = np.searchsorted(group, list(goals), side="right")
        for number, begin, stop in zip(goals, begins.tolist(), stops.tolist(), strict=True):
            before = running[begin - 1] if begin else 0
            highest = np.maximum.accumulate(running[begin:stop] - before)
            for goal in goals[number]:
                place = int(np.searchsorted(highest, goal))
                if place < stop - begin:
                    found[number, goal] = int(row[begin + place])
        return found


def run(
    reckoning: Reckoning, measure: str, group_of_place: Numbers, span: tuple[float, float] | None
) -> Run:
    """The changes of a measure that concern the groups, in the order of the ledger or of what is true."""
    counts, scope, rows = reckoning
    cells = counts.cells()
    group_of_cell = np.full(len(cells.places), NOWHERE, dtype=np.int64)
    chosen, places = reckoning.cells()
    inside = places < len(group_of_place)
    group_of_cell[chosen[inside]] = group_of_place[places[inside]]
    # Of few groups the small type sorts in one sweep.
    many = int(group_of_place.max(initial=0))
    narrow: NDArray[Any] = group_of_cell.astype(np.int16 if many < 2**15 else np.int32)
    columns = counts.columns("position", "cell", measure, "filed", "effective")
    few = counts.rows_in(narrow >= 0, rows)
    # Of all rows, what concerns few cells is picked out first.
    position, cell, by, filed, effective = (
        column[:rows] if few is None else column[few] for column in columns
    )
    chosen_rows = (by != 0) & (narrow[cell] >= 0)
    if span is not None:
        chosen_rows &= (filed >= span[0]) & (filed < span[1])
    if scope.true_by is not None:
        chosen_rows &= effective <= scope.true_by
    row = np.flatnonzero(chosen_rows)
    key = position
    if scope.true_by is not None:
        key = effective
        row = row[np.argsort(effective[row], kind="stable")]
    return Run(
        key[row],
        row if few is None else few[row],
        narrow[cell[row]],
        by[row].astype(np.int64),
    )


def disjoint(units: Mapping[str, object], places: Places) -> Iterator[tuple[list[str], Numbers]]:
    """The units in lots of which none stands under another, each with the group of every place."""
    lots: dict[int | str, list[str]] = {}
    for unit in units:
        lots.setdefault(unit if places.is_odd(unit) else places.depth(unit), []).append(unit)
    for together in lots.values():
        yield together, places.groups(together)
