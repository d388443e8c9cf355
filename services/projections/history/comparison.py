"""Comparison: one board as of two moments, row by row, with what made the difference (C02, C16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import EllipsisType

from services.projections.boards.leaderboard import (
    Leaderboard,
    LeaderboardRow,
    Measure,
    leaderboard,
)
from services.projections.boards.quota import QuotaBoard, QuotaRow, quota
from services.projections.boards.ranking import LEADERS, Ranking
from services.projections.history.causes import Portion, Portions
from services.projections.history.cells import Then, of_entrants, of_goals
from services.projections.history.differences import Side, differences, resettled
from services.projections.reckoning.asof import AsOf, Axis, Moment, heading
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory
from shared.ledger.store import Ledger
from shared.vocabulary import Level, Sector, TargetKind, Value

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

    level: Level | None
    measure: Measure
    phase: str | None
    wave: str | None
    cohort: str | None
    below: str | None
    sector: Sector | None
    kind: str | None
    rows: tuple[LeaderChange, ...]


class QuotaComparison(Comparison):
    """Which targets have another progress."""

    rows: tuple[QuotaChange, ...]


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
    ranking: Ranking = LEADERS,
    top: int | None = None,
) -> LeaderComparison:
    """The rows of a leaderboard that differ between two moments; with `top`, of those that are among the first at either.

    Raises what the leaderboard raises: a phase, wave, cohort or unit must be known at both moments.
    """
    before, after = (
        leaderboard(views, directory, programme=programme, at=at, top=None, **ranking.options)
        for at in (one, other)
    )
    old, new = _by_unit(before), _by_unit(after)
    with views.read(QUOTA) as snapshot:
        then, now = (Then.at(snapshot, directory, programme, at) for at in (one, other))
        spans = [held.entrants(ranking, {*old, *new}) for held in (then, now)]
        changed = {unit for unit in {*old, *new} if spans[0].get(unit) != spans[1].get(unit)}
        made = differences(
            snapshot,
            ledger,
            Side(then.scope, of_entrants(then.tree, spans[0])),
            Side(now.scope, of_entrants(now.tree, spans[1])),
            _unsettled(then, now, changed),
        )
    rows = []
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
        level=ranking.level,
        measure=ranking.measure,
        phase=after.phase,
        wave=after.wave,
        cohort=ranking.cohort,
        below=ranking.below,
        sector=ranking.sector,
        kind=ranking.kind,
        rows=tuple(rows),
    )


def compare_quotas(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    one: Moment,
    other: Moment,
    unit: str | None = None,
    phase: str | EllipsisType | None = ...,
    kind: TargetKind | None = None,
) -> QuotaComparison:
    """The targets whose progress differs between two moments; `phase` None is the whole programme.

    Raises ProgrammeIsUnknown, PhaseIsUnknown, UnitIsUnknown.
    """
    before, after = (
        quota(views, directory, programme=programme, at=at, unit=unit, phase=phase, kind=kind)
        for at in (one, other)
    )
    goals = {(row.unit, row.phase) for board in (before, after) for row in board.rows}
    with views.read(QUOTA) as snapshot:
        then, now = (Then.at(snapshot, directory, programme, at) for at in (one, other))
        spans = [held.spans(goals) for held in (then, now)]
        changed = {goal[0] for goal in goals if spans[0].get(goal) != spans[1].get(goal)}
        made = differences(
            snapshot,
            ledger,
            Side(then.scope, of_goals(then.tree, spans[0])),
            Side(now.scope, of_goals(now.tree, spans[1])),
            _unsettled(then, now, changed),
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


def _unsettled(then: Then, now: Then, changed: Iterable[str]) -> frozenset[str]:
    """The units whose ideas may count elsewhere by now: those that moved, and all below whoever's window is another."""
    moved = set(resettled(then.tree, now.tree))
    for root in changed:
        moved.update(then.tree.below(root), now.tree.below(root))
    return frozenset(moved)


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
