"""The dated tree: units under their parents as they stood on a day, with head counts, cohorts and distances."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.unit import Cohort, Unit, unit_id
from shared.events.organisation import HeadsCounted, UnitClosed, UnitMoved, UnitRenamed
from shared.ledger.model import Event
from shared.tree import Tree, UnitIsUnknown
from shared.vocabulary import HeadCount, Level, Tier, named
from tests.places import BY, NEIGHBOUR, UNIT, UNITS, unit

EVER = date.max
MORE = (
    *UNITS,
    unit("p01-02", Level.UPPER, "p01"),
    unit("p01-02-001", Level.GRASSROOTS, "p01-02"),
    unit("p02", Level.FIRST, "vn"),
    unit("p02-01", Level.UPPER, "p02"),
    unit("p02-01-001", Level.GRASSROOTS, "p02-01"),
)
LEVELS = {record.code: record.level for record in MORE}
FOUNDING: list[Event] = [
    event
    for record in MORE
    for event in Unit.found(record, above=LEVELS.get(record.parent or ""), by=BY)
]


def on(year: int, month: int = 1, day: int = 1) -> date:
    return date(year, month, day)


def moved(code: str, parent: str, valid_from: date) -> UnitMoved:
    return UnitMoved(
        originator_id=unit_id(code), originator_version=3, by=BY, code=code, parent=parent, valid_from=valid_from
    )  # fmt: skip


def renamed(code: str, name: str, valid_from: date) -> UnitRenamed:
    return UnitRenamed(
        originator_id=unit_id(code), originator_version=3, by=BY, code=code, unit_name=name, valid_from=valid_from
    )  # fmt: skip


def closed(code: str, into: str | None, valid_from: date) -> UnitClosed:
    return UnitClosed(
        originator_id=unit_id(code), originator_version=3, by=BY, code=code, merged_into=into, valid_from=valid_from
    )  # fmt: skip


def counted(code: str, members: int, counted_on: date) -> HeadsCounted:
    return HeadsCounted(
        originator_id=unit_id(code),
        originator_version=3,
        by=BY,
        code=code,
        members=members,
        members_and_workers=members + 10,
        counted_on=counted_on,
    )


def tree(*more: Event, at: date = EVER) -> Tree:
    return Tree.fold([*FOUNDING, *more], at)


def test_a_path_leads_from_the_nation_down_to_the_unit() -> None:
    assert tree().path(UNIT) == ("vn", "p01", "p01-01", UNIT)
    assert tree().path("vn") == ("vn",)
    assert tree().root == "vn"


def test_a_unit_that_is_not_in_the_tree_is_unknown_and_has_only_itself_as_a_path() -> None:
    assert "p99" not in tree()
    assert tree().path("p99") == ("p99",)
    assert tree().name("p99") == "p99"
    with pytest.raises(UnitIsUnknown, match="Unit p99 is not in the tree"):
        tree()["p99"]


def test_a_unit_is_inside_itself_and_all_above_it_and_nothing_else() -> None:
    found = tree()
    assert {code for code in found.units if found.inside(UNIT, code)} == {
        "vn",
        "p01",
        "p01-01",
        UNIT,
    }


def test_below_a_unit_is_exactly_what_is_inside_it() -> None:
    found = tree(closed("p01-02", "p01-01", on(2022)))
    for root in found.units:
        assert set(found.below(root)) == {code for code in found.units if found.inside(code, root)}


def test_a_unit_counts_towards_the_one_of_each_level_that_it_stands_under() -> None:
    assert tree().ancestor(UNIT, Level.FIRST) == "p01"
    assert tree().ancestor(UNIT, Level.GRASSROOTS) == UNIT
    assert tree().ancestor("p01", Level.UPPER) is None


def test_a_new_name_holds_from_its_day_on_and_the_old_one_before() -> None:
    event = renamed(UNIT, "Tên mới", on(2023))
    assert tree(event, at=date(2022, 12, 31)).name(UNIT) == f"Công đoàn {UNIT}"
    assert tree(event, at=on(2023)).name(UNIT) == "Tên mới"


def test_a_move_holds_from_its_day_on_and_takes_along_what_is_below() -> None:
    event = moved("p01-01", "p02", on(2023))
    assert tree(event, at=date(2022, 12, 31)).path(UNIT) == ("vn", "p01", "p01-01", UNIT)
    after = tree(event, at=on(2023))
    assert after.path(UNIT) == ("vn", "p02", "p01-01", UNIT)
    assert after.ancestor(UNIT, Level.FIRST) == "p02"
    assert "p01-01" not in after.children["p01"]


def test_what_is_put_on_record_late_is_ordered_by_the_day_from_which_it_is_valid() -> None:
    events = (renamed(UNIT, "Thứ hai", on(2023, 6)), renamed(UNIT, "Thứ nhất", on(2023, 1)))
    for order in permutations(events):
        assert tree(*order).name(UNIT) == "Thứ hai"
        assert tree(*order, at=on(2023, 3)).name(UNIT) == "Thứ nhất"


def test_of_two_of_the_same_day_the_one_recorded_later_holds() -> None:
    one, other = renamed(UNIT, "Sai", on(2023)), renamed(UNIT, "Đúng", on(2023))
    assert tree(one, other).name(UNIT) == "Đúng"


def test_what_is_dated_before_its_unit_was_founded_is_passed_over() -> None:
    later = unit("p03", Level.FIRST, "vn").model_copy(update={"valid_from": on(2023)})
    events = Unit.found(later, above=Level.NATION, by=BY)
    early = (renamed("p03", "Sớm", on(2022)), closed("p03", None, on(2022)))
    assert tree(*events, *early).name("p03") == later.name
    assert "p03" not in tree(*events, *early, at=on(2022))


def test_a_circle_that_two_moves_at_one_moment_made_comes_to_an_end() -> None:
    events = [moved("p01", "p02", on(2023)), moved("p02", "p01", on(2023))]
    found = list(tree(*events).below("p01"))
    assert len(found) == len(set(found))
    assert {"p01", "p02", UNIT} <= set(found)


def test_a_unit_founded_for_a_later_day_is_not_there_before() -> None:
    later = unit("p03", Level.FIRST, "vn").model_copy(update={"valid_from": on(2023)})
    events = Unit.found(later, above=Level.NATION, by=BY)
    assert "p03" not in tree(*events, at=date(2022, 12, 31))
    assert "p03" in tree(*events, at=on(2023))


def test_a_merged_unit_stands_below_the_one_it_went_into() -> None:
    event = closed(NEIGHBOUR, "p02-01-001", on(2023))
    before, after = tree(event, at=date(2022, 12, 31)), tree(event, at=on(2023))
    assert before.path(NEIGHBOUR) == ("vn", "p01", "p01-01", NEIGHBOUR)
    assert before[NEIGHBOUR].closed is None
    assert after.path(NEIGHBOUR) == ("vn", "p02", "p02-01", "p02-01-001", NEIGHBOUR)
    assert after[NEIGHBOUR].closed == on(2023)
    assert after.ancestor(NEIGHBOUR, Level.FIRST) == "p02"


def test_what_stood_below_a_merged_unit_counts_towards_the_one_it_went_into() -> None:
    after = tree(closed("p01-01", "p02-01", on(2023)))
    assert after.path(UNIT) == ("vn", "p02", "p02-01", "p01-01", UNIT)
    assert after.inside(UNIT, "p02")
    assert not after.inside(UNIT, "p01")


def test_a_unit_that_was_closed_without_being_merged_stays_where_it_was() -> None:
    after = tree(closed(UNIT, None, on(2023)))
    assert after.path(UNIT) == ("vn", "p01", "p01-01", UNIT)
    assert UNIT not in [u.code for u in after.at_level(Level.GRASSROOTS)]
    assert NEIGHBOUR in [u.code for u in after.at_level(Level.GRASSROOTS)]


def test_units_that_were_merged_into_each_other_in_turn_still_have_a_path() -> None:
    """Nobody should put that on record; a reader must come to an end all the same."""
    odd = tree(closed(UNIT, NEIGHBOUR, on(2022)), closed(NEIGHBOUR, UNIT, on(2023)))
    assert odd.path(UNIT) == (NEIGHBOUR, UNIT)
    assert odd.inside(UNIT, NEIGHBOUR)


@pytest.mark.parametrize(
    ("other", "tier"),
    [
        (UNIT, Tier.UNIT),
        (NEIGHBOUR, Tier.UPPER),
        ("p01-02-001", Tier.FIRST),
        ("p02-01-001", Tier.ELSEWHERE),
        ("p99", Tier.ELSEWHERE),
    ],
)
def test_how_near_two_units_stand(other: str, tier: Tier) -> None:
    assert tree().tier(UNIT, other) is tier
    assert tree().tier(other, UNIT) is tier


def test_units_without_an_upper_level_are_near_by_their_first_level_alone() -> None:
    direct = [unit(f"p01-d{n}", Level.GRASSROOTS, "p01") for n in (1, 2)]
    events = [e for record in direct for e in Unit.found(record, above=Level.FIRST, by=BY)]
    assert tree(*events).tier("p01-d1", "p01-d2") is Tier.FIRST


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 10**6)), max_size=12),
    st.integers(0, 400),
)
def test_the_head_count_that_holds_is_the_latest_not_after_the_day(
    counts: list[tuple[int, int]], asked: int
) -> None:
    """Founding counted a hundred on 1 January 2022; of two counts of one day the later recorded one holds."""
    first = on(2022).toordinal()
    events = [counted(UNIT, members, date.fromordinal(first + day)) for day, members in counts]
    known = [(0, 100), *counts]
    latest = max(day for day, _ in known if day <= asked)
    expected = [members for day, members in known if day == latest][-1]
    found = tree(*events).heads(UNIT, date.fromordinal(first + asked))
    assert found is not None
    assert (found.members, found.counted_on) == (expected, date.fromordinal(first + latest))


def test_before_the_first_head_count_there_is_none_and_the_first_can_be_asked_for() -> None:
    assert tree().heads(UNIT, date(2021, 12, 31)) is None
    first = tree(counted(UNIT, 90, on(2020))).first_heads(UNIT)
    assert first is not None
    assert (first.members, first.counted_on) == (90, on(2020))
    assert tree().first_heads("p99") is None


def test_a_head_count_of_exactly_a_day_is_found_or_none_is() -> None:
    found = tree(counted(UNIT, 120, on(2023)))
    exact = found.heads_counted_on(UNIT, on(2023))
    assert exact is not None
    assert (exact.of(HeadCount.MEMBERS), exact.of(HeadCount.MEMBERS_AND_WORKERS)) == (120, 130)
    assert found.heads_counted_on(UNIT, on(2023, 2)) is None


def test_membership_of_a_cohort_is_dated() -> None:
    formed = Cohort.form("cụm-1", "Cụm thi đua số 1", by=BY)
    cohort = Cohort.evolve(None, formed)
    joined = cohort.join("p01", valid_from=on(2022), by=BY)
    left = Cohort.evolve(cohort, joined).leave("p01", valid_from=on(2023), by=BY)
    assert formed.originator_id == named("cohort", "cụm-1")
    for day, members in ((on(2021), set()), (on(2022), {"p01"}), (on(2023), set[str]())):
        found = tree(formed, joined, left, at=day)
        assert found.cohorts["cụm-1"] == members
        assert found.cohort_names["cụm-1"] == "Cụm thi đua số 1"
