"""Comparison: one board as of two moments, row by row, with what made the difference (C02, C16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from services.projections.boards.leaderboard import (
    Leaderboard,
    LeaderboardRow,
    Measure,
    leaderboard,
)
from services.projections.boards.quota import QuotaBoard, QuotaRow, quota
from services.projections.history.causes import Portion, Portions
from services.projections.history.differences import Side, differences, resettled
from services.projections.reckoning.asof import AsOf, Axis, Moment, heading
from services.projections.reckoning.movements import Movement
from services.projections.reckoning.reckoning import NEVER, Scope
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.facts import micros
from services.projections.views.view import Snapshot
from shared.directory import Directory, Programme
from shared.ledger.store import Ledger
from shared.terms import Window
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, Value

NOTHING = Portions()


class LeaderChange(Value):
    """A unit's row then and now; `moved` is by how many ranks it rose, null where it has a rank only once."""

    unit: str
    name: str
    before: LeaderboardRow | None
    after: LeaderboardRow | None
    moved: int | None
    by_cause: tuple[Portion, ...]


class QuotaChange(Value):
    """A target's row then and now, and what changed the count behind it."""

    unit: str
    name: str
    phase: str | None
    kind: TargetKind
    before: QuotaRow | None
    after: QuotaRow | None
    by_cause: tuple[Portion, ...]


class Comparison(Value):
    """Two moments of one board: the rows that differ, and by how much what kind of event changed the programme's count."""

    simulated: bool
    programme: str
    before: AsOf
    after: AsOf
    by_cause: tuple[Portion, ...]


class LeaderComparison(Comparison):
    """Who stands elsewhere on a leaderboard, or counts another number."""

    level: Level
    measure: Measure
    cohort: str | None
    rows: tuple[LeaderChange, ...]


class QuotaComparison(Comparison):
    """Which targets have another progress."""

    rows: tuple[QuotaChange, ...]


class Then(NamedTuple):
    """What holds at one of the two moments."""

    scope: Scope
    tree: Tree
    programme: Programme

    @classmethod
    def at(cls, snapshot: Snapshot, directory: Directory, programme: str, at: Moment) -> Then:
        """What is known of units and terms at the moment."""
        scope = Scope.at(programme, at, snapshot)
        tree = directory.tree(at=scope.position, on=at.instant)
        return cls(scope, tree, directory.programme(programme, at=scope.position))


def both_axes(record: Moment, now: Moment) -> tuple[Moment, Moment]:
    """An instant as known then, and as corrected by what stands up to a later moment."""
    known = Moment(record.position, record.instant)
    return known, Moment(now.position, record.instant, Axis.CORRECTED, now.instant)


def compare_leaderboards(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    one: Moment,
    other: Moment,
    level: Level = Level.FIRST,
    measure: Measure = Measure.GROSS,
    top: int | None = None,
    cohort: str | None = None,
) -> LeaderComparison:
    """The rows of a leaderboard that differ between two moments; with `top`, of those that are among the first at either.

    Raises ProgrammeIsUnknown, CohortIsUnknown.
    """
    before, after = (
        leaderboard(
            views,
            directory,
            programme=programme,
            at=at,
            level=level,
            measure=measure,
            top=None,
            cohort=cohort,
        )
        for at in (one, other)
    )
    with views.read(QUOTA) as snapshot:
        then, now = (Then.at(snapshot, directory, programme, at) for at in (one, other))
        made = differences(
            snapshot,
            ledger,
            Side(then.scope, _level_of(then.tree, level)),
            Side(now.scope, _level_of(now.tree, level)),
            resettled(then.tree, now.tree),
        )
    rows = []
    old, new = _by_unit(before), _by_unit(after)
    for unit in sorted({*old, *new}, key=lambda unit: _first(new.get(unit), old.get(unit))):
        was, is_ = old.get(unit), new.get(unit)
        ranks = [row.rank for row in (was, is_) if row is not None]
        portions = made.of.get(unit, NOTHING).told()
        if (_same(was, is_) and not portions) or (top is not None and min(ranks) > top):
            continue
        rows.append(
            LeaderChange(
                unit=unit,
                name=now.tree.name(unit),
                before=was,
                after=is_,
                moved=was.rank - is_.rank if was is not None and is_ is not None else None,
                by_cause=portions,
            )
        )
    return LeaderComparison(
        simulated=directory.simulated,
        programme=programme,
        before=_when(before, one),
        after=_when(after, other),
        by_cause=made.all.told(),
        level=level,
        measure=measure,
        cohort=cohort,
        rows=tuple(rows),
    )


