"""Dockets at the speed of a replay: only what decides in which state a case is, folded in place.

The rules are those of `shared.docket`, by which a reviewer's room folds a case with all that it says; a test holds each
state that is found here against it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from services.projections.views.facts import Fact, micros
from services.projections.views.lean import (
    Brought,
    Changed,
    Chosen,
    Excluded,
    Joined,
    Judged,
    Left,
    Opened,
    Reopened,
    Ruled,
    Split,
    SplitOff,
    TookIn,
    Undone,
    Who,
)
from services.projections.views.standing import LEAVES_NET
from shared.docket import DocketState
from shared.errors import Refusal
from shared.events.mending import CaseJoined

JOINED: Final = CaseJoined.TOPIC


class Seat(Struct, gc=False, array_like=True):
    """A member: by what it may be the canonical one, how it was ruled, and whether it is still here."""

    idea: str
    priority: int
    position: int
    ineligible: bool
    judged: Judged | None = None
    asked_again: bool = False
    left: bool = False
    taken_out: bool = False


class Case(Struct, gc=False, array_like=True):
    """A case as far as its state depends on it; the seats are in the order in which they may be the canonical one."""

    number: int
    seats: list[Seat]
    chosen: str | None = None
    moot: bool = False
    reopened: bool = False
    joined: bool = False

    def canonical(self) -> str | None:
        """The one the others are judged against: a reviewer's choice, else the earliest eligible priority (rule 5.2)."""
        first: str | None = None
        for seat in self.seats:
            if seat.left:
                continue
            if self.chosen is None or seat.idea == self.chosen:
                return seat.idea
            if first is None:
                first = seat.idea
        return first

    def state(self) -> DocketState:
        """Open until every member but the canonical is ruled on; see `Docket.state`."""
        if self.joined:
            return DocketState.JOINED
        if self.moot:
            return DocketState.MOOT
        if self.reopened:
            return DocketState.REOPENED
        canonical = self.canonical()
        for seat in self.seats:
            if (
                not seat.left
                and seat.idea != canonical
                and (seat.judged is None or seat.asked_again)
            ):
                return DocketState.OPEN
        return DocketState.RULED

    def unsettled(self) -> bool:
        """Whether somebody is still asked about; see `Docket`."""
        canonical = self.canonical()
        return any(
            seat.asked_again
            and not seat.left
            and (seat.idea != canonical or (_copy(seat) and self._has_lost_its_ground(seat)))
            for seat in self.seats
        )

    def _has_lost_its_ground(self, seat: Seat) -> bool:
        if seat.judged is None:
            return False
        ground = self.seat(seat.judged.against)
        return ground is None or ground.taken_out

    def seat(self, idea: str) -> Seat | None:
        """The member's seat."""
        for seat in self.seats:
            if seat.idea == idea:
                return seat
        return None

    def seated(self, seats: list[Seat]) -> None:
        """Let members come; whoever was here already comes anew."""
        for seat in seats:
            known = self.seat(seat.idea)
            if known is not None:
                self.seats.remove(known)
            insort(self.seats, seat, key=_rank)


def _rank(seat: Seat) -> tuple[bool, int, int]:
    """By what a member is the canonical one: eligible before ineligible, then the earliest priority (rule 5.2)."""
    return seat.ineligible, seat.priority, seat.position


def _copy(seat: Seat) -> bool:
    return seat.judged is not None and seat.judged.code in LEAVES_NET


def _seat(who: Who) -> Seat:
    return Seat(who.idea, micros(who.priority), who.position, bool(who.ineligible))


def _arriving(brought: Brought) -> Seat:
    seat = _seat(brought.member)
    seat.judged, seat.asked_again, seat.left = brought.judged, brought.asked_again, brought.left
    return seat


def begun(fact: Fact, number: int) -> Case:
    """A case as its first event makes it."""
    event = fact.event
    if isinstance(event, Opened):
        return Case(number, sorted((_seat(who) for who in event.members), key=_rank))
    if isinstance(event, SplitOff):
        seats = sorted((_arriving(brought) for brought in event.members), key=_rank)
        case = Case(number, seats, event.chosen, event.moot)
        case.reopened = case.unsettled()
        return case
    raise Unbegun(fact)


class Unbegun(Refusal):
    """An event of a case that was never opened: the ledger is damaged, or written by another version."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(f"Position {fact.position}: {fact.topic} follows no case.")


def _joined(case: Case, event: Joined) -> None:
    case.seated([_seat(event.member)])
    case.moot = False


def _ruled(case: Case, event: Ruled) -> None:
    seat = case.seat(event.member)
    if seat is not None:
        seat.judged, seat.asked_again = Judged(event.ruling, event.canonical), False
    case.reopened = case.reopened and case.unsettled()


def _undone(case: Case, event: Undone) -> None:
    seat = case.seat(event.member)
    if seat is not None:
        seat.judged, seat.asked_again = event.before, event.asked_again
    case.reopened = case.reopened or event.asked_again


def _chosen(case: Case, event: Chosen) -> None:
    case.chosen = event.member


def _changed(case: Case, event: Changed) -> None:
    seat, who = case.seat(event.member.idea), event.member
    if seat is not None:
        case.seats.remove(seat)
        seat.priority, seat.position = micros(who.priority), who.position
        seat.ineligible = bool(who.ineligible)
        insort(case.seats, seat, key=_rank)


def _left(case: Case, event: Left) -> None:
    seat = case.seat(event.member)
    if seat is not None:
        seat.left = True
    case.moot = event.moot


def _reopened(case: Case, event: Reopened) -> None:
    for seat in case.seats:
        if not seat.left and event.member in {None, seat.idea}:
            seat.asked_again = True
    case.reopened, case.moot = True, False


def _taken_out(seat: Seat) -> None:
    seat.left = seat.taken_out = True
    seat.judged, seat.asked_again = None, False


def _excluded(case: Case, event: Excluded) -> None:
    seat = case.seat(event.member)
    if seat is not None:
        _taken_out(seat)
    case.moot = event.moot


def _split(case: Case, event: Split) -> None:
    for seat in case.seats:
        if seat.idea in event.moved:
            _taken_out(seat)
    for seat in case.seats:
        if not seat.left and seat.judged is not None and seat.judged.against in event.moved:
            seat.asked_again = True
    waiting = any(seat.asked_again for seat in case.seats if not seat.left)
    case.reopened = (case.reopened and waiting) or case.unsettled()
    case.moot = event.moot


def _took_in(case: Case, event: TookIn) -> None:
    case.seated([_arriving(brought) for brought in event.members])
    case.moot = case.moot and sum(not seat.left for seat in case.seats) < 2
    case.reopened = case.reopened or any(b.asked_again and not b.left for b in event.members)


_EVOLVE: Final[Mapping[type, Callable[[Case, Any], None]]] = {
    Joined: _joined,
    Ruled: _ruled,
    Undone: _undone,
    Chosen: _chosen,
    Changed: _changed,
    Left: _left,
    Reopened: _reopened,
    Excluded: _excluded,
    Split: _split,
    TookIn: _took_in,
}


def evolve(case: Case, fact: Fact) -> None:
    """The case after a further event of its own."""
    if fact.topic == JOINED:
        case.joined = True
    else:
        _EVOLVE[type(fact.event)](case, fact.event)
