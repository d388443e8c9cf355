"""Events as far as views need them: what is left out, long texts above all, is passed over by the decoder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from shared.events.access import PersonRevealed
from shared.events.case import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
)
from shared.events.idea import IdeaAmended, IdeaDeclared, RecognitionRecorded
from shared.events.matching import FlagRaised
from shared.events.mending import CaseSplit, CaseSplitOff, CaseTookIn, MemberExcluded, RulingUndone
from shared.ledger.model import Event


class By(Struct, gc=False):
    """Who did it, as far as people search for it."""

    name: str


class Told(Struct, gc=False):
    """Any event, as far as it names units; the units of a move or a re-routing are two."""

    by: By
    unit: str = ""
    code: str = ""
    parent: str | None = None
    came_from: str = ""


class Author(Struct, gc=False):
    """What boards count of an author."""

    holds_post: bool
    worker_kind: str


class Benefit(Struct, gc=False):
    """The part of a declaration's content that is money, and how sure it is."""

    benefit_vnd: int | None = None
    benefit_class: str = "declared"


class Declared(Struct, gc=False):
    """A declaration without its texts and names."""

    by: By
    sender: str
    external_id: str
    programme: str
    unit: str
    filed_at: datetime
    authors: list[Author]
    content: Benefit
    ineligible: list[str] = []
    late: bool = False
    entered_by: str | None = None


class Amended(Struct, gc=False):
    """What an amendment makes an idea count."""

    by: By
    unit: str
    authors: list[Author]
    content: Benefit
    ineligible: list[str] = []


class Recognised(Struct, gc=False):
    """What a recognition makes of an idea's eligibility."""

    by: By
    unit: str
    ineligible: list[str] = []


class Who(Struct, gc=False):
    """A member of a case: the idea, where it stood, and what makes it the canonical one."""

    idea: str
    unit: str
    priority: datetime
    position: int
    ineligible: list[str] = []


class Judged(Struct, gc=False):
    """A ruling as it stands on a member, and against whom."""

    code: str
    against: str


class Brought(Struct, gc=False):
    """A member as it comes from another case."""

    member: Who
    judged: Judged | None = None
    asked_again: bool = False
    left: bool = False


class Flagged(Struct, gc=False):
    """Which idea is suspected to repeat which."""

    by: By
    idea: Who
    of: Who


class Opened(Struct, gc=False):
    """Whom a new case concerns."""

    by: By
    members: list[Who]


class Joined(Struct, gc=False):
    """Who came into a case, being like whom."""

    by: By
    member: Who
    of: str


class Changed(Struct, gc=False):
    """Which member of a case is another than before."""

    by: By
    member: Who


class Ruled(Struct, gc=False):
    """How a person ruled on a member."""

    by: By
    unit: str
    member: str
    canonical: str
    ruling: str


class Undone(Struct, gc=False):
    """A ruling that stands no more, and what stood before it."""

    by: By
    unit: str
    member: str
    canonical: str
    before: Judged | None = None
    asked_again: bool = False


class Excluded(Struct, gc=False):
    """Whom a person took out of a case."""

    by: By
    unit: str
    member: str
    moot: bool = False


class SplitOff(Struct, gc=False):
    """A case of its own, made of members of another one."""

    by: By
    came_from: str
    members: list[Brought]
    chosen: str | None = None
    moot: bool = False


class TookIn(Struct, gc=False):
    """The members that came from another case."""

    by: By
    came_from: str
    members: list[Brought]


class Split(Struct, gc=False):
    """The members that went into a case of their own."""

    by: By
    moved: list[str]
    moot: bool = False


class Chosen(Struct, gc=False):
    """Whom a person put first."""

    by: By
    member: str


class Left(Struct, gc=False):
    """Who was withdrawn."""

    by: By
    member: str
    moot: bool


class Reopened(Struct, gc=False):
    """About whom a person is asked again; without a member, about everybody."""

    by: By
    member: str | None = None


class Revealed(Struct, gc=False):
    """Whose authors' names were read."""

    by: By
    idea: str


Lean = (
    Told
    | Declared
    | Amended
    | Recognised
    | Flagged
    | Opened
    | Joined
    | Changed
    | Ruled
    | Undone
    | Excluded
    | SplitOff
    | TookIn
    | Split
    | Chosen
    | Left
    | Reopened
    | Revealed
)

READ_AS: Final[Mapping[type[Event], type[Lean]]] = {
    IdeaDeclared: Declared,
    IdeaAmended: Amended,
    RecognitionRecorded: Recognised,
    FlagRaised: Flagged,
    CaseOpened: Opened,
    MemberJoined: Joined,
    MemberChanged: Changed,
    MemberRuled: Ruled,
    RulingUndone: Undone,
    MemberExcluded: Excluded,
    CaseSplitOff: SplitOff,
    CaseTookIn: TookIn,
    CaseSplit: Split,
    CanonicalChosen: Chosen,
    MemberLeft: Left,
    CaseReopened: Reopened,
    PersonRevealed: Revealed,
}
"""How far each event is read; what is not here is read as `Told`."""
