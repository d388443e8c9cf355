"""Mentions: who is meant by which event of a flag or a case, and by what every event can be found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import MetaData

from services.projections.views.columns import column_table
from services.projections.views.facts import Fact
from services.projections.views.lean import (
    Changed,
    Excluded,
    Flagged,
    Joined,
    Opened,
    Revealed,
    Ruled,
    Split,
    SplitOff,
    TookIn,
    Undone,
)
from services.projections.views.view import Columns, Tables, Writing
from shared.events.access import PersonRevealed
from shared.events.case import CanonicalChosen, CaseReopened, MemberLeft
from shared.events.matching import FlagRaised
from shared.events.mending import CaseJoined, CaseSplit, CaseTookIn, MemberExcluded
from shared.events.register import EVENTS as KINDS
from shared.vocabulary import Position

MENTIONS: Final = "mentions"
OF_MENTIONS: Final = {"position": "<i8", "idea": "<u8", "case": "<u8", "came": "|i1"}
Mention = tuple[int, int, int, int]
"""Position, idea, case, and 1 where the idea comes into the case, -1 where it goes; without an idea, everybody in it."""
OF_CASES: Final = frozenset(topic for topic in KINDS if topic.startswith("case."))
ELSEWHERE: Final = OF_CASES | {FlagRaised.TOPIC, PersonRevealed.TOPIC}
WHOLE: Final = frozenset(
    kind.TOPIC
    for kind in (
        CanonicalChosen,
        CaseReopened,
        MemberLeft,
        MemberExcluded,
        CaseSplit,
        CaseTookIn,
        CaseJoined,
    )
)
"""What concerns everybody in a case."""


class Happenings:
    """The view of what happened to ideas in flags and cases; an idea's own events are found by its stream."""

    def __init__(self) -> None:
        self.name = "timeline"
        self.version = 5
        self.topics = frozenset(ELSEWHERE)

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`columns` with a row for each mention."""
        families = {MENTIONS: OF_MENTIONS}
        return {"columns": column_table(f"timeline_columns{suffix}", metadata, families)}

    def recall(self, write: Writing, facts: Sequence[Fact] | None) -> None:
        """Nothing of the past matters to who is mentioned."""

    def fold(self, memory: None, facts: Sequence[Fact]) -> Columns:
        """Note whom each fact mentions, column by column."""
        rows = [row for fact in facts if fact.topic in ELSEWHERE for row in mentions(fact)]
        return list(zip(*rows, strict=True))

    def store(self, write: Writing, changes: Sequence[Columns]) -> None:
        """Write what stretches of facts add."""
        write.append(MENTIONS, changes)


TIMELINE: Final = Happenings()


def short(uuid: str) -> int:
    """The last 64 bits of an id, all random or hashed: enough to tell any two ideas or cases of a ledger apart."""
    return int(uuid[-16:] if len(uuid) == 32 else uuid[-17:-13] + uuid[-12:], 16)


def mentions(fact: Fact) -> list[Mention]:
    """Whom an event of a flag or a case mentions."""
    event, position = fact.event, fact.position
    case = short(fact.stream) if fact.topic in OF_CASES else 0
    find = _MENTIONED.get(type(event))
    if find is not None:
        return find(event, position, case)
    return [(position, 0, case, 0)] if fact.topic in WHOLE else []


def _flagged(event: Flagged, position: Position, case: int) -> list[Mention]:
    return [(position, short(event.idea.idea), 0, 0), (position, short(event.of.idea), 0, 0)]


def _revealed(event: Revealed, position: Position, case: int) -> list[Mention]:
    return [(position, short(event.idea), 0, 0)]


def _opened(event: Opened, position: Position, case: int) -> list[Mention]:
    return [(position, short(who.idea), case, 1) for who in event.members]


def _joined(event: Joined, position: Position, case: int) -> list[Mention]:
    return [(position, short(event.member.idea), case, 1), (position, short(event.of), case, 0)]


def _ruled(event: Ruled | Undone, position: Position, case: int) -> list[Mention]:
    return [(position, short(event.member), case, 0), (position, short(event.canonical), case, 0)]


def _changed(event: Changed, position: Position, case: int) -> list[Mention]:
    return [(position, short(event.member.idea), case, 0)]


def _split_off(event: SplitOff, position: Position, case: int) -> list[Mention]:
    return [(position, short(brought.member.idea), case, 1) for brought in event.members]


def _took_in(event: TookIn, position: Position, case: int) -> list[Mention]:
    came = [(position, short(brought.member.idea), case, 1) for brought in event.members]
    return [*came, (position, 0, case, 0)]


def _excluded(event: Excluded, position: Position, case: int) -> list[Mention]:
    return [(position, 0, case, 0), (position, short(event.member), case, -1)]


def _split(event: Split, position: Position, case: int) -> list[Mention]:
    return [(position, 0, case, 0), *((position, short(idea), case, -1) for idea in event.moved)]


_MENTIONED: Final[Mapping[type, Callable[[Any, Position, int], list[Mention]]]] = {
    Flagged: _flagged,
    Revealed: _revealed,
    Opened: _opened,
    Joined: _joined,
    Ruled: _ruled,
    Undone: _ruled,
    Changed: _changed,
    SplitOff: _split_off,
    TookIn: _took_in,
    Excluded: _excluded,
    Split: _split,
}
