"""Emulation of a month: units of one level ranked by the criteria that were in force for it, point by point (D14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Self

from services.projections.boards.goals import Goals
from services.projections.boards.leaderboard import share
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.period import Period
from services.projections.reckoning.reckoning import Scope
from services.projections.reckoning.selection import Selection
from services.projections.reckoning.totals import Totals, span_until
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.criteria import Criterion, Over, Scored
from shared.directory import Directory, Programme
from shared.errors import NotFound
from shared.events.programme import CriteriaAdopted
from shared.tree import Tree
from shared.vocabulary import Level, Value


class NoCriteria(NotFound):
    """Nothing says how the month is to be scored."""

    code = "no-criteria"

    def __init__(self, programme: str, month: str) -> None:
        super().__init__(
            f"No criteria of programme {programme} were in force at the beginning of {month}, as was known then. "
            "Adopt criteria that are valid from then on, or ask for a later month or moment.",
            field="month",
        )


class Weighed(Value):
    """A criterion as it is shown: the points from a value on, in proportion below, up to so many times as many above."""

    scored: Scored
    over: Over
    weight: float
    full_at: float
    cap: float
    deduct: bool

    @classmethod
    def of(cls, criterion: Criterion) -> Self:
        """The criterion as it is on record."""
        return cls(
            scored=criterion.scored,
            over=criterion.over,
            weight=float(criterion.weight),
            full_at=float(criterion.full_at),
            cap=float(criterion.cap),
            deduct=criterion.deduct,
        )


class Score(Value):
    """What a unit has by one criterion: the value (null: cannot be told), the points, and the most there are.

    Shares and percentages are 0-100, benefit is in VND; points that are taken away are negative.
    """

    scored: Scored
    over: Over
    value: float | None
    points: float
    most: float


class EmulationRow(Value):
    """A unit's place in the month, with every criterion's points; who has equal points shares a rank."""

    rank: int
    unit: str
    name: str
    level: Level
    points: float
    gross: int
    net: int
    duplicate_rate: float
    scores: tuple[Score, ...]


class EmulationBoard(AsOf):
    """The ranking of a month, and by which version of the criteria; gross, net and duplicates are the month's."""

    simulated: bool
    programme: str
    month: str
    begins: datetime
    ends: datetime
    complete: bool
    level: Level | None
    cohort: str | None
    below: str | None
    version: int
    valid_from: date
    document: str
    criteria: tuple[Weighed, ...]
    rows: tuple[EmulationRow, ...]


def in_force(programme: Programme, month: Period) -> CriteriaAdopted:
    """The criteria of a month: valid by its first day, of these the latest, of one day the last recorded.

    Raises NoCriteria.
    """
    first = month.begins.date()
    found = [c for c in programme.criteria if c.valid_from <= first]
    if not found:
        raise NoCriteria(programme.code, month.name)
    # Of equal days `max` keeps the first it meets.
    return max(reversed(found), key=lambda criteria: criteria.valid_from)


