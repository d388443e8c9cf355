"""Forecasts: whether and when units will reach their targets, with a range, and what that rests on (D21, D22).

A forecast as of a moment rests on nothing that was recorded after it. The model is in `pace` and `season`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import EllipsisType
from typing import Final

import numpy as np

from services.projections.boards.quota import QuotaRow, quota
from services.projections.forecast.arrivals import last_day
from services.projections.forecast.learnt import FARTHEST, Learnt, learn
from services.projections.forecast.outlook import Ground, Outlook, Standing, outlook, too_little
from services.projections.forecast.pace import Fit
from services.projections.reckoning.asof import AsOf, Moment
from services.projections.reckoning.selection import Selection
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory
from shared.errors import Invalid
from shared.vocabulary import TargetKind, Value

MOST: Final = 1000
"""So many targets are forecast at once."""


class ForecastRow(Value):
    """One target, how things stand, and what is to be expected; without `enough` on record nothing is.

    The range of every figure is that of 10 to 90 percent. `vi` and `en` say what the forecast rests on.
    """

    unit: str
    name: str
    phase: str | None
    kind: TargetKind
    target: int
    begins: datetime
    ends: datetime
    days_left: int
    enough: bool
    gross: Outlook
    net: Outlook
    vi: str
    en: str


class Forecast(AsOf):
    """The targets in force as of a moment, each with its forecast."""

    simulated: bool
    programme: str
    phases_learnt: int
    rows: tuple[ForecastRow, ...]


class TooManyForecasts(Invalid):
    """More targets than anybody reads."""

    code = "too-many-forecasts"

    def __init__(self, targets: int) -> None:
        super().__init__(
            f"{targets} targets are asked for, and at most {MOST} are forecast at once. "
            "Ask for a unit, a level, below a unit, or for one phase or kind.",
            field="unit",
            targets=targets,
            limit=MOST,
        )


def forecast(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    selection: Selection | None = None,
    phase: str | EllipsisType | None = ...,
    kind: TargetKind | None = None,
    due: timedelta | None = None,
) -> Forecast:
    """What is to be expected of targets: a unit's, those of a selection of units, or the nation's.

    `phase=None` is the whole programme, `...` any; with `due`, only what has begun and ends within that time. Raises ProgrammeIsUnknown, UnitIsUnknown, PhaseIsUnknown,
    CohortIsUnknown, TooManyForecasts.
    """
    with views.read(QUOTA) as snapshot:
        at = at._replace(position=min(at.position, snapshot.position))
        tree = directory.tree(at=at.position, on=at.instant)
        known = directory.programme(programme, at=at.position)
        if selection is not None:
            selection.check(tree)
        wanted = unit if unit is not None or selection is not None else tree.root
        board = quota(
            views, directory, programme=programme, at=at, unit=wanted, phase=phase, kind=kind
        )
        rows = [
            row
            for row in board.rows
            if row.unit in tree
            and (selection is None or selection.holds(row.unit, tree))
            and (due is None or row.begins <= at.instant < row.ends <= at.instant + due)
        ]
        if len(rows) > MOST:
            raise TooManyForecasts(len(rows))
        until = max((last_day(row.ends) for row in rows), default=None)
        units = [row.unit for row in rows]
        fit, learnt = learn(snapshot, directory, known, tree, at, units, until)
    return Forecast(
        **board.model_dump(include=set(AsOf.model_fields)),
        simulated=board.simulated,
        programme=programme,
        phases_learnt=fit.phases,
        rows=tuple(_row(row, at, fit, learnt[row.unit]) for row in rows),
    )


def _row(row: QuotaRow, at: Moment, fit: Fit, learnt: Learnt) -> ForecastRow:
    """One target's forecast."""
    series, place = learnt.series, learnt.rows[row.unit]
    today, deadline, begins = series.until, last_day(row.ends), row.begins.toordinal()
    ahead = learnt.coming(row.unit, at)
    # Before its phase begins, nothing counts towards a target.
    ahead[: max(begins - today, 0)] = 0
    over = at.instant >= row.ends
    counts = series.counts[place]
    enough = not too_little(counts)
    ground = Ground(
        at,
        fit,
        float(learnt.paces[place]),
        learnt.weights[:, place],
        np.cumsum(ahead),
        learnt.spreads[place],
        None if over else min(deadline - today, FARTHEST),
        today,
        row.ends,
        counts,
        series.ends[place],
    )
    standing = Standing(row.target, row.gross, row.reached_at)
    valid = Standing(row.target, row.net, row.net_reached_at)
    share = min(max(row.net / row.gross, 0.0), 1.0) if row.gross else 1.0
    why = ground.why(enough=enough)
    return ForecastRow(
        unit=row.unit,
        name=row.name,
        phase=row.phase,
        kind=row.kind,
        target=row.target,
        begins=row.begins,
        ends=row.ends,
        days_left=0 if over else (row.ends - at.instant) // timedelta(days=1),
        enough=enough or over,
        gross=outlook(standing, ground, enough=enough),
        net=outlook(valid, ground.scaled(share), enough=enough),
        vi=why.vi,
        en=why.en,
    )
