"""The prospect of a unit: its course up to a moment, and the forecast that goes on from there, to be drawn (D21, D35)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import numpy as np

from services.projections.boards.course import MOST, Every, TooManyPoints, instants
from services.projections.boards.progress import Progress, progress
from services.projections.boards.prospect import Prospect, ProspectRow
from services.projections.boards.quota import PhaseIsUnknown
from services.projections.forecast.arrivals import last_day
from services.projections.forecast.learnt import FARTHEST, Learnt, learn
from services.projections.forecast.outlook import Ground, too_little
from services.projections.forecast.pace import Fit, band
from services.projections.reckoning.asof import AsOf, Moment, Record
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory, Programme
from shared.tree import Tree
from shared.vocabulary import midnight

YEAR: Final = 366


def prospect(
    views: Views,
    directory: Directory,
    record: Record,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    phase: str | None = None,
    since: datetime | None = None,
    every: Every | None = None,
) -> Prospect:
    """How a unit's count (default: the nation's) rose, and how it is expected to go on to the end of a phase or wave.

    Without a phase, to the end of the one that is running; behind the last one, to the end of the programme. What is
    counted is all that is handed in, so a phase's target stands upon what there was when it began.
    Raises ProgrammeIsUnknown, UnitIsUnknown, PhaseIsUnknown, SpanIsEmpty, TooManyPoints.
    """
    course = progress(
        views, directory, record, programme=programme, at=at, unit=unit, since=since, every=every
    )
    with views.read(QUOTA) as snapshot:
        at = at._replace(position=course.position)
        tree = directory.tree(at=at.position, on=at.instant)
        known = directory.programme(programme, at=at.position)
        root = course.unit or tree.root
        until = _until(known, tree, root, phase, at)
        fit, learnt = learn(snapshot, directory, known, tree, at, [root], last_day(until))
    of_root = learnt[root]
    counts = of_root.series.counts[of_root.rows[root]]
    enough = not too_little(counts)
    ground = _ground(fit, of_root, root, at, until)
    rows = [
        ProspectRow(at=row.at, gross=row.gross, expected=None, low=None, high=None)
        for row in course.rows
    ]
    if enough and until > at.instant:
        ahead = _ahead(course, ground, at, until, every or _step(at, until))
        rows = [*rows[:-1], *ahead]
    if len(rows) > MOST:
        raise TooManyPoints(len(rows))
    why = ground.why(enough=enough)
    return Prospect(
        **course.model_dump(include=set(AsOf.model_fields)),
        simulated=course.simulated,
        programme=programme,
        unit=root,
        name=course.name,
        every=course.every,
        since=course.since,
        until=max(rows[-1].at, course.until),
        enough=enough,
        targets=course.targets,
        phases=course.phases,
        rows=tuple(rows),
        vi=why.vi,
        en=why.en,
    )


def _until(known: Programme, tree: Tree, unit: str, phase: str | None, at: Moment) -> datetime:
    """Up to when is looked ahead."""
    if phase is not None and phase not in known.parts:
        raise PhaseIsUnknown(known, phase)
    if phase is not None:
        window = known.window(phase, unit, tree)
        if window is None:
            raise PhaseIsUnknown(known, phase)
        return window.to
    ends = [own.to for own in known.terms.chain(tree.path(unit))]
    return min((end for end in ends if end > at.instant), default=known.terms.window.to)


def _ground(fit: Fit, learnt: Learnt, unit: str, at: Moment, until: datetime) -> Ground:
    place, today = learnt.rows[unit], learnt.series.until
    over = at.instant >= until
    return Ground(
        at,
        fit,
        float(learnt.paces[place]),
        learnt.weights[:, place],
        np.cumsum(learnt.coming(unit, at)),
        learnt.spreads[place],
        None if over else min(last_day(until) - today, FARTHEST),
        today,
        until,
        learnt.series.counts[place],
        learnt.series.ends[place],
    )


def _step(at: Moment, until: datetime) -> Every:
    """How far apart what is expected is told: it is reckoned for every day, so that days cost nothing but room."""
    days = (until - at.instant).days
    return Every.DAY if days <= YEAR else Every.WEEK if days <= 7 * YEAR else Every.MONTH


def _ahead(
    course: Progress, ground: Ground, at: Moment, until: datetime, every: Every
) -> list[ProspectRow]:
    """What is expected by regular instants to come; the first is the moment itself, of which the count is known."""
    stands = course.rows[-1].gross
    low, high = band(ground.coming, ground.spread)
    last = min(until, midnight(date.fromordinal(ground.today + len(low))))
    found = [
        ProspectRow(at=course.rows[-1].at, gross=stands, expected=stands, low=stands, high=stands)
    ]
    for instant in list(instants(at.at_home, last, every))[1:]:
        # By a midnight, all of the days before it have come.
        day = last_day(instant) - 1 - ground.today
        found.append(
            ProspectRow(
                at=instant,
                gross=None,
                expected=stands + round(float(ground.coming[day])),
                low=stands + int(low[day]),
                high=stands + int(high[day]),
            )
        )
    return found
