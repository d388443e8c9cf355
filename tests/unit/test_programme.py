"""A programme: its terms, and targets as numbers or as percentages of a dated head count."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.programme import (
    NoHeadCount,
    Programme,
    ProgrammeRecord,
    TargetRecord,
    programme_id,
)
from services.intake.unit import Unit
from shared.errors import Conflict, NotFound
from shared.events.programme import ProgrammeOpened, TargetSet, TermsChanged
from shared.ledger.model import Event, fold
from shared.terms import Phase
from shared.tree import Tree, UnitIsUnknown
from shared.vocabulary import HeadCount, Level, TargetKind, midnight
from tests.gwt import given
from tests.places import BY, PROGRAMME, founding, small_programme, targets, unit

DATED: Final = date(2022, 1, 26)
OPENED: Final = Programme.open(PROGRAMME, by=BY)


def target(**changes: Any) -> TargetRecord:
    """Six hundred, assigned to the province for the whole programme, with some fields otherwise."""
    facts = {
        "unit": "p01",
        "phase": None,
        "kind": TargetKind.ASSIGNED,
        "value": 600,
        "document": "06/KH-LĐLĐ",
        "dated": DATED,
    }
    return TargetRecord(**{**facts, **changes})


def percentage(percent: str, **changes: Any) -> TargetRecord:
    """So many percent of the province's members."""
    return target(
        **{"value": None, "percent": Decimal(percent), "of": HeadCount.MEMBERS, **changes}
    )


def counted(*counts: tuple[date, int, int]) -> Tree:
    """The small programme's tree, in which the province was counted on these days instead."""
    province = unit("p01", Level.FIRST, "vn")
    others = [e for e in founding() if getattr(e, "code", None) != "p01"]
    events: list[Event] = [Unit.found(province, above=Level.NATION, by=BY)[0]]
    for day, members, both in counts:
        record = province.model_copy(
            update={"members": members, "members_and_workers": both, "counted_on": day}
        )
        events += fold(Unit, events).count(record, by=BY)
    return Tree.fold([*others, *events], date.max)


TREE: Final = counted((date(2021, 12, 31), 12_000, 15_000))


# Opening and its terms.


def test_a_programme_is_opened_under_its_terms() -> None:
    (
        given(Programme)
        .when(lambda kind: kind.open(PROGRAMME, by=BY))
        .then(
            ProgrammeOpened,
            originator_id=programme_id("1tr"),
            originator_version=1,
            code="1tr",
            programme_name="1 triệu sáng kiến",
            terms=PROGRAMME.terms(),
        )
        .so_that(lambda programme: programme.targets, {})
    )


def written(**changes: object) -> dict[str, object]:
    """The programme as its file says it, with some fields otherwise."""
    return {**PROGRAMME.model_dump(mode="json", by_alias=True), **changes}


def test_what_was_opened_is_what_the_file_says() -> None:
    assert (
        ProgrammeRecord.model_validate_json(PROGRAMME.model_dump_json(by_alias=True)) == PROGRAMME
    )
    terms = PROGRAMME.terms()
    assert terms.window.from_ == midnight(date(2022, 1, 8))
    assert terms.window.to == midnight(date(2023, 9, 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "2022-01-08T00:00:00+07:00"},
        {"applied_to": "2021-01-01"},
        {
            "phases": [
                {
                    "code": "1",
                    "from": "2022-06-01T00:00:00+07:00",
                    "to": "2022-01-08T00:00:00+07:00",
                }
            ]
        },
    ],
)
def test_an_interval_ends_after_it_begins(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="an interval must end after it begins"):
        ProgrammeRecord.model_validate(written(**changes), strict=False)


def test_a_programme_has_a_phase() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        ProgrammeRecord.model_validate(written(phases=[]), strict=False)


def test_the_same_terms_again_record_nothing() -> None:
    given(Programme, OPENED).when(
        lambda programme: programme.change_terms(PROGRAMME.terms(), by=BY)
    ).then_nothing_else()


def test_other_terms_hold_from_now_on() -> None:
    other = PROGRAMME.terms().model_copy(update={"applied_to": date(2023, 10, 1)})
    (
        given(Programme, OPENED)
        .when(lambda programme: programme.change_terms(other, by=BY))
        .then(TermsChanged, originator_version=2, code="1tr", terms=other)
        .so_that(lambda programme: programme.terms, other)
    )
    changed = fold(Programme, [OPENED]).change_terms(other, by=BY)
    assert changed is not None
    given(Programme, OPENED, changed).when(
        lambda programme: programme.change_terms(PROGRAMME.terms(), by=BY)
    ).then(TermsChanged, terms=PROGRAMME.terms())


# Targets as numbers.


