"""What the courses of time promise, over each engine: each instant is what its own board says, on both axes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.projections.boards.course import Every, SpanIsEmpty, TooManyPoints, named_instant
from services.projections.boards.leaderboard import Measure, leaderboard
from services.projections.boards.progress import Progress, UnitOrCohort, progress
from services.projections.boards.ranking import Ranking
from services.projections.boards.ranks import Ranks, ranks
from services.projections.reckoning.asof import Axis, Moment, NotAnInstant, moment
from services.projections.reckoning.selection import CohortIsUnknown
from services.projections.views.database import Views
from services.projections.views.projector import Projector
from shared.events.programme import WaveOpened
from shared.ledger.store import Ledger
from shared.terms import Wave
from shared.tree import UnitIsUnknown
from shared.vocabulary import HOME, Ineligible, Level, Sector, TargetKind, named
from tests.chronicle import START, Chronicle, day
from tests.contract.engines import Engine


@pytest.fixture
def views(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Views]:
    """Views in a database of the ledger's kind, but not its own."""
    url = f"sqlite:///{tmp_path / 'views.db'}"
    if not engine.url.startswith("sqlite"):
        server = request.getfixturevalue("postgres_server")
        url = server.create_database(f"views_{uuid4().hex}")
    opened = Views(url)
    yield opened
    opened.close()


class Told:
    """A story, and the courses that are asked of it."""

    def __init__(self, ledger: Ledger, views: Views) -> None:
        self.story = Chronicle(ledger)
        self.views = views
        self.projector = Projector(views)

    def at(self, instant: datetime, axis: Axis = Axis.KNOWN) -> Moment:
        self.projector.catch_up(self.story.ledger)
        return moment(self.story.ledger, instant.isoformat(), axis)

    def progress(self, at: datetime, axis: Axis = Axis.KNOWN, **asked: object) -> Progress:
        return progress(
            self.views,
            self.story.directory,
            self.story.ledger,
            programme="1tr",
            at=self.at(at, axis),
            **asked,  # type: ignore[arg-type]
        )

    def ranks(self, at: datetime, axis: Axis = Axis.KNOWN, **asked: object) -> Ranks:
        return ranks(
            self.views,
            self.story.directory,
            self.story.ledger,
            programme="1tr",
            at=self.at(at, axis),
            **asked,  # type: ignore[arg-type]
        )


@pytest.fixture
def told(ledger: Ledger, views: Views) -> Told:
    """Three units that pass each other within a month."""
    found = Told(ledger, views)
    story = found.story
    story.declare("a1", "a", at=day(1))
    story.declare_many("c", "c1", "c2", at=day(3))
    story.declare("b1", "b", at=day(5), ineligible=(Ineligible.NOT_RECOGNISED,))
    story.declare("a2", "a", at=day(9))
    # Filed in the first days, recorded in the third week.
    story.declare("d1", "d", filed=day(2), at=day(16))
    story.declare_many("d", "d2", "d3", "d4", at=day(20))
    return found


def counts(board: Progress) -> dict[int, tuple[int, int]]:
    """Gross and net by the day of the programme."""
    return {round((row.at - START) / timedelta(days=1)): (row.gross, row.net) for row in board.rows}


def test_each_instant_of_a_course_is_what_its_own_board_says(told: Told) -> None:
    for axis in Axis:
        board = told.progress(day(25), axis, every=Every.DAY)
        assert len(board.rows) == 27
        for row in board.rows:
            known = leaderboard(
                told.views,
                told.story.directory,
                programme="1tr",
                at=told.at(row.at, axis),
            )
            assert (row.gross, row.net) == (known.total, known.net_total)
            assert row.position == (known.position if axis is Axis.KNOWN else board.position)


def test_the_two_axes_part_where_a_paper_came_late(told: Told) -> None:
    known = counts(told.progress(day(10), every=Every.DAY))
    corrected = counts(told.progress(day(10), Axis.CORRECTED, every=Every.DAY))
    assert (known[10], corrected[10]) == ((5, 4), (6, 5))
    assert (known[0], corrected[0]) == ((0, 0), (0, 0))


