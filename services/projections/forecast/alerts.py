"""Alerts: whose target will be missed at the present pace, while there are still days left to do something (D33)."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.projections.forecast.forecast import ForecastRow, forecast
from services.projections.reckoning.asof import AsOf, Moment
from services.projections.reckoning.selection import Selection
from services.projections.views.database import Views
from shared.directory import Directory
from shared.vocabulary import TargetKind, Value


class AlertRow(Value):
    """A target that is due soon and out of reach: what is needed a day, and what comes.

    `at_pace` is the count at the deadline if every day that is left brings what an ordinary day brings now; `short_by` is
    what is missing then. Beside it stands the forecast, with the season and the rush in it; null where too little is on
    record, which is a pace of nothing.
    """

    unit: str
    name: str
    phase: str | None
    kind: TargetKind
    target: int
    ends: datetime
    days_left: int
    count: int
    remaining: int
    needed: float | None
    pace: float
    at_pace: int
    short_by: int
    expected: int | None
    probability: float | None


class Alerts(AsOf):
    """The targets due within so many days that will be missed at the present pace, the farthest behind first.

    `due` is how many targets were looked at, reached ones included; `count` how many of them are alerts.
    """

    simulated: bool
    programme: str
    days: int
    due: int
    count: int
    rows: tuple[AlertRow, ...]


def alerts(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    days: int = 30,
    selection: Selection | None = None,
    unit: str | None = None,
    phase: str | None = None,
    kind: TargetKind | None = None,
) -> Alerts:
    """Which targets, whose phase, wave or programme ends within so many days, will be missed at the present pace.

    Of a unit, or of a selection of units. What is over, or has not begun, is no longer, or not yet, to be warned of.
    Raises ProgrammeIsUnknown, UnitIsUnknown, PhaseIsUnknown, CohortIsUnknown, TooManyForecasts.
    """
    board = forecast(
        views,
        directory,
        programme=programme,
        at=at,
        unit=unit,
        selection=selection,
        phase=... if phase is None else phase,
        kind=kind,
        due=timedelta(days=days),
    )
    rows = [_row(row, at) for row in board.rows]
    found = sorted(
        (row for row in rows if row.short_by > 0),
        key=lambda row: (row.at_pace / row.target, row.unit, row.phase or "", row.kind),
    )
    return Alerts(
        **board.model_dump(include=set(AsOf.model_fields)),
        simulated=board.simulated,
        programme=programme,
        days=days,
        due=len(rows),
        count=len(found),
        rows=tuple(found),
    )


def _row(row: ForecastRow, at: Moment) -> AlertRow:
    stands = row.gross
    pace = stands.pace or 0.0
    # Of the last day there is only the part up to the deadline.
    left = (row.ends - at.instant) / timedelta(days=1)
    at_pace = stands.count + int(pace * left)
    return AlertRow(
        unit=row.unit,
        name=row.name,
        phase=row.phase,
        kind=row.kind,
        target=row.target,
        ends=row.ends,
        days_left=row.days_left,
        count=stands.count,
        remaining=stands.remaining,
        needed=stands.needed,
        pace=pace,
        at_pace=at_pace,
        short_by=max(row.target - at_pace, 0),
        expected=stands.expected,
        probability=stands.probability,
    )
