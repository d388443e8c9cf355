"""Digests, shares and benefits, counted by hand; digests also by a recount of any story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.projections.boards.course import Every
from services.projections.emulation.benefits import Benefits, benefits
from services.projections.emulation.digest import Digest, digest
from services.projections.emulation.shares import Shares, shares
from services.projections.reckoning.asof import Axis
from services.projections.reckoning.period import TwoPeriods, one_period, period, week_of
from services.projections.reckoning.selection import Selection
from services.projections.views.projector import Projector, Views
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, BenefitClass, Level, WorkerKind
from tests.chronicle import START, day
from tests.contests import NOT_VALID, Contests
from tests.unit.test_contests_in_any_history import recount
from tests.unit.test_targets_in_any_history import history, moments

WORKER, CLERK = (False, WorkerKind.DIRECT), (False, WorkerKind.OFFICER)
BOSS = (True, WorkerKind.OFFICER)


def at(month: int, on: int, hour: int = 8) -> datetime:
    return datetime(2022, month, on, hour, tzinfo=HOME)


@pytest.fixture
def story(ledger: Ledger, tmp_path: Path) -> Iterator[Contests]:
    found = Contests(ledger)
    views = Views(f"sqlite:///{tmp_path / 'views.db'}")
    found.projector = Projector(views)
    yield found
    views.close()


# Digests.

YEARS = timedelta(days=1000)


def digested(story: Contests, unit: str | None = None, **facts: str | None) -> Digest:
    moment = story.here()
    return digest(
        story.projector.views,
        story.directory,
        story.ledger,
        programme="1tr",
        at=moment,
        period=one_period(moment, day=facts.get("day"), week=facts.get("week")),
        unit=unit,
    )


@pytest.fixture
def may(story: Contests) -> Contests:
    """On 9 May p1 brings three ideas; on 10 May p1 brings one that is not valid, p2 five; on 11 May one is a copy."""
    story.given("p2", 5)
    story.given("p1", 100)
    story.many("a", 3, at=at(5, 9))
    story.declare("kém", "b", at=at(5, 10, 0), ineligible=NOT_VALID)
    story.many("c", 4, at=at(5, 10, 9))
    story.declare("chép", "c", at=at(5, 10, 23))
    story.open_case("chép", at=at(5, 11, 0))
    story.rule("chép", at=at(5, 11, 1))
    return story


def test_a_day_is_told_beside_the_day_before(may: Contests) -> None:
    board = digested(may, day="2022-05-10")
    rows = {r.unit: (r.gross, r.gross_before, r.change, r.net, r.gross_total) for r in board.rows}
    assert rows == {
        "vn": (6, 3, 3, 5, 9),
        "p1": (1, 3, -2, 0, 4),
        "p2": (5, 0, 5, 5, 5),
        "p3": (0, 0, 0, 0, 0),
    }
    assert (board.without, board.without_count, board.complete) == (("p3",), 1, True)
    assert [(r.unit, r.phase, r.target, r.gross) for r in board.reached] == [("p2", None, 5, 5)]
    passed = [(p.passer, p.passed, p.gap_before, p.gap_after) for p in board.overtakings]
    assert passed == [("p2", "p1", -3, 1)]


def test_a_ruling_and_a_case_are_told_of_the_day_on_which_they_came(may: Contests) -> None:
    may.now = at(5, 12, 1)
    board = digested(may, day="2022-05-11")
    rows = {r.unit: (r.gross, r.net, r.ruled, r.cases) for r in board.rows}
    assert rows["p2"] == rows["vn"] == (0, -1, 1, 1)
    assert rows["p1"] == (0, 0, 0, 0)
    assert [r.duplicate_rate for r in board.rows if r.unit == "p2"] == [1 / 5]
    assert not board.overtakings
    assert not board.reached


def test_a_week_is_told_of_one_unit_and_those_below_it(may: Contests) -> None:
    board = digested(may, "p2", week="2022-W19")
    assert [(r.unit, r.gross, r.gross_before) for r in board.rows] == [("p2", 5, 0), ("u2", 5, 0)]
    assert (board.period, board.begins.isoformat()) == ("2022-W19", "2022-05-09T00:00:00+07:00")
    with pytest.raises(TwoPeriods):
        digested(may, day="2022-05-10", week="2022-W19")


@pytest.mark.parametrize("seed", range(4))
def test_digests_say_what_a_recount_comes_to_on_both_axes(seed: int) -> None:
    came = 0
    with history(seed) as told:
        directory, ledger = told.story.directory, told.story.ledger
        for moment in moments(told):
            week = week_of(moment.at_home.date())
            board = digest(
                told.projector.views, directory, ledger, programme="1tr", at=moment, period=week
            )
            tree = directory.tree(at=board.position, on=week.within(moment))
            begins = (week.begins - timedelta(days=7), week.begins)
            stages = [instant - timedelta(microseconds=1) for instant in begins]
            stages.append(week.within(moment))
            counts = []
            for instant in stages:
                then = moment._replace(instant=instant)
                if moment.axis is Axis.KNOWN:
                    known = min(ledger.position_at(instant), moment.position)
                    then = then._replace(position=known)
                units = [row.unit for row in board.rows]
                ever = datetime.max.replace(tzinfo=HOME)
                counts.append([recount(told, then, u, tree, START - YEARS, ever) for u in units])
            for row, earlier, before, now in zip(board.rows, *counts, strict=True):
                assert (row.gross, row.net) == (now[0] - before[0], now[1] - before[1])
                assert row.gross_before == before[0] - earlier[0]
                assert (row.gross_total, row.net_total) == now
                came += row.gross
    assert came, "in every story some week brings something"


# Shares.


def shared(story: Contests, **facts: object) -> Shares:
    moment = story.here()
    return shares(
        story.projector.views,
        story.directory,
        programme="1tr",
        at=moment,
        **facts,  # type: ignore[arg-type]
    )


@pytest.fixture
def authors(story: Contests) -> Contests:
    """p1: four authors of whom one holds a post and one works directly, and one more by an enterprise; p3: a boss."""
    story.found("nm", "u1")
    story.bring("n1", "a", at=at(2, 1), authors=(BOSS, CLERK, CLERK, WORKER))
    story.bring("n2", "nm", at=at(3, 1), authors=(WORKER,))
    story.bring("n3", "d", at=at(3, 2), authors=(BOSS,))
    return story


def test_shares_of_authors_and_of_the_non_state_sector_stand_beside_the_nation(
    authors: Contests,
) -> None:
    p1, p2, p3 = shared(authors).rows
    assert (p1.people, p1.non_leaders, p1.direct, p1.gross, p1.non_state) == (5, 4, 2, 2, 1)
    assert (p1.non_leader_share, p1.direct_share, p1.non_state_share) == (0.8, 0.4, 0.5)
    assert (p2.non_leader_share, p2.direct_share, p2.non_state_share) == (None, None, None)
    assert (p3.non_leader_share, p3.direct_share, p3.non_state_share) == (0.0, 0.0, 0.0)
    assert p1.national_non_leader_share == 4 / 6
    assert p1.national_direct_share == 2 / 6
    assert p1.national_non_state_share == 1 / 3
    [enterprise] = shared(authors, selection=Selection(kind="enterprise")).rows
    assert (enterprise.unit, enterprise.non_state_share) == ("nm", 1.0)
    upper = shared(authors, selection=Selection(Level.UPPER)).rows
    assert [row.non_state for row in upper] == [1, 0, 0]


def test_shares_are_asked_of_a_month_and_of_a_unit_over_time(authors: Contests) -> None:
    month = period("month", "2022-03", authors.here())
    p1, _, p3 = shared(authors, period=month).rows
    assert (p1.people, p1.direct_share, p1.non_state_share) == (1, 1.0, 1.0)
    assert (p3.people, p3.national_non_leader_share) == (1, 0.5)
    rows = shared(authors, unit="p1", every=Every.MONTH).rows
    assert [(r.begins and r.begins.isoformat()[:10], r.people, r.non_state) for r in rows] == [
        ("2022-01-08", 0, 0),
        ("2022-02-01", 4, 0),
        ("2022-03-01", 1, 1),
    ]
    # The last stretch goes to the moment asked for, and holds what was filed just then.
    authors.bring("n4", "nm", at=at(3, 5))
    assert shared(authors, unit="p1", every=Every.MONTH).rows[-1].people == 2


# Benefits.


def valued(story: Contests, **facts: object) -> Benefits:
    moment = story.here()
    return benefits(
        story.projector.views,
        story.directory,
        programme="1tr",
        at=moment,
        **facts,  # type: ignore[arg-type]
    )


def test_benefit_is_told_by_class_and_the_largest_values_first(story: Contests) -> None:
    story.bring("n1", "a", at=day(1), benefit=100)
    story.bring("n2", "b", at=day(2), benefit=300, sure=BenefitClass.RECOGNISED)
    story.bring("n3", "c", at=day(3), benefit=200, sure=BenefitClass.VERIFIED)
    story.bring("n4", "c", at=day(4))
    story.withdraw("n3", at=day(5))
    board = valued(story)
    assert [(r.benefit_class.value, r.benefit, r.ideas) for r in board.rows] == [
        ("declared", 100, 1),
        ("recognised", 300, 1),
        ("verified", 200, 1),
    ]
    assert [row.share for row in board.rows] == [1 / 6, 3 / 6, 2 / 6]
    assert (board.benefit, board.with_benefit, board.median, board.gross) == (600, 3, 200.0, 4)
    large = [
        (r.rank, r.idea, r.unit, r.benefit, r.benefit_class.value, r.valid) for r in board.large
    ]
    assert large == [
        (1, "n2", "b", 300, "recognised", True),
        (2, "n3", "c", 200, "verified", False),
        (3, "n1", "a", 100, "declared", True),
    ]
    below = valued(story, unit="p1", top=1)
    assert (below.benefit, [r.idea for r in below.large], below.with_benefit) == (400, ["n2"], 2)


def test_a_value_stands_where_its_idea_went_and_as_it_was_amended(story: Contests) -> None:
    story.bring("n1", "a", at=day(1), benefit=500)
    story.reroute("n1", "c", at=day(2))
    story.amend("n1", benefit=700, at=day(3))
    before = story.at(day(2), projector=story.projector)
    board = valued(story)
    assert [(r.unit, r.benefit) for r in board.large] == [("c", 700)]
    assert not valued(story, unit="p1").large
    then = benefits(story.projector.views, story.directory, programme="1tr", at=before)
    assert [(r.unit, r.benefit) for r in then.large] == [("c", 500)]
    corrected = story.at(day(2), projector=story.projector, corrected=True)
    then = benefits(story.projector.views, story.directory, programme="1tr", at=corrected)
    assert [(r.unit, r.benefit) for r in then.large] == [("c", 500)]


def test_a_value_far_from_all_others_is_pointed_out(story: Contests) -> None:
    for number, benefit in enumerate((10, 12, 15, 18, 20, 25, 30), 1):
        story.bring(f"n{number}", "a", at=day(number), benefit=benefit * 1_000_000)
    assert valued(story).far_count == 0
    story.bring("nhầm", "c", at=day(9), benefit=15_000_000_000_000)
    board = valued(story)
    assert board.far_count == 1
    assert [(r.idea, r.far) for r in board.large[:2]] == [("nhầm", True), ("n7", False)]
    # The median of eight is between 18 and 20 millions.
    assert board.large[0].times_median == 15_000_000 / 19


def test_nothing_declared_is_no_benefit(story: Contests) -> None:
    board = valued(story)
    assert (board.benefit, board.median, board.large, board.far_count) == (0, None, (), 0)
