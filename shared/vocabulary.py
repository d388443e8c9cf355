"""The glossary as frozen values: what a declaration is, what a flag says, how a ruling counts.

Names follow the domain's word list; every value here is plain data that rooms exchange inside events.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.calibration import Calibration
from shared.form import Code

Position = int
"""A place in the ledger; 0 is before the first event."""

HOME: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Days and quotas are counted on the programme's own clock; Vietnam has had no daylight saving since 1975."""

NAMESPACE: Final = uuid5(NAMESPACE_URL, "https://sangkien.example/ids")
RECORD_LIMIT: Final = 256 * 1024
ANSWER_MONTHS: Final = 3
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


def named(kind: str, *parts: object) -> UUID:
    """An id that follows from its content, for streams whose name is known before they exist."""
    return uuid5(NAMESPACE, "\x1f".join((kind, *map(str, parts))))


@lru_cache(maxsize=4096)
def midnight(day: date) -> datetime:
    """The first instant of a day at home, in UTC."""
    return datetime.combine(day, time(), HOME).astimezone(UTC)


def months_later(instant: datetime, months: int = ANSWER_MONTHS) -> date:
    """The same day some months on, or the last of that month (Circular 18/2013/TT-BKHCN, Art. 6: three)."""
    day = instant.astimezone(HOME).date()
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


