"""Averages: a unit's rate beside the nation's, and what it would have declared at the nation's rate (D17)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.projections.boards.goals import Goals, NationalTarget
from services.projections.boards.quota import percent
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.reckoning import Measures, Scope
from services.projections.reckoning.selection import Selection
from services.projections.reckoning.totals import Totals
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, Value


class Beside(StrEnum):
    """Where a unit's rate stands beside the nation's, within the band that counts as the average."""

    ABOVE = "above"
    AVERAGE = "average"
    BELOW = "below"


class AverageRow(Value):
    """A unit's rates; `ratio` is its rate over the nation's, `potential` what it would have declared at the nation's rate.

    By members: per thousand of the unit's members. By target: percent of the unit's target for the whole programme. A
    rank is the place by that rate among the units shown, the highest first; equal rates share it.
    """

    unit: str
    name: str
    level: Level
    gross: int
    net: int
    members: int | None
    counted_on: date | None
    per_1000: float | None
    ratio: float | None
    beside: Beside | None
    potential: float | None
    gap: float | None
    rank: int | None
    target: int | None
    kind: TargetKind | None
    percent: float | None
    percent_ratio: float | None
    percent_beside: Beside | None
    percent_potential: float | None
    percent_rank: int | None


class Averages(AsOf):
    """The nation's rates, and the units beside them, the highest rate per thousand members first."""

    simulated: bool
    programme: str
    level: Level | None
    cohort: str | None
    band: float
    national_gross: int
    national_net: int
    national_members: int | None
    national_per_1000: float | None
    national_target: NationalTarget | None
    national_percent: float | None
    rows: tuple[AverageRow, ...]


class Rates(NamedTuple):
    """What a rate is worked out from, of a unit or of the nation."""

    measures: Measures
    members: int | None
    target: int | None

    @property
    def per_1000(self) -> float | None:
        return 1000 * self.measures.gross / self.members if self.members else None

    @property
    def percent(self) -> float | None:
        return percent(self.measures.gross, self.target)


def averages(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    selection: Selection | None = None,
    kind: TargetKind | None = None,
    band: float = 0.1,
) -> Averages:
    """Units beside the nation: within ± `band` of its rate (a share) a unit is average.

    The nation's members are those of its own head count, else of its first-level units' together; its target likewise.
    Raises ProgrammeIsUnknown, UnitIsUnknown, CohortIsUnknown.
    """
    selection = selection or Selection.asked(None, None, None)
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        selection.check(tree)
        known = directory.programme(programme, at=position)
        totals = Totals(snapshot, scope, tree)
        units = [
            unit.code
            for unit in tree.units.values()
            if unit.closed is None and selection.holds(unit.code, tree)
        ]
        counts = {unit: totals.of(unit) for unit in units}
        whole = totals.of(tree.root)
    day = directory.day(at.instant)
    goals = Goals.on(known, day)
    aim = goals.of_nation(tree, kind)
    nation = Rates(whole, _members(tree, day), aim.target if aim is not None else None)
    rates = {}
    for unit, measures in counts.items():
        heads, target = tree.heads(unit, day), goals.of(unit, None, kind)
        rates[unit] = Rates(
            measures,
            heads.members if heads is not None else None,
            target.value if target is not None else None,
        )
    ranks = _ranks({unit: found.per_1000 for unit, found in rates.items()})
    of_target = _ranks({unit: found.percent for unit, found in rates.items()})
    rows = []
    for unit, found in rates.items():
        heads, target = tree.heads(unit, day), goals.of(unit, None, kind)
        potential = _potential(nation.per_1000, found.members, 1000)
        rows.append(
            AverageRow(
                unit=unit,
                name=tree.name(unit),
                level=tree[unit].level,
                gross=found.measures.gross,
                net=found.measures.net,
                members=found.members,
                counted_on=heads.counted_on if heads is not None else None,
                per_1000=found.per_1000,
                ratio=_ratio(found.per_1000, nation.per_1000),
                beside=_beside(found.per_1000, nation.per_1000, band),
                potential=potential,
                gap=found.measures.gross - potential if potential is not None else None,
                rank=ranks.get(unit),
                target=found.target,
                kind=target.kind if target is not None else None,
                percent=found.percent,
                percent_ratio=_ratio(found.percent, nation.percent),
                percent_beside=_beside(found.percent, nation.percent, band),
                percent_potential=_potential(nation.percent, found.target, 100),
                percent_rank=of_target.get(unit),
            )
        )
    rows.sort(key=lambda row: (row.rank is None, row.rank or 0, row.unit))
    return Averages(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        level=selection.level,
        cohort=selection.cohort,
        band=band,
        national_gross=whole.gross,
        national_net=whole.net,
        national_members=nation.members,
        national_per_1000=nation.per_1000,
        national_target=aim,
        national_percent=nation.percent,
        rows=tuple(rows),
    )


def _members(tree: Tree, day: date) -> int | None:
    own = tree.heads(tree.root, day)
    if own is not None:
        return own.members
    first = (tree.heads(unit.code, day) for unit in tree.at_level(Level.FIRST))
    found = [heads.members for heads in first if heads is not None]
    return sum(found) if found else None


def _ranks(rates: Mapping[str, float | None]) -> dict[str, int]:
    """One more than there are units with a higher rate."""
    ordered = sorted((rate for rate in rates.values() if rate is not None), reverse=True)
    place: dict[float, int] = {}
    for rank, rate in enumerate(ordered, 1):
        place.setdefault(rate, rank)
    return {unit: place[rate] for unit, rate in rates.items() if rate is not None}


def _ratio(rate: float | None, average: float | None) -> float | None:
    return rate / average if rate is not None and average else None


def _beside(rate: float | None, average: float | None, band: float) -> Beside | None:
    ratio = _ratio(rate, average)
    if ratio is None:
        return None
    if ratio > 1 + band:
        return Beside.ABOVE
    return Beside.BELOW if ratio < 1 - band else Beside.AVERAGE


def _potential(average: float | None, base: int | None, per: int) -> float | None:
    return average * base / per if average is not None and base is not None else None
