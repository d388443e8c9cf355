"""The course of time that a board is asked along: regular instants between two, each a moment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from services.projections.reckoning.asof import Axis, Moment, NotAnInstant, Record, moment
from shared.errors import Invalid
from shared.vocabulary import HOME, midnight

MOST: Final = 1000
"""So many moments are answered at once."""
ENOUGH: Final = 120
"""Unless asked otherwise, the finest step that gives no more moments than this."""


class Every(StrEnum):
    """How far apart the moments are: each is a midnight at home, of a week its Monday's, of a month its first day's."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class SpanIsEmpty(Invalid):
    """Nothing lies between the two ends."""

    code = "span-is-empty"

    def __init__(self, since: datetime, until: datetime) -> None:
        super().__init__(
            f"From {since.astimezone(HOME).isoformat()} to {until.astimezone(HOME).isoformat()} there is nothing. "
            "A span ends after it begins, and begins before the moment asked for; correct its ends.",
            field="from",
        )


class TooManyPoints(Invalid):
    """A course that takes longer than anybody waits for, and that no chart shows."""

    code = "too-many-points"

    def __init__(self, points: int) -> None:
        super().__init__(
            f"{points} instants are asked for, and at most {MOST} are answered. "
            "Ask by week or month, or for a shorter span.",
            field="every",
            points=points,
            limit=MOST,
        )


class Course(NamedTuple):
    """The moments from one instant to another, both among them."""

    every: Every
    since: datetime
    until: datetime
    moments: tuple[Moment, ...]


def named_instant(record: Record, given: str) -> datetime:
    """The instant that a person names: a day, which begins at midnight at home, or as `--at` names it.

    Raises NotAnInstant.
    """
    bare = given.strip()
    # Digits alone are a position, though they may look like a day.
    if bare.count("-") != 2 or len(bare) != len("2022-04-20"):
        return moment(record, given).instant
    try:
        return midnight(date.fromisoformat(bare))
    except (ValueError, OverflowError):
        raise NotAnInstant(given) from None


def moment_at(record: Record, at: Moment, instant: datetime) -> Moment:
    """An earlier moment of the same question: as known then, or as true then by what the question knows."""
    if at.axis is Axis.CORRECTED:
        return at._replace(instant=instant)
    return at._replace(position=min(record.position_at(instant), at.position), instant=instant)


def course(
    record: Record,
    at: Moment,
    *,
    begins: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    every: Every | None = None,
) -> Course:
    """The moments up to the one asked for, from `since`, or else from when the programme begins.

    Raises SpanIsEmpty, TooManyPoints.
    """
    end = min(until or at.instant, at.instant)
    start = since if since is not None else min(begins, end)
    if start > end:
        raise SpanIsEmpty(start, until or at.instant)
    step = every or next((e for e in Every if _steps(start, end, e) <= ENOUGH), Every.MONTH)
    if (points := _steps(start, end, step) + 1) > MOST:
        raise TooManyPoints(points)
    # The moment asked for is the last, to the very position; every other is looked up.
    moments = [
        at if instant == at.instant else moment_at(record, at, instant)
        for instant in instants(start, end, step)
    ]
    return Course(step, start.astimezone(HOME), end.astimezone(HOME), tuple(moments))


def _steps(since: datetime, until: datetime, every: Every) -> int:
    days = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 30}
    return (until - since) // timedelta(days=days[every]) + 1


def instants(since: datetime, until: datetime, every: Every) -> Iterator[datetime]:
    """Both ends, and every midnight at home between them that begins a day, a week or a month."""
    yield since
    day = _following(since.astimezone(HOME).date(), every)
    while day is not None and (found := datetime.combine(day, time(), HOME)) < until:
        yield found
        day = _following(day, every)
    if until > since:
        yield until


def _following(day: date, every: Every) -> date | None:
    """The next day that begins one; there is none after the calendar's last."""
    try:
        match every:
            case Every.DAY:
                return day + timedelta(days=1)
            case Every.WEEK:
                return day + timedelta(days=7 - day.weekday())
            case Every.MONTH:
                return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    except OverflowError:
        return None
