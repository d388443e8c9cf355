"""Rescoring: all that was matched, suspected again under the rules and the model now in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dedup.case import Case
from services.dedup.flag import RESCORER
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model, Models
from services.dedup.variants import VERSION
from services.wiring import System
from shared.docket import DocketState
from shared.events.matching import FlagRaised
from shared.settings import Settings
from shared.vocabulary import MatchingRules, Ruling
from tests.places import BY
from tests.wordings import hashes
from tests.works import FORGE, SHOPS, SOLUTIONS, Works, import_sample, slightly_other, works

BLIND = {"thresholds": {"similar": 1.0, "near": 1.0, "exact": 1.0}}
"""Rules under which hardly anything is suspected."""
DEFAULT = MatchingRules().model_dump()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Works]:
    with works(tmp_path / "town") as opened:
        yield opened


def _brief(flags: list[FlagRaised]) -> list[tuple[object, ...]]:
    """What flags say, whatever ids and positions the ideas have."""
    return [
        (f.idea.external_id, f.of.external_id, f.score, f.band, f.parts, f.tier, f.reasons)
        for f in flags
    ]


def _cases(town: Works) -> list[Case]:
    return [town.ledger.load(Case, case.id) for case in town.cases()]


def test_under_the_same_rules_nothing_is_new(tmp_path: Path) -> None:
    import_sample(tmp_path)
    with System(Settings(data=tmp_path)) as system:
        town = Works(system)
        town.match()
        head = town.ledger.head()
        assert town.detector.rescore() == 0
        assert town.ledger.head() == head


def test_what_was_missed_under_other_rules_is_found_as_if_they_had_held_from_the_first(
    tmp_path: Path,
) -> None:
    seeing, blind = tmp_path / "seeing", tmp_path / "blind"
    import_sample(seeing)
    with System(Settings(data=seeing)) as system:
        town = Works(system)
        town.match()
        expected = town.flags()
    import_sample(blind, last=0)
    with System(Settings(data=blind)) as system:
        town = Works(system)
        town.match()
        town.adopt(**BLIND)
    import_sample(blind)
    with System(Settings(data=blind)) as system:
        town = Works(system)
        town.match()
        assert len(town.flags()) < len(expected) / 2
        town.adopt(**DEFAULT)
        town.match()
        assert town.detector.rescore() == len(expected)
        new = [flag for flag in town.flags() if flag.rules_version == 4]
        assert _brief(new) == _brief(expected)
        assert {flag.by.name for flag in new} == {RESCORER}
        assert town.detector.rescore() == 0


def _missed(town: Works) -> None:
    """Three copies that blind rules let pass, and then the default rules again."""
    town.adopt(**BLIND)
    town.match()
    town.declare("one", SOLUTIONS[0])
    town.declare("two", slightly_other(SOLUTIONS[0]), FORGE)
    town.declare("other", SOLUTIONS[1])
    town.match()
    assert town.pairs() == []
    town.adopt(**DEFAULT)
    town.match()


def test_adopting_rules_alone_finds_nothing_of_what_came_before(town: Works) -> None:
    _missed(town)
    assert town.pairs() == []


def test_the_keeper_opens_cases_from_what_a_rescoring_found(town: Works) -> None:
    _missed(town)
    assert town.detector.rescore() == 1
    assert town.cases() == []
    town.keeper.keep()
    (case,) = town.cases()
    assert [m.member.external_id for m in case.docket.members] == ["one", "two"]
    assert case.docket.state is DocketState.OPEN


def test_each_idea_is_held_against_exactly_what_came_before_it(town: Works) -> None:
    _missed(town)
    town.declare("three", SOLUTIONS[0])
    town.detector.rescore()
    assert town.pairs() == [("two", "one")]
    for flag in town.flags():
        assert flag.of.position < flag.idea.position == flag.cut + 1
    town.match()
    assert town.pairs()[1:] == [("three", "one"), ("three", "two")]


def test_a_rescoring_tells_how_far_it_has_come(town: Works) -> None:
    _missed(town)
    told: list[tuple[int, int]] = []
    town.detector.rescore(lambda at, to: told.append((at, to)))
    assert told[-1] == (town.detector.position(), town.detector.position())


def test_nothing_matched_is_nothing_to_rescore(town: Works) -> None:
    assert town.detector.rescore() == 0
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    assert town.detector.rescore() == 0
    assert town.pairs() == []


# What people decided.


def test_a_rescoring_clears_no_ruling_and_reopens_no_case(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.declare("three", SOLUTIONS[0])
    town.match()
    town.amend("two", slightly_other(SOLUTIONS[0]))
    town.match()
    for name in ("two", "three"):
        town.rule(name, Ruling.DUPLICATE_IN_UNIT)
    town.match()
    before = _cases(town)
    assert before[0].docket.state is DocketState.RULED
    town.adopt(short_words=10)
    town.match()
    assert town.detector.rescore() > 0
    town.match()
    assert _cases(town) == before


def test_a_further_copy_that_a_rescoring_finds_is_to_be_judged_while_the_others_stay_judged(
    town: Works,
) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    town.adopt(**BLIND)
    town.declare("three", slightly_other(SOLUTIONS[0]))
    town.match()
    town.adopt(**DEFAULT)
    town.match()
    town.detector.rescore()
    town.match()
    (case,) = town.cases()
    assert case.docket.state is DocketState.OPEN
    assert case.docket.rulings() == {town.idea("two"): Ruling.DUPLICATE_IN_UNIT}
    assert case.docket.member(town.idea("three")) is not None


@pytest.mark.parametrize("matched", [True, False], ids=["matched", "not yet matched"])
def test_a_pair_ruled_distinct_stays_apart(town: Works, matched: bool) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", slightly_other(SOLUTIONS[0]))
    town.match()
    town.adopt(thresholds={"similar": 0.3, "near": 0.6, "exact": 0.9})
    town.match()
    town.rule("two", Ruling.INDEPENDENT)
    if matched:
        town.match()
    assert town.detector.rescore() == 0
    assert town.pairs() == [("two", "one")]


@pytest.mark.parametrize("matched", [True, False], ids=["matched", "not yet matched"])
def test_a_withdrawn_idea_is_left_in_peace(town: Works, matched: bool) -> None:
    _missed(town)
    town.withdraw("one")
    if matched:
        town.match()
    assert town.detector.rescore() == 0


def test_only_the_latest_text_of_an_idea_is_suspected(town: Works) -> None:
    _missed(town)
    town.amend("one", SOLUTIONS[2])
    town.match()
    assert town.detector.rescore() == 0
    town.adopt(**{**BLIND, "short_words": 1})
    town.amend("other", slightly_other(SOLUTIONS[2]))
    town.match()
    town.adopt(**DEFAULT)
    town.match()
    assert town.detector.rescore() == 1
    (flag,) = town.flags()
    assert (flag.idea.external_id, flag.of.external_id, flag.idea_version) == ("other", "one", 2)


def test_a_case_that_a_rescoring_opens_knows_where_its_members_stand_now(town: Works) -> None:
    _missed(town)
    town.reroute("one", SHOPS[-1])
    town.match()
    town.detector.rescore()
    town.match()
    (case,) = town.cases()
    assert [m.member.unit for m in case.docket.members] == [SHOPS[-1], FORGE]


# The model, and the matcher that goes on.


def test_another_model_suspects_all_anew_under_its_own_name(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    fitted = Model.fit(hashes(SOLUTIONS))
    town.detector.models.keep(fitted)
    matching = town.ledger.load(Matching, matching_id())
    town.ledger.append(matching.adopt_model(fitted.id, normaliser=VERSION, by=BY))
    town.match()
    assert town.detector.rescore() == 1
    assert [flag.model for flag in town.flags()] == [Models.shipped().id, fitted.id]
    assert town.pairs() == [("two", "one")] * 2


@pytest.mark.parametrize("restart", [False, True], ids=["running on", "restarted"])
def test_a_rescoring_changes_nothing_for_the_matcher_that_goes_on(
    tmp_path: Path, restart: bool
) -> None:
    """What a rescoring found says nothing about what was standard when the ideas came."""
    with works(tmp_path) as town:
        town.adopt(**BLIND, standard_units=3)
        town.match()
        for number, shop in enumerate(SHOPS[:4]):
            town.declare(f"copy-{number}", slightly_other(SOLUTIONS[0]), shop, title=str(number))
        town.match()
        assert town.pairs() == []
        town.adopt(**DEFAULT | {"standard_units": 3})
        town.match()
        assert town.detector.rescore() == 6
        town.match()
        if not restart:
            _the_copies_made_it_standard(town)
            return
    with works(tmp_path) as town:
        _the_copies_made_it_standard(town)


def _the_copies_made_it_standard(town: Works) -> None:
    town.declare("last", slightly_other(SOLUTIONS[0]), SHOPS[5])
    town.match()
    assert [pair for pair in town.pairs() if pair[0] == "last"] == []
