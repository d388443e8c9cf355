"""The timeline: everything that concerned an idea, in order, with who did it; never a text, never a sealed name.

The view keeps which events concern which idea; what they say is read from the ledger, which says it once and for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from pydantic_core import to_jsonable_python
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select

from services.projections.asof import Moment
from services.projections.columns import column_table
from services.projections.database import Views
from services.projections.facts import (
    EVERY,
    Amended,
    Changed,
    Declared,
    Excluded,
    Fact,
    Flagged,
    Joined,
    Lean,
    Opened,
    Recognised,
    Revealed,
    Ruled,
    Split,
    SplitOff,
    Told,
    TookIn,
    Undone,
)
from services.projections.telling import told
from services.projections.view import Snapshot, Tables, Writing
from shared.errors import NotFound
from shared.events import EVENTS as KINDS
from shared.events import (
    CanonicalChosen,
    CaseJoined,
    CaseReopened,
    CaseSplit,
    CaseTookIn,
    FlagRaised,
    MemberExcluded,
    MemberLeft,
    PersonRevealed,
)
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, Position, Value

EVENTS: Final = "events"
OF_EVENTS: Final = {
    "position": "<i8",
    "recorded": "<i8",
    "topic": "<i4",
    "actor": "<i4",
    "unit": "<i4",
    "other": "<i4",
}
"""An event: where and when it is on record, and the numbers of its type, of who did it, and of two units it is about."""
MENTIONS: Final = "mentions"
OF_MENTIONS: Final = {"position": "<i8", "idea": "<u8", "case": "<u8", "came": "|i1"}
MANY: Final = "*"
"""In the place of the second unit: the event is about more than two."""
ONE_UNIT: Final = (Declared, Ruled, Recognised, Amended, Undone, Excluded)
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


@dataclass
class Change:
    """What a stretch of facts adds."""

    events: list[list[int]] = field(default_factory=list)
    mentions: list[tuple[int, ...]] = field(default_factory=list)
    names: list[tuple[object, ...]] = field(default_factory=list)


@dataclass
class Names:
    """Numbers for words that recur: types of events, actors, units."""

    known: dict[str, int]
    following: int

    def add(self, name: str, change: Change) -> None:
        """Give a new word a number, which is noted in the change."""
        self.known[name] = self.following
        change.names.append((self.following, name))
        self.following += 1


class Happening(Value):
    """One event that concerned the idea: when it was recorded, from when it is true, and who did it for whom."""

    position: Position
    topic: str
    recorded: datetime
    effective: datetime
    actor: str
    role: str
    source: str
    on_behalf_of: str | None
    correlation: UUID
    case: UUID | None
    detail: dict[str, object]


class Timeline(Value):
    """An idea's history as known at a position."""

    idea: UUID
    at: datetime
    position: Position
    happenings: tuple[Happening, ...]


class IdeaIsUnknown(NotFound):
    """Nothing concerned this idea up to the position."""

    code = "unknown-idea"

    def __init__(self, idea: UUID, position: Position) -> None:
        super().__init__(
            f"No idea {idea} is on record as of position {position}. Check the id, or ask for a later one.",
            idea=str(idea),
        )


