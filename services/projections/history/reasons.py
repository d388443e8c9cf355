"""Why this number: the events that make what a unit counts, one by one and summed by cause (C06)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple, Self
from uuid import UUID

from services.projections.boards.quota import PhaseIsUnknown
from services.projections.history.causes import Cause, Portion, Portions, caused
from services.projections.reckoning.asof import AsOf, Moment, at_home, heading
from services.projections.reckoning.movements import Movement, movements, named_ideas
from services.projections.reckoning.reckoning import NEVER, Scope
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.facts import instant, micros
from shared.cursor import cursor
from shared.directory import Directory, Programme
from shared.ledger.store import Ledger
from shared.tree import Tree
from shared.vocabulary import Position, Value

PAGE = 100


class Counted(StrEnum):
    """What is counted as a whole number, and so is the sum of what ideas changed in it; benefit in VND."""

    GROSS = "gross"
    NET = "net"
    DUPLICATE = "duplicate"
    PEOPLE = "people"
    BENEFIT = "benefit"


class Cell(NamedTuple):
    """Which movements make a number: those of the units below one, and filed within a phase where one is asked for."""

    units: frozenset[str]
    begins: float = -NEVER
    ends: float = NEVER

    @classmethod
    def of(cls, unit: str, phase: str | None, programme: Programme, tree: Tree) -> Self:
        """The cell of a unit and all below it. Raises UnitIsUnknown, PhaseIsUnknown."""
        units = frozenset(tree.below(tree[unit].code))
        if phase is None:
            return cls(units)
        window = programme.window(phase, unit, tree)
        if window is None:
            raise PhaseIsUnknown(programme, phase)
        return cls(units, micros(window.from_), micros(window.to))

    def holds(self, moved: Movement) -> bool:
        """Whether a movement is one of those."""
        return self.begins <= moved.filed < self.ends and moved.unit in self.units


class Change(Value):
    """By how much one event changed the number on account of one idea.

    `late` says that it came on record on a later day than the one from which it is true.
    """

    position: Position
    recorded: datetime
    effective: datetime
    late: bool
    cause: Cause
    by: int
    idea: str
    sender: str
    id: UUID
    units: tuple[str, ...]
    topic: str
    actor: str


class Reasons(AsOf):
    """A number, what it comes of by cause, and a page of the changes; all changes together are the number.

    `total` and `by_cause` stand on the first page alone. `next` is the cursor of the page after it.
    """

    simulated: bool
    programme: str
    unit: str
    name: str
    measure: Counted
    phase: str | None
    total: int | None
    by_cause: tuple[Portion, ...]
    changes: tuple[Change, ...]
    next: str | None


def reasons(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    unit: str,
    at: Moment,
    measure: Counted = Counted.GROSS,
    phase: str | None = None,
    after: Position = 0,
    limit: int = PAGE,
) -> Reasons:
    """What makes the number of a unit (with all below it), as of a moment: at least `limit` changes after a position.

    A page ends where an event ends. Raises ProgrammeIsUnknown, UnitIsUnknown, PhaseIsUnknown.
    """
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        cell = Cell.of(unit, phase, directory.programme(programme, at=position), tree)
        total: int | None = None
        by_cause = Portions()
        if after == 0:
            within = (one for one in movements(snapshot, scope, cell.units) if cell.holds(one))
            for one, cause in caused(ledger, within):
                by_cause.add(cause, one.measures, one.position)
            total = sum(getattr(portion, measure.value) for portion in by_cause.told())
        later = movements(snapshot, scope, cell.units, after=after)
        listed: list[tuple[int, list[Movement]]] = []
        following = None
        for place, by, moved in _changes((one for one in later if cell.holds(one)), measure):
            if len(listed) >= limit and place != listed[-1][1][0].position:
                following = listed[-1][1][0].position
                break
            listed.append((by, moved))
        names = named_ideas(snapshot, {moved[0].idea for _, moved in listed})
    changes = []
    for by, moved in listed:
        first = moved[0]
        (recorded,) = ledger.read(first.position - 1, limit=1)
        cause = next(cause for _, cause in caused(ledger, [first]))
        name = names[first.idea]
        changes.append(
            Change(
                position=first.position,
                recorded=at_home(first.recorded),
                effective=at_home(first.effective),
                late=came_late(first),
                cause=cause,
                by=by,
                idea=name.external_id,
                sender=name.sender,
                id=name.id,
                units=tuple(sorted({one.unit for one in moved})),
                topic=recorded.event.TOPIC,
                actor=recorded.event.by.name,
            )
        )
    return Reasons(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        unit=unit,
        name=tree.name(unit),
        measure=measure,
        phase=phase,
        total=total,
        by_cause=by_cause.told(),
        changes=tuple(changes),
        next=cursor(following) if following is not None else None,
    )


def came_late(moved: Movement) -> bool:
    """Whether it was put on record on a later day at home than the one from which it is true (C20)."""
    return Directory.day(instant(moved.recorded)) > Directory.day(instant(moved.effective))


def _changes(
    moved: Iterable[Movement], measure: Counted
) -> Iterator[tuple[Position, int, list[Movement]]]:
    """What each event changed on account of each idea; what it put into one unit and took from another is nothing."""
    for place, by_event in groupby(moved, key=lambda one: one.position):
        of_ideas: dict[str, list[Movement]] = {}
        for one in by_event:
            of_ideas.setdefault(one.idea, []).append(one)
        for ones in of_ideas.values():
            by = sum(getattr(one, measure.value) for one in ones)
            if by:
                telling = [one for one in ones if getattr(one, measure.value)]
                yield place, by, telling
