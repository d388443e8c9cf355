"""What every board promises, over each engine that views may stand in: any past, on both axes, whole at every moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, update

from services.projections.boards.cases import CaseRow, cases
from services.projections.boards.leaderboard import (
    Leaderboard,
    LeaderboardRow,
    Measure,
    leaderboard,
)
from services.projections.boards.milestones import NotACount, milestone
from services.projections.boards.quota import PhaseIsUnknown, QuotaRow, quota, under
from services.projections.history.timeline import IdeaIsUnknown, timeline
from services.projections.reckoning import counts
from services.projections.reckoning.asof import (
    Axis,
    KnownAtIsOfCorrected,
    Moment,
    NotAnInstant,
    moment,
)
from services.projections.reckoning.selection import CohortIsUnknown
from services.projections.views import beside, columns, database
from services.projections.views.beside import Beside
from services.projections.views.checkpoint import GIVEN_UP
from services.projections.views.database import Views
from services.projections.views.entries import ENTRIES, QUOTA, Entries
from services.projections.views.projector import VIEWS, Projector, ViewIsUnknown
from services.projections.views.verify import digest, verify
from shared.docket import Docket, DocketState
from shared.errors import Conflict, Unavailable
from shared.ledger.follow import catch_up
from shared.ledger.store import Ledger
from shared.tree import UnitIsUnknown
from shared.vocabulary import (
    Band,
    Ineligible,
    Level,
    Position,
    Ruling,
    TargetKind,
    named,
)
from tests.chronicle import Chronicle, day
from tests.contract.engines import Engine


@pytest.fixture
def views_url(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty database for views, of the ledger's kind, but not its own."""
    if engine.url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'views.db'}"
    server = request.getfixturevalue("postgres_server")
    created: str = server.create_database(f"views_{uuid4().hex}")
    return created


@pytest.fixture
def views(views_url: str) -> Iterator[Views]:
    opened = Views(views_url)
    yield opened
    opened.close()


@pytest.fixture
def projector(views: Views) -> Projector:
    return Projector(views)


@pytest.fixture
def story(ledger: Ledger) -> Chronicle:
    return Chronicle(ledger)


class Boards:
    """What a reader sees, after the views were caught up."""

    def __init__(self, story: Chronicle, projector: Projector) -> None:
        self.story = story
        self.projector = projector
        self.views = projector.views

    def at(self, position: Position | str | datetime | None = None) -> Moment:
        self.projector.catch_up(self.story.ledger)
        if isinstance(position, datetime):
            position = position.isoformat()
        return moment(
            self.story.ledger, str(self.story.ledger.head() if position is None else position)
        )

    def corrected(
        self, position: Position | datetime | None = None, known_at: Position | None = None
    ) -> Moment:
        asked = position.isoformat() if isinstance(position, datetime) else position
        self.projector.catch_up(self.story.ledger)
        ledger = self.story.ledger
        return moment(
            ledger,
            str(ledger.head() if asked is None else asked),
            Axis.CORRECTED,
            str(known_at) if known_at is not None else None,
        )

    def leaders(
        self,
        measure: Measure = Measure.GROSS,
        *,
        at: Position | datetime | None = None,
        level: Level = Level.FIRST,
        top: int | None = 10,
        cohort: str | None = None,
        corrected: bool = False,
        known_at: Position | None = None,
    ) -> Leaderboard:
        return leaderboard(
            self.views,
            self.story.directory,
            programme="1tr",
            at=self.corrected(at, known_at) if corrected else self.at(at),
            level=level,
            measure=measure,
            top=top,
            cohort=cohort,
            matched=0,
        )

    def counts(
        self, *, at: Position | datetime | None = None, corrected: bool = False
    ) -> dict[str, tuple[int, int]]:
        """Gross and net of each grassroots unit that has any."""
        board = self.leaders(at=at, level=Level.GRASSROOTS, top=None, corrected=corrected)
        return {row.unit: (row.gross, row.net) for row in board.rows if row.gross}

    def row(self, unit: str, **facts: object) -> LeaderboardRow:
        board = self.leaders(**facts)  # type: ignore[arg-type]
        return next(row for row in board.rows if row.unit == unit)

    def quota(
        self, unit: str, *, at: Position | datetime | None = None
    ) -> dict[str | None, QuotaRow]:
        """The rows of one unit, by phase."""
        board = quota(self.views, self.story.directory, programme="1tr", at=self.at(at), unit=unit)
        return {row.phase: row for row in board.rows}

    def case(self, at: Position | None = None) -> CaseRow:
        [found] = cases(self.story.ledger, self.views, self.at(at))
        return found


@pytest.fixture
def boards(story: Chronicle, projector: Projector) -> Boards:
    return Boards(story, projector)


# What counts.


def test_a_declaration_counts_in_its_unit_from_its_position_on(
    story: Chronicle, boards: Boards
) -> None:
    before = story.declare("một", "a")
    after = story.declare("hai", "c")
    assert boards.counts(at=before) == {"a": (1, 1)}
    assert boards.counts(at=after) == {"a": (1, 1), "c": (1, 1)}
    assert boards.counts(at=before - 1) == {}


def test_an_ineligible_idea_counts_in_gross_alone_until_it_is_recognised(
    story: Chronicle, boards: Boards
) -> None:
    declared = story.declare("một", "a", ineligible=(Ineligible.NOT_RECOGNISED,))
    story.recognise("một")
    assert boards.counts(at=declared) == {"a": (1, 0)}
    assert boards.counts() == {"a": (1, 1)}


def test_an_idea_leaves_net_once_whatever_the_number_of_reasons(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "gốc", "bản sao")
    story.open_case("gốc", "bản sao", case="x")
    story.open_case("gốc", "bản sao", case="y")
    one = story.rule("bản sao", case="x")
    two = story.rule("bản sao", Ruling.COPIED, case="y")
    back_in_x = story.rule("bản sao", Ruling.INDEPENDENT, case="x")
    back_in_y = story.rule("bản sao", Ruling.NOT_DUPLICATE, case="y")
    again = story.rule("bản sao", case="x")
    withdrawn = story.withdraw("bản sao")
    cleared = story.rule("bản sao", Ruling.NOT_DUPLICATE, case="x")
    counts = [
        boards.counts(at=at)["a"]
        for at in (one, two, back_in_x, back_in_y, again, withdrawn, cleared)
    ]
    assert counts == [(2, 1), (2, 1), (2, 1), (2, 2), (2, 1), (2, 1), (2, 1)]


