"""The events of a case: its members, and how people ruled on them."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared.form import Code
from shared.ledger.model import Event
from shared.vocabulary import (
    Band,
    Member,
    Ruling,
)


class CaseOpened(Event):
    """Two declarations are before a reviewer, on the ground of a flag."""

    TOPIC: ClassVar[str] = "case.opened"

    flag: UUID
    band: Band
    score: float
    members: tuple[Member, ...]


class MemberJoined(Event):
    """A further declaration was flagged against a member of the case."""

    TOPIC: ClassVar[str] = "case.member-joined"

    flag: UUID
    band: Band
    score: float
    member: Member
    of: UUID


class MemberRuled(Event):
    """A person judged one member against the canonical; the reason goes to the author in writing."""

    TOPIC: ClassVar[str] = "case.member-ruled"

    member: UUID
    unit: Code
    programme: Code
    canonical: UUID
    ruling: Ruling
    reason: str
    member_solution: str
    canonical_solution: str


class CanonicalChosen(Event):
    """A reviewer put another member first than the priority dates do, with a reason."""

    TOPIC: ClassVar[str] = "case.canonical-chosen"

    member: UUID
    reason: str


class MemberChanged(Event):
    """A member's text, unit or eligibility changed while its case exists; `text_changed` asks a person to look again."""

    TOPIC: ClassVar[str] = "case.member-changed"

    member: Member
    text_changed: bool


class MemberLeft(Event):
    """A member was withdrawn by its declarer; a case with nothing left to decide closes as moot."""

    TOPIC: ClassVar[str] = "case.member-left"

    member: UUID
    moot: bool


class CaseReopened(Event):
    """The ground of earlier rulings is gone, or a new flag came; a person is asked again."""

    TOPIC: ClassVar[str] = "case.reopened"

    reason: str
    member: UUID | None = None
