"""Comparing a published figure with an answer: equal, rounded or cut off as the press does, or a bound that holds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from shared.errors import Invalid

Figure = JsonValue
"""A figure as a file of claims holds it, or as a board answers."""

EXACT: Final = "exact"
AT_LEAST: Final = frozenset({"at_least", "more_than", "non-exhaustive"})
"""Qualifiers of a lower bound; equal passes, as the rules of the published figures have it."""

WORDS: Final = frozenset({"no", "date"})
"""The parts of a figure that are text: a document's number and its day."""

DAYS: Final = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
GROUPED: Final = re.compile(r"-?\d{1,3}(?:\.\d{3})+|-?\d+", re.ASCII)
WITH_PLACES: Final = re.compile(r"(-?(?:\d{1,3}(?:\.\d{3})+|\d+)),(\d{1,2}|\d{4,9})", re.ASCII)
"""A comma before three digits may be meant as either language has it, so it is not guessed at."""
LIMIT: Final = re.compile(r"\s*([<>])\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*")


class Agreement(StrEnum):
    """How a published figure and an answer stand to each other."""

    EQUAL = "equal"
    ROUNDED = "rounded"
    TRUNCATED = "truncated"
    BOUND = "bound"
    BELOW = "below"
    ABOVE = "above"
    OTHER = "other"

    @property
    def holds(self) -> bool:
        """Whether the figure is true of the answer."""
        return self in {self.EQUAL, self.ROUNDED, self.TRUNCATED, self.BOUND}


def number(value: Figure) -> float | None:
    """The number that a figure is, or None."""
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


class Form(StrEnum):
    """What a figure must be for a question to be asked of it."""

    NUMBER = "number"
    PARTS = "parts"
    SEVERAL = "several"
    ANY = "any"


class NotAFigure(Invalid):
    """What was given as the value of a figure is none that the question can be held against."""

    code = "not-a-value"

    def __init__(self, given: object) -> None:
        super().__init__(
            f"{str(given)[:64]!r} is no value that this metric has. Give a number (163532, or 163.532 as Vietnamese "
            "newspapers write it), a limit such as '<4 months', or the parts that the metric has.",
            field="value",
        )


def read(value: Figure, form: Form) -> Figure:
    """A figure as it is compared: a number that is written as text is that number. Raises NotAFigure."""
    match form, value:
        case Form.NUMBER, str() if LIMIT.fullmatch(value):
            return value
        case Form.NUMBER, _:
            return _number_in(value)
        case Form.PARTS, dict() if value:
            return {
                name: part if name in WORDS else _number_in(part) for name, part in value.items()
            }
        case Form.SEVERAL, list() if value:
            return value
        case Form.ANY, _:
            return value
    raise NotAFigure(value)


def _number_in(value: Figure) -> float:
    """Raises NotAFigure."""
    found = number(value)
    if isinstance(value, str):
        text = value.strip().removesuffix("%").strip()
        if GROUPED.fullmatch(text):
            found = int(text.replace(".", ""))
        elif parts := WITH_PLACES.fullmatch(text):
            found = float(f"{parts[1].replace('.', '')}.{parts[2]}")
    if found is None or not math.isfinite(found):
        raise NotAFigure(value)
    return found


def height(value: Figure) -> Figure:
    """Of a figure of several parts, the count that rises; any other as it is."""
    return value["count"] if isinstance(value, dict) and "count" in value else value


def compare(
    published: Figure, answered: Figure, qualifier: str = EXACT, ceiling: float | None = None
) -> Agreement:
    """How an answer stands to a figure; `ceiling` is the next published one, which a bound must not pass.

    An answer with decimals agrees when rounded to the published places, and, unless the figure is called exact, when
    rounded to a whole number or cut off.
    """
    if isinstance(published, str) and (limit := LIMIT.fullmatch(published)):
        return _limit(limit, answered)
    said, found = number(published), number(answered)
    if said is not None and found is not None:
        if found == said:
            return Agreement.EQUAL
        if qualifier in AT_LEAST:
            if found < said:
                return Agreement.BELOW
            return Agreement.ABOVE if ceiling is not None and found > ceiling else Agreement.BOUND
        return _as_printed(said, found, exact=qualifier == EXACT)
    match published, answered:
        case dict(), dict():
            return _all(
                compare(value, answered.get(name), qualifier) for name, value in published.items()
            )
        case list(), list() if len(published) == len(answered):
            return _all(compare(a, b, qualifier) for a, b in zip(published, answered, strict=True))
    alike = isinstance(published, bool) is isinstance(answered, bool) and published == answered
    return Agreement.EQUAL if alike else Agreement.OTHER


def _all(parts: Iterable[Agreement]) -> Agreement:
    """Several figures stand as the worst of them does."""
    order = list(Agreement)
    return max(parts, key=order.index, default=Agreement.EQUAL)


def _as_printed(said: float, found: float, *, exact: bool) -> Agreement:
    """Whether a number is printed of one with more places."""
    if isinstance(found, float):
        printed, whole = Decimal(repr(said)), Decimal(repr(found))
        places = min(0, int(printed.normalize().as_tuple().exponent))
        last = Decimal(1).scaleb(places)
        if whole.quantize(last, ROUND_HALF_UP) == printed and (places or not exact):
            return Agreement.ROUNDED
        if whole.quantize(last, ROUND_DOWN) == printed and not exact:
            return Agreement.TRUNCATED
    return Agreement.BELOW if found < said else Agreement.ABOVE


def _limit(limit: re.Match[str], answered: Figure) -> Agreement:
    """A figure that is itself a limit, such as "<4 months"; the answer is in days where the limit names a time."""
    sign, amount, unit = limit.groups()
    found = number(answered)
    if found is None or (unit is not None and unit not in DAYS):
        return Agreement.OTHER
    if unit is not None and found < 0:
        # Before it began nothing had lasted for any time.
        return Agreement.BELOW
    edge = float(amount) * (DAYS[unit] if unit is not None else 1)
    if sign == "<":
        return Agreement.BOUND if found < edge else Agreement.ABOVE
    return Agreement.BOUND if found > edge else Agreement.BELOW