def test_a_withdrawn_idea_stays_in_gross(story: Chronicle, boards: Boards) -> None:
    story.declare_many("a", "một", "hai")
    story.withdraw("hai")
    assert boards.counts() == {"a": (2, 1)}


def test_a_rerouted_idea_takes_everything_it_counts_along(story: Chronicle, boards: Boards) -> None:
    story.declare("một", "a", people=2, benefit=70)
    story.amend("một", people=3, benefit=50)
    before = story.ledger.head()
    story.reroute("một", "c")
    assert boards.counts(at=before) == {"a": (1, 1)}
    assert boards.counts() == {"c": (1, 1)}
    moved = boards.row("p2")
    assert (moved.people, moved.benefit) == (3, 50)
    left = boards.row("p1")
    assert (left.people, left.benefit, left.gross) == (0, 0, 0)


def test_an_amendment_changes_people_and_benefit_from_when_it_was_recorded(
    story: Chronicle, boards: Boards
) -> None:
    declared = story.declare("một", "a", people=2, benefit=70, at=day(1))
    story.amend("một", people=5, benefit=None, at=day(10))
    assert (boards.row("p1", at=declared).people, boards.row("p1").people) == (2, 5)
    early = boards.row("p1", at=day(5), corrected=True)
    assert (early.people, early.benefit) == (2, 70)
    late = boards.row("p1", at=day(10), corrected=True)
    assert (late.people, late.benefit) == (5, 0)


def test_the_largest_benefits_that_may_be_declared_can_be_added_up(
    story: Chronicle, boards: Boards
) -> None:
    for number in range(12):
        story.declare(f"lớn {number}", "a", benefit=10**18)
    assert boards.row("p1").benefit == 12 * 10**18


# Two axes.


def test_a_late_ruling_changes_the_corrected_past_but_not_what_was_known_then(
    story: Chronicle, boards: Boards
) -> None:
    story.declare("gốc", "a", at=day(1))
    story.declare("bản sao", "a", at=day(2))
    story.open_case("gốc", "bản sao", at=day(3))
    before_ruling = story.ledger.head()
    story.rule("bản sao", at=day(30))
    assert boards.counts(at=day(10)) == {"a": (2, 2)}
    assert boards.counts(at=day(10), corrected=True) == {"a": (2, 1)}
    then = boards.leaders(at=day(10), corrected=True, known_at=before_ruling)
    assert then.net_total == 2
    assert (then.axis, then.position) == (Axis.CORRECTED, before_ruling)


def test_a_late_batch_counts_at_its_filing_on_the_corrected_axis_only(
    story: Chronicle, boards: Boards
) -> None:
    story.declare("muộn", "a", filed=day(5), at=day(40))
    assert boards.counts(at=day(10)) == {}
    assert boards.counts(at=day(10), corrected=True) == {"a": (1, 1)}
    assert boards.counts(at=day(4), corrected=True) == {}


def test_an_instant_is_inclusive(story: Chronicle, boards: Boards) -> None:
    story.declare("một", "a", at=day(1))
    story.declare("hai", "a", at=day(1))
    assert boards.counts(at=day(1)) == {"a": (2, 2)}
    assert boards.counts(at=day(1) - timedelta(microseconds=1)) == {}


def test_without_a_moment_everything_on_record_counts(story: Chronicle) -> None:
    head = story.declare("một", "a")
    assert moment(story.ledger) == Moment(head, story.ledger.now())


def test_a_position_to_come_means_everything_and_words_are_refused(
    story: Chronicle, boards: Boards
) -> None:
    head = story.declare("một", "a", at=day(1))
    assert boards.at("9" * 5000) == Moment(head, day(1))
    for wrong in (
        "hôm qua",
        "2022-04-20",
        "2022-04-20T08:00:00",
        "-1",
        "",
        "0001-01-01T00:00+07:00",
    ):
        with pytest.raises(NotAnInstant):
            moment(story.ledger, wrong)


# Leaderboards.


def test_the_leaderboard_shows_gross_net_duplicates_and_shares_of_the_whole_level(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "1", "2", "3")
    story.declare_many("c", "4")
    story.open_case("1", "2")
    story.rule("2")
    board = boards.leaders(top=1)
    assert (board.total, board.net_total, board.not_yet_matched) == (4, 3, 4)
    [first] = board.rows
    assert (first.rank, first.unit, first.name, first.value) == (1, "p1", "Đơn vị p1", 3)
    assert (first.gross, first.net, first.duplicate_rate, first.share) == (3, 2, 1 / 3, 0.75)
    assert [row.unit for row in boards.leaders(top=None).rows] == ["p1", "p2", "p3"]


def test_ties_go_to_who_reached_the_number_first_then_to_the_code(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "a1")
    story.declare_many("d", "d1", "d2")
    story.declare_many("c", "c1", "c2")
    story.declare_many("a", "a2")
    assert [row.unit for row in boards.leaders().rows] == ["p3", "p2", "p1"]
    # A copy that comes back to net counts from when it came back.
    story.open_case("d1", "d2")
    story.rule("d2")
    story.rule("d2", Ruling.INDEPENDENT)
    assert [row.unit for row in boards.leaders(Measure.NET).rows] == ["p3", "p2", "p1"]


def test_ties_on_the_corrected_axis_go_to_the_earlier_filing(
    story: Chronicle, boards: Boards
) -> None:
    story.declare("c1", "c", filed=day(9), at=day(9))
    story.declare("a1", "a", filed=day(3), at=day(10))
    assert [row.unit for row in boards.leaders(top=2).rows] == ["p2", "p1"]
    assert [row.unit for row in boards.leaders(top=2, corrected=True).rows] == ["p1", "p2"]


