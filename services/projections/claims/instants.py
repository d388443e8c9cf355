"""When a published figure is meant to hold: an instant, a day, a month, a year, a span, or not said."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from shared.errors import Invalid
from shared.vocabulary import HOME

REMARK: Final = re.compile(r"\s*\([^()]*\)\s*$")
INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?"
)
DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
MONTH: Final = re.compile(r"(\d{4})-(\d\d)")
YEAR: Final = re.compile(r"\d{4}")
MIDNIGHT_AFTER: Final = re.compile(r"24:00(:00(\.0+)?)?")
SPAN: Final = "/"
OF_A_DAY: Final = re.compile(
    r"(?:(\d{1,2})\s*(?:h|g|giờ|:)\s*(?:(\d{1,2})\s*(?:'|ph|phút)?)?\s*,?\s*)?(?:ngày\s+)?"
    r"(\d{1,2})([/.-])(\d{1,2})\4(\d{4})"
)
"""As newspapers write it: 20/4/2022, ngày 20/4/2022, 8h00 ngày 20/4/2022, 15 giờ 34 phút, 3/10/2022."""
OF_A_MONTH: Final = re.compile(r"(?:tháng\s+)?(\d{1,2})/(\d{4})")
OF_A_YEAR: Final = re.compile(r"năm\s+(\d{4})")
NO_TIME: Final = frozenset(
    {
        "article date", "date of the article", "not stated", "undated", "now", "to date", "today",
        "ngày đăng bài", "không nêu", "không rõ", "không rõ ngày", "nay", "hiện nay", "đến nay",
    }
)  # fmt: skip
"""What files of figures say where they name no time; anything else in words is a time that cannot be read."""
LEAST: Final = timedelta(microseconds=1)


class NotAPeriod(Invalid):
    """What was given as the time of a figure names neither an instant nor a day, month, year or span."""

    code = "not-a-period"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{given[:64]!r} is no time of a figure. Give an instant with its offset, a day (2022-05-31 or 31/5/2022), a "
            "month, a year, or a span of two of these with a slash between; a remark may follow in brackets.",
            field="as_of",
            value=given[:64],
        )


class Period(NamedTuple):
    """From the first to the last instant at which a figure may be meant, both included; of an instant they are one."""

    first: datetime
    last: datetime

    def __contains__(self, instant: object) -> bool:
        return isinstance(instant, datetime) and self.first <= instant <= self.last


def period(given: str | None) -> Period | None:
    """The time that a figure names, on the programme's own clock unless it says otherwise; None where it names none.

    A day ends with its last microsecond, and so does what is called 24:00 of it. Raises NotAPeriod.
    """
    if given is None:
        return None
    said = unicodedata.normalize("NFC", given).strip()
    while (without := REMARK.sub("", said)) != said:
        said = without
    if not said or said.casefold() in NO_TIME:
        return None
    first, *rest = _in_figures(said).split(SPAN)
    if len(rest) > 1:
        raise NotAPeriod(given)
    try:
        begins = _one(first.strip())
        ends = _one(rest[0].strip()) if rest else begins
    except (ValueError, OverflowError):
        raise NotAPeriod(given) from None
    if ends.last < begins.first:
        raise NotAPeriod(given)
    return Period(begins.first, ends.last)


def _in_figures(said: str) -> str:
    """A time as newspapers write it in the order of figures that is sorted by; any other as it is."""
    words = said.casefold()
    if found := OF_A_DAY.fullmatch(words):
        hour, minute, day, _, month, year = found.groups()
        clock = "" if hour is None else f"T{int(hour):02}:{int(minute or 0):02}"
        return f"{year}-{int(month):02}-{int(day):02}{clock}"
    if found := OF_A_MONTH.fullmatch(words):
        return f"{found[2]}-{int(found[1]):02}"
    found = OF_A_YEAR.fullmatch(words)
    return found[1] if found is not None else said


def _one(said: str) -> Period:
    """A time without remark or span. Raises ValueError."""
    if found := INSTANT.fullmatch(said):
        day, clock, offset = found.groups()
        if MIDNIGHT_AFTER.fullmatch(clock):
            last = datetime.fromisoformat(f"{day}T00:00{offset or '+07:00'}") + timedelta(days=1)
            return _at(last - LEAST)
        return _at(datetime.fromisoformat(f"{day}T{clock}{offset or '+07:00'}"))
    if found := DAY.fullmatch(said):
        day = date(*map(int, found.groups()))
        return _days(day, day + timedelta(days=1))
    if found := MONTH.fullmatch(said):
        year, month = map(int, found.groups())
        return _days(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
    if YEAR.fullmatch(said):
        return _days(date(int(said), 1, 1), date(int(said) + 1, 1, 1))
    raise ValueError(said)


def _at(instant: datetime) -> Period:
    return Period(instant.astimezone(UTC), instant.astimezone(UTC))


def _days(first: date, after: date) -> Period:
    begins, ends = (datetime.combine(day, time(), HOME).astimezone(UTC) for day in (first, after))
    return Period(begins, ends - LEAST)