def emulation(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    month: Period,
    selection: Selection | None = None,
) -> EmulationBoard:
    """The ranking of a month between the units asked for (default: of the first level), as of a moment.

    Tree, head counts and targets are those of the month's last day, or of the moment where that is earlier.
    Raises ProgrammeIsUnknown, NoCriteria, UnitIsUnknown, CohortIsUnknown.
    """
    selection = selection or Selection.asked(None, None, None)
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        known = directory.programme(programme, at=scope.position)
        criteria = in_force(known, month)
        tree = directory.tree(at=scope.position, on=month.within(at))
        selection.check(tree)
        totals = Totals(snapshot, scope, tree)
        scoring = Scoring(totals, tree, known, month, directory.day(month.within(at)))
        found = [
            (unit, [scoring.score(criterion, unit) for criterion in criteria.criteria])
            for unit in selection.of(tree)
        ]
        counted = {
            unit: [totals.count(name, unit, month.span) for name in ("gross", "net", "duplicate")]
            for unit, _ in found
        }
    points = {unit: sum((of for _, _, of in scores), Fraction()) for unit, scores in found}
    found.sort(key=lambda one: (-points[one[0]], -counted[one[0]][1], one[0]))
    ranks: dict[Fraction, int] = {}
    for place, (unit, _) in enumerate(found, 1):
        ranks.setdefault(points[unit], place)
    return EmulationBoard(
        **heading(at, scope.position),
        simulated=directory.simulated,
        programme=programme,
        month=month.name,
        begins=month.begins,
        ends=month.ends,
        complete=month.complete(at),
        level=selection.level,
        cohort=selection.cohort,
        below=selection.below,
        version=criteria.originator_version,
        valid_from=criteria.valid_from,
        document=criteria.document,
        criteria=tuple(Weighed.of(criterion) for criterion in criteria.criteria),
        rows=tuple(
            EmulationRow(
                rank=ranks[points[unit]],
                unit=unit,
                name=tree.name(unit),
                level=tree[unit].level,
                points=float(points[unit]),
                gross=counted[unit][0],
                net=counted[unit][1],
                duplicate_rate=share(counted[unit][2], counted[unit][0]),
                scores=tuple(
                    Score(
                        scored=criterion.scored,
                        over=criterion.over,
                        value=float(value) if value is not None else None,
                        points=float(earned),
                        most=float(criterion.weight * criterion.cap),
                    )
                    for criterion, value, earned in scores
                ),
            )
            for unit, scores in found
        ),
    )


class Scoring:
    """What a month's criteria are worked out from; everything is exact until it is shown."""

    def __init__(
        self, totals: Totals, tree: Tree, programme: Programme, month: Period, day: date
    ) -> None:
        self._totals, self._tree, self._month, self._day = totals, tree, month, day
        self._goals = Goals.on(programme, day)

    def score(self, criterion: Criterion, unit: str) -> tuple[Criterion, Fraction | None, Fraction]:
        """The value of a criterion, and the points: in proportion to what earns all of them, up to the cap."""
        value = self.value(criterion, unit)
        if value is None:
            return criterion, None, Fraction()
        reached = min(value / Fraction(criterion.full_at), Fraction(criterion.cap))
        points = Fraction(criterion.weight) * max(reached, Fraction())
        return criterion, value, -points if criterion.deduct else points

    def value(self, criterion: Criterion, unit: str) -> Fraction | None:
        """What a unit has, of the month's ideas or of all up to its end; None where there is nothing to divide by."""
        span = self._month.span
        if criterion.over is Over.TO_DATE:
            span = span_until(self._month.ends)

        def count(name: str) -> int:
            return self._totals.count(name, unit, span)

        return self._worked_out(criterion.scored, unit, count)

    def _worked_out(
        self, scored: Scored, unit: str, count: Callable[[str], int]
    ) -> Fraction | None:
        match scored:
            case Scored.PERCENT:
                target = self._goals.of(unit)
                return _ratio(100 * count("gross"), target.value if target is not None else 0)
            case Scored.GROSS | Scored.NET:
                return Fraction(count(scored.value))
            case Scored.NET_PER_1000 | Scored.PEOPLE_PER_1000:
                heads = self._tree.heads(unit, self._day)
                counted = "net" if scored is Scored.NET_PER_1000 else "people"
                return _ratio(1000 * count(counted), heads.members if heads is not None else 0)
            case Scored.NON_LEADERS:
                people = count("people")
                return _ratio(100 * (people - count("posts")), people)
            case Scored.DIRECT:
                return _ratio(100 * count("direct"), count("people"))
            case Scored.BENEFIT_RECOGNISED:
                return Fraction(count("recognised"))
            case Scored.BENEFIT_VERIFIED:
                return Fraction(count("verified"))
            case Scored.DUPLICATE_RATE:
                return _ratio(100 * count("duplicate"), count("gross"))


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
