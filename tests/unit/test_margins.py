"""Registered against orientation: by how much above or below, and who is below."""

from __future__ import annotations

from datetime import date

import pytest

from services.projections.boards.quota import PhaseIsUnknown
from services.projections.reckoning.selection import CohortIsUnknown, Selection
from services.projections.targets.margins import Margins, margins
from shared.ledger.store import Ledger
from shared.tree import UnitIsUnknown
from shared.vocabulary import HeadCount, Level
from tests.aims import ORIENTATION, REGISTERED, Aims
from tests.chronicle import day


@pytest.fixture
def story(ledger: Ledger) -> Aims:
    found = Aims(ledger)
    both = HeadCount.MEMBERS_AND_WORKERS
    for unit, value in (("p1", 400), ("p2", 100), ("p3", 300)):
        found.given(unit, value, ORIENTATION, percent="10", of=both, document="46/HD-TLĐ")
    for unit, value in (("p1", 700), ("p2", 99)):
        found.given(unit, value, REGISTERED, document=f"03/ĐK-{unit}")
    return found


def asked(story: Aims, selection: Selection | None = None, **asked: object) -> Margins:
    return margins(
        story.directory,
        programme="1tr",
        at=story.at(),
        selection=selection,
        **asked,  # type: ignore[arg-type]
    )


def test_the_largest_margin_is_first_and_who_registered_less_is_listed(story: Aims) -> None:
    board = asked(story)
    assert [(r.unit, r.registered, r.orientation, r.margin, r.percent) for r in board.rows] == [
        ("p1", 700, 400, 300, 175.0),
        ("p2", 99, 100, -1, 99.0),
        ("p3", None, 300, None, None),
    ]
    assert (board.below, board.below_count, board.above_count) == (("p2",), 1, 1)
    # Of those that have both: 799 against 500.
    assert (board.compared, board.registered, board.orientation, board.margin) == (2, 799, 500, 299)
    assert board.percent == 159.8
    assert board.rows[0].registered_document == "03/ĐK-p1"
    assert board.rows[0].orientation_document == "46/HD-TLĐ"


def test_just_what_was_oriented_towards_is_neither_above_nor_below(story: Aims) -> None:
    story.given("p3", 300, REGISTERED)
    board = asked(story)
    assert (board.below, board.above_count, board.compared) == (("p2",), 1, 3)


def test_margins_are_asked_of_a_cohort_a_level_or_below_a_unit(story: Aims) -> None:
    story.cluster("x", p2=date.min, u1=date.min)
    story.given("u1", 5, REGISTERED)
    story.given("u1", 6, ORIENTATION)

    def of(selection: Selection) -> list[str]:
        return [row.unit for row in asked(story, selection).rows]

    assert of(Selection(Level.FIRST, "x")) == ["p2"]
    assert of(Selection(cohort="x")) == ["p2", "u1"]
    assert of(Selection(Level.UPPER)) == ["u1"]
    assert of(Selection(below="p1")) == ["u1"]
    assert of(Selection(below="u1")) == []
    with pytest.raises(CohortIsUnknown):
        of(Selection(cohort="y"))
    with pytest.raises(UnitIsUnknown):
        of(Selection(below="p9"))


def test_margins_of_a_phase_are_of_the_targets_for_that_phase(story: Aims) -> None:
    story.given("p1", 5, REGISTERED, phase="1")
    story.given("p1", 4, ORIENTATION, phase="1")
    assert [(r.unit, r.margin) for r in asked(story, phase="1").rows] == [("p1", 1)]
    with pytest.raises(PhaseIsUnknown):
        asked(story, phase="9")


def test_a_later_registration_leaves_the_earlier_margin_true_for_its_time(story: Aims) -> None:
    before = story.ledger.head()
    story.given("p2", 140, REGISTERED, dated=date(2022, 4, 1), at=day(83))
    board = asked(story)
    assert {row.unit: row.margin for row in board.rows} == {"p1": 300, "p2": 40, "p3": None}
    assert board.below_count == 0
    then = margins(story.directory, programme="1tr", at=story.at(before))
    assert then.below == ("p2",)
    # 1 April begins at home on day 82 and 17 hours of the chronicle, which counts in UTC.
    for at, below in ((day(82.7), ("p2",)), (day(82.71), ())):
        corrected = margins(story.directory, programme="1tr", at=story.at(at, corrected=True))
        assert corrected.below == below