def test_rates_rank_by_their_own_number_and_units_without_one_come_last(
    story: Chronicle, boards: Boards
) -> None:
    story.target("p1", 8, kind=TargetKind.ORIENTATION)
    story.target("p1", 4, kind=TargetKind.REGISTERED)
    story.target("p2", 1, phase="1")
    story.target("p2", 2)
    story.declare_many("a", "1", "2")
    story.declare_many("c", "3", "4")
    story.declare_many("d", "5", "6", "7")
    percent = boards.leaders(Measure.PERCENT)
    assert [(row.unit, row.value) for row in percent.rows] == [
        ("p2", 100.0),
        ("p1", 50.0),
        ("p3", None),
    ]
    heads = boards.leaders(Measure.PER_1000)
    assert [(row.unit, row.value) for row in heads.rows] == [("p2", 4.0), ("p1", 1.0), ("p3", None)]


def test_people_and_benefit_can_lead_as_well(story: Chronicle, boards: Boards) -> None:
    story.declare("1", "a", people=3, benefit=10)
    story.declare("2", "c", people=2, benefit=30)
    assert boards.leaders(Measure.PEOPLE).rows[0].unit == "p1"
    assert boards.leaders(Measure.BENEFIT).rows[0].unit == "p2"


def test_a_cohort_narrows_the_rows_and_keeps_the_share_of_the_nation(
    story: Chronicle, boards: Boards
) -> None:
    story.cohort("trung-du", "p1", "p3")
    story.declare_many("a", "1")
    story.declare_many("c", "2", "3", "4")
    board = boards.leaders(cohort="trung-du")
    assert [(row.unit, row.share) for row in board.rows] == [("p1", 0.25), ("p3", 0.0)]
    assert (board.total, board.cohort_total) == (4, 1)
    with pytest.raises(CohortIsUnknown):
        boards.leaders(cohort="không có")


def test_a_unit_counts_where_it_stood_on_the_day_asked_for(
    story: Chronicle, boards: Boards
) -> None:
    story.declare("một", "a", at=day(1))
    story.move("u1", "p3", on=day(50).date())
    story.declare("hai", "a", at=day(60))
    assert boards.row("p1", at=day(10)).gross == 1
    assert boards.row("p3").gross == 2


def test_programmes_are_counted_apart(story: Chronicle, boards: Boards) -> None:
    story.declare("một", "a")
    story.declare("hai", "a", programme="75k")
    assert boards.leaders().total == 1


# Quotas.


def test_a_quota_counts_the_whole_subtree_and_says_when_it_was_reached(
    story: Chronicle, boards: Boards
) -> None:
    story.target("p1", 2)
    story.declare("1", "a", at=day(1))
    reached = story.declare("2", "b", at=day(2))
    story.declare("3", "a", at=day(3))
    row = boards.quota("p1")[None]
    assert (row.gross, row.percent, row.exceeded_by, row.reached_at) == (3, 150.0, 1, day(2))
    assert row.reached_at is not None
    assert row.reached_at.isoformat() == "2022-01-10T07:00:00+07:00"
    before = boards.quota("p1", at=reached - 1)[None]
    assert (before.gross, before.exceeded_by, before.reached_at) == (1, -1, None)


def test_once_corrected_a_late_batch_reached_its_target_when_it_was_filed(
    story: Chronicle, boards: Boards
) -> None:
    story.target("p1", 2)
    story.declare("1", "a", at=day(1))
    story.declare("2", "b", filed=day(2), at=day(40))
    story.declare("3", "a", at=day(41))
    known = boards.quota("p1", at=day(10))[None]
    assert (known.gross, known.reached_at) == (1, None)
    board = quota(boards.views, story.directory, programme="1tr", at=boards.corrected(day(10)))
    (row,) = board.rows
    assert (row.gross, row.reached_at) == (2, day(2))
    assert (board.axis, board.known_at, board.at) == (Axis.CORRECTED, None, day(10))
    second = milestone(boards.views, "1tr", 2, boards.corrected(day(10)))
    assert second.gross is not None
    assert (second.gross.idea, second.gross.at) == ("2", day(2))
    before = milestone(
        boards.views, "1tr", 2, boards.corrected(day(10), known_at=boards.at(day(10)).position)
    )
    assert before.gross is None
    assert before.known_at is not None


def test_corrections_up_to_a_moment_are_asked_of_the_corrected_axis_only(
    story: Chronicle,
) -> None:
    with pytest.raises(KnownAtIsOfCorrected, match="axis 'corrected'"):
        moment(story.ledger, None, Axis.KNOWN, "1")


def test_a_number_that_is_lost_again_was_not_reached(story: Chronicle, boards: Boards) -> None:
    story.target("p1", 2)
    story.declare_many("a", "1", "2", at=day(1))
    story.open_case("1", "2")
    lost = story.rule("2", at=day(2))
    row = boards.quota("p1", at=lost)[None]
    assert (row.net, row.net_reached_at, row.reached_at) == (1, None, day(1))
    story.rule("2", Ruling.NOT_DUPLICATE, at=day(3))
    assert boards.quota("p1")[None].net_reached_at == day(1)


def test_a_reroute_inside_the_subtree_reaches_nothing(story: Chronicle, boards: Boards) -> None:
    story.target("p1", 2)
    story.declare("1", "a", at=day(1))
    story.reroute("1", "b", at=day(2))
    assert boards.quota("p1")[None].reached_at is None
    story.declare("2", "a", at=day(3))
    assert boards.quota("p1")[None].reached_at == day(3)


def test_phases_count_what_was_filed_in_them_and_units_may_have_their_own(
    story: Chronicle, boards: Boards
) -> None:
    for unit in ("vn", "p2"):
        for phase in ("1", "2"):
            story.target(unit, 1, phase=phase)
    story.target("p2", 1, phase="3")
    story.declare("1", "c", filed=day(49), at=day(300))
    story.declare("2", "c", filed=day(50), at=day(300))
    story.declare("3", "c", filed=day(99), at=day(300))
    story.declare("4", "c", filed=day(200), at=day(300))
    assert {p: row.gross for p, row in boards.quota("p2").items()} == {"1": 1, "2": 2, "3": 1}
    assert {p: row.gross for p, row in boards.quota("vn").items()} == {"1": 3, "2": 1}


