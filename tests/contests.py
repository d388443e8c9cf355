"""The chronicle's programme as a contest: waves, criteria, enterprises, and ideas that say what they bring."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from services.projections.reckoning.asof import Moment
from services.projections.views.projector import Projector
from shared.criteria import Criterion
from shared.declaration import Content, SealedAuthor
from shared.events.idea import IdeaDeclared
from shared.events.organisation import UnitFounded
from shared.events.programme import CriteriaAdopted
from shared.vocabulary import (
    BenefitClass,
    Ineligible,
    Level,
    Position,
    Sector,
    WorkerKind,
    named,
)
from tests.aims import Aims

NOT_VALID = (Ineligible.NOT_RECOGNISED,)


class Contests(Aims):
    """Nation vn, provinces p1 (u1: a, b), p2 (u2: c), p3 (u3: d); p1 has 2,000 members, p2 500 (tests/chronicle.py)."""

    projector: Projector

    def here(self, at: Position | datetime | None = None, *, corrected: bool = False) -> Moment:
        """The moment, with the views brought up to it."""
        return self.at(at, projector=self.projector, corrected=corrected)

    def adopt(
        self,
        *criteria: Criterion,
        valid_from: date,
        document: str = "06/HD",
        at: datetime | None = None,
    ) -> Position:
        return self.record(
            self.next(
                CriteriaAdopted,
                named("emulation", "1tr"),
                code="1tr",
                valid_from=valid_from,
                document=document,
                criteria=criteria,
            ),
            at=at,
        )

    def found(
        self, code: str, parent: str, *, sector: Sector = Sector.NON_STATE, kind: str = "enterprise"
    ) -> Position:
        """A grassroots union, of an enterprise unless told otherwise."""
        return self.record(
            self.next(
                UnitFounded,
                named("unit", code),
                code=code,
                unit_name=f"Đơn vị {code}",
                level=Level.GRASSROOTS,
                parent=parent,
                sector=sector,
                unit_kind=kind,
                valid_from=date.min,
            )
        )

    def bring(
        self,
        name: str,
        unit: str,
        *,
        at: datetime,
        authors: Sequence[tuple[bool, WorkerKind]] = ((False, WorkerKind.DIRECT),),
        benefit: int | None = None,
        sure: BenefitClass = BenefitClass.DECLARED,
    ) -> Position:
        """An idea whose authors hold a leading post or not, with a benefit of a class."""
        event = self.next(
            IdeaDeclared,
            named("idea", name),
            effective=at,
            sender="tỉnh",
            external_id=name,
            programme="1tr",
            unit=unit,
            filed_at=at,
            priority=at,
            content_hash=hashlib.sha256(name.encode()).hexdigest(),
            authors=tuple(
                SealedAuthor(
                    person=named("person", name, number),
                    sealed_name="niêm phong",
                    share_percent="100",
                    holds_post=post,
                    worker_kind=kind,
                )
                for number, (post, kind) in enumerate(authors)
            ),
            content=Content(
                title="Giải pháp", solution="Nội dung", benefit_vnd=benefit, benefit_class=sure
            ),
        )
        self._declared[name], self._units[name] = event, unit
        self.ideas[name] = self.record(event, at=at)
        return self.ideas[name]
