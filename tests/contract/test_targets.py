"""Boards that hold what was declared against targets, over each engine that views may stand in, on both axes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from services.projections.boards.quota import PhaseIsUnknown, QuotaRow, quota, under
from services.projections.reckoning.asof import Moment
from services.projections.reckoning.selection import CohortIsUnknown, Selection
from services.projections.targets.averages import AverageRow, Averages, Beside, averages
from services.projections.targets.cohorts import CohortRow, Cohorts, cohorts
from services.projections.targets.finishers import Finish, Finishers, finishers
from services.projections.views.projector import Projector, Views
from shared.ledger.store import Ledger
from shared.vocabulary import HeadCount, Level, Position, TargetKind
from tests.aims import ASSIGNED, COUNTED, ORIENTATION, REGISTERED, STRIVING, Aims
from tests.chronicle import day
from tests.contract.engines import Engine


@pytest.fixture
def projector(
    engine: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Projector]:
    """Views in a database of the ledger's kind, but not its own."""
    url = f"sqlite:///{tmp_path / 'views.db'}"
    if not engine.url.startswith("sqlite"):
        server = request.getfixturevalue("postgres_server")
        url = server.create_database(f"views_{uuid4().hex}")
    views = Views(url)
    yield Projector(views)
    views.close()


class Asked:
    """The story, and whoever asks the boards about it."""

    def __init__(self, story: Aims, projector: Projector) -> None:
        self.story = story
        self.projector = projector

    def at(self, *at: object, **asked: object) -> Moment:
        return self.story.at(*at, projector=self.projector, **asked)  # type: ignore[arg-type]

    def quota(self, unit: str, at: Moment | None = None) -> dict[tuple[str | None, str], QuotaRow]:
        board = quota(
            self.projector.views,
            self.story.directory,
            programme="1tr",
            at=at or self.at(),
            unit=unit,
        )
        return {(row.phase, row.kind.value): row for row in board.rows}

    def finishers(self, at: Moment | None = None, **asked: object) -> Finishers:
        return finishers(
            self.projector.views,
            self.story.directory,
            programme="1tr",
            at=at or self.at(),
            **asked,  # type: ignore[arg-type]
        )

    def cohorts(self, at: Moment | None = None, **asked: object) -> Cohorts:
        return cohorts(
            self.projector.views,
            self.story.directory,
            programme="1tr",
            at=at or self.at(),
            **asked,  # type: ignore[arg-type]
        )

    def cohort(self, code: str, at: Moment | None = None) -> CohortRow:
        [row] = self.cohorts(at, cohort=code).rows
        return row

    def averages(self, at: Moment | None = None, **asked: object) -> Averages:
        return averages(
            self.projector.views,
            self.story.directory,
            programme="1tr",
            at=at or self.at(),
            **asked,  # type: ignore[arg-type]
        )

    def average(self, unit: str, at: Moment | None = None, **asked: object) -> AverageRow:
        return next(row for row in self.averages(at, **asked).rows if row.unit == unit)


@pytest.fixture
def story(ledger: Ledger) -> Aims:
    return Aims(ledger)


@pytest.fixture
def boards(story: Aims, projector: Projector) -> Asked:
    return Asked(story, projector)


# Progress (D08).


def test_a_phase_is_shown_against_its_own_target_and_against_that_of_the_whole_programme(
    story: Aims, boards: Asked
) -> None:
    """As of Thái Nguyên: 5,585 of 5,000 for the phase, and of 16,000 for the programme, in thousandths."""
    story.given("p1", 50, phase="1")
    story.given("p1", 160)
    story.given("p1", 200, STRIVING)
    story.many("a", 56, at=day(10))
    story.many("a", 4, at=day(110))
    rows = boards.quota("p1")
    phase = rows["1", "assigned"]
    assert (phase.gross, phase.percent, phase.exceeded_by, phase.remaining) == (56, 112.0, 6, 0)
    assert (phase.programme_target, phase.programme_percent) == (160, 35.0)
    whole = rows[None, "assigned"]
    assert (whole.gross, whole.percent, whole.programme_percent) == (60, 37.5, 37.5)
    assert (whole.exceeded_by, whole.remaining, whole.net_remaining) == (-100, 100, 100)
    assert rows[None, "striving"].percent == 30.0
    # Without a target of the same kind for the whole programme there is nothing to hold it against.
    story.given("p1", 10, ORIENTATION, phase="1")
    alone = boards.quota("p1")["1", "orientation"]
    assert (alone.programme_target, alone.programme_percent) == (None, None)


