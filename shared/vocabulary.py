"""The glossary as frozen values: what a declaration is, what a flag says, how a ruling counts.

Names follow the domain's word list; every value here is plain data that rooms exchange inside events.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

Position = int
"""A place in the ledger; 0 is before the first event."""

HOME: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Days and quotas are counted on the programme's own clock; Vietnam has had no daylight saving since 1975."""

NAMESPACE: Final = uuid5(NAMESPACE_URL, "https://sangkien.example/ids")
TITLE_LIMIT: Final = 500
TEXT_LIMIT: Final = 20_000
RECORD_LIMIT: Final = 256 * 1024
ANSWER_MONTHS: Final = 3
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


def named(kind: str, *parts: object) -> UUID:
    """An id that follows from its content, for streams whose name is known before they exist."""
    return uuid5(NAMESPACE, "\x1f".join((kind, *map(str, parts))))


def midnight(day: date) -> datetime:
    """The first instant of a day at home, in UTC."""
    return datetime.combine(day, time(), HOME).astimezone(UTC)


def months_later(instant: datetime, months: int = ANSWER_MONTHS) -> date:
    """The same day some months on, or the last of that month (Circular 18/2013/TT-BKHCN, Art. 6: three)."""
    day = instant.astimezone(HOME).date()
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def in_utc(instant: datetime) -> datetime:
    """The same instant on the clock that everything is stored by."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError(
            "out_of_range", "an instant outside the years 1 to 9999"
        ) from None


def _written_day(value: object) -> object:
    """A day is written out; the library would take a bare number for seconds since 1970."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is None:
        raise PydanticCustomError("date_parsing", "a day is written as 2022-04-20")
    if not isinstance(value, str) and type(value) is not date:
        raise PydanticCustomError("date_type", "a day is written as 2022-04-20")
    return value


def _written_instant(value: object) -> object:
    """An instant is written out, with its offset; a bare number is a mistake here too."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[Tt ]", value) is None:
        raise PydanticCustomError(
            "datetime_parsing", "an instant is written as 2022-04-20T08:00:00+07:00"
        )
    if not isinstance(value, str | datetime):
        raise PydanticCustomError(
            "datetime_type", "an instant is written as 2022-04-20T08:00:00+07:00"
        )
    return value


Day = Annotated[date, Field(strict=False), BeforeValidator(_written_day)]
"""A day as a person writes it into a form."""
Instant = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(_written_instant),
    AfterValidator(in_utc),
]
"""An instant as a person writes it into a form, kept in UTC."""

CONTROL: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
Line = Annotated[str, StringConstraints(max_length=TITLE_LIMIT, pattern=rf"^[^{CONTROL}\t\n\r]*$")]
Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT, pattern=rf"^[^{CONTROL}]*$")]
RequiredLine = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=TITLE_LIMIT,
        pattern=rf"^[^{CONTROL}\t\n\r]*[^\s{CONTROL}][^{CONTROL}\t\n\r]*$",
    ),
]
RequiredText = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=TEXT_LIMIT, pattern=rf"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$"
    ),
]
Ident = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=128,
        pattern=rf"^[^{CONTROL}\t\n\r]*[^\s{CONTROL}][^{CONTROL}\t\n\r]*$",
    ),
]
Code = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f/]{1,64}$")]
Money = Annotated[int, Field(ge=0, le=10**18)]


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


class Tier(StrEnum):
    """phạm vi: where the earlier copy stands, seen from the later one; only `unit` is a duplicate in law."""

    UNIT = "unit"
    UPPER = "upper"
    FIRST = "first"
    ELSEWHERE = "elsewhere"
    PROGRAMME = "programme"


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


class Author(Value):
    """One author as the sender names it; name and id are personal data and are sealed before anything is stored."""

    person: Ident
    name: Ident
    share_percent: Annotated[
        Decimal,
        Field(ge=0, le=100, max_digits=9, decimal_places=6),
        AfterValidator(Decimal.normalize),
    ]
    holds_post: bool = False
    worker_kind: WorkerKind = WorkerKind.DIRECT


class SealedAuthor(Value):
    """An author as the ledger keeps it: a pseudonym, a sealed name, and what boards may count."""

    person: UUID
    sealed_name: str
    share_percent: str
    holds_post: bool
    worker_kind: WorkerKind


class Recognition(Value):
    """The competent authority's decision that makes an idea an initiative."""

    form: RecognitionForm
    number: Line = ""
    date: Day
    authority: Line = ""


