"""Bursts: a unit's days or hours with far more declarations than its own pace and everybody's course would have."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from services.projections.honesty.surprise import Floats, count_tail, discovered
from services.projections.views.columns import Array

HOUR: Final = 3_600_000_000
AT_HOME: Final = 7 * HOUR
"""Days begin at midnight in Asia/Ho_Chi_Minh, which has no summer time."""
FEWEST: Final = 10
TIMES: Final = 3.0


class Window(StrEnum):
    """How long a burst lasts at most."""

    HOUR = "hour"
    DAY = "day"

    @property
    def micros(self) -> int:
        return HOUR if self is Window.HOUR else 24 * HOUR


class Burst(NamedTuple):
    """The least likely window of a unit (its place among those given), and how many of its windows were found."""

    unit: int
    begins: int
    declared: int
    expected: float
    likely: float
    windows: int


def bursts(unit: Array, when: Array, window: Window, rate: float) -> tuple[list[Burst], int]:
    """The units with a burst, and how many windows were looked at: every one from the first declaration to the last.

    `unit` is a place from 0 for each declaration, `when` its instant in microseconds. Expected in a window is half what
    the unit would have at an even pace and half what it would have on the course of all others. How unevenly a unit
    declares (the variance over the mean) is taken from its other windows. A burst has at least FEWEST declarations and
    TIMES as many as expected.
    """
    if not len(unit):
        return [], 0
    bins = (when + AT_HOME) // window.micros
    first = int(bins.min())
    bins = bins - first
    many, units = int(bins.max()) + 1, int(unit.max()) + 1
    tested = many * units
    total = np.bincount(unit, minlength=units)
    course = np.bincount(bins, minlength=many)
    key, count = np.unique(unit * many + bins, return_counts=True)
    who, at = key // many, key % many
    others = len(unit) - total[who]
    even = total[who] / many
    along = np.where(others > 0, total[who] * (course[at] - count) / np.maximum(others, 1), even)
    expected = (even + along) / 2
    spread = _spread(who, count, expected, total, many)
    likely = count_tail(count.astype(np.float64), expected, spread)
    far = (count >= FEWEST) & (count >= TIMES * expected)
    found = discovered(likely, tested, rate) & far
    rows = np.flatnonzero(found)
    rows = rows[np.lexsort((-count[rows], likely[rows], who[rows]))]
    best: dict[int, Burst] = {}
    for row in rows.tolist():
        n = int(who[row])
        if n in best:
            best[n] = best[n]._replace(windows=best[n].windows + 1)
            continue
        begins = (int(at[row]) + first) * window.micros - AT_HOME
        best[n] = Burst(n, begins, int(count[row]), float(expected[row]), float(likely[row]), 1)
    return list(best.values()), tested


def _spread(who: Array, count: Array, expected: Floats, total: Array, many: int) -> Floats:
    """The variance over the mean of each window's unit in all of its other windows (Pearson), never under that of chance."""
    if many < 3:
        return np.ones(len(who), dtype=np.float64)
    # The sum of (count - expected)² / expected over all windows, those without a declaration too: the expected
    # numbers of a unit add up to what it has.
    squares = np.bincount(who, weights=count**2 / expected, minlength=len(total)) - total
    own = (count - expected) ** 2 / expected
    found: Floats = np.maximum((squares[who] - own) / (many - 2), 1.0)
    return found
