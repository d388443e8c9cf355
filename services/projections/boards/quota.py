"""Quota progress: what each unit with a target has declared towards it, and when it got there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from types import EllipsisType
from typing import Final

from services.projections.reckoning.asof import AsOf, Moment, at_home, heading, unmatched
from services.projections.reckoning.reckoning import Scope
from services.projections.reckoning.tally import Count, Tally, count_all
from services.projections.reckoning.totals import Totals
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.built import built
from shared.directory import Directory, Programme
from shared.errors import NotFound
from shared.events import TargetSet
from shared.terms import WHOLE, Phase
from shared.tree import Tree
from shared.vocabulary import HOME, HeadCount, Level, Position, TargetKind, Value

KINDS: Final = (
    TargetKind.ASSIGNED,
    TargetKind.REGISTERED,
    TargetKind.ORIENTATION,
    TargetKind.STRIVING,
)
"""Where one target is to stand for a unit, it is the first of these that the unit has."""


class Percentage(Value):
    """What a target that was given as a percentage is a percentage of; `heads` as that day's count stands now."""

    percent: float
    of: HeadCount
    counted_on: date
    heads: int | None


class QuotaRow(Value):
    """One target and the progress towards it; `exceeded_by` is negative as long as something is missing.

    Beside the percentage of this target stands that of the unit's target of the same kind for the whole programme, of
    the same count. The window is the one that the phase has for the unit, whose it is in `window_of` (None: everybody's).
    """

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
    remaining: int
    net_remaining: int
    programme_target: int | None
    programme_percent: float | None
    net_programme_percent: float | None
    percentage: Percentage | None
    begins: datetime
    ends: datetime
    window_of: str | None


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
        known = sorted(programme.parts)
        super().__init__(
            f"Programme {programme.code} has no phase {phase}. Its phases: {', '.join(known)}.",
            phase=phase,
        )


class QuotaBehind(AsOf):
    """Units under a share of their target for the whole programme, the least first; `units` have such a target."""

    simulated: bool = False
    share: float
    level: Level | None
    units: int
    count: int
    rows: tuple[QuotaRow, ...]


def phase_asked(named: str | None) -> str | EllipsisType | None:
    """Which phase a name asks for: `whole` is the whole programme (None), and no name is any (...)."""
    if named is None:
        return ...
    return None if named == WHOLE else named


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
        if isinstance(phase, str) and phase not in known.parts:
            raise PhaseIsUnknown(known, phase)
        wanted = tree[unit].code if unit is not None else None
        day = directory.day(at.instant)
        targets: dict[tuple[str, str | None], list[TargetSet]] = {}
        standing = known.standing(day)
        for target in (
            standing.by_place.values() if wanted is None else standing.by_unit.get(wanted, ())
        ):
            if (phase is ... or phase == target.phase) and kind in {None, target.kind}:
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
            _row(
                target,
                tallies[key],
                tree,
                known,
                standing.by_place.get((target.unit, None, target.kind)),
            )
            for key in sorted(tallies, key=lambda key: (key[0], key[1] or ""))
            for target in sorted(targets[key], key=lambda target: KINDS.index(target.kind))
        ),
    )


def under(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    share: float = 0.5,
    level: Level | None = None,
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
            unit = tree.units.get(target.unit)
            if target.phase is None and (level is None or (unit and unit.level is level)):
                targets.setdefault(target.unit, target)
        # Who is behind has reached nothing, so that totals are all there is to know.
        totals = Totals(snapshot, scope, tree)
        tallies = {unit: Tally(None, ()) for unit in targets}
        for code, tally in tallies.items():
            tally.gross.total = totals.count("gross", code)
            tally.net.total = totals.count("net", code)
    # The share as it was written, and whole numbers: what is just at it is never taken for less.
    least = Fraction(str(share))
    behind = [
        _row(target, tallies[code], tree, known, target)
        for code, target in targets.items()
        if target.value and tallies[code].gross.total < least * target.value
    ]
    behind.sort(key=lambda row: (row.percent, row.unit))
    return QuotaBehind(
        **heading(at, position),
        simulated=directory.simulated,
        share=share,
        level=level,
        units=sum(target.value > 0 for target in targets.values()),
        count=len(behind),
        rows=tuple(behind),
    )


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


def _row(
    target: TargetSet, tally: Tally, tree: Tree, programme: Programme, whole: TargetSet | None
) -> QuotaRow:
    """One target's row; `whole` is the unit's target of the same kind for the whole programme."""
    goal, gross, net = target.value, tally.gross, tally.net
    # A phase that the terms have no more has no tally either.
    window = programme.window(target.phase, target.unit, tree) or programme.terms.window
    # A table of a thousand rows is reckoned, not read: to validate what was just added up would take longer.
    facts: dict[str, object] = {
        "unit": target.unit,
        "name": tree.name(target.unit),
        "phase": target.phase,
        "kind": target.kind,
        "document": target.document,
        "dated": target.dated,
        "target": goal,
        "gross": gross.total,
        "net": net.total,
        "percent": percent(gross.total, goal),
        "exceeded_by": gross.total - goal,
        "reached_at": reached(gross, goal),
        "net_percent": percent(net.total, goal),
        "net_exceeded_by": net.total - goal,
        "net_reached_at": reached(net, goal),
        "remaining": max(0, goal - gross.total),
        "net_remaining": max(0, goal - net.total),
        "programme_target": whole.value if whole is not None else None,
        "programme_percent": percent(gross.total, whole.value) if whole is not None else None,
        "net_programme_percent": percent(net.total, whole.value) if whole is not None else None,
        "percentage": _percentage(target, tree),
        "begins": window.from_.astimezone(HOME),
        "ends": window.to.astimezone(HOME),
        "window_of": window.unit if isinstance(window, Phase) else None,
    }
    return built(QuotaRow, facts)


def _percentage(target: TargetSet, tree: Tree) -> Percentage | None:
    if target.percent is None or target.of is None or target.counted_on is None:
        return None
    heads = tree.heads_counted_on(target.unit, target.counted_on)
    return Percentage(
        percent=float(target.percent),
        of=target.of,
        counted_on=target.counted_on,
        heads=heads.of(target.of) if heads is not None else None,
    )


def percent(part: float, whole: float | None) -> float | None:
    """So many percent of a whole, unrounded; of nothing there is no percentage."""
    return 100 * part / whole if whole else None


def reached(count: Count, goal: int) -> datetime | None:
    """When a count came to a goal that it still stands at, on the programme's own clock."""
    found = count.at(goal)
    return at_home(found) if found is not None else None
