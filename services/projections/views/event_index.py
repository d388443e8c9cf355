"""The index of events: by what each event of the ledger can be found without reading it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select

from services.projections.views.columns import column_table
from services.projections.views.facts import EVERY, Fact
from services.projections.views.lean import (
    Amended,
    Changed,
    Declared,
    Excluded,
    Flagged,
    Joined,
    Lean,
    Opened,
    Recognised,
    Ruled,
    SplitOff,
    Told,
    TookIn,
    Undone,
)
from services.projections.views.view import Columns, Tables, Writing

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
MANY: Final = "*"
"""In the place of the second unit: the event is about more than two."""
ONE_UNIT: Final = (Declared, Ruled, Recognised, Amended, Undone, Excluded)


@dataclass
class Change:
    """What a stretch of facts adds."""

    events: Columns = ()
    """Column by column."""
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


class EventIndex:
    """The view behind the trail: type, actor and units of every event, as numbers of names."""

    def __init__(self) -> None:
        self.name = "events"
        self.version = 1
        self.topics = EVERY

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`columns` with a row for each event, and the `names` that they have numbers of."""
        names = Table(
            f"events_names{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("name", Text, nullable=False, unique=True),
        )
        columns = column_table(f"events_columns{suffix}", metadata, {EVENTS: OF_EVENTS})
        return {"columns": columns, "names": names}

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
        """Note by what each fact is searched for."""
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
        return change

    def store(self, write: Writing, changes: Sequence[Change]) -> None:
        """Write what stretches of facts add."""
        write.add("names", [name for change in changes for name in change.names])
        write.append(EVENTS, (change.events for change in changes))


EVENT_INDEX: Final = EventIndex()


def units_of(event: Lean) -> list[str]:
    """The codes of the units that an event is about, each once, the first being the one that it names first."""
    find = _UNITS.get(type(event))
    found = find(event) if find is not None else [getattr(event, "unit", "")]
    return [code for code in dict.fromkeys(found) if code]


_UNITS: Final[Mapping[type, Callable[[Any], Iterable[str]]]] = {
    Told: lambda told: (told.unit, told.came_from, told.code, told.parent or ""),
    Flagged: lambda flagged: (flagged.idea.unit, flagged.of.unit),
    Opened: lambda opened: [who.unit for who in opened.members],
    SplitOff: lambda moved: [brought.member.unit for brought in moved.members],
    TookIn: lambda moved: [brought.member.unit for brought in moved.members],
    Joined: lambda joined: (joined.member.unit,),
    Changed: lambda changed: (changed.member.unit,),
}


def two_units(event: Lean) -> tuple[str, str]:
    """The first two of them, with nothing where there are fewer, and MANY for the second of more than two."""
    if type(event) is Flagged:
        one, other = event.idea.unit, event.of.unit
        return one, other if other != one else ""
    found = units_of(event)
    first, second = (*found[:2], "", "")[:2]
    return first, second if len(found) < 3 else MANY
