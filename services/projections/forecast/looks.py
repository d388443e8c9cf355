"""Looks back: what would have been expected as of each of the latest weeks, by what was known then, and how far off it was.

From that follows how much each way of going on is believed, and how wide the range is. Bates and Granger (1969), "The
combination of forecasts", weigh forecasts by the inverse of their squared errors, as is done here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Self

import numpy as np

from services.projections.forecast.pace import (
    HORIZONS,
    LEAST_DAYS,
    SPREAD,
    WEIGHT,
    WORTH,
    Fit,
    Series,
    expected,
    rushing,
)
from services.projections.forecast.season import Days, Rates

ORIGINS: Final = 26
"""So many weeks are looked back; what was believed in each follows from as many before it."""
WEEK: Final = 7
WAYS: Final = 3
FADES: Final = 14.0
"""Days after which an error counts half as much for what is believed."""
POWER: Final = 8
"""With which power of its squared error a way is believed less: who is clearly better is all but alone."""
OF_ALL: Final = 0.5
"""What all units of a kind were off by counts beside a unit's own errors as much as so many looks."""


def ways(series: Series, fit: Fit, days: int) -> Rates:
    """What each unit is expected to hand in on each of the next days, by each way of going on: ways x units x days.

    They are: the recent pace with season and rush; the pace of the last week with season and rush; and with the rush alone,
    as if there were no season. The rush is in all of them, since only the end of a phase could tell against it.
    """
    width = min(WEEK, series.counts.shape[1])
    last = series.counts[:, -width:].sum(axis=1) if width else np.zeros(len(series.ends))
    behind = np.arange(series.until - width, series.until, dtype=np.int64)
    ahead = np.arange(series.until, series.until + days, dtype=np.int64)

    def going_on(shapes: Mapping[tuple[int, ...], tuple[Rates, Rates]]) -> Rates:
        usual = np.array([max(shapes[ends][0].sum(), 1e-9) for ends in series.ends])
        shape = np.array([shapes[ends][1] for ends in series.ends]).reshape(-1, days)
        return np.asarray((last / usual)[:, None] * shape)

    def rush(of: Days, ends: tuple[int, ...]) -> Rates:
        return rushing(of, ends, fit.rush)

    kinds = set(series.ends)
    return np.stack(
        [
            expected(series, fit, days),
            going_on({ends: (fit.shape(behind, ends), fit.shape(ahead, ends)) for ends in kinds}),
            going_on({ends: (rush(behind, ends), rush(ahead, ends)) for ends in kinds}),
        ]
    )


def mixed(weights: Rates, by_way: Rates) -> Rates:
    """What is expected when each way is believed so much: units x days."""
    return np.asarray((weights[:, :, None] * by_way).sum(axis=0))


class Look(NamedTuple):
    """What each way expected as of one day, ways x units x days, and what came."""

    origin: int
    by_way: Rates
    came: Rates

    def off(self, horizon: int) -> Rates:
        """The squared logarithm of what came over what was expected within so many days: ways x units; NaN of too little."""
        mean = self.by_way[:, :, :horizon].sum(axis=2)
        came = self.came[:, :horizon].sum(axis=1)
        worth = np.maximum(mean.max(axis=0), came) >= WORTH
        return np.where(worth, np.log((came + 0.5) / (mean + 0.5)) ** 2, np.nan)


class Looks(NamedTuple):
    """What was learnt as of earlier days, a week apart, each time knowing only what was known then."""

    fits: Mapping[int, Fit]

    @classmethod
    def back(cls, own: Series, others: Sequence[Series] = ()) -> Self:
        """Learn again as of each of the latest weeks."""
        origins = (own.until - WEEK * back for back in range(1, 2 * ORIGINS + 1))
        return cls(
            {
                origin: Fit.of(own.before(origin), [other.before(origin) for other in others])
                for origin in origins
                if origin - own.first >= LEAST_DAYS
            }
        )

    def at(self, series: Series, *, together: bool) -> Seen:
        """What was expected of these units then; of those taken `together`, each one's errors say something of the others."""
        looks = []
        for origin, fit in self.fits.items():
            passed = min(series.until - origin, HORIZONS[-1])
            by_way = ways(series.before(origin), fit, passed)
            came = series.counts[:, origin - series.first :][:, :passed]
            looks.append(Look(origin, by_way, came))
        off = {
            (look.origin, horizon): look.off(horizon)
            for look in looks
            for horizon in HORIZONS
            if horizon <= look.came.shape[1]
        }
        return Seen(series.until, len(series.ends), looks, off, together)


