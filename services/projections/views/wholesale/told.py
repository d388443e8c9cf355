"""What is told of an event: a row of numbers with all that views need of it, found in its bytes by compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.projections.views.wholesale.content import brings, is_given
from services.projections.views.wholesale.fields import (
    BY,
    CANONICAL,
    CLOSE_LIST,
    COMMA,
    ENTERED_BY,
    EXTERNAL_ID,
    FIELDS,
    FILED_AT,
    IDEA,
    INELIGIBLE,
    MEMBER,
    MEMBERS,
    NAME,
    OF,
    OPEN_LIST,
    PROGRAMME,
    RULING,
    SENDER,
    UNIT,
    Places,
    State,
    find,
    identity,
    instant,
    is_plain,
)
from services.projections.views.wholesale.row import (
    ACTOR,
    AMENDED,
    DECLARED,
    ENTERED,
    EXTERNAL_BEGINS,
    FILED,
    FIRST,
    FLAGGED,
    HIGH,
    IS_INELIGIBLE,
    JOINED,
    JUDGED,
    KIND,
    LOW,
    MEMBER_HIGH,
    MEMBER_LOW,
    MOST_MENTIONS,
    OF_PROGRAMME,
    OPENED,
    OTHER,
    RECORDED,
    REROUTED,
    RULED,
    SECOND,
    SENDER_BEGINS,
    UNDERSTOOD,
    WITHDRAWN,
)
from services.projections.views.wholesale.words import Table, word
from shared.compiled import compiled

STAMP_BEGINS, STAMP_ENDS = len('{"recorded":"'), len('{"recorded":"2022-01-08T00:00:00.000000Z')


@compiled
def _word(table: Table, state: State, places: Places, field: int) -> int:
    """The number of a field's word; -1 where there is none that is plainly written."""
    begin, end = places[0, field], places[1, field]
    if not is_plain(state, begin, end):
        return -1
    return word(table, state, begin + 1, end - 1)


@compiled
def _has_some(state: State, places: Places, field: int) -> int:
    """Whether a list has something in it."""
    begin = places[0, field]
    return int(begin >= 0 and state[begin] == OPEN_LIST and state[begin + 1] != CLOSE_LIST)


@compiled
def _member(
    state: State, table: Table, begin: int, stop: int, inner: Places
) -> tuple[int, np.uint64, int]:
    """A member of a case or a flag: its unit (-1 where it is not understood), its idea, and the offset behind it."""
    if begin < 0:
        return -1, np.uint64(0), begin
    at = find(state, begin, stop, inner)
    if at < 0:
        return -1, np.uint64(0), at
    if not is_plain(state, inner[0, IDEA], inner[1, IDEA]):
        return -1, np.uint64(0), at
    _, low, fits = identity(state, inner[0, IDEA] + 1, inner[1, IDEA] - 1)
    if not fits:
        return -1, np.uint64(0), at
    return _word(table, state, inner, UNIT), low, at


@compiled
def _mention(
    mentions: NDArray[np.uint64], at: int, event: int, idea: np.uint64, case: np.uint64, came: int
) -> int:
    """Note whom an event mentions; the place of the next mention."""
    mention = mentions[at]
    mention[0], mention[1], mention[2], mention[3] = event, idea, case, came
    return at + 1