def test_a_row_says_from_when_to_when_its_phase_is_and_whose_window_that_is(
    story: Aims, boards: Asked
) -> None:
    for unit in ("u2", "p1"):
        story.given(unit, 1, phase="1")
    story.given("p2", 1)
    own, everybodys, whole = (
        boards.quota(unit)[phase, "assigned"]
        for unit, phase in (("u2", "1"), ("p1", "1"), ("p2", None))
    )
    assert (own.begins, own.ends, own.window_of) == (day(0), day(50), "p2")
    assert (everybodys.begins, everybodys.ends, everybodys.window_of) == (day(0), day(100), None)
    assert (whole.begins, whole.ends, whole.window_of) == (day(0), day(601), None)
    assert own.ends.isoformat() == "2022-02-27T07:00:00+07:00"


def test_a_percentage_says_what_it_is_of_and_when_that_was_counted(
    story: Aims, boards: Asked
) -> None:
    both = HeadCount.MEMBERS_AND_WORKERS
    story.given("p1", 400, ORIENTATION, percent="10", of=both)
    story.given("p1", 5)
    percentage = boards.quota("p1")[None, "orientation"].percentage
    assert percentage is not None
    assert (percentage.percent, percentage.of, percentage.counted_on, percentage.heads) == (
        10.0,
        both,
        COUNTED,
        4000,
    )
    assert boards.quota("p1")[None, "assigned"].percentage is None


def test_a_target_that_was_changed_after_a_date_leaves_the_old_percentage_true_before_it(
    story: Aims, boards: Asked
) -> None:
    story.given("p1", 4)
    story.many("a", 2, at=day(10))
    before = story.ledger.head()
    story.given("p1", 8, dated=date(2022, 3, 1), document="02/KH", at=day(20))

    def percent(at: Moment) -> tuple[int, float | None, str]:
        row = boards.quota("p1", at)[None, "assigned"]
        return row.target, row.percent, row.document

    old, new = (4, 50.0, "01/KH"), (8, 25.0, "02/KH")
    assert percent(boards.at(before)) == old
    # Recorded, but dated 1 March, which begins at home on day 51 of the chronicle at 17 hours.
    assert percent(boards.at()) == old
    story.many("c", 1, at=day(60))
    assert percent(boards.at()) == new
    assert percent(boards.at(day(51.7), corrected=True)) == old
    assert percent(boards.at(day(51.71), corrected=True)) == new
    assert percent(boards.at(day(60), corrected=True, known_at=before)) == old


# Units under a share (D10).


def test_units_under_a_share_are_listed_by_level_with_how_many_have_a_target(
    story: Aims, boards: Asked
) -> None:
    for unit, value in (("p1", 4), ("p2", 4), ("u1", 10), ("p3", 0)):
        story.given(unit, value)
    story.many("a", 2, at=day(1))

    def behind(**asked: object) -> tuple[int, int, list[str]]:
        found = under(
            boards.projector.views,
            story.directory,
            programme="1tr",
            at=boards.at(),
            **asked,  # type: ignore[arg-type]
        )
        return found.units, found.count, [row.unit for row in found.rows]

    # Half is not under half; a target of nothing is none.
    assert behind() == (3, 2, ["p2", "u1"])
    assert behind(level=Level.FIRST) == (2, 1, ["p2"])
    assert behind(level=Level.UPPER, share=0.2) == (1, 0, [])
    assert behind(level=Level.GRASSROOTS) == (0, 0, [])


# Early finishers (D09).


