"""The events by which people mend cases and rulings: split, joined, taken out, undone."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared.form import Code
from shared.ledger.model import Event
from shared.vocabulary import (
    Band,
    Brought,
    Judgement,
    LeftAlone,
    RuledPlace,
    Worded,
)


class MemberExcluded(Event):
    """A person found that a member does not belong to its case; any ruling on it there stands no more.

    `apart` are the members that were present: no machine may bring one of them and it together again until one of the
    two solutions is another.
    """

    TOPIC: ClassVar[str] = "case.member-excluded"

    member: UUID
    unit: Code
    programme: Code
    reason: str
    solution: str
    apart: tuple[Worded, ...] = ()
    moot: bool = False


class CaseSplit(Event):
    """A person took members out of the case into one of their own, for a reason that the new case holds as well."""

    TOPIC: ClassVar[str] = "case.split"

    into: UUID
    moved: tuple[UUID, ...]
    reason: str
    moot: bool = False


class CaseSplitOff(Event):
    """A case came of another one that a person split; it is as alarming as the one that it came from."""

    TOPIC: ClassVar[str] = "case.split-off"

    came_from: UUID
    band: Band
    score: float
    members: tuple[Brought, ...]
    chosen: UUID | None = None
    reason: str
    moot: bool = False


class CaseTookIn(Event):
    """A person joined another case into this one, which keeps its id; the members came with their rulings."""

    TOPIC: ClassVar[str] = "case.took-in"

    came_from: UUID
    band: Band
    score: float
    members: tuple[Brought, ...]
    reason: str


class CaseJoined(Event):
    """A person joined this case into another one, where its members are from now on; it can still be read."""

    TOPIC: ClassVar[str] = "case.joined"

    into: UUID
    reason: str


class RulingUndone(Event):
    """A ruling that was given in a list was undone with the list: what stood on the member before stands again.

    `apart` are the two solutions in which the member and the canonical are distinct again; it is empty where they are not.
    """

    TOPIC: ClassVar[str] = "case.ruling-undone"

    member: UUID
    unit: Code
    programme: Code
    undone: str
    canonical: UUID
    apart: tuple[str, ...] = ()
    before: Judgement | None = None
    asked_again: bool = False
    text_changed: bool = False
    reason: str


class RulingsGiven(Event):
    """A person ruled on a list of members in one go; each ruling is on record in its own case, because of this."""

    TOPIC: ClassVar[str] = "rulings.given"

    rulings: tuple[RuledPlace, ...]


class RulingsUndone(Event):
    """A person undid a list of rulings as a whole, but for those that somebody had changed in the meantime."""

    TOPIC: ClassVar[str] = "rulings.undone"

    undone: tuple[RuledPlace, ...]
    left_alone: tuple[LeftAlone, ...] = ()
    reason: str
