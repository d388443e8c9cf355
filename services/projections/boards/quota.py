"""Quota progress: what each unit with a target has declared towards it, and when it got there."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from types import EllipsisType
from typing import Final, NamedTuple

from services.projections.boards.percentage import Percentage
from services.projections.reckoning.asof import AsOf, Moment, at_home, heading, unmatched
from services.projections.reckoning.reckoning import Reckoning, Scope
from services.projections.reckoning.tally import MEASURES, Count, Line, Lines
from services.projections.reckoning.totals import Totals, span_of
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.built import built
from shared.directory import Directory, InForce, Programme
from shared.errors import NotFound
from shared.events.programme import TargetSet
from shared.terms import WHOLE, Phase, Window
from shared.tree import Tree
from shared.vocabulary import HOME, Level, Position, TargetKind, Value

KINDS: Final = (
    TargetKind.ASSIGNED,
    TargetKind.REGISTERED,
    TargetKind.ORIENTATION,
    TargetKind.STRIVING,
)
"""Where one target is to stand for a unit, it is the first of these that the unit has."""
KEPT_TABLES: Final = 24
KEPT_INSTANTS: Final = 16_384


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
        table = _table(known, known.standing(directory.day(at.instant)), tree, wanted, phase, kind)
        reckoning = Reckoning.of(snapshot, scope)
        gross, net = (table.lines.progress(reckoning, measure) for measure in MEASURES)
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
            _row(aim, declared, came, valid, came_valid)
            for aim, declared, came, valid, came_valid in zip(
                table.aims, gross.totals, gross.reached, net.totals, net.reached, strict=True
            )
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
        gross = {unit: totals.count("gross", unit) for unit in targets}
        net = {unit: totals.count("net", unit) for unit in targets}
    # The share as it was written, and whole numbers: what is just at it is never taken for less.
    least = Fraction(str(share))
    behind = [
        _row(_aim(target, known.terms.window, tree, target), gross[code], None, net[code], None)
        for code, target in targets.items()
        if target.value and gross[code] < least * target.value
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


class Aim(NamedTuple):
    """A row before anything is counted: what it is held against, and its facts.

    What will be counted stands among them as nothing, in its place: the fields of a row are written in their order.
    """

    target: int
    programme_target: int | None
    facts: dict[str, object]


class Table(NamedTuple):
    """A quota table before anything is counted: its rows, and what to count for each."""

    aims: list[Aim]
    lines: Lines


@lru_cache(maxsize=KEPT_TABLES)
def _table(
    programme: Programme,
    standing: InForce,
    tree: Tree,
    unit: str | None,
    phase: str | EllipsisType | None,
    kind: TargetKind | None,
) -> Table:
    """The targets asked for, by unit, phase and kind; for a phase that the terms have no more there is no row.

    Of a thousand targets there is far more to tell than to count, and from one moment to the next it is mostly the same.
    """
    targets = standing.by_place.values() if unit is None else standing.by_unit.get(unit, ())
    aims: list[Aim] = []
    lines: list[Line] = []
    asked = (
        target
        for target in targets
        if (phase is ... or phase == target.phase) and kind in {None, target.kind}
    )
    for target in sorted(asked, key=lambda t: (t.unit, t.phase or "", KINDS.index(t.kind))):
        window = programme.window(target.phase, target.unit, tree)
        if window is not None:
            whole = standing.by_place.get((target.unit, None, target.kind))
            aims.append(_aim(target, window, tree, whole))
            span = span_of(window) if target.phase is not None else None
            lines.append(Line(target.unit, span, target.value))
    return Table(aims, Lines(lines, tree))


def _aim(target: TargetSet, window: Window, tree: Tree, whole: TargetSet | None) -> Aim:
    """The row of a target; `whole` is the unit's target of the same kind for the whole programme."""
    beside = whole.value if whole is not None else None
    facts: dict[str, object] = {
        "unit": target.unit,
        "name": tree.name(target.unit),
        "phase": target.phase,
        "kind": target.kind,
        "document": target.document,
        "dated": target.dated,
        "target": target.value,
        "gross": 0,
        "net": 0,
        "percent": None,
        "exceeded_by": 0,
        "reached_at": None,
        "net_percent": None,
        "net_exceeded_by": 0,
        "net_reached_at": None,
        "remaining": 0,
        "net_remaining": 0,
        "programme_target": beside,
        "programme_percent": None,
        "net_programme_percent": None,
        "percentage": Percentage.behind(target, tree),
        "begins": window.from_.astimezone(HOME),
        "ends": window.to.astimezone(HOME),
        "window_of": window.unit if isinstance(window, Phase) else None,
    }
    return Aim(target.value, beside, facts)


def _row(
    aim: Aim, gross: int, reached_at: int | None, net: int, net_reached_at: int | None
) -> QuotaRow:
    """One target's row: what is known of it anyhow, and what was counted, with the instants at which it was reached."""
    goal, whole, facts = aim
    # A table of a thousand rows is reckoned, not read: to validate what was just added up would take longer.
    return built(
        QuotaRow,
        {
            **facts,
            "gross": gross,
            "net": net,
            "percent": percent(gross, goal),
            "exceeded_by": gross - goal,
            "reached_at": _at_home(reached_at),
            "net_percent": percent(net, goal),
            "net_exceeded_by": net - goal,
            "net_reached_at": _at_home(net_reached_at),
            "remaining": max(0, goal - gross),
            "net_remaining": max(0, goal - net),
            "programme_percent": percent(gross, whole),
            "net_programme_percent": percent(net, whole),
        },
    )


def percent(part: float, whole: float | None) -> float | None:
    """So many percent of a whole, unrounded; of nothing there is no percentage."""
    return 100 * part / whole if whole else None


def reached(count: Count, goal: int) -> datetime | None:
    """When a count came to a goal that it still stands at, on the programme's own clock."""
    return _at_home(count.at(goal))


@lru_cache(maxsize=KEPT_INSTANTS)
def _at_home(microseconds: int | None) -> datetime | None:
    """The same instants are told again and again, as long as what was reached is."""
    return at_home(microseconds) if microseconds is not None else None
