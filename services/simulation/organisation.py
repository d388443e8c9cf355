"""What becomes of the organisation meanwhile: units move, are renamed, merged, closed and counted again; targets are set anew.

It is decided beforehand, so that whoever declares knows the tree of the day; it is recorded at the first instant of its day.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Final, NamedTuple

from services.intake.programme import Programme, TargetRecord
from services.intake.split import SplitRecord, split
from services.intake.unit import Cohort, HeadCountRecord, Unit, UnitRecord
from services.simulation.country import NATION, Country
from shared.events.programme import TargetSet
from shared.ledger.model import Actor, Event
from shared.terms import SplitBy
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, midnight

DAYS: Final = tuple(
    date(2022 + month // 12, month % 12 + 1, 1) for month in (3, 6, 9, 11, 13, 15, 17, 18)
)
"""On which days the organisation changes."""
HEADS: Final = date(2023, 1, 1)
HANDED_DOWN: Final = date(2022, 1, 20)
"""On this day the units of the first level hand their targets down to the units below them."""
TARGETS: Final = date(2022, 10, 1)
HANDED: Final = (TargetKind.ASSIGNED, TargetKind.REGISTERED)
OWN_NUMBER: Final = 0.2
"""In so many splits the first unit below gets the number that it asked for."""


class Change(NamedTuple):
    """What is recorded at the first instant of a day."""

    at: datetime
    events: tuple[Event, ...]


class Organisation:
    """The country's units from the first day to the last, and the tree of each time."""

    def __init__(self, country: Country, seed: int, by: Actor) -> None:
        self._country = country
        self._by = by
        self._chance = random.Random(f"organisation {seed}")
        self._levels = {record.code: record.level for record in country.units}
        self._units: dict[str, Unit] = {}
        self._founded: list[Event] = []
        for record in country.units:
            above = None if record.parent is None else self._levels[record.parent]
            self._found(record, above)

    def _found(self, record: UnitRecord, above: Level | None) -> None:
        events = Unit.found(record, above=above, root=NATION, by=self._by)
        unit = Unit.evolve(None, events[0])
        for event in events[1:]:
            unit = Unit.evolve(unit, event)
        self._units[record.code] = unit
        self._founded += events

    @cached_property
    def cohorts(self) -> list[Event]:
        """The emulation clusters, formed at the beginning."""
        found: list[Event] = []
        for code, members in self._country.cohorts.items():
            formed = Cohort.form(code, f"Cụm thi đua {code.removeprefix('cum-')}", by=self._by)
            cohort = Cohort.evolve(None, formed)
            found.append(formed)
            for member in members:
                joined = cohort.join(member, valid_from=date(2022, 1, 1), by=self._by)
                cohort = Cohort.evolve(cohort, joined)
                found.append(joined)
        return found

    @cached_property
    def changes(self) -> list[Change]:
        """What is recorded later, in the order of days."""
        tree = self._first_tree
        result = []
        for day in sorted({*DAYS, HEADS, HANDED_DOWN, TARGETS}):
            events: list[Event] = []
            if day in DAYS:
                events += self._reorganised(day, tree)
            if day == HEADS:
                events += self._counted(day)
            grown = tree.grown(events)
            if day == HANDED_DOWN:
                events += self._handed_down(day, tree)
            if day == TARGETS:
                events += self._targets(day, tree)
            tree = grown
            result.append(Change(midnight(day), tuple(events)))
        return result

    @cached_property
    def trees(self) -> list[tuple[datetime, Tree]]:
        """The tree from the beginning on, and from each day that changes it."""
        tree = self._first_tree
        result = [(midnight(date(2022, 1, 1)), tree)]
        for change in self.changes:
            moved = [event for event in change.events if event.TOPIC.startswith("unit.")]
            if moved:
                tree = tree.grown(moved)
                result.append((change.at, tree))
        return result

    @cached_property
    def _first_tree(self) -> Tree:
        return Tree.fold(self._founded, date.max)

    def _take(self, unit: str, event: Event) -> Event:
        self._units[unit] = Unit.evolve(self._units[unit], event)
        return event

    def _reorganised(self, day: date, tree: Tree) -> Iterator[Event]:
        """In a few units of each kind something changes; none is touched twice on a day."""
        chance, by = self._chance, self._by
        unions = [u.code for u in tree.at_level(Level.GRASSROOTS)]
        few = max(2, len(unions) // 200)
        chosen = iter(chance.sample(unions, min(len(unions), 5 * few)))
        for _ in range(few):
            one, other, third, fourth = (next(chosen, None) for _ in range(4))
            if one is None or other is None or third is None or fourth is None:
                return
            name = f"{tree.name(one)} (đổi tên)"
            yield self._take(one, self._units[one].rename(name, valid_from=day, by=by))
            uppers = tree.children[tree.ancestor(other, Level.FIRST) or NATION]
            upper = chance.choice([u for u in uppers if tree[u].level is Level.UPPER])
            if upper != self._units[other].parent:
                moved = self._units[other].move(upper, valid_from=day, tree=tree, by=by)
                yield self._take(other, moved)
            into = fourth if chance.random() < 0.7 else None
            closed = self._units[third].close(merged_into=into, valid_from=day, tree=tree, by=by)
            yield self._take(third, closed)

    def _counted(self, day: date) -> Iterator[Event]:
        """The heads of all units above the unions, and of a tenth of these, are counted again."""
        for code, unit in self._units.items():
            if unit.closed is not None:
                continue
            if unit.level is Level.GRASSROOTS and self._chance.random() > 0.1:
                continue
            members = max(
                1, round(next(iter(unit.counted.values()))[0] * self._chance.uniform(0.9, 1.15))
            )
            record = HeadCountRecord(
                members=members, members_and_workers=members + members // 5, counted_on=day
            )
            for event in unit.count(record, by=self._by):
                yield self._take(code, event)

    @cached_property
    def _programme(self) -> Programme:
        """The programme with the targets that it is founded with; what is set later is folded into it."""
        record = self._country.programme
        tree = self._first_tree
        programme = Programme.evolve(None, Programme.open(record, by=self._by))
        for target in record.targets:
            event = programme.set_target(target, tree=tree, by=self._by)
            if event is not None:
                programme = Programme.evolve(programme, event)
        return programme

    def _set(self, events: Sequence[TargetSet]) -> Sequence[TargetSet]:
        for event in events:
            self._programme = Programme.evolve(self._programme, event)
        return events

    def _split(self, target: TargetRecord, day: date, tree: Tree) -> Iterator[Event]:
        """A unit's number over those below it, by heads; now and then the first of them asked for its own."""
        below = [unit for unit in tree.children[target.unit] if tree[unit].closed is None]
        standing = self._programme.standing(target.unit, target.phase, target.kind, day)
        keep = {}
        if standing is not None and self._chance.random() < OWN_NUMBER:
            keep = {below[0]: standing.value // (len(below) + 1)}
        record = SplitRecord(
            unit=target.unit,
            phase=target.phase,
            kind=target.kind,
            by=SplitBy.MEMBERS,
            keep=keep,
            document=f"{target.document}-PB",
            dated=day,
        )
        yield from self._set(split(self._programme, record, tree=tree, by=self._by).events)

    def _handed_down(self, day: date, tree: Tree) -> Iterator[Event]:
        """What a unit of the first level was assigned in all and registered for the phases is split over those below it."""
        for target in self._country.programme.targets:
            if target.unit != NATION and target.kind in HANDED:
                yield from self._split(target, day, tree)

    def _targets(self, day: date, tree: Tree) -> Iterator[Event]:
        """Half of the first level gets another target for the second phase, and splits it anew; the first stays true for its time."""
        for n, target in enumerate(self._country.programme.targets):
            if target.kind is not TargetKind.REGISTERED or target.phase != "2" or n % 2:
                continue
            again = TargetRecord(
                unit=target.unit,
                phase="2",
                kind=target.kind,
                value=max(1, round((target.value or 1) * self._chance.uniform(1.05, 1.6))),
                document=f"{target.document}-BS",
                dated=day,
            )
            event = self._programme.set_target(again, tree=tree, by=self._by)
            if event is not None:
                yield from self._set([event])
                yield from self._split(again, day, tree)
