"""Cohorts: any named group of units, with the sum of its targets by kind, what it counts, and its share of the nation (D16)."""

from __future__ import annotations

from collections.abc import Mapping

from services.projections.boards.goals import Goals, NationalTarget, check_phase
from services.projections.boards.quota import KINDS, percent
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.reckoning import Measures, Scope
from services.projections.reckoning.selection import CohortIsUnknown
from services.projections.reckoning.totals import Totals
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory
from shared.tree import Tree
from shared.vocabulary import TargetKind, Value


class CohortTarget(Value):
    """The members' targets of one kind together, and the nation's; shares are 0-1 of the nation's."""

    kind: TargetKind
    total: int
    members_with_target: int
    national: NationalTarget | None
    share: float | None
    percent: float | None


class CohortMember(Value):
    """A member of a cohort on the day, and what it counts."""

    unit: str
    name: str
    gross: int
    net: int


class CohortRow(Value):
    """A cohort: what was declared by its members and all below them, each idea once."""

    cohort: str
    name: str
    gross: int
    net: int
    share: float | None
    net_share: float | None
    targets: tuple[CohortTarget, ...]
    members: tuple[CohortMember, ...]


class Cohorts(AsOf):
    """The cohorts by code, beside what the whole nation counts."""

    simulated: bool
    programme: str
    phase: str | None
    national_gross: int
    national_net: int
    rows: tuple[CohortRow, ...]


def cohorts(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    cohort: str | None = None,
    phase: str | None = None,
) -> Cohorts:
    """One cohort or all, with the members of the day that is asked for; targets for a phase, or the whole programme.

    What is declared is counted over the whole programme. Where a member stands below another, it is counted once, as
    part of that one. Raises ProgrammeIsUnknown, PhaseIsUnknown, CohortIsUnknown.
    """
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        if cohort is not None and cohort not in tree.cohorts:
            raise CohortIsUnknown(cohort, sorted(tree.cohorts))
        known = directory.programme(programme, at=position)
        check_phase(known, phase)
        goals = Goals.on(known, directory.day(at.instant))
        wanted = [cohort] if cohort is not None else sorted(tree.cohorts)
        everyone = {unit for code in wanted for unit in tree.cohorts[code]}
        totals = Totals(snapshot, scope, tree)
        nation = totals.of(tree.root)
        counts = {unit: totals.of(unit) for unit in everyone}
    return Cohorts(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        phase=phase,
        national_gross=nation.gross,
        national_net=nation.net,
        rows=tuple(_row(code, phase, goals, counts, nation, tree) for code in wanted),
    )


def _row(
    cohort: str,
    phase: str | None,
    goals: Goals,
    counts: Mapping[str, Measures],
    nation: Measures,
    tree: Tree,
) -> CohortRow:
    members = tree.cohorts[cohort]
    outermost = tree.outermost(sorted(members))
    whole = Measures()
    for unit in outermost:
        whole = whole.plus(counts[unit])
    targets = [_target(kind, phase, outermost, whole, goals, tree) for kind in KINDS]
    return CohortRow(
        cohort=cohort,
        name=tree.cohort_names.get(cohort, cohort),
        gross=whole.gross,
        net=whole.net,
        share=whole.gross / nation.gross if nation.gross else None,
        net_share=whole.net / nation.net if nation.net else None,
        targets=tuple(target for target in targets if target is not None),
        members=tuple(
            CohortMember(
                unit=unit, name=tree.name(unit), gross=counts[unit].gross, net=counts[unit].net
            )
            for unit in sorted(members)
        ),
    )


def _target(
    kind: TargetKind,
    phase: str | None,
    units: list[str],
    counted: Measures,
    goals: Goals,
    tree: Tree,
) -> CohortTarget | None:
    found = [target for unit in units if (target := goals.of(unit, phase, kind)) is not None]
    if not found:
        return None
    total = sum(target.value for target in found)
    national = goals.of_nation(tree, kind, phase)
    return CohortTarget(
        kind=kind,
        total=total,
        members_with_target=len(found),
        national=national,
        share=total / national.target if national is not None and national.target else None,
        # What is declared within a phase is the quota board's to say.
        percent=percent(counted.gross, total) if phase is None else None,
    )
