"""The leaderboard: units by one measure, gross and net and the duplicate rate always beside the rank.

The units of a level, of a cohort, or of a sector or kind below some unit; by all that was declared, or by what was filed
within a phase or a wave (D11-D13, D23, D34, D36).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple

from services.projections.boards.goals import Goals
from services.projections.boards.phases import part_asked
from services.projections.boards.quota import percent
from services.projections.reckoning.asof import AsOf, Moment, heading, unmatched
from services.projections.reckoning.counts import Span
from services.projections.reckoning.reckoning import NEVER, Measures, Scope
from services.projections.reckoning.selection import Selection
from services.projections.reckoning.totals import Parts, Totals, span_of
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory, Programme
from shared.tree import Tree
from shared.vocabulary import Level, Position, Sector, Value


class Measure(StrEnum):
    """What a leaderboard ranks by; benefit in all, or only that of one class."""

    GROSS = "gross"
    NET = "net"
    PERCENT = "percent"
    PER_1000 = "per-1000"
    PEOPLE = "people"
    BENEFIT = "benefit"
    BENEFIT_DECLARED = "benefit-declared"
    BENEFIT_RECOGNISED = "benefit-recognised"
    BENEFIT_VERIFIED = "benefit-verified"


COUNTED: Final[Mapping[Measure, Parts]] = {
    Measure.PERCENT: {"gross": 1},
    Measure.PER_1000: {"gross": 1},
    Measure.BENEFIT_DECLARED: {"benefit": 1, "recognised": -1, "verified": -1},
    Measure.BENEFIT_RECOGNISED: {"recognised": 1},
    Measure.BENEFIT_VERIFIED: {"verified": 1},
}
"""Which count tells who stands where, and who came there first, where that is not the measure itself."""


class LeaderboardRow(Value):
    """A unit's place, and everything that says what it is worth.

    Benefit is in VND; of it, so much is recognised or verified, and the rest is only declared.
    """

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
    level: Level | None
    recognised: int
    verified: int


class Leaderboard(AsOf):
    """The first units; totals are those of the whole level (of several levels: of everything), not of the rows shown.

    `cohort_total` and `below_total` are those of the cohort and of the unit that were asked for, each idea counted once.
    """

    simulated: bool
    programme: str
    level: Level | None
    measure: Measure
    phase: str | None
    wave: str | None
    cohort: str | None
    below: str | None
    sector: Sector | None
    kind: str | None
    total: int
    net_total: int
    cohort_total: int | None
    below_total: int | None
    not_yet_matched: int | None
    rows: tuple[LeaderboardRow, ...]


class Contender(NamedTuple):
    """A unit with the count that it is judged by, and the value that ranks it."""

    unit: str
    counted: int
    value: int | float | None


class Field:
    """Who takes part, with what each counts within its own window and aims at."""

    def __init__(
        self,
        totals: Totals,
        tree: Tree,
        programme: Programme,
        at: Moment,
        phase: str | None,
        level: Level | None,
        selection: Selection,
    ) -> None:
        self._totals, self._tree, self._programme, self._phase = totals, tree, programme, phase
        self.day = Directory.day(at.instant)
        self._goals = Goals.on(programme, self.day)
        if level is not None:
            # One that was closed takes part only where something counts for it.
            self.everyone = totals.at_level(level)
            shown = [unit for unit in self.everyone if selection.holds(unit, tree)]
        else:
            shown = selection.of(tree)
            wave = programme.waves.get(phase) if phase is not None else None
            self.everyone = [wave.unit if wave is not None and wave.unit else tree.root]
        self.spans: dict[str, Span | None] = {}
        self.everyone = [unit for unit in self.everyone if self._takes_part(unit)]
        self.units = [unit for unit in shown if self._takes_part(unit)]

    def _takes_part(self, unit: str) -> bool:
        """Whether the phase or wave is the unit's too; its window is noted."""
        if self._phase is None:
            self.spans[unit] = None
            return True
        window = self._programme.window(self._phase, unit, self._tree)
        if window is not None:
            self.spans[unit] = span_of(window)
        return window is not None

    def total(self, name: str, units: Sequence[str]) -> int:
        """What units count together."""
        return sum(self._totals.counts({name: 1}, units, self.spans).values())

    def total_once(self, units: Sequence[str]) -> int:
        """What was declared by units of which some may stand below others."""
        outer = [unit for unit in self._tree.outermost(units) if self._takes_part(unit)]
        return self.total("gross", outer)

    def measures(self, units: Sequence[str]) -> dict[str, Measures]:
        """Everything that each of several units counts."""
        return self._totals.each(units, self.spans)

    def percent(self, unit: str, gross: int) -> float | None:
        """Of the unit's target for what is asked: of the kinds it has one of, the first counts."""
        target = self._goals.of(unit, self._phase)
        return percent(gross, target.value) if target is not None else None

    def per_1000(self, unit: str, gross: int) -> float | None:
        """Per thousand members of the latest head count."""
        heads = self._tree.heads(unit, self.day)
        return 1000 * gross / heads.members if heads and heads.members else None

    def ranked(self, measure: Measure, top: int | None) -> list[Contender]:
        """The first: by value, then by who first stood there, then by code; those without a value come last."""
        parts = COUNTED.get(measure, {measure.value: 1})
        contenders = [
            Contender(unit, count, self._value(measure, unit, count))
            for unit, count in self._totals.counts(parts, self.units, self.spans).items()
        ]

        def value(contender: Contender) -> float:
            return NEVER if contender.value is None else -contender.value

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
                tied.update((c.unit, c.counted) for c in together)
            begins += len(together)
        if tied:
            stood = self._totals.first_stood(parts, tied, self.spans)
            ordered.sort(key=place)
        return ordered[:limit]

    def _value(self, measure: Measure, unit: str, count: int) -> int | float | None:
        if measure is Measure.PERCENT:
            return self.percent(unit, count)
        return self.per_1000(unit, count) if measure is Measure.PER_1000 else count


