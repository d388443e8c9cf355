"""The matching rules: adopted by events, so that a replay suspects under the rules of the day."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from services.dedup.matching import Matching, OtherTables, matching_id
from services.dedup.normalise import VERSION
from shared.calibration import IDENTITY
from shared.errors import Conflict, Invalid
from shared.events.matching import ModelAdopted, RulesAdopted
from shared.vocabulary import MatchingRules, Thresholds
from tests.gwt import given
from tests.suspects import REVIEWER as BY

BEGUN = Matching.begin("sha256:first", normaliser=VERSION, by=BY)
STRICTER = MatchingRules(thresholds=Thresholds(similar=0.6, near=0.8, exact=0.98))


def test_a_cold_system_begins_with_a_model_and_the_default_rules() -> None:
    (
        given(Matching)
        .when(lambda kind: kind.begin("sha256:first", normaliser=VERSION, by=BY))
        .then(
            ModelAdopted,
            originator_id=matching_id(),
            originator_version=1,
            model="sha256:first",
            normaliser=VERSION,
        )
        .then(RulesAdopted, originator_version=2, rules=MatchingRules())
        .then_nothing_else()
        .so_that(lambda m: (m.model, m.rules), ("sha256:first", MatchingRules()))
    )


def test_another_model_is_adopted_and_the_rules_stay() -> None:
    (
        given(Matching, *BEGUN)
        .when(lambda matching: matching.adopt_model("sha256:second", normaliser=VERSION, by=BY))
        .then(ModelAdopted, model="sha256:second", normaliser=VERSION)
        .so_that(lambda m: (m.model, m.rules), ("sha256:second", MatchingRules()))
    )


def test_a_model_for_other_tables_is_not_adopted() -> None:
    (
        given(Matching, *BEGUN)
        .when(lambda matching: matching.adopt_model("sha256:old", normaliser="0", by=BY))
        .then_refused(
            OtherTables, saying=f"read by tables 0, and this version reads by tables {VERSION}"
        )
    )


def test_a_cold_system_does_not_begin_with_a_model_for_other_tables() -> None:
    (
        given(Matching)
        .when(lambda kind: kind.begin("sha256:old", normaliser="0", by=BY))
        .then_refused(OtherTables, saying="sangkien model adopt shipped")
    )


def test_the_model_in_force_is_not_adopted_again() -> None:
    (
        given(Matching, *BEGUN)
        .when(lambda matching: matching.adopt_model("sha256:first", normaliser=VERSION, by=BY))
        .then_refused(Conflict, saying="is in force already")
    )


def test_other_rules_are_adopted_with_a_reason_and_the_model_stays() -> None:
    (
        given(Matching, *BEGUN)
        .when(lambda m: m.adopt_rules(STRICTER, reason="Quá nhiều cảnh báo yếu", by=BY))
        .then(RulesAdopted, rules=STRICTER, reason="Quá nhiều cảnh báo yếu")
        .so_that(lambda m: (m.model, m.rules), ("sha256:first", STRICTER))
    )


def test_rules_do_not_change_without_a_reason() -> None:
    (
        given(Matching, *BEGUN)
        .when(lambda m: m.adopt_rules(STRICTER, reason=" ", by=BY))
        .then_refused(Invalid, saying="Say why the rules change")
    )


def test_stop_phrases_are_for_texts_that_are_matched() -> None:
    mistyped = MatchingRules(stop_phrases={"tilte": ("một số biện pháp",)})
    (
        given(Matching, *BEGUN)
        .when(lambda m: m.adopt_rules(mistyped, reason="Tên đề tài", by=BY))
        .then_refused(Invalid, saying="No text called tilte")
    )


def test_just_the_same_rules_are_not_adopted_again() -> None:
    (
        given(Matching, *BEGUN)
        .when(lambda m: m.adopt_rules(MatchingRules(), reason="Nhắc lại", by=BY))
        .then_refused(Conflict, saying="in force already")
    )


@pytest.mark.parametrize(
    "limits",
    [{"similar": 0.98, "near": 0.97}, {"near": 0.99999}, {"similar": -0.1}, {"exact": 1.1}],
)
def test_bands_rise_and_lie_between_nothing_and_all(limits: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Thresholds(**limits)


def test_lines_that_were_drawn_before_there_was_a_calibration_are_lines_of_likeness() -> None:
    adopted = Matching.begin("sha256:model", normaliser=VERSION, by=BY)[1]
    assert isinstance(adopted, RulesAdopted)
    said = adopted.model_dump(mode="json", by_alias=True)
    assert RulesAdopted.model_validate_json(json.dumps(said)).rules == MatchingRules()
    del said["rules"]["calibration"]
    assert RulesAdopted.model_validate_json(json.dumps(said)).rules.calibration == IDENTITY
