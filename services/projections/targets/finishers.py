"""Early finishers: units that came to their target for the whole programme, or near it, within its first phase (D09)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from services.projections.boards.goals import Goals, check_phase
from services.projections.boards.quota import percent, reached
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.reckoning import Scope
from services.projections.reckoning.selection import Selection
from services.projections.reckoning.tally import Tally, count_all
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory, Programme
from shared.events.programme import TargetSet
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, Value


class Finish(StrEnum):
    """How far a unit came within the phase: to the whole programme's target, near it, or beyond the phase's alone."""

    FINISHED = "finished"
    NEAR = "near"
    OVER_PHASE = "over-phase"


class FinisherRow(Value):
    """A unit and what it declared, against its target of one kind for the whole and for the phase.

    `gross` and `net` are what is held against the whole; against the phase stands what was filed within it.
    """

    unit: str
    name: str
    level: Level
    state: Finish
    phase: str
    kind: TargetKind
    gross: int
    net: int
    programme_target: int
    programme_percent: float | None
    reached_at: datetime | None
    net_reached_at: datetime | None
    phase_target: int | None
    phase_percent: float | None
    phase_exceeded_by: int | None
    phase_reached_at: datetime | None


class Finishers(AsOf):
    """Who finished comes first, in the order of finishing, then who came near, then who is beyond the phase's target.

    A unit stands in one state, the best. `over_phase` counts those in that state; `over_phase_in_all` also those of the
    first two who are beyond the target of the phase.
    """

    simulated: bool
    programme: str
    so_far: bool
    near: float
    units: int
    finished: int
    nearly: int
    over_phase: int
    over_phase_in_all: int
    rows: tuple[FinisherRow, ...]


def finishers(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    selection: Selection | None = None,
    phase: str | None = None,
    kind: TargetKind | None = None,
    near: float = 0.9,
    so_far: bool = False,
) -> Finishers:
    """The units that did early what was meant for the whole programme, of mixed levels unless one is asked for.

    Counted is what was filed within the phase's window for the unit (default: the first phase that it goes through), and
    with `so_far` against the whole programme's target whatever was declared by the moment;
    `near` is the share of the target from which on a unit is nearly there. `units` have a target for the whole
    programme. Raises ProgrammeIsUnknown, PhaseIsUnknown, UnitIsUnknown, CohortIsUnknown.
    """
    selection = selection or Selection()
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        selection.check(tree)
        known = directory.programme(programme, at=position)
        check_phase(known, phase)
        goals = Goals.on(known, directory.day(at.instant))
        runners = {
            unit: runner
            for unit in sorted(goals.by_unit)
            if selection.holds(unit, tree)
            and (runner := _runner(unit, phase, kind, goals, known, tree, so_far=so_far))
            is not None
        }
        count_all(snapshot, scope, {unit: r.tallies for unit, r in runners.items()}, tree)
    nearly = Fraction(str(near))
    rows = [row for r in runners.values() if (row := r.row(nearly, tree)) is not None]
    order = list(Finish)
    rows.sort(
        key=lambda row: (
            order.index(row.state),
            row.reached_at.timestamp() if row.reached_at is not None else 0.0,
            -(row.programme_percent or 0.0),
            row.unit,
        )
    )
    states = [row.state for row in rows]
    return Finishers(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        so_far=so_far,
        near=near,
        units=len(runners),
        finished=states.count(Finish.FINISHED),
        nearly=states.count(Finish.NEAR),
        over_phase=states.count(Finish.OVER_PHASE),
        over_phase_in_all=sum((row.phase_exceeded_by or 0) > 0 for row in rows),
        rows=tuple(rows),
    )


class Runner:
    """A unit on its way: its targets of one kind, and the tallies held against the phase's and the whole's."""

    def __init__(
        self, whole: TargetSet, part: TargetSet | None, phase: str, within: Tally, in_all: Tally
    ) -> None:
        self.whole = whole
        self.part = part
        self.phase = phase
        self.within = within
        self.in_all = in_all

    @property
    def tallies(self) -> list[Tally]:
        """What is to be counted."""
        return [self.within] if self.in_all is self.within else [self.within, self.in_all]

    def row(self, near: Fraction, tree: Tree) -> FinisherRow | None:
        """The unit's row, if it came far enough to have one."""
        gross, net, phase = self.in_all.gross, self.in_all.net, self.within.gross
        target = self.whole.value
        part = self.part.value if self.part is not None else None
        if gross.total >= target:
            state = Finish.FINISHED
        elif gross.total >= near * target:
            state = Finish.NEAR
        elif part is not None and phase.total > part:
            state = Finish.OVER_PHASE
        else:
            return None
        return FinisherRow(
            unit=self.whole.unit,
            name=tree.name(self.whole.unit),
            level=tree[self.whole.unit].level,
            state=state,
            phase=self.phase,
            kind=self.whole.kind,
            gross=gross.total,
            net=net.total,
            programme_target=target,
            programme_percent=percent(gross.total, target),
            reached_at=reached(gross, target),
            net_reached_at=reached(net, target),
            phase_target=part,
            phase_percent=percent(phase.total, part),
            phase_exceeded_by=phase.total - part if part is not None else None,
            phase_reached_at=reached(phase, part) if part is not None else None,
        )


def _runner(
    unit: str,
    phase: str | None,
    kind: TargetKind | None,
    goals: Goals,
    programme: Programme,
    tree: Tree,
    *,
    so_far: bool,
) -> Runner | None:
    whole = goals.of(unit, None, kind)
    # To be given nothing is not to have finished.
    if whole is None or not whole.value:
        return None
    own = programme.terms.chain(tree.path(unit))
    code = phase if phase is not None else own[0].code if own else None
    window = programme.window(code, unit, tree) if code is not None else None
    if code is None or window is None:
        return None
    part = goals.of(unit, code, whole.kind)
    values = [target.value for target in (whole, part) if target is not None]
    within = in_all = Tally(window, values)
    everything = programme.window(None, unit, tree)
    if so_far and everything is not None:
        in_all = Tally(everything, [whole.value])
    return Runner(whole, part, code, within, in_all)
