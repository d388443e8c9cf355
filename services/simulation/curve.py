"""When ideas are filed: growth, the rush before the end of a phase, weekdays and office hours, and late batches of schools."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

from services.simulation.country import BEGINS, ENDS, TURNS
from shared.vocabulary import HOME

DAY: Final = timedelta(days=1)
WEEKDAYS: Final = (1.0, 1.1, 1.15, 1.1, 1.3, 0.45, 0.15)
"""How much is filed from Monday to Sunday."""
HOURS: Final = (1, 0, 0, 0, 0, 1, 4, 14, 30, 38, 34, 18, 8, 16, 32, 38, 36, 20, 8, 7, 8, 8, 5, 2)
"""How much is filed in each hour of the day at home."""
SURGE_DAYS: Final = 12.0
HOLIDAYS: Final = frozenset(
    {(2022, 1, d) for d in range(31, 32)}
    | {(2022, 2, d) for d in range(1, 6)}
    | {(2023, 1, d) for d in range(20, 27)}
)
"""Tết, when hardly anything is filed."""
MOST_IN_A_SLICE: Final = 3000


class Slice(NamedTuple):
    """A stretch of the simulated time, a day or a part of one, with how many ideas are declared in it."""

    begins: datetime
    ends: datetime
    ideas: int


def slices(ideas: int, seed: int) -> list[Slice]:
    """The whole programme in stretches that hold all the ideas, none of them many."""
    chance = random.Random(f"curve {seed}")
    days = (ENDS - BEGINS).days
    weights = [_weight(BEGINS + n * DAY) * chance.lognormvariate(0, 0.15) for n in range(days)]
    found = []
    before = 0
    for n, reached in enumerate(accumulate(weights)):
        count = round(ideas * reached / sum(weights))
        begins = BEGINS + n * DAY
        found += _parts(begins, count - before)
        before = count
    return found


def _parts(begins: datetime, ideas: int) -> list[Slice]:
    """A day, or its hours, each with its share of the day's ideas."""
    if ideas <= MOST_IN_A_SLICE:
        return [Slice(begins, begins + DAY, ideas)]
    found, before = [], 0
    for hour, reached in enumerate(accumulate(HOURS)):
        count = ideas * reached // sum(HOURS)
        start = begins + timedelta(hours=hour)
        found.append(Slice(start, start + timedelta(hours=1), count - before))
        before = count
    return found


def _weight(day: datetime) -> float:
    here = day.astimezone(HOME)
    growth = 0.25 + 0.75 * min(1.0, (day - BEGINS) / timedelta(days=240))
    left = min((end - day) / DAY for end in (TURNS, ENDS) if end > day)
    surge = 1 + 3.5 * 2 ** (-left / SURGE_DAYS)
    # Schools judge initiatives when the school year ends, and hand the whole year in at once.
    school = 2.2 if (here.month, here.day) >= (5, 20) and (here.month, here.day) < (6, 25) else 1.0
    holiday = 0.05 if (here.year, here.month, here.day) in HOLIDAYS else 1.0
    return WEEKDAYS[here.weekday()] * growth * surge * school * holiday


def is_school_season(moment: datetime) -> bool:
    """Whether schools hand in their year's initiatives about now."""
    here = moment.astimezone(HOME)
    return (5, 20) <= (here.month, here.day) < (6, 25)


def moments(of: Slice, count: int, chance: random.Random) -> list[datetime]:
    """So many instants of a stretch, in order, as the hours of a day have them."""
    span = of.ends - of.begins
    if span < DAY:
        return sorted(of.begins + span * chance.random() for _ in range(count))
    hours = _drawn_hours(count, chance)
    return sorted(of.begins + timedelta(hours=h, seconds=3600 * chance.random()) for h in hours)


def _drawn_hours(count: int, chance: random.Random) -> Sequence[int]:
    return chance.choices(range(24), HOURS, k=count)
