"""The case keeper over a real ledger: every flagged idea in one case, whatever happened before the flag came."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dedup.case import Case, case_id
from services.dedup.keeper import Keeper
from services.wiring import System
from shared.docket import DocketState
from shared.events.case import CaseOpened, MemberChanged, MemberJoined, MemberLeft, MemberRuled
from shared.ledger.clock import UUID7, wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.settings import Settings
from shared.vocabulary import Ruling
from tests.works import (
    CLINIC,
    FORGE,
    LATHE,
    SOLUTIONS,
    Works,
    import_sample,
    slightly_other,
    works,
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Works]:
    with works(tmp_path / "town") as opened:
        yield opened


@pytest.fixture(scope="module")
def flagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, matched, and no case opened yet."""
    home = tmp_path_factory.mktemp("flagged")
    import_sample(home)
    with System(Settings(data=home)) as system:
        system.detector.match()
    return home


def _kept(home: Path, page: int) -> list[Case]:
    with System(Settings(data=home)) as system:
        system.keeper.page = page
        system.keeper.keep()
        return Works(system).cases()


def _members(case: Case) -> list[str]:
    return [m.member.external_id for m in case.docket.members]


def test_copies_of_one_idea_are_one_case_named_by_it(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0], FORGE)
    town.declare("other", SOLUTIONS[1])
    town.declare("three", slightly_other(SOLUTIONS[0]), CLINIC)
    town.match()
    (case,) = town.cases()
    assert case.id == case_id(town.idea("one"))
    assert _members(case) == ["one", "two", "three"]
    assert case.docket.state is DocketState.OPEN
    assert case.docket.canonical == town.idea("one")


@pytest.mark.parametrize("page", [1, 7])
def test_cases_are_the_same_in_whatever_pages_the_ledger_is_read(
    page: int, flagged: Path, tmp_path: Path
) -> None:
    whole = shutil.copytree(flagged, tmp_path / "whole")
    paged = shutil.copytree(flagged, tmp_path / "paged")
    expected = _kept(whole, 1000)
    assert len(expected) > 25
    assert _kept(paged, page) == expected


def test_keeping_again_opens_nothing(flagged: Path, tmp_path: Path) -> None:
    home = shutil.copytree(flagged, tmp_path / "again")
    expected = _kept(home, 1000)
    assert _kept(home, 1000) == expected


def test_a_later_copy_joins_the_case_after_a_restart(tmp_path: Path) -> None:
    with works(tmp_path) as town:
        town.declare("one", SOLUTIONS[0])
        town.declare("two", SOLUTIONS[0])
        town.match()
    with works(tmp_path) as town:
        town.declare("three", SOLUTIONS[0])
        town.match()
        (case,) = town.cases()
        assert _members(case) == ["one", "two", "three"]


