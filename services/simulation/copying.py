"""Copies in the simulation: who tells whose idea again, how that is suspected, brought before a reviewer, and ruled on.

Nothing is matched here: that an idea is a copy was drawn before its text was written, and the flag that says so carries
a model's name that is no model's. What follows from the flag follows as in daily use, by `Case`.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from services.dedup.case import Case
from services.dedup.flag import flag_id
from services.simulation.curve import DAY
from services.simulation.life import Life
from services.simulation.listing import LISTED, Listing
from shared.built import built, changed
from shared.events.matching import FlagRaised
from shared.ledger.model import Actor, Event
from shared.vocabulary import Band, Parts, Ruling, Tier

if TYPE_CHECKING:
    from services.simulation.country import Union
    from services.simulation.shard import Shard

Choice = TypeVar("Choice")

MODEL: Final = "simulated"
"""No model's name: a flag under it was drawn, not computed."""
COPIES: Final = 0.53
NEVER_RULED: Final = 0.1
TURNED: Final = 0.03
LARGEST_CASE: Final = 6
RECENT: Final = 4096
TIERS: Final = ((Tier.UNIT, 0.55), (Tier.UPPER, 0.15), (Tier.FIRST, 0.15), (Tier.ELSEWHERE, 0.15))
IN_LAW: Final = (
    (Ruling.DUPLICATE_IN_UNIT, 0.50),
    (Ruling.RE_ENTRY, 0.15),
    (Ruling.CO_AUTHOR_COPY, 0.13),
    (Ruling.TEMPLATE_ONLY, 0.08),
    (Ruling.NOT_DUPLICATE, 0.14),
)
SIMILAR: Final = (
    (Ruling.COPIED, 0.52),
    (Ruling.EARLIER_PROGRAMME, 0.10),
    (Ruling.INDEPENDENT, 0.20),
    (Ruling.TEMPLATE_ONLY, 0.08),
    (Ruling.NOT_DUPLICATE, 0.10),
)
BY_THE_SAME: Final = frozenset({Ruling.RE_ENTRY, Ruling.CO_AUTHOR_COPY})
UNIT, UPPER, FIRST = Tier.UNIT, Tier.UPPER, Tier.FIRST
REASONS: Final = {
    Ruling.DUPLICATE_IN_UNIT: "Nội dung trùng với sáng kiến đã đăng ký trước tại đơn vị.",
    Ruling.RE_ENTRY: "Cùng tác giả nhập lại sáng kiến đã có.",
    Ruling.CO_AUTHOR_COPY: "Đồng tác giả đã kê khai sáng kiến này.",
    Ruling.EARLIER_PROGRAMME: "Sáng kiến đã tính trong chương trình trước.",
    Ruling.COPIED: "Nội dung chép từ sáng kiến của đơn vị khác.",
    Ruling.TEMPLATE_ONLY: "Chỉ giống nhau ở phần mẫu chung.",
    Ruling.INDEPENDENT: "Hai đơn vị cùng nghĩ ra, không sao chép.",
    Ruling.NOT_DUPLICATE: "Giải pháp khác nhau, không trùng.",
}


class Plan(NamedTuple):
    """What was drawn for a copy: of which idea, how much is told otherwise, and how a person will see it."""

    of: Life
    changes: int
    ruling: Ruling

    @property
    def same_authors(self) -> bool:
        """Whether the same people hand it in once more."""
        return self.ruling in BY_THE_SAME


@dataclass
class Matter:
    """A case as it stands; the ideas in it point here, and nothing points back, so that all of it goes when they do."""

    case: Case
    told: list[Event] | None = None
    """What happened in it, where that will be asked for."""


