"""Comparing a published figure with an answer: equal, rounded or cut off as the press does, or a bound that holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

Figure = JsonValue
"""A figure as a file of claims holds it, or as a board answers."""

AT_LEAST: Final = frozenset({"at_least", "more_than", "non-exhaustive"})
"""Qualifiers of a lower bound; equal passes, as the rules of the published figures have it."""

DAYS: Final = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
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


def height(value: Figure) -> Figure:
    """Of a figure of several parts, the count that rises; any other as it is."""
    return value["count"] if isinstance(value, dict) and "count" in value else value


def compare(
    published: Figure, answered: Figure, *, at_least: bool = False, ceiling: float | None = None
) -> Agreement:
    """How an answer stands to a figure; `ceiling` is the next published one, which a bound must not pass.

    What is published with decimals, and any answer that has them, agrees when rounded or cut off to the published places.
    """
    if isinstance(published, str) and (limit := LIMIT.fullmatch(published)):
        return _limit(limit, answered)
    said, found = number(published), number(answered)
    if said is not None and found is not None:
        if found == said:
            return Agreement.EQUAL
        if at_least:
            if found < said:
                return Agreement.BELOW
            return Agreement.ABOVE if ceiling is not None and found > ceiling else Agreement.BOUND
        return _as_printed(said, found)
    match published, answered:
        case dict(), dict():
            return _all(
                compare(value, answered.get(name), at_least=at_least)
                for name, value in published.items()
            )
        case list(), list() if len(published) == len(answered):
            return _all(compare(a, b) for a, b in zip(published, answered, strict=True))
    return Agreement.EQUAL if published == answered else Agreement.OTHER


def _all(parts: Iterable[Agreement]) -> Agreement:
    """Several figures stand as the worst of them does."""
    order = list(Agreement)
    return max(parts, key=order.index, default=Agreement.EQUAL)


def _as_printed(said: float, found: float) -> Agreement:
    if isinstance(found, float):
        exact = Decimal(repr(found))
        places = Decimal(1).scaleb(min(0, int(Decimal(repr(said)).normalize().as_tuple().exponent)))
        printed = Decimal(repr(said))
        if exact.quantize(places, ROUND_HALF_UP) == printed:
            return Agreement.ROUNDED
        if exact.quantize(places, ROUND_DOWN) == printed:
            return Agreement.TRUNCATED
    return Agreement.BELOW if found < said else Agreement.ABOVE


def _limit(limit: re.Match[str], answered: Figure) -> Agreement:
    """A figure that is itself a limit, such as "<4 months"; the answer is in days where the limit names a time."""
    sign, amount, unit = limit.groups()
    found = number(answered)
    if found is None or (unit is not None and unit not in DAYS):
        return Agreement.OTHER
    edge = float(amount) * (DAYS[unit] if unit is not None else 1)
    if sign == "<":
        return Agreement.BOUND if found < edge else Agreement.ABOVE
    return Agreement.BOUND if found > edge else Agreement.BELOW