def early(story: Aims) -> None:
    """Ten for the programme and four for the first phase each; declared 10, 9, 5 and 4 in it, of mixed levels."""
    for unit in ("p1", "u1", "p2", "p3", "c"):
        story.given(unit, 10)
        story.given(unit, 4, phase="1")
    story.many("a", 9, at=day(5))
    story.many("c", 5, at=day(10))
    story.many("d", 4, at=day(11))
    story.many("d", 30, at=day(150))


def test_who_finished_early_comes_first_then_who_came_near_then_who_is_beyond_the_phase(
    story: Aims, boards: Asked
) -> None:
    early(story)
    story.given("a", 9)
    board = boards.finishers()
    assert [(r.unit, r.level, r.state, r.gross) for r in board.rows] == [
        ("a", Level.GRASSROOTS, Finish.FINISHED, 9),
        ("p1", Level.FIRST, Finish.NEAR, 9),
        ("u1", Level.UPPER, Finish.NEAR, 9),
        ("c", Level.GRASSROOTS, Finish.OVER_PHASE, 5),
        ("p2", Level.FIRST, Finish.OVER_PHASE, 5),
    ]
    # The third province came to just its four: that is not beyond. What it did later is not early.
    assert (board.units, board.finished, board.nearly, board.over_phase) == (6, 1, 2, 2)
    assert board.over_phase_in_all == 4
    first, near = board.rows[0], board.rows[1]
    assert (first.reached_at, first.programme_percent, first.phase_target) == (day(5), 100.0, None)
    assert (near.reached_at, near.programme_percent, near.phase_percent) == (None, 90.0, 225.0)
    assert (near.phase_exceeded_by, near.phase_reached_at, near.phase) == (5, day(5), "1")


def test_the_near_band_the_level_and_the_part_of_the_tree_are_chosen(
    story: Aims, boards: Asked
) -> None:
    early(story)

    def near(**asked: object) -> list[str]:
        board = boards.finishers(**asked)  # type: ignore[arg-type]
        return [row.unit for row in board.rows if row.state is Finish.NEAR]

    assert near(near=0.91) == []
    assert near(near=0.5) == ["p1", "u1", "c", "p2"]
    assert near(selection=Selection(level=Level.FIRST)) == ["p1"]
    assert near(selection=Selection(below="p1")) == ["u1"]
    assert near(phase="2", near=1.0) == []
    with pytest.raises(PhaseIsUnknown):
        near(phase="9")


def test_so_far_the_whole_is_held_against_all_there_is_and_the_phase_against_its_own(
    story: Aims, boards: Asked
) -> None:
    early(story)
    rows = {row.unit: row for row in boards.finishers(so_far=True).rows}
    assert {unit: row.state for unit, row in rows.items()} == {
        "p3": Finish.FINISHED,
        "p1": Finish.NEAR,
        "u1": Finish.NEAR,
        "c": Finish.OVER_PHASE,
        "p2": Finish.OVER_PHASE,
    }
    # Thirty of the third province's came long after the phase, in which it did just its four.
    third = rows["p3"]
    assert (third.gross, third.phase_percent, third.phase_exceeded_by) == (34, 100.0, 0)
    assert third.reached_at == day(150)


def test_a_unit_with_phases_of_its_own_is_early_within_its_own_first_phase(
    story: Aims, boards: Asked
) -> None:
    """The second province's first phase ends on day 50, everybody's on day 100."""
    for unit in ("p1", "p2"):
        story.given(unit, 2)
    for number, unit in enumerate(("a", "c")):
        story.many(unit, 1, at=day(10))
        story.many(unit, 1, at=day(60 + number))
    assert [(r.unit, r.state) for r in boards.finishers().rows] == [("p1", Finish.FINISHED)]
    # What was filed within it and typed in later was early all the same, once corrected and once known.
    story.declare("muộn", "c", filed=day(49), at=day(300))
    rows = {row.unit: row for row in boards.finishers().rows}
    assert rows["p2"].reached_at == day(300)
    corrected = boards.finishers(boards.at(day(70), corrected=True))
    assert {row.unit: row.reached_at for row in corrected.rows} == {"p1": day(60), "p2": day(49)}
    assert [row.unit for row in boards.finishers(boards.at(day(70))).rows] == ["p1"]


