"""The timeline: everything that concerned an idea, in order, with who did it; never a text, never a sealed name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, select

from services.projections.asof import Moment, at_home
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
    IdeaRerouted,
    IdeaWithdrawn,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
    PersonRevealed,
    RecognitionRecorded,
)
from shared.vocabulary import Member, Position, Value


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


class Concern(NamedTuple):
    """An idea that an event concerns, and what the event says of it."""

    idea: str
    detail: Mapping[str, object]


class Happenings:
    """The view of all timelines: a row for each idea that an event concerns."""

    def __init__(self) -> None:
        self.name = "timeline"
        self.version = 1

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """One table, kept in the order in which timelines are read."""
        happenings = Table(
            f"timeline_happenings{suffix}",
            metadata,
            Column("idea", KEY, primary_key=True),
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("n", Integer, primary_key=True, autoincrement=False),
            Column("topic", Text, nullable=False),
            Column("recorded", BigInteger, nullable=False),
            Column("effective", BigInteger, nullable=False),
            Column("actor", Text, nullable=False),
            Column("role", Text, nullable=False),
            Column("source", Text, nullable=False),
            Column("on_behalf_of", Text),
            Column("correlation", Text, nullable=False),
            Column("case", KEY),
            Column("detail", Text, nullable=False),
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
            by = fact.by
            case = fact.stream if fact.topic.startswith("case.") else None
            for n, (idea, detail) in enumerate(_concerns(fact, members)):
                rows.append(
                    (
                        idea,
                        fact.position,
                        n,
                        fact.topic,
                        fact.recorded,
                        fact.effective,
                        by.name,
                        by.role,
                        by.source,
                        by.on_behalf_of,
                        by.correlation,
                        case,
                        to_json(detail).decode(),
                    )
                )
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


def _concerns(fact: Fact, members: Members) -> list[Concern]:
    """The ideas that a fact concerns, each with what is to be shown of it."""
    match fact.event:
        case Declared() as e:
            # Most facts are declarations: what is said here weighs on every rebuild.
            declared = {
                "programme": e.programme,
                "unit": e.unit,
                "sender": e.sender,
                "external_id": e.external_id,
                "ineligible": e.ineligible,
                "late": e.late,
            }
            return [Concern(fact.stream, declared)]
        case IdeaAmended() as e:
            amended = {"ineligible": e.ineligible, "content_hash": e.content_hash}
            return [Concern(fact.stream, amended)]
        case IdeaWithdrawn() as e:
            return [Concern(fact.stream, {"reason": e.reason})]
        case IdeaRerouted() as e:
            rerouted = {"came_from": e.came_from, "unit": e.unit, "reason": e.reason}
            return [Concern(fact.stream, rerouted)]
        case RecognitionRecorded() as e:
            form, date = e.recognition.form, e.recognition.date
            recognised = {"form": form, "date": date, "ineligible": e.ineligible}
            return [Concern(fact.stream, recognised)]
        case PersonRevealed() as e:
            return [Concern(e.idea.hex, {"person": fact.stream})]
        case FlagRaised() as e:
            raised = {
                "band": e.band,
                "score": e.score,
                "tier": e.tier,
                "reasons": e.reasons,
                "model": e.model,
            }
            return [
                Concern(e.idea.idea.hex, {**raised, "repeats": _shown(e.of)}),
                Concern(e.of.idea.hex, {**raised, "repeated_by": _shown(e.idea)}),
            ]
        case _:
            return _of_case(fact, members)


def _of_case(fact: Fact, members: Members) -> list[Concern]:
    case = fact.stream
    match fact.event:
        case CaseOpened() as e:
            named = [member.idea.hex for member in e.members]
            members.join(case, named)
            detail: dict[str, object] = {"band": e.band, "score": e.score}
        case MemberJoined() as e:
            named = [e.member.idea.hex, e.of.hex]
            members.join(case, named[:1])
            detail = {"joined": _shown(e.member), "band": e.band, "score": e.score}
        case MemberRuled() as e:
            named = [e.member.hex, e.canonical.hex]
            detail = {
                "member": e.member,
                "canonical": e.canonical,
                "ruling": e.ruling,
                "leaves_net": e.ruling.leaves_net,
                "reason": e.reason,
            }
        case MemberChanged() as e:
            named = [e.member.idea.hex]
            detail = {
                "unit": e.member.unit,
                "ineligible": e.member.ineligible,
                "text_changed": e.text_changed,
            }
        case CanonicalChosen() as e:
            named = members.of(case)
            detail = {"canonical": e.member, "reason": e.reason}
        case MemberLeft() as e:
            named = members.of(case)
            detail = {"left": e.member, "moot": e.moot}
        case CaseReopened() as e:
            named = members.of(case)
            detail = {"asked_again": e.member, "reason": e.reason}
        case _:
            return []
    return [Concern(idea, detail) for idea in dict.fromkeys(named)]


def _shown(member: Member) -> dict[str, object]:
    return {"idea": member.idea, "sender": member.sender, "external_id": member.external_id}


def timeline(views: Views, idea: UUID, at: Moment) -> Timeline:
    """What concerned the idea up to a position, the oldest first. Raises IdeaIsUnknown."""
    with views.read(TIMELINE) as snapshot:
        position = min(at.position, snapshot.position)
        table = snapshot.tables["happenings"]
        rows = (
            snapshot.connection.execute(
                select(table)
                .where(table.c.idea == idea.hex, table.c.position <= position)
                .order_by(table.c.position, table.c.n)
            )
            .mappings()
            .all()
        )
    if not rows:
        raise IdeaIsUnknown(idea, position)
    return Timeline(
        idea=idea,
        at=at.at_home,
        position=position,
        happenings=tuple(
            Happening(
                position=row["position"],
                topic=row["topic"],
                recorded=at_home(row["recorded"]),
                effective=at_home(row["effective"]),
                actor=row["actor"],
                role=row["role"],
                source=row["source"],
                on_behalf_of=row["on_behalf_of"],
                correlation=UUID(row["correlation"]),
                case=UUID(row["case"]) if row["case"] else None,
                detail=from_json(row["detail"]),
            )
            for row in rows
        ),
    )
