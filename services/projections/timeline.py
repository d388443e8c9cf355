"""The timeline: everything that concerned an idea, in order, with who did it; never a text, never a sealed name.

The view keeps which events concern which idea; what they say is read from the ledger, which says it once and for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, select

from services.projections.asof import Moment
from services.projections.database import Views
from services.projections.facts import Declared, Fact
from services.projections.view import KEY, Tables, Writing
from shared.errors import NotFound
from shared.events import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    FlagRaised,
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
    PersonRevealed,
    RecognitionRecorded,
)
from shared.ledger.model import Event, Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, Member, Position, Value


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
        self.version = 2

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """One table, kept in the order in which timelines are read; `n` is the idea's place among those concerned."""
        happenings = Table(
            f"timeline_happenings{suffix}",
            metadata,
            Column("idea", KEY, primary_key=True),
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("n", Integer, nullable=False),
            Column("case", KEY),
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
                rows.append((fact.stream, fact.position, 0, None))
                continue
            case = fact.stream if fact.topic.startswith("case.") else None
            concerned = dict.fromkeys(_concerned(fact, members))
            rows += [(idea, fact.position, n, case) for n, idea in enumerate(concerned)]
        write.add("happenings", rows)


TIMELINE: Final = Happenings()


class Members:
    """Who came into which case, for the events that concern all of them without naming any."""

    def __init__(self, write: Writing, facts: Sequence[Fact]) -> None:
        self._of: dict[str, dict[str, None]] = {}
        whole = (CanonicalChosen, CaseReopened, MemberLeft)
        asked = sorted({fact.stream for fact in facts if isinstance(fact.event, whole)})
        known = write.having("happenings", "case", asked)
        for row in sorted(known, key=lambda row: (row["position"], row["n"])):
            self.join(row["case"], [row["idea"]])

    def join(self, case: str, ideas: Iterable[str]) -> None:
        """Note that these ideas are in the case."""
        self._of.setdefault(case, {}).update(dict.fromkeys(ideas))

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
        case CaseOpened(members=opened):
            members.join(case, [member.idea.hex for member in opened])
            return members.of(case)
        case MemberJoined(member=member, of=of):
            members.join(case, [member.idea.hex])
            return [member.idea.hex, of.hex]
        case MemberRuled(member=ruled, canonical=canonical):
            return [ruled.hex, canonical.hex]
        case MemberChanged(member=member):
            return [member.idea.hex]
        case CanonicalChosen() | MemberLeft() | CaseReopened():
            return members.of(case)
        case _:
            return []


def _detail(event: Event, idea: UUID) -> dict[str, object]:
    """What is shown of an event in the story of an idea that it concerns."""
    match event:
        case IdeaDeclared() as e:
            return {
                "programme": e.programme,
                "unit": e.unit,
                "sender": e.sender,
                "external_id": e.external_id,
                "ineligible": e.ineligible,
                "late": e.late,
            }
        case IdeaAmended() as e:
            return {"ineligible": e.ineligible, "content_hash": e.content_hash}
        case IdeaWithdrawn() as e:
            return {"reason": e.reason}
        case IdeaRerouted() as e:
            return {"came_from": e.came_from, "unit": e.unit, "reason": e.reason}
        case RecognitionRecorded() as e:
            form, date = e.recognition.form, e.recognition.date
            return {"form": form, "date": date, "ineligible": e.ineligible}
        case FlagRaised() as e:
            raised = {
                "band": e.band,
                "score": e.score,
                "tier": e.tier,
                "reasons": e.reasons,
                "model": e.model,
            }
            if idea == e.idea.idea:
                return {**raised, "repeats": _shown(e.of)}
            return {**raised, "repeated_by": _shown(e.idea)}
        case CaseOpened() as e:
            return {"band": e.band, "score": e.score}
        case MemberJoined() as e:
            return {"joined": _shown(e.member), "band": e.band, "score": e.score}
        case MemberRuled() as e:
            return {
                "member": e.member,
                "canonical": e.canonical,
                "ruling": e.ruling,
                "leaves_net": e.ruling.leaves_net,
                "reason": e.reason,
            }
        case MemberChanged() as e:
            member = e.member
            return {
                "unit": member.unit,
                "ineligible": member.ineligible,
                "text_changed": e.text_changed,
            }
        case CanonicalChosen() as e:
            return {"canonical": e.member, "reason": e.reason}
        case MemberLeft() as e:
            return {"left": e.member, "moot": e.moot}
        case CaseReopened() as e:
            return {"asked_again": e.member, "reason": e.reason}
        case _:
            return {}


def _shown(member: Member) -> dict[str, object]:
    return {"idea": member.idea, "sender": member.sender, "external_id": member.external_id}


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
        detail=to_jsonable_python(_detail(event, idea)),
    )
