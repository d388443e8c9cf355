"""Pace: what is handed in a day, what the season and the end of a phase make of it, and how far that was off before.

Everything is learnt from complete days before the one asked for. Expected of a day is: pace x weekday x spell x rush.
The rush before the end of a phase is 1 + (rush - 1) * exp(-days left / 10). What was published of the predecessor
programme (2021: 46,000 after 20 days, 158,000 on 15 April, 241,802 on 20 April) makes the last day's rush 8.4; that is
assumed until phases have ended on record. Decision record 32.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log
from statistics import NormalDist
from typing import Final, NamedTuple, Self

import numpy as np

from services.projections.forecast.season import Days, Rates, Season

HALF_LIFE: Final = 7.0
"""Days after which a day counts half as much for the pace."""
LONG_HALF_LIFE: Final = 28.0
FEW: Final = 5.0
FADE: Final = 10.0
RUSH: Final = 8.4
RUSH_DAYS: Final = 28
"""So long before its end a phase is compared with as many days before them."""
ENOUGH_FOR_RUSH: Final = 20
MOST_RUSH: Final = 25.0
LEAST_DAYS: Final = 14
LEAST_COUNTED: Final = 10
"""Of a shorter record, or of fewer ideas within eight weeks, nothing is said."""
LOOKED_AT: Final = 56
HORIZONS: Final = (7, 14, 30, 60, 120)
WORTH: Final = 5
"""Of forecasts of less, nothing is learnt: chance is all there is to see."""
SPREAD: Final = 0.4
"""Assumed spread of what comes within a week, as a standard deviation of its logarithm; it grows with the root of time."""
WEIGHT: Final = 2.0
"""What is assumed of the spread weighs as much as so many independent looks back."""
NORMAL: Final = NormalDist()
MOST_SPREAD: Final = 1.5
"""A range is never wider than from a seventh to seven times: with more, nothing is said any more."""
LOW: Final = 0.1
HIGH: Final = 0.9


class Series(NamedTuple):
    """What each of some units counted on each day from `first` on, and on which days the phases of each end (exclusive)."""

    first: int
    counts: Rates
    ends: tuple[tuple[int, ...], ...]

    @property
    def until(self) -> int:
        """The day after the last."""
        return self.first + int(self.counts.shape[1])

    def before(self, day: int) -> Series:
        """The same as it was known before a day."""
        return self._replace(counts=self.counts[:, : max(day - self.first, 0)])


def rushing(days: Days, ends: Iterable[int], rush: float) -> Rates:
    """The factor of each day on account of the phase ends that are still before it."""
    found = np.ones(len(days))
    for end in ends:
        left = end - 1 - days
        there = left >= 0
        found[there] = np.maximum(found[there], 1 + (rush - 1) * np.exp(-left[there] / FADE))
    return found


class Fit(NamedTuple):
    """What was learnt from the past: season, rush, and from how many ended phases and how many units' in them."""

    season: Season
    rush: float
    phases: int
    units: int

    def shape(self, days: Days, ends: Iterable[int]) -> Rates:
        """How much is expected of each day beside an ordinary one."""
        return self.season.of(days) * rushing(days, ends, self.rush)

    @classmethod
    def of(cls, own: Series, others: Sequence[Series] = ()) -> Self:
        """Learn from the series of a programme's units, and of other programmes' for the rush, all up to the same day."""
        days = np.arange(own.first, own.until, dtype=np.int64)
        every = {end for ends in own.ends for end in ends}
        in_rush = np.zeros(len(days), dtype=bool)
        for end in every:
            in_rush |= (days >= end - RUSH_DAYS) & (days < end)
        season = Season.learnt(own.counts.sum(axis=0), own.first, in_rush)
        logs, weights, units = [log(RUSH)], [1.0], 0
        for series in (own, *others):
            for rush, weight, of_units in _ended(series, season):
                logs.append(log(rush))
                weights.append(weight)
                units += of_units
        mean = float(np.average(logs, weights=weights))
        return cls(season, exp(mean), len(logs) - 1, units)


