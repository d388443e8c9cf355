"""The leaderboard: units of one level by one measure, gross and net and the duplicate rate always beside the rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple

from services.projections.asof import AsOf, Moment, heading, unmatched
from services.projections.database import Views
from services.projections.entries import QUOTA
from services.projections.quota import KINDS
from services.projections.reckoning import NEVER, Measures, Scope, Totals, first_stood
from services.projections.view import Snapshot
from shared.directory import Directory, Programme
from shared.errors import NotFound
from shared.tree import Tree
from shared.vocabulary import Level, Position, Value


class Measure(StrEnum):
    """What a leaderboard ranks by."""

    GROSS = "gross"
    NET = "net"
    PERCENT = "percent"
    PER_1000 = "per-1000"
    PEOPLE = "people"
    BENEFIT = "benefit"


COUNTED: Final = {Measure.PERCENT: "gross", Measure.PER_1000: "gross"}
"""Which count a rate rises with, where that is not the measure itself."""


class LeaderboardRow(Value):
    """A unit's place, and everything that says what it is worth."""

    rank: int
    unit: str
    name: str
    value: int | float | None
    gross: int
    net: int
    duplicate_rate: float
    share: float
    people: int
    benefit: int
    percent: float | None
    per_1000: float | None


class Leaderboard(AsOf):
    """The first units of a level; the totals are those of the whole level (and of the cohort, where one was asked for)."""

    simulated: bool
    programme: str
    level: Level
    measure: Measure
    cohort: str | None
    total: int
    net_total: int
    cohort_total: int | None
    not_yet_matched: int | None
    rows: tuple[LeaderboardRow, ...]


class CohortIsUnknown(NotFound):
    """No cohort carries this code on that day."""

    code = "unknown-cohort"

    def __init__(self, cohort: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no cohort {cohort}. Cohorts: {', '.join(known) or 'none'}.", cohort=cohort
        )


class Contender(NamedTuple):
    """A unit with what it counts, before it has a rank."""

    unit: str
    measures: Measures
    percent: float | None
    per_1000: float | None

    def by(self, measure: Measure) -> float | None:
        """The number that ranks it."""
        match measure:
            case Measure.PERCENT:
                return self.percent
            case Measure.PER_1000:
                return self.per_1000
            case _:
                return self.count(measure)

    def count(self, measure: Measure) -> int:
        """The count behind that number, which tells who came to it first."""
        counts: Mapping[str, int] = self.measures._asdict()
        return counts[COUNTED.get(measure, measure.value)]


def leaderboard(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    level: Level = Level.FIRST,
    measure: Measure = Measure.GROSS,
    top: int | None = 10,
    cohort: str | None = None,
    matched: Position | None = None,
) -> Leaderboard:
    """The first units of a level, as of a moment.

    Ties go to whoever first came to where it stands. Raises ProgrammeIsUnknown, CohortIsUnknown.
    """
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        if cohort is not None and cohort not in tree.cohorts:
            raise CohortIsUnknown(cohort, sorted(tree.cohorts))
        known = directory.programme(programme, at=position)
        totals = Totals(snapshot, scope, tree)
        everyone = _contenders(totals, tree, known, level, directory.day(at.instant))
        shown = [c for c in everyone if cohort is None or c.unit in tree.cohorts[cohort]]
        ranked = _ranked(snapshot, scope, tree, measure, shown, top)
        waiting = (
            None
            if matched is None
            else unmatched(snapshot, position, matched=matched, programme=programme)
        )
    total = sum(c.measures.gross for c in everyone)
    return Leaderboard(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        level=level,
        measure=measure,
        cohort=cohort,
        total=total,
        net_total=sum(c.measures.net for c in everyone),
        cohort_total=sum(c.measures.gross for c in shown) if cohort is not None else None,
        not_yet_matched=waiting,
        rows=tuple(
            LeaderboardRow(
                rank=rank,
                unit=c.unit,
                name=tree.name(c.unit),
                value=c.by(measure),
                gross=c.measures.gross,
                net=c.measures.net,
                duplicate_rate=_share(c.measures.duplicate, c.measures.gross),
                share=_share(c.measures.gross, total),
                people=c.measures.people,
                benefit=c.measures.benefit,
                percent=c.percent,
                per_1000=c.per_1000,
            )
            for rank, c in enumerate(ranked, 1)
        ),
    )


def _contenders(
    totals: Totals,
    tree: Tree,
    programme: Programme,
    level: Level,
    day: date,
) -> list[Contender]:
    """Every unit of the level, with what all below it counts; one that was closed only where something counts for it."""
    units = dict.fromkeys([*(unit.code for unit in tree.at_level(level)), *totals.at_level(level)])
    found = []
    targets = {
        (target.unit, target.kind): target.value
        for target in programme.in_force(day)
        if target.phase is None
    }
    for unit in units:
        measures = totals.of(unit)
        # Of the kinds that the unit has a target of, the first counts.
        target = next((targets[unit, kind] for kind in KINDS if (unit, kind) in targets), None)
        heads = tree.heads(unit, day)
        found.append(
            Contender(
                unit,
                measures,
                100 * measures.gross / target if target else None,
                1000 * measures.gross / heads.members if heads and heads.members else None,
            )
        )
    return found


def _ranked(
    snapshot: Snapshot,
    scope: Scope,
    tree: Tree,
    measure: Measure,
    contenders: Sequence[Contender],
    top: int | None,
) -> list[Contender]:
    """The first of them: by value, then by who first stood there, then by code; those without a value come last."""

    def value(contender: Contender) -> float:
        found = contender.by(measure)
        return NEVER if found is None else -found

    def place(contender: Contender) -> tuple[float, float, str]:
        return value(contender), stood.get(contender.unit, NEVER), contender.unit

    stood: dict[str, int] = {}
    ordered = sorted(contenders, key=place)
    limit = len(ordered) if top is None else top
    tied: dict[str, int] = {}
    begins = 0
    for at, group in groupby(ordered, key=value):
        together = list(group)
        if begins < limit and len(together) > 1 and at not in {0, NEVER}:
            tied.update((c.unit, c.count(measure)) for c in together)
        begins += len(together)
    if tied:
        counted = COUNTED.get(measure, measure.value)
        stood = first_stood(snapshot, scope, counted, tied, tree)
        ordered.sort(key=place)
    return ordered[:limit]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
