"""Contradictions: what of a unit's targets and phases cannot all be meant, found by comparing them; nothing is counted here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple, Self

from services.projections.boards.goals import Goals
from services.projections.presentation.sentences import ConflictKind, Fact
from services.projections.targets.cascade import CascadeRow, Sum
from shared.directory import Programme
from shared.events.programme import TargetSet
from shared.terms import Phase
from shared.tree import Tree
from shared.vocabulary import TargetKind

Place = tuple[str, str | None, TargetKind]
PLANS = (TargetKind.ASSIGNED, TargetKind.REGISTERED, TargetKind.STRIVING)
"""Of these kinds a percentage says what a number must be; an orientation only says below what it should not be."""
BELOW = (
    (ConflictKind.REGISTERED_BELOW, TargetKind.REGISTERED, TargetKind.ORIENTATION),
    (ConflictKind.STRIVING_BELOW, TargetKind.STRIVING, TargetKind.ASSIGNED),
)


class Contradiction(NamedTuple):
    """What contradicts what: the facts of its sentence, and the targets on both sides of it."""

    kind: ConflictKind
    unit: str | None
    phase: str | None
    facts: dict[str, Fact]
    targets: tuple[TargetSet, ...]


class Standing(NamedTuple):
    """What is looked through for contradictions: a programme's targets and terms on a day, over the tree of the day."""

    programme: Programme
    goals: Goals
    tree: Tree
    recorded: Mapping[Place, Sequence[TargetSet]]
    """Every target dated by then, also those that another took the place of, in the order of the ledger."""

    @classmethod
    def on(cls, programme: Programme, tree: Tree, day: date) -> Self:
        """What stands on a day."""
        recorded: dict[Place, list[TargetSet]] = {}
        for target in programme.targets:
            if target.dated <= day:
                recorded.setdefault((target.unit, target.phase, target.kind), []).append(target)
        return cls(programme, Goals.on(programme, day), tree, recorded)

    def of_unit(self, unit: str) -> Iterator[Contradiction]:
        """What contradicts itself in a unit's own targets."""
        own = self.goals.by_unit.get(unit, ())
        for kind in dict.fromkeys(target.kind for target in own if target.phase is None):
            yield from self._phases_add_up(unit, kind)
        for phase in dict.fromkeys(target.phase for target in own):
            yield from self._percentages(unit, phase)
            for found, lower, upper in BELOW:
                yield from self._below(found, unit, phase, lower, upper)
            for kind in TargetKind:
                yield from self._one_day(unit, phase, kind)

    def _phases_add_up(self, unit: str, kind: TargetKind) -> Iterator[Contradiction]:
        whole = self.goals.of(unit, None, kind)
        own = self.programme.terms.chain(self.tree.path(unit))
        parts = [self.goals.of(unit, phase.code, kind) for phase in own]
        given = [part for part in parts if part is not None]
        # As long as a phase has no target yet, nothing says that the rest is not meant for it.
        if whole is None or not given or len(given) < len(parts):
            return
        facts: dict[str, Fact] = {"kind": kind}
        if whole.percent is not None and all(p.percent and p.of is whole.of for p in given):
            total = sum((Decimal(p.percent) for p in given if p.percent), Decimal())
            if total != Decimal(whole.percent):
                facts |= {
                    "parts": tuple(float(p.percent) for p in given if p.percent),
                    "sum": float(total),
                    "whole": float(whole.percent),
                    "heads": whole.of,
                }
                yield Contradiction(ConflictKind.PERCENTS, unit, None, facts, (whole, *given))
        elif (number := sum(part.value for part in given)) != whole.value:
            facts |= {
                "parts": tuple(part.value for part in given),
                "sum": number,
                "whole": whole.value,
            }
            yield Contradiction(ConflictKind.NUMBERS, unit, None, facts, (whole, *given))

    def _percentages(self, unit: str, phase: str | None) -> Iterator[Contradiction]:
        standing = {
            kind: found
            for kind in TargetKind
            if (found := self.goals.of(unit, phase, kind)) is not None
        }
        plans = [plan for kind in TargetKind if (plan := self._plan(unit, phase, kind)) is not None]
        for plan in plans:
            for kind, number in standing.items():
                # Of one kind and document, the number is that percentage put right.
                compared = (
                    kind is TargetKind.ASSIGNED
                    if kind is not plan.kind
                    else number.document != plan.document
                )
                if number.percent is not None or not compared:
                    continue
                binding = plan.kind in PLANS or kind is plan.kind
                if number.value < plan.value or (binding and number.value > plan.value):
                    yield self._against(number, plan)
            if standing.get(plan.kind) is plan:
                yield from self._counted_anew(plan)

    def _plan(self, unit: str, phase: str | None, kind: TargetKind) -> TargetSet | None:
        """The latest percentage by its day: also one in whose place a number was set since."""
        found = [t for t in self.recorded.get((unit, phase, kind), ()) if t.percent is not None]
        return max(reversed(found), key=lambda target: target.dated, default=None)

    def _against(self, number: TargetSet, plan: TargetSet) -> Contradiction:
        assert plan.percent is not None
        facts: dict[str, Fact] = {
            "document": number.document,
            "value": number.value,
            "percent": float(plan.percent),
            # The most that the number can be that percentage of, rounded up as percentages are.
            "implied": int(number.value * 100 / Decimal(plan.percent)),
            "heads": plan.of,
            "plan": plan.document,
            "counted": self._heads(plan),
            "counted_on": plan.counted_on,
            "resolved": plan.value,
        }
        return Contradiction(
            ConflictKind.NUMBER_AGAINST_PERCENTAGE, plan.unit, plan.phase, facts, (number, plan)
        )

    def _counted_anew(self, plan: TargetSet) -> Iterator[Contradiction]:
        heads = self._heads(plan)
        if heads is None or plan.percent is None:
            return
        exact = heads * Decimal(plan.percent) / 100
        resolved = int(exact.to_integral_value(rounding=ROUND_CEILING))
        if resolved != plan.value:
            facts: dict[str, Fact] = {
                "value": plan.value,
                "percent": float(plan.percent),
                "heads": plan.of,
                "counted_on": plan.counted_on,
                "counted": heads,
                "resolved": resolved,
            }
            yield Contradiction(ConflictKind.HEADS_CHANGED, plan.unit, plan.phase, facts, (plan,))

    def _heads(self, plan: TargetSet) -> int | None:
        if plan.of is None or plan.counted_on is None:
            return None
        heads = self.tree.heads_counted_on(plan.unit, plan.counted_on)
        return heads.of(plan.of) if heads is not None else None

    def _below(
        self,
        found: ConflictKind,
        unit: str,
        phase: str | None,
        lower: TargetKind,
        upper: TargetKind,
    ) -> Iterator[Contradiction]:
        less, more = self.goals.of(unit, phase, lower), self.goals.of(unit, phase, upper)
        if less is not None and more is not None and less.value < more.value:
            facts: dict[str, Fact] = {
                "value": less.value,
                "other_value": more.value,
                "margin": more.value - less.value,
            }
            yield Contradiction(found, unit, phase, facts, (less, more))

    def _one_day(self, unit: str, phase: str | None, kind: TargetKind) -> Iterator[Contradiction]:
        standing = self.goals.of(unit, phase, kind)
        if standing is None:
            return
        others = {
            target.document: target
            for target in self.recorded[unit, phase, kind]
            if target.dated == standing.dated
        }
        for document, other in others.items():
            if document != standing.document and other.value != standing.value:
                facts: dict[str, Fact] = {
                    "kind": kind,
                    "dated": standing.dated,
                    "document": standing.document,
                    "value": standing.value,
                    "other": document,
                    "other_value": other.value,
                }
                yield Contradiction(
                    ConflictKind.TWO_DOCUMENTS, unit, phase, facts, (standing, other)
                )

    def of_closed(self, unit: str) -> Iterator[Contradiction]:
        """The targets that a unit still has although it is closed."""
        closed = self.tree[unit].closed
        for target in self.goals.by_unit.get(unit, ()):
            if target.value:
                facts: dict[str, Fact] = {
                    "closed": closed,
                    "kind": target.kind,
                    "value": target.value,
                }
                yield Contradiction(ConflictKind.CLOSED, unit, target.phase, facts, (target,))

    def of_sum(self, row: CascadeRow) -> Iterator[Contradiction]:
        """A target that was split, and whose parts do not add up to it."""
        if row.sum not in {Sum.UNDER, Sum.OVER} or row.target is None:
            return
        children = self.tree.children.get(row.unit, ())
        given = [self.goals.of(code, row.phase, row.kind) for code in (row.unit, *children)]
        facts: dict[str, Fact] = {
            "kind": row.kind,
            "target": row.target,
            "sum": row.children_sum,
            "remainder": row.remainder,
            "without": len(row.without),
        }
        targets = tuple(target for target in given if target is not None)
        yield Contradiction(ConflictKind.CHILDREN, row.unit, row.phase, facts, targets)

    def of_phases(self, unit: str | None) -> Iterator[Contradiction]:
        """What is wrong with the phases of the programme (None), or with those that a unit has of its own."""
        window = self.programme.terms.window
        phases = (
            self.programme.terms.chain(self.tree.path(unit))
            if unit is not None
            else tuple(
                sorted(
                    (p for p in self.programme.terms.phases if p.unit is None),
                    key=lambda phase: phase.from_,
                )
            )
        )
        for phase in phases:
            if phase.unit == unit and (phase.from_ < window.from_ or phase.to > window.to):
                facts: dict[str, Fact] = {
                    "phase": phase.code,
                    "begins": phase.from_,
                    "ends": phase.to,
                    "opens": window.from_,
                    "closes": window.to,
                }
                targets = self._targets(unit, phase)
                yield Contradiction(ConflictKind.PHASE_OUTSIDE, unit, phase.code, facts, targets)
        reached, last = window.from_, None
        for phase in phases:
            if phase.from_ != reached and (last is not None or phase.from_ > reached):
                found = ConflictKind.GAP if phase.from_ > reached else ConflictKind.OVERLAP
                ends = sorted((reached, phase.from_, min(reached, phase.to)))
                facts = {
                    "phase": last.code if last is not None else None,
                    "other": phase.code,
                    "begins": min(phase.from_, reached),
                    "ends": ends[-1] if found is ConflictKind.GAP else min(reached, phase.to),
                }
                both = (*self._targets(unit, last), *self._targets(unit, phase))
                yield Contradiction(found, unit, phase.code, facts, both)
            if last is None or phase.to > reached:
                reached, last = phase.to, phase
        if last is not None and reached < window.to:
            facts = {"phase": last.code, "other": None, "begins": reached, "ends": window.to}
            yield Contradiction(ConflictKind.GAP, unit, last.code, facts, self._targets(unit, last))

    def _targets(self, unit: str | None, phase: Phase | None) -> tuple[TargetSet, ...]:
        """What the unit (or the nation) was given for the phase, as the documents that rely on it."""
        if phase is None:
            return ()
        where = unit if unit is not None else self.tree.root
        found = (self.goals.of(where, phase.code, kind) for kind in TargetKind)
        return tuple(target for target in found if target is not None)
