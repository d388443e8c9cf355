"""Arrivals: what each unit's count changed by from day to day, as known at a moment or as true by then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from services.projections.forecast.pace import Series
from services.projections.reckoning.asof import Axis, Moment
from services.projections.reckoning.places import NOWHERE, Places
from services.projections.reckoning.reckoning import Reckoning, Scope
from services.projections.views.view import Snapshot
from shared.directory import Programme
from shared.tree import Tree
from shared.vocabulary import HOME

LONGEST: Final = 3660
"""Of a longer past, the last ten years are looked at."""
DAY: Final = 86_400_000_000
OFFSET: Final = 7 * 3_600_000_000
EPOCH: Final = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001  (a day, not an instant)


def last_day(end: datetime) -> int:
    """The day after the last on which something can come before an instant, as an ordinal."""
    return (end.astimezone(HOME) - timedelta(microseconds=1)).toordinal() + 1


def phase_ends(programme: Programme, unit: str, tree: Tree) -> tuple[int, ...]:
    """The days on which the phases of a unit are over; a programme without phases is one itself."""
    chain = programme.terms.chain(tree.path(unit))
    windows: Iterable[datetime] = (phase.to for phase in chain)
    return tuple(sorted({last_day(end) for end in windows} | {last_day(programme.terms.window.to)}))


def arrivals(
    snapshot: Snapshot,
    at: Moment,
    programme: Programme,
    units: Sequence[str],
    tree: Tree,
) -> Series:
    """What came on each whole day before the moment's, for units of which none stands under another, in the tree of that moment.

    Days are those on which things were recorded; on the corrected axis those from which they are true. A day on which
    more was taken away than came counts as nothing.
    """
    scope = Scope.at(programme.code, at, snapshot)
    reckoning = Reckoning.of(snapshot, scope)
    until = at.at_home.toordinal()
    opens = programme.terms.window.from_.astimezone(HOME).toordinal()
    first = min(max(opens, until - LONGEST), until)
    groups = Places.of(tree).groups(units)
    cells, places = reckoning.cells()
    group_of_cell = np.full(len(reckoning.counts.cells().places), NOWHERE, dtype=np.int64)
    inside = places < len(groups)
    group_of_cell[cells[inside]] = groups[places[inside]]
    when = "recorded" if at.axis is Axis.KNOWN else "effective"
    instants, cell, by = (
        column[: reckoning.rows] for column in reckoning.counts.columns(when, "cell", "gross")
    )
    day = (instants + OFFSET) // DAY + EPOCH - first
    group = group_of_cell[cell]
    chosen = (group >= 0) & (day >= 0) & (day < until - first)
    length = until - first
    counts = np.bincount(
        group[chosen] * length + day[chosen],
        weights=by[chosen],
        minlength=len(units) * length,
    ).reshape(len(units), length)
    ends = tuple(phase_ends(programme, unit, tree) for unit in units)
    return Series(first, np.maximum(counts, 0.0), ends)