def test_a_target_is_set_with_its_document() -> None:
    (
        given(Programme, OPENED)
        .when(lambda programme: programme.set_target(target(), tree=TREE, by=BY))
        .then(
            TargetSet,
            originator_version=2,
            code="1tr",
            unit="p01",
            phase=None,
            kind=TargetKind.ASSIGNED,
            value=600,
            percent=None,
            of=None,
            counted_on=None,
            document="06/KH-LĐLĐ",
            dated=DATED,
        )
        .then_nothing_else()
    )


def after(*targets: TargetRecord, tree: Tree = TREE) -> list[Event]:
    """The programme's history once these targets were set."""
    history: list[Event] = [OPENED]
    for record in targets:
        event = fold(Programme, history).set_target(record, tree=tree, by=BY)
        history += [event] if event is not None else []
    return history


def test_the_same_target_again_records_nothing() -> None:
    given(Programme, *after(target())).when(
        lambda programme: programme.set_target(target(), tree=TREE, by=BY)
    ).then_nothing_else()


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 601},
        {"document": "07/KH-LĐLĐ"},
        {"dated": date(2022, 2, 1)},
        {"value": None, "percent": Decimal(5), "of": HeadCount.MEMBERS},
    ],
)
def test_a_changed_target_is_recorded(changes: dict[str, Any]) -> None:
    given(Programme, *after(target())).when(
        lambda programme: programme.set_target(target(**changes), tree=TREE, by=BY)
    ).then(TargetSet, originator_version=3)


def test_a_target_that_was_changed_and_changed_back_is_recorded_each_time() -> None:
    history = after(target(), target(value=700), target())
    assert [e.value for e in history if isinstance(e, TargetSet)] == [600, 700, 600]


def test_a_target_that_stands_on_its_day_is_not_recorded_again_after_a_later_one() -> None:
    later = target(value=700, dated=date(2022, 6, 1))
    given(Programme, *after(target(), later)).when(
        lambda programme: programme.set_target(target(), tree=TREE, by=BY)
    ).then_nothing_else()


def test_targets_of_another_kind_phase_or_unit_stand_side_by_side() -> None:
    beside = [
        target(),
        target(kind=TargetKind.ORIENTATION),
        target(kind=TargetKind.REGISTERED),
        target(kind=TargetKind.STRIVING),
        target(phase="1"),
        target(unit="p01-01"),
    ]
    history = after(*beside)
    assert len(history) == 1 + len(beside)
    assert set(fold(Programme, history).targets) == {(t.unit, t.phase, t.kind) for t in beside}


def test_a_changed_target_leaves_the_old_one_true_for_its_time(tmp_path: Path) -> None:
    with small_programme(tmp_path) as place:
        old, new = (
            place.ledger.append(event)[0] for event in after(target(), target(value=700))[1:]
        )
        place.directory.catch_up()
        standing = {
            at: targets(place.directory.programme("1tr", at=at)) for at in (old - 1, old, new)
        }
    key = ("p01", None, "assigned")
    assert key not in standing[old - 1]
    assert standing[old][key].value == 600
    assert standing[new][key].value == 700


def test_a_unit_that_is_not_in_the_tree_gets_no_target() -> None:
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(target(unit="p99"), tree=TREE, by=BY)
    ).then_refused(UnitIsUnknown)


def test_a_phase_that_the_programme_does_not_have_gets_no_target() -> None:
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(target(phase="9"), tree=TREE, by=BY)
    ).then_refused(Conflict, saying="has no phase 9 for unit p01. Its phases: 1.")


def test_a_phase_of_its_own_is_for_a_unit_and_what_stands_below_it() -> None:
    own = Phase.model_validate(
        {"code": "p01-1", "from": PROGRAMME.from_, "to": PROGRAMME.to, "unit": "p01"}
    )
    terms = PROGRAMME.terms().model_copy(update={"phases": (*PROGRAMME.phases, own)})
    changed = fold(Programme, [OPENED]).change_terms(terms, by=BY)
    assert changed is not None
    for record in (target(phase="p01-1"), target(phase="p01-1", unit="p01-01")):
        event = fold(Programme, [OPENED, changed]).set_target(record, tree=TREE, by=BY)
        assert event is not None
        assert (event.phase, event.unit) == ("p01-1", record.unit)
    given(Programme, OPENED, changed).when(
        lambda programme: programme.set_target(target(unit="vn", phase="p01-1"), tree=TREE, by=BY)
    ).then_refused(Conflict, saying="has no phase p01-1 for unit vn. Its phases: 1.")


# Targets as percentages.


