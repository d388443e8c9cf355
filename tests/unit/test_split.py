"""A target is split over the units below, and split again after a change: only what is another now is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from hypothesis import given as for_any
from hypothesis import strategies as st

from services.intake.programme import Programme, TargetRecord
from services.intake.split import (
    NotAChild,
    NothingToSplit,
    NothingToSplitBy,
    Split,
    SplitRecord,
    SumDoesNotFit,
    split,
)
from services.intake.unit import Unit, UnitRecord
from shared.events.programme import TargetSet
from shared.ledger.model import Event, fold
from shared.terms import SplitBy
from shared.tree import Tree, UnitIsUnknown
from shared.vocabulary import Level, Sector, TargetKind
from tests.gwt import given
from tests.places import BY, PROGRAMME

OPENED: Final = Programme.open(PROGRAMME, by=BY)
JANUARY, JUNE = date(2022, 1, 26), date(2022, 6, 1)
MEMBERS: Final = {"u1": 350, "u2": 803, "u3": 296}


def founded(members: dict[str, int | None]) -> list[Event]:
    """A province, and districts below it with so many members, or never counted."""
    events: list[Event] = []
    for code, parent, level, count in (
        ("vn", None, Level.NATION, 5000),
        ("p", "vn", Level.FIRST, 2000),
        *((code, "p", Level.UPPER, count) for code, count in members.items()),
    ):
        record = UnitRecord(
            code=code,
            name=f"Đơn vị {code}",
            level=level,
            parent=parent,
            sector=Sector.STATE,
            members=count or 0,
            members_and_workers=2 * (count or 0),
            counted_on=date(2021, 12, 31),
        )
        above = {"vn": None, "p": Level.NATION}.get(code, Level.FIRST)
        events += Unit.found(record, above=above, by=BY)[: 1 if count is None else 2]
    return events


def tree(**members: int | None) -> Tree:
    return Tree.fold(founded({**members} or {**MEMBERS}), date.max)


TREE: Final = tree()


def target(unit: str, value: int, **changes: Any) -> TargetRecord:
    facts = {"unit": unit, "phase": None, "kind": TargetKind.ASSIGNED, "value": value}
    return TargetRecord(**{**facts, "document": "06/KH", "dated": JANUARY, **changes})


def after(*records: TargetRecord, on: Tree = TREE) -> list[Event]:
    """The programme's events once these targets were set by hand."""
    history: list[Event] = [OPENED]
    for record in records:
        event = fold(Programme, history).set_target(record, tree=on, by=BY)
        assert event is not None
        history.append(event)
    return history


def splitting(programme: Programme, *, on: Tree = TREE, **changes: Any) -> Split:
    facts = {"unit": "p", "kind": TargetKind.ASSIGNED, "document": "09/PB", "dated": JANUARY}
    return split(programme, SplitRecord(**{**facts, **changes}), tree=on, by=BY)


def shares(found: Split) -> dict[str, int]:
    return {share.unit: share.value for share in found.shown.shares}


def said(events: Sequence[Event]) -> dict[str, int]:
    return {e.unit: e.value for e in events if isinstance(e, TargetSet)}


# Splitting.


def test_a_target_is_split_by_members_and_each_child_has_a_target_of_its_own() -> None:
    history = after(target("p", 600))
    (
        given(Programme, *history)
        .when(lambda programme: splitting(programme).events)
        .then(
            TargetSet,
            originator_version=3,
            unit="u1",
            phase=None,
            kind=TargetKind.ASSIGNED,
            value=145,
            percent=None,
            document="09/PB",
            dated=JANUARY,
            split_by=SplitBy.MEMBERS,
        )
        .then(TargetSet, originator_version=4, unit="u2", value=332)
        .then(TargetSet, originator_version=5, unit="u3", value=123)
        .then_nothing_else()
    )


def test_a_rehearsal_says_who_would_be_given_what_and_why() -> None:
    shown = splitting(fold(Programme, after(target("p", 600), target("u3", 100)))).shown
    assert (shown.target, shown.target_document, shown.recorded) == (600, "06/KH", 2)
    assert [(s.unit, s.weight, s.before, s.value, s.by_hand, s.changed) for s in shown.shares] == [
        ("u1", 350, None, 152, False, True),
        ("u2", 803, None, 348, False, True),
        ("u3", None, 100, 100, True, False),
    ]


