"""What a reviewer is shown: the latest suspicion of each pair, in the texts as they were compared, and nothing hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dedup.explain import Explanation
from services.dedup.grounds import flags_between
from services.dedup.hearing import CaseShown, explained, hearing
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model
from services.dedup.variants import VERSION
from shared.vocabulary import Ruling
from tests.places import BY
from tests.wordings import hashes
from tests.works import CLINIC, FORGE, LATHE, SOLUTIONS, Works, slightly_other, works


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Works]:
    with works(tmp_path / "town") as opened:
        yield opened


def _two_copies(town: Works, **more: object) -> None:
    town.declare("one", SOLUTIONS[0], LATHE, **more)
    town.declare("two", slightly_other(SOLUTIONS[0]), LATHE, **more)
    town.match()


def _heard(town: Works) -> CaseShown:
    (case,) = town.cases()
    tree = town.system.directory.tree()
    return hearing(case, town.ledger, town.detector.models, tree)


def _explained(town: Works, later: str = "two", earlier: str = "one") -> Explanation:
    *_, flag = flags_between(town.idea(later), town.idea(earlier), town.ledger)
    return explained(flag, town.ledger, town.detector.models)


def test_a_hearing_shows_the_members_and_why_they_are_suspected(town: Works) -> None:
    _two_copies(town)
    shown = _heard(town)
    assert [m.external_id for m in shown.members] == ["one", "two"]
    assert shown.members[0].content.solution == SOLUTIONS[0]
    (suspicion,) = shown.suspicions
    assert (suspicion.band, suspicion.tier) == (shown.band, "unit")
    assert suspicion.explanation["terms"]
    stretches = suspicion.explanation["idea_spans"]
    assert isinstance(stretches, list)
    text = shown.members[1].content.solution
    assert all(text[start:end] in SOLUTIONS[0] for start, end in stretches)


def test_the_explanation_of_a_flag_is_found_though_it_came_before_any_rules(town: Works) -> None:
    """Declarations come first, and the first match adopts the rules."""
    _two_copies(town)
    assert _explained(town).score == town.flags()[0].score


def test_the_explanation_of_a_flag_is_found_under_another_model(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    fitted = Model.fit(hashes(SOLUTIONS))
    town.detector.models.keep(fitted)
    matching = town.ledger.load(Matching, matching_id())
    town.ledger.append(matching.adopt_model(fitted.id, normaliser=VERSION, by=BY))
    before = _explained(town)
    town.match()
    assert _explained(town) == before
    town.detector.rescore()
    assert _explained(town).terms != before.terms
    assert _heard(town).suspicions[0].model == fitted.id


def test_who_is_not_suspected_has_no_explanation(town: Works) -> None:
    _two_copies(town)
    assert flags_between(town.idea("one"), town.idea("two"), town.ledger) == []


def test_a_rerouted_member_is_shown_in_its_new_tier(town: Works) -> None:
    _two_copies(town)
    town.reroute("two", CLINIC)
    town.match()
    (suspicion,) = _heard(town).suspicions
    assert suspicion.tier == "first"
    assert "the same first-level union" in str(suspicion.explanation["en"])


def test_a_flag_is_explained_in_the_words_that_were_compared(town: Works) -> None:
    _two_copies(town)
    before = _explained(town)
    town.amend("one", SOLUTIONS[1])
    town.amend("two", SOLUTIONS[2])
    town.match()
    assert _explained(town) == before


def test_places_in_a_text_that_was_amended_since_are_not_shown(town: Works) -> None:
    _two_copies(town)
    town.amend("two", SOLUTIONS[2])
    town.match()
    (suspicion,) = _heard(town).suspicions
    assert suspicion.explanation["idea_spans"] == []
    assert suspicion.explanation["of_spans"]


def test_the_latest_suspicion_of_a_pair_is_the_one_shown(town: Works) -> None:
    _two_copies(town)
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    town.amend("two", SOLUTIONS[0])
    town.match()
    (suspicion,) = _heard(town).suspicions
    assert suspicion.band == "exact"
    assert suspicion.explanation["idea_spans"] == [[0, len(SOLUTIONS[0].rstrip("."))]]


@pytest.mark.parametrize("hidden", ["one", "two"])
def test_of_a_confidential_solution_nothing_is_shown(town: Works, hidden: str) -> None:
    for name, solution in (("one", SOLUTIONS[0]), ("two", SOLUTIONS[0])):
        secret = ["solution"] if name == hidden else []
        town.declare(name, solution, FORGE, confidential=secret)
    town.match()
    shown = _heard(town)
    assert [m.content.solution == "" for m in shown.members] == [hidden == "one", hidden == "two"]
    (suspicion,) = shown.suspicions
    told = suspicion.explanation
    assert [told[part] for part in ("terms", "idea_spans", "of_spans")] == [[], [], []]


@pytest.mark.parametrize("hidden", ["one", "two"])
def test_what_is_declared_confidential_later_is_hidden_in_earlier_suspicions_too(
    town: Works, hidden: str
) -> None:
    _two_copies(town)
    assert _explained(town).terms
    solution = {"one": SOLUTIONS[0], "two": slightly_other(SOLUTIONS[0])}[hidden]
    town.amend(hidden, solution, confidential=["solution"])
    town.match()
    told = _explained(town)
    assert (told.terms, told.idea_spans, told.of_spans) == ((), (), ())
    said = _heard(town).model_dump_json()
    assert said.count(SOLUTIONS[0][:40]) <= 1
