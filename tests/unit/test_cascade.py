"""The cascade: whether a unit's target is what the units below it were given, then and since."""

from __future__ import annotations

from datetime import date

import pytest

from services.projections.boards.leaderboard import Leaderboard
from services.projections.history.reasons import Reasons
from services.projections.presentation.titles import column
from services.projections.targets.cascade import Cascade, CascadeRow, LevelRow, Sum, cascade
from services.projections.targets.cohorts import CohortTarget
from shared.cursor import after_cursor
from shared.ledger.store import Ledger
from shared.tree import UnitIsUnknown
from shared.vocabulary import Level, Position
from tests.aims import ASSIGNED, REGISTERED, Aims
from tests.chronicle import day


@pytest.fixture
def story(ledger: Ledger) -> Aims:
    return Aims(ledger)


def asked(
    story: Aims, unit: str | None = None, *, at: Position | None = None, corrected: bool = False
) -> Cascade:
    return cascade(
        story.directory, programme="1tr", at=story.at(at, corrected=corrected), unit=unit
    )


def rows(board: Cascade) -> dict[tuple[str, str | None], CascadeRow]:
    return {(row.unit, row.phase): row for row in board.rows}


def test_a_sum_is_checked_at_every_level_with_its_remainder(story: Aims) -> None:
    story.given("vn", 100)
    for unit, value in (("p1", 60), ("p2", 30)):
        story.given(unit, value)
    story.given("u1", 60)
    story.given("a", 45)
    story.given("b", 20)
    board = asked(story)
    assert [
        (r.unit, r.target, r.children_sum, r.remainder, r.without, r.sum) for r in board.rows
    ] == [
        ("vn", 100, 90, 10, ("p3",), Sum.UNDER),
        ("p1", 60, 60, 0, (), Sum.EXACT),
        ("u1", 60, 65, -5, (), Sum.OVER),
        ("p2", 30, 0, 30, ("u2",), Sum.NOT_SPLIT),
    ]
    assert [(r.level, r.units, r.with_target, r.total) for r in board.levels] == [
        (Level.NATION, 1, 1, 100),
        (Level.FIRST, 3, 2, 90),
        (Level.UPPER, 3, 1, 60),
        (Level.GRASSROOTS, 4, 2, 65),
    ]
    assert board.ok is False
    assert asked(story, "p2").ok is True
    assert [r.unit for r in asked(story, "u1").rows] == ["u1"]


def test_kinds_are_checked_apart_and_what_is_given_below_alone_is_told(story: Aims) -> None:
    story.given("p1", 10, REGISTERED)
    story.given("vn", 8)
    found = asked(story).rows
    assert [(r.kind, r.target, r.children_sum, r.remainder, r.sum) for r in found] == [
        (ASSIGNED, 8, 0, 8, Sum.NOT_SPLIT),
        (REGISTERED, None, 10, None, Sum.NO_TARGET_ABOVE),
        (REGISTERED, 10, 0, 10, Sum.NOT_SPLIT),
    ]
    assert found[0].document == "01/KH"


def test_a_unit_with_a_plan_of_its_own_is_not_missed_in_the_phases_of_others(story: Aims) -> None:
    story.phases(
        ("1", day(0), day(600), None),
        ("p2-1", day(0), day(300), "p2"),
        ("p2-2", day(300), day(600), "p2"),
    )
    story.given("vn", 10, phase="1")
    story.given("p1", 6, phase="1")
    story.given("p3", 4, phase="1")
    story.given("p2", 5, phase="p2-1")
    found = rows(asked(story))
    assert {place: row.sum for place, row in found.items()} == {
        ("vn", "1"): Sum.EXACT,
        ("p1", "1"): Sum.NOT_SPLIT,
        ("p3", "1"): Sum.NOT_SPLIT,
        ("p2", "p2-1"): Sum.NOT_SPLIT,
    }
    assert found["vn", "1"].children == 2


