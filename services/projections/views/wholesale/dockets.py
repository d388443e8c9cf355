"""Dockets wholesale: plain cases, written by compiled code as `caseload` stores them, and what they are to the rules."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

from services.projections.views.dockets import Case, Seat
from services.projections.views.lean import Judged
from services.projections.views.wholesale.cases import (
    GROUND_HIGH,
    GROUND_LOW,
    HEAD,
    INELIGIBLE,
    NEXT,
    NOBODY,
    OF_HIGH,
    OF_LOW,
    POSITION,
    PRIORITY,
    RULING,
    SEAT_WIDTH,
)
from services.projections.views.wholesale.letters import (
    Letters,
    letters,
    put,
    put_hex,
    put_number,
    texts,
)
from services.projections.views.wholesale.numbering import NO_RULING, RULINGS
from services.projections.views.wholesale.row import Rows
from services.projections.views.wholesale.stretch import MASK, halves
from shared.compiled import compiled

_OF_A_CASE: Final = 80
_OF_A_SEAT: Final = 300
"""So many bytes at most are written of a case beside its members, and of each of them."""
_CODES: Final = tuple(RULINGS)
_SPELLED: Final = letters("".join(_CODES))
_SPELLED_TO: Final = np.cumsum([len(code) for code in _CODES], dtype=np.int64)
_BEGINS: Final = letters(',["')
_OUT_OF_LAW: Final = letters(",true,")
_ELIGIBLE: Final = letters(",false,")
_UNJUDGED: Final = letters("null")
_JUDGED: Final = letters('{"code":"')
_AGAINST: Final = letters('","against":"')
_JUDGED_ENDS: Final = letters('"}')
_SEAT_ENDS: Final = letters(",false,false,false]")
_CASE_ENDS: Final = letters("],null,false,false,false]")
_QUOTE, _OPEN, _COMMA, _HYPHEN = letters('"[,-')


def dockets(numbers: Rows, cases: Rows, seats: Rows) -> list[str]:
    """How some plain cases stand, by their numbers, as it is stored; `cases` and `seats` are the rows of all."""
    seated = _seated(numbers, cases, seats)
    into = np.empty(len(numbers) * _OF_A_CASE + seated * _OF_A_SEAT, dtype=np.uint8)
    ends = np.zeros(len(numbers) + 1, dtype=np.int64)
    _write_all(numbers, cases, seats, into, ends)
    return texts(into, ends)


@compiled
def _seated(numbers: Rows, cases: Rows, seats: Rows) -> int:
    count = 0
    for number in numbers:
        at = cases[number, HEAD]
        while at >= 0:
            count += 1
            at = seats[at, NEXT]
    return count


@compiled
def _write_all(numbers: Rows, cases: Rows, seats: Rows, into: Letters, ends: Rows) -> None:
    at = 0
    for place in range(len(numbers)):
        number = numbers[place]
        # A bracket takes the place of the comma before the first number, and of the one before the first seat.
        begin = at
        at = put_number(into, at, number)
        into[begin] = _OPEN
        into[at] = _COMMA
        begin = at + 1
        at = begin
        found = cases[number, HEAD]
        while found >= 0:
            at = _write(into, at, seats[found])
            found = seats[found, NEXT]
        into[begin] = _OPEN
        at = put(into, max(at, begin + 1), _CASE_ENDS)
        ends[place + 1] = at


@compiled
def _write(into: Letters, at: int, seat: Rows) -> int:
    at = put(into, at, _BEGINS)
    at = _id(into, at, seat[OF_HIGH], seat[OF_LOW])
    into[at] = _QUOTE
    at = put_number(into, at + 1, seat[PRIORITY])
    at = put_number(into, at, seat[POSITION])
    at = put(into, at, _OUT_OF_LAW if seat[INELIGIBLE] else _ELIGIBLE)
    ruling = seat[RULING]
    if ruling == NO_RULING:
        at = put(into, at, _UNJUDGED)
    else:
        at = put(into, at, _JUDGED)
        first = _SPELLED_TO[ruling - 1] if ruling else 0
        at = put(into, at, _SPELLED[first : _SPELLED_TO[ruling]])
        at = put(into, at, _AGAINST)
        at = _id(into, at, seat[GROUND_HIGH], seat[GROUND_LOW])
        at = put(into, at, _JUDGED_ENDS)
    return put(into, at, _SEAT_ENDS)


@compiled
def _id(into: Letters, at: int, high: int, low: int) -> int:
    """An id with its hyphens."""
    at = put_hex(into, at, high >> 32, 8)
    into[at] = _HYPHEN
    at = put_hex(into, at + 1, high >> 16, 4)
    into[at] = _HYPHEN
    at = put_hex(into, at + 1, high, 4)
    into[at] = _HYPHEN
    at = put_hex(into, at + 1, low >> 48, 4)
    into[at] = _HYPHEN
    return put_hex(into, at + 1, low, 12)


def plain(number: int, head: int, seats: Rows) -> Case:
    """A plain case as the rules take it, by its first seat."""
    found = []
    at = head
    while at != NOBODY:
        seat = seats[at].tolist()
        judged = None
        if seat[RULING] != NO_RULING:
            against = _spelled(seat[GROUND_HIGH], seat[GROUND_LOW])
            judged = Judged(_CODES[seat[RULING]], against)
        idea = _spelled(seat[OF_HIGH], seat[OF_LOW])
        found.append(Seat(idea, seat[PRIORITY], seat[POSITION], bool(seat[INELIGIBLE]), judged))
        at = seat[NEXT]
    return Case(number, found)


def seat_rows(case: Case, first: int) -> Rows | None:
    """The rows of a plain case's seats, the first one at a place; None where a row cannot say all that there is to say."""
    rows = np.empty((len(case.seats), SEAT_WIDTH), dtype=np.int64)
    try:
        for place, seat in enumerate(case.seats):
            rows[place] = _row(seat, place + 1)
    except (ValueError, OverflowError):
        return None
    rows[-1:, NEXT] = NOBODY
    head = 0 if case.seats else NOBODY
    if plain(case.number, head, rows) != case:
        return None
    rows[:-1, NEXT] += first
    return rows


def _row(seat: Seat, behind: int) -> tuple[int, ...]:
    """A seat's row. Raises ValueError and OverflowError where it is of a ledger that was damaged."""
    ruling, against = NO_RULING, (0, 0)
    if seat.judged is not None:
        ruling, against = RULINGS.get(seat.judged.code, NO_RULING), halves(seat.judged.against)
    if min(seat.priority, seat.position) < -sys.maxsize:
        raise OverflowError
    judged = (ruling, *against, behind)
    return (*halves(seat.idea), int(seat.ineligible), seat.priority, seat.position, *judged)


def _spelled(high: int, low: int) -> str:
    digits = f"{high & MASK:016x}{low & MASK:016x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
