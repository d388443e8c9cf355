"""Every fact the system can record: the language rooms, topics and replays share.

A topic is for ever. A new field has a default; any other change is a new topic, and the old JSON is lifted by a
`model_validator(mode="before")`. `tests/rules` compares each event's JSON schema with the committed one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from pydantic import AwareDatetime, ValidationInfo, field_serializer, field_validator

from shared.calibration import IDENTITY
from shared.criteria import Criterion
from shared.declaration import Content, Recognition, SealedAuthor
from shared.form import Code
from shared.ledger.model import Event
from shared.terms import SplitBy, Terms, Wave
from shared.vocabulary import (
    Band,
    Brought,
    HeadCount,
    Ineligible,
    Judgement,
    LeftAlone,
    Level,
    MatchingRules,
    Member,
    Parts,
    RuledPlace,
    Ruling,
    Sector,
    TargetKind,
    Tier,
    Worded,
)

# Units: the dated tree.


class UnitFounded(Event):
    """A unit of the organisation is on record, from a date, under its parent."""

    TOPIC: ClassVar[str] = "unit.founded"

    code: Code
    unit_name: str
    level: Level
    parent: Code | None
    sector: Sector
    unit_kind: str = ""
    valid_from: date


class HeadsCounted(Event):
    """A unit's members, and members with other workers, were counted on a date."""

    TOPIC: ClassVar[str] = "unit.heads-counted"

    code: Code
    members: int
    members_and_workers: int
    counted_on: date


class UnitRenamed(Event):
    """The unit carries another name from a date on."""

    TOPIC: ClassVar[str] = "unit.renamed"

    code: Code
    unit_name: str
    valid_from: date


class UnitMoved(Event):
    """The unit stands under another parent from a date on."""

    TOPIC: ClassVar[str] = "unit.moved"

    code: Code
    parent: Code
    valid_from: date


class UnitClosed(Event):
    """The unit takes no more declarations from a date on, being merged into another or dissolved."""

    TOPIC: ClassVar[str] = "unit.closed"

    code: Code
    merged_into: Code | None
    valid_from: date


class CohortFormed(Event):
    """A named set of units (an emulation cluster) exists."""

    TOPIC: ClassVar[str] = "cohort.formed"

    code: Code
    cohort_name: str


class CohortJoined(Event):
    """A unit belongs to the cohort from a date on."""

    TOPIC: ClassVar[str] = "cohort.joined"

    code: Code
    unit: Code
    valid_from: date


class CohortLeft(Event):
    """A unit belongs to the cohort no more from a date on."""

    TOPIC: ClassVar[str] = "cohort.left"

    code: Code
    unit: Code
    valid_from: date


# Programmes.


class ProgrammeOpened(Event):
    """A programme takes declarations under these terms."""

    TOPIC: ClassVar[str] = "programme.opened"

    code: Code
    programme_name: str
    terms: Terms


class TermsChanged(Event):
    """The programme's window or phases are others from now on; what was decided before stays decided."""

    TOPIC: ClassVar[str] = "programme.terms-changed"

    code: Code
    terms: Terms


class TargetSet(Event):
    """A unit's target of one kind, for a phase or the whole programme, with its document; percentages are resolved here."""

    TOPIC: ClassVar[str] = "programme.target-set"
    SCHEMA: ClassVar[int] = 2

    code: Code
    unit: Code
    phase: Code | None
    kind: TargetKind
    value: int
    percent: str | None = None
    of: HeadCount | None = None
    counted_on: date | None = None
    document: str
    dated: date
    split_by: SplitBy | None = None
    """How it came of the parent's target; a target without it was given by hand."""


class WaveOpened(Event):
    """A wave of emulation has this name and these days, until it is opened again with others."""

    TOPIC: ClassVar[str] = "programme.wave-opened"

    code: Code
    wave: Wave


class CriteriaAdopted(Event):
    """From the first month that begins on this day or later, emulation is ranked by these criteria."""

    TOPIC: ClassVar[str] = "emulation.criteria-adopted"

    code: Code
    valid_from: date
    document: str
    criteria: tuple[Criterion, ...]

    @field_serializer("criteria")
    def _in_full(self, criteria: tuple[Criterion, ...]) -> list[dict[str, object]]:
        # Defaults are left out of what is stored; these must not change their meaning when a default does.
        return [criterion.model_dump(mode="json") for criterion in criteria]


# Ideas.


class IdeaDeclared(Event):
    """An idea is on record for the unit where it arose; its authors are sealed, its texts are as typed."""

    TOPIC: ClassVar[str] = "idea.declared"
    SCHEMA: ClassVar[int] = 2

    sender: str
    external_id: str
    programme: Code
    unit: Code
    filed_at: AwareDatetime
    priority: AwareDatetime
    content_hash: str
    ineligible: tuple[Ineligible, ...] = ()
    late: bool = False
    entered_by: UUID | None = None
    entered_by_name: str = ""
    """Sealed, as the authors' names are."""
    authors: tuple[SealedAuthor, ...]
    content: Content


