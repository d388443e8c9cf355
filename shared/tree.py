"""The organisation as it stood on a day: units under their parents, with head counts and cohorts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple
from weakref import ref

from shared.errors import NotFound
from shared.events.organisation import (
    CohortFormed,
    CohortJoined,
    CohortLeft,
    HeadsCounted,
    UnitClosed,
    UnitFounded,
    UnitMoved,
    UnitRenamed,
)
from shared.ledger.model import Event
from shared.vocabulary import HeadCount, Level, Sector, Tier

DEPTH_LIMIT: Final = 16


class UnitIsUnknown(NotFound):
    """No unit carries this code on that day."""

    code = "unknown-unit"

    def __init__(self, unit: str) -> None:
        super().__init__(
            f"Unit {unit} is not in the tree. Search for it by name, or have it founded first.",
            unit=unit,
            field="unit",
        )


class Heads(NamedTuple):
    """A head count: members, members with other workers, and the day they were counted."""

    members: int
    members_and_workers: int
    counted_on: date

    def of(self, which: HeadCount) -> int:
        """The number a percentage resolves against."""
        return self.members if which is HeadCount.MEMBERS else self.members_and_workers


class Unit(NamedTuple):
    """A unit as it stood: `closed` from a day on, then `merged_into` another where that was so."""

    code: str
    name: str
    level: Level
    parent: str | None
    sector: Sector
    kind: str = ""
    closed: date | None = None
    merged_into: str | None = None


def dated(event: Event) -> date:
    """The day from which an event about the tree holds; a head count and the forming of a cohort have none."""
    found: date = getattr(event, "valid_from", date.min)
    return found


class Tree:
    """All units on one day, by code; a merged unit stands under the one it went into."""

    def __init__(
        self,
        units: Mapping[str, Unit],
        heads: Mapping[str, tuple[Heads, ...]],
        cohorts: Mapping[str, frozenset[str]],
        cohort_names: Mapping[str, str],
        *,
        grown_from: ref[Tree] | None = None,
        changed: frozenset[str] = frozenset(),
    ) -> None:
        self.units = units
        self.cohorts = cohorts
        self.cohort_names = cohort_names
        self._heads = heads
        self.grown_from = grown_from
        """The tree that this one was grown from, as long as somebody else keeps it."""
        self.changed = changed
        """The units that are other than in the tree that this one was grown from."""
        self.derived: dict[str, object] = {}
        """What was worked out from this tree elsewhere, kept for as long as the tree itself."""
        self._paths: dict[str, tuple[str, ...]] = {}
        self._open: dict[Level, Sequence[Unit]] = {}

    @classmethod
    def fold(cls, events: Iterable[Event], on: date) -> Tree:
        """The tree that these events make on that day: what is valid from a later day is not yet so.

        What is dated before its unit was founded is passed over: no later rule can take a recorded event back.
        """
        return cls({}, {}, {}, {})._after(sorted((e for e in events if dated(e) <= on), key=dated))

    def grown(self, events: Iterable[Event]) -> Tree:
        """The tree after further events, in the order of their days.

        None of those that have a day may be of one before the last that made this tree.
        """
        return self._after(events, grown_from=ref(self))

    def _after(self, events: Iterable[Event], grown_from: ref[Tree] | None = None) -> Tree:
        units, names = dict(self.units), dict(self.cohort_names)
        cohorts = {code: set(found) for code, found in self.cohorts.items()}
        heads: dict[str, list[Heads]] = {}
        changed: set[str] = set()
        for event in events:
            match event:
                case UnitFounded(code=code):
                    units[code] = Unit(
                        code,
                        event.unit_name,
                        event.level,
                        event.parent,
                        event.sector,
                        event.unit_kind,
                    )
                case UnitRenamed(code=code) if code in units:
                    units[code] = units[code]._replace(name=event.unit_name)
                case UnitMoved(code=code) if code in units:
                    units[code] = units[code]._replace(parent=event.parent)
                case UnitClosed(code=code) if code in units:
                    units[code] = units[code]._replace(
                        closed=event.valid_from, merged_into=event.merged_into
                    )
                case CohortFormed(code=code):
                    cohorts.setdefault(code, set())
                    names[code] = event.cohort_name
                    continue
                case CohortJoined(code=code):
                    cohorts.setdefault(code, set()).add(event.unit)
                    continue
                case CohortLeft(code=code):
                    cohorts.setdefault(code, set()).discard(event.unit)
                    continue
                case HeadsCounted(code=code):
                    counted = Heads(event.members, event.members_and_workers, event.counted_on)
                    heads.setdefault(code, list(self._heads.get(code, ()))).append(counted)
                    continue
                case _:
                    continue
            changed.add(code)
        recounted = {
            code: tuple(sorted(found, key=lambda h: h.counted_on)) for code, found in heads.items()
        }
        return Tree(
            units,
            {**self._heads, **recounted} if recounted else self._heads,
            {code: frozenset(found) for code, found in cohorts.items()},
            names,
            grown_from=grown_from,
            changed=frozenset(changed),
        )

    def __contains__(self, code: str) -> bool:
        return code in self.units

    def __getitem__(self, code: str) -> Unit:
        try:
            return self.units[code]
        except KeyError:
            raise UnitIsUnknown(code) from None

    @cached_property
    def root(self) -> str:
        """The unit above all others; what belongs to no unit belongs to it."""
        return next((u.code for u in self.units.values() if u.level is Level.NATION), "")

    def name(self, code: str) -> str:
        """The unit's name, or its code where the tree of that day does not hold it."""
        found = self.units.get(code)
        return found.name if found is not None else code

    def path(self, code: str) -> tuple[str, ...]:
        """The codes from the nation down to the unit; a merged unit comes below the one it went into."""
        known = self._paths.get(code)
        if known is None:
            unit = self.units.get(code)
            above = (unit.merged_into or unit.parent) if unit is not None else None
            chain = [code]
            while above is not None and len(chain) < DEPTH_LIMIT and above not in chain:
                chain.append(above)
                unit = self.units.get(above)
                above = (unit.merged_into or unit.parent) if unit is not None else None
            known = self._paths[code] = tuple(reversed(chain))
        return known

    def inside(self, code: str, root: str) -> bool:
        """Whether a unit is `root` or stands below it."""
        return root in self.path(code)

    def ancestor(self, code: str, level: Level) -> str | None:
        """The unit of that level which the given one counts towards."""
        for step in self.path(code):
            unit = self.units.get(step)
            if unit is not None and unit.level is level:
                return step
        return None

    def outermost(self, units: Iterable[str]) -> list[str]:
        """Those of the units that stand below no other of them, so that together they count each idea once."""
        chosen = dict.fromkeys(units)
        return [unit for unit in chosen if chosen.keys().isdisjoint(self.path(unit)[:-1])]

    def at_level(self, level: Level) -> Iterator[Unit]:
        """The open units of a level, by code."""
        found = self._open.get(level)
        if found is None:
            units = (u for u in self.units.values() if u.level is level and u.closed is None)
            found = self._open[level] = sorted(units, key=lambda unit: unit.code)
        return iter(found)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The codes directly below each unit."""
        found: dict[str, list[str]] = {}
        for code in sorted(self.units):
            path = self.path(code)
            if len(path) > 1:
                found.setdefault(path[-2], []).append(code)
        return {code: tuple(below) for code, below in found.items()}

    def below(self, root: str) -> Iterator[str]:
        """The unit and everything under it, each once: two moves recorded at one moment may have made a circle."""
        waiting, seen = [root], {root}
        while waiting:
            code = waiting.pop()
            yield code
            found = [child for child in self.children.get(code, ()) if child not in seen]
            seen.update(found)
            waiting += reversed(found)

    def heads(self, code: str, on: date) -> Heads | None:
        """The latest head count that is not after the day (domain section 3), or none."""
        counts = [h for h in self._heads.get(code, ()) if h.counted_on <= on]
        return counts[-1] if counts else None

    def first_heads(self, code: str) -> Heads | None:
        """The earliest head count there is."""
        counts = self._heads.get(code, ())
        return counts[0] if counts else None

    def heads_counted_on(self, code: str, day: date) -> Heads | None:
        """The head count of exactly that day, where a target names one."""
        counts = [h for h in self._heads.get(code, ()) if h.counted_on == day]
        return counts[-1] if counts else None

    def tier(self, one: str, other: str) -> Tier:
        """How near two units stand: the same, under the same upper-level unit, the same first-level one, or elsewhere."""
        if one == other:
            return Tier.UNIT
        for level, tier in ((Level.UPPER, Tier.UPPER), (Level.FIRST, Tier.FIRST)):
            shared = self.ancestor(one, level)
            if shared is not None and shared == self.ancestor(other, level):
                return tier
        return Tier.ELSEWHERE
