"""A race: the running order around one unit, followed from place to place, and who passes whom."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from services.projections.reckoning.movements import Movement
from services.projections.reckoning.reckoning import NEVER


class Contender:
    """A unit's running count, and where it first stood at each number."""

    __slots__ = ("code", "count", "highs", "places")

    def __init__(self, code: str) -> None:
        self.code = code
        self.count = 0
        self.highs: list[int] = []
        self.places: list[int] = []

    def come_to(self, count: int, place: int) -> None:
        """The count that the unit is left with at a place."""
        self.count = count
        if count > (self.highs[-1] if self.highs else 0):
            self.highs.append(count)
            self.places.append(place)

    def order(self) -> tuple[int, float, str]:
        """What ranks it: the higher count, then the earlier place of it, then the code."""
        stood = self.places[bisect_left(self.highs, self.count)] if self.count > 0 else NEVER
        return -self.count, stood, self.code


class Passing(NamedTuple):
    """An overtaking before its events are named."""

    place: int
    passer: str
    passed: str
    gaps: tuple[int, int]
    ranks: tuple[int, int]
    moved: list[Movement]


class Race:
    """The running order around one unit."""

    def __init__(self, unit: str, contenders: Iterable[str]) -> None:
        self.all = {code: Contender(code) for code in sorted({unit, *contenders})}
        self.unit = self.all[unit]
        self.ahead = {code for code in self.all if code < unit}

    @property
    def rank(self) -> int:
        """The unit's rank, from 1 on."""
        return 1 + len(self.ahead)

    def run(self, place: int, moved: list[tuple[str, Movement]], measure: str) -> list[Passing]:
        """Count what happened at one place, and tell who passed the unit and whom it passed by it."""
        by: dict[str, int] = {}
        for code, one in moved:
            if code not in self.all:
                # A unit that was closed has a rank only where something counts for it.
                self.all[code] = Contender(code)
            by[code] = by.get(code, 0) + getattr(one, measure)
        before = {code: self.all[code].count for code in by}
        own_before, rank_before = self.unit.count, self.rank
        for code, more in by.items():
            if more:
                self.all[code].come_to(before[code] + more, place)
        concerned = self.all if by.get(self.unit.code) else [code for code in by if by[code]]
        own, turned = self.unit.order(), []
        for code in concerned:
            other = self.all[code]
            if other is not self.unit and (other.order() < own) is not (code in self.ahead):
                turned.append(other)
        self.ahead ^= {other.code for other in turned}
        found = []
        for other in turned:
            fell = other.code in self.ahead
            gaps = (own_before - before.get(other.code, other.count), self.unit.count - other.count)
            passer, passed = (other.code, self.unit.code) if fell else (self.unit.code, other.code)
            found.append(
                Passing(
                    place,
                    passer,
                    passed,
                    (-gaps[0], -gaps[1]) if fell else gaps,
                    (rank_before, self.rank),
                    [m for c, m in moved if c in {passer, passed} and getattr(m, measure)],
                )
            )
        return found
