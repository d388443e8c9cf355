"""Whatever happened, boards of phases and months equal a recount of the story, idea by idea, on both axes."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from services.projections.boards.leaderboard import Measure, leaderboard
from services.projections.emulation.emulation import emulation
from services.projections.emulation.recognition import Outcome, recognition
from services.projections.reckoning.asof import Axis, Moment
from services.projections.reckoning.period import month_of, quarter_of
from services.projections.reckoning.selection import Selection
from shared.criteria import Criterion, Scored
from shared.events.programme import CriteriaAdopted
from shared.terms import Window
from shared.tree import Tree
from shared.vocabulary import HOME, Level, named
from tests.chronicle import TERMS, UNITS
from tests.unit.test_targets_in_any_history import MEMBERS, History, history, moments

SEEDS = range(8)
FIRST = ("p1", "p2", "p3")
CRITERIA = (
    Criterion(scored=Scored.NET, weight=Decimal(30), full_at=Decimal(4)),
    Criterion(scored=Scored.PERCENT, weight=Decimal(7), full_at=Decimal(60), cap=Decimal("1.5")),
)


def recount(
    told: History, at: Moment, unit: str, tree: Tree, begins: datetime, ends: datetime
) -> tuple[int, int]:
    """Gross and net of what a unit and all below it filed between two instants."""
    gross = net = 0
    for idea in told.ideas.values():
        gone = idea.withdrawn
        there = idea.recorded <= at.position and begins <= idea.filed < ends
        left = gone is not None and gone[0] <= at.position
        if at.axis is Axis.CORRECTED:
            there = there and idea.filed <= at.instant
            left = left and gone is not None and gone[1] <= at.instant
        if there:
            where = [place for recorded, place in idea.units if recorded <= at.position][-1]
            if tree.inside(where, unit):
                gross += 1
                net += idea.eligible and not left
    return gross, net


def window_of(phase: str, unit: str, tree: Tree) -> Window | None:
    """The unit's own, or the nearest one above it, or everybody's."""
    own = {p.unit: p for p in TERMS.phases if p.code == phase}
    return next((own[u] for u in (*reversed(tree.path(unit)), None) if u in own), None)


@pytest.mark.parametrize("seed", SEEDS)
def test_boards_of_phases_and_months_say_what_a_recount_comes_to(seed: int) -> None:
    seen: Counter[str] = Counter()
    with history(seed) as told:
        story, views = told.story, told.projector.views
        story.record(
            story.next(
                CriteriaAdopted,
                named("emulation", "1tr"),
                code="1tr",
                valid_from=date(2022, 1, 1),
                document="06/HD",
                criteria=CRITERIA,
            )
        )
        told.projector.catch_up(story.ledger)
        adopted = story.ledger.head()
        for at in moments(told):
            tree = story.directory.tree(at=at.position, on=at.instant)
            for phase in ("1", "2", "3"):
                board = leaderboard(
                    views,
                    story.directory,
                    programme="1tr",
                    at=at,
                    level=None,
                    below="vn",
                    phase=phase,
                    top=None,
                    measure=Measure.NET,
                )
                wanted = {}
                for unit in UNITS:
                    window = window_of(phase, unit, tree)
                    if unit != "vn" and window is not None:
                        wanted[unit] = recount(told, at, unit, tree, window.from_, window.to)
                assert {r.unit: (r.gross, r.net) for r in board.rows} == wanted
                nets = [row.net for row in board.rows]
                assert nets == sorted(nets, reverse=True)
                seen[phase] += sum(nets)
            # Before any criteria were adopted nothing can be ranked by them.
            later = at._replace(position=max(at.position, adopted))
            day = (at.at_home - timedelta(days=told.drawn.randrange(60))).date()
            check_month(told, later, month_of(day).name, seen)
            check_quarter(told, later, seen)
    assert seen["1"], "in every story something is filed in the first phase"
    assert seen["points"], "in every story somebody has points"


def check_month(told: History, at: Moment, name: str, seen: Counter[str]) -> None:
    month = month_of(datetime.fromisoformat(f"{name}-01").date())
    if month.begins.date() < date(2022, 1, 1):
        return
    story = told.story
    board = emulation(
        told.projector.views,
        story.directory,
        programme="1tr",
        at=at,
        month=month,
        selection=Selection(Level.FIRST),
    )
    on = month.within(at)
    tree = story.directory.tree(at=at.position, on=on)
    targets = told.targets(at._replace(instant=on))
    wanted = {}
    for unit in FIRST:
        gross, net = recount(told, at, unit, tree, month.begins, month.ends)
        points = 30 * min(Fraction(net, 4), Fraction(1))
        if (target := targets.get((unit, None))) is not None:
            points += 7 * min(Fraction(100 * gross, target) / 60, Fraction(3, 2))
        wanted[unit] = (gross, net, float(points))
    assert {row.unit: (row.gross, row.net, row.points) for row in board.rows} == wanted
    for row in board.rows:
        assert row.rank == 1 + sum(other.points > row.points for other in board.rows)
    seen["points"] += sum(points > 0 for *_, points in wanted.values())


def check_quarter(told: History, at: Moment, seen: Counter[str]) -> None:
    quarter = quarter_of(at.at_home.date())
    story = told.story
    [row] = recognition(
        told.projector.views, story.directory, programme="1tr", at=at, quarter=quarter
    ).rows
    on = quarter.within(at)
    tree = story.directory.tree(at=at.position, on=on)
    counts = {u: recount(told, at, u, tree, quarter.begins, quarter.ends) for u in MEMBERS}
    best = max(net for _, net in counts.values())
    if not best:
        assert (row.unit, row.outcome) == (None, Outcome.NOTHING_VALID)
        return
    assert row.unit is not None
    assert (row.gross, row.net) == counts[row.unit]
    assert row.net == best
    targets = told.targets(at._replace(instant=on))
    whole = targets.get((row.unit, None))
    first = targets.get((row.unit, "1"))
    window = window_of("1", row.unit, tree)
    assert window is not None
    if first is not None and window.from_ < quarter.ends and quarter.begins < window.to:
        assert row.due == pytest.approx(first * overlap(window, quarter.begins, quarter.ends))
    elif whole is not None:
        assert row.due == pytest.approx(whole * overlap(TERMS.window, quarter.begins, quarter.ends))
    else:
        assert row.outcome is Outcome.NO_TARGET
        return
    above = row.due is not None and row.gross > row.due
    assert row.outcome is (Outcome.RECOGNISED if above else Outcome.NOT_ABOVE_TARGET)
    seen[row.outcome.value] += 1


def overlap(window: Window, begins: datetime, ends: datetime) -> float:
    inside = min(window.to, ends.astimezone(HOME)) - max(window.from_, begins)
    return inside / (window.to - window.from_)
