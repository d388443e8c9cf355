"""A unit: founded once, counted, renamed, moved and closed at dates; and the cohort, a named set of units."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.intake.unit import BeforeItWasFounded, Cohort, ParentDoesNotFit, Unit, unit_id
from shared.errors import Conflict, Invalid, NotFound, Refusal
from shared.events.organisation import (
    CohortFormed,
    CohortJoined,
    CohortLeft,
    HeadsCounted,
    UnitClosed,
    UnitFounded,
    UnitMoved,
    UnitRenamed,
)
from shared.ledger.model import Event, Unfoldable, fold
from shared.tree import Heads, Tree, UnitIsUnknown
from shared.vocabulary import Level, Sector, named
from tests.gwt import given
from tests.places import BY, NEIGHBOUR, UNIT, UNITS, unit

DAY: Final = date(2022, 6, 1)
THE_DAY_BEFORE: Final = date(2022, 5, 31)
RECORDS: Final = {
    record.code: record
    for record in (
        *UNITS,
        unit("p02", Level.FIRST, "vn"),
        unit("p02-01", Level.UPPER, "p02"),
        unit("p02-01-001", Level.GRASSROOTS, "p02-01"),
    )
}


def founded(code: str) -> list[Event]:
    """The events that put a unit of the two provinces on record."""
    record = RECORDS[code]
    above = RECORDS[record.parent].level if record.parent is not None else None
    return Unit.found(record, above=above, by=BY)


def tree_with(*events: Event, on: date = date.max) -> Tree:
    """The tree of two provinces after these events, as it stood on a day."""
    return Tree.fold((*(event for code in RECORDS for event in founded(code)), *events), on)


TREE: Final = tree_with()


# Founding.


def test_a_unit_is_founded_with_its_head_count() -> None:
    (
        given(Unit)
        .when(lambda kind: kind.found(RECORDS[UNIT], above=Level.UPPER, by=BY))
        .then(
            UnitFounded,
            originator_id=unit_id(UNIT),
            originator_version=1,
            by=BY,
            code=UNIT,
            unit_name=f"Công đoàn {UNIT}",
            level=Level.GRASSROOTS,
            parent="p01-01",
            sector=Sector.STATE,
            unit_kind="",
            valid_from=date.min,
        )
        .then(
            HeadsCounted,
            originator_id=unit_id(UNIT),
            originator_version=2,
            code=UNIT,
            members=100,
            members_and_workers=120,
            counted_on=date(2022, 1, 1),
        )
        .then_nothing_else()
    )


def test_a_unit_that_exists_from_a_day_on_is_not_in_the_tree_before() -> None:
    later = RECORDS[UNIT].model_copy(update={"valid_from": DAY, "kind": "school"})
    events = Unit.found(later, above=Level.UPPER, by=BY)
    assert UNIT not in Tree.fold(events, THE_DAY_BEFORE)
    assert Tree.fold(events, DAY)[UNIT].kind == "school"


def test_nothing_happens_to_a_unit_before_it_was_founded() -> None:
    later = RECORDS[UNIT].model_copy(update={"valid_from": DAY})
    events = Unit.found(later, above=Level.UPPER, by=BY)
    for command in (
        lambda u: u.rename("Tên", valid_from=THE_DAY_BEFORE, by=BY),
        lambda u: u.move("p01", valid_from=THE_DAY_BEFORE, tree=TREE, by=BY),
        lambda u: u.close(merged_into=None, valid_from=THE_DAY_BEFORE, tree=TREE, by=BY),
    ):
        given(Unit, *events).when(command).then_refused(BeforeItWasFounded, saying="was founded on")


def test_no_code_can_be_founded_twice_because_the_stream_follows_from_it() -> None:
    assert unit_id(UNIT) == named("unit", UNIT)
    with pytest.raises(Unfoldable):
        fold(Unit, [*founded(UNIT), *founded(UNIT)])


LEVELS: Final = [Level.NATION, Level.FIRST, Level.UPPER, Level.GRASSROOTS]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("above", [None, *LEVELS])
def test_a_parent_is_of_a_higher_level_and_only_the_nation_has_none(
    level: Level, above: Level | None
) -> None:
    record = unit("x", level, "y" if above is not None else None)
    outcome = given(Unit).when(lambda kind: kind.found(record, above=above, by=BY))
    if level is Level.NATION if above is None else LEVELS.index(above) < LEVELS.index(level):
        outcome.then(UnitFounded, level=level).then(HeadsCounted).then_nothing_else()
    else:
        outcome.then_refused(ParentDoesNotFit, saying="only the nation has none")


def test_a_parent_that_is_named_must_be_one_whose_level_is_known() -> None:
    given(Unit).when(
        lambda kind: kind.found(unit("x", Level.NATION, "y"), above=None, by=BY)
    ).then_refused(ParentDoesNotFit, saying="cannot stand under y")


# Head counts.


def test_a_later_head_count_leaves_the_old_one_true_for_its_time() -> None:
    later = RECORDS[UNIT].model_copy(
        update={"members": 130, "members_and_workers": 150, "counted_on": DAY}
    )
    outcome = given(Unit, *founded(UNIT)).when(lambda unit: unit.count(later, by=BY))
    outcome.then(
        HeadsCounted,
        originator_version=3,
        code=UNIT,
        members=130,
        members_and_workers=150,
        counted_on=DAY,
    ).then_nothing_else()
    tree = tree_with(*outcome.events)
    assert tree.heads(UNIT, THE_DAY_BEFORE) == Heads(100, 120, date(2022, 1, 1))
    assert tree.heads(UNIT, DAY) == Heads(130, 150, DAY)
    assert tree.heads(UNIT, date(2021, 12, 31)) is None


def test_the_same_head_count_again_records_nothing() -> None:
    given(Unit, *founded(UNIT)).when(
        lambda unit: unit.count(RECORDS[UNIT], by=BY)
    ).then_nothing_else()


def test_an_older_head_count_that_is_on_record_already_records_nothing_either() -> None:
    later = RECORDS[UNIT].model_copy(update={"members": 110, "counted_on": DAY})
    history = [*founded(UNIT), *fold(Unit, founded(UNIT)).count(later, by=BY)]
    given(Unit, *history).when(lambda unit: unit.count(RECORDS[UNIT], by=BY)).then_nothing_else()


def test_a_corrected_head_count_of_the_same_day_takes_the_place_of_the_wrong_one() -> None:
    right = RECORDS[UNIT].model_copy(update={"members": 90})
    outcome = given(Unit, *founded(UNIT)).when(lambda unit: unit.count(right, by=BY))
    outcome.then(HeadsCounted, members=90, counted_on=date(2022, 1, 1)).then_nothing_else()
    assert tree_with(*outcome.events).heads(UNIT, DAY) == Heads(90, 120, date(2022, 1, 1))


def test_there_are_not_more_members_than_members_and_workers() -> None:
    wrong = RECORDS[UNIT].model_copy(update={"members": 121})
    given(Unit, *founded(UNIT)).when(lambda unit: unit.count(wrong, by=BY)).then_refused(
        Invalid, saying="members (121) cannot exceed members and workers (120)"
    )
    given(Unit).when(lambda kind: kind.found(wrong, above=Level.UPPER, by=BY)).then_refused(Invalid)


# Names.


def test_a_new_name_holds_from_its_day_on() -> None:
    outcome = given(Unit, *founded(UNIT)).when(
        lambda unit: unit.rename("CĐCS May 10", valid_from=DAY, by=BY)
    )
    outcome.then(
        UnitRenamed, originator_version=3, code=UNIT, unit_name="CĐCS May 10", valid_from=DAY
    ).so_that(lambda unit: unit.name, "CĐCS May 10")
    assert tree_with(*outcome.events, on=THE_DAY_BEFORE).name(UNIT) == f"Công đoàn {UNIT}"
    assert tree_with(*outcome.events, on=DAY).name(UNIT) == "CĐCS May 10"


@pytest.mark.parametrize("name", ["", " ", "\t\u00a0"])
def test_a_unit_is_not_left_without_a_name(name: str) -> None:
    given(Unit, *founded(UNIT)).when(
        lambda unit: unit.rename(name, valid_from=DAY, by=BY)
    ).then_refused(Invalid, saying="needs a name")


# Moves.


def test_a_moved_unit_stands_under_its_new_parent_from_the_day_on() -> None:
    outcome = given(Unit, *founded(UNIT)).when(
        lambda unit: unit.move("p02-01", valid_from=DAY, tree=TREE, by=BY)
    )
    outcome.then(UnitMoved, code=UNIT, parent="p02-01", valid_from=DAY).so_that(
        lambda unit: unit.parent, "p02-01"
    )
    assert tree_with(*outcome.events, on=THE_DAY_BEFORE).path(UNIT)[1] == "p01"
    assert tree_with(*outcome.events, on=DAY).path(UNIT) == ("vn", "p02", "p02-01", UNIT)


def test_what_stands_below_a_moved_unit_goes_with_it() -> None:
    moved = fold(Unit, founded("p01-01")).move("p02", valid_from=DAY, tree=TREE, by=BY)
    assert tree_with(moved, on=DAY).inside(UNIT, "p02")


@pytest.mark.parametrize(
    ("code", "parent"),
    [(UNIT, NEIGHBOUR), (UNIT, UNIT), ("p01-01", UNIT), ("p01", "p02-01"), ("vn", "p01")],
)
def test_a_unit_is_not_moved_under_one_of_its_own_or_a_lower_level(code: str, parent: str) -> None:
    given(Unit, *founded(code)).when(
        lambda unit: unit.move(parent, valid_from=DAY, tree=TREE, by=BY)
    ).then_refused(ParentDoesNotFit, saying=f"cannot stand under {parent}")


def test_a_unit_is_not_moved_to_where_there_is_none() -> None:
    given(Unit, *founded(UNIT)).when(
        lambda unit: unit.move("p99", valid_from=DAY, tree=TREE, by=BY)
    ).then_refused(UnitIsUnknown)


# Closing and merging.


def close(code: str, *, into: str | None = None, on: date = DAY, tree: Tree = TREE) -> UnitClosed:
    """The closing of a unit."""
    return fold(Unit, founded(code)).close(merged_into=into, valid_from=on, tree=tree, by=BY)


def test_a_closed_unit_is_closed_from_its_day_on() -> None:
    (
        given(Unit, *founded(UNIT))
        .when(lambda unit: unit.close(merged_into=None, valid_from=DAY, tree=TREE, by=BY))
        .then(UnitClosed, code=UNIT, merged_into=None, valid_from=DAY)
        .so_that(lambda unit: unit.closed, DAY)
    )
    assert tree_with(close(UNIT), on=THE_DAY_BEFORE)[UNIT].closed is None
    assert tree_with(close(UNIT), on=DAY)[UNIT].closed == DAY


def test_a_merged_unit_counts_towards_the_one_it_went_into_from_that_day_on() -> None:
    merged = close("p01-01", into="p02-01")
    before, after = tree_with(merged, on=THE_DAY_BEFORE), tree_with(merged, on=DAY)
    assert before.path(UNIT) == ("vn", "p01", "p01-01", UNIT)
    assert after.path(UNIT) == ("vn", "p02", "p02-01", "p01-01", UNIT)


@pytest.mark.parametrize(
    ("code", "into"), [(UNIT, UNIT), (UNIT, "p01-01"), ("p01-01", UNIT), ("p01", "vn")]
)
def test_a_unit_is_merged_only_into_another_of_its_own_level(code: str, into: str) -> None:
    given(Unit, *founded(code)).when(
        lambda unit: unit.close(merged_into=into, valid_from=DAY, tree=TREE, by=BY)
    ).then_refused(ParentDoesNotFit)


def test_a_unit_is_not_merged_into_what_was_merged_into_it() -> None:
    tree = tree_with(close(UNIT, into=NEIGHBOUR))
    given(Unit, *founded(NEIGHBOUR)).when(
        lambda unit: unit.close(merged_into=UNIT, valid_from=DAY, tree=tree, by=BY)
    ).then_refused(ParentDoesNotFit)


def test_a_unit_is_not_merged_into_where_there_is_none() -> None:
    given(Unit, *founded(UNIT)).when(
        lambda unit: unit.close(merged_into="p99", valid_from=DAY, tree=TREE, by=BY)
    ).then_refused(UnitIsUnknown)


def test_nothing_is_merged_into_a_unit_or_moved_under_one_that_is_closed_by_then() -> None:
    gone = tree_with(close(NEIGHBOUR), close("p01-01", into="p02-01"))
    given(Unit, *founded(UNIT)).when(
        lambda unit: unit.close(merged_into=NEIGHBOUR, valid_from=DAY, tree=gone, by=BY)
    ).then_refused(Conflict, saying="Name an open one")
    given(Unit, *founded("p02-01-001")).when(
        lambda unit: unit.move("p01-01", valid_from=DAY, tree=gone, by=BY)
    ).then_refused(Conflict, saying="It went into p02-01: name that one")


def test_a_unit_was_merged_into_one_that_was_still_open_then() -> None:
    gone = tree_with(close(NEIGHBOUR))
    given(Unit, *founded(UNIT)).when(
        lambda unit: unit.close(merged_into=NEIGHBOUR, valid_from=THE_DAY_BEFORE, tree=gone, by=BY)
    ).then(UnitClosed, merged_into=NEIGHBOUR)


def test_a_closed_unit_is_not_renamed_moved_or_closed_again() -> None:
    history = [*founded(UNIT), close(UNIT)]
    for outcome in (
        given(Unit, *history).when(lambda unit: unit.rename("Tên", valid_from=DAY, by=BY)),
        given(Unit, *history).when(
            lambda unit: unit.move("p02-01", valid_from=DAY, tree=TREE, by=BY)
        ),
        given(Unit, *history).when(
            lambda unit: unit.close(merged_into=None, valid_from=DAY, tree=TREE, by=BY)
        ),
    ):
        outcome.then_refused(Conflict, saying="is closed from 2022-06-01 on")


def test_the_heads_of_a_closed_unit_may_still_be_corrected() -> None:
    right = RECORDS[UNIT].model_copy(update={"members": 90})
    given(Unit, *founded(UNIT), close(UNIT)).when(lambda unit: unit.count(right, by=BY)).then(
        HeadsCounted, members=90
    )


CHANGES: Final = st.tuples(
    st.sampled_from(["move", "merge"]),
    st.sampled_from(sorted(RECORDS)),
    st.sampled_from(sorted(RECORDS)),
    st.dates(date(2022, 1, 1), date(2022, 12, 31)),
)


@for_any(changes=st.lists(CHANGES, max_size=12), on=st.dates(date(2021, 1, 1), date(2023, 1, 1)))
def test_whatever_is_moved_and_merged_every_unit_stands_below_the_nation_on_any_day(
    changes: list[tuple[str, str, str, date]], on: date
) -> None:
    histories = {code: founded(code) for code in RECORDS}
    for what, code, other, day in changes:
        tree = Tree.fold((e for history in histories.values() for e in history), date.max)
        unit = fold(Unit, histories[code])
        try:
            histories[code].append(
                unit.move(other, valid_from=day, tree=tree, by=BY)
                if what == "move"
                else unit.close(merged_into=other, valid_from=day, tree=tree, by=BY)
            )
        except Refusal:
            continue
    for day in (on, date.max):
        tree = Tree.fold((e for history in histories.values() for e in history), day)
        for code in RECORDS:
            path = tree.path(code)
            assert path[0] == "vn", path
            assert len(set(path)) == len(path) <= len(RECORDS)


def test_a_history_that_does_not_begin_with_a_founding_is_no_unit() -> None:
    with pytest.raises(NotFound, match="There is no such unit"):
        fold(Unit, founded(UNIT)[1:])


# Cohorts.

FORMED: Final = Cohort.form("c6", "6 Trung du", by=BY)
JOINED: Final = fold(Cohort, [FORMED]).join("p01", valid_from=DAY, by=BY)


def test_a_cohort_is_a_named_set_of_units() -> None:
    (
        given(Cohort)
        .when(lambda kind: kind.form("c6", "6 Trung du", by=BY))
        .then(
            CohortFormed,
            originator_id=named("cohort", "c6"),
            originator_version=1,
            code="c6",
            cohort_name="6 Trung du",
        )
        .so_that(lambda cohort: cohort.members, frozenset())
    )


def test_a_unit_belongs_to_a_cohort_from_a_day_on() -> None:
    (
        given(Cohort, FORMED)
        .when(lambda cohort: cohort.join("p01", valid_from=DAY, by=BY))
        .then(CohortJoined, originator_version=2, code="c6", unit="p01", valid_from=DAY)
        .so_that(lambda cohort: cohort.members, frozenset({"p01"}))
    )
    assert tree_with(FORMED, JOINED, on=THE_DAY_BEFORE).cohorts == {"c6": frozenset()}
    assert tree_with(FORMED, JOINED, on=DAY).cohorts == {"c6": frozenset({"p01"})}


def test_a_unit_leaves_a_cohort_from_a_day_on_and_may_come_again() -> None:
    day, last = date(2022, 9, 1), date(2022, 8, 31)
    (
        given(Cohort, FORMED, JOINED)
        .when(lambda cohort: cohort.leave("p01", valid_from=day, by=BY))
        .then(CohortLeft, originator_version=3, code="c6", unit="p01", valid_from=day)
        .so_that(lambda cohort: cohort.members, frozenset())
    )
    left = fold(Cohort, [FORMED, JOINED]).leave("p01", valid_from=day, by=BY)
    assert tree_with(FORMED, JOINED, left, on=last).cohorts == {"c6": frozenset({"p01"})}
    assert tree_with(FORMED, JOINED, left, on=day).cohorts == {"c6": frozenset()}
    given(Cohort, FORMED, JOINED, left).when(
        lambda cohort: cohort.join("p01", valid_from=date(2023, 1, 1), by=BY)
    ).then(CohortJoined, unit="p01")


def test_a_unit_does_not_join_a_cohort_twice() -> None:
    given(Cohort, FORMED, JOINED).when(
        lambda cohort: cohort.join("p01", valid_from=DAY, by=BY)
    ).then_refused(Conflict, saying="is in cohort c6 already")


def test_a_unit_does_not_leave_a_cohort_that_it_is_not_in() -> None:
    given(Cohort, FORMED, JOINED).when(
        lambda cohort: cohort.leave("p02", valid_from=DAY, by=BY)
    ).then_refused(Conflict, saying="p02 is not in cohort c6")


def test_a_history_that_does_not_begin_with_its_forming_is_no_cohort() -> None:
    with pytest.raises(NotFound, match="There is no such cohort"):
        fold(Cohort, [JOINED])
