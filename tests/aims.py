"""The chronicle's programme with targets of every kind, told as documents tell them, and changed after a date."""

from __future__ import annotations

from datetime import date, datetime

from services.projections.reckoning.asof import Axis, Moment, moment
from services.projections.views.projector import Projector
from shared.events.organisation import (
    CohortFormed,
    CohortJoined,
    CohortLeft,
    HeadsCounted,
    UnitClosed,
)
from shared.events.programme import TargetSet, TermsChanged, WaveOpened
from shared.terms import Phase, SplitBy, Wave
from shared.vocabulary import HeadCount, Position, TargetKind, named
from tests.chronicle import TERMS, Chronicle

JANUARY = date(2022, 1, 8)
COUNTED = date(2021, 12, 31)
ORIENTATION, REGISTERED, ASSIGNED, STRIVING = TargetKind


class Aims(Chronicle):
    """Nation vn, provinces p1 (u1: a, b), p2 (u2: c), p3 (u3: d); p2 has phases of its own (tests/chronicle.py)."""

    def given(
        self,
        unit: str,
        value: int,
        kind: TargetKind = ASSIGNED,
        *,
        phase: str | None = None,
        percent: str | None = None,
        of: HeadCount = HeadCount.MEMBERS,
        document: str = "01/KH",
        dated: date = JANUARY,
        split_by: SplitBy | None = None,
        at: datetime | None = None,
    ) -> Position:
        """A target as it was recorded; a percentage stands beside the number that it was resolved to."""
        return self.record(
            self.next(
                TargetSet,
                named("programme", "1tr"),
                code="1tr",
                unit=unit,
                phase=phase,
                kind=kind,
                value=value,
                percent=percent,
                of=of if percent is not None else None,
                counted_on=COUNTED if percent is not None else None,
                document=document,
                dated=dated,
                split_by=split_by,
            ),
            at=at,
        )

    def heads(
        self, unit: str, members: int, *, on: date = COUNTED, at: datetime | None = None
    ) -> Position:
        """So many members, and twice as many with the other workers."""
        return self.record(
            self.next(
                HeadsCounted,
                named("unit", unit),
                code=unit,
                members=members,
                members_and_workers=2 * members,
                counted_on=on,
            ),
            at=at,
        )

    def close(self, unit: str, *, on: date, into: str | None = None) -> Position:
        return self.record(
            self.next(UnitClosed, named("unit", unit), code=unit, merged_into=into, valid_from=on)
        )

    def phases(self, *phases: tuple[str, datetime, datetime, str | None]) -> Position:
        """Other phases from now on."""
        found = tuple(
            Phase.model_validate({"code": code, "from": begins, "to": ends, "unit": unit})
            for code, begins, ends, unit in phases
        )
        terms = TERMS.model_copy(update={"phases": found})
        return self.record(
            self.next(TermsChanged, named("programme", "1tr"), code="1tr", terms=terms)
        )

    def wave(
        self, code: str, begins: datetime, ends: datetime, unit: str | None = None
    ) -> Position:
        """A wave of emulation, of the nation or of a unit's own."""
        facts = {"code": code, "name": f"Đợt {code}", "from": begins, "to": ends, "unit": unit}
        opened = Wave.model_validate(facts)
        return self.record(
            self.next(WaveOpened, named("programme", "1tr"), code="1tr", wave=opened)
        )

    def cluster(self, code: str, **members: date) -> Position:
        """A cohort, and the day from which on each unit belongs to it."""
        stream = named("cohort", code)
        return self.record(
            self.next(CohortFormed, stream, code=code, cohort_name=f"Cụm {code}"),
            *(
                self.next(CohortJoined, stream, code=code, unit=unit, valid_from=day)
                for unit, day in members.items()
            ),
        )

    def leave_cluster(self, code: str, unit: str, *, on: date) -> Position:
        return self.record(
            self.next(CohortLeft, named("cohort", code), code=code, unit=unit, valid_from=on)
        )

    def many(self, unit: str, count: int, *, at: datetime) -> Position:
        """So many ideas of a unit, declared at an instant."""
        names = (f"{unit}-{len(self.ideas) + number}" for number in range(count))
        return self.declare_many(unit, *names, at=at)

    def at(
        self,
        at: Position | datetime | None = None,
        *,
        projector: Projector | None = None,
        corrected: bool = False,
        known_at: Position | None = None,
    ) -> Moment:
        """The moment of a position or an instant, or of all there is; the views are brought up to it."""
        if projector is not None:
            projector.catch_up(self.ledger)
        asked = self.ledger.head() if at is None else at
        return moment(
            self.ledger,
            asked.isoformat() if isinstance(asked, datetime) else str(asked),
            Axis.CORRECTED if corrected else Axis.KNOWN,
            str(known_at) if known_at is not None else None,
        )
