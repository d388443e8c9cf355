"""Values: what is written between two offsets of a stored event, read without making an object of it.

Each is answered with whether it is written as this software writes it; what is not is read in the ordinary way.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.projections.views.wholesale.fields import BACKSLASH, COLON, QUOTE, Places, State
from shared.compiled import compiled

HYPHEN, ZERO, NINE, POINT, TEE, ZED, PLUS = (ord(sign) for sign in "-09.TZ+")
SURE_DAYS: Final = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
"""How many days each month has in every year."""


@compiled
def is_plain(state: State, begin: int, end: int) -> bool:
    """Whether the value is a string in which every sign stands for itself."""
    if begin < 0 or end - begin < 2 or state[begin] != QUOTE:
        return False
    plain = True
    for at in range(begin + 1, end - 1):
        plain &= state[at] != BACKSLASH
    return plain


@compiled
def says(state: State, begin: int, end: int, word: State) -> bool:
    """Whether the bytes of a value are these."""
    if end - begin != len(word):
        return False
    same = True
    for n in range(len(word)):
        same &= state[begin + n] == word[n]
    return same


@compiled
def whole(state: State, begin: int, end: int) -> tuple[int, bool]:
    """A whole number, and whether it is one that fits."""
    at = begin
    negative = at < end and state[at] == HYPHEN
    if negative:
        at += 1
    if at >= end or end - at > 18:
        return 0, False
    found = 0
    while at < end:
        sign = state[at]
        if sign < ZERO or sign > NINE:
            return 0, False
        found = found * 10 + (sign - ZERO)
        at += 1
    return (-found if negative else found), True


@compiled
def _two(state: State, at: int) -> int:
    """The number that two digits are; over 99 where they are none."""
    tens, ones = state[at] - ZERO, state[at + 1] - ZERO
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else 100


@compiled
def instant(state: State, begin: int, end: int) -> tuple[int, bool]:
    """An instant with its offset from UTC, in microseconds since 1970, and whether it is written as one."""
    if end - begin < 20:
        return 0, False
    century, year = _two(state, begin), _two(state, begin + 2)
    month, day = _two(state, begin + 5), _two(state, begin + 8)
    hour, minute, second = (
        _two(state, begin + 11),
        _two(state, begin + 14),
        _two(state, begin + 17),
    )
    separated = (
        state[begin + 4] == HYPHEN
        and state[begin + 7] == HYPHEN
        and state[begin + 10] == TEE
        and state[begin + 13] == COLON
        and state[begin + 16] == COLON
    )
    # The last days of a month are left to the calendar where they may not be there.
    fits = century < 100 and year < 100 and 1 <= month <= 12 and 1 <= day <= SURE_DAYS[month - 1]
    if not (separated and fits and hour < 24 and minute < 60 and second < 60):
        return 0, False
    at = begin + 19
    micros = 0
    if state[at] == POINT:
        at += 1
        scale = 100_000
        while at < end and ZERO <= state[at] <= NINE:
            micros += (state[at] - ZERO) * scale
            scale //= 10
            at += 1
        if not 1 <= at - begin - 20 <= 6:
            return 0, False
    ahead = 0
    if at < end and state[at] in (PLUS, HYPHEN):
        if end - at != 6:
            return 0, False
        hours, minutes = _two(state, at + 1), _two(state, at + 4)
        if hours > 23 or minutes > 59:
            return 0, False
        ahead = (hours * 60 + minutes) * (1 if state[at] == PLUS else -1)
    elif end - at != 1 or state[at] != ZED:
        return 0, False
    # Days since 1970 in the calendar that never changed its rule, the year beginning in March (as in C++'s <chrono>).
    shifted = century * 100 + year - (1 if month <= 2 else 0)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    seconds = days * 86_400 + hour * 3_600 + (minute - ahead) * 60 + second
    return seconds * 1_000_000 + micros, True


def _hex() -> NDArray[np.int8]:
    found = np.full(256, -1, dtype=np.int8)
    for value, digit in enumerate(b"0123456789abcdef"):
        found[digit] = value
    return found


HEX: Final = _hex()


@compiled
def identity(state: State, begin: int, end: int) -> tuple[np.uint64, np.uint64, bool]:
    """An id's two halves, and whether it is written as one, with hyphens or without."""
    high, low, digits = np.uint64(0), np.uint64(0), 0
    for at in range(begin, end):
        sign = state[at]
        if sign == HYPHEN:
            continue
        digit = HEX[sign]
        if digit < 0 or digits == 32:
            return high, low, False
        if digits < 16:
            high = (high << np.uint64(4)) | np.uint64(digit)
        else:
            low = (low << np.uint64(4)) | np.uint64(digit)
        digits += 1
    return high, low, digits == 32


@compiled
def named(state: State, places: Places, field: int) -> tuple[np.uint64, np.uint64, bool]:
    """The two halves of the id that a field holds, and whether it is written as ids are, with a hyphen in each place."""
    begin, end = places[0, field], places[1, field]
    if begin < 0 or end - begin != 38 or state[begin] != QUOTE:
        return np.uint64(0), np.uint64(0), False
    for place in (9, 14, 19, 24):
        if state[begin + place] != HYPHEN:
            return np.uint64(0), np.uint64(0), False
    return identity(state, begin + 1, end - 1)