def test_a_target_is_split_equally_by_workers_or_by_what_was_registered() -> None:
    registered = [
        target(unit, value, kind=TargetKind.REGISTERED)
        for unit, value in (("u1", 10), ("u2", 30), ("u3", 60))
    ]
    programme = fold(Programme, after(target("p", 100), *registered))
    assert shares(splitting(programme, by=SplitBy.EQUAL)) == {"u1": 34, "u2": 33, "u3": 33}
    assert shares(splitting(programme, by=SplitBy.REGISTERED)) == {"u1": 10, "u2": 30, "u3": 60}
    assert shares(splitting(programme, by=SplitBy.MEMBERS_AND_WORKERS)) == shares(
        splitting(programme)
    )


def test_a_split_of_more_children_than_ideas_gives_some_of_them_nothing_and_records_no_nothing() -> (
    None
):
    found = splitting(fold(Programme, after(target("p", 2))), by=SplitBy.EQUAL)
    assert shares(found) == {"u1": 1, "u2": 1, "u3": 0}
    assert said(found.events) == {"u1": 1, "u2": 1}


# Splitting again.


def test_the_same_split_again_records_nothing() -> None:
    history = after(target("p", 600))
    history += splitting(fold(Programme, history)).events
    given(Programme, *history).when(
        lambda programme: splitting(programme, document="10/PB", dated=JUNE).events
    ).then_nothing_else()


def test_a_split_after_a_change_records_only_whose_number_is_another() -> None:
    history = after(target("p", 600))
    history += splitting(fold(Programme, history)).events
    counted_anew = tree(u1=350, u2=803, u3=297)
    found = splitting(fold(Programme, history), on=counted_anew, document="10/PB", dated=JUNE)
    # 600 / 1,450 of each: 144.83, 332.28, 122.90.
    assert shares(found) == {"u1": 145, "u2": 332, "u3": 123}
    assert found.events == []
    raised = [*history, *after(target("p", 700, dated=JUNE))[1:]]
    again = splitting(fold(Programme, renumbered(raised)), document="10/PB", dated=JUNE)
    assert said(again.events) == {"u1": 169, "u2": 388, "u3": 143}
    assert {e.document for e in again.events} == {"10/PB"}


def renumbered(history: Sequence[Event]) -> list[Event]:
    return [e.model_copy(update={"originator_version": n}) for n, e in enumerate(history, 1)]


def test_a_split_dated_before_a_change_splits_what_stood_then() -> None:
    history = renumbered([*after(target("p", 600)), *after(target("p", 700, dated=JUNE))[1:]])
    assert splitting(fold(Programme, history), dated=date(2022, 5, 31)).shown.target == 600
    assert splitting(fold(Programme, history), dated=JUNE).shown.target == 700


def test_a_number_given_by_hand_stays_and_the_rest_is_split_over_the_others() -> None:
    history = after(target("p", 600))
    history += splitting(fold(Programme, history), keep={"u1": 200}).events
    assert said(history[2:]) == {"u1": 200, "u2": 292, "u3": 108}
    again = splitting(fold(Programme, history), by=SplitBy.EQUAL, dated=JUNE)
    assert shares(again) == {"u1": 200, "u2": 200, "u3": 200}
    assert said(again.events) == {"u2": 200, "u3": 200}
    released = splitting(fold(Programme, history), release=("u1",), dated=JUNE)
    assert shares(released) == {"u1": 145, "u2": 332, "u3": 123}


def test_a_number_that_a_split_gave_is_by_hand_once_somebody_gives_it_again() -> None:
    history = after(target("p", 600))
    history += splitting(fold(Programme, history)).events
    programme = fold(Programme, history)
    again = programme.set_target(target("u1", 145, document="09/PB"), tree=TREE, by=BY)
    assert again is not None
    found = splitting(fold(Programme, [*history, again]), by=SplitBy.EQUAL, dated=JUNE)
    assert shares(found) == {"u1": 145, "u2": 228, "u3": 227}


def test_a_child_is_kept_at_just_what_the_split_gave_it() -> None:
    history = after(target("p", 600))
    history += splitting(fold(Programme, history)).events
    kept = splitting(fold(Programme, history), keep={"u1": 145}, dated=JUNE).events
    assert [(e.unit, e.value, e.split_by) for e in kept] == [("u1", 145, None)]
    history += kept
    assert splitting(fold(Programme, history), keep={"u1": 145}, dated=JUNE).events == []
    released = splitting(fold(Programme, history), release=("u1",), dated=JUNE).events
    assert [(e.unit, e.value, e.split_by) for e in released] == [("u1", 145, SplitBy.MEMBERS)]


def test_a_child_is_kept_at_nothing() -> None:
    history = after(target("p", 600))
    history += splitting(fold(Programme, history), keep={"u3": 0}, by=SplitBy.EQUAL).events
    assert said(history[2:]) == {"u1": 300, "u2": 300, "u3": 0}
    again = splitting(fold(Programme, history), by=SplitBy.EQUAL, dated=JUNE)
    assert shares(again)["u3"] == 0


