"""The season: days on which less or more is handed in, by the week, by Tết and holidays, by the school year; as dates.

A spell's factor is assumed until one of its kind has gone by on record; from then on it is what was seen, shrunk towards
what was assumed. Holidays are those of the Labour Code 2019, Art. 112, with the days off that the government announced;
school years end by 31 May under the ministry's yearly plans (for 2021-2022 decision 2551/QĐ-BGDĐT).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]
"""Days as proleptic ordinals, as `date.toordinal` counts them."""
Rates = NDArray[np.float64]


class Spell(StrEnum):
    """What makes a stretch of days unlike others."""

    TET = "tet"
    HOLIDAY = "holiday"
    SCHOOL_END = "school-end"
    SUMMER = "summer"


ASSUMED: Final[Mapping[Spell, float]] = {
    Spell.TET: 0.15,
    Spell.HOLIDAY: 0.3,
    Spell.SCHOOL_END: 1.3,
    Spell.SUMMER: 0.8,
}
"""Judgement, not measurement: nothing published counts days. The school year is known to matter («cuối các năm học»)."""
WEEK: Final = (1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5)
"""Monday to Sunday, assumed until weeks are on record; the mean is 1."""
WEEKS_ASSUMED: Final = 2
WEEKS: Final = 12
BESIDE: Final = 14
"""So many days before and after a spell it is compared with."""
LEAST: Final = 0.05

TET: Final = {
    2021: (date(2021, 2, 10), date(2021, 2, 17)),
    2022: (date(2022, 1, 29), date(2022, 2, 7)),
    2023: (date(2023, 1, 20), date(2023, 1, 27)),
    2024: (date(2024, 2, 8), date(2024, 2, 15)),
    2025: (date(2025, 1, 25), date(2025, 2, 3)),
    2026: (date(2026, 2, 14), date(2026, 2, 23)),
}
"""The days off at Tết, from the first to the day after the last; a year that is not listed has none."""
KINGS: Final = {
    2021: date(2021, 4, 21),
    2022: date(2022, 4, 10),
    2023: date(2023, 4, 29),
    2024: date(2024, 4, 18),
    2025: date(2025, 4, 7),
    2026: date(2026, 4, 26),
}
"""The tenth of the third lunar month."""


def spells(year: int) -> list[tuple[Spell, int, int]]:
    """The spells of a year with their first day and the day after their last; a later one overrides an earlier."""
    day = timedelta(days=1)
    found = [
        (Spell.SCHOOL_END, date(year, 5, 1), date(year, 6, 1)),
        (Spell.SUMMER, date(year, 6, 1), date(year, 8, 16)),
    ]
    off = [date(year, 1, 1), date(year, 4, 30), date(year, 5, 1), date(year, 9, 2)]
    off += [KINGS[year]] if year in KINGS else []
    found += [(Spell.HOLIDAY, at, at + day) for at in off]
    found += [(Spell.TET, *TET[year])] if year in TET else []
    return [(kind, first.toordinal(), until.toordinal()) for kind, first, until in found]


class Season(NamedTuple):
    """How much is handed in on a day beside an ordinary one: a factor for the weekday and one for the spell."""

    week: tuple[float, ...] = WEEK
    factors: Mapping[Spell, float] = ASSUMED
    seen: Mapping[Spell, int] = {}
    """How many spells of each kind the factor was learnt from."""

    def of(self, days: Days) -> Rates:
        """The factor of each day."""
        # The first of January of the year 1 was a Monday, and bears the number 1.
        found = np.array(self.week)[(days - 1) % 7]
        return found * self._spells(days)

    def _spells(self, days: Days) -> Rates:
        found = np.ones(len(days))
        if len(days):
            for year in range(_year(days.min()), _year(days.max()) + 1):
                for kind, first, until in spells(year):
                    found[(days >= first) & (days < until)] = self.factors[kind]
        return found

    @classmethod
    def learnt(cls, counts: Rates, first: int, rushes: Rates) -> Self:
        """The season of a programme by what it counted each day from `first` on, without the days of a rush.

        `rushes` is true of days before the end of a phase, on which the rush would be taken for the season.
        """
        days = np.arange(first, first + len(counts), dtype=np.int64)
        week = _week(counts, days, cls()._spells(days) != 1)
        factors, seen = dict(ASSUMED), dict.fromkeys(Spell, 0)
        plain = counts / np.array(week)[(days - 1) % 7]
        logs: dict[Spell, list[float]] = {kind: [] for kind in Spell}
        begun = int(np.argmax(counts > 0)) if counts.any() else len(counts)
        for year in range(_year(first), _year(first + len(counts)) + 1):
            for kind, starts, until in spells(year):
                begins, ends = starts - first, until - first
                if begins - BESIDE < begun or ends + BESIDE > len(counts):
                    continue
                if rushes[begins - BESIDE : ends + BESIDE].any():
                    continue
                beside = (
                    plain[begins - BESIDE : begins].mean() + plain[ends : ends + BESIDE].mean()
                ) / 2
                if beside * (ends - begins) >= 20:
                    logs[kind].append(float(np.log(max(plain[begins:ends].mean() / beside, LEAST))))
        for kind, found in logs.items():
            seen[kind] = len(found)
            factors[kind] = float(np.exp((sum(found) + np.log(ASSUMED[kind])) / (len(found) + 1)))
        return cls(week, factors, seen)


def _week(counts: Rates, days: Days, odd: NDArray[np.bool_]) -> tuple[float, ...]:
    """The factor of each weekday by the latest whole weeks without a spell, shrunk towards those assumed."""
    total = WEEKS_ASSUMED * np.array(WEEK)
    taken = 0
    monday = (1 - days[0]) % 7 if len(days) else 0
    for begin in reversed(range(int(monday), len(counts) - 6, 7)):
        week = counts[begin : begin + 7]
        # A week that holds next to nothing says nothing of how it is spread.
        if taken < WEEKS and not odd[begin : begin + 7].any() and week.sum() >= 20:
            total = total + 7 * week / week.sum()
            taken += 1
    found = np.maximum(total / (WEEKS_ASSUMED + taken), LEAST)
    return tuple((7 * found / found.sum()).tolist())


def _year(day: int) -> int:
    return date.fromordinal(min(max(int(day), 1), date.max.toordinal())).year
