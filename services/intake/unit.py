"""The unit: founded once, counted, renamed, moved and closed at dates; and the cohort, a named set of units."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field

from shared.errors import Conflict, Invalid
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
from shared.form import Code, RequiredLine
from shared.ledger.model import Actor, Aggregate, Event, Unfoldable
from shared.tree import Tree
from shared.vocabulary import Level, Sector, Value, named

LEVELS = (Level.NATION, Level.FIRST, Level.UPPER, Level.GRASSROOTS)


class HeadCountRecord(Value):
    """A head count as it is handed in: members, members with other workers, and the day they were counted."""

    members: Annotated[int, Field(ge=0)]
    members_and_workers: Annotated[int, Field(ge=0)]
    counted_on: date


class UnitRecord(HeadCountRecord):
    """One line of a units file (domain section 2): the unit and its latest head count."""

    code: Code
    name: RequiredLine
    level: Level
    parent: Code | None
    sector: Sector
    valid_from: date | None = None
    kind: Annotated[str, Field(max_length=64)] = ""


class ParentDoesNotFit(Invalid):
    code = "parent-does-not-fit"

    def __init__(self, unit: str, level: Level, parent: str | None, above: Level | None) -> None:
        super().__init__(
            f"Unit {unit} of level {level} cannot stand under {parent or 'nothing'}"
            f"{f' of level {above}' if above else ''}. A parent is of a higher level, and only the nation has none.",
            field="parent",
            value=parent,
        )


class SecondNation(Invalid):
    """All roles and boards hang on one root; a second would take it over, and nothing could undo that."""

    code = "second-nation"

    def __init__(self, unit: str, root: str) -> None:
        super().__init__(
            f"Unit {unit} is of level nation, and {root} is the nation already. Give it another level and a parent.",
            field="level",
            value=unit,
        )


class BeforeItWasFounded(Invalid):
    """Nothing can happen to a unit before there is one."""

    code = "before-founding"

    def __init__(self, unit: str, founded: date, day: date) -> None:
        super().__init__(
            f"Unit {unit} was founded on {founded}, after {day}. Give a day from then on.",
            field="valid_from",
            value=day.isoformat(),
        )


def unit_id(code: str) -> UUID:
    """A unit's stream follows from its code, so that no code can be founded twice."""
    return named("unit", code)


