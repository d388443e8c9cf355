"""Letters of JSON, put one behind the other by compiled code."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.projections.views.wholesale.row import Rows
from shared.compiled import compiled

Letters = NDArray[np.uint8]

_DIGITS: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_COMMA, _MINUS, _ZERO = np.frombuffer(b",-0", dtype=np.uint8)


def letters(text: str) -> Letters:
    """A text as compiled code takes it."""
    return np.frombuffer(text.encode(), dtype=np.uint8)


def texts(into: Letters, ends: Rows) -> list[str]:
    """What was written, cut at the offset behind each text; the first is nought."""
    written = into[: ends[-1]].tobytes()
    found = pairwise(ends.tolist())
    if not written.isascii():
        return [written[begin:end].decode() for begin, end in found]
    text = written.decode()
    return [text[begin:end] for begin, end in found]


@compiled
def put(into: Letters, at: int, written: Letters) -> int:
    """Letters as they are; like all of these it answers the offset behind what it wrote."""
    into[at : at + len(written)] = written
    return at + len(written)


@compiled
def put_number(into: Letters, at: int, value: int) -> int:
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
def put_hex(into: Letters, at: int, half: int, digits: int) -> int:
    """The last so many hexadecimal digits of half an id."""
    for place in range(digits - 1, -1, -1):
        into[at + place] = _DIGITS[half & 15]
        half >>= 4
    return at + digits