# What is refused.


def test_a_split_needs_a_target_and_units_below() -> None:
    given(Programme, OPENED).when(lambda p: splitting(p).events).then_refused(
        NothingToSplit, saying="no assigned target for the whole programme in force on 2022-01-26"
    )
    history = after(target("p", 600), target("u1", 100))
    given(Programme, *history).when(
        lambda p: splitting(p, dated=date(2022, 1, 25)).events
    ).then_refused(NothingToSplit, saying="give a later day")
    given(Programme, *history).when(lambda p: splitting(p, unit="u1").events).then_refused(
        NothingToSplit, saying="No open unit"
    )
    given(Programme, *history).when(lambda p: splitting(p, unit="u9").events).then_refused(
        UnitIsUnknown
    )


def test_a_closed_unit_is_given_nothing() -> None:
    events = founded({**MEMBERS})
    unit = fold(Unit, [e for e in events if getattr(e, "code", None) == "u3"])
    closed = unit.close(merged_into=None, valid_from=JUNE, tree=TREE, by=BY)
    programme = fold(Programme, after(target("p", 600)))
    before, since = (Tree.fold([*events, closed], day) for day in (date(2022, 5, 31), JUNE))
    assert list(shares(splitting(programme, on=before))) == ["u1", "u2", "u3"]
    assert shares(splitting(programme, on=since, dated=JUNE)) == {"u1": 182, "u2": 418}


def test_only_children_are_kept_or_released() -> None:
    history = after(target("p", 600))
    given(Programme, *history).when(lambda p: splitting(p, keep={"vn": 1}).events).then_refused(
        NotAChild, saying="directly below p on that day: vn"
    )
    given(Programme, *history).when(
        lambda p: splitting(p, release=("u1", "p")).events
    ).then_refused(NotAChild, saying="directly below p on that day: p.")


def test_what_was_given_by_hand_must_leave_room() -> None:
    history = after(target("p", 600))
    given(Programme, *history).when(lambda p: splitting(p, keep={"u1": 601}).events).then_refused(
        SumDoesNotFit, saying="more than there is to split"
    )
    given(Programme, *history).when(
        lambda p: splitting(p, keep={"u1": 1, "u2": 2, "u3": 3}).events
    ).then_refused(SumDoesNotFit, saying="no child is left to take the rest")


def test_there_must_be_something_to_split_by() -> None:
    history = after(target("p", 600), target("u1", 5, kind=TargetKind.REGISTERED))
    given(Programme, *history).when(
        lambda p: splitting(p, by=SplitBy.REGISTERED).events
    ).then_refused(
        NothingToSplitBy, saying="no registered target to split by registered of: u2, u3"
    )
    never_counted = tree(u1=350, u2=None)
    given(Programme, *history).when(lambda p: splitting(p, on=never_counted).events).then_refused(
        NothingToSplitBy, saying="no head count to split by members of: u2"
    )
    nobody = tree(u1=0, u2=0)
    given(Programme, *history).when(lambda p: splitting(p, on=nobody).events).then_refused(
        NothingToSplitBy
    )
    assert shares(splitting(fold(Programme, history), on=never_counted, keep={"u2": 100})) == {
        "u1": 500,
        "u2": 100,
    }


# Any split.


@for_any(
    st.dictionaries(st.sampled_from([f"u{n}" for n in range(9)]), st.integers(1, 9999), min_size=2),
    st.integers(1, 100_000),
    st.integers(1, 100_000),
    st.data(),
)
def test_any_split_adds_up_and_is_at_rest_until_something_changes(
    members: dict[str, int], total: int, later: int, data: st.DataObject
) -> None:
    on = tree(**members)
    kept = data.draw(
        st.dictionaries(
            st.sampled_from(sorted(members)[1:]), st.integers(0, min(total, later) // len(members))
        )
    )
    history = after(target("p", total), on=on)
    first = splitting(fold(Programme, history), on=on, keep=kept)
    assert sum(shares(first).values()) == total
    assert min(shares(first).values()) >= 0
    history += first.events
    assert said(first.events) == {u: v for u, v in shares(first).items() if v or u in kept}
    assert splitting(fold(Programme, history), on=on, dated=JUNE).events == []
    changed = fold(Programme, history).set_target(target("p", later, dated=JUNE), tree=on, by=BY)
    assert changed is not None
    history.append(changed)
    second = splitting(fold(Programme, history), on=on, dated=JUNE)
    assert sum(shares(second).values()) == later
    assert {u: shares(second)[u] for u in kept} == kept
    differs = {u: v for u, v in shares(second).items() if v != shares(first)[u]}
    assert said(second.events) == differs