def _ended(series: Series, season: Season) -> Iterable[tuple[float, float, int]]:
    """The rush of each day on which phases ended, how much it weighs, and of how many units the phases were."""
    by_end: dict[int, list[int]] = {}
    for row, ends in enumerate(series.ends):
        for end in ends:
            if end <= series.until and end - 2 * RUSH_DAYS >= series.first:
                by_end.setdefault(end, []).append(row)
    left = np.arange(RUSH_DAYS)
    near, far = np.exp(-left / FADE).mean(), np.exp(-(left + RUSH_DAYS) / FADE).mean()
    for end, rows in sorted(by_end.items()):
        days = np.arange(end - 2 * RUSH_DAYS, end, dtype=np.int64)
        usual = season.of(days)
        counts = series.counts[rows, end - 2 * RUSH_DAYS - series.first : end - series.first].sum(
            axis=0
        )
        before = counts[:RUSH_DAYS].sum()
        if before < ENOUGH_FOR_RUSH:
            continue
        ratio = counts[RUSH_DAYS:].sum() / usual[RUSH_DAYS:].sum()
        ratio /= before / usual[:RUSH_DAYS].sum()
        # The days compared with are a little in the rush themselves.
        room = near - ratio * far
        rush = 1 + (ratio - 1) / room if room > 0 else MOST_RUSH
        yield min(max(rush, 1.0), MOST_RUSH), before / (before + 100), len(rows)


def paces(series: Series, fit: Fit) -> Rates:
    """What each unit hands in on an ordinary day: the latest days, of which each counts half as much as one a week later.

    Where few ideas came lately, chance says much; so many as FEW are added at the pace of the last months.
    """
    recent, usual = _weighed(series, fit, HALF_LIFE)
    before, of_before = _weighed(series, fit, LONG_HALF_LIFE)
    steady = before / of_before
    return np.asarray((recent + FEW) / (usual + FEW / np.maximum(steady, 1e-9)))


def _weighed(series: Series, fit: Fit, half_life: float) -> tuple[Rates, Rates]:
    """What each unit handed in, and what it would have at a pace of one a day; later days weigh more."""
    days = np.arange(series.first, series.until, dtype=np.int64)
    weights = 0.5 ** ((series.until - 1 - days) / half_life)
    shapes = {ends: weights @ fit.shape(days, ends) for ends in set(series.ends)}
    usual = np.array([shapes[ends] for ends in series.ends])
    return series.counts @ weights, np.maximum(usual, 1e-9)


def expected(series: Series, fit: Fit, days: int) -> Rates:
    """What each unit is expected to hand in on each of the next days: units x days."""
    ahead = np.arange(series.until, series.until + days, dtype=np.int64)
    shapes = {ends: fit.shape(ahead, ends) for ends in set(series.ends)}
    shape = np.array([shapes[ends] for ends in series.ends]).reshape(len(series.ends), days)
    return np.asarray(paces(series, fit)[:, None] * shape)


def spread_after(by_horizon: Rates, days: Rates) -> Rates:
    """One unit's spread of what comes within so many days: beside the horizons it goes with the root of time."""
    at = np.sqrt(np.array([0.0, *HORIZONS]))
    values = np.concatenate([[by_horizon[0] / 2], by_horizon])
    roots = np.sqrt(np.maximum(days, 1.0))
    found = np.interp(roots, at, values) * np.maximum(roots / at[-1], 1.0)
    return np.asarray(np.minimum(found, MOST_SPREAD))


def at_least(counts: Rates, means: Rates, spreads: Rates) -> Rates:
    """The probability that at least so many come, of so many expected, with such a spread.

    What comes is log-normal around what is expected; chance alone makes it differ by the root of its number besides.
    """
    wanted, usual = np.maximum(counts - 0.5, 0.0), np.maximum(means, 1e-9)
    with np.errstate(divide="ignore"):
        off = np.log(usual / wanted) / np.sqrt(spreads**2 + np.log1p(1 / usual))
    return np.array([NORMAL.cdf(float(z)) for z in off])


def quantile(share: float, means: Rates, spreads: Rates) -> Days:
    """The number that what comes does not exceed with this probability."""
    usual = np.maximum(means, 1e-9)
    found = usual * np.exp(NORMAL.inv_cdf(share) * np.sqrt(spreads**2 + np.log1p(1 / usual)))
    return np.rint(np.where(means > 0, found, 0.0)).astype(np.int64)


def band(coming: Rates, spread: Rates) -> tuple[Days, Days]:
    """The range of 10 to 90 % of what has come by the end of each day, of one unit; `coming` is what is expected by then.

    What has come stays: whoever is sure of so many on one day is sure of them on every later one.
    """
    spreads = spread_after(spread, np.arange(1, len(coming) + 1, dtype=np.float64))
    low, high = (quantile(share, coming, spreads) for share in (LOW, HIGH))
    return np.maximum.accumulate(low), np.maximum.accumulate(high)


def likelihood(wanted: int, coming: Rates, spread: Rates) -> float:
    """The probability that one unit hands in at least so many by the last of these days, by the same rule."""
    spreads = spread_after(spread, np.arange(1, len(coming) + 1, dtype=np.float64))
    return float(at_least(np.full(len(coming), float(wanted)), coming, spreads).max(initial=0.0))
