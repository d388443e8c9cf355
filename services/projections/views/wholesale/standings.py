"""Standings wholesale: how plain ideas stand, written by compiled code as `entries` stores it."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.projections.views.wholesale.ideas import (
    CASE_HIGH,
    CASE_LOW,
    CELL,
    OF_BENEFIT,
    OF_DIRECT,
    OF_PEOPLE,
    OF_POSTS,
    OF_SURE,
    OUT_OF_LAW,
    RULED_OUT,
    SINCE,
    STATE,
)
from services.projections.views.wholesale.row import IS_RECOGNISED, IS_VERIFIED, Rows
from shared.compiled import compiled

Letters = NDArray[np.uint8]

_AT_MOST: Final = 300
"""So many bytes are written of an idea beside the code of its unit."""
_DIGITS: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_FALSE: Final = np.frombuffer(b",false,[", dtype=np.uint8)
_TRUE: Final = np.frombuffer(b",true,[", dtype=np.uint8)
_LASTING: Final = np.frombuffer(b"],null,[[", dtype=np.uint8)
_COMMA, _MINUS, _QUOTE, _OPEN, _CLOSE, _ZERO = np.frombuffer(b',-"[]0', dtype=np.uint8)


def standings(rows: Rows, units: Letters, ends: Rows) -> list[str]:
    """How each of some plain ideas stands; `units` are the codes of all cells as JSON, one behind the other, up to `ends`."""
    longest = int(np.diff(ends, prepend=0).max(initial=0))
    into = np.empty(len(rows) * (_AT_MOST + longest), dtype=np.uint8)
    places = np.zeros(len(rows) + 1, dtype=np.int64)
    _write_all(rows, units, ends, into, places)
    written = into[: places[-1]].tobytes()
    found = pairwise(places.tolist())
    if not written.isascii():
        return [written[begin:end].decode() for begin, end in found]
    text = written.decode()
    return [text[begin:end] for begin, end in found]


@compiled
def _write_all(rows: Rows, units: Letters, ends: Rows, into: Letters, places: Rows) -> None:
    at = 0
    for number in range(len(rows)):
        idea = rows[number]
        cell, state, sure = idea[CELL], idea[STATE], idea[OF_SURE]
        into[at] = _OPEN
        at = _copy(into, at + 1, units[ends[cell - 1] if cell else 0 : ends[cell]])
        at = _number(into, at, idea[SINCE])
        at = _copy(into, at, _TRUE if state & OUT_OF_LAW else _FALSE)
        if state & RULED_OUT:
            into[at] = _QUOTE
            at = _hex(into, at + 1, idea[CASE_HIGH])
            at = _hex(into, at, idea[CASE_LOW])
            into[at] = _QUOTE
            at += 1
        at = _copy(into, at, _LASTING) - 1
        # The first number takes the place of the comma before it.
        begin = at
        at = _number(into, at, idea[SINCE])
        into[begin] = _OPEN
        at = _number(into, at, idea[OF_PEOPLE])
        at = _number(into, at, idea[OF_BENEFIT])
        at = _number(into, at, idea[OF_POSTS])
        at = _number(into, at, idea[OF_DIRECT])
        at = _number(into, at, idea[OF_BENEFIT] if sure == IS_RECOGNISED else 0)
        at = _number(into, at, idea[OF_BENEFIT] if sure == IS_VERIFIED else 0)
        into[at] = into[at + 1] = into[at + 2] = _CLOSE
        at += 3
        places[number + 1] = at


@compiled
def _copy(into: Letters, at: int, letters: Letters) -> int:
    into[at : at + len(letters)] = letters
    return at + len(letters)


@compiled
def _number(into: Letters, at: int, value: int) -> int:
    """A comma and a number."""
    into[at] = _COMMA
    at += 1
    if value < 0:
        into[at] = _MINUS
        at += 1
        value = -value
    digits, rest = 1, value // 10
    while rest:
        digits += 1
        rest //= 10
    for place in range(at + digits - 1, at - 1, -1):
        into[place] = _ZERO + np.uint8(value % 10)
        value //= 10
    return at + digits


@compiled
def _hex(into: Letters, at: int, half: int) -> int:
    for place in range(15, -1, -1):
        into[at + place] = _DIGITS[half & 15]
        half >>= 4
    return at + 16
