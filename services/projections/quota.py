"""Quota progress: what each unit with a target has declared towards it, and when it got there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import EllipsisType
from typing import Final

from services.projections.asof import AsOf, Moment, at_home, heading, unmatched
from services.projections.database import Views
from services.projections.entries import QUOTA
from services.projections.reckoning import Scope, Totals
from services.projections.tally import Count, Tally, count_all
from shared.directory import Directory, Programme
from shared.errors import NotFound
from shared.events import TargetSet
from shared.tree import Tree
from shared.vocabulary import Position, TargetKind, Value

KINDS: Final = (
    TargetKind.ASSIGNED,
    TargetKind.REGISTERED,
    TargetKind.ORIENTATION,
    TargetKind.STRIVING,
)
"""Where one target is to stand for a unit, it is the first of these that the unit has."""


class QuotaRow(Value):
    """One target and the progress towards it; `exceeded_by` is negative as long as something is missing."""

    unit: str
    name: str
    phase: str | None
    kind: TargetKind
    document: str
    dated: date
    target: int
    gross: int
    net: int
    percent: float | None
    exceeded_by: int
    reached_at: datetime | None
    net_percent: float | None
    net_exceeded_by: int
    net_reached_at: datetime | None


class QuotaBoard(AsOf):
    """The targets in force and the progress towards each, as of a moment."""

    simulated: bool
    programme: str
    not_yet_matched: int | None
    rows: tuple[QuotaRow, ...]


class PhaseIsUnknown(NotFound):
    """The programme has no such phase."""

    code = "unknown-phase"

    def __init__(self, programme: Programme, phase: str) -> None:
        known = sorted({p.code for p in programme.terms.phases})
        super().__init__(
            f"Programme {programme.code} has no phase {phase}. Its phases: {', '.join(known)}.",
            phase=phase,
        )


class QuotaBehind(AsOf):
    """Units under half of their target for the whole programme, the least first."""

    count: int
    rows: tuple[QuotaRow, ...]


def quota(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    phase: str | EllipsisType | None = ...,
    kind: TargetKind | None = None,
    matched: Position | None = None,
) -> QuotaBoard:
    """Progress towards every target known at the moment and dated not after its day; `phase=None` is the whole programme.

    A phase counts what was filed within the window that it has for the unit; the whole programme counts everything,
    as gross does. Raises ProgrammeIsUnknown, UnitIsUnknown, PhaseIsUnknown.
    """
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        known = directory.programme(programme, at=position)
        if isinstance(phase, str) and phase not in {p.code for p in known.terms.phases}:
            raise PhaseIsUnknown(known, phase)
        wanted = tree[unit].code if unit is not None else None
        day = directory.day(at.instant)
        targets: dict[tuple[str, str | None], list[TargetSet]] = {}
        for target in known.in_force(day):
            if (
                wanted in {None, target.unit}
                and (phase is ... or phase == target.phase)
                and kind in {None, target.kind}
            ):
                targets.setdefault((target.unit, target.phase), []).append(target)
        tallies = _tallies(known, targets, tree)
        of_units: dict[str, list[Tally]] = {}
        for (code, _), tally in tallies.items():
            of_units.setdefault(code, []).append(tally)
        count_all(snapshot, scope, of_units, tree)
        waiting = (
            None
            if matched is None
            else unmatched(snapshot, position, matched=matched, programme=programme)
        )
    return QuotaBoard(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        not_yet_matched=waiting,
        rows=tuple(
            _row(target, tallies[key], tree)
            for key in sorted(tallies, key=lambda key: (key[0], key[1] or ""))
            for target in sorted(targets[key], key=lambda target: KINDS.index(target.kind))
        ),
    )


def under(
    views: Views, directory: Directory, *, programme: str, at: Moment, share: float = 0.5
) -> QuotaBehind:
    """The units that have less than a share (at most 1) of their target for the whole programme, the least first (D10)."""
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        known = directory.programme(programme, at=position)
        day = directory.day(at.instant)
        targets: dict[str, TargetSet] = {}
        for target in sorted(known.in_force(day), key=lambda target: KINDS.index(target.kind)):
            if target.phase is None:
                targets.setdefault(target.unit, target)
        # Who is behind has reached nothing, so that totals are all there is to know.
        totals = Totals(snapshot, scope, tree)
        tallies = {unit: Tally(None, ()) for unit in targets}
        for unit, tally in tallies.items():
            tally.gross.total = totals.count("gross", unit)
            tally.net.total = totals.count("net", unit)
    rows = (_row(target, tallies[unit], tree) for unit, target in targets.items())
    behind = [row for row in rows if row.percent is not None and row.percent < 100 * share]
    behind.sort(key=lambda row: (row.percent, row.unit))
    return QuotaBehind(**heading(at, position), count=len(behind), rows=tuple(behind))


def _tallies(
    programme: Programme,
    targets: Mapping[tuple[str, str | None], Sequence[TargetSet]],
    tree: Tree,
) -> dict[tuple[str, str | None], Tally]:
    """A tally for each unit and phase; a phase that the terms have no more has none."""
    found = {}
    for (unit, phase), goals in targets.items():
        window = programme.window(phase, unit, tree) if phase is not None else None
        if phase is None or window is not None:
            found[unit, phase] = Tally(window, (target.value for target in goals))
    return found


def _row(target: TargetSet, tally: Tally, tree: Tree) -> QuotaRow:
    goal, gross, net = target.value, tally.gross, tally.net
    return QuotaRow(
        unit=target.unit,
        name=tree.name(target.unit),
        phase=target.phase,
        kind=target.kind,
        document=target.document,
        dated=target.dated,
        target=goal,
        gross=gross.total,
        net=net.total,
        percent=_percent(gross, goal),
        exceeded_by=gross.total - goal,
        reached_at=_reached(gross, goal),
        net_percent=_percent(net, goal),
        net_exceeded_by=net.total - goal,
        net_reached_at=_reached(net, goal),
    )


def _percent(count: Count, goal: int) -> float | None:
    return 100 * count.total / goal if goal else None


def _reached(count: Count, goal: int) -> datetime | None:
    found = count.at(goal)
    return at_home(found) if found is not None else None
