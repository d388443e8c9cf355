"""Forecasts: whether and when units will reach their targets, with a range, and what that rests on (D21, D22).

A forecast as of a moment rests on nothing that was recorded after it. The model is in `pace` and `season`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import EllipsisType
from typing import Final, NamedTuple

import numpy as np

from services.projections.boards.quota import QuotaRow, quota
from services.projections.forecast.arrivals import arrivals, last_day
from services.projections.forecast.outlook import Ground, Outlook, Standing, outlook, too_little
from services.projections.forecast.pace import Fit, Looks, Series, expected, paces
from services.projections.forecast.season import Rates
from services.projections.reckoning.asof import AsOf, Moment
from services.projections.reckoning.places import Places
from services.projections.reckoning.reckoning import disjoint
from services.projections.reckoning.selection import Selection
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.view import Snapshot
from shared.directory import Directory, Programme, ProgrammeIsUnknown
from shared.errors import Invalid
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, Value

MOST: Final = 1000
"""So many targets are forecast at once."""
FARTHEST: Final = 3660
"""A deadline that is farther away in days is treated as if it were so far."""
BEYOND: Final = 366
"""So many days after its deadline a target is still looked out for."""


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


class _Learnt(NamedTuple):
    """What is known of the pace of some units: each day's arrivals, what is expected, and how far off that may be."""

    series: Series
    rows: Mapping[str, int]
    paces: Rates
    ahead: Rates
    spreads: Rates


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
) -> Forecast:
    """What is to be expected of targets: a unit's, those of a selection of units, or the nation's.

    `phase=None` is the whole programme, `...` any. Raises ProgrammeIsUnknown, UnitIsUnknown, PhaseIsUnknown,
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
            if row.unit in tree and (selection is None or selection.holds(row.unit, tree))
        ]
        if len(rows) > MOST:
            raise TooManyForecasts(len(rows))
        fit, learnt = _learn(snapshot, directory, known, tree, at, rows)
    return Forecast(
        **board.model_dump(include=set(AsOf.model_fields)),
        simulated=board.simulated,
        programme=programme,
        phases_learnt=fit.phases,
        rows=tuple(_row(row, at, fit, learnt[row.unit]) for row in rows),
    )


def _learn(
    snapshot: Snapshot,
    directory: Directory,
    programme: Programme,
    tree: Tree,
    at: Moment,
    rows: Sequence[QuotaRow],
) -> tuple[Fit, Mapping[str, _Learnt]]:
    """What is learnt of the programme as a whole, and of each unit."""
    firsts = [unit.code for unit in tree.at_level(Level.FIRST)] or [tree.root]
    own = arrivals(snapshot, at, programme, firsts, tree)
    others = []
    for code in directory.programmes():
        earlier = _known_then(directory, code, at)
        if earlier is not None and code != programme.code:
            series = arrivals(snapshot, at, earlier, firsts, tree)
            others += [series] if series.counts.any() else []
    fit, looks = Fit.of(own, others), Looks.back(own, others)
    horizon = max((last_day(row.ends) for row in rows), default=own.until) - own.until
    horizon = min(max(horizon, 0), FARTHEST) + BEYOND
    found: dict[str, _Learnt] = {}
    for units, _ in disjoint({row.unit: None for row in rows}, Places.of(tree)):
        for level in Level:
            same = [code for code in units if tree[code].level is level]
            if not same:
                continue
            # What first-level units were off by is learnt from all of them, whoever is asked for.
            together = level is Level.FIRST
            series = own if together else arrivals(snapshot, at, programme, same, tree)
            made = _Learnt(
                series,
                {code: n for n, code in enumerate(firsts if together else same)},
                paces(series, fit),
                expected(series, fit, horizon),
                looks.spread(series, together=together),
            )
            found.update(dict.fromkeys(same, made))
    return fit, found


def _known_then(directory: Directory, code: str, at: Moment) -> Programme | None:
    """A programme, if it was on record by then."""
    try:
        return directory.programme(code, at=at.position)
    except ProgrammeIsUnknown:
        return None


def _row(row: QuotaRow, at: Moment, fit: Fit, learnt: _Learnt) -> ForecastRow:
    """One target's forecast."""
    series, place = learnt.series, learnt.rows[row.unit]
    today, deadline, begins = series.until, last_day(row.ends), row.begins.toordinal()
    ahead = learnt.ahead[place].copy()
    # Of today there is left what is left of the day; before its phase begins, nothing counts towards a target.
    now = at.at_home
    passed = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    ahead[0] *= 1 - passed / timedelta(days=1)
    ahead[: max(begins - today, 0)] = 0
    over = at.instant >= row.ends
    counts = series.counts[place]
    enough = not too_little(counts)
    ground = Ground(
        fit,
        float(learnt.paces[place]),
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
    why = ground.why(enough=enough, at=at)
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
