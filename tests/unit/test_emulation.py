"""A month is ranked by the criteria in force for it, a quarter's leaders are recognised; both counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.intake.emulation import CriteriaRecord, Emulation, emulation_id
from services.projections.emulation.emulation import (
    EmulationBoard,
    EmulationRow,
    NoCriteria,
    emulation,
)
from services.projections.emulation.recognition import Outcome, Recognition, recognition
from services.projections.reckoning.asof import Moment
from services.projections.reckoning.period import NotAPeriod, period
from services.projections.reckoning.selection import CohortIsUnknown, Selection
from services.projections.views.projector import Projector, Views
from shared.criteria import Criterion, Over, Scored
from shared.events.programme import CriteriaAdopted
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, BenefitClass, Level, WorkerKind
from tests.chronicle import day
from tests.contests import NOT_VALID, Contests
from tests.gwt import given
from tests.places import BY

FEBRUARY = date(2022, 2, 1)


def of(scored: Scored, weight: int, full_at: int, **facts: object) -> Criterion:
    return Criterion.model_validate(
        {"scored": scored, "weight": Decimal(weight), "full_at": Decimal(full_at), **facts}
    )


CRITERIA = (
    of(Scored.PERCENT, 40, 10, over=Over.TO_DATE),
    of(Scored.NET_PER_1000, 30, 3, cap=Decimal(2)),
    of(Scored.DUPLICATE_RATE, 20, 50, deduct=True),
)


def at(month: int, on: int, hour: int = 8) -> datetime:
    return datetime(2022, month, on, hour, tzinfo=HOME)


@pytest.fixture
def story(ledger: Ledger, tmp_path: Path) -> Iterator[Contests]:
    found = Contests(ledger)
    views = Views(f"sqlite:///{tmp_path / 'views.db'}")
    found.projector = Projector(views)
    yield found
    views.close()


@pytest.fixture
def february(story: Contests) -> Contests:
    """p1: two ideas in January; in February six, of which one is not valid and one a copy. p2: three. p3: one."""
    story.given("p1", 100)
    story.given("p2", 10)
    story.adopt(*CRITERIA, valid_from=FEBRUARY)
    story.many("a", 2, at=at(1, 20))
    story.many("a", 4, at=at(2, 3))
    story.declare("kém", "b", at=at(2, 4), ineligible=NOT_VALID)
    story.declare("chép", "b", at=at(2, 5))
    story.many("c", 3, at=at(2, 6))
    story.many("d", 1, at=at(2, 28, 23))
    story.open_case("chép", at=at(3, 1))
    story.rule("chép", at=at(3, 2))
    # What is filed on the first of March, at home, is not February's.
    story.many("d", 40, at=at(3, 1, 0))
    return story


def asked(
    story: Contests, month: str, moment: Moment | None = None, **facts: object
) -> EmulationBoard:
    moment = moment or story.here()
    return emulation(
        story.projector.views,
        story.directory,
        programme="1tr",
        at=moment,
        month=period("month", month, moment),
        **facts,  # type: ignore[arg-type]
    )


def points(board: EmulationBoard) -> list[tuple[int, str, float]]:
    return [(row.rank, row.unit, round(row.points, 6)) for row in board.rows]


def row_of(board: EmulationBoard, unit: str) -> EmulationRow:
    return next(row for row in board.rows if row.unit == unit)


def test_a_month_is_ranked_point_by_point(february: Contests) -> None:
    board = asked(february, "2022-02")
    # p1: 8 of 100 is 8 %, of 10 % for 40 points: 32; 4 per 2,000 members is 2 of 3 for 30: 20; a sixth copied is 16.7 %
    # of 50 % for 20, taken away. p2: 30 % is above 10 %, 40 points and no more; 6 of 3 is the cap of twice 30.
    # p3 has neither target nor head count.
    assert points(board) == [(1, "p2", 100.0), (2, "p1", 45.333333), (3, "p3", 0.0)]
    p1 = row_of(board, "p1")
    assert (p1.gross, p1.net, p1.duplicate_rate) == (6, 4, 1 / 6)
    assert [(s.scored, s.value, round(s.points, 3), s.most) for s in p1.scores] == [
        (Scored.PERCENT, 8.0, 32.0, 40.0),
        (Scored.NET_PER_1000, 2.0, 20.0, 60.0),
        (Scored.DUPLICATE_RATE, 100 / 6, -6.667, 20.0),
    ]
    p3 = row_of(board, "p3")
    assert [(s.value, s.points) for s in p3.scores] == [(None, 0.0), (None, 0.0), (0.0, 0.0)]
    assert (board.version, board.document, board.complete) == (1, "06/HD", True)


def test_a_month_keeps_the_criteria_that_were_in_force_when_it_began(february: Contests) -> None:
    only_net = (of(Scored.NET, 10, 100),)
    february.adopt(*only_net, valid_from=date(2022, 2, 2), document="07/HD")
    assert asked(february, "2022-02").version == 1
    assert (asked(february, "2022-03").version, asked(february, "2022-03").document) == (2, "07/HD")
    assert points(asked(february, "2022-03")) == [(1, "p3", 4.0), (2, "p1", 0.0), (2, "p2", 0.0)]
    # The same day, said again later: from then on known; what was known before is ranked as before.
    before = february.here()
    february.adopt(*only_net, valid_from=FEBRUARY, document="08/HD")
    assert (asked(february, "2022-02").version, asked(february, "2022-02", before).version) == (
        3,
        1,
    )
    with pytest.raises(NoCriteria, match="beginning of 2022-01"):
        asked(february, "2022-01")


def test_a_month_is_asked_as_known_then_and_as_corrected_since(february: Contests) -> None:
    then = february.here(at(3, 1, 12))
    assert row_of(asked(february, "2022-02", then), "p1").net == 5
    corrected = february.here(at(3, 1, 12), corrected=True)
    assert row_of(asked(february, "2022-02", corrected), "p1").net == 4
    running = february.here(at(2, 5, 12))
    board = asked(february, "2022-02", running)
    assert (row_of(board, "p1").gross, row_of(board, "p2").gross, board.complete) == (6, 0, False)


def test_a_month_is_ranked_between_units_of_one_level_or_of_a_cohort(february: Contests) -> None:
    february.cluster("x", p1=date.min, p3=date.min)
    board = asked(february, "2022-02", selection=Selection(Level.FIRST, "x"))
    assert [row.unit for row in board.rows] == ["p1", "p3"]
    board = asked(february, "2022-02", selection=Selection(Level.GRASSROOTS, None, "p1"))
    assert [row.unit for row in board.rows] == ["a", "b"]
    with pytest.raises(CohortIsUnknown):
        asked(february, "2022-02", selection=Selection(cohort="y"))


def test_authors_and_benefit_are_scored_as_they_are_declared(story: Contests) -> None:
    story.adopt(
        of(Scored.NON_LEADERS, 10, 100),
        of(Scored.DIRECT, 10, 50),
        of(Scored.BENEFIT_VERIFIED, 10, 1000),
        of(Scored.BENEFIT_RECOGNISED, 10, 1000),
        of(Scored.PEOPLE_PER_1000, 10, 2),
        of(Scored.GROSS, 10, 4),
        valid_from=date(2022, 1, 1),
    )
    boss, worker = (True, WorkerKind.OFFICER), (False, WorkerKind.DIRECT)
    clerk = (False, WorkerKind.OFFICER)
    story.bring(
        "n1", "a", at=at(2, 1), authors=(boss, worker, clerk, clerk), benefit=500,
        sure=BenefitClass.VERIFIED,
    )  # fmt: skip
    story.bring("n2", "a", at=at(2, 2), benefit=9000)
    board = asked(story, "2022-02")
    # 4 of 5 hold no post; 2 of 5 work directly, of half; 500 of 1,000 verified; 5 per 2,000 is 2.5, above 2; 2 of 4.
    assert [s.points for s in row_of(board, "p1").scores] == [8.0, 8.0, 5.0, 0.0, 10.0, 5.0]
    assert [s.value for s in row_of(board, "p3").scores] == [None, None, 0.0, 0.0, None, 0.0]


def test_the_month_before_is_meant_where_none_is_named(story: Contests) -> None:
    assert period("month", None, story.at(at(3, 31))).name == "2022-02"
    assert period("quarter", None, story.at(at(3, 31))).name == "2021-Q4"
    assert period("week", "2022-W01", story.at()).begins == datetime(2022, 1, 3, tzinfo=HOME)
    assert period("day", "2022-02-28", story.at()).ends == datetime(2022, 3, 1, tzinfo=HOME)
    for kind, wrong in (
        ("month", "2022-13"),
        ("quarter", "2022-Q5"),
        ("week", "2022-W54"),
        ("day", "7"),
    ):
        with pytest.raises(NotAPeriod, match=f"is no {kind}"):
            period(kind, wrong, story.at())


# Criteria on record.


def record(**changes: object) -> CriteriaRecord:
    facts = {"valid_from": FEBRUARY, "document": "06/HD", "criteria": CRITERIA, **changes}
    return CriteriaRecord.model_validate(facts)


FIRST = Emulation.adopt_first("1tr", record(), by=BY)


def test_criteria_are_adopted_in_versions_and_the_same_twice_is_nothing() -> None:
    (
        given(Emulation, FIRST)
        .when(lambda e: e.adopt(record(document="07/HD"), by=BY))
        .then(
            CriteriaAdopted,
            originator_id=emulation_id("1tr"),
            originator_version=2,
            document="07/HD",
            criteria=CRITERIA,
        )
        .so_that(lambda e: len(e.versions), 2)
    )
    assert not given(Emulation, FIRST).when(lambda e: e.adopt(record(), by=BY)).events


def test_a_criterion_stands_once_and_something_gives_points() -> None:
    for wrong in ((CRITERIA[0], CRITERIA[0]), (CRITERIA[2],), ()):
        with pytest.raises(ValidationError):
            record(criteria=wrong)


# Quarters.


def quarterly(story: Contests, quarter: str, **facts: object) -> Recognition:
    moment = story.here()
    return recognition(
        story.projector.views,
        story.directory,
        programme="1tr",
        at=moment,
        quarter=period("quarter", quarter, moment),
        **facts,  # type: ignore[arg-type]
    )


@pytest.fixture
def clusters(story: Contests) -> Contests:
    story.cluster("x", p1=date.min, p2=date.min)
    story.cluster("y", p3=date.min)
    story.cluster("z", u2=date.min)
    story.given("p1", 10, phase="1", document="05/KH")
    story.many("a", 7, at=at(2, 3))
    story.declare("kém", "b", at=at(2, 4), ineligible=NOT_VALID)
    story.many("d", 3, at=at(2, 5))
    return story


def test_the_largest_of_a_cohort_is_recognised_only_above_its_own_target(
    clusters: Contests,
) -> None:
    x, y, z = quarterly(clusters, "2022-Q1").rows
    # Of phase 1's hundred days, 82 and 17 hours lie in the quarter: 8.27 of 10 fall due, and 8 are declared.
    assert (x.unit, x.gross, x.net, x.outcome) == ("p1", 8, 7, Outcome.NOT_ABOVE_TARGET)
    assert x.due == pytest.approx(8.270833, abs=1e-6)
    assert [(t.phase, t.target, t.document) for t in x.targets] == [("1", 10, "05/KH")]
    assert "declared 8, which is not above the 8.3" in x.en
    assert "không được ghi nhận" in x.vi
    assert (y.unit, y.net, y.due, y.outcome) == ("p3", 3, None, Outcome.NO_TARGET)
    assert (z.unit, z.net, z.outcome) == (None, 0, Outcome.NOTHING_VALID)
    clusters.many("a", 1, at=at(3, 31))
    board = quarterly(clusters, "2022-Q1")
    assert (board.rows[0].gross, board.rows[0].outcome) == (9, Outcome.RECOGNISED)
    assert (board.recognised_count, board.complete) == (1, False)
    with pytest.raises(CohortIsUnknown):
        quarterly(clusters, "2022-Q1", cohort="w")


def test_a_tie_goes_to_who_came_to_its_count_first(clusters: Contests) -> None:
    clusters.given("p2", 1)
    clusters.many("c", 8, at=at(2, 6))
    clusters.many("a", 1, at=at(2, 7))
    [x] = quarterly(clusters, "2022-Q1", cohort="x").rows
    assert (x.unit, x.net, x.runner_up, x.runner_up_net) == ("p2", 8, "p1", 8)
    # Its only target is that for the whole programme.
    assert [(t.phase, t.target) for t in x.targets] == [(None, 1)]
    assert x.outcome is Outcome.RECOGNISED


def test_a_wave_that_is_the_quarter_falls_due_in_full(clusters: Contests) -> None:
    clusters.wave("q2", datetime(2022, 4, 1, tzinfo=HOME), datetime(2022, 7, 1, tzinfo=HOME))
    clusters.given("p1", 5, phase="q2")
    clusters.many("a", 5, at=at(4, 1, 0))
    [x] = quarterly(clusters, "2022-Q2", cohort="x").rows
    assert (x.gross, x.due, x.above, x.outcome) == (5, 5.0, 0.0, Outcome.NOT_ABOVE_TARGET)
    clusters.many("b", 1, at=at(6, 30, 23))
    [x] = quarterly(clusters, "2022-Q2", cohort="x").rows
    assert (x.gross, x.above, x.outcome) == (6, 1.0, Outcome.RECOGNISED)
    assert x.targets[0].phase == "q2"


def test_phases_fall_due_for_the_time_of_each_that_lies_in_the_quarter(clusters: Contests) -> None:
    # Phase 1 ends on 18 April, 7:00 at home, and phase 2 lasts 500 days.
    clusters.given("p1", 1000, phase="2")
    clusters.many("a", 200, at=day(90))
    [x] = quarterly(clusters, "2022-Q2", cohort="x").rows
    begins = datetime(2022, 4, 1, tzinfo=HOME)
    first = 10 * (day(100) - begins).total_seconds() / (100 * 86400)
    second = 1000 * (datetime(2022, 7, 1, tzinfo=HOME) - day(100)).total_seconds() / (500 * 86400)
    assert [t.due for t in x.targets] == pytest.approx([first, second])
    assert x.due == pytest.approx(first + second)
    assert x.outcome is Outcome.RECOGNISED