class Seen(NamedTuple):
    """The looks back at some units."""

    until: int
    units: int
    looks: Sequence[Look]
    off: Mapping[tuple[int, int], Rates]
    together: bool

    def weights(self, today: int | None = None) -> Rates:
        """How much each way was believed as of a day (default: now), by what had been seen of its errors: ways x units.

        A way is believed less with a power of its mean squared error; later errors count more, those after a longer
        time are taken for what they would have been after a week, and looks that overlap are one look.
        """
        today = self.until if today is None else today
        sums, weight = np.zeros((WAYS, self.units)), np.zeros(self.units)
        all_sums, all_weight = np.zeros(WAYS), 0.0
        for (origin, horizon), off in self._seen(today):
            worth = 0.5 ** ((today - origin - horizon) / FADES) * min(1.0, WEEK / horizon)
            there = ~np.isnan(off[0])
            square = off * WEEK / horizon
            sums += worth * np.where(there, square, 0.0)
            weight += worth * there
            if there.any():
                all_sums += worth * square[:, there].mean(axis=1)
                all_weight += worth
        if self.together:
            common = ((all_sums + SPREAD**2) / (all_weight + 1))[:, None]
        else:
            common = (sums + SPREAD**2) / (weight + 1)
        square = (sums + OF_ALL * common) / (weight + OF_ALL)
        # The best has one, so that no power makes all of them nothing.
        worth_of = (square / square.min(axis=0)) ** -POWER
        return np.asarray(worth_of / worth_of.sum(axis=0))

    def _seen(self, today: int) -> Iterator[tuple[tuple[int, int], Rates]]:
        earliest = today - WEEK * ORIGINS
        for (origin, horizon), off in self.off.items():
            if earliest <= origin and origin + horizon <= today:
                yield (origin, horizon), off

    def spread(self) -> Rates:
        """How far off forecasts were, by unit and horizon: the standard deviation of the logarithm of what came over what was expected.

        Of units that are taken together, what each was off by is every one's.
        """
        squares: dict[int, list[Rates]] = {horizon: [] for horizon in HORIZONS}
        for look in self.looks[:ORIGINS]:
            ahead = mixed(self.weights(look.origin), look.by_way)
            for horizon in (h for h in HORIZONS if h <= look.came.shape[1]):
                mean = ahead[:, :horizon].sum(axis=1)
                off = np.log((look.came[:, :horizon].sum(axis=1) + 0.5) / (mean + 0.5))
                # Chance alone makes small numbers differ; that part is added where it belongs.
                square = np.maximum(off**2 - 1 / np.maximum(mean, 1e-9), 0)
                worth = mean >= WORTH
                if self.together and worth.any():
                    square, worth = np.full(len(mean), square[worth].mean()), worth | True
                squares[horizon].append(np.where(worth, square, np.nan))
        found = np.zeros((self.units, len(HORIZONS)))
        for n, horizon in enumerate(HORIZONS):
            seen = np.array(squares[horizon]).reshape(-1, self.units)
            # Looks that overlap are one look.
            weight = (~np.isnan(seen)).sum(axis=0) * min(1.0, WEEK / horizon)
            sums = np.nansum(seen, axis=0) * min(1.0, WEEK / horizon)
            found[:, n] = np.sqrt((sums + WEIGHT * SPREAD**2 * horizon / WEEK) / (weight + WEIGHT))
        # What comes later is not known better.
        return np.asarray(np.maximum.accumulate(found, axis=1))