class Content(Value):
    """What is new and what it brought: the texts and dates of a declaration, as typed, without any person."""

    title: str
    situation_before: str = ""
    solution: str
    applicability: str = ""
    conditions: str = ""
    benefit: str = ""
    benefit_vnd: int | None = None
    benefit_basis: str = ""
    benefit_class: BenefitClass = BenefitClass.DECLARED
    field: IdeaField | None = None
    first_applied_on: date | None = None
    recognition: Recognition | None = None
    confidential: tuple[TextField, ...] = ()

    def shown(self, field: TextField) -> str:
        """A text as it may be shown: empty where the declarer asked for it to be matched only."""
        return "" if field in self.confidential else str(getattr(self, field))


class Draft(Content):
    """What a person may write or correct in a declaration, held to the limits of the form (domain section 4)."""

    title: RequiredLine
    situation_before: Text = ""
    solution: RequiredText
    applicability: Text = ""
    conditions: Text = ""
    benefit: Text = ""
    benefit_vnd: Money | None = None
    benefit_basis: Text = ""
    first_applied_on: Day | None = None
    authors: Annotated[tuple[Author, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _shares_add_to_100(self) -> Self:
        total = sum((a.share_percent for a in self.authors), Decimal(0))
        if abs(total - 100) > Decimal("0.1"):
            raise PydanticCustomError(
                "shares",
                "shares add to {total}, not to 100",
                {"total": str(total), "field": "authors"},
            )
        return self

    def content(self) -> Content:
        """The texts and dates, without people and address."""
        return Content.model_construct(
            **{name: getattr(self, name) for name in Content.model_fields}
        )


class Declaration(Draft):
    """bản kê khai: one idea as an intake client hands it in (domain section 4)."""

    external_id: Ident
    programme: Code
    unit: Code
    filed_at: Instant
    entered_by: Line = ""


class Window(Value):
    """An interval [from, to) of instants."""

    from_: Annotated[AwareDatetime, Field(alias="from")]
    to: AwareDatetime

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    def __contains__(self, instant: datetime) -> bool:
        return self.from_ <= instant < self.to


class Phase(Window):
    """giai đoạn: a named part of a programme; with `unit`, that unit's (and its subtree's) own."""

    code: Code
    unit: Code | None = None


class Terms(Value):
    """A programme's rules that a declaration is held against: windows, and the phases."""

    window: Window
    applied_from: date
    applied_to: date
    phases: tuple[Phase, ...]

    def ineligible(self, content: Content, filed_at: datetime) -> tuple[Ineligible, ...]:
        """The coded reasons why a declaration does not count as valid; none means eligible (domain section 4)."""

        def reasons() -> Iterator[Ineligible]:
            if content.recognition is None:
                yield Ineligible.NOT_RECOGNISED
            if content.first_applied_on is None:
                yield Ineligible.NOT_APPLIED
            elif content.first_applied_on < self.applied_from:
                yield Ineligible.APPLIED_BEFORE_WINDOW
            elif content.first_applied_on >= self.applied_to:
                yield Ineligible.APPLIED_AFTER_WINDOW
            if filed_at < self.window.from_:
                yield Ineligible.FILED_BEFORE_WINDOW
            elif filed_at >= self.window.to:
                yield Ineligible.FILED_AFTER_WINDOW

        return tuple(reasons())


class Thresholds(Value):
    """Where the bands begin, 0 to 1; a score under `similar` raises no flag."""

    similar: Annotated[float, Field(ge=0, le=1)] = 0.45
    near: Annotated[float, Field(ge=0, le=1)] = 0.75
    exact: Annotated[float, Field(ge=0, le=1)] = 0.97

    @model_validator(mode="after")
    def _bands_are_in_order(self) -> Thresholds:
        if not self.similar <= self.near <= self.exact:
            raise PydanticCustomError("thresholds", "thresholds must rise: similar, near, exact")
        return self


class MatchingRules(Value):
    """Everything a reviewer's authority may set about suspecting; an event adopts it, so replays use the rules of the day.

    `candidate_cosine` is the least cosine (0 to 1) of a candidate, `short_words` the number of words under which a
    text can only be *similar*, `standard_units` in how many units a sentence must stand to be a standard paragraph,
    `stop_phrases` phrases that weigh nothing, per field (`title`, `solution`, `situation_before`).
    """

    thresholds: Thresholds = Thresholds()
    candidate_cosine: Annotated[float, Field(gt=0, le=1)] = 0.2
    candidate_containment: Annotated[float, Field(gt=0, le=1)] = 0.3
    short_words: Annotated[int, Field(ge=0)] = 20
    standard_units: Annotated[int, Field(ge=2)] = 5
    most_flags: Annotated[int, Field(ge=1, le=20)] = 20
    stop_phrases: dict[str, tuple[str, ...]] = Field(default_factory=dict)


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