# Cohorts (D16).


def test_a_cohort_has_its_targets_and_counts_together_and_a_share_of_the_nation(
    story: Aims, boards: Asked
) -> None:
    for unit, value in (("p1", 60), ("p2", 30), ("p3", 110)):
        story.given(unit, value, REGISTERED)
    story.given("p1", 50, ASSIGNED)
    story.given("vn", 400, ASSIGNED)
    story.cluster("x", p1=date.min, p2=date.min)
    story.many("a", 2, at=day(1))
    story.many("c", 1, at=day(2))
    story.many("d", 1, at=day(3))
    story.withdraw(next(iter(story.ideas)), at=day(4))
    board = boards.cohorts()
    assert (board.national_gross, board.national_net) == (4, 3)
    [row] = board.rows
    assert (row.cohort, row.name, row.gross, row.net) == ("x", "Cụm x", 3, 2)
    assert (row.share, row.net_share) == (0.75, 2 / 3)
    targets = {target.kind: target for target in row.targets}
    assert set(targets) == {ASSIGNED, REGISTERED}
    registered = targets[REGISTERED]
    assert registered.national is not None
    # The nation registered nothing itself: what its provinces registered is added up.
    assert (registered.total, registered.national.target, registered.national.source) == (
        90,
        200,
        "sum",
    )
    assert (registered.share, registered.members_with_target) == (0.45, 2)
    assert registered.percent == pytest.approx(100 * 3 / 90)
    assigned = targets[ASSIGNED]
    assert assigned.national is not None
    assert (assigned.total, assigned.national.target, assigned.national.source) == (50, 400, "own")
    assert (assigned.share, assigned.members_with_target) == (0.125, 1)
    assert [(m.unit, m.gross, m.net) for m in row.members] == [("p1", 2, 1), ("p2", 1, 1)]


def test_what_stands_below_another_member_is_counted_once(story: Aims, boards: Asked) -> None:
    story.given("p1", 10)
    story.given("u1", 10)
    story.cluster("x", p1=date.min, u1=date.min, d=date.min)
    story.many("a", 2, at=day(1))
    story.many("d", 1, at=day(2))
    row = boards.cohort("x")
    assert (row.gross, [target.total for target in row.targets]) == (3, [10])
    assert [(m.unit, m.gross) for m in row.members] == [("d", 1), ("p1", 2), ("u1", 2)]


def test_membership_is_that_of_the_day(story: Aims, boards: Asked) -> None:
    """A member from 1 February on, which is let go from 1 March on."""
    story.cluster("x", p1=date(2022, 2, 1))
    story.leave_cluster("x", "p1", on=date(2022, 3, 1))
    story.many("a", 2, at=day(1))
    story.many("d", 1, at=day(300))

    def members(number: float) -> tuple[int, list[str]]:
        row = boards.cohort("x", boards.at(day(number), corrected=True))
        return row.gross, [member.unit for member in row.members]

    # Days begin at 17 hours of the day before in UTC, in which the chronicle counts.
    assert members(23.7) == (0, [])
    assert members(23.71) == (2, ["p1"])
    assert members(51.7) == (2, ["p1"])
    assert members(51.71) == (0, [])
    with pytest.raises(CohortIsUnknown):
        boards.cohort("y")


def test_targets_of_a_phase_are_added_up_without_a_percentage_of_the_whole_count(
    story: Aims, boards: Asked
) -> None:
    story.cluster("x", p1=date.min)
    story.given("p1", 10)
    story.given("p1", 4, phase="1")
    [row] = boards.cohorts(phase="1").rows
    assert [(t.total, t.percent) for t in row.targets] == [(4, None)]


# Beside the nation (D17).