class Copying:
    """Draws copies for a part of the country, and sees them through."""

    def __init__(self, shard: Shard, chance: random.Random) -> None:
        self._shard = shard
        self._chance = chance
        self._of_unit: dict[str, Life] = {}
        self._of_upper: dict[str, Life] = {}
        self._of_first: dict[str, Life] = {}
        self._recent: deque[Life] = deque(maxlen=RECENT)
        self._matcher = Actor(
            name="matcher", role="system", source="simulation", correlation=shard.new_id()
        )
        self._listing = Listing(shard, self, chance)
        self._keeper = changed(self._matcher, {"name": "case-keeper", "source": "cases"})

    def plan(self, union: Union) -> Plan | None:
        """Whether the next idea of a union is a copy, and of what."""
        chance = self._chance
        if chance.random() >= COPIES:
            return None
        tier = _drawn(TIERS, chance.random())
        earlier: Life | None = None
        if tier is UNIT:
            earlier = self._of_unit.get(union.code)
        elif tier is UPPER:
            earlier = self._of_upper.get(union.upper)
        elif tier is FIRST:
            earlier = self._of_first.get(union.first)
        elif self._recent:
            earlier = self._recent[int(chance.random() * len(self._recent))]
        if earlier is None or not _may_be_copied(earlier):
            return None
        ruling = _drawn(IN_LAW if earlier.unit == union.code else SIMILAR, chance.random())
        if ruling.distinct:
            return Plan(earlier, 2, ruling)
        return Plan(earlier, int(chance.random() * 2.4), ruling)

    def remember(self, life: Life, plan: Plan | None) -> None:
        """Let an idea be copied by later ones; what is a copy itself, seldom."""
        draw = self._chance.random()
        if plan is not None and draw > 0.1:
            return
        unit, first = life.unit, life.first
        for kept, key, share in (
            (self._of_unit, unit, 0.5),
            (self._of_upper, life.upper, 0.2),
            (self._of_first, first, 0.1),
        ):
            known = kept.get(key)
            if known is None or draw < share or not _may_be_copied(known):
                kept[key] = life
        self._recent.append(life)

    def destine(self, life: Life, at: datetime, plan: Plan) -> None:
        """Have the copy suspected as soon as it is on record."""
        hours = self._chance.expovariate(1 / 2)

        def suspect(life: Life, at: datetime) -> None:
            self._suspect(life, at, plan)

        self._shard.later(at + DAY * hours / 24, suspect, life)

    def changed(self, life: Life, at: datetime, event: Event, *, text_changed: bool) -> None:
        """Tell the case that a member was amended, recognised or put elsewhere."""
        if life.matter is not None:
            by = self._by(event)
            self.put(
                life.matter,
                at,
                life.matter.case.change(life.member(), text_changed=text_changed, by=by),
            )

    def withdrawn(self, life: Life, at: datetime, event: Event) -> None:
        """Tell the case that a member is gone."""
        if life.matter is not None:
            self.put(life.matter, at, life.matter.case.leave(life.id, by=self._by(event)))

    def reviewer(self, life: Life) -> Actor:
        """Whoever rules where an idea stands."""
        return Actor(
            name=f"thẩm định {life.first}",
            role="reviewer",
            source="simulation",
            correlation=self._shard.new_id(),
        )

    def _by(self, event: Event) -> Actor:
        return self._keeper.because_of(event)

    def put(self, matter: Matter, at: datetime, events: Sequence[Event]) -> None:
        for event in events:
            self._shard.record(at, event)
            matter.case = Case.evolve(matter.case, event)
            if matter.told is not None:
                matter.told.append(event)

    def _suspect(self, life: Life, at: datetime, plan: Plan) -> None:
        earlier = plan.of
        if life.withdrawn or earlier.withdrawn:
            return
        if not life.position or not earlier.position:
            # The flag says where both stand, which is known only when they are on record.
            self._shard.later(
                self._shard.slice_ends, lambda life, at: self._suspect(life, at, plan), life
            )
            return
        flag = self._flag(life, plan)
        self._shard.record(at, flag)
        by = self._by(flag)
        matter = earlier.matter or life.matter
        if matter is None:
            opened = Case.open(flag, by=by)
            self._shard.record(at, opened)
            listed = self._chance.random() < LISTED
            matter = Matter(Case.evolve(None, opened), told=[opened] if listed else None)
            if listed:
                self._listing.gather(life, matter, plan.ruling, at)
            earlier.matter = life.matter = matter
        else:
            for member, said in ((earlier, flag.of), (life, flag.idea)):
                if member.matter is None:
                    self.put(matter, at, matter.case.join(flag, said, by=by))
                    member.matter = matter
        draw = self._chance.random()
        if draw >= NEVER_RULED and matter.told is None:
            days = self._chance.expovariate(1 / (40 if draw < NEVER_RULED + 0.08 else 6))
            ruling = plan.ruling
            self._shard.later(at + DAY * days, lambda life, at: self._rule(life, at, ruling), life)

    def _flag(self, life: Life, plan: Plan) -> FlagRaised:
        later, earlier = life.member(), plan.of.member()
        likeness = life.plot.likeness(plan.of.plot)
        score = round(0.2 + 0.8 * likeness, 6)
        band = Band.EXACT if likeness == 1 else Band.NEAR if likeness > 0.5 else Band.SIMILAR
        version = life.idea.version
        return built(
            FlagRaised,
            {
                "originator_id": flag_id(life.id, version, plan.of.id, MODEL, 1),
                "originator_version": 1,
                "by": changed(self._matcher, {"causation": f"{life.id}/{version}"}),
                "effective": None,
                "idea": later,
                "of": earlier,
                "idea_version": version,
                "band": band,
                "score": score,
                "parts": _parts(score, likeness),
                "tier": self._shard.tree.tier(life.unit, plan.of.unit),
                "reasons": ("same-authors",) if plan.same_authors else (),
                "model": MODEL,
                "rules_version": 1,
                "cut": life.position - 1,
                "idea_standard": (),
                "of_standard": (),
            },
        )

    def _rule(self, life: Life, at: datetime, ruling: Ruling) -> None:
        """A reviewer judges the copy, or, where its own dates put it first, the one that it is like."""
        matter = life.matter
        if matter is None or life.withdrawn or matter.case.docket.moot:
            return
        docket = matter.case.docket
        judged = life.id
        if docket.canonical == life.id:
            others = [
                m.member.idea
                for m in docket.members
                if not m.left and m.member.idea != life.id and m.judged is None
            ]
            if not others:
                return
            judged = others[0]
        by = self.reviewer(life)
        self.put(matter, at, [matter.case.rule(judged, ruling, reason=REASONS[ruling], by=by)])
        if self._chance.random() < TURNED:
            # An appeal is heard some weeks later: the ruling is another one, and both stay on record.
            other = Ruling.NOT_DUPLICATE if ruling.leaves_net else Ruling.COPIED
            days = self._chance.expovariate(1 / 20)
            self._shard.later(at + DAY * days, lambda life, at: self._rule(life, at, other), life)


@lru_cache
def _parts(score: float, likeness: float) -> Parts:
    return Parts(
        title_cosine=score,
        title_fuzzy=score,
        situation_cosine=1.0,
        solution_cosine=score,
        solution_bare_cosine=score,
        solution_containment=likeness,
        solution_fuzzy=score,
    )


def _may_be_copied(life: Life) -> bool:
    return not life.withdrawn and (
        life.matter is None or len(life.matter.case.docket.members) < LARGEST_CASE
    )


def _drawn(choices: Sequence[tuple[Choice, float]], draw: float) -> Choice:
    for choice, share in choices:
        draw -= share
        if draw < 0:
            return choice
    return choices[-1][0]