@pytest.mark.parametrize(
    "changes",
    [
        {"value": None},
        {"percent": Decimal(5), "of": HeadCount.MEMBERS},
        {"value": None, "percent": Decimal(5)},
        {"of": HeadCount.MEMBERS},
    ],
)
def test_a_target_is_either_a_number_or_a_percentage_of_a_named_head_count(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError, match="either a value, or a percent"):
        target(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 0},
        {"value": None, "percent": Decimal(0), "of": HeadCount.MEMBERS},
        {"value": None, "percent": Decimal(1001), "of": HeadCount.MEMBERS},
    ],
)
def test_a_target_asks_for_something_that_can_be_reached(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"greater than|less than"):
        target(**changes)


@pytest.mark.parametrize(
    ("percent", "of", "value"),
    [
        ("5", HeadCount.MEMBERS, 600),
        ("5", HeadCount.MEMBERS_AND_WORKERS, 750),
        ("4.5", HeadCount.MEMBERS, 540),
        ("0.001", HeadCount.MEMBERS, 1),
        ("5.001", HeadCount.MEMBERS, 601),
        ("33.3", HeadCount.MEMBERS, 3996),
        ("100", HeadCount.MEMBERS, 12_000),
    ],
)
def test_a_percentage_is_resolved_rounded_up_and_the_number_is_in_the_event(
    percent: str, of: HeadCount, value: int
) -> None:
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(percentage(percent, of=of), tree=TREE, by=BY)
    ).then(TargetSet, value=value, percent=percent, of=of, counted_on=date(2021, 12, 31))


@for_any(
    members=st.integers(0, 11_000_000),
    percent=st.decimals("0.0001", "1000", places=4),
)
def test_a_percentage_is_the_least_whole_number_that_is_not_under_it(
    members: int, percent: Decimal
) -> None:
    tree = counted((DATED, members, members))
    event = fold(Programme, [OPENED]).set_target(percentage(str(percent)), tree=tree, by=BY)
    assert event is not None
    exact = members * int(percent.scaleb(4))
    assert (event.value - 1) * 10**6 < exact <= event.value * 10**6


COUNTS: Final = (
    (date(2021, 6, 30), 10_000, 10_000),
    (DATED, 12_000, 12_000),
    (date(2022, 1, 27), 20_000, 20_000),
)


@pytest.mark.parametrize(
    ("dated", "day", "value"),
    [
        (date(2022, 1, 25), date(2021, 6, 30), 500),
        (DATED, DATED, 600),
        (date(2022, 1, 27), date(2022, 1, 27), 1000),
        (date(2030, 1, 1), date(2022, 1, 27), 1000),
    ],
)
def test_a_percentage_is_of_the_latest_head_count_not_after_the_document(
    dated: date, day: date, value: int
) -> None:
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(
            percentage("5", dated=dated), tree=counted(*COUNTS), by=BY
        )
    ).then(TargetSet, value=value, counted_on=day)


def test_a_percentage_is_of_the_head_count_that_it_names() -> None:
    named = percentage("5", counted_on=date(2022, 1, 27))
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(named, tree=counted(*COUNTS), by=BY)
    ).then(TargetSet, value=1000, counted_on=date(2022, 1, 27))


def test_a_percentage_is_of_the_first_head_count_where_there_is_none_before_the_document() -> None:
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(
            percentage("5", dated=date(2021, 1, 1)), tree=counted(*COUNTS), by=BY
        )
    ).then(TargetSet, value=500, counted_on=date(2021, 6, 30), dated=date(2021, 1, 1))


def test_a_percentage_of_a_head_count_that_was_never_taken_says_nothing() -> None:
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(percentage("5", counted_on=DATED), tree=TREE, by=BY)
    ).then_refused(NoHeadCount, saying="asked for 2022-01-26")
    given(Programme, OPENED).when(
        lambda programme: programme.set_target(percentage("5"), tree=counted(), by=BY)
    ).then_refused(NoHeadCount, saying="Record a head count first")


def test_the_same_percentage_again_records_nothing_unless_the_heads_were_counted_anew() -> None:
    history = after(percentage("5"))
    given(Programme, *history).when(
        lambda programme: programme.set_target(percentage("5"), tree=TREE, by=BY)
    ).then_nothing_else()
    later = counted((date(2021, 12, 31), 12_000, 15_000), (date(2022, 1, 1), 12_001, 15_000))
    given(Programme, *history).when(
        lambda programme: programme.set_target(percentage("5"), tree=later, by=BY)
    ).then(TargetSet, value=601, counted_on=date(2022, 1, 1))


def test_a_resolved_percentage_does_not_change_by_itself_when_heads_are_counted_anew() -> None:
    history = after(percentage("5"))
    standing = fold(Programme, history).targets["p01", None, TargetKind.ASSIGNED][-1]
    assert (standing.value, standing.counted_on) == (600, date(2021, 12, 31))


# Folding.


def test_a_history_that_does_not_begin_with_its_opening_is_no_programme() -> None:
    with pytest.raises(NotFound, match="There is no such programme"):
        fold(Programme, after(target())[1:])