def test_the_whole_programme_counts_what_gross_counts(story: Chronicle, boards: Boards) -> None:
    story.target("vn", 10)
    early = Ineligible.FILED_BEFORE_WINDOW
    story.declare("trước", "a", filed=day(-9), at=day(1), ineligible=(early,))
    story.declare("trong", "a", at=day(2))
    row = boards.quota("vn")[None]
    assert (row.gross, row.net) == (2, 1) == (boards.leaders().total, boards.leaders().net_total)


def test_targets_of_all_kinds_stand_side_by_side_from_their_day_on(
    story: Chronicle, boards: Boards
) -> None:
    story.target("p1", 4, kind=TargetKind.STRIVING, dated=date(2022, 3, 1))
    story.target("p1", 2, kind=TargetKind.ASSIGNED)
    at = story.declare("1", "a", at=day(80))
    views, directory = boards.views, story.directory
    board = quota(views, directory, programme="1tr", at=boards.at(), matched=at)
    assert [(row.kind, row.target, row.percent) for row in board.rows] == [
        (TargetKind.ASSIGNED, 2, 50.0),
        (TargetKind.STRIVING, 4, 25.0),
    ]
    assert board.not_yet_matched == 0
    striving = quota(
        views, directory, programme="1tr", at=boards.at(), kind=TargetKind.STRIVING, phase=None
    )
    assert [row.target for row in striving.rows] == [4]
    story.target("p1", 3)
    then = quota(views, directory, programme="1tr", at=boards.at(at - 1))
    assert [(row.kind, row.target) for row in then.rows] == [(TargetKind.ASSIGNED, 2)]
    now = quota(views, directory, programme="1tr", at=boards.at())
    assert [row.target for row in now.rows] == [3, 4]
    with pytest.raises(UnitIsUnknown):
        boards.quota("không có")
    with pytest.raises(PhaseIsUnknown):
        quota(views, directory, programme="1tr", at=boards.at(), phase="9")


def test_units_under_half_of_their_target_are_listed(story: Chronicle, boards: Boards) -> None:
    story.target("p1", 4)
    story.target("p2", 4)
    story.target("p3", 4, kind=TargetKind.ORIENTATION)
    story.target("p3", 1, kind=TargetKind.STRIVING)
    story.declare_many("a", "1", "2")
    story.declare_many("d", "3")
    behind = under(boards.views, story.directory, programme="1tr", at=boards.at())
    assert [(row.unit, row.percent) for row in behind.rows] == [("p2", 0.0), ("p3", 25.0)]
    assert (behind.count, behind.position) == (2, story.ledger.head())


# Milestones.


def test_milestones_name_the_idea_and_the_instant(story: Chronicle, boards: Boards) -> None:
    story.declare("1", "a", at=day(1))
    story.declare("2", "a", at=day(2), ineligible=(Ineligible.NOT_RECOGNISED,))
    story.declare("3", "c", at=day(3))
    recognised = story.recognise("2", at=day(4))
    found = milestone(boards.views, "1tr", 3, boards.at())
    assert found.gross is not None
    assert (found.gross.idea, found.gross.sender, found.gross.at) == ("3", "tỉnh", day(3))
    assert found.net is not None
    assert (found.net.idea, found.net.position, found.net.at) == ("2", recognised, day(4))
    assert found.net.id == named("idea", "2")
    earlier = milestone(boards.views, "1tr", 3, boards.at(day(3)))
    assert earlier.gross is not None
    assert earlier.net is None
    assert milestone(boards.views, "1tr", 4, boards.at()).gross is None
    with pytest.raises(NotACount):
        milestone(boards.views, "1tr", 0, boards.at())


def test_a_reroute_brings_no_milestone(story: Chronicle, boards: Boards) -> None:
    story.declare("1", "a")
    story.reroute("1", "d")
    assert milestone(boards.views, "1tr", 2, boards.at()).net is None


# Cases.


def test_a_case_is_shown_as_it_stood(story: Chronicle, boards: Boards) -> None:
    story.declare("1", "a", at=day(1))
    story.declare("2", "b", at=day(2))
    story.declare("3", "c", at=day(3))
    opened = story.open_case("1", "2")
    joined = story.join("3", "1")
    story.rule("2", against="1")
    ruled = story.rule("3", Ruling.INDEPENDENT, against="1")
    chosen = story.choose("3")
    first = boards.case(opened)
    assert (first.ideas, first.canonical, first.state) == (("1", "2"), "1", DocketState.OPEN)
    assert (first.band, first.score, first.position) == (Band.NEAR, 0.8, opened)
    assert first.units == ("a", "b")
    assert first.senders == ("tỉnh", "tỉnh")
    assert (boards.case(joined).band, boards.case(joined).score) == (Band.EXACT, 0.9)
    then = boards.case(ruled)
    assert then.state is DocketState.RULED
    assert [m.ruling for m in then.members] == [
        None,
        Ruling.DUPLICATE_IN_UNIT,
        Ruling.INDEPENDENT,
    ]
    assert (boards.case(chosen).canonical, boards.case(chosen).state) == ("3", DocketState.OPEN)
    assert cases(story.ledger, boards.views, boards.at(opened - 1)) == []


def test_the_queue_is_narrowed_by_state_unit_and_place(story: Chronicle, boards: Boards) -> None:
    for name, unit in (("1", "a"), ("2", "a"), ("3", "c"), ("4", "c"), ("5", "d"), ("6", "d")):
        story.declare(name, unit)
    first = story.open_case("1", "2", case="x")
    second = story.open_case("3", "4", case="y")
    third = story.open_case("5", "6", case="z")
    story.rule("4", case="y", against="3")
    at = boards.at()

    def found(**narrowed: object) -> list[Position]:
        return [row.position for row in cases(story.ledger, boards.views, at, **narrowed)]  # type: ignore[arg-type]

    assert found() == [first, second, third]
    assert found(state=DocketState.OPEN) == [first, third]
    assert found(state=DocketState.RULED) == [second]
    assert found(inside=lambda unit: unit == "c") == [second]
    story.reopen(case="y")
    at = boards.at()
    assert found(state=DocketState.OPEN) == [first, second, third]
    assert found(limit=1) == [first]
    assert found(after=first, limit=1) == [second]
    assert found(inside=lambda unit: unit != "c", after=first, limit=1) == [third]


