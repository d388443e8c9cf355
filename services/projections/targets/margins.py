"""Margins: what units registered against what the level above had them oriented towards (D04)."""

from __future__ import annotations

from services.projections.boards.goals import Goals, check_phase
from services.projections.boards.quota import percent
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.selection import Selection
from shared.directory import Directory
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, Value


class MarginRow(Value):
    """A unit's registered target against its orientation: `margin` is registered − orientation, below zero if less."""

    unit: str
    name: str
    level: Level
    registered: int | None
    registered_document: str | None
    orientation: int | None
    orientation_document: str | None
    margin: int | None
    percent: float | None


class Margins(AsOf):
    """The largest margin first; sums and counts are over the units that have both targets, which `compared` counts."""

    simulated: bool
    programme: str
    phase: str | None
    level: Level | None
    cohort: str | None
    compared: int
    registered: int
    orientation: int
    margin: int
    percent: float | None
    above_count: int
    below_count: int
    below: tuple[str, ...]
    """The units that registered less than they were oriented towards, by code."""
    rows: tuple[MarginRow, ...]


def margins(
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    selection: Selection | None = None,
    phase: str | None = None,
) -> Margins:
    """Registered against orientation, unit by unit, by the targets known at the moment and dated not after its day.

    Units with one of both are shown without a margin, after the others. Raises ProgrammeIsUnknown, PhaseIsUnknown,
    UnitIsUnknown, CohortIsUnknown.
    """
    selection = selection or Selection.asked(None, None, None)
    tree = directory.tree(at=at.position, on=at.instant)
    selection.check(tree)
    known = directory.programme(programme, at=at.position)
    check_phase(known, phase)
    goals = Goals.on(known, directory.day(at.instant))
    units = {
        unit
        for unit, of_phase, kind in goals.by_place
        if of_phase == phase
        and kind in {TargetKind.REGISTERED, TargetKind.ORIENTATION}
        and selection.holds(unit, tree)
    }
    rows = [_row(unit, phase, goals, tree) for unit in units]
    rows.sort(key=lambda row: (row.margin is None, -(row.margin or 0), row.unit))
    both = [row for row in rows if row.margin is not None]
    registered = sum(row.registered or 0 for row in both)
    oriented = sum(row.orientation or 0 for row in both)
    below = sorted(row.unit for row in both if row.margin is not None and row.margin < 0)
    return Margins(
        **heading(at, at.position),
        simulated=directory.simulated,
        programme=programme,
        phase=phase,
        level=selection.level,
        cohort=selection.cohort,
        compared=len(both),
        registered=registered,
        orientation=oriented,
        margin=registered - oriented,
        percent=percent(registered, oriented),
        above_count=sum(row.margin is not None and row.margin > 0 for row in both),
        below_count=len(below),
        below=tuple(below),
        rows=tuple(rows),
    )


def _row(unit: str, phase: str | None, goals: Goals, tree: Tree) -> MarginRow:
    registered = goals.of(unit, phase, TargetKind.REGISTERED)
    oriented = goals.of(unit, phase, TargetKind.ORIENTATION)
    both = (registered.value, oriented.value) if registered and oriented else None
    return MarginRow(
        unit=unit,
        name=tree.name(unit),
        level=tree[unit].level,
        registered=registered.value if registered is not None else None,
        registered_document=registered.document if registered is not None else None,
        orientation=oriented.value if oriented is not None else None,
        orientation_document=oriented.document if oriented is not None else None,
        margin=both[0] - both[1] if both is not None else None,
        percent=percent(*both) if both is not None else None,
    )
