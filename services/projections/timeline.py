"""The timeline: everything that concerned an idea, in order, with who did it; never a text, never a sealed name.

The view keeps which events concern which idea; what they say is read from the ledger, which says it once and for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    select,
)

from services.projections.asof import Moment
from services.projections.database import Views
from services.projections.facts import Declared, Fact
from services.projections.telling import told
from services.projections.view import KEY, Tables, Writing
from shared.errors import NotFound
from shared.events import (
    CanonicalChosen,
    CaseJoined,
    CaseOpened,
    CaseReopened,
    CaseSplit,
    CaseSplitOff,
    CaseTookIn,
    FlagRaised,
    IdeaAmended,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberChanged,
    MemberExcluded,
    MemberJoined,
    MemberLeft,
    MemberRuled,
    PersonRevealed,
    RecognitionRecorded,
    RulingUndone,
)
from shared.ledger.model import Event, Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, Position, Value


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
    """The view of all timelines: a row for each idea that an event concerns."""

    def __init__(self) -> None:
        self.name = "timeline"
        self.version = 3

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """One table, kept in the order in which timelines are read; `n` is the idea's place among those concerned.

        `came` is 1 where the idea comes into the case by the event, -1 where it is taken out, else 0.
        """
        happenings = Table(
            f"timeline_happenings{suffix}",
            metadata,
            Column("idea", KEY, primary_key=True),
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("n", Integer, nullable=False),
            Column("case", KEY),
            Column("came", SmallInteger, nullable=False),
            sqlite_with_rowid=False,
        )
        in_a_case = happenings.c.case.is_not(None)
        Index(
            f"timeline_happenings_of_case{suffix}",
            happenings.c.case,
            sqlite_where=in_a_case,
            postgresql_where=in_a_case,
        )
        return {"happenings": happenings}

    def apply(self, write: Writing, facts: Sequence[Fact]) -> None:
        """Note each fact with every idea that it concerns."""
        members = Members(write, facts)
        rows: list[tuple[object, ...]] = []
        for fact in facts:
            if type(fact.event) is Declared:
                rows.append((fact.stream, fact.position, 0, None, 0))
                continue
            case = fact.stream if fact.topic.startswith("case.") else None
            coming, going = _moves(fact.event)
            if case is not None:
                members.join(case, coming)
            concerned = dict.fromkeys(_concerned(fact, members))
            rows += [
                (idea, fact.position, n, case, (idea in coming) - (idea in going))
                for n, idea in enumerate(concerned)
            ]
            if case is not None:
                members.leave(case, going)
        write.add("happenings", rows)


TIMELINE: Final = Happenings()

WHOLE: Final = (
    CanonicalChosen,
    CaseReopened,
    MemberLeft,
    MemberExcluded,
    CaseSplit,
    CaseTookIn,
    CaseJoined,
)
"""What concerns everybody in a case."""


class Members:
    """Who is in which case, for the events that concern all of them without naming any."""

    def __init__(self, write: Writing, facts: Sequence[Fact]) -> None:
        self._of: dict[str, dict[str, None]] = {}
        asked = sorted({fact.stream for fact in facts if isinstance(fact.event, WHOLE)})
        known = write.having("happenings", "case", asked)
        for row in sorted(known, key=lambda row: (row["position"], row["n"])):
            if row["came"] > 0:
                self.join(row["case"], [row["idea"]])
            elif row["came"] < 0:
                self.leave(row["case"], [row["idea"]])

    def join(self, case: str, ideas: Iterable[str]) -> None:
        """Note that these ideas are in the case."""
        self._of.setdefault(case, {}).update(dict.fromkeys(ideas))

    def leave(self, case: str, ideas: Iterable[str]) -> None:
        """Note that a person took these ideas out of the case; what happens in it concerns them no more."""
        for idea in ideas:
            self._of.get(case, {}).pop(idea, None)

    def of(self, case: str) -> list[str]:
        """The ideas in the case, in the order in which they came."""
        return list(self._of.get(case, ()))


def _concerned(fact: Fact, members: Members) -> list[str]:
    """The ideas that a fact concerns."""
    case = fact.stream
    match fact.event:
        case IdeaAmended() | IdeaWithdrawn() | IdeaRerouted() | RecognitionRecorded():
            return [fact.stream]
        case PersonRevealed(idea=idea):
            return [idea.hex]
        case FlagRaised(idea=idea, of=of):
            return [idea.idea.hex, of.idea.hex]
        case MemberJoined(member=member, of=of):
            return [member.idea.hex, of.hex]
        case MemberRuled(member=ruled, canonical=canonical):
            return [ruled.hex, canonical.hex]
        case RulingUndone(member=ruled, canonical=canonical):
            return [ruled.hex, canonical.hex]
        case MemberChanged(member=member):
            return [member.idea.hex]
        case CaseOpened() | CaseSplitOff():
            return members.of(case)
        case event if isinstance(event, WHOLE):
            return members.of(case)
        case _:
            return []


def _moves(event: Event | Declared) -> tuple[Sequence[str], Sequence[str]]:
    """The ideas that an event brings into its case, and those that it takes out."""
    match event:
        case CaseOpened(members=members):
            return [member.idea.hex for member in members], ()
        case MemberJoined(member=member):
            return [member.idea.hex], ()
        case CaseSplitOff(members=brought) | CaseTookIn(members=brought):
            return [b.member.idea.hex for b in brought], ()
        case MemberExcluded(member=excluded):
            return (), [excluded.hex]
        case CaseSplit(moved=moved):
            return (), [idea.hex for idea in moved]
        case _:
            return (), ()


def timeline(ledger: Ledger, views: Views, idea: UUID, at: Moment) -> Timeline:
    """What concerned the idea up to a position, the oldest first. Raises IdeaIsUnknown."""
    with views.read(TIMELINE) as snapshot:
        position = min(at.position, snapshot.position)
        table = snapshot.tables["happenings"]
        found = snapshot.connection.execute(
            select(table.c.position, table.c.case)
            .where(table.c.idea == idea.hex, table.c.position <= position)
            .order_by(table.c.position)
        ).all()
    if not found:
        raise IdeaIsUnknown(idea, position)
    return Timeline(
        idea=idea,
        at=at.at_home,
        position=position,
        happenings=tuple(
            _happening(recorded, idea, case)
            for place, case in found
            for recorded in ledger.read(place - 1, limit=1)
        ),
    )


def _happening(recorded: Recorded, idea: UUID, case: str | None) -> Happening:
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
        case=UUID(case) if case is not None else None,
        detail=to_jsonable_python(told(event, idea)),
    )