def test_a_withdrawn_member_and_a_new_ground_show_in_the_queue(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "1", "2", "3")
    story.open_case("1", "2")
    story.join("3", "1")
    story.rule("2", against="1")
    story.rule("3", against="1")
    story.reopen("2")
    assert boards.case().state is DocketState.REOPENED
    story.rule("2", against="1")
    assert boards.case().state is DocketState.RULED
    story.change("3", Ineligible.NOT_APPLIED)
    assert [m.text_changed for m in boards.case().members][-1]
    story.leave("1")
    left = boards.case()
    assert left.canonical == "2"
    assert [m.left for m in left.members] == [True, False, False]
    story.leave("2", moot=True)
    assert boards.case().state is DocketState.MOOT


def test_a_case_at_any_position_is_what_its_events_came_to(
    story: Chronicle, boards: Boards, projector: Projector
) -> None:
    a_programme(story)
    projector.page = 4
    catch_up(projector, story.ledger)
    dockets: dict[UUID, Docket] = {}
    for position, _, event in story.ledger.read(0):
        if not event.TOPIC.startswith("case."):
            continue
        case = event.originator_id
        dockets[case] = Docket.evolve(dockets.get(case), event)
        shown = {row.case: row for row in cases(story.ledger, boards.views, boards.at(position))}
        assert set(shown) == set(dockets)
        for found, docket in dockets.items():
            row = shown[found]
            assert (row.state, row.band, row.score, row.joined_into) == (
                docket.state,
                docket.band,
                docket.score,
                docket.joined_into,
            )
            assert [
                (m.idea, m.ruling, m.left, m.text_changed, m.excluded, m.moved_to)
                for m in row.members
            ] == [
                (m.member.idea, m.ruling, m.left, m.text_changed, m.excluded, m.moved_to)
                for m in docket.members
            ]
    assert len(dockets) == 2


# Cases mended by people.


def test_an_excluded_copy_counts_again_from_that_position_on(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "gốc", "bản sao", at=day(3))
    story.open_case("gốc", "bản sao")
    ruled = story.rule("bản sao", against="gốc")
    excluded = story.exclude("bản sao", moot=True)
    assert boards.counts(at=ruled) == {"a": (2, 1)}
    assert boards.counts(at=excluded) == {"a": (2, 2)}
    assert boards.counts(at=day(3), corrected=True) == {"a": (2, 2)}
    assert boards.case().state is DocketState.MOOT


def test_a_copy_ruled_out_elsewhere_as_well_stays_out_though_one_case_excludes_it(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "gốc", "bản sao")
    for case in "xy":
        story.open_case("gốc", "bản sao", case=case)
        story.rule("bản sao", case=case)
    story.exclude("bản sao", case="x")
    assert boards.counts() == {"a": (2, 1)}


def test_neither_a_split_nor_a_join_moves_any_count_and_each_ruling_can_be_turned_after_it(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "1", "2", "3", "4")
    story.open_case("1", "2")
    story.join("3", "1")
    story.join("4", "1")
    for name in ("2", "3", "4"):
        ruled = story.rule(name, against="1")
    split = story.split("3", "4")
    turned = story.rule("3", Ruling.NOT_DUPLICATE, case="tách", against="1")
    joined = story.take_in("tách")
    back = story.rule("4", Ruling.TEMPLATE_ONLY, against="1")
    assert [boards.counts(at=p)["a"] for p in (ruled, split, turned, joined, back)] == [
        (4, 1),
        (4, 1),
        (4, 2),
        (4, 2),
        (4, 3),
    ]
    both, gone = cases(story.ledger, boards.views, boards.at())
    assert [m.external_id for m in both.members if not m.left] == ["1", "2", "3", "4"]
    assert (gone.state, gone.joined_into) == (DocketState.JOINED, both.case)
    then, new = cases(story.ledger, boards.views, boards.at(split))
    assert [m.moved_to for m in then.members] == [None, None, new.case, new.case]
    assert new.position == split


def test_who_comes_from_another_case_comes_last_in_the_order_of_that_case(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "1", "2", "3", "4")
    story.open_case("1", "2")
    story.open_case("3", "4", case="y")
    boards.at()
    story.split("1", into="z")
    story.take_in("y")
    boards.at()
    story.take_in("z")
    both = cases(story.ledger, boards.views, boards.at())[0]
    assert [m.external_id for m in both.members] == ["2", "3", "4", "1"]
    assert both.ideas == tuple(m.member.external_id for m in story.docket("case").members)
    assert verify(story.ledger, boards.views)["ok"]


def test_an_undone_ruling_gives_back_what_stood_before_it(story: Chronicle, boards: Boards) -> None:
    story.declare_many("a", "1", "2", "3")
    story.open_case("1", "2")
    story.join("3", "1")
    out = story.rule("2", against="1")
    before = story.docket("case").member(named("idea", "2"))
    assert before is not None
    turned = story.rule("2", Ruling.INDEPENDENT, against="1")
    other = story.rule("3", against="1")
    restored = story.undo("2", before.judged)
    cleared = story.undo("3")
    assert [boards.counts(at=p)["a"] for p in (out, turned, other, restored, cleared)] == [
        (3, 2),
        (3, 3),
        (3, 2),
        (3, 1),
        (3, 2),
    ]
    assert [m.ruling for m in boards.case().members] == [None, Ruling.DUPLICATE_IN_UNIT, None]


def test_who_was_taken_out_of_a_case_hears_no_more_of_it(story: Chronicle, boards: Boards) -> None:
    story.declare_many("a", "1", "2", "3", "4")
    story.open_case("1", "2")
    story.join("3", "1")
    story.join("4", "1")
    boards.at()
    story.exclude("2")
    story.split("3")
    boards.at()
    story.choose("4")
    story.choose("3", case="tách")
    told = {
        name: [
            h.topic
            for h in timeline(
                boards.story.ledger, boards.views, named("idea", name), boards.at()
            ).happenings
        ]
        for name in ("1", "2", "3", "4")
    }
    assert told["2"][-1] == "case.member-excluded"
    assert told["3"][-3:] == ["case.split", "case.split-off", "case.canonical-chosen"]
    assert told["3"].count("case.canonical-chosen") == 1
    assert told["1"][-3:] == ["case.member-excluded", "case.split", "case.canonical-chosen"]


# Timelines.