def beside(story: Aims) -> Position:
    """The nation: 40 ideas of 10,000 members, 4 a thousand. p1: 20 of 2,000; p2: 2 of 500; p3: 18, never counted."""
    story.heads("vn", 10_000)
    story.given("vn", 100)
    for unit, value in (("p1", 40), ("p2", 10), ("p3", 45)):
        story.given(unit, value)
    story.many("a", 20, at=day(1))
    story.many("c", 2, at=day(2))
    return story.many("d", 18, at=day(3))


def test_a_unit_is_held_against_the_nations_rate_and_what_it_would_have_at_that_rate(
    story: Aims, boards: Asked
) -> None:
    beside(story)
    board = boards.averages()
    assert (board.national_gross, board.national_members, board.national_per_1000) == (
        40,
        10_000,
        4.0,
    )
    assert board.national_target is not None
    assert (board.national_target.target, board.national_percent) == (100, 40.0)
    assert [(r.unit, r.rank, r.percent_rank) for r in board.rows] == [
        ("p1", 1, 1),
        ("p2", 2, 3),
        ("p3", None, 2),
    ]
    first, second, third = board.rows
    assert (first.per_1000, first.ratio, first.beside) == (10.0, 2.5, Beside.ABOVE)
    assert (first.potential, first.gap, first.members, first.counted_on) == (
        8.0,
        12.0,
        2000,
        COUNTED,
    )
    assert (first.percent, first.percent_ratio, first.percent_potential) == (50.0, 1.25, 16.0)
    assert (second.per_1000, second.beside, second.gap) == (4.0, Beside.AVERAGE, 0.0)
    assert (second.percent, second.percent_beside) == (20.0, Beside.BELOW)
    assert (third.per_1000, third.potential, third.beside) == (None, None, None)
    assert (third.percent, third.percent_beside) == (40.0, Beside.AVERAGE)


def test_how_near_the_average_is_can_be_chosen_and_equal_rates_share_a_rank(
    story: Aims, boards: Asked
) -> None:
    beside(story)
    assert boards.average("p1", band=0.9).percent_beside is Beside.AVERAGE
    # Just at the edge of the band is within it: 20 % against 40 %.
    assert boards.average("p2", band=0.5).percent_beside is Beside.AVERAGE
    assert boards.average("p2", band=0.49).percent_beside is Beside.BELOW
    story.heads("p3", 1800)
    ranks = {row.unit: row.rank for row in boards.averages().rows}
    assert ranks == {"p1": 1, "p3": 1, "p2": 3}
    below = boards.averages(selection=Selection(below="p1"))
    assert [row.unit for row in below.rows] == ["a", "b", "u1"]


def test_a_nation_that_was_never_counted_is_its_provinces_together(
    story: Aims, boards: Asked
) -> None:
    story.many("a", 5, at=day(1))
    board = boards.averages()
    assert (board.national_members, board.national_per_1000) == (2500, 2.0)
    assert (board.national_target, board.national_percent) == (None, None)


def test_a_head_count_after_a_date_leaves_the_old_rate_true_before_it(
    story: Aims, boards: Asked
) -> None:
    known = beside(story)
    story.heads("p1", 4000, on=date(2022, 3, 1), at=day(30))
    story.many("b", 1, at=day(60))
    assert boards.average("p1", boards.at(known)).per_1000 == 10.0
    assert boards.average("p1", boards.at(day(59))).members == 4000
    assert boards.average("p1", boards.at(day(50))).members == 2000
    assert boards.average("p1", boards.at(day(51.71), corrected=True)).per_1000 == 5.0
    assert boards.average("p1", boards.at(day(51.7), corrected=True)).per_1000 == 10.0
    unknown_yet = boards.at(day(60), corrected=True, known_at=known)
    assert boards.average("p1", unknown_yet).members == 2000


def test_kinds_are_told_by_their_order_where_none_is_asked_for(story: Aims, boards: Asked) -> None:
    beside(story)
    story.given("p2", 4, STRIVING)
    assert boards.average("p2").kind is ASSIGNED
    asked = boards.average("p2", kind=TargetKind.STRIVING)
    assert (asked.kind, asked.target, asked.percent) == (STRIVING, 4, 50.0)