Goal = tuple[str, str | None]
"""A unit and a phase: what targets of all kinds are counted for."""


def compare_quotas(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    one: Moment,
    other: Moment,
    unit: str | None = None,
) -> QuotaComparison:
    """The targets whose progress differs between two moments. Raises ProgrammeIsUnknown, UnitIsUnknown."""
    before, after = (
        quota(views, directory, programme=programme, at=at, unit=unit) for at in (one, other)
    )
    goals = {(row.unit, row.phase) for board in (before, after) for row in board.rows}
    with views.read(QUOTA) as snapshot:
        then, now = (Then.at(snapshot, directory, programme, at) for at in (one, other))
        windows = [_windows(goals, held) for held in (then, now)]
        changed = {goal for goal in goals if windows[0].get(goal) != windows[1].get(goal)}
        moved = resettled(then.tree, now.tree)
        for root, _ in changed:
            moved |= frozenset((*then.tree.below(root), *now.tree.below(root)))
        made = differences(
            snapshot,
            ledger,
            Side(then.scope, _goals_of(then.tree, windows[0])),
            Side(now.scope, _goals_of(now.tree, windows[1])),
            moved,
        )
    rows = []
    old, new = (
        {(row.unit, row.phase, row.kind): row for row in board.rows} for board in (before, after)
    )
    for key in {**old, **new}:
        was, is_ = old.get(key), new.get(key)
        portions = made.of.get(key[:2], NOTHING).told()
        if was == is_ and not portions:
            continue
        rows.append(
            QuotaChange(
                unit=key[0],
                name=now.tree.name(key[0]),
                phase=key[1],
                kind=key[2],
                before=was,
                after=is_,
                by_cause=portions,
            )
        )
    return QuotaComparison(
        simulated=directory.simulated,
        programme=programme,
        before=_when(before, one),
        after=_when(after, other),
        by_cause=made.all.told(),
        rows=tuple(rows),
    )


def _windows(goals: set[Goal], held: Then) -> dict[Goal, tuple[float, float]]:
    """From when to when each goal's ideas are filed; the whole programme counts everything, as gross does."""
    found = {}
    for unit, phase in goals:
        window: Window | None = None
        if phase is not None:
            window = held.programme.window(phase, unit, held.tree)
            if window is None:
                continue
        found[unit, phase] = (
            (micros(window.from_), micros(window.to)) if window is not None else (-NEVER, NEVER)
        )
    return found


def _goals_of(
    tree: Tree, windows: Mapping[Goal, tuple[float, float]]
) -> Callable[[Movement], list[Goal]]:
    """Towards which goals a movement counts."""
    of_units: dict[str, list[tuple[Goal, tuple[float, float]]]] = {}
    for goal, window in windows.items():
        of_units.setdefault(goal[0], []).append((goal, window))

    def of(moved: Movement) -> list[Goal]:
        return [
            goal
            for step in tree.path(moved.unit)
            for goal, (begins, ends) in of_units.get(step, ())
            if begins <= moved.filed < ends
        ]

    return of


def _level_of(tree: Tree, level: Level) -> Callable[[Movement], tuple[str, ...]]:
    """Which unit of the level a movement counts for."""

    def of(moved: Movement) -> tuple[str, ...]:
        found = tree.ancestor(moved.unit, level)
        return (found,) if found is not None else ()

    return of


def _by_unit(board: Leaderboard) -> Mapping[str, LeaderboardRow]:
    return {row.unit: row for row in board.rows}


def _same(was: LeaderboardRow | None, is_: LeaderboardRow | None) -> bool:
    """Whether nothing of the unit's own changed: its share also moves when others count more."""
    if was is None or is_ is None:
        return was is is_
    return was.model_copy(update={"share": is_.share}) == is_


def _first(*rows: LeaderboardRow | None) -> tuple[int, ...]:
    return tuple(row.rank if row is not None else 10**9 for row in rows)


def _when(board: Leaderboard | QuotaBoard, at: Moment) -> AsOf:
    return AsOf(**heading(at, board.position))