@compiled
def _tell(
    state: State,
    begin: int,
    stop: int,
    table: Table,
    row: NDArray[np.int64],
    event: int,
    mentions: NDArray[np.uint64],
    mentioned: int,
    nothing: int,
    many: int,
    places: Places,
    inner: Places,
) -> int:
    """Tell one event; how many mentions there are then, or -1 where it was not understood."""
    if find(state, begin, stop, places) < 0 or places[0, BY] < 0:
        return -1
    if find(state, places[0, BY], stop, inner) < 0:
        return -1
    row[ACTOR] = _word(table, state, inner, NAME)
    if row[ACTOR] < 0:
        return -1
    kind = row[KIND]
    row[SECOND] = nothing
    case = np.uint64(row[LOW])
    if kind <= REROUTED:
        row[FIRST] = _word(table, state, places, UNIT)
        if row[FIRST] < 0:
            return -1
        if kind == REROUTED:
            # The unit it came from is searched for as well, which the ordinary way sees to.
            row[OF_PROGRAMME] = _word(table, state, places, PROGRAMME)
            return -1
        if kind in (AMENDED, WITHDRAWN):
            return mentioned
        row[IS_INELIGIBLE] = _has_some(state, places, INELIGIBLE)
        if kind == DECLARED:
            row[OF_PROGRAMME] = _word(table, state, places, PROGRAMME)
            filed, fits = instant(state, places[0, FILED_AT] + 1, places[1, FILED_AT] - 1)
            if row[OF_PROGRAMME] < 0 or not fits:
                return -1
            row[FILED] = filed
            row[ENTERED] = is_given(state, places, ENTERED_BY)
            for field, column in ((SENDER, SENDER_BEGINS), (EXTERNAL_ID, EXTERNAL_BEGINS)):
                if places[0, field] < 0:
                    return -1
                row[column], row[column + 1] = places[0, field], places[1, field]
            if not brings(state, places, inner, stop, row):
                return -1
        elif kind == RULED:
            row[JUDGED] = _word(table, state, places, RULING)
            for field in (MEMBER, CANONICAL):
                if not is_plain(state, places[0, field], places[1, field]):
                    return -1
                high, low, fits = identity(state, places[0, field] + 1, places[1, field] - 1)
                if not fits or row[JUDGED] < 0:
                    return -1
                if field == MEMBER:
                    row[MEMBER_HIGH], row[MEMBER_LOW] = np.int64(high), np.int64(low)
                mentioned = _mention(mentions, mentioned, event, low, case, 0)
        return mentioned
    if kind == FLAGGED:
        for field in (IDEA, OF):
            unit, low, _ = _member(state, table, places[0, field], stop, inner)
            if unit < 0:
                return -1
            if field == IDEA:
                row[FIRST] = unit
            elif unit != row[FIRST]:
                row[SECOND] = unit
            mentioned = _mention(mentions, mentioned, event, low, np.uint64(0), 0)
        return mentioned
    if kind == OPENED:
        at = places[0, MEMBERS]
        if at < 0 or state[at] != OPEN_LIST:
            return -1
        at += 1
        units = 0
        while state[at] != CLOSE_LIST:
            unit, low, at = _member(state, table, at, stop, inner)
            if unit < 0 or unit == nothing or units == MOST_MENTIONS:
                return -1
            units += 1
            if row[FIRST] < 0:
                row[FIRST] = unit
            elif unit != row[FIRST] and unit != row[SECOND]:
                row[SECOND] = unit if row[SECOND] == nothing else many
            mentioned = _mention(mentions, mentioned, event, low, case, 1)
            if at >= stop:
                return -1
            if state[at] == COMMA:
                at += 1
        if units == 0:
            row[FIRST] = nothing
        return mentioned
    # Somebody joined a case, or is another than before.
    unit, low, _ = _member(state, table, places[0, MEMBER], stop, inner)
    if unit < 0:
        return -1
    row[FIRST] = unit
    mentioned = _mention(mentions, mentioned, event, low, case, kind == JOINED)
    if kind == JOINED:
        if not is_plain(state, places[0, OF], places[1, OF]):
            return -1
        _, low, fits = identity(state, places[0, OF] + 1, places[1, OF] - 1)
        if not fits:
            return -1
        mentioned = _mention(mentions, mentioned, event, low, case, 0)
    return mentioned


@compiled
def tell(
    state: State,
    ends: NDArray[np.int64],
    streams: State,
    table: Table,
    told: NDArray[np.int64],
    mentions: NDArray[np.uint64],
    nothing: int,
    many: int,
) -> int:
    """Tell all events of a stretch; how many mentions there are."""
    places = np.empty((2, len(FIELDS)), dtype=np.int64)
    inner = np.empty((2, len(FIELDS)), dtype=np.int64)
    mentioned = 0
    for event in range(len(told)):
        row = told[event]
        begin = ends[event - 1] if event > 0 else 0
        stop = ends[event]
        row[RECORDED], stamped = instant(state, begin + STAMP_BEGINS, begin + STAMP_ENDS)
        high, low, _ = identity(streams, 32 * event, 32 * event + 32)
        row[HIGH], row[LOW] = np.int64(high), np.int64(low)
        row[FIRST] = -1
        row[SECOND] = -1
        if not stamped or row[KIND] == OTHER or mentioned + MOST_MENTIONS + 2 > len(mentions):
            continue
        found = _tell(
            state, begin, stop, table, row, event, mentions, mentioned, nothing, many, places, inner
        )
        if found >= 0:
            mentioned = found
            row[UNDERSTOOD] = 1
    return mentioned
