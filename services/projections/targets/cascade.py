"""The cascade of targets: whether what a unit was given is what the units directly below it were given together (D05)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

from services.projections.boards.goals import Goals, codes
from services.projections.reckoning.asof import AsOf, Moment, heading
from shared.cursor import following, paged
from shared.directory import Directory, Programme
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, Value


class Sum(StrEnum):
    """How a unit's target stands to those of its children together."""

    EXACT = "exact"
    UNDER = "under"
    OVER = "over"
    NOT_SPLIT = "not-split"
    NO_TARGET_ABOVE = "no-target-above"


class CascadeRow(Value):
    """One unit's target and the sum of its children's of the same phase and kind; `remainder` is what is not given out."""

    unit: str
    name: str
    level: Level
    phase: str | None
    kind: TargetKind
    target: int | None
    document: str | None
    children: int
    children_sum: int
    remainder: int | None
    without: tuple[str, ...]
    """The children that have no such target."""
    sum: Sum


class LevelRow(Value):
    """What the units of a level were given together; `units` go through the phase."""

    level: Level
    phase: str | None
    kind: TargetKind
    units: int
    with_target: int
    total: int


class Cascade(AsOf):
    """The targets from the nation down to the grassroots unions; `ok` says that every target that was split adds up.

    `count` is how many rows there are on all pages; `next` is where the next one begins.
    """

    simulated: bool
    programme: str
    unit: str | None
    ok: bool
    count: int
    levels: tuple[LevelRow, ...]
    rows: tuple[CascadeRow, ...]
    next: str | None


def cascade(
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    kind: TargetKind | None = None,
    begin: int = 0,
    limit: int | None = None,
) -> Cascade:
    """The sum check of a unit and all below it, or of the whole tree: the targets known at the moment, dated by its day.

    With a limit, a page of its rows; what is said of all of them is of all pages. Closed units take no part: a target must be given out to units that can still declare. Raises ProgrammeIsUnknown,
    UnitIsUnknown.
    """
    tree = directory.tree(at=at.position, on=at.instant)
    known = directory.programme(programme, at=at.position)
    goals = Goals.on(known, directory.day(at.instant))
    root = tree[unit].code if unit is not None else tree.root
    inside = [code for code in tree.below(root) if tree[code].closed is None] if root else []
    rows = tuple(row for row in sums(known, goals, inside, tree) if kind in {None, row.kind})
    return Cascade(
        **heading(at, at.position),
        simulated=directory.simulated,
        programme=programme,
        unit=unit,
        ok=all(row.sum not in {Sum.UNDER, Sum.OVER} for row in rows),
        levels=tuple(
            row for row in _levels(known, goals, inside, tree) if kind in {None, row.kind}
        ),
        count=len(rows),
        rows=paged(rows, begin, limit),
        next=following(rows, begin, limit),
    )


def sums(programme: Programme, goals: Goals, units: list[str], tree: Tree) -> Iterator[CascadeRow]:
    """The sum check of each unit that has children, where it or one of them has a target, in the order of the tree.

    A phase is added up where the unit goes through it; children that have phases of their own instead take no part,
    unless they were given a target for it all the same.
    """
    codes_of = codes(programme, tree)
    for unit in units:
        children = [c for c in tree.children.get(unit, ()) if tree[c].closed is None]
        if not children:
            continue
        places = {
            (target.phase, target.kind)
            for code in (unit, *children)
            for target in goals.by_unit.get(code, ())
        }
        own = codes_of(unit)
        for phase, kind in sorted(places, key=lambda place: (place[0] or "", place[1])):
            if phase in own:
                concerned = [
                    child
                    for child in children
                    if goals.of(child, phase, kind) is not None or phase in codes_of(child)
                ]
                yield _row(goals, unit, concerned, phase, kind, tree)


def _row(
    goals: Goals, unit: str, children: list[str], phase: str | None, kind: TargetKind, tree: Tree
) -> CascadeRow:
    own = goals.of(unit, phase, kind)
    given = {child: goals.of(child, phase, kind) for child in children}
    total = sum(target.value for target in given.values() if target is not None)
    without = tuple(child for child, target in given.items() if target is None)
    remainder = own.value - total if own is not None else None
    if remainder is None:
        found = Sum.NO_TARGET_ABOVE
    elif len(without) == len(children):
        found = Sum.NOT_SPLIT
    else:
        found = Sum.EXACT if not remainder else Sum.UNDER if remainder > 0 else Sum.OVER
    return CascadeRow(
        unit=unit,
        name=tree.name(unit),
        level=tree[unit].level,
        phase=phase,
        kind=kind,
        target=own.value if own is not None else None,
        document=own.document if own is not None else None,
        children=len(children),
        children_sum=total,
        remainder=remainder,
        without=without,
        sum=found,
    )


def _levels(programme: Programme, goals: Goals, units: list[str], tree: Tree) -> Iterator[LevelRow]:
    counts: Counter[tuple[Level, str | None]] = Counter()
    inside, codes_of = set(units), codes(programme, tree)
    for unit in units:
        counts.update((tree[unit].level, phase) for phase in codes_of(unit))
    given: dict[tuple[Level, str | None, TargetKind], list[int]] = {}
    for (unit, phase, kind), target in goals.by_place.items():
        if unit in inside:
            given.setdefault((tree[unit].level, phase, kind), []).append(target.value)
    order = list(Level)
    for level, phase, kind in sorted(
        given, key=lambda place: (place[1] or "", place[2], order.index(place[0]))
    ):
        values = given[level, phase, kind]
        yield LevelRow(
            level=level,
            phase=phase,
            kind=kind,
            units=counts[level, phase],
            with_target=len(values),
            total=sum(values),
        )
