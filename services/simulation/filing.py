"""What a simulated union writes into the form: texts, people, dates, benefits; now and then incomplete or out of the window."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from services.simulation.copying import Plan
from services.simulation.country import APPLIED_FROM, BEGINS, PROGRAMME, Country, Union
from services.simulation.curve import DAY, is_school_season
from services.simulation.life import Life
from services.simulation.texts import Plot, basis, drawn, retold, written
from shared.built import built
from shared.declaration import Author, Declaration, Draft, Recognition
from shared.ledger.model import Actor
from shared.vocabulary import (
    HOME,
    BenefitClass,
    IdeaField,
    RecognitionForm,
    TextField,
    WorkerKind,
)

SHARES: Final = {
    authors: tuple(Decimal(share).normalize() for share in shares)
    for authors, shares in enumerate(((100,), (60, 40), (40, 30, 30), (25, 25, 25, 25)), 1)
}
"""Written as the form writes them."""
IDEAS_OF_A_PERSON: Final = 3
FIELDS: Final = tuple(IdeaField)
# To look a member of an enumeration up by its name takes as long as to draw a number.
DECLARED, RECOGNISED, VERIFIED = (
    BenefitClass.DECLARED,
    BenefitClass.RECOGNISED,
    BenefitClass.VERIFIED,
)
DECISION, AWARD = RecognitionForm.RECOGNITION_DECISION, RecognitionForm.AWARD_DECISION
CADRE, OFFICER, DIRECT = WorkerKind.UNION_CADRE, WorkerKind.OFFICER, WorkerKind.DIRECT
RECOGNISED_AT_ONCE: Final = 0.45
NEVER_RECOGNISED: Final = 0.05
ENTERED_FOR_THEM: Final = 0.12


class Filed(NamedTuple):
    """A form filled in, with who sends it and what was drawn for its texts."""

    declaration: Declaration
    sender: str
    by: Actor
    plot: Plot
    recognised_later: bool


class Filing:
    """Fills in forms by chance."""

    def __init__(self, country: Country, chance: random.Random) -> None:
        self._chance = chance
        total = sum(union.weight for union in country.unions)
        people = country.ideas / IDEAS_OF_A_PERSON
        self._people = {
            union.code: max(2, round(people * union.weight / total)) for union in country.unions
        }
        self._by: dict[str, Actor] = {}
        self._new_id: Callable[[], UUID] | None = None

    def begin(self, new_id: Callable[[], UUID]) -> None:
        """Begin a stretch of time: whoever sends something sends it under one correlation."""
        self._by = {}
        self._new_id = new_id

    def by(self, first: str) -> Actor:
        """The portal of a unit of the first level."""
        known = self._by.get(first)
        if known is None:
            assert self._new_id is not None
            known = self._by[first] = Actor(
                name=f"cổng {first}", role="client", source="simulation", correlation=self._new_id()
            )
        return known

    def fill(self, union: Union, at: datetime, plan: Plan | None, external_id: str) -> Filed:
        """The form of an idea that reaches the record at an instant."""
        chance = self._chance
        plot = drawn(chance) if plan is None else retold(plan.of.plot, plan.changes, chance)
        texts = written(plot)
        filed_at = self._filed_at(union, at)
        by = self.by(union.first)
        recognised = chance.random()
        benefits = chance.random()
        given = chance.random() < 0.7
        oddity = chance.random()
        # What this file writes is well formed; the tests hold it to the form, which is as costly as all the rest.
        declaration = built(
            Declaration,
            {
                "external_id": external_id,
                "programme": PROGRAMME,
                "unit": union.code,
                "title": texts.title,
                "situation_before": texts.situation,
                "solution": texts.solution,
                "applicability": "",
                "conditions": "",
                "benefit": "",
                "benefit_vnd": int(chance.lognormvariate(17, 1.4)) // 1000 * 1000
                if given
                else None,
                "benefit_basis": basis(chance) if given and benefits < 0.4 else "",
                "benefit_class": (
                    VERIFIED if benefits < 0.1 else RECOGNISED if benefits < 0.35 else DECLARED
                ),
                "field": FIELDS[int(chance.random() * len(FIELDS))],
                "first_applied_on": self._applied_on(filed_at, oddity),
                "recognition": (
                    self.recognition(union.code, filed_at)
                    if recognised < RECOGNISED_AT_ONCE
                    else None
                ),
                "confidential": (TextField.SOLUTION,) if 0.5 < oddity < 0.51 else (),
                "authors": self._authors(union, plan),
                "filed_at": filed_at,
                "entered_by": (
                    f"ho-tro-{union.first}" if chance.random() < ENTERED_FOR_THEM else ""
                ),
            },
        )
        later = RECOGNISED_AT_ONCE <= recognised < 1 - NEVER_RECOGNISED
        return Filed(declaration, by.name, by, plot, later)

    def corrected(self, life: Life) -> Draft:
        """The form once more, with a part of the solution told otherwise."""
        life.plot = retold(life.plot, 1, self._chance)
        content = life.idea.content
        texts = written(life.plot)
        return Draft(
            **{
                **{name: getattr(content, name) for name in type(content).model_fields},
                "title": texts.title,
                "solution": texts.solution,
                "authors": life.authors,
            }
        )

    def recognition(self, unit: str, at: datetime) -> Recognition:
        """The decision of a unit's council on the day before."""
        return built(
            Recognition,
            {
                "form": (DECISION if self._chance.random() < 0.8 else AWARD),
                "number": f"{int(self._chance.random() * 900) + 1}/QĐ-HĐSK",
                "date": (at.astimezone(HOME) - DAY).date(),
                "authority": f"Hội đồng sáng kiến {unit}",
            },
        )

    def _filed_at(self, union: Union, at: datetime) -> datetime:
        chance = self._chance
        late = 0.75 if union.kind == "school" and is_school_season(at) else 0.05
        if chance.random() < late:
            filed = at - DAY * chance.uniform(2, 60 if late > 0.5 else 20)
        else:
            filed = at - timedelta(minutes=chance.expovariate(1 / 40))
        if filed < BEGINS and chance.random() < 0.9:
            filed = BEGINS + (at - BEGINS) * chance.random()
        return filed.replace(microsecond=0)

    def _applied_on(self, filed_at: datetime, oddity: float) -> date | None:
        if oddity < 0.012:
            return None
        day = filed_at.astimezone(HOME).date() - timedelta(
            days=10 + int(self._chance.expovariate(1 / 45))
        )
        if day < APPLIED_FROM and oddity > 0.03:
            return APPLIED_FROM
        return day - timedelta(days=400) if oddity < 0.02 else day

    def _authors(self, union: Union, plan: Plan | None) -> tuple[Author, ...]:
        chance = self._chance
        if plan is not None and plan.same_authors:
            return plan.of.authors
        draw = chance.random()
        count = 1 if draw < 0.62 else 2 if draw < 0.86 else 3 if draw < 0.96 else 4
        people = self._people[union.code]
        first = int(chance.random() * people)
        count = min(count, people)
        return tuple(
            [
                _person(union.code, (first + n) % people, share)
                for n, share in enumerate(SHARES[count])
            ]
        )


@lru_cache(maxsize=1 << 14)
def _person(unit: str, number: int, share: Decimal) -> Author:
    """A simulated person, who is always the same; the name says that there is nobody of this name."""
    return built(
        Author,
        {
            "person": f"{unit}/{number}",
            "name": f"Người mô phỏng {unit}/{number}",
            "share_percent": share,
            "holds_post": number % 9 == 0,
            "worker_kind": (CADRE if number % 31 == 5 else OFFICER if number % 7 == 3 else DIRECT),
        },
    )