def test_a_timeline_tells_everything_that_concerned_an_idea(
    story: Chronicle, boards: Boards
) -> None:
    story.declare("1", "a", at=day(1), title="Bí mật")
    declared = story.declare("2", "a", filed=day(1), at=day(2))
    story.flag("2", "1")
    story.open_case("1", "2")
    ruled = story.rule("2", against="1")
    story.reopen()
    story.reroute("2", "c")
    story.withdraw("2")
    told = timeline(boards.story.ledger, boards.views, named("idea", "2"), boards.at())
    assert [h.topic for h in told.happenings] == [
        "idea.declared",
        "flag.raised",
        "case.opened",
        "case.member-ruled",
        "case.reopened",
        "idea.rerouted",
        "idea.withdrawn",
    ]
    first = told.happenings[0]
    assert (first.position, first.recorded, first.effective) == (declared, day(2), day(1))
    assert (first.actor, first.role, first.source) == ("cổng tỉnh", "client", "http")
    assert first.on_behalf_of == str(named("person", "on behalf of"))
    assert first.correlation == named("correlation")
    ruling = told.happenings[3]
    assert (ruling.case, ruling.position) == (named("case", "case"), ruled)
    assert ruling.detail["ruling"] == "duplicate-in-unit"
    assert told.happenings[1].detail["repeats"] == {
        "idea": str(named("idea", "1")),
        "sender": "tỉnh",
        "external_id": "1",
    }
    assert "niêm phong" not in told.model_dump_json()
    assert "Nội dung" not in told.model_dump_json()
    earlier = timeline(boards.story.ledger, boards.views, named("idea", "2"), boards.at(ruled - 1))
    assert len(earlier.happenings) == 3
    with pytest.raises(IdeaIsUnknown):
        timeline(boards.story.ledger, boards.views, named("idea", "2"), boards.at(declared - 1))


def test_what_concerns_a_whole_case_is_told_of_every_member(
    story: Chronicle, boards: Boards
) -> None:
    story.declare_many("a", "1", "2", "3")
    story.open_case("1", "2")
    boards.at()
    story.join("3", "1")
    boards.at()
    story.choose("2")
    story.leave("1")
    for name in ("1", "2", "3"):
        told = timeline(boards.story.ledger, boards.views, named("idea", name), boards.at())
        assert [h.topic for h in told.happenings][-2:] == [
            "case.canonical-chosen",
            "case.member-left",
        ]


# Following.


def a_programme(story: Chronicle) -> None:
    """A bit of everything, so that every table has rows that changed again."""
    for number in range(12):
        story.declare(f"{number}", "abcd"[number % 4], at=day(number), benefit=number)
    story.flag("4", "0")
    story.open_case("0", "4")
    story.join("8", "0")
    story.rule("4", against="0")
    story.amend("5", people=4, benefit=9)
    story.reroute("5", "d")
    story.withdraw("6")
    story.reopen("4")
    story.rule("4", Ruling.TEMPLATE_ONLY, against="0")
    story.recognise("7", Ineligible.NOT_APPLIED)
    story.leave("8")
    story.join("8", "0")
    story.choose("4")
    story.change("0", Ineligible.NOT_APPLIED)
    story.reopen()
    story.join("9", "0")
    story.rule("8", against="0")
    story.split("8", "9")
    story.rule("9", case="tách", against="8")
    story.undo("9", case="tách")
    story.exclude("4")
    story.take_in("tách")
    story.rule("8", Ruling.INDEPENDENT, against="0")


def digests(views: Views) -> list[str]:
    with views.reading(*VIEWS) as snapshots:
        return [digest(snapshot) for snapshot in snapshots]


def test_pages_of_any_size_come_to_the_same(
    story: Chronicle, projector: Projector, views: Views
) -> None:
    a_programme(story)
    projector.page = 3
    catch_up(projector, story.ledger)
    in_threes = digests(views)
    assert projector.position() == story.ledger.head()
    projector.rebuild(story.ledger)
    assert digests(views) == in_threes