class IdeaAmended(Event):
    """The declarer corrected the idea's texts or authors; the priority follows from the corrected dates."""

    TOPIC: ClassVar[str] = "idea.amended"

    programme: Code
    unit: Code
    priority: AwareDatetime
    content_hash: str
    ineligible: tuple[Ineligible, ...] = ()
    authors: tuple[SealedAuthor, ...]
    content: Content


class IdeaWithdrawn(Event):
    """The declarer took the idea back."""

    TOPIC: ClassVar[str] = "idea.withdrawn"

    programme: Code
    unit: Code
    reason: str


class IdeaRerouted(Event):
    """The idea belonged to another unit all along; its priority stays."""

    TOPIC: ClassVar[str] = "idea.rerouted"

    programme: Code
    came_from: Code
    unit: Code
    reason: str


class RecognitionRecorded(Event):
    """The competent authority's decision reached the record after the declaration."""

    TOPIC: ClassVar[str] = "idea.recognition-recorded"

    programme: Code
    unit: Code
    recognition: Recognition
    ineligible: tuple[Ineligible, ...] = ()


# People, keys and the ledger itself.


class PersonErased(Event):
    """A person's keys were destroyed, so that nothing sealed under them can be read again."""

    TOPIC: ClassVar[str] = "person.erased"

    reason: str


class PersonRevealed(Event):
    """Somebody read a person's sealed name."""

    TOPIC: ClassVar[str] = "person.revealed"

    idea: UUID


class KeyIssued(Event):
    """An API key with a role in a part of the tree exists; only its hash is kept."""

    TOPIC: ClassVar[str] = "key.issued"

    label: str
    role: str
    unit: Code
    key_hash: str


class KeyRevoked(Event):
    """The key opens nothing any more."""

    TOPIC: ClassVar[str] = "key.revoked"

    reason: str


class SimulationMarked(Event):
    """This ledger holds a simulation, for good: its clock stands at what was last recorded, and boards say so."""

    TOPIC: ClassVar[str] = "ledger.marked-as-simulation"


# Matching.


class ModelAdopted(Event):
    """From here on suspicion is computed under this model."""

    TOPIC: ClassVar[str] = "matching.model-adopted"

    model: str
    normaliser: str


class RulesAdopted(Event):
    """From here on these thresholds, guards and stop phrases hold."""

    TOPIC: ClassVar[str] = "matching.rules-adopted"
    SCHEMA: ClassVar[int] = 6

    rules: MatchingRules
    reason: str

    @field_validator("rules")
    @classmethod
    def _before_there_was_a_calibration(
        cls, rules: MatchingRules, info: ValidationInfo
    ) -> MatchingRules:
        # Rules are stored in full: those without a calibration are older, and their lines were drawn on likenesses.
        if info.mode == "json" and "calibration" not in rules.model_fields_set:
            return rules.model_copy(update={"calibration": IDENTITY})
        return rules

    @field_serializer("rules")
    def _in_full(self, rules: MatchingRules) -> dict[str, object]:
        # Defaults are left out of what is stored; these must not change their meaning when a default is tuned.
        return rules.model_dump(mode="json")


class FlagRaised(Event):
    """The machine suspects that a declaration repeats an earlier one; a person has yet to rule.

    `cut` is the ledger position up to which earlier declarations were compared: always the idea's own less one.
    `idea_standard` and `of_standard` are those sentences of the two solutions, counted from 0, that were standard
    paragraphs by then and weighed nothing.
    """

    TOPIC: ClassVar[str] = "flag.raised"
    SCHEMA: ClassVar[int] = 2

    idea: Member
    of: Member
    idea_version: int
    band: Band
    score: float
    parts: Parts
    tier: Tier
    reasons: tuple[str, ...] = ()
    model: str
    rules_version: int
    cut: int
    idea_standard: tuple[int, ...] = ()
    of_standard: tuple[int, ...] = ()


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


# Cases mended by people.


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


# Boards.


class BoardFrozen(Event):
    """A board was put on record as it stood at a moment, for an award or a report: the question, and its rows' digest.

    `at_position` is how far the record was read, `columns` are what the digest is of, row by row.
    """

    TOPIC: ClassVar[str] = "board.frozen"

    board_name: Code
    board: str
    programme: Code
    arguments: dict[str, str]
    at: AwareDatetime
    at_position: int
    axis: str
    known_at: AwareDatetime | None = None
    columns: tuple[str, ...]
    rows: int
    digest: str
    reason: str
    corrects: Code | None = None


def _all(kind: type[Event]) -> list[type[Event]]:
    return [found for child in kind.__subclasses__() for found in (child, *_all(child))]


EVENTS: Final[Mapping[str, type[Event]]] = {kind.TOPIC: kind for kind in _all(Event)}
"""Every event by its topic: the register that decoding uses."""

DIRECTORY_TOPICS: Final = tuple(
    topic
    for topic in EVENTS
    if topic.split(".")[0]
    in {"unit", "cohort", "programme", "emulation", "key", "ledger", "person"}
)
"""What the directory follows: who exists, under which terms, with which rights."""
