"""Ranks over time: who stood where at regular instants, of those who lead in the end or of chosen units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from services.projections.boards.course import Every, course
from services.projections.boards.leaderboard import (
    LeaderboardRow,
    Measure,
    leaderboard,
)
from services.projections.boards.phases import WaveIsUnknown
from services.projections.boards.quota import PhaseIsUnknown
from services.projections.boards.ranking import LEADERS, Ranking
from services.projections.reckoning.asof import AsOf, Moment, Record, heading
from services.projections.reckoning.selection import CohortIsUnknown
from services.projections.views.database import Views
from shared.directory import Directory, ProgrammeIsUnknown
from shared.tree import UnitIsUnknown
from shared.vocabulary import Level, Position, Sector, Value


class RankRow(Value):
    """A unit's rank by an instant; null as long as it counts nothing."""

    unit: str
    name: str
    at: datetime
    position: Position
    rank: int | None
    value: int | float | None
    gross: int
    net: int


class Ranks(AsOf):
    """How units passed each other, from one instant to another; the first in the end come first."""

    simulated: bool
    programme: str
    level: Level | None
    measure: Measure
    phase: str | None
    wave: str | None
    cohort: str | None
    below: str | None
    sector: Sector | None
    kind: str | None
    every: Every
    since: datetime
    until: datetime
    rows: tuple[RankRow, ...]


class Standing(NamedTuple):
    """Everybody's rank at a moment."""

    moment: Moment
    position: Position
    rows: dict[str, LeaderboardRow]


UNKNOWN: Final = (
    *(ProgrammeIsUnknown, PhaseIsUnknown, WaveIsUnknown),
    *(CohortIsUnknown, UnitIsUnknown),
)


def ranks(
    views: Views,
    directory: Directory,
    record: Record,
    *,
    programme: str,
    at: Moment,
    ranking: Ranking = LEADERS,
    top: int = 10,
    units: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    every: Every | None = None,
) -> Ranks:
    """The course of the ranks up to a moment: of the first units at its end, or of those named.

    Raises what the leaderboard raises, UnitIsUnknown also for one that is not on it, SpanIsEmpty, TooManyPoints.
    """
    known = directory.programme(programme, at=at.position)
    begins = known.terms.window.from_
    run = course(record, at, begins=begins, since=since, until=until, every=every)
    is_wave = ranking.part in known.waves

    def standing(moment: Moment) -> Standing:
        board = leaderboard(
            views, directory, programme=programme, at=moment, top=None, **ranking.options
        )
        return Standing(moment, board.position, {row.unit: row for row in board.rows})

    last = standing(run.moments[-1])
    standings = []
    for moment in run.moments[:-1]:
        try:
            standings.append(standing(moment))
        except UNKNOWN:
            # Nobody stood anywhere as long as there was no such programme, phase or wave, cohort or unit.
            standings.append(Standing(moment, moment.position, {}))
    standings.append(last)
    for unit in units:
        if unit not in last.rows:
            raise UnitIsUnknown(unit)
    chosen = sorted(set(units), key=lambda unit: last.rows[unit].rank) or list(last.rows)[:top]
    return Ranks(
        **heading(at, last.position),
        simulated=directory.simulated,
        programme=programme,
        level=ranking.level,
        measure=ranking.measure,
        phase=None if is_wave else ranking.part,
        wave=ranking.part if is_wave else None,
        cohort=ranking.cohort,
        below=ranking.below,
        sector=ranking.sector,
        kind=ranking.kind,
        every=run.every,
        since=run.since,
        until=run.until,
        rows=tuple(
            _row(unit, last.rows[unit].name, standing) for unit in chosen for standing in standings
        ),
    )


def _row(unit: str, name: str, standing: Standing) -> RankRow:
    found = standing.rows.get(unit)
    counts = found is not None and bool(found.value)
    return RankRow(
        unit=unit,
        name=name,
        at=standing.moment.at_home,
        position=standing.position,
        rank=found.rank if found is not None and counts else None,
        value=found.value if found is not None else None,
        gross=found.gross if found is not None else 0,
        net=found.net if found is not None else 0,
    )
