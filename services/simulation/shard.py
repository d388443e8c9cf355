"""A part of the country in which everything is decided: its unions declare, and what was declared lives on.

The country is always divided into the same parts, so that its history is the same whether they are simulated in this
process, one after the other, or each in a process of its own. All that a part decides, it decides as in daily use:
an idea is declared, amended or withdrawn by `Idea`, names are sealed by the vault, cases are opened and ruled on by `Case`.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Final, NamedTuple
from uuid import UUID

from services.intake.authorship import Lot
from services.intake.bulk import claim_name, fingerprint
from services.intake.idea import Idea
from services.simulation.copying import Copying, Plan
from services.simulation.country import Country, Union
from services.simulation.curve import DAY, Slice, moments
from services.simulation.decided import Decided
from services.simulation.filing import Filed, Filing
from services.simulation.life import Life
from services.simulation.organisation import Organisation
from shared.ledger.clock import UUID7
from shared.ledger.encoding import encode
from shared.ledger.model import Event
from shared.sealing import NewKey, Sealing
from shared.terms import Terms
from shared.tree import Tree

SHARDS: Final = 2

AMENDED: Final = 0.08
WITHDRAWN: Final = 0.015
REROUTED: Final = 0.01

Action = Callable[[Life, datetime], None]


class Drawn(NamedTuple):
    """A form filled in at an instant, not yet handed in."""

    at: datetime
    filed: Filed
    life: Life
    plan: Plan | None


class Shard:
    """One part of the country, stretch by stretch of the simulated time."""

    def __init__(
        self,
        number: int,
        country: Country,
        organisation: Organisation,
        sealing: Sealing,
        seed: int,
        *,
        declared_only: bool = False,
    ) -> None:
        self._number = number
        self._declared_only = declared_only
        self._sealing = sealing
        self._lot = Lot(sealing)
        self._chance = random.Random(f"shard {number} of {seed}")
        self._trees = organisation.trees
        self._terms: Terms = country.programme.terms()
        divided = parts(country)
        self._unions = divided[number]
        self._share = _reaches(divided)[number : number + 2]
        self._clock = self._trees[0][0]
        bits = random.Random(f"ids {number} of {seed}").getrandbits
        self._new_id = UUID7(lambda: self._clock, bits)
        self._new_correlation = UUID7(lambda: self._clock, bits)
        self._filing = Filing(country, self._chance)
        self._copying = Copying(self, self._chance)
        self._waiting: list[tuple[datetime, int, Action, Life]] = []
        self._order = 0
        self._named = 0
        self._ideas = 0
        self._decided = Decided()
        self._declared: list[Life] = []
        self._ahead: deque[list[Drawn]] = deque()
        self._unplaced: list[list[Life]] = []
        self._open: list[Union] = []
        self._weights: list[float] = []
        self._known = -1
        self.tree: Tree = self._trees[0][1]
        self.slice_ends = self._clock

    # What its parts ask of it.

    def record(self, at: datetime, event: Event) -> None:
        """Put a decision among what happened."""
        self._decided.add(at, event)

    def later(self, at: datetime, action: Action, life: Life) -> None:
        """Have something happen to an idea at an instant; what should have happened already happens next."""
        self._order += 1
        heapq.heappush(self._waiting, (at, self._order, action, life))

    def new_id(self) -> UUID:
        """An id that tells the simulated time."""
        return self._new_id()

    # A stretch of time.

    def run(self, stretch: Slice) -> Decided:
        """Everything that happens in a stretch, in the order of time."""
        self._know_the_tree(stretch.begins)
        self.slice_ends = stretch.ends
        self._decided, self._declared = Decided(), []
        for drawn in self._ahead.popleft() if self._ahead else self._draw(stretch):
            self._clock = drawn.at
            self._declare(drawn)
        self._live_until(stretch.ends)
        if self.needs_places:
            self._unplaced.append(self._declared)
        return self._decided

    def new_keys(self) -> list[NewKey]:
        """The keys under which names were sealed that were not yet asked for."""
        return self._sealing.handed_over()

    def draw_ahead(self, stretches: Iterable[Slice]) -> None:
        """Fill in all forms before the first is handed in, which goes where nothing becomes of an idea."""
        for stretch in stretches:
            self._know_the_tree(stretch.begins)
            self._ahead.append(list(self._draw(stretch)))
        self._known = -1

    @property
    def needs_places(self) -> bool:
        """Whether anything becomes of an idea for which it must be known where its declaration came to stand."""
        return not self._declared_only

    def place(self, positions: Sequence[int]) -> None:
        """Know at which positions the declarations of the oldest stretch not yet known came to stand."""
        for life, position in zip(self._unplaced.pop(0), positions, strict=True):
            life.position = position

    def _own(self, ideas: int) -> int:
        """How many of the country's first so many ideas are of this part; those of all parts add up."""
        low, high = self._share
        return round(ideas * high) - round(ideas * low)

    def _live_until(self, end: datetime) -> None:
        while self._waiting and self._waiting[0][0] < end:
            at, _, action, life = heapq.heappop(self._waiting)
            self._clock = max(self._clock, at)
            action(life, self._clock)

    def _know_the_tree(self, at: datetime) -> None:
        known = bisect([since for since, _ in self._trees], at) - 1
        if known == self._known:
            return
        self._known = known
        self.tree = self._trees[known][1]
        units = self.tree.units
        self._open = [u for u in self._unions if units[u.code].closed is None]
        self._weights = list(accumulate(union.weight for union in self._open))

    # What becomes of an idea.

    def _draw(self, stretch: Slice) -> Iterator[Drawn]:
        """The forms of a stretch, each filled in when the one before was handed in and lives."""
        chance = self._chance
        self._filing.begin(self._new_correlation)
        before, self._ideas = self._ideas, self._ideas + stretch.ideas
        for at in moments(stretch, self._own(self._ideas) - self._own(before), chance):
            # What lives until then may withdraw what would have been copied.
            self._live_until(at)
            union = self._open[bisect(self._weights, chance.random() * self._weights[-1])]
            plan = self._copying.plan(union)
            self._named += 1
            filed = self._filing.fill(union, at, plan, f"SK-{self._number}{self._named:07d}")
            life = Life(union.code, union.upper, filed.plot, filed.declaration.authors)
            self._copying.remember(life, plan)
            yield Drawn(at, filed, life, plan)

    def _declare(self, drawn: Drawn) -> None:
        at, filed, life, plan = drawn
        declaration = filed.declaration
        declared = Idea.declare(
            self.new_id(),
            declaration,
            sender=filed.sender,
            terms=self._terms,
            tree=self.tree,
            seals=self._lot,
            by=filed.by,
            at=at,
        )
        name = claim_name(filed.sender, declaration.external_id)
        digest = fingerprint(declaration, self._lot)
        self._decided.declare(at, encode(declared), name, digest)
        life.begin(declared)
        self._declared.append(life)
        if not self._declared_only:
            self._destine(life, at, filed.recognised_later, plan)

    def _destine(self, life: Life, at: datetime, recognised_later: bool, plan: Plan | None) -> None:
        chance = self._chance
        if recognised_later:
            self.later(at + DAY * chance.expovariate(1 / 6), self._recognise, life)
        if plan is not None:
            self._copying.destine(life, at, plan)
        fate = chance.random()
        if fate < AMENDED:
            self.later(at + DAY * chance.expovariate(1 / 5), self._amend, life)
        elif fate < AMENDED + WITHDRAWN:
            self.later(at + DAY * chance.expovariate(1 / 15), self._withdraw, life)
        elif fate < AMENDED + WITHDRAWN + REROUTED:
            self.later(at + DAY * chance.expovariate(1 / 8), self._reroute, life)

    def _take(self, life: Life, at: datetime, event: Event) -> None:
        self.record(at, event)
        life.take(event)

    def _recognise(self, life: Life, at: datetime) -> None:
        if life.withdrawn:
            return
        idea = life.idea
        recognition = self._filing.recognition(idea.unit, at)
        by = self._filing.by(life.first)
        event = idea.record_recognition(recognition, terms=self._terms, by=by)
        self._take(life, at, event)
        self._copying.changed(life, at, event, text_changed=False)

    def _amend(self, life: Life, at: datetime) -> None:
        if life.withdrawn:
            return
        draft = self._filing.corrected(life)
        event = life.idea.amend(
            draft, terms=self._terms, seals=self._lot, by=self._filing.by(life.first)
        )
        self._take(life, at, event)
        self._copying.changed(life, at, event, text_changed=True)

    def _withdraw(self, life: Life, at: datetime) -> None:
        by = self._filing.by(life.first)
        event = life.idea.withdraw(reason="Đơn vị rút lại để hoàn thiện thêm", by=by)
        self._take(life, at, event)
        self._copying.withdrawn(life, at, event)

    def _reroute(self, life: Life, at: datetime) -> None:
        others = [
            unit
            for unit in self.tree.children.get(life.upper, ())
            if unit != life.idea.unit and self.tree[unit].closed is None
        ]
        if life.withdrawn or not others:
            return
        unit = others[int(self._chance.random() * len(others))]
        event = life.idea.reroute(
            unit, reason="Nhập nhầm đơn vị", tree=self.tree, by=self._filing.by(life.first)
        )
        self._take(life, at, event)
        self._copying.changed(life, at, event, text_changed=False)


def parts(country: Country) -> list[list[Union]]:
    """The grassroots unions of each part: whole units of the first level, so that every part files about as much."""
    weights: dict[str, float] = {}
    for union in country.unions:
        weights[union.first] = weights.get(union.first, 0.0) + union.weight
    filed = [0.0] * SHARDS
    part_of: dict[str, int] = {}
    for first, weight in sorted(weights.items(), key=lambda entry: (-entry[1], entry[0])):
        lightest = filed.index(min(filed))
        part_of[first] = lightest
        filed[lightest] += weight
    return [[u for u in country.unions if part_of[u.first] == n] for n in range(SHARDS)]


def _reaches(all_parts: Sequence[Sequence[Union]]) -> list[float]:
    """Up to where each part reaches when the country's ideas are laid end to end, 0 to 1, from 0 on."""
    weights = [sum(union.weight for union in unions) for unions in all_parts]
    return [0.0, *(reached / sum(weights) for reached in accumulate(weights))]
