"""The caseload wholesale: the view of all cases, filled a long stretch at a time."""

from __future__ import annotations

import numpy as np
from msgspec.json import encode

from services.projections.views.caseload import PLACES, TOPICS, Change, Memory
from services.projections.views.dockets import Case, begun, evolve
from services.projections.views.wholesale.cases import (
    BITS,
    CASE_WIDTH,
    CASES,
    COUNTS,
    ELABORATE,
    HEAD,
    LEFT,
    LEFT_WIDTH,
    MEMBERS,
    NOBODY,
    SEAT_WIDTH,
    SEATS,
    STATES,
    TOUCHED,
    TOUCHES,
    fold,
)
from services.projections.views.wholesale.dockets import dockets, plain, seat_rows
from services.projections.views.wholesale.identities import Identities, with_room
from services.projections.views.wholesale.numbering import Numbering, Rulings
from services.projections.views.wholesale.row import CHANGED, JOINED, KIND, OPENED, RULED, Rows
from services.projections.views.wholesale.stretch import Stretch


class WholeCaseload:
    """All cases in mind, and what stretch after stretch makes of them."""

    def __init__(self, memory: Memory) -> None:
        self._units = Numbering(memory.units)
        self._rulings = Rulings()
        self._elaborate: dict[int, Case] = {}
        self._counts = np.zeros(COUNTS, dtype=np.int64)
        self._recall(memory)

    def _recall(self, memory: Memory) -> None:
        """Have in mind what was stored before."""
        cases = sorted(memory.cases.items(), key=lambda found: found[1].number)
        self._ids = Identities([divmod(int(stream, 16), 1 << 64) for stream, _ in cases])
        self._rows = np.empty((len(cases), CASE_WIDTH), dtype=np.int64)
        seats = sum(len(case.seats) for _, case in cases)
        self._seats = np.empty((seats, SEAT_WIDTH), dtype=np.int64)
        for _, case in cases:
            seated = int(self._counts[SEATS])
            rows = seat_rows(case, seated)
            self._rows[case.number] = NOBODY, ELABORATE
            if rows is None:
                self._elaborate[case.number] = case
                continue
            self._rows[case.number] = seated if len(rows) else NOBODY, 0
            self._seats[seated : seated + len(rows)] = rows
            self._counts[SEATS] += len(rows)
        self._counts[CASES] = len(cases)

    def _make_room(self, cases: int, seats: int) -> None:
        """Let there be room for so many further cases and seats."""
        known, seated = int(self._counts[CASES]), int(self._counts[SEATS])
        self._ids.make_room(known, cases)
        self._rows = with_room(self._rows, known, known + cases)
        self._seats = with_room(self._seats, seated, seated + seats)

    def take(self, stretch: Stretch) -> Change:
        """What a stretch changes: new cases, how cases now stand, each state on the way, and whose units were told."""
        odd = [event for event, fact in stretch.odd.items() if fact.topic in TOPICS]
        plain_ones = np.isin(stretch.told[:, KIND], (RULED, OPENED, JOINED, CHANGED))
        most = int(np.count_nonzero(plain_ones)) + len(odd)
        self._make_room(most, len(stretch.seats))
        known = int(self._counts[CASES])
        states = np.empty((most, 3), dtype=np.int64)
        members = np.empty((len(stretch.seats), 3), dtype=np.int64)
        left = np.empty((most, LEFT_WIDTH), dtype=np.int64)
        touched = np.empty(most, dtype=np.int64)
        self._counts[[STATES, MEMBERS, LEFT, TOUCHES]] = 0
        fold(
            stretch.told,
            stretch.positions,
            stretch.seats,
            np.array(odd, dtype=np.int64),
            self._rulings.places(stretch.texts),
            (*self._ids.table, self._rows),
            self._seats,
            (states, members, left, touched),
            self._counts,
        )
        states = states[: self._counts[STATES]]
        change = Change()
        by_rules = self._by_rules(stretch, left[: self._counts[LEFT]], states)
        change.states = list(states.T)
        members = members[: self._counts[MEMBERS]]
        units, change.units = self._units.numbers(members[:, 2], stretch.texts)
        change.members = [members[:, 0], members[:, 1], units]
        change.cases = _begun(stretch, states, known)
        change.dockets = self._as_stored(touched[: self._counts[TOUCHES]])
        change.dockets.update((number, encode(case).decode()) for number, case in by_rules.items())
        return change

    def _by_rules(self, stretch: Stretch, left: Rows, states: Rows) -> dict[int, Case]:
        """The cases of what was left to the rules, after it; the states in between are noted."""
        events = np.unique(left[:, 0]).tolist()
        facts = dict(zip(events, stretch.facts(events), strict=True))
        changed = {}
        for event, number, place, begins in left.tolist():
            fact = facts[event]
            if begins:
                case = begun(fact, number)
            else:
                case = self._elaborate.get(number) or plain(
                    number, int(self._rows[number, HEAD]), self._seats
                )
                evolve(case, fact)
            states[place, 2] = PLACES[case.state()]
            changed[number] = self._elaborate[number] = case
        return changed

    def _as_stored(self, touched: Rows) -> dict[int, str]:
        """How those plain cases now stand that the stretch changed."""
        self._rows[touched, BITS] &= ~TOUCHED
        still = touched[self._rows[touched, BITS] & ELABORATE == 0]
        return dict(zip(still.tolist(), dockets(still, self._rows, self._seats), strict=True))


def _begun(stretch: Stretch, states: Rows, known: int) -> list[tuple[object, ...]]:
    """The cases that began in a stretch, by their first states: number, id, and where it began."""
    numbers, first = np.unique(states[:, 1], return_index=True)
    new = numbers >= known
    positions = states[first[new], 0]
    events = np.searchsorted(stretch.positions, positions)
    return list(
        zip(numbers[new].tolist(), stretch.streams(events), positions.tolist(), strict=True)
    )