def test_a_copy_of_two_cases_joins_one_and_leaves_the_other_as_it_is(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.declare("first", SOLUTIONS[1])
    town.declare("second", SOLUTIONS[1])
    town.match()
    town.declare("both", f"{SOLUTIONS[0]} {SOLUTIONS[1]}")
    town.match()
    assert {earlier for later, earlier in town.pairs() if later == "both"} == {
        "one",
        "two",
        "first",
        "second",
    }
    sizes = sorted(len(case.docket.members) for case in town.cases())
    assert sizes == [2, 3]


def test_a_ruling_recorded_while_the_keeper_works_is_not_lost(town: Works) -> None:
    """The ruling comes between the keeper's reading of the case and its writing."""
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.declare("three", SOLUTIONS[0])
    town.detector.match()
    waiting = [lambda: town.rule("two", Ruling.DUPLICATE_IN_UNIT)]

    def meanwhile() -> None:
        while waiting:
            waiting.pop()()

    ledger = Ledger(
        open_recorder(town.system.settings.address("ledger")),
        clock=wall_clock,
        new_id=UUID7(wall_clock, random.getrandbits),
        before_commit=[meanwhile],
    )
    try:
        Keeper(ledger).keep()
    finally:
        ledger.close()
    assert waiting == []
    (case,) = town.cases()
    assert [type(event) for event in town.ledger.stream(case.id)] == [
        CaseOpened,
        MemberRuled,
        MemberJoined,
    ]
    assert case.docket.rulings() == {town.idea("two"): Ruling.DUPLICATE_IN_UNIT}
    assert _members(case) == ["one", "two", "three"]


def test_two_keepers_at_once_open_each_case_once(town: Works) -> None:
    for number in range(4):
        town.declare(f"a{number}", SOLUTIONS[0])
        town.declare(f"b{number}", SOLUTIONS[1])
    town.detector.match()
    page = town.ledger.read(0)
    other = Keeper(town.ledger)
    other.handle(page[:-6])
    town.keeper.handle(page)
    other.handle(page)
    town.keeper.keep()
    assert [_members(case) for case in town.cases()] == [
        [f"a{n}" for n in range(4)],
        [f"b{n}" for n in range(4)],
    ]


# What happens to members.


def test_a_withdrawn_copy_leaves_and_the_open_case_is_moot(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.withdraw("two")
    town.match()
    (case,) = town.cases()
    assert case.docket.state is DocketState.MOOT


def test_a_withdrawn_canonical_reopens_the_ruled_case(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    town.withdraw("one")
    town.match()
    (case,) = town.cases()
    assert case.docket.state is DocketState.REOPENED
    assert case.docket.ruling(town.idea("two")) is Ruling.DUPLICATE_IN_UNIT
    town.rule("two", Ruling.NOT_DUPLICATE)
    assert town.cases()[0].docket.state is DocketState.RULED


def test_a_canonical_recognised_too_late_is_passed_over_until_it_is_recognised(
    town: Works,
) -> None:
    town.declare("one", SOLUTIONS[0], recognition=None)
    town.declare("two", SOLUTIONS[0])
    town.match()
    (case,) = town.cases()
    assert case.docket.canonical == town.idea("two")
    town.amend("one", SOLUTIONS[0])
    town.match()
    assert town.cases()[0].docket.canonical == town.idea("one")


def test_an_open_case_marks_the_member_whose_solution_was_amended(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.amend("two", slightly_other(SOLUTIONS[0]))
    town.match()
    (case,) = town.cases()
    assert [m.text_changed for m in case.docket.members] == [False, True]
    assert case.docket.state is DocketState.OPEN


def test_a_new_title_is_no_changed_solution(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.amend("two", SOLUTIONS[0], title="Một tên khác hẳn")
    town.match()
    (case,) = town.cases()
    assert not any(m.text_changed for m in case.docket.members)


def test_a_rerouted_member_moves_its_case_to_the_new_subtree(town: Works) -> None:
    town.declare("one", SOLUTIONS[0], FORGE)
    town.declare("two", SOLUTIONS[0], FORGE)
    town.match()
    town.reroute("two", CLINIC)
    town.match()
    (case,) = town.cases()
    assert [m.member.unit for m in case.docket.members] == [FORGE, CLINIC]
    assert town.rule("two", Ruling.COPIED).unit == CLINIC


def test_a_ruled_copy_is_asked_about_when_it_is_amended_and_flagged_again(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    town.amend("two", slightly_other(SOLUTIONS[0]))
    town.match()
    (case,) = town.cases()
    assert case.docket.state is DocketState.REOPENED
    assert case.docket.ruling(town.idea("two")) is Ruling.DUPLICATE_IN_UNIT


def test_a_ruled_copy_is_left_in_peace_when_its_new_text_is_like_no_other(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    town.amend("two", SOLUTIONS[1])
    town.match()
    assert town.cases()[0].docket.state is DocketState.RULED


def test_a_ruled_copy_is_left_in_peace_when_only_the_money_is_corrected(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    town.amend("two", SOLUTIONS[0], benefit_vnd=7_000_000)
    town.match()
    assert town.cases()[0].docket.state is DocketState.RULED


def test_a_distinct_whose_solution_changed_is_put_to_a_person_once(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", slightly_other(SOLUTIONS[0]))
    town.match()
    town.rule("two", Ruling.INDEPENDENT)
    town.amend("two", SOLUTIONS[0])
    town.match()
    (case,) = town.cases()
    reopened = [e for e in town.ledger.stream(case.id) if e.TOPIC == "case.reopened"]
    assert (case.docket.state, len(reopened)) == (DocketState.REOPENED, 1)


# What happened before the matcher came to it.


def test_an_idea_withdrawn_before_it_was_flagged_is_brought_before_nobody(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.withdraw("two")
    town.declare("first", SOLUTIONS[1])
    town.declare("second", SOLUTIONS[1])
    town.withdraw("first")
    town.match()
    assert town.pairs() == [("two", "one"), ("second", "first")]
    assert town.cases() == []


def test_a_case_knows_what_became_of_its_members_before_they_were_flagged(town: Works) -> None:
    town.declare("one", SOLUTIONS[0], FORGE)
    town.declare("two", SOLUTIONS[0], FORGE)
    town.reroute("two", CLINIC)
    town.amend("one", slightly_other(SOLUTIONS[0]), first_applied_on="2022-04-25")
    town.match()
    (case,) = town.cases()
    one, two = case.docket.members
    assert (two.member.unit, one.member.unit) == (CLINIC, FORGE)
    assert (one.text_changed, two.text_changed) == (True, False)
    assert case.docket.canonical == town.idea("two")
    said = [type(event) for event in town.ledger.stream(case.id)]
    assert said == [CaseOpened, MemberChanged, MemberChanged]


@pytest.mark.parametrize("restart", [False, True], ids=["running on", "restarted"])
def test_it_comes_to_the_same_whether_the_flag_or_the_change_came_first(
    tmp_path: Path, restart: bool
) -> None:
    told = []
    for at_once in (True, False):
        with works(tmp_path / str(at_once)) as town:
            town.declare("one", SOLUTIONS[0], FORGE)
            town.declare("two", SOLUTIONS[0], FORGE)
            town.declare("three", SOLUTIONS[0], LATHE)
            if at_once:
                town.match()
            town.reroute("two", CLINIC)
            town.amend("three", slightly_other(SOLUTIONS[0]))
            if restart:
                town.keeper.keep()
                Keeper(town.ledger).keep()
            town.detector.match()
            (Keeper(town.ledger) if restart else town.keeper).keep()
            (case,) = town.cases()
            told.append(
                [
                    (m.member.external_id, m.member.unit, m.text_changed, m.left)
                    for m in case.docket.members
                ]
            )
    assert told[0] == told[1]


def test_a_member_withdrawn_from_a_case_does_not_come_back_by_a_late_flag(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.declare("three", SOLUTIONS[0])
    town.withdraw("two")
    town.match()
    (case,) = town.cases()
    assert [(m.member.external_id, m.left) for m in case.docket.members] == [
        ("one", False),
        ("two", True),
        ("three", False),
    ]
    left = [e for e in town.ledger.stream(case.id) if isinstance(e, MemberLeft)]
    assert len(left) == 1
