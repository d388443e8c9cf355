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
    OPEN,
    OPEN_LIST,
    POSITION,
    PRIORITY,
    PROGRAMME,
    RULING,
    SENDER,
    UNIT,
    Inner,
    Places,
    State,
    find,
    find_all,
)
from services.projections.views.wholesale.row import (
    ACTOR,
    AGAINST_HIGH,
    AGAINST_LOW,
    AMENDED,
    BY_POSITION,
    BY_PRIORITY,
    DECLARED,
    ENTERED,
    EXTERNAL_BEGINS,
    FILED,
    FIRST,
    FLAGGED,
    HIGH,
    IDEA_HIGH,
    IDEA_LOW,
    IS_INELIGIBLE,
    IS_OUT,
    JOINED,
    JUDGED,
    KIND,
    LOW,
    MEMBER_HIGH,
    MEMBER_LOW,
    MOST_MENTIONS,
    OF_EVENT,
    OF_PROGRAMME,
    OF_UNIT,
    OPENED,
    OTHER,
    RECORDED,
    REROUTED,
    RULED,
    SECOND,
    SENDER_BEGINS,
    UNDERSTOOD,
    WITHDRAWN,
    Rows,
)
from services.projections.views.wholesale.values import identity, instant, is_plain, named, whole
from services.projections.views.wholesale.words import Table, word
from shared.compiled import compiled

MENTIONS, SEATS = range(2)
STAMP_BEGINS, STAMP_ENDS = len('{"recorded":"'), len('{"recorded":"2022-01-08T00:00:00.000000Z')


@compiled
def _word(table: Table, state: State, places: Places, field: int) -> int:
    """The number of a field's word; -1 where there is none that is plainly written."""
    begin, end = places[0, field], places[1, field]
    if not is_plain(state, begin, end):
        return -1
    return word(table, state, begin + 1, end - 1)


@compiled
def _is_object(state: State, places: Places, field: int) -> bool:
    """Whether a field is there and holds an object, whose places are known then."""
    return bool(places[0, field] >= 0 and state[places[0, field]] == OPEN)


@compiled
def _has_some(state: State, places: Places, field: int) -> int:
    """Whether a list has something in it."""
    begin = places[0, field]
    return int(begin >= 0 and state[begin] == OPEN_LIST and state[begin + 1] != CLOSE_LIST)


@compiled
def _member(state: State, table: Table, inner: Places, seat: Rows) -> tuple[int, np.uint64]:
    """A member of a case or a flag, by its places: its unit (-1 where it is not understood), and its idea."""
    high, low, fits = named(state, inner, IDEA)
    if not fits:
        return -1, np.uint64(0)
    seat[IDEA_HIGH], seat[IDEA_LOW] = np.int64(high), np.int64(low)
    seat[OF_UNIT] = _word(table, state, inner, UNIT)
    return seat[OF_UNIT], low


@compiled
def _seat(state: State, inner: Places, event: int, seat: Rows) -> bool:
    """Note by what a member may be the canonical one; False where it is not understood."""
    priority, is_instant = instant(state, inner[0, PRIORITY] + 1, inner[1, PRIORITY] - 1)
    place, is_whole = whole(state, inner[0, POSITION], inner[1, POSITION])
    seat[OF_EVENT], seat[BY_PRIORITY], seat[BY_POSITION] = event, priority, place
    seat[IS_OUT] = _has_some(state, inner, INELIGIBLE)
    return is_instant and is_whole


@compiled
def _mention(
    mentions: NDArray[np.uint64],
    noted: Rows,
    event: int,
    idea: np.uint64,
    case: np.uint64,
    came: int,
) -> None:
    """Note whom an event mentions."""
    mention = mentions[noted[MENTIONS]]
    mention[0], mention[1], mention[2], mention[3] = event, idea, case, came
    noted[MENTIONS] += 1


