"""Fields: where the values of a stored event stand among its bytes, found without making an object of it.

What is stored is JSON as this software writes it: nothing between its signs. Whatever else is met is answered with
STRANGE, and the event is then read in the ordinary way.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.projections.views.wholesale.letters import letters
from shared.compiled import compiled

State = NDArray[np.uint8]
Places = NDArray[np.int64]
"""Two rows: where the value of each field begins, and the offset behind it; -1 where the field is not there."""

Inner = NDArray[np.int64]
"""The places in an object that a field holds, field by field."""

STRANGE: Final = -1
QUOTE, BACKSLASH, COLON, COMMA = (ord(sign) for sign in '"\\:,')
OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = (ord(sign) for sign in "{}[]")
EIGHT: Final = np.uint64(8)
ONES, HIGHEST = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
QUOTES, BACKSLASHES = ONES * np.uint64(QUOTE), ONES * np.uint64(BACKSLASH)

FIELDS: Final = (
    *("by", "unit", "programme", "filed_at", "ineligible", "authors", "content", "entered_by"),
    *("sender", "external_id", "member", "canonical", "ruling", "idea", "of", "members"),
    *("name", "benefit_vnd", "benefit_class", "holds_post", "worker_kind", "priority", "position"),
)
"""The fields that are looked for, in an event or in what it holds."""
BY, UNIT, PROGRAMME, FILED_AT, INELIGIBLE, AUTHORS, CONTENT, ENTERED_BY = range(8)
SENDER, EXTERNAL_ID, MEMBER, CANONICAL, RULING, IDEA, OF, MEMBERS = range(8, 16)
NAME, BENEFIT_VND, BENEFIT_CLASS, HOLDS_POST, WORKER_KIND, PRIORITY, POSITION = range(16, 23)

LETTERS: Final = letters("".join(FIELDS))
BEGINS: Final = np.cumsum([0, *(len(name) for name in FIELDS)])
BUCKETS: Final = 512


def _bucket(name: str) -> int:
    return (31 * len(name) + 7 * ord(name[0]) + ord(name[-1])) % BUCKETS


def _buckets() -> NDArray[np.int8]:
    """The one field that a name may be of, by its length and its first and last letter."""
    found = np.full(BUCKETS, -1, dtype=np.int8)
    for field, name in enumerate(FIELDS):
        assert found[_bucket(name)] < 0, "two fields share a bucket: make more buckets"
        found[_bucket(name)] = field
    return found


OF_BUCKET: Final = _buckets()


@compiled
def _holds_a_mark(state: State, place: np.uint64) -> bool:
    """Whether one of eight signs is a quote or a backslash (a byte of a word is zero: Warren, Hacker's Delight, 6-1)."""
    word = np.uint64(0)
    for n in range(8):
        word |= np.uint64(state[place + np.uint64(n)]) << np.uint64(8 * n)
    quotes, backslashes = word ^ QUOTES, word ^ BACKSLASHES
    found = ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes)
    return bool(found & HIGHEST)


@compiled
def string_end(state: State, at: int, stop: int) -> int:
    """The offset behind the string that begins at a quote."""
    # With an offset that cannot be negative the compiler need not count from the end.
    place, behind = np.uint64(at + 1), np.uint64(stop)
    while place < behind:
        # Texts are long: eight signs at a time are gone over in which there is neither a quote nor a backslash.
        while place + EIGHT < behind and not _holds_a_mark(state, place):
            place += EIGHT
        sign = state[place]
        if sign == QUOTE:
            return int(place) + 1
        place += np.uint64(2) if sign == BACKSLASH else np.uint64(1)
    return STRANGE


@compiled
def value_end(state: State, at: int, stop: int) -> int:
    """The offset behind the value that begins here."""
    first = state[at]
    if first == QUOTE:
        return string_end(state, at, stop)
    if first not in (OPEN, OPEN_LIST):
        while at < stop:
            sign = state[at]
            if sign in (COMMA, CLOSE, CLOSE_LIST):
                return at
            at += 1
        return STRANGE
    depth = 0
    while at < stop:
        sign = state[at]
        if sign == QUOTE:
            at = string_end(state, at, stop)
            if at < 0:
                return STRANGE
            continue
        at += 1
        if sign in (OPEN, OPEN_LIST):
            depth += 1
        elif sign in (CLOSE, CLOSE_LIST):
            depth -= 1
            if depth == 0:
                return at
    return STRANGE


@compiled
def _named(state: State, at: int, stop: int) -> tuple[int, int]:
    """Which field has the name that begins here (-1 for any that is not looked for), and where its value begins."""
    name = at + 1
    at = string_end(state, at, stop)
    if at < 0 or at + 1 >= stop or state[at] != COLON:
        return -1, STRANGE
    size = at - 1 - name
    if size == 0:
        return -1, at + 1
    field = OF_BUCKET[(31 * size + 7 * state[name] + state[at - 2]) % BUCKETS]
    if field >= 0:
        first = BEGINS[field]
        if BEGINS[field + 1] - first != size:
            return -1, at + 1
        for n in range(size):
            if LETTERS[first + n] != state[name + n]:
                return -1, at + 1
    return int(field), at + 1


@compiled
def _noted(
    state: State, begin: int, at: int, stop: int, field: int, places: Places
) -> tuple[int, bool]:
    """Note where a value stands; the offset behind the sign that follows it, or STRANGE, and whether the object goes on."""
    if at < 0 or at >= stop:
        return STRANGE, False
    if field >= 0:
        places[0, field] = begin
        places[1, field] = at
    sign = state[at]
    if sign == CLOSE:
        return at + 1, False
    return (at + 1, True) if sign == COMMA else (STRANGE, False)


@compiled
def find(state: State, at: int, stop: int, places: Places) -> int:
    """Note where the fields of the object that begins here stand; the offset behind it, or STRANGE."""
    places[:] = -1
    if at >= stop or state[at] != OPEN:
        return STRANGE
    at += 1
    if at < stop and state[at] == CLOSE:
        return at + 1
    goes_on = True
    while goes_on:
        if at >= stop or state[at] != QUOTE:
            return STRANGE
        field, begin = _named(state, at, stop)
        if begin < 0:
            return STRANGE
        behind = value_end(state, begin, stop)
        at, goes_on = _noted(state, begin, behind, stop, field, places)
    return at


@compiled
def find_all(state: State, at: int, stop: int, places: Places, inner: Inner) -> int:
    """The same of an event, and of the objects that its fields hold: each has its places under the field's number."""
    places[:] = -1
    if at >= stop or state[at] != OPEN:
        return STRANGE
    at += 1
    goes_on = True
    while goes_on:
        if at >= stop or state[at] != QUOTE:
            return STRANGE
        field, begin = _named(state, at, stop)
        if begin < 0:
            return STRANGE
        if field >= 0 and begin < stop and state[begin] == OPEN:
            behind = find(state, begin, stop, inner[field])
        else:
            behind = value_end(state, begin, stop)
        at, goes_on = _noted(state, begin, behind, stop, field, places)
    return at