def test_a_course_is_a_units_own_or_a_cohorts(told: Told) -> None:
    told.story.cohort("cụm", "p1", "p2")
    assert told.progress(day(30), unit="p1").rows[-1].gross == 3
    assert told.progress(day(30), unit="b").rows[-1].net == 0
    of_cohort = told.progress(day(30), cohort="cụm")
    assert (of_cohort.rows[-1].gross, of_cohort.name, of_cohort.unit) == (5, "cụm", None)
    nation = told.progress(day(30))
    assert (nation.unit, nation.rows[-1].gross) == ("vn", 9)
    with pytest.raises(UnitIsUnknown):
        told.progress(day(30), unit="nowhere")
    with pytest.raises(CohortIsUnknown):
        told.progress(day(30), cohort="nowhere")
    with pytest.raises(UnitOrCohort):
        told.progress(day(30), unit="p1", cohort="cụm")


def test_a_unit_counts_with_those_who_stood_below_it_on_that_day(told: Told) -> None:
    told.story.move("u1", "p3", on=date(2022, 1, 20))
    for axis, then in ((Axis.KNOWN, 0), (Axis.CORRECTED, 3)):
        board = told.progress(day(15), axis, unit="p3", since=day(11), every=Every.DAY)
        # Of its own, the late paper was true from the second day on.
        own = 1 if axis is Axis.CORRECTED else 0
        assert (board.rows[0].gross, board.rows[-1].gross) == (own, own + then)
    assert told.progress(day(21), unit="p3").rows[-1].gross == 7


def test_targets_stand_beside_the_course_and_a_phases_upon_what_was_there(told: Told) -> None:
    story = told.story
    story.target("p2", 10)
    story.target("p2", 12, kind=TargetKind.STRIVING)
    story.target("p2", 4, phase="1")
    story.target("p2", 5, phase="2")
    story.target("p2", 6, phase="3")
    story.declare("c3", "c", at=day(120))
    board = told.progress(day(150), unit="p2")
    lines = [(line.phase, line.kind.value, line.target, line.base) for line in board.targets]
    assert lines == [
        (None, "assigned", 10, 0),
        (None, "striving", 12, 0),
        ("1", "assigned", 4, 0),
        ("2", "assigned", 5, 2),
        ("3", "assigned", 6, None),
    ]
    assert [(phase.phase, phase.begins) for phase in board.phases] == [
        ("1", day(0)),
        ("2", day(50)),
        ("3", day(200)),
    ]


def test_a_cohorts_target_is_the_sum_where_each_of_its_units_has_one(told: Told) -> None:
    story = told.story
    story.cohort("cụm", "p1", "p2")
    story.target("p1", 10)
    story.target("p2", 7)
    story.target("p1", 3, kind=TargetKind.STRIVING)
    board = told.progress(day(30), cohort="cụm")
    assert [(line.kind.value, line.target) for line in board.targets] == [("assigned", 17)]


def test_instants_are_midnights_at_home_with_both_ends(told: Told) -> None:
    board = told.progress(day(40), since=day(4), every=Every.WEEK)
    rows = [row.at for row in board.rows]
    assert (rows[0], rows[-1]) == (day(4), day(40))
    assert {(at.weekday(), at.hour, at.utcoffset()) for at in rows[1:-1]} == {
        (0, 0, timedelta(hours=7))
    }
    months = told.progress(day(100), every=Every.MONTH).rows[1:-1]
    assert [(row.at.day, row.at.month) for row in months] == [(1, 2), (1, 3), (1, 4)]
    assert told.progress(day(40)).every is Every.DAY
    assert told.progress(day(400)).every is Every.WEEK
    assert [row.at for row in told.progress(day(4), since=day(4)).rows] == [day(4)]


def test_a_course_goes_no_further_than_the_moment_asked_for(told: Told) -> None:
    board = told.progress(day(5), until=day(30))
    assert board.rows[-1].at == day(5)
    assert board.rows[-1].gross == 4
    with pytest.raises(SpanIsEmpty):
        told.progress(day(5), since=day(6))
    with pytest.raises(TooManyPoints):
        told.progress(day(5), since=day(-2000), every=Every.DAY)