def test_a_waves_targets_are_added_up_where_the_wave_is_held(story: Aims) -> None:
    story.wave("d1", day(0), day(30))
    story.wave("d2", day(0), day(30), unit="p1")
    story.given("vn", 20, phase="d1")
    story.given("p1", 15, phase="d1")
    story.given("p1", 9, phase="d2")
    story.given("u1", 9, phase="d2")
    board = asked(story)
    assert [(r.level, r.phase, r.units, r.with_target, r.total) for r in board.levels] == [
        (Level.NATION, "d1", 1, 1, 20),
        (Level.FIRST, "d1", 3, 1, 15),
        (Level.FIRST, "d2", 1, 1, 9),
        (Level.UPPER, "d2", 1, 1, 9),
    ]
    found = rows(board)
    assert (found["vn", "d1"].remainder, found["vn", "d1"].without) == (5, ("p2", "p3"))
    assert found["p1", "d2"].sum is Sum.EXACT
    assert ("vn", "d2") not in found


def test_a_sum_of_targets_is_not_called_declared() -> None:
    assert column(LevelRow, "total").vi == "Tổng chỉ tiêu"
    assert column(CohortTarget, "total").vi == "Tổng chỉ tiêu"
    assert column(Reasons, "total").vi == "Cộng lại"
    assert column(Leaderboard, "total").vi == "Tổng đã kê khai"


def test_a_closed_unit_takes_no_part(story: Aims) -> None:
    story.given("u1", 10)
    story.given("a", 6)
    story.given("b", 4)
    before = story.ledger.head()
    story.close("b", on=date(2022, 1, 8), into="a")
    after = rows(asked(story))["u1", None]
    assert (after.children, after.children_sum, after.sum) == (1, 6, Sum.UNDER)
    assert rows(asked(story, at=before))["u1", None].sum is Sum.EXACT
    story.close("a", on=date(2022, 1, 8))
    story.declare("một", "c", at=day(1))
    # Closed without having gone into another, it still stands there, and nobody is left to be given anything.
    assert ("u1", None) not in rows(asked(story))


def test_a_changed_target_leaves_the_old_sum_true_for_its_time(story: Aims) -> None:
    story.given("u1", 10)
    story.given("a", 10, at=day(1))
    before = story.ledger.head()
    story.given("a", 7, dated=date(2022, 3, 1), document="02/KH", at=day(30))
    late = story.ledger.head()

    def remainder(at: Position | None, *, corrected: bool = False) -> int | None:
        board = asked(story, "u1", at=at, corrected=corrected)
        return rows(board)["u1", None].remainder

    # Recorded on 7 February, dated 1 March: neither known nor true before.
    assert remainder(before) == 0
    assert remainder(late) == 0
    story.declare("một", "a", at=day(60))
    assert remainder(None) == 3
    as_of_then = cascade(
        story.directory, programme="1tr", at=story.at(day(51), corrected=True), unit="u1"
    )
    assert rows(as_of_then)["u1", None].remainder == 0
    since = cascade(
        story.directory, programme="1tr", at=story.at(day(52), corrected=True), unit="u1"
    )
    assert rows(since)["u1", None].remainder == 3
    unknown_yet = cascade(
        story.directory,
        programme="1tr",
        at=story.at(day(52), corrected=True, known_at=before),
        unit="u1",
    )
    assert rows(unknown_yet)["u1", None].remainder == 0


def test_an_unknown_unit_is_refused(story: Aims) -> None:
    with pytest.raises(UnitIsUnknown):
        asked(story, "p9")


def test_a_page_has_its_rows_and_says_of_all_pages_what_is_true_of_all(story: Aims) -> None:
    story.given("vn", 100)
    for unit, value in (("p1", 60), ("p2", 30), ("u1", 60), ("a", 60)):
        story.given(unit, value)
    whole = asked(story)
    assert (whole.count, whole.next) == (4, None)
    found: list[CascadeRow] = []
    begin: str | None = None
    for _ in range(2):
        page = cascade(
            story.directory,
            programme="1tr",
            at=story.at(),
            begin=after_cursor(begin),
            limit=2,
        )
        assert (page.count, page.ok, page.levels) == (4, whole.ok, whole.levels)
        found += page.rows
        begin = page.next
    assert tuple(found) == whole.rows
    assert begin is None
    beyond = cascade(story.directory, programme="1tr", at=story.at(), begin=9, limit=2)
    assert (beyond.rows, beyond.next) == ((), None)
