"""Periods that people report by: a day, a week, a month or a quarter of the calendar at home."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, Self

from services.projections.reckoning.asof import Moment
from services.projections.reckoning.counts import Span
from services.projections.reckoning.totals import span_between
from shared.errors import Invalid
from shared.vocabulary import HOME, midnight


class NotAPeriod(Invalid):
    """What was given names no day, week, month or quarter."""

    code = "not-a-period"

    def __init__(self, given: str, field: str) -> None:
        super().__init__(
            f"{given[:32]!r} is no {field}. Write a day as 2022-05-10, a week as 2022-W19, a month as 2022-05, a quarter "
            "as 2022-Q2.",
            field=field,
            value=given[:32],
        )


class Period(NamedTuple):
    """A stretch of the calendar, [begins, ends), by its name."""

    name: str
    begins: datetime
    ends: datetime

    @classmethod
    def between(cls, name: str, first: date, after: date) -> Self:
        """From a day's first instant at home to another's."""
        return cls(name, midnight(first).astimezone(HOME), midnight(after).astimezone(HOME))

    @property
    def span(self) -> Span:
        """The same as instants of filing."""
        return span_between(self.begins, self.ends)

    def within(self, at: Moment) -> datetime:
        """The last instant of the period that the moment has come to: whose tree, targets and head counts are meant."""
        return min(at.instant, self.ends - timedelta(microseconds=1))

    def complete(self, at: Moment) -> bool:
        """Whether it was over by the moment."""
        return at.instant >= self.ends


def day_of(day: date) -> Period:
    """One day."""
    return Period.between(day.isoformat(), day, day + timedelta(days=1))


def week_of(day: date) -> Period:
    """The week of a day, from its Monday (ISO 8601)."""
    year, week, weekday = day.isocalendar()
    monday = day - timedelta(days=weekday - 1)
    return Period.between(f"{year}-W{week:02}", monday, monday + timedelta(days=7))


def month_of(day: date) -> Period:
    """The month of a day."""
    first = day.replace(day=1)
    return Period.between(f"{first:%Y-%m}", first, (first + timedelta(days=32)).replace(day=1))


def quarter_of(day: date) -> Period:
    """The quarter of a day."""
    number = (day.month - 1) // 3
    first = date(day.year, 3 * number + 1, 1)
    after = (first + timedelta(days=100)).replace(day=1)
    return Period.between(f"{day.year}-Q{number + 1}", first, after)


def _day(given: str) -> date:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", given) is None:
        raise ValueError(given)
    return date.fromisoformat(given)


def _week(given: str) -> date:
    if re.fullmatch(r"\d{4}-W\d\d", given) is None:
        raise ValueError(given)
    return date.fromisocalendar(int(given[:4]), int(given[6:]), 1)


def _month(given: str) -> date:
    return _day(f"{given}-01")


def _quarter(given: str) -> date:
    if re.fullmatch(r"\d{4}-Q[1-4]", given) is None:
        raise ValueError(given)
    return date(int(given[:4]), 3 * int(given[6]) - 2, 1)


FORMS: Final[dict[str, tuple[Callable[[str], date], Callable[[date], Period]]]] = {
    "day": (_day, day_of),
    "week": (_week, week_of),
    "month": (_month, month_of),
    "quarter": (_quarter, quarter_of),
}


def period(kind: str, given: str | None, at: Moment) -> Period:
    """A day, week, month or quarter by its name; where none is given, the last that was over by the moment.

    Raises NotAPeriod.
    """
    read, of = FORMS[kind]
    try:
        if given is not None:
            return of(read(given.strip()))
        running = of(at.at_home.date())
        return of((running.begins - timedelta(days=1)).date())
    except (ValueError, OverflowError):
        raise NotAPeriod(given or at.at_home.isoformat(), kind) from None


class TwoPeriods(Invalid):
    """A day and a week were asked for at once."""

    code = "two-periods"

    def __init__(self) -> None:
        super().__init__("Ask for a day or for a week, not for both.", field="week")


def one_period(at: Moment, *, day: str | None, week: str | None) -> Period:
    """The day or the week asked for; where neither is, the last day that was over. Raises NotAPeriod, TwoPeriods."""
    if day is not None and week is not None:
        raise TwoPeriods
    return period("week", week, at) if week is not None else period("day", day, at)
