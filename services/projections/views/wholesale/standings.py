"""Standings wholesale: how plain ideas stand, written by compiled code as `entries` stores it."""

from __future__ import annotations

from typing import Final

import numpy as np

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
from services.projections.views.wholesale.letters import (
    Letters,
    letters,
    put,
    put_hex,
    put_number,
    texts,
)
from services.projections.views.wholesale.row import IS_RECOGNISED, IS_VERIFIED, Rows
from shared.compiled import compiled

_AT_MOST: Final = 300
"""So many bytes are written of an idea beside the code of its unit."""
_FALSE: Final = letters(",false,[")
_TRUE: Final = letters(",true,[")
_LASTING: Final = letters("],null,[[")
_QUOTE, _OPEN, _CLOSE = letters('"[]')


def standings(rows: Rows, units: Letters, ends: Rows) -> list[str]:
    """How each of some plain ideas stands; `units` are the codes of all cells as JSON, one behind the other, up to `ends`."""
    longest = int(np.diff(ends, prepend=0).max(initial=0))
    into = np.empty(len(rows) * (_AT_MOST + longest), dtype=np.uint8)
    places = np.zeros(len(rows) + 1, dtype=np.int64)
    _write_all(rows, units, ends, into, places)
    return texts(into, places)


@compiled
def _write_all(rows: Rows, units: Letters, ends: Rows, into: Letters, places: Rows) -> None:
    at = 0
    for number in range(len(rows)):
        idea = rows[number]
        cell, state, sure = idea[CELL], idea[STATE], idea[OF_SURE]
        into[at] = _OPEN
        at = put(into, at + 1, units[ends[cell - 1] if cell else 0 : ends[cell]])
        at = put_number(into, at, idea[SINCE])
        at = put(into, at, _TRUE if state & OUT_OF_LAW else _FALSE)
        if state & RULED_OUT:
            into[at] = _QUOTE
            at = put_hex(into, at + 1, idea[CASE_HIGH], 16)
            at = put_hex(into, at, idea[CASE_LOW], 16)
            into[at] = _QUOTE
            at += 1
        at = put(into, at, _LASTING) - 1
        # The first number takes the place of the comma before it.
        begin = at
        at = put_number(into, at, idea[SINCE])
        into[begin] = _OPEN
        at = put_number(into, at, idea[OF_PEOPLE])
        at = put_number(into, at, idea[OF_BENEFIT])
        at = put_number(into, at, idea[OF_POSTS])
        at = put_number(into, at, idea[OF_DIRECT])
        at = put_number(into, at, idea[OF_BENEFIT] if sure == IS_RECOGNISED else 0)
        at = put_number(into, at, idea[OF_BENEFIT] if sure == IS_VERIFIED else 0)
        into[at] = into[at + 1] = into[at + 2] = _CLOSE
        at += 3
        places[number + 1] = at
