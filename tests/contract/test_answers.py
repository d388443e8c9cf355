"""Which answers of people count when the score is calibrated, and what becomes of the rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from services.dedup.answers import Known, known
from services.dedup.calibration import Answer
from services.dedup.cluster import exclude
from services.dedup.labels import DIFFERENT, SAME
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model
from services.dedup.rulings import RulingList, Wanted, give
from services.dedup.undoing import undo
from services.dedup.variants import VERSION
from shared.calibration import IDENTITY
from shared.vocabulary import MatchingRules, Ruling
from tests.journey.test_command_line import done, refused
from tests.places import BY
from tests.wordings import hashes
from tests.works import SHOPS, SOLUTIONS, Works, slightly_other, works

COPIES: Final = 9


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Works]:
    with works(tmp_path / "home") as town:
        yield town


def _one_copied(town: Works) -> None:
    """A solution, and a later one that is nearly the same."""
    town.declare("gốc", SOLUTIONS[0])
    town.declare("chép", slightly_other(SOLUTIONS[0]))
    town.match()


def _answers(town: Works, labelled: dict[frozenset[UUID], bool] | None = None) -> list[Answer]:
    return known(town.ledger, labelled or {}).counted


def _likeness(town: Works) -> float:
    (flag,) = town.flags()
    return MatchingRules().calibration.likeness(flag.score)


def _anybody(_: str) -> None:
    """Everybody may rule on everything."""


def _rule_in_a_list(town: Works, ruling: Ruling) -> UUID:
    wanted = Wanted(
        case=town.case("chép").id, member=town.idea("chép"), ruling=ruling, reason="Đã xem."
    )
    return _rule_on(town, [wanted])


def _rule_on(town: Works, wanted: list[Wanted]) -> UUID:
    rulings = town.ledger.new_id()
    given = give(wanted, town.ledger, rulings=rulings, permit=_anybody, by=BY)
    town.ledger.append(*given.rulings, given.together)
    return rulings


def _undo(town: Works, rulings: UUID) -> None:
    found = town.ledger.load(RulingList, rulings)
    undone = undo(found, town.ledger, reason="Nhầm.", permit=_anybody, by=BY)
    town.ledger.append(*undone.restored, undone.together)


@pytest.mark.parametrize("ruling", Ruling)
def test_what_leaves_net_is_a_duplicate_and_nothing_else_is(town: Works, ruling: Ruling) -> None:
    _one_copied(town)
    assert _answers(town) == []
    town.rule("chép", ruling)
    kind = SAME if ruling.leaves_net else DIFFERENT
    assert _answers(town) == [Answer(kind, ruling.leaves_net, _likeness(town))]


def test_the_last_ruling_of_a_pair_counts(town: Works) -> None:
    _one_copied(town)
    town.rule("chép", Ruling.COPIED)
    town.rule("chép", Ruling.TEMPLATE_ONLY)
    assert [answer.same for answer in _answers(town)] == [False]


def test_what_was_undone_does_not_count_and_what_stood_before_counts_again(town: Works) -> None:
    _one_copied(town)
    _undo(town, _rule_in_a_list(town, Ruling.COPIED))
    assert _answers(town) == []
    town.rule("chép", Ruling.NOT_DUPLICATE)
    _undo(town, _rule_in_a_list(town, Ruling.COPIED))
    assert [answer.same for answer in _answers(town)] == [False]


def test_a_ruling_on_whom_a_person_excluded_counts_no_more(town: Works) -> None:
    _one_copied(town)
    town.rule("chép", Ruling.COPIED)
    town.ledger.append(*exclude(town.case("chép"), town.idea("chép"), reason="Nhầm hồ sơ.", by=BY))
    assert _answers(town) == []


def test_a_ruling_on_words_that_were_never_compared_does_not_count(town: Works) -> None:
    _one_copied(town)
    town.amend("chép", SOLUTIONS[1])
    town.match()
    town.rule("chép", Ruling.NOT_DUPLICATE)
    assert _answers(town) == []


def test_a_likeness_is_read_on_the_scale_of_the_rules_of_its_flag(town: Works) -> None:
    town.adopt(
        calibration=IDENTITY.model_dump(), thresholds={"similar": 0.3, "near": 0.75, "exact": 0.97}
    )
    _one_copied(town)
    town.rule("chép", Ruling.COPIED)
    (flag,) = town.flags()
    town.adopt()
    assert [answer.likeness for answer in _answers(town)] == [flag.score]


def test_a_pair_that_was_judged_elsewhere_counts_unless_it_was_ruled(town: Works) -> None:
    _one_copied(town)
    pair = frozenset(map(town.idea, ("gốc", "chép")))
    assert [answer.same for answer in _answers(town, {pair: False})] == [False]
    town.rule("chép", Ruling.COPIED)
    assert [answer.same for answer in _answers(town, {pair: False})] == [True]


def test_a_judged_pair_that_was_never_flagged_does_not_count(town: Works) -> None:
    town.declare("một", SOLUTIONS[0])
    town.declare("hai", SOLUTIONS[1])
    town.match()
    found = known(town.ledger, {frozenset(map(town.idea, ("một", "hai"))): True})
    assert found == Known(counted=[], of_other_models=0, never_flagged=1)


def test_what_only_another_model_measured_does_not_count_until_this_one_did(town: Works) -> None:
    _one_copied(town)
    town.rule("chép", Ruling.COPIED)
    fitted = Model.fit(hashes(SOLUTIONS))
    town.detector.models.keep(fitted)
    matching = town.ledger.load(Matching, matching_id())
    town.ledger.append(matching.adopt_model(fitted.id, normaliser=VERSION, by=BY))
    assert known(town.ledger, {}) == Known(counted=[], of_other_models=1, never_flagged=0)
    town.detector.rescore()
    found = known(town.ledger, {})
    assert (len(found.counted), found.of_other_models) == (1, 0)
    (flag,) = (flag for flag in town.flags() if flag.model == fitted.id)
    assert found.counted[0].likeness == MatchingRules().calibration.likeness(flag.score)


def test_a_trial_of_the_calibration_leaves_no_trace(town: Works, tmp_path: Path) -> None:
    before = town.ledger.head()
    calibrate = ("rules", "calibrate", "--data", tmp_path / "home")
    assert "0 say duplicate" in refused(*calibrate, "--dry-run")
    assert "0 say duplicate" in refused(*calibrate, "--reason", "Thử")
    assert "Say why" in refused(*calibrate)
    assert town.ledger.head() == before


def test_reviewers_rule_and_what_a_score_says_follows_them(town: Works, tmp_path: Path) -> None:
    home = tmp_path / "home"
    calibrate = ("rules", "calibrate", "--data", home)
    for number, solution in enumerate(SOLUTIONS):
        town.declare(f"gốc {number}", solution)
        words = solution.split()
        for copy in range(COPIES):
            # Each copy has fewer of the original's words than the one before it, and more of its own.
            size = len(words) * (16 - copy) // 16
            own = [f"riêng{number}x{copy}x{n}" for n in range(len(words) - size)]
            text = " ".join([*words[:size], *own])
            town.declare(f"chép {number} {copy}", text, SHOPS[copy % 4])
    town.match()
    cases = {m.member.external_id: case.id for case in town.cases() for m in case.docket.members}
    wanted = [
        Wanted(
            case=cases[f"chép {number} {copy}"],
            member=town.idea(f"chép {number} {copy}"),
            ruling=Ruling.COPIED if copy < COPIES // 2 + number % 3 else Ruling.INDEPENDENT,
            reason="Đã xem.",
        )
        for number in range(len(SOLUTIONS))
        for copy in range(COPIES)
    ]
    _rule_on(town, wanted[:COPIES])
    said = refused(*calibrate, "--reason", "Thử")
    assert "4 say duplicate, 5 say not" in said
    assert "--labels" in said
    judged = {"idea": "chép 1 0", "of": "gốc 1", "same": False}
    labels = tmp_path / "judged.jsonl"
    labels.write_text(json.dumps(judged), "utf-8")
    assert "4 say duplicate, 6 say not" in refused(*calibrate, "--labels", labels, "--dry-run")
    _rule_on(town, wanted[COPIES:])

    before = town.ledger.load(Matching, matching_id())
    tried = done(*calibrate, "--dry-run", "--json").json
    assert tried["position"] is None
    assert tried["answers"]["same"] + tried["answers"]["other"] >= 100
    assert tried["after"]["brier"] < tried["before"]["brier"]
    assert town.ledger.load(Matching, matching_id()) == before
    assert "Say why" in refused(*calibrate)

    assert "Sau khi hiệu chỉnh" in done(*calibrate, "--reason", "Biên bản họp 12/4").out
    after = town.ledger.load(Matching, matching_id())
    assert after.rules == MatchingRules.model_validate_json(json.dumps(tried["rules"]))
    assert after.version == before.version + 1
    assert "in force already" in refused(*calibrate, "--reason", "Lần nữa")

    raised = len(town.flags())
    town.detector.rescore()
    again = town.flags()[raised:]
    assert {(f.idea.idea, f.of.idea) for f in again} <= {
        (f.idea.idea, f.of.idea) for f in town.flags()[:raised]
    }
    assert {f.rules_version for f in again} == {after.version}