@compiled
def _tell(
    state: State,
    begin: int,
    stop: int,
    table: Table,
    row: Rows,
    event: int,
    mentions: NDArray[np.uint64],
    seats: Rows,
    noted: Rows,
    nothing: int,
    many: int,
    places: Places,
    inner: Inner,
) -> bool:
    """Tell one event; False where it was not understood."""
    if find_all(state, begin, stop, places, inner) < 0 or not _is_object(state, places, BY):
        return False
    row[ACTOR] = _word(table, state, inner[BY], NAME)
    if row[ACTOR] < 0:
        return False
    kind = row[KIND]
    row[SECOND] = nothing
    case = np.uint64(row[LOW])
    if kind <= REROUTED:
        row[FIRST] = _word(table, state, places, UNIT)
        if row[FIRST] < 0:
            return False
        if kind == REROUTED:
            # The unit it came from is searched for as well, which the ordinary way sees to.
            row[OF_PROGRAMME] = _word(table, state, places, PROGRAMME)
            return False
        if kind in (AMENDED, WITHDRAWN):
            return True
        row[IS_INELIGIBLE] = _has_some(state, places, INELIGIBLE)
        if kind == DECLARED:
            row[OF_PROGRAMME] = _word(table, state, places, PROGRAMME)
            filed, fits = instant(state, places[0, FILED_AT] + 1, places[1, FILED_AT] - 1)
            if row[OF_PROGRAMME] < 0 or not fits:
                return False
            row[FILED] = filed
            row[ENTERED] = is_given(state, places, ENTERED_BY)
            for field, column in ((SENDER, SENDER_BEGINS), (EXTERNAL_ID, EXTERNAL_BEGINS)):
                if places[0, field] < 0:
                    return False
                row[column], row[column + 1] = places[0, field], places[1, field]
            return brings(state, places, inner, stop, row)
        if kind == RULED:
            row[JUDGED] = _word(table, state, places, RULING)
            member_high, member, is_one = named(state, places, MEMBER)
            against_high, against, is_another = named(state, places, CANONICAL)
            if row[JUDGED] < 0 or not is_one or not is_another:
                return False
            row[MEMBER_HIGH], row[MEMBER_LOW] = np.int64(member_high), np.int64(member)
            row[AGAINST_HIGH], row[AGAINST_LOW] = np.int64(against_high), np.int64(against)
            _mention(mentions, noted, event, member, case, 0)
            _mention(mentions, noted, event, against, case, 0)
        return True
    seat = seats[noted[SEATS]]
    if kind == FLAGGED:
        for field in (IDEA, OF):
            if not _is_object(state, places, field):
                return False
            unit, low = _member(state, table, inner[field], seat)
            if unit < 0:
                return False
            if field == IDEA:
                row[FIRST] = unit
            elif unit != row[FIRST]:
                row[SECOND] = unit
            _mention(mentions, noted, event, low, np.uint64(0), 0)
        return True
    if kind == OPENED:
        at = places[0, MEMBERS]
        if at < 0 or state[at] != OPEN_LIST:
            return False
        at += 1
        units = 0
        while state[at] != CLOSE_LIST:
            seat = seats[noted[SEATS]]
            at = find(state, at, stop, inner[MEMBER])
            if at < 0:
                return False
            unit, low = _member(state, table, inner[MEMBER], seat)
            if unit < 0 or unit == nothing or units == MOST_MENTIONS:
                return False
            if not _seat(state, inner[MEMBER], event, seat):
                return False
            units += 1
            if row[FIRST] < 0:
                row[FIRST] = unit
            elif unit != row[FIRST] and unit != row[SECOND]:
                row[SECOND] = unit if row[SECOND] == nothing else many
            _mention(mentions, noted, event, low, case, 1)
            noted[SEATS] += 1
            if at >= stop:
                return False
            if state[at] == COMMA:
                at += 1
        if units == 0:
            row[FIRST] = nothing
        return True
    # Somebody joined a case, or is another than before.
    if not _is_object(state, places, MEMBER):
        return False
    unit, low = _member(state, table, inner[MEMBER], seat)
    if unit < 0 or not _seat(state, inner[MEMBER], event, seat):
        return False
    row[FIRST] = unit
    _mention(mentions, noted, event, low, case, kind == JOINED)
    noted[SEATS] += 1
    if kind == JOINED:
        _, low, fits = named(state, places, OF)
        if not fits:
            return False
        _mention(mentions, noted, event, low, case, 0)
    return True


@compiled
def tell(
    state: State,
    ends: Rows,
    streams: State,
    table: Table,
    told: Rows,
    mentions: NDArray[np.uint64],
    seats: Rows,
    nothing: int,
    many: int,
) -> tuple[int, int]:
    """Tell all events of a stretch; how many mentions there are, and how many members of whom a case says something."""
    places = np.empty((2, len(FIELDS)), dtype=np.int64)
    inner = np.empty((len(FIELDS), 2, len(FIELDS)), dtype=np.int64)
    noted = np.zeros(2, dtype=np.int64)
    for event in range(len(told)):
        row = told[event]
        begin = ends[event - 1] if event > 0 else 0
        stop = ends[event]
        row[RECORDED], stamped = instant(state, begin + STAMP_BEGINS, begin + STAMP_ENDS)
        high, low, _ = identity(streams, 32 * event, 32 * event + 32)
        row[HIGH], row[LOW] = np.int64(high), np.int64(low)
        row[FIRST] = -1
        row[SECOND] = -1
        mentioned, seated = noted
        if not stamped or row[KIND] == OTHER or mentioned + MOST_MENTIONS + 2 > len(mentions):
            continue
        if _tell(
            state,
            begin,
            stop,
            table,
            row,
            event,
            mentions,
            seats,
            noted,
            nothing,
            many,
            places,
            inner,
        ):
            row[UNDERSTOOD] = 1
        else:
            noted[MENTIONS], noted[SEATS] = mentioned, seated
    return noted[MENTIONS], noted[SEATS]
