"""Progress over time: what a unit, a cohort or the nation had declared at regular instants, beside its targets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from services.projections.boards.course import Every, course, moment_at
from services.projections.boards.quota import KINDS
from services.projections.reckoning.asof import AsOf, Moment, Record, heading
from services.projections.reckoning.reckoning import Measures, Scope
from services.projections.reckoning.selection import CohortIsUnknown
from services.projections.reckoning.totals import Totals
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.view import Snapshot
from shared.directory import Directory, Programme
from shared.errors import Invalid
from shared.terms import Window
from shared.tree import Tree
from shared.vocabulary import HOME, Position, TargetKind, Value


class ProgressRow(Value):
    """What had been declared by an instant, and what of it was valid."""

    at: datetime
    position: Position
    gross: int
    net: int


class TargetLine(Value):
    """A target over its window; a phase's stands upon what had been declared when the phase began, null before that."""

    kind: TargetKind
    phase: str | None
    target: int
    base: int | None
    begins: datetime
    ends: datetime


class PhaseSpan(Value):
    """A phase, as the unit has it."""

    phase: str
    begins: datetime
    ends: datetime


class Progress(AsOf):
    """How the counts of a unit, a cohort or the nation rose, from one instant to another."""

    simulated: bool
    programme: str
    unit: str | None
    cohort: str | None
    name: str
    every: Every
    since: datetime
    until: datetime
    targets: tuple[TargetLine, ...]
    phases: tuple[PhaseSpan, ...]
    rows: tuple[ProgressRow, ...]


class UnitOrCohort(Invalid):
    """A course is of a unit or of a cohort."""

    code = "unit-or-cohort"

    def __init__(self) -> None:
        super().__init__(
            "A unit and a cohort are asked for together, and a course is of one of them. Leave one out.",
            field="cohort",
        )


class Counting(NamedTuple):
    """For whom is counted: a unit with all below it, the units of a cohort with all below them."""

    snapshot: Snapshot
    directory: Directory
    programme: str
    root: str | None
    cohort: str | None

    def at(self, moment: Moment) -> tuple[Position, Measures]:
        """What had been declared by a moment, in the tree as it was then."""
        scope = Scope.at(self.programme, moment, self.snapshot)
        tree = self.directory.tree(at=scope.position, on=moment.instant)
        totals = Totals(self.snapshot, scope, tree)
        if self.cohort is None:
            whole = self.root is None or self.root == tree.root
            return scope.position, totals.everything() if whole else totals.of(str(self.root))
        members = tree.cohorts.get(self.cohort, frozenset())
        total = Measures()
        for member in tree.outermost(members):
            total = total.plus(totals.of(member))
        return scope.position, total


def progress(
    views: Views,
    directory: Directory,
    record: Record,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    cohort: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    every: Every | None = None,
) -> Progress:
    """The course of the counts up to a moment; without a unit or a cohort, the nation's.

    Raises UnitOrCohort, ProgrammeIsUnknown, UnitIsUnknown, CohortIsUnknown, SpanIsEmpty, TooManyPoints.
    """
    if unit is not None and cohort is not None:
        raise UnitOrCohort
    with views.read(QUOTA) as snapshot:
        position = min(at.position, snapshot.position)
        at = at._replace(position=position)
        tree = directory.tree(at=position, on=at.instant)
        known = directory.programme(programme, at=position)
        if cohort is not None and cohort not in tree.cohorts:
            raise CohortIsUnknown(cohort, sorted(tree.cohorts))
        root = tree[unit].code if unit is not None else None
        run = course(
            record, at, begins=known.terms.window.from_, since=since, until=until, every=every
        )
        counting = Counting(snapshot, directory, programme, root, cohort)
        rows = []
        for moment in run.moments:
            reached, total = counting.at(moment)
            rows.append(
                ProgressRow(at=moment.at_home, position=reached, gross=total.gross, net=total.net)
            )
        of = root or tree.root
        lines = [
            TargetLine(
                kind=kind,
                phase=phase,
                target=value,
                base=_base(counting, record, at, phase, window),
                begins=window.from_.astimezone(HOME),
                ends=window.to.astimezone(HOME),
            )
            for kind, phase, value, window in _targets(known, directory, at, tree, of, cohort)
        ]
    return Progress(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        unit=None if cohort is not None else of,
        cohort=cohort,
        name=tree.cohort_names.get(cohort, cohort) if cohort is not None else tree.name(of),
        every=run.every,
        since=run.since,
        until=run.until,
        targets=tuple(lines),
        phases=tuple(
            PhaseSpan(
                phase=phase,
                begins=window.from_.astimezone(HOME),
                ends=window.to.astimezone(HOME),
            )
            for phase, window in _phases(known, of, tree)
        ),
        rows=tuple(rows),
    )


def _phases(programme: Programme, unit: str, tree: Tree) -> list[tuple[str, Window]]:
    """The phases that a unit has, in the order in which they begin."""
    found = {
        phase.code: window
        for phase in programme.terms.phases
        if (window := programme.window(phase.code, unit, tree)) is not None
    }
    return sorted(found.items(), key=lambda of: (of[1].from_, of[0]))


def _targets(
    programme: Programme,
    directory: Directory,
    at: Moment,
    tree: Tree,
    unit: str,
    cohort: str | None,
) -> Iterator[tuple[TargetKind, str | None, int, Window]]:
    """The targets in force: the unit's own; of a cohort the sum, where each of its units has one of the kind."""
    members = tree.cohorts[cohort] if cohort is not None else {unit}
    found: dict[tuple[TargetKind, str | None], list[int]] = {}
    for target in programme.in_force(directory.day(at.instant)):
        if target.unit in members:
            found.setdefault((target.kind, target.phase), []).append(target.value)
    for (kind, phase), values in sorted(
        found.items(), key=lambda of: (of[0][1] is not None, of[0][1], KINDS.index(of[0][0]))
    ):
        window = programme.window(phase, unit, tree)
        # Phases of a cohort's units may begin on different days: no one line stands for them.
        if window is not None and len(values) == len(members) and (cohort is None or phase is None):
            yield kind, phase, sum(values), window


def _base(
    counting: Counting, record: Record, at: Moment, phase: str | None, window: Window
) -> int | None:
    if phase is None:
        return 0
    if window.from_ > at.instant:
        return None
    return counting.at(moment_at(record, at, window.from_))[1].gross
