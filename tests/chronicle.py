"""A small programme in a real ledger, told event by event: for tests of what others make of it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from shared.declaration import Content, Recognition, SealedAuthor
from shared.directory import Directory
from shared.docket import Docket
from shared.events.case import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
)
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.events.matching import FlagRaised
from shared.events.mending import (
    CaseJoined,
    CaseSplit,
    CaseSplitOff,
    CaseTookIn,
    MemberExcluded,
    RulingUndone,
)
from shared.events.organisation import (
    CohortFormed,
    CohortJoined,
    HeadsCounted,
    UnitFounded,
    UnitMoved,
)
from shared.events.programme import ProgrammeOpened, TargetSet
from shared.ledger.model import Actor, Event
from shared.ledger.store import Ledger
from shared.terms import Phase, Terms, Window
from shared.vocabulary import (
    Band,
    Ineligible,
    Judgement,
    Level,
    Member,
    Parts,
    Position,
    RecognitionForm,
    Ruling,
    Sector,
    TargetKind,
    TextField,
    Tier,
    WorkerKind,
    named,
)

TEvent = TypeVar("TEvent", bound=Event)

START = datetime(2022, 1, 8, tzinfo=UTC)
END = datetime(2023, 9, 1, tzinfo=UTC)

UNITS = {
    "vn": (Level.NATION, None),
    "p1": (Level.FIRST, "vn"),
    "p2": (Level.FIRST, "vn"),
    "p3": (Level.FIRST, "vn"),
    "u1": (Level.UPPER, "p1"),
    "u2": (Level.UPPER, "p2"),
    "u3": (Level.UPPER, "p3"),
    "a": (Level.GRASSROOTS, "u1"),
    "b": (Level.GRASSROOTS, "u1"),
    "c": (Level.GRASSROOTS, "u2"),
    "d": (Level.GRASSROOTS, "u3"),
}
MEMBERS = {"p1": 2000, "p2": 500}


def day(number: float) -> datetime:
    """So many days after the programme's start."""
    return START + timedelta(days=number)


def _phase(code: str, begins: float, ends: float, unit: str | None = None) -> Phase:
    return Phase.model_validate({"code": code, "from": day(begins), "to": day(ends), "unit": unit})


TERMS = Terms(
    window=Window.model_validate({"from": START, "to": END}),
    applied_from=date(2021, 9, 1),
    applied_to=date(2023, 9, 1),
    # The third phase is the second unit's own, and its first two end at other days than everybody's.
    phases=(
        _phase("1", 0, 100),
        _phase("2", 100, 600),
        _phase("1", 0, 50, "p2"),
        _phase("2", 50, 200, "p2"),
        _phase("3", 200, 600, "p2"),
    ),
)

BY = Actor(
    name="cổng tỉnh",
    role="client",
    source="http",
    correlation=named("correlation"),
    on_behalf_of=str(named("person", "on behalf of")),
)