class Happenings:
    """The view behind timelines and the trail: who is mentioned in which event, and what each event can be found by.

    An idea's own events are found by its stream; here is what happened to it elsewhere, in flags and cases.
    """

    def __init__(self) -> None:
        self.name = "timeline"
        self.version = 4
        self.topics = EVERY

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`columns` with a row for each event and a row for each mention, and the `names` that they have numbers of."""
        names = Table(
            f"timeline_names{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("name", Text, nullable=False, unique=True),
        )
        return {
            "columns": column_table(
                f"timeline_columns{suffix}", metadata, {EVENTS: OF_EVENTS, MENTIONS: OF_MENTIONS}
            ),
            "names": names,
        }

    def recall(self, write: Writing, facts: Sequence[Fact] | None) -> Names:
        """The numbers of all names, or of those that some facts use."""
        table = write.tables["names"].c
        if facts is None:
            rows = write.all("names")
        else:
            used = {
                word
                for fact in facts
                for word in (fact.topic, fact.event.by.name, *two_units(fact.event))
            }
            rows = write.having("names", "name", sorted(used))
        last = write.connection.scalar(select(func.max(table.number)))
        return Names({row["name"]: row["number"] for row in rows}, 0 if last is None else last + 1)

    def fold(self, memory: Names, facts: Sequence[Fact]) -> Change:
        """Note each fact, and whom it mentions."""
        change = Change()
        known = memory.known
        events = [fact.event for fact in facts]
        topics = [fact.topic for fact in facts]
        actors = [event.by.name for event in events]
        # The events that are most of a ledger name one unit; for those no function is called.
        units = [
            (event.unit, "") if isinstance(event, ONE_UNIT) else two_units(event)
            for event in events
        ]
        firsts, seconds = ([pair[n] for pair in units] for n in (0, 1))
        if not known.keys() >= {*topics, *actors, *firsts, *seconds}:
            # In the order of the ledger, so that numbers do not depend on where pages end.
            for row in zip(topics, actors, firsts, seconds, strict=True):
                for word in row:
                    if word not in known:
                        memory.add(word, change)
        change.events = [
            [fact.position for fact in facts],
            [fact.recorded for fact in facts],
            *([known[word] for word in words] for words in (topics, actors, firsts, seconds)),
        ]
        for fact in facts:
            if fact.topic in ELSEWHERE:
                change.mentions += mentions(fact)
        return change

    def store(self, write: Writing, change: Change) -> None:
        """Write what a stretch of facts adds."""
        write.add("names", change.names)
        write.append(EVENTS, change.events)
        write.append(MENTIONS, list(zip(*change.mentions, strict=True)))


TIMELINE: Final = Happenings()


def short(uuid: str) -> int:
    """The last 64 bits of an id, all random or hashed: enough to tell any two ideas or cases of a ledger apart."""
    return int(uuid[-16:] if len(uuid) == 32 else uuid[-17:-13] + uuid[-12:], 16)


def units_of(event: Lean) -> list[str]:
    """The codes of the units that an event is about, each once, the first being the one that it names first."""
    match event:
        case Told():
            found = [event.unit, event.came_from, event.code, event.parent or ""]
        case Flagged():
            found = [event.idea.unit, event.of.unit]
        case Opened():
            found = [who.unit for who in event.members]
        case SplitOff() | TookIn():
            found = [brought.member.unit for brought in event.members]
        case Joined() | Changed():
            found = [event.member.unit]
        case _:
            found = [getattr(event, "unit", "")]
    return [code for code in dict.fromkeys(found) if code]


def two_units(event: Lean) -> tuple[str, str]:
    """The first two of them, with nothing where there are fewer, and MANY for the second of more than two."""
    found = units_of(event)
    first, second = (*found[:2], "", "")[:2]
    return first, second if len(found) < 3 else MANY


def mentions(fact: Fact) -> list[tuple[int, ...]]:
    """Whom an event of a flag or a case mentions: position, idea, case, and 1 where it comes into the case, -1 where it goes.

    A row without an idea means everybody who is in the case then.
    """
    event, position = fact.event, fact.position
    case = short(fact.stream) if fact.topic in OF_CASES else 0
    match event:
        case Flagged(idea=idea, of=of):
            return [(position, short(who.idea), 0, 0) for who in (idea, of)]
        case Revealed(idea=idea):
            return [(position, short(idea), 0, 0)]
        case Opened(members=members):
            return [(position, short(who.idea), case, 1) for who in members]
        case Joined(member=member, of=of):
            return [(position, short(member.idea), case, 1), (position, short(of), case, 0)]
        case Ruled(member=member, canonical=canonical) | Undone(member=member, canonical=canonical):
            return [(position, short(idea), case, 0) for idea in (member, canonical)]
        case Changed(member=member):
            return [(position, short(member.idea), case, 0)]
    everybody: list[tuple[int, ...]] = [(position, 0, case, 0)] if fact.topic in WHOLE else []
    match event:
        case SplitOff(members=carried) | TookIn(members=carried):
            came = [(position, short(c.member.idea), case, 1) for c in carried]
            return [*came, *everybody]
        case Excluded(member=excluded):
            return [*everybody, (position, short(excluded), case, -1)]
        case Split(moved=moved):
            return [*everybody, *((position, short(idea), case, -1) for idea in moved)]
        case _:
            return everybody


def _elsewhere(snapshot: Snapshot, idea: UUID, until: Position) -> list[Position]:
    """The positions of what happened to an idea in flags and cases."""
    position, who, case, came = snapshot.columns(MENTIONS, list(OF_MENTIONS), until)
    me = short(idea.hex)
    mine = np.flatnonzero(who == np.uint64(me))
    cases = np.unique(case[mine])
    told = np.flatnonzero((who == 0) & np.isin(case, cases[cases != 0]))
    found: dict[Position, None] = {}
    inside: set[int] = set()
    for row in np.sort(np.concatenate([mine, told])).tolist():
        at, there = int(position[row]), int(case[row])
        if who[row] == 0:
            if there in inside:
                found[at] = None
            continue
        found[at] = None
        if came[row] > 0:
            inside.add(there)
        elif came[row] < 0:
            inside.discard(there)
    return list(found)


def timeline(ledger: Ledger, views: Views, idea: UUID, at: Moment) -> Timeline:
    """What concerned the idea up to a position, the oldest first. Raises IdeaIsUnknown."""
    with views.read(TIMELINE) as snapshot:
        position = min(at.position, snapshot.position)
        elsewhere = _elsewhere(snapshot, idea, position)
    own = [recorded for recorded in ledger.history(idea) if recorded.position <= position]
    if not own:
        raise IdeaIsUnknown(idea, position)
    told = [found for place in elsewhere for found in ledger.read(place - 1, limit=1)]
    return Timeline(
        idea=idea,
        at=at.at_home,
        position=position,
        happenings=tuple(
            _happening(recorded, idea)
            for recorded in sorted([*own, *told], key=lambda recorded: recorded.position)
        ),
    )


def _happening(recorded: Recorded, idea: UUID) -> Happening:
    event = recorded.event
    by = event.by
    return Happening(
        position=recorded.position,
        topic=event.TOPIC,
        recorded=recorded.recorded.astimezone(HOME),
        effective=recorded.effective.astimezone(HOME),
        actor=by.name,
        role=by.role,
        source=by.source,
        on_behalf_of=by.on_behalf_of,
        correlation=by.correlation,
        case=event.originator_id if event.TOPIC in OF_CASES else None,
        detail=to_jsonable_python(told(event, idea)),
    )