def test_sums_at_any_stride_and_segments_of_any_size_change_no_number(
    story: Chronicle,
    projector: Projector,
    views: Views,
    boards: Boards,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = story.ledger.head()
    a_programme(story)
    positions = range(opened, story.ledger.head() + 1)
    expected = [boards.counts(at=at) for at in positions]
    corrected = [boards.counts(at=at, corrected=True) for at in positions]
    held = digests(views)
    monkeypatch.setattr(counts, "STRIDE", 3)
    for page, sealed in ((3, 4), (1, 2), (5000, 131_072)):
        monkeypatch.setattr(columns, "SEALED", sealed)
        projector.stretch = page
        projector.rebuild(story.ledger)
        assert [boards.counts(at=at) for at in positions] == expected
        assert [boards.counts(at=at, corrected=True) for at in positions] == corrected
        assert digests(views) == held


def test_a_long_way_is_caught_up_to_the_same_views(
    story: Chronicle, projector: Projector, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_programme(story)
    with monkeypatch.context() as while_catching_up:
        while_catching_up.setattr(beside, "LONG", 0)
        projector.stretch = 3
        assert projector.catch_up(story.ledger) == story.ledger.head()
        assert projector.catch_up(story.ledger) == 0
    caught_up = digests(views)
    projector.rebuild(story.ledger)
    assert digests(views) == caught_up


def test_a_way_that_is_left_off_is_gone_on_with(
    story: Chronicle, projector: Projector, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_programme(story)
    for long in (-1, 1000):
        monkeypatch.setattr(beside, "LONG", long)
        projector.page = projector.stretch = 3
        taken = iter([False, False, True])
        came = projector.position()
        projector.catch_up(story.ledger, stopping=lambda: next(taken))  # noqa: B023
        assert projector.position() == came + 6
    projector.catch_up(story.ledger)
    caught_up = digests(views)
    projector.rebuild(story.ledger)
    assert digests(views) == caught_up


def test_a_page_handled_already_changes_nothing(
    story: Chronicle, projector: Projector, boards: Boards
) -> None:
    story.declare("một", "a")
    page = story.ledger.read(0)
    projector.handle(page)
    projector.handle(page)
    assert boards.counts() == {"a": (1, 1)}
    assert projector.position() == story.ledger.head()


def test_of_two_processes_with_the_same_page_one_goes_away(
    story: Chronicle, projector: Projector, boards: Boards, views_url: str
) -> None:
    story.declare("một", "a")
    other_views = Views(views_url)
    other = Projector(other_views)
    page = story.ledger.read(0)
    assert projector.position() == other.position() == 0
    other.handle(page)
    with pytest.raises(Conflict):
        projector.handle(page)
    other_views.close()
    assert boards.counts() == {"a": (1, 1)}


def test_a_question_from_another_thread_does_not_hide_the_conflict(
    story: Chronicle, projector: Projector, views_url: str
) -> None:
    story.declare("một", "a")
    assert projector.position() == 0
    page = story.ledger.read(0)
    other_views = Views(views_url)
    catch_up(Projector(other_views), story.ledger)
    asking = threading.Thread(target=projector.position)
    asking.start()
    asking.join()
    with pytest.raises(Conflict):
        projector.handle(page)
    other_views.close()


def test_many_processes_at_once_count_everything_once(
    story: Chronicle, views_url: str, boards: Boards
) -> None:
    for number in range(40):
        story.declare(f"{number}", "a")
    failed: list[BaseException] = []

    def follow() -> None:
        mine = Views(views_url)
        try:
            projector = Projector(mine)
            projector.page = 3
            while projector.position() < story.ledger.head():
                try:
                    catch_up(projector, story.ledger)
                except Conflict:
                    continue
        except BaseException as problem:
            failed.append(problem)
        finally:
            mine.close()

    threads = [threading.Thread(target=follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert boards.counts() == {"a": (40, 40)}
    assert verify(story.ledger, boards.views)["ok"]


class Newer(Entries):
    """The same view, as another version of the software has it."""

    def __init__(self) -> None:
        super().__init__()
        self.version += 1


def test_a_view_of_another_version_is_built_anew(
    story: Chronicle, boards: Boards, views: Views
) -> None:
    a_programme(story)
    boards.at()

    rebuilding = Beside(views, VIEWS)
    with rebuilding:
        rebuilding.fill(story.ledger)
        newer = Projector(views, (Newer(), *VIEWS[1:]))
        with views.write() as connection, pytest.raises(Conflict):
            rebuilding.switch(connection)
    assert newer.position() == 0
    newer.catch_up(story.ledger)
    assert newer.position() == story.ledger.head()
    with pytest.raises(Unavailable):
        boards.projector.position()
    assert not any("_v1_" in name for name in tables_of(views) if name.startswith("quota"))
    assert Projector(views).position() == 0


# Rebuilding.


def tables_of(views: Views) -> set[str]:
    with views.snapshot() as connection:
        return set(inspect(connection).get_table_names())


def test_a_rebuild_ends_in_the_same_views_and_leaves_nothing_behind(
    story: Chronicle, projector: Projector, views: Views
) -> None:
    a_programme(story)
    projector.catch_up(story.ledger)
    before, names = digests(views), tables_of(views)
    assert projector.rebuild(story.ledger) == story.ledger.head()
    assert digests(views) == before
    assert len(tables_of(views)) == len(names)
    assert not names & tables_of(views) - {"checkpoints"}


def test_one_view_can_be_rebuilt_alone_and_catches_up_with_the_others(
    story: Chronicle, projector: Projector, views: Views
) -> None:
    a_programme(story)
    projector.catch_up(story.ledger)
    story.declare("thêm", "a")
    projector.rebuild(story.ledger, "quota")
    assert projector.position() == story.ledger.head() - 1
    story.declare("thêm nữa", "a")
    projector.catch_up(story.ledger)
    assert verify(story.ledger, views)["ok"]
    with pytest.raises(ViewIsUnknown):
        projector.rebuild(story.ledger, "không có")


def test_readers_never_miss_a_table_while_views_are_rebuilt(
    story: Chronicle, projector: Projector, boards: Boards, views_url: str
) -> None:
    a_programme(story)
    expected = boards.counts()
    at = boards.at()
    wrong: list[object] = []
    done = threading.Event()
    read = 0

    def look() -> None:
        nonlocal read
        mine = Views(views_url)
        try:
            while not done.is_set():
                board = leaderboard(
                    mine, story.directory, programme="1tr", at=at, level=Level.GRASSROOTS
                )
                seen = {row.unit: (row.gross, row.net) for row in board.rows if row.gross}
                if seen != expected:
                    wrong.append(seen)
                read += 1
        except BaseException as problem:
            wrong.append(problem)
        finally:
            mine.close()

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    while read < 3 and not wrong:
        time.sleep(0.01)
    for _ in range(10):
        projector.rebuild(story.ledger)
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_a_reader_keeps_what_it_found_although_it_was_replaced(
    story: Chronicle, projector: Projector, views: Views
) -> None:
    a_programme(story)
    projector.catch_up(story.ledger)
    names = tables_of(views)
    [before] = views.positions([QUOTA]).values()
    rebuilding = threading.Thread(target=projector.rebuild, args=(story.ledger,))
    with views.read(QUOTA) as snapshot:
        rebuilding.start()
        while views.positions([QUOTA])["quota"].generation == before.generation:
            time.sleep(0.01)
        time.sleep(0.1)
        (gross,) = snapshot.columns(ENTRIES, ["gross"])
        assert gross.sum() == 12
    rebuilding.join()
    assert len(tables_of(views)) == len(names)


def test_what_was_replaced_and_has_lost_rows_is_never_gone_on_with(
    story: Chronicle, projector: Projector, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not views.embedded:
        pytest.skip("PostgreSQL drops tables at once.")

    def killed(_seconds: float) -> None:
        raise InterruptedError

    a_programme(story)
    projector.rebuild(story.ledger)
    held = digests(views)
    with monkeypatch.context() as one_by_one:
        one_by_one.setattr(database, "AT_ONCE", 1)
        one_by_one.setattr("services.projections.views.database.time.sleep", killed)
        with pytest.raises(InterruptedError):
            projector.rebuild(story.ledger)
    assert digests(views) == held
    assert {found.live for found in views.unread(projector.kinds)} == {GIVEN_UP}
    assert projector.rebuild(story.ledger) == story.ledger.head()
    assert digests(views) == held
    assert views.unread(projector.kinds) == []


def test_an_interrupted_rebuild_is_gone_on_with_by_the_next(
    story: Chronicle, projector: Projector, views: Views, boards: Boards
) -> None:
    a_programme(story)
    expected, held = boards.counts(), digests(views)
    names = tables_of(views)
    half = story.ledger.head() // 2
    abandoned = Beside(views, VIEWS, resumed=True).__enter__()
    abandoned.fill(story.ledger, to=half)
    assert tables_of(views) > names
    assert boards.counts() == expected
    assert projector.rebuild(story.ledger) == story.ledger.head() - half
    assert len(tables_of(views)) == len(names)
    assert digests(views) == held
    story.declare("sau đó", "a")
    with pytest.raises(Conflict):
        abandoned.fill(story.ledger)


KILLED = """
import sys, time
from shared.ledger.clock import wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from services.projections.views.projector import Projector, Views

def wait(position, head):
    print(position, flush=True)
    time.sleep(60)

ledger = Ledger(open_recorder(sys.argv[1]), clock=wall_clock, new_id=None)
projector = Projector(Views(sys.argv[2]))
projector.stretch = 3
projector.rebuild(ledger, progress=wait)
"""


@pytest.mark.fault
def test_a_rebuild_that_is_killed_leaves_the_live_views_as_they_are(
    story: Chronicle, boards: Boards, views: Views, engine: Engine, views_url: str
) -> None:
    a_programme(story)
    expected = boards.counts()
    before = digests(views)
    names = tables_of(views)
    rebuilding = subprocess.Popen(
        [sys.executable, "-c", KILLED, engine.url, views_url],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    )
    assert rebuilding.stdout is not None
    assert int(rebuilding.stdout.readline()) == 3
    assert boards.counts() == expected
    rebuilding.kill()
    rebuilding.wait()
    rebuilding.stdout.close()
    assert (boards.counts(), digests(views)) == (expected, before)
    assert tables_of(views) > names
    boards.projector.rebuild(story.ledger)
    assert len(tables_of(views)) == len(names)
    assert digests(views) == before


REPLAYED = """
import json, sys
from shared.ledger.clock import wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from services.projections.views.verify import verify
from services.projections.views.projector import Views

ledger = Ledger(open_recorder(sys.argv[1]), clock=wall_clock, new_id=None)
print(json.dumps(verify(ledger, Views(sys.argv[2]))["digests"]))
"""


@pytest.mark.parametrize("seed", ["0", "1", "42"])
def test_live_rebuilt_resumed_and_replayed_views_have_one_digest(
    story: Chronicle, projector: Projector, views: Views, engine: Engine, views_url: str, seed: str
) -> None:
    for begin in range(3):
        # Live: in pages as they come, some of one event.
        a_programme(story) if begin == 0 else story.declare(f"sau {begin}", "a")
        projector.catch_up(story.ledger)
    live = digests(views)
    projector.rebuild(story.ledger)
    assert digests(views) == live
    Beside(views, VIEWS, page=4, resumed=True).__enter__().fill(
        story.ledger, to=story.ledger.head() // 3
    )
    projector.stretch = 7
    projector.rebuild(story.ledger)
    assert digests(views) == live
    replayed = subprocess.run(
        [sys.executable, "-c", REPLAYED, engine.url, views_url],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert list(json.loads(replayed.stdout).values()) == live


def test_a_rebuild_reads_on_when_the_live_views_came_further_meanwhile(
    story: Chronicle, projector: Projector, views: Views, boards: Boards
) -> None:
    a_programme(story)
    projector.catch_up(story.ledger)
    attempts: list[bool] = []
    with Beside(views, VIEWS) as beside:
        # What is recorded and shown just before the switch must not be lost by it.
        page_end = story.ledger.head()
        story.declare("vừa kịp", "a")
        projector.catch_up(story.ledger)
        beside.fill(story.ledger, to=page_end)
        with views.write() as connection:
            attempts.append(beside.switch(connection))
    assert attempts == [False]
    assert boards.counts()["a"][0] == 4


def test_verification_says_what_differs(
    story: Chronicle, projector: Projector, views: Views
) -> None:
    a_programme(story)
    projector.catch_up(story.ledger)
    good = verify(story.ledger, views)
    assert good["ok"]
    assert good["events"] == good["position"] == story.ledger.head()
    assert good["digests"] == dict(zip([kind.name for kind in VIEWS], digests(views), strict=True))
    assert good["difference"] is None
    names = tables_of(views)
    with views.write() as connection:
        at = views.live(connection, QUOTA)
        ideas = views.of(connection, QUOTA, at).tables["ideas"]
        connection.execute(
            update(ideas).where(ideas.c.external_id == "3").values(sender="nơi khác")
        )
    bad = verify(story.ledger, views)
    assert not bad["ok"]
    difference = bad["difference"]
    assert isinstance(difference, dict)
    assert (difference["view"], difference["table"]) == ("quota", "ideas")
    assert difference["live"]["sender"] == "nơi khác" != difference["refolded"]["sender"]
    assert tables_of(views) == names
    projector.rebuild(story.ledger)
    assert verify(story.ledger, views)["ok"]


def test_an_empty_ledger_has_empty_boards(ledger: Ledger, projector: Projector) -> None:
    assert projector.catch_up(ledger) == 0
    assert projector.rebuild(ledger) == 0
    assert verify(ledger, projector.views)["ok"]
    assert cases(ledger, projector.views, moment(ledger)) == []


def test_no_text_of_a_declaration_is_in_the_views(
    story: Chronicle, projector: Projector, views: Views
) -> None:
    story.declare("một", "a", title="Một tên sáng kiến")
    projector.catch_up(story.ledger)
    with views.snapshot() as connection:
        for name in inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
            assert "Một tên" not in str(rows)


@pytest.mark.postgres
def test_both_engines_hold_the_same_bytes(
    story: Chronicle, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    a_programme(story)
    server = request.getfixturevalue("postgres_server")
    found = []
    for url in (
        f"sqlite:///{tmp_path / 'both.db'}",
        server.create_database(f"both_{uuid4().hex}"),
    ):
        views = Views(url)
        Projector(views).catch_up(story.ledger)
        found.append(digests(views))
        views.close()
    assert found[0] == found[1]