class Chronicle:
    """Records a programme's events, each at the instant the test says, else where the story stands."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.directory = Directory(ledger)
        self.now = START
        self.ideas: dict[str, Position] = {}
        self._declared: dict[str, IdeaDeclared] = {}
        self._units: dict[str, str] = {}
        self._versions: dict[UUID, int] = {}
        founded: list[Event] = []
        for code, (level, parent) in UNITS.items():
            stream = named("unit", code)
            founded.append(
                self.next(
                    UnitFounded,
                    stream,
                    code=code,
                    unit_name=f"Đơn vị {code}",
                    level=level,
                    parent=parent,
                    sector=Sector.STATE,
                    valid_from=date.min,
                )
            )
            if code in MEMBERS:
                founded.append(
                    self.next(
                        HeadsCounted,
                        stream,
                        code=code,
                        members=MEMBERS[code],
                        members_and_workers=2 * MEMBERS[code],
                        counted_on=date(2021, 12, 31),
                    )
                )
        self.record(
            *founded,
            self.next(
                ProgrammeOpened,
                named("programme", "1tr"),
                code="1tr",
                programme_name="1 triệu sáng kiến",
                terms=TERMS,
            ),
        )

    def next(self, kind: type[TEvent], stream: UUID, /, **facts: object) -> TEvent:
        """The stream's next event."""
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        return kind.model_validate(
            {"originator_id": stream, "originator_version": version, "by": BY, **facts}
        )

    def record(self, *events: Event, at: datetime | None = None) -> Position:
        """Put events on record together; answers the position of the last."""
        self.now = max(self.now, at or self.now)
        position = self.ledger.append(*events, moments=[self.now] * len(events))[-1]
        self.directory.catch_up()
        return position

    def target(
        self,
        unit: str,
        value: int,
        *,
        phase: str | None = None,
        kind: TargetKind = TargetKind.ASSIGNED,
        dated: date = date(2022, 1, 8),
    ) -> Position:
        return self.record(
            self.next(
                TargetSet,
                named("programme", "1tr"),
                code="1tr",
                unit=unit,
                phase=phase,
                kind=kind,
                value=value,
                document="01/KH",
                dated=dated,
            )
        )

    def cohort(self, code: str, *units: str) -> Position:
        stream = named("cohort", code)
        return self.record(
            self.next(CohortFormed, stream, code=code, cohort_name=code),
            *(
                self.next(CohortJoined, stream, code=code, unit=unit, valid_from=date.min)
                for unit in units
            ),
        )

    def move(self, unit: str, parent: str, *, on: date) -> Position:
        return self.record(
            self.next(UnitMoved, named("unit", unit), code=unit, parent=parent, valid_from=on)
        )

    def declare(
        self,
        name: str,
        unit: str = "a",
        *,
        filed: datetime | None = None,
        at: datetime | None = None,
        people: int = 1,
        benefit: int | None = None,
        ineligible: tuple[Ineligible, ...] = (),
        title: str = "Giải pháp",
        confidential: tuple[TextField, ...] = (),
        programme: str = "1tr",
        entered: bool = False,
        who: int = 0,
    ) -> Position:
        """Declare an idea, recorded when it was filed unless told otherwise; `entered` by somebody else than its author.

        `who` is the number of its first author.
        """
        filed = filed or at or self.now
        event = self.next(
            IdeaDeclared,
            named("idea", name),
            effective=filed,
            sender="tỉnh",
            external_id=name,
            programme=programme,
            unit=unit,
            filed_at=filed,
            priority=filed,
            content_hash=hashlib.sha256(name.encode()).hexdigest(),
            ineligible=ineligible,
            authors=authors(people, who),
            entered_by=named("person", "đội nhập liệu") if entered else None,
            content=Content(
                title=title, solution="Nội dung", benefit_vnd=benefit, confidential=confidential
            ),
        )
        self._declared[name], self._units[name] = event, unit
        self.ideas[name] = self.record(event, at=at or filed)
        return self.ideas[name]

    def declare_many(self, unit: str, *names: str, at: datetime | None = None) -> Position:
        return [self.declare(name, unit, at=at) for name in names][-1]

    def amend(
        self,
        name: str,
        *,
        people: int = 1,
        benefit: int | None = None,
        ineligible: tuple[Ineligible, ...] = (),
        title: str = "Giải pháp sửa",
        at: datetime | None = None,
        who: int = 0,
    ) -> Position:
        return self.record(
            self.next(
                IdeaAmended,
                named("idea", name),
                programme="1tr",
                unit=self._units[name],
                priority=self._declared[name].priority,
                content_hash="sửa",
                ineligible=ineligible,
                authors=authors(people, who),
                content=Content(title=title, solution="Nội dung sửa", benefit_vnd=benefit),
            ),
            at=at,
        )

    def withdraw(self, name: str, *, at: datetime | None = None) -> Position:
        return self.record(
            self.next(
                IdeaWithdrawn,
                named("idea", name),
                programme="1tr",
                unit=self._units[name],
                reason="nhầm",
            ),
            at=at,
        )

    def reroute(self, name: str, unit: str, *, at: datetime | None = None) -> Position:
        came_from, self._units[name] = self._units[name], unit
        return self.record(
            self.next(
                IdeaRerouted,
                named("idea", name),
                effective=self._declared[name].filed_at,
                programme="1tr",
                came_from=came_from,
                unit=unit,
                reason="nhầm đơn vị",
            ),
            at=at,
        )

    def recognise(self, name: str, *ineligible: Ineligible, at: datetime | None = None) -> Position:
        return self.record(
            self.next(
                RecognitionRecorded,
                named("idea", name),
                effective=self._declared[name].filed_at,
                programme="1tr",
                unit=self._units[name],
                recognition=Recognition(
                    form=RecognitionForm.RECOGNITION_DECISION, number="7", date=date(2022, 3, 1)
                ),
                ineligible=ineligible,
            ),
            at=at,
        )

    def member(self, name: str, *ineligible: Ineligible) -> Member:
        """The idea as a case holds it."""
        declared = self._declared[name]
        return Member(
            idea=declared.originator_id,
            sender=declared.sender,
            external_id=name,
            programme="1tr",
            unit=self._units[name],
            filed_at=declared.filed_at,
            priority=declared.priority,
            by_application=False,
            position=self.ideas[name],
            solution_hash=name,
            ineligible=ineligible,
        )

    def flag(self, later: str, earlier: str, *, band: Band = Band.NEAR) -> Position:
        return self.record(
            self.next(
                FlagRaised,
                named("flag", later, earlier),
                idea=self.member(later),
                of=self.member(earlier),
                idea_version=1,
                band=band,
                score=0.8,
                parts=Parts(**dict.fromkeys(Parts.model_fields, 0.5)),
                tier=Tier.UNIT,
                reasons=("crossed-dates",),
                model="m",
                rules_version=1,
                cut=0,
            )
        )

    def open_case(
        self, *names: str, case: str = "case", band: Band = Band.NEAR, at: datetime | None = None
    ) -> Position:
        return self.record(
            self.next(
                CaseOpened,
                named("case", case),
                flag=named("flag"),
                band=band,
                score=0.8,
                members=tuple(self.member(name) for name in names),
            ),
            at=at,
        )

    def join(self, name: str, of: str, *, case: str = "case", band: Band = Band.EXACT) -> Position:
        return self.record(
            self.next(
                MemberJoined,
                named("case", case),
                flag=named("flag"),
                band=band,
                score=0.9,
                member=self.member(name),
                of=named("idea", of),
            )
        )

    def rule(
        self,
        name: str,
        ruling: Ruling = Ruling.DUPLICATE_IN_UNIT,
        *,
        case: str = "case",
        against: str | None = None,
        at: datetime | None = None,
    ) -> Position:
        return self.record(
            self.next(
                MemberRuled,
                named("case", case),
                effective=self._declared[name].filed_at,
                member=named("idea", name),
                unit=self._units[name],
                programme="1tr",
                canonical=named("idea", against or name),
                ruling=ruling,
                reason="trùng",
                member_solution="m",
                canonical_solution="c",
            ),
            at=at,
        )

    def choose(self, name: str, *, case: str = "case") -> Position:
        return self.record(
            self.next(
                CanonicalChosen, named("case", case), member=named("idea", name), reason="đúng hơn"
            )
        )

    def change(self, name: str, *ineligible: Ineligible, case: str = "case") -> Position:
        return self.record(
            self.next(
                MemberChanged,
                named("case", case),
                member=self.member(name, *ineligible),
                text_changed=True,
            )
        )

    def leave(self, name: str, *, moot: bool = False, case: str = "case") -> Position:
        return self.record(
            self.next(MemberLeft, named("case", case), member=named("idea", name), moot=moot)
        )

    def reopen(self, name: str | None = None, *, case: str = "case") -> Position:
        return self.record(
            self.next(
                CaseReopened,
                named("case", case),
                reason="có căn cứ mới",
                member=named("idea", name) if name is not None else None,
            )
        )

    def docket(self, case: str) -> Docket:
        """What the events of a case came to."""
        docket: Docket | None = None
        for event in self.ledger.stream(named("case", case)):
            docket = Docket.evolve(docket, event)
        assert docket is not None
        return docket

    def exclude(self, name: str, *, case: str = "case", moot: bool = False) -> Position:
        return self.record(
            self.next(
                MemberExcluded,
                named("case", case),
                effective=self._declared[name].filed_at,
                member=named("idea", name),
                unit=self._units[name],
                programme="1tr",
                reason="việc khác",
                solution=name,
                moot=moot,
            )
        )

    def split(self, *names: str, case: str = "case", into: str = "tách") -> Position:
        """Take members into a case of their own; answers the position at which that is there."""
        docket, ideas = self.docket(case), [named("idea", name) for name in names]
        return self.record(
            self.next(
                CaseSplit,
                named("case", case),
                into=named("case", into),
                moved=tuple(ideas),
                reason="hai việc",
            ),
            self.next(
                CaseSplitOff,
                named("case", into),
                came_from=named("case", case),
                band=docket.band,
                score=docket.score,
                members=tuple(m.brought() for m in docket.members if m.member.idea in ideas),
                reason="hai việc",
            ),
        )

    def take_in(self, other: str, *, case: str = "case") -> Position:
        """Join another case into this one; answers the position at which that is so."""
        docket = self.docket(other)
        return self.record(
            self.next(
                CaseJoined, named("case", other), into=named("case", case), reason="một việc"
            ),
            self.next(
                CaseTookIn,
                named("case", case),
                came_from=named("case", other),
                band=docket.band,
                score=docket.score,
                members=tuple(m.brought() for m in docket.members if not m.taken_out),
                reason="một việc",
            ),
        )

    def undo(self, name: str, before: Judgement | None = None, *, case: str = "case") -> Position:
        """Undo the ruling that stands on a member, which was given in a list."""
        standing = self.docket(case).member(named("idea", name))
        assert standing is not None
        assert standing.judged is not None
        return self.record(
            self.next(
                RulingUndone,
                named("case", case),
                effective=self._declared[name].filed_at,
                member=named("idea", name),
                unit=self._units[name],
                programme="1tr",
                undone=standing.judged.event,
                canonical=standing.judged.against,
                before=before,
                reason="nhầm danh sách",
            )
        )


def authors(count: int, first: int = 0) -> tuple[SealedAuthor, ...]:
    return tuple(
        SealedAuthor(
            person=named("person", number),
            sealed_name="niêm phong",
            share_percent="100",
            holds_post=False,
            worker_kind=WorkerKind.DIRECT,
        )
        for number in range(first, first + count)
    )
