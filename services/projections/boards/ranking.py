"""A ranking: which units of a leaderboard are ranked by what, however many moments of it are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

from services.projections.boards.leaderboard import Measure
from services.projections.reckoning.selection import Selection
from shared.vocabulary import Level, Sector


class Ranking(NamedTuple):
    """The units of one level, cohort, sector or kind, or below one unit, by a measure; `phase` may be a wave's code.

    Without a level, units of every level that the rest leaves stand in one list.
    """

    level: Level | None = Level.FIRST
    measure: Measure = Measure.GROSS
    cohort: str | None = None
    below: str | None = None
    sector: Sector | None = None
    kind: str | None = None
    phase: str | None = None
    wave: str | None = None
    """Instead of a phase, where what is asked for must be a wave."""

    @classmethod
    def asked(
        cls,
        *,
        level: Level | None = None,
        measure: Measure | None = None,
        cohort: str | None = None,
        mixed: bool = False,
        below: str | None = None,
        sector: Sector | None = None,
        kind: str | None = None,
        phase: str | None = None,
        wave: str | None = None,
    ) -> Self:
        """What is meant: where no level is said, the first, unless units of several levels are asked for."""
        if level is None and not mixed and {below, sector, kind} == {None}:
            level = Level.FIRST
        return cls(level, measure or Measure.GROSS, cohort, below, sector, kind, phase, wave)

    @property
    def part(self) -> str | None:
        """The phase or the wave."""
        return self.phase if self.wave is None else self.wave

    @property
    def selection(self) -> Selection:
        """The units that it ranks, whatever by."""
        return Selection(self.level, self.cohort, self.below, self.sector, self.kind)

    @property
    def options(self) -> Mapping[str, Any]:
        """The same as the options of a leaderboard."""
        return self._asdict()


LEADERS: Final = Ranking()
"""The units of the first level by what they declared, which leaders ask for first."""
