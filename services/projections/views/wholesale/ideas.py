"""Ideas wholesale: every idea of a long history as a row of numbers, and what a stretch of the ledger makes of them.

Compiled code sees to what nearly all events are: a declaration, a first ruling, a recognition. The rest is left to the
rules in `standing`, in the order of the ledger, and so is whatever happens later to an idea that they had to do with.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from services.projections.views.entries import COLUMNS
from services.projections.views.standing import CAUSES, LEAVES_NET
from services.projections.views.wholesale.identities import Halves, Slots, lookup
from services.projections.views.wholesale.row import (
    BENEFIT,
    DECLARED,
    DIRECT,
    ENTERED,
    FILED,
    FIRST,
    HIGH,
    IS_INELIGIBLE,
    IS_RECOGNISED,
    IS_VERIFIED,
    JUDGED,
    KIND,
    LOW,
    MEMBER_HIGH,
    MEMBER_LOW,
    OF_PROGRAMME,
    PEOPLE,
    POSTS,
    RECOGNISED,
    RECORDED,
    REROUTED,
    RULED,
    SURE,
    Rows,
)
from shared.compiled import compiled
from shared.events.case import MemberRuled
from shared.events.idea import RecognitionRecorded
from shared.vocabulary import Ruling

# The columns of an idea's row. A plain idea stands just as it was declared, but for its eligibility and one ruling.
CELL, SINCE, STATE, CASE_HIGH, CASE_LOW = range(5)
OF_PEOPLE, OF_BENEFIT, OF_POSTS, OF_DIRECT, OF_SURE = range(5, 10)
WIDTH: Final = 10
OUT_OF_LAW, TYPED, RULED_OUT, ELABORATE, TOUCHED = 1, 2, 4, 8, 16
"""Bits of STATE: ineligible; entered by somebody else; ruled a copy, in one case; left to the rules in `standing` from
here on; changed in this stretch."""

(
    POSITION,
    ENTRY_RECORDED,
    ENTRY_EFFECTIVE,
    ENTRY_FILED,
    ENTRY_CELL,
    ENTRY_IDEA,
    ENTRY_CAUSE,
    ENTRY_ENTERED,
    GROSS,
    NET,
    DUPLICATE,
    MORE_PEOPLE,
    MORE_BENEFIT,
    MORE_POSTS,
    MORE_DIRECT,
    MORE_RECOGNISED,
    MORE_VERIFIED,
) = range(len(COLUMNS))
"""The columns of an entry, in the order of COLUMNS."""

COUNTS: Final = 5
IDEAS, CELLS, ENTRIES, LEFT, CHANGED = range(COUNTS)
"""What is counted while a stretch is folded: ideas and cells ever, and of the stretch its entries, what is left to the
rules, and the ideas changed."""
_RULED_AS: Final = np.array(
    [CAUSES.index(f"{MemberRuled.TOPIC} {ruling.value}") for ruling in Ruling], dtype=np.int64
)
_LEAVES: Final = np.array([ruling.value in LEAVES_NET for ruling in Ruling])
_RECOGNISED_AS: Final = CAUSES.index(RecognitionRecorded.TOPIC)


@compiled
def fold(
    told: Rows,
    positions: Rows,
    concerned: Rows,
    rulings: Rows,
    ideas: tuple[Slots, Halves, Halves, Rows],
    cells: tuple[Slots, Halves, Halves],
    entries: Rows,
    left: Rows,
    touched: Rows,
    counts: Rows,
) -> int:
    """Fold a stretch; -1, or the event that follows no declaration or declares an idea a second time.

    `concerned` are the rows of events whose ideas were found in the ordinary way: the event, and the idea's two halves.
    `rulings` has the place among rulings of each word. `left` takes each event that is left to the rules, with the number
    of an idea that it concerns. `counts` goes in and out.
    """
    slots, highs, lows, rows = ideas
    cell_slots, programmes, units = cells
    asked = 0
    for event in range(len(told)):
        while asked < len(concerned) and concerned[asked, 0] == event:
            number = lookup(
                slots, highs, lows, np.uint64(concerned[asked, 1]), np.uint64(concerned[asked, 2])
            )
            if number < 0:
                return event
            _leave(left, counts, rows[number], event, number)
            asked += 1
        row = told[event]
        kind = row[KIND]
        if kind > REROUTED:
            continue
        if kind == RULED:
            number = lookup(
                slots, highs, lows, np.uint64(row[MEMBER_HIGH]), np.uint64(row[MEMBER_LOW])
            )
        else:
            number = lookup(slots, highs, lows, np.uint64(row[HIGH]), np.uint64(row[LOW]))
        if kind == DECLARED:
            if number >= 0:
                return event
            slot = ~number
            number = counts[IDEAS]
            counts[IDEAS] += 1
            slots[slot] = number
            highs[number], lows[number] = np.uint64(row[HIGH]), np.uint64(row[LOW])
            found = lookup(
                cell_slots, programmes, units, np.uint64(row[OF_PROGRAMME]), np.uint64(row[FIRST])
            )
            if found < 0:
                found = _new_cell(cells, ~found, row[OF_PROGRAMME], row[FIRST], counts)
            state = OUT_OF_LAW if row[IS_INELIGIBLE] else 0
            if row[ENTERED]:
                state |= TYPED
            idea = rows[number]
            idea[CELL], idea[SINCE], idea[STATE] = found, row[FILED], state
            idea[CASE_HIGH] = idea[CASE_LOW] = 0
            idea[OF_PEOPLE], idea[OF_BENEFIT] = row[PEOPLE], row[BENEFIT]
            idea[OF_POSTS], idea[OF_DIRECT], idea[OF_SURE] = row[POSTS], row[DIRECT], row[SURE]
            entry = _entry(entries, counts, positions[event], row[RECORDED], idea, number, 0)
            entry[GROSS] = 1
            entry[NET] = 0 if row[IS_INELIGIBLE] else 1
            entry[MORE_PEOPLE], entry[MORE_BENEFIT] = row[PEOPLE], row[BENEFIT]
            entry[MORE_POSTS], entry[MORE_DIRECT] = row[POSTS], row[DIRECT]
            entry[MORE_RECOGNISED] = row[BENEFIT] if row[SURE] == IS_RECOGNISED else 0
            entry[MORE_VERIFIED] = row[BENEFIT] if row[SURE] == IS_VERIFIED else 0
            continue
        if number < 0:
            return event
        idea = rows[number]
        if kind == REROUTED:
            # Cells are numbered in the order of the ledger, whoever enters what is counted in them.
            programme = programmes[idea[CELL]]
            found = lookup(cell_slots, programmes, units, programme, np.uint64(row[FIRST]))
            if found < 0:
                _new_cell(cells, ~found, int(programme), row[FIRST], counts)
        state = idea[STATE]
        if not state & ELABORATE and kind == RECOGNISED:
            after = state & ~OUT_OF_LAW
            if row[IS_INELIGIBLE]:
                after |= OUT_OF_LAW
            _touch(touched, counts, idea, number, after)
            net = _net(after) - _net(state)
            if net != 0:
                entry = _entry(
                    entries, counts, positions[event], row[RECORDED], idea, number, _RECOGNISED_AS
                )
                entry[NET] = net
            continue
        if not state & ELABORATE and kind == RULED:
            here = idea[CASE_HIGH] == row[HIGH] and idea[CASE_LOW] == row[LOW]
            ruling = rulings[row[JUDGED]]
            leaves = ruling >= 0 and _LEAVES[ruling]
            if ruling >= 0 and (not (state & RULED_OUT) or here):
                after = state & ~RULED_OUT
                idea[CASE_HIGH] = idea[CASE_LOW] = 0
                if leaves:
                    after |= RULED_OUT
                    idea[CASE_HIGH], idea[CASE_LOW] = row[HIGH], row[LOW]
                _touch(touched, counts, idea, number, after)
                net = _net(after) - _net(state)
                duplicate = int(after & RULED_OUT != 0) - int(state & RULED_OUT != 0)
                if net != 0 or duplicate != 0:
                    entry = _entry(
                        entries,
                        counts,
                        positions[event],
                        row[RECORDED],
                        idea,
                        number,
                        _RULED_AS[ruling],
                    )
                    entry[NET], entry[DUPLICATE] = net, duplicate
                continue
            if ruling >= 0 and not leaves:
                # It stands as it stood: ruled a copy elsewhere, and here still none.
                _touch(touched, counts, idea, number, state)
                continue
        _leave(left, counts, idea, event, number)
    return -1


@compiled
def _leave(left: Rows, counts: Rows, idea: Rows, event: int, number: int) -> None:
    """Leave what an event makes of an idea, and whatever becomes of that idea later, to the rules."""
    idea[STATE] |= ELABORATE
    left[counts[LEFT], 0], left[counts[LEFT], 1] = event, number
    counts[LEFT] += 1


@compiled
def _net(state: int) -> int:
    """Whether an idea counts in net."""
    return 0 if state & (OUT_OF_LAW | RULED_OUT) else 1


@compiled
def _touch(touched: Rows, counts: Rows, idea: Rows, number: int, state: int) -> None:
    """Note how an idea now stands, and once that the stretch has changed it."""
    if not state & TOUCHED:
        touched[counts[CHANGED]] = number
        counts[CHANGED] += 1
    idea[STATE] = state | TOUCHED


@compiled
def _new_cell(
    cells: tuple[Slots, Halves, Halves], slot: int, programme: int, unit: int, counts: Rows
) -> int:
    slots, programmes, units = cells
    cell = counts[CELLS]
    counts[CELLS] += 1
    slots[slot] = cell
    programmes[cell], units[cell] = np.uint64(programme), np.uint64(unit)
    return int(cell)


@compiled
def _entry(
    entries: Rows, counts: Rows, position: int, recorded: int, idea: Rows, number: int, cause: int
) -> Rows:
    """A further entry, true from when its idea was filed, which changes nothing yet."""
    entry: Rows = entries[counts[ENTRIES]]
    counts[ENTRIES] += 1
    entry[:] = 0
    entry[POSITION], entry[ENTRY_RECORDED] = position, recorded
    entry[ENTRY_EFFECTIVE] = entry[ENTRY_FILED] = idea[SINCE]
    entry[ENTRY_CELL], entry[ENTRY_IDEA], entry[ENTRY_CAUSE] = idea[CELL], number, cause
    entry[ENTRY_ENTERED] = int(idea[STATE] & TYPED != 0)
    return entry