class Unit(Aggregate):
    """One unit of the organisation."""

    NOUN: ClassVar[str] = "unit"

    code: str
    name: str
    level: Level
    parent: str | None
    founded: UnitFounded
    closed: date | None = None
    counted: dict[date, tuple[int, int]]

    @classmethod
    def found(
        cls, record: UnitRecord, *, above: Level | None, root: str = "", by: Actor
    ) -> list[Event]:
        """Put a unit and its head count on record; `above` is the level of its parent, None where it has none.

        `root` is the nation that stands already, or nothing. Raises SecondNation, ParentDoesNotFit.
        """
        if record.level is Level.NATION and root not in {"", record.code}:
            raise SecondNation(record.code, root)
        fits = above is None if record.level is Level.NATION else above is not None
        if above is not None and LEVELS.index(above) >= LEVELS.index(record.level):
            fits = False
        if not fits or (record.parent is None) != (above is None):
            raise ParentDoesNotFit(record.code, record.level, record.parent, above)
        founded = UnitFounded(
            originator_id=unit_id(record.code),
            originator_version=1,
            by=by,
            code=record.code,
            unit_name=record.name,
            level=record.level,
            parent=record.parent,
            sector=record.sector,
            unit_kind=record.kind,
            valid_from=record.valid_from or date.min,
        )
        return [founded, *cls.evolve(None, founded).count(record, by=by)]

    def stands_as(self, record: UnitRecord) -> list[str]:
        """In what a line of a units file differs from the unit, both as it was founded and as it is now."""
        born = self.founded
        told = {
            "name": (record.name, born.unit_name, self.name),
            "level": (record.level, born.level),
            "parent": (record.parent, born.parent, self.parent),
            "sector": (record.sector, born.sector),
            "kind": (record.kind, born.unit_kind),
            "valid_from": (record.valid_from or date.min, born.valid_from),
        }
        return [field for field, (given, *known) in told.items() if given not in known]

    def count(self, record: HeadCountRecord, *, by: Actor) -> list[Event]:
        """Record a head count, unless just that is on record; the old one stays true for its time."""
        heads = (record.members, record.members_and_workers)
        if record.members > record.members_and_workers:
            raise Invalid(
                f"Unit {self.code}: members ({heads[0]}) cannot exceed members and workers ({heads[1]}).",
                field="members",
            )
        if self.counted.get(record.counted_on) == heads:
            return []
        return [
            self.next(
                HeadsCounted,
                by=by,
                code=self.code,
                members=record.members,
                members_and_workers=record.members_and_workers,
                counted_on=record.counted_on,
            )
        ]

    def rename(self, name: str, *, valid_from: date, by: Actor) -> UnitRenamed:
        """Give the unit another name from a date on."""
        self._open(valid_from)
        if not name.strip():
            raise Invalid(f"Unit {self.code} needs a name; this one is blank.", field="name")
        return self.next(UnitRenamed, by=by, code=self.code, unit_name=name, valid_from=valid_from)

    def move(self, parent: str, *, valid_from: date, tree: Tree, by: Actor) -> UnitMoved:
        """Put the unit under another parent from a date on."""
        self._open(valid_from)
        above = tree[parent].level
        if LEVELS.index(above) >= LEVELS.index(self.level) or tree.inside(parent, self.code):
            raise ParentDoesNotFit(self.code, self.level, parent, above)
        _open_on(valid_from, parent, tree)
        return self.next(UnitMoved, by=by, code=self.code, parent=parent, valid_from=valid_from)

    def close(
        self, *, merged_into: str | None, valid_from: date, tree: Tree, by: Actor
    ) -> UnitClosed:
        """Close the unit from a date on; its history counts towards the unit it was merged into."""
        self._open(valid_from)
        if merged_into is not None:
            if tree[merged_into].level is not self.level or tree.inside(merged_into, self.code):
                raise ParentDoesNotFit(self.code, self.level, merged_into, tree[merged_into].level)
            _open_on(valid_from, merged_into, tree)
        return self.next(
            UnitClosed, by=by, code=self.code, merged_into=merged_into, valid_from=valid_from
        )

    def _open(self, day: date) -> None:
        if day < self.founded.valid_from:
            raise BeforeItWasFounded(self.code, self.founded.valid_from, day)
        if self.closed is not None:
            raise Conflict(f"Unit {self.code} is closed from {self.closed} on.")

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, UnitFounded():
                return cls(
                    id=event.originator_id,
                    version=event.originator_version,
                    code=event.code,
                    name=event.unit_name,
                    level=event.level,
                    parent=event.parent,
                    founded=event,
                    counted={},
                )
            case Unit(), HeadsCounted():
                heads = (event.members, event.members_and_workers)
                return state.after(event, counted={**state.counted, event.counted_on: heads})
            case Unit(), UnitRenamed():
                return state.after(event, name=event.unit_name)
            case Unit(), UnitMoved():
                return state.after(event, parent=event.parent)
            case Unit(), UnitClosed():
                return state.after(event, closed=event.valid_from)
        raise Unfoldable(state, event)


def _open_on(day: date, unit: str, tree: Tree) -> None:
    found = tree[unit]
    if found.closed is not None and found.closed <= day:
        into = found.merged_into
        raise Conflict(
            f"Unit {unit} is closed from {found.closed} on, and nothing can be put there any more. "
            f"{f'It went into {into}: name that one.' if into else 'Name an open one.'}"
        )


class Cohort(Aggregate):
    """cụm/khối: a named set of units; membership is dated."""

    NOUN: ClassVar[str] = "cohort"

    code: str
    members: frozenset[str] = frozenset()

    @classmethod
    def form(cls, code: str, name: str, *, by: Actor) -> CohortFormed:
        """Name a set of units."""
        return CohortFormed(
            originator_id=named("cohort", code),
            originator_version=1,
            by=by,
            code=code,
            cohort_name=name,
        )

    def join(self, unit: str, *, valid_from: date, by: Actor) -> CohortJoined:
        """Take a unit in from a date on."""
        if unit in self.members:
            raise Conflict(f"Unit {unit} is in cohort {self.code} already.")
        return self.next(CohortJoined, by=by, code=self.code, unit=unit, valid_from=valid_from)

    def leave(self, unit: str, *, valid_from: date, by: Actor) -> CohortLeft:
        """Let a unit go from a date on."""
        if unit not in self.members:
            raise Conflict(f"Unit {unit} is not in cohort {self.code}.")
        return self.next(CohortLeft, by=by, code=self.code, unit=unit, valid_from=valid_from)

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, CohortFormed():
                return cls(id=event.originator_id, version=1, code=event.code)
            case Cohort(), CohortJoined():
                return state.after(event, members=state.members | {event.unit})
            case Cohort(), CohortLeft():
                return state.after(event, members=state.members - {event.unit})
        raise Unfoldable(state, event)