def leaderboard(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    level: Level | None = Level.FIRST,
    measure: Measure = Measure.GROSS,
    top: int | None = 10,
    cohort: str | None = None,
    below: str | None = None,
    sector: Sector | None = None,
    kind: str | None = None,
    phase: str | None = None,
    wave: str | None = None,
    matched: Position | None = None,
) -> Leaderboard:
    """The first units, as of a moment; without a level, of every level that the rest of the question leaves.

    With a phase, or a wave by its code, counts are of what was filed in its window for the unit, and the target is that
    for it; who has no such phase takes no part. What is asked for as a wave must be one, and no phase beside it.
    Ties go to whoever first came to where it stands.
    Raises ProgrammeIsUnknown, PhaseIsUnknown, WaveIsUnknown, PhaseAndWave, CohortIsUnknown, UnitIsUnknown.
    """
    selection = Selection(level, cohort, below, sector, kind)
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        position = scope.position
        tree = directory.tree(at=position, on=at.instant)
        selection.check(tree)
        known = directory.programme(programme, at=position)
        phase = part_asked(known, phase, wave)
        field = Field(Totals(snapshot, scope, tree), tree, known, at, phase, level, selection)
        ranked = field.ranked(measure, top)
        everything = field.measures([found.unit for found in ranked])
        rows = [(found, everything[found.unit]) for found in ranked]
        total = field.total("gross", field.everyone)
        net_total = field.total("net", field.everyone)
        cohort_total = field.total_once(field.units) if cohort is not None else None
        below_total = field.total_once([below]) if below is not None else None
        waiting = (
            None
            if matched is None
            else unmatched(snapshot, position, matched=matched, programme=programme)
        )
    is_wave = phase in known.waves
    return Leaderboard(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        level=level,
        measure=measure,
        phase=None if is_wave else phase,
        wave=phase if is_wave else None,
        cohort=cohort,
        below=below,
        sector=sector,
        kind=kind,
        total=total,
        net_total=net_total,
        cohort_total=cohort_total,
        below_total=below_total,
        not_yet_matched=waiting,
        rows=tuple(
            LeaderboardRow(
                rank=rank,
                unit=found.unit,
                name=tree.name(found.unit),
                level=tree.units[found.unit].level if found.unit in tree else None,
                value=found.value,
                gross=measures.gross,
                net=measures.net,
                duplicate_rate=share(measures.duplicate, measures.gross),
                share=share(measures.gross, total),
                people=measures.people,
                benefit=measures.benefit,
                recognised=measures.recognised,
                verified=measures.verified,
                percent=field.percent(found.unit, measures.gross),
                per_1000=field.per_1000(found.unit, measures.gross),
            )
            for rank, (found, measures) in enumerate(rows, 1)
        ),
    )


def share(part: int, whole: int) -> float:
    """One number as a share of another; of nothing, none."""
    return part / whole if whole else 0.0
