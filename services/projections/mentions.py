"""Mentions: who is meant by which event of a flag or a case, and by what every event can be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select

from services.projections.columns import column_table
from services.projections.facts import EVERY, Fact
from services.projections.lean import (
    Amended,
    Changed,
    Declared,
    Excluded,
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
from services.projections.view import Tables, Writing
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