class Value(BaseModel):
    """A frozen value of the glossary: strict about types, closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Level(StrEnum):
    NATION = "nation"
    FIRST = "first"
    UPPER = "upper"
    GRASSROOTS = "grassroots"


class Sector(StrEnum):
    STATE = "state"
    NON_STATE = "non-state"


class TargetKind(StrEnum):
    """định hướng, đăng ký, giao, phấn đấu: four numbers that stand side by side."""

    ORIENTATION = "orientation"
    REGISTERED = "registered"
    ASSIGNED = "assigned"
    STRIVING = "striving"


class HeadCount(StrEnum):
    MEMBERS = "members"
    MEMBERS_AND_WORKERS = "members_and_workers"


class WorkerKind(StrEnum):
    DIRECT = "direct"
    OFFICER = "officer"
    UNION_CADRE = "union cadre"


class IdeaField(StrEnum):
    """lĩnh vực of an idea."""

    TECHNICAL = "technical"
    MANAGEMENT = "management"
    OPERATIONAL = "operational"
    APPLIED_TECHNOLOGY = "applied technology"
    RESEARCH = "research"


class TextField(StrEnum):
    """The texts of a declaration that may be confidential: matched, but not shown."""

    TITLE = "title"
    SITUATION_BEFORE = "situation_before"
    SOLUTION = "solution"
    APPLICABILITY = "applicability"
    CONDITIONS = "conditions"
    BENEFIT = "benefit"
    BENEFIT_BASIS = "benefit_basis"


class BenefitClass(StrEnum):
    DECLARED = "declared"
    RECOGNISED = "recognised"
    VERIFIED = "verified"


class RecognitionForm(StrEnum):
    RECOGNITION_DECISION = "recognition decision"
    AWARD_DECISION = "award decision"
    OTHER = "other"


class Band(StrEnum):
    """mức: how alike two declarations are, as the machine suspects."""

    EXACT = "exact"
    NEAR = "near"
    SIMILAR = "similar"
    CLEAR = "clear"

    @property
    def is_copy(self) -> bool:
        """Whether the machine holds the later text for the earlier one, and not just for something like it."""
        return self in {Band.EXACT, Band.NEAR}


class Tier(StrEnum):
    """phạm vi: where the earlier copy stands, seen from the later one; only `unit` is a duplicate in law."""

    UNIT = "unit"
    UPPER = "upper"
    FIRST = "first"
    ELSEWHERE = "elsewhere"
    PROGRAMME = "programme"

    @property
    def in_law(self) -> bool:
        """Whether a copy there takes away what is new (Decree 13/2012, Art. 4(1): within the establishment)."""
        return self is Tier.UNIT


class Ruling(StrEnum):
    """kết luận: the codes a person may give one member of a case (domain rule 5.7)."""

    DUPLICATE_IN_UNIT = "duplicate-in-unit"
    RE_ENTRY = "re-entry"
    CO_AUTHOR_COPY = "co-author-copy"
    EARLIER_PROGRAMME = "earlier-programme"
    COPIED = "copied"
    TEMPLATE_ONLY = "template-only"
    INDEPENDENT = "independent"
    NOT_DUPLICATE = "not-duplicate"

    @property
    def leaves_net(self) -> bool:
        """Whether an idea so ruled no longer counts as valid (domain rule 5.9)."""
        return self not in STAYING

    @property
    def distinct(self) -> bool:
        """Whether the pair may never be brought back by a rescoring (domain rule 5.7)."""
        return self in STAYING


STAYING: Final = frozenset({Ruling.TEMPLATE_ONLY, Ruling.INDEPENDENT, Ruling.NOT_DUPLICATE})


class Ineligible(StrEnum):
    """Why a declaration counts in gross but not in net; it is accepted and matched all the same."""

    NOT_RECOGNISED = "not-recognised"
    NOT_APPLIED = "not-applied"
    APPLIED_BEFORE_WINDOW = "applied-before-window"
    APPLIED_AFTER_WINDOW = "applied-after-window"
    FILED_BEFORE_WINDOW = "filed-before-window"
    FILED_AFTER_WINDOW = "filed-after-window"


class Thresholds(Value):
    """At which scores the bands begin, 0 to 1; a score under `similar` raises no flag."""

    similar: Annotated[float, Field(ge=0, le=1)] = 0.13
    near: Annotated[float, Field(ge=0, le=1)] = 0.9938
    exact: Annotated[float, Field(ge=0, le=1)] = 0.99975

    @model_validator(mode="after")
    def _bands_are_in_order(self) -> Thresholds:
        if not self.similar <= self.near <= self.exact:
            raise PydanticCustomError("thresholds", "thresholds must rise: similar, near, exact")
        return self


class MatchingRules(Value):
    """Everything a reviewer's authority may set about suspecting; an event adopts it, so replays use the rules of the day.

    `by_tier` are the thresholds of those tiers that have their own: what leadership wants found elsewhere need not be
    what the law calls a duplicate (domain rule 5.1). `calibration` makes a score of a likeness. A candidate, which
    is looked at closely, has at least the cosine `candidate_cosine` (0 to 1), or shares at least `candidate_containment`
    (0 to 1) of the weight that the rare words of the shorter text have. `short_words` is the number of words under which
    a text can only be *similar*, `standard_units` in how many units a sentence must stand to be a standard paragraph,
    `most_flags` how many flags one text gets, those of the highest scores, and `stop_phrases` are phrases that weigh
    nothing, per field (`title`, `solution`, `situation_before`).
    """

    thresholds: Thresholds = Thresholds()
    calibration: Calibration = Calibration()
    by_tier: dict[Tier, Thresholds] = Field(default_factory=dict)
    candidate_cosine: Annotated[float, Field(gt=0, le=1)] = 0.7
    candidate_containment: Annotated[float, Field(gt=0, le=1)] = 0.15
    short_words: Annotated[int, Field(ge=0)] = 20
    standard_units: Annotated[int, Field(ge=2)] = 5
    most_flags: Annotated[int, Field(ge=1, le=20)] = 20
    stop_phrases: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def limits(self, tier: Tier) -> Thresholds:
        """Where the bands begin for a copy in that tier."""
        return self.by_tier.get(tier, self.thresholds)


class Parts(Value):
    """What a score is made of, each 0 to 1: TF-IDF cosine with full diacritics, containment, fuzzy likeness, by field."""

    title_cosine: float
    title_fuzzy: float
    situation_cosine: float
    solution_cosine: float
    solution_bare_cosine: float
    solution_containment: float
    solution_fuzzy: float


class Member(Value):
    """One declaration inside a case, with what a ruling needs to know of it."""

    idea: UUID
    sender: str
    external_id: str
    programme: Code
    unit: Code
    filed_at: AwareDatetime
    priority: AwareDatetime
    by_application: bool
    position: Position
    solution_hash: str
    ineligible: tuple[Ineligible, ...] = ()


class Worded(Value):
    """An idea in the words it had: what is said of it in them holds until its solution is another."""

    idea: UUID
    solution: str


class Judgement(Value):
    """A ruling as it stands on a member: in which words of both it was given, and the name of the event that gave it.

    The code is the text that the event holds: which codes there are is said there, and only there.
    """

    code: str
    reason: str
    against: UUID
    solution: str
    against_solution: str
    event: str

    @property
    def ruling(self) -> Ruling:
        """How the member was ruled."""
        return Ruling(self.code)


class Brought(Value):
    """A member as it comes from one case into another, with what was decided of it there."""

    member: Member
    judged: Judgement | None = None
    asked_again: bool = False
    text_changed: bool = False
    left: bool = False


class Changed(StrEnum):
    """Why the undoing of a list leaves one of its rulings alone."""

    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"


class RuledPlace(Value):
    """Where one ruling of a list is on record: the case, the member, and the version of the case that it made."""

    case: UUID
    member: UUID
    version: int

    @property
    def event(self) -> str:
        """The name of the event that holds the ruling."""
        return f"{self.case}/{self.version}"


class LeftAlone(Value):
    """A ruling of a list that was not undone with it, and what had become of it."""

    ruling: RuledPlace
    why: Changed
