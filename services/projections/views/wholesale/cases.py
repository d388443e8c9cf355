"""Cases wholesale: every case of a long history as a row of numbers, its members as a list of such rows.

Compiled code sees to what nearly all cases are: opened, joined by somebody, ruled on, a member being another than before.
The rest is left to the rules in `dockets`, and so is whatever happens later to a case that they had to do with.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from services.projections.views.caseload import PLACES
from services.projections.views.wholesale.identities import Halves, Slots, lookup
from services.projections.views.wholesale.numbering import NO_RULING
from services.projections.views.wholesale.row import (
    AGAINST_HIGH,
    AGAINST_LOW,
    BY_POSITION,
    BY_PRIORITY,
    CHANGED,
    HIGH,
    IDEA_HIGH,
    IDEA_LOW,
    IS_OUT,
    JOINED,
    JUDGED,
    KIND,
    LOW,
    MEMBER_HIGH,
    MEMBER_LOW,
    OF_EVENT,
    OF_UNIT,
    OPENED,
    RULED,
    Rows,
)
from shared.compiled import compiled
from shared.docket import DocketState

# The columns of a case's row: its first seat, the one that the others are judged against.
HEAD, BITS = range(2)
CASE_WIDTH: Final = 2
ELABORATE, TOUCHED = 1, 2
"""Bits: left to the rules in `dockets` from here on; changed in this stretch."""
# The columns of a seat; the seats of a case follow one another in the order of `rank`.
OF_HIGH, OF_LOW, INELIGIBLE, PRIORITY, POSITION, RULING, GROUND_HIGH, GROUND_LOW, NEXT = range(9)
SEAT_WIDTH: Final = 9
NOBODY: Final = -1

COUNTS: Final = 6
CASES, SEATS, STATES, MEMBERS, LEFT, TOUCHES = range(COUNTS)
"""What is counted while a stretch is folded: cases and seats ever, and of the stretch the states and members that are
noted, what is left to the rules, and the cases changed."""
LEFT_WIDTH: Final = 4
"""Of what is left to the rules: the event, its case, the place of its state, and whether the case begins with it."""
_OPEN, _RULED = PLACES[DocketState.OPEN], PLACES[DocketState.RULED]


@compiled
def fold(
    told: Rows,
    positions: Rows,
    came: Rows,
    odd: Rows,
    rulings: Rows,
    cases: tuple[Slots, Halves, Halves, Rows],
    seats: Rows,
    noted: tuple[Rows, Rows, Rows, Rows],
    counts: Rows,
) -> None:
    """Fold a stretch.

    `came` are the members of whom its events say something, `odd` the events of cases that were read in the ordinary way.
    `rulings` has the place among rulings of each word. What is noted are the states of cases (position, case, place of the
    state, which is -1 where the rules must find it), members (position, case, word of the unit), what is left to the rules,
    and the cases that were changed. `counts` goes in and out.
    """
    slots, highs, lows, rows = cases
    states, members, left, touched = noted
    asked = 0
    seat = 0
    for event in range(len(told)):
        row = told[event]
        kind = row[KIND]
        is_odd = asked < len(odd) and odd[asked] == event
        if is_odd:
            asked += 1
        elif kind not in (RULED, OPENED, JOINED, CHANGED):
            continue
        number = lookup(slots, highs, lows, np.uint64(row[HIGH]), np.uint64(row[LOW]))
        begins = number < 0
        if begins:
            slot = ~number
            number = counts[CASES]
            counts[CASES] += 1
            slots[slot] = number
            highs[number], lows[number] = np.uint64(row[HIGH]), np.uint64(row[LOW])
            rows[number, HEAD], rows[number, BITS] = NOBODY, 0
        case = rows[number]
        first = seat
        while seat < len(came) and came[seat, OF_EVENT] == event:
            member = members[counts[MEMBERS]]
            member[0], member[1], member[2] = positions[event], number, came[seat, OF_UNIT]
            counts[MEMBERS] += 1
            seat += 1
        state = states[counts[STATES]]
        state[0], state[1], state[2] = positions[event], number, -1
        counts[STATES] += 1
        if (
            is_odd
            or case[BITS] & ELABORATE
            or begins != (kind == OPENED)
            or (kind == RULED and rulings[row[JUDGED]] == NO_RULING)
        ):
            case[BITS] |= ELABORATE
            leaving = left[counts[LEFT]]
            leaving[0], leaving[1], leaving[2], leaving[3] = (
                event,
                number,
                counts[STATES] - 1,
                int(begins),
            )
            counts[LEFT] += 1
            continue
        if kind == RULED:
            found = _find(case, seats, row[MEMBER_HIGH], row[MEMBER_LOW])
            if found >= 0:
                seats[found, RULING] = rulings[row[JUDGED]]
                seats[found, GROUND_HIGH] = row[AGAINST_HIGH]
                seats[found, GROUND_LOW] = row[AGAINST_LOW]
        else:
            for member_at in range(first, seat):
                _come(case, seats, came[member_at], counts, kind)
        if not case[BITS] & TOUCHED:
            case[BITS] |= TOUCHED
            touched[counts[TOUCHES]] = number
            counts[TOUCHES] += 1
        state[2] = _state(case, seats)


@compiled
def _find(case: Rows, seats: Rows, high: int, low: int) -> int:
    """The seat of an idea, or NOBODY."""
    at = case[HEAD]
    while at >= 0 and (seats[at, OF_LOW] != low or seats[at, OF_HIGH] != high):
        at = seats[at, NEXT]
    return int(at)


@compiled
def _come(case: Rows, seats: Rows, who: Rows, counts: Rows, kind: int) -> None:
    """Give a member its seat, or another one for what it is now; who joins a second time comes anew."""
    at = NOBODY
    if kind != OPENED:
        at = _find(case, seats, who[IDEA_HIGH], who[IDEA_LOW])
    if at >= 0:
        _stand_up(case, seats, at)
    elif kind == CHANGED:
        return
    else:
        at = counts[SEATS]
        counts[SEATS] += 1
    seat = seats[at]
    if kind != CHANGED:
        seat[OF_HIGH], seat[OF_LOW] = who[IDEA_HIGH], who[IDEA_LOW]
        seat[RULING] = NO_RULING
        seat[GROUND_HIGH] = seat[GROUND_LOW] = 0
    seat[INELIGIBLE], seat[PRIORITY], seat[POSITION] = (
        who[IS_OUT],
        who[BY_PRIORITY],
        who[BY_POSITION],
    )
    _sit_down(case, seats, at)


@compiled
def _stand_up(case: Rows, seats: Rows, at: int) -> None:
    """Take a seat out of the order."""
    if case[HEAD] == at:
        case[HEAD] = seats[at, NEXT]
        return
    before = case[HEAD]
    while seats[before, NEXT] != at:
        before = seats[before, NEXT]
    seats[before, NEXT] = seats[at, NEXT]


@compiled
def _sit_down(case: Rows, seats: Rows, at: int) -> None:
    """Put a seat where it belongs: behind those that are no later than it."""
    before, behind = NOBODY, case[HEAD]
    while behind >= 0 and not _is_before(seats[at], seats[behind]):
        before, behind = behind, seats[behind, NEXT]
    seats[at, NEXT] = behind
    if before == NOBODY:
        case[HEAD] = at
    else:
        seats[before, NEXT] = at


@compiled
def _is_before(one: Rows, other: Rows) -> bool:
    """Whether one ranks before another: eligible before ineligible, then the earliest priority (rule 5.2)."""
    for column in (INELIGIBLE, PRIORITY, POSITION):
        if one[column] != other[column]:
            return bool(one[column] < other[column])
    return False


@compiled
def _state(case: Rows, seats: Rows) -> int:
    """Open until every member but the canonical is ruled on; see `Case.state`."""
    at = case[HEAD]
    if at == NOBODY:
        return _RULED
    high, low = seats[at, OF_HIGH], seats[at, OF_LOW]
    while at >= 0:
        seat = seats[at]
        is_canonical = seat[OF_LOW] == low and seat[OF_HIGH] == high
        if seat[RULING] == NO_RULING and not is_canonical:
            return _OPEN
        at = seat[NEXT]
    return _RULED
