"""The leaderboard of a phase, a wave, a sector or a mixed list, counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.projections.boards.leaderboard import Leaderboard, Measure, leaderboard
from services.projections.boards.quota import PhaseIsUnknown, quota
from services.projections.views.projector import Projector, Views
from shared.ledger.store import Ledger
from shared.tree import UnitIsUnknown
from shared.vocabulary import BenefitClass, Level, Sector
from tests.chronicle import day
from tests.contests import NOT_VALID, Contests


@pytest.fixture
def story(ledger: Ledger, tmp_path: Path) -> Iterator[Contests]:
    found = Contests(ledger)
    views = Views(f"sqlite:///{tmp_path / 'views.db'}")
    found.projector = Projector(views)
    yield found
    views.close()


def asked(story: Contests, **facts: object) -> Leaderboard:
    at = story.here()
    return leaderboard(
        story.projector.views,
        story.directory,
        programme="1tr",
        at=at,
        **facts,  # type: ignore[arg-type]
    )


def counts(board: Leaderboard) -> list[tuple[str, int, int]]:
    return [(row.unit, row.gross, row.net) for row in board.rows]


@pytest.fixture
def phases(story: Contests) -> Contests:
    """Phase 1 lasts 100 days; of p2 it lasts 50."""
    story.many("c", 3, at=day(10))
    story.many("a", 2, at=day(12))
    story.declare("kém", "b", at=day(60), ineligible=NOT_VALID)
    story.many("c", 5, at=day(61))
    return story


def test_a_phase_counts_what_was_filed_in_each_units_own_window(phases: Contests) -> None:
    assert counts(asked(phases)) == [("p2", 8, 8), ("p1", 3, 2), ("p3", 0, 0)]
    # Three each: p2 came to three on the tenth day already.
    board = asked(phases, phase="1")
    assert counts(board) == [("p2", 3, 3), ("p1", 3, 2), ("p3", 0, 0)]
    assert (board.phase, board.wave, board.total, board.net_total) == ("1", None, 6, 5)
    assert [row.share for row in board.rows] == [0.5, 0.5, 0.0]


def test_who_has_no_such_phase_takes_no_part(phases: Contests) -> None:
    # The third phase is p2's own: from day 200 on.
    phases.many("c", 1, at=day(201))
    phases.many("a", 9, at=day(202))
    assert counts(asked(phases, phase="3")) == [("p2", 1, 1)]
    with pytest.raises(PhaseIsUnknown, match="Its phases: 1, 2, 3"):
        asked(phases, phase="4")


def test_a_phase_is_ranked_by_its_own_target(phases: Contests) -> None:
    phases.given("p1", 4, phase="1")
    phases.given("p2", 12, phase="1")
    phases.given("p1", 300)
    board = asked(phases, phase="1", measure=Measure.PERCENT)
    assert [(row.unit, row.percent) for row in board.rows] == [
        ("p1", 75.0),
        ("p2", 25.0),
        ("p3", None),
    ]


def test_a_wave_has_its_own_board_and_its_own_targets(phases: Contests) -> None:
    phases.wave("đợt-1", day(55), day(70))
    phases.given("p1", 4, phase="đợt-1")
    board = asked(phases, phase="đợt-1")
    assert counts(board) == [("p2", 5, 5), ("p1", 1, 0), ("p3", 0, 0)]
    assert (board.phase, board.wave, board.total) == (None, "đợt-1", 6)
    assert [row.percent for row in board.rows] == [None, 25.0, None]
    rows = quota(
        phases.projector.views, phases.directory, programme="1tr", at=phases.here(), phase="đợt-1"
    ).rows
    assert [(r.unit, r.target, r.gross, r.exceeded_by, r.begins) for r in rows] == [
        ("p1", 4, 1, -3, day(55))
    ]


def test_a_wave_of_one_unit_is_held_below_it_alone_and_may_be_opened_again(
    phases: Contests,
) -> None:
    phases.wave("riêng", day(11), day(70), unit="p1")
    before = phases.here()
    assert counts(asked(phases, phase="riêng")) == [("p1", 3, 2)]
    board = asked(phases, phase="riêng", level=Level.GRASSROOTS)
    assert counts(board) == [("a", 2, 2), ("b", 1, 0)]
    assert board.total == 3
    # From other days on, by a later word; what was known before is answered as before.
    phases.wave("riêng", day(59), day(70), unit="p1")
    assert counts(asked(phases, phase="riêng")) == [("p1", 1, 0)]
    again = leaderboard(
        phases.projector.views, phases.directory, programme="1tr", at=before, phase="riêng"
    )
    assert counts(again) == [("p1", 3, 2)]


def test_enterprises_below_a_province_have_a_board(story: Contests) -> None:
    story.found("nm", "u1")
    story.found("tr", "u1", sector=Sector.STATE, kind="school")
    story.found("xa", "u3")
    for unit, count in (("a", 9), ("nm", 5), ("tr", 7), ("xa", 6)):
        story.many(unit, count, at=day(3))
    board = asked(story, level=None, below="p1", kind="enterprise")
    assert counts(board) == [("nm", 5, 5)]
    assert (board.below_total, board.total) == (21, 27)
    assert board.rows[0].share == 5 / 27
    assert counts(asked(story, level=None, sector=Sector.NON_STATE)) == [("xa", 6, 6), ("nm", 5, 5)]
    below = asked(story, level=Level.GRASSROOTS, below="u1")
    assert [row.unit for row in below.rows] == ["a", "tr", "nm", "b"]
    with pytest.raises(UnitIsUnknown):
        asked(story, below="p9")


def test_a_list_may_name_units_of_several_levels_and_counts_each_idea_once(story: Contests) -> None:
    story.cluster("mixed", u1=date.min, a=date.min, d=date.min)
    story.many("a", 2, at=day(1))
    story.many("b", 1, at=day(2))
    story.many("d", 3, at=day(3))
    story.many("c", 4, at=day(4))
    board = asked(story, level=None, cohort="mixed")
    assert [(row.unit, row.level, row.gross) for row in board.rows] == [
        ("u1", Level.UPPER, 3),
        ("d", Level.GRASSROOTS, 3),
        ("a", Level.GRASSROOTS, 2),
    ]
    # What a has declared is part of what u1 has.
    assert (board.cohort_total, board.total) == (6, 10)


def test_benefit_is_ranked_by_class_and_ties_go_to_who_came_there_first(story: Contests) -> None:
    story.bring("n1", "a", at=day(1), benefit=700, sure=BenefitClass.VERIFIED)
    story.bring("n2", "c", at=day(2), benefit=300)
    story.bring("n3", "d", at=day(3), benefit=100)
    story.bring("n4", "d", at=day(4), benefit=200)
    story.bring("n5", "d", at=day(5), benefit=50, sure=BenefitClass.RECOGNISED)

    def values(measure: Measure) -> list[tuple[str, int | float | None]]:
        return [(row.unit, row.value) for row in asked(story, measure=measure).rows]

    assert values(Measure.BENEFIT) == [("p1", 700), ("p3", 350), ("p2", 300)]
    assert values(Measure.BENEFIT_VERIFIED) == [("p1", 700), ("p2", 0), ("p3", 0)]
    assert values(Measure.BENEFIT_RECOGNISED) == [("p3", 50), ("p1", 0), ("p2", 0)]
    # Both declared 300; p2 stood there on the second day, p3 on the fourth.
    assert values(Measure.BENEFIT_DECLARED) == [("p2", 300), ("p3", 300), ("p1", 0)]
    story.bring("n6", "a", at=day(6), benefit=300)
    assert values(Measure.BENEFIT_DECLARED) == [("p2", 300), ("p3", 300), ("p1", 300)]