def test_a_day_is_named_by_its_date(told: Told) -> None:
    ledger = told.story.ledger
    assert named_instant(ledger, "2022-04-20") == datetime(2022, 4, 20, tzinfo=HOME)
    assert named_instant(ledger, "2022-04-20T08:00:00+07:00").hour == 1
    assert named_instant(ledger, str(told.story.ideas["a1"])) == day(1)
    for wrong in ("2022-02-30", "0001-01-01", "hôm qua", "2022-04-20T08:00"):
        with pytest.raises(NotAnInstant):
            named_instant(ledger, wrong)


def test_ranks_over_time_are_those_of_the_leaderboards(told: Told) -> None:
    for axis in Axis:
        for measure in (Measure.GROSS, Measure.NET, Measure.PEOPLE):
            board = told.ranks(day(25), axis, ranking=Ranking(measure=measure), every=Every.WEEK)
            assert list(dict.fromkeys(row.unit for row in board.rows)) == ["p3", "p1", "p2"] or (
                measure is Measure.NET
            )
            for row in board.rows:
                known = {
                    found.unit: found
                    for found in leaderboard(
                        told.views,
                        told.story.directory,
                        programme="1tr",
                        at=told.at(row.at, axis),
                        measure=measure,
                        top=None,
                    ).rows
                }[row.unit]
                assert row.rank == (known.rank if known.value else None)
                assert (row.value, row.gross, row.net) == (known.value, known.gross, known.net)


def test_who_passed_whom_is_seen(told: Told) -> None:
    board = told.ranks(day(25), every=Every.DAY)
    course = {
        unit: [row.rank for row in board.rows if row.unit == unit] for unit in ("p1", "p2", "p3")
    }
    assert course["p3"][-1] == 1
    assert course["p3"][0] is None
    assert course["p2"][4] == 1
    assert course["p1"][10] == 1


def test_ranks_are_of_the_first_or_of_chosen_units(told: Told) -> None:
    def units(board: Ranks) -> list[str]:
        return list(dict.fromkeys(row.unit for row in board.rows))

    assert units(told.ranks(day(25), top=2)) == ["p3", "p1"]
    twice = told.ranks(day(25), units=["p2", "p1", "p2"])
    assert units(twice) == ["p1", "p2"]
    assert len(twice.rows) == 2 * len({row.at for row in twice.rows})
    assert {row.rank for row in told.ranks(day(25), units=["p2"]).rows} >= {1, 3}
    with pytest.raises(UnitIsUnknown):
        told.ranks(day(25), units=["a"])
    told.story.cohort("cụm", "p1", "p2")
    of_cohort = told.ranks(day(25), ranking=Ranking(cohort="cụm"))
    assert units(of_cohort) == ["p1", "p2"]
    # The cohort was formed only at the end: before, nobody stood anywhere in it.
    assert [row.rank for row in of_cohort.rows if row.unit == "p1"][-1] == 1


@pytest.mark.parametrize(
    "ranking",
    [
        Ranking(phase="1"),
        Ranking(level=None, below="p1"),
        Ranking(level=Level.GRASSROOTS, sector=Sector.STATE, measure=Measure.NET),
        Ranking(level=None, sector=Sector.STATE, below="p1", phase="đợt"),
    ],
)
def test_ranks_are_of_a_phase_a_wave_or_a_part_of_the_tree(told: Told, ranking: Ranking) -> None:
    wave = {"code": "đợt", "name": "Đợt một", "from": day(2), "to": day(21), "unit": None}
    story = told.story
    story.record(
        story.next(
            WaveOpened, named("programme", "1tr"), code="1tr", wave=Wave.model_validate(wave)
        ),
        at=day(22),
    )
    board = told.ranks(day(25), ranking=ranking, every=Every.DAY, top=100)
    assert (board.phase, board.wave) == (
        ("1", None) if ranking.phase == "1" else (None, ranking.phase)
    )
    instants = list(dict.fromkeys(row.at for row in board.rows))
    assert len(instants) == 27
    for at in instants[-4:]:
        rows = leaderboard(
            told.views,
            story.directory,
            programme="1tr",
            at=told.at(at),
            top=None,
            **ranking.options,
        ).rows
        assert {(row.unit, row.gross) for row in board.rows if row.at == at} == {
            (row.unit, row.gross) for row in rows
        }
    # The wave was opened only on day 22: before, nobody stood anywhere in it.
    assert board.rows[0].rank is None
