"""From a likeness to a score: what the fit finds, what a score may never do, and where the lines stand."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.answers import (
    FEWEST,
    FEWEST_OF_EACH,
    AnswersSayNothing,
    TooFewAnswers,
    calibrated,
    redrawn,
)
from services.dedup.calibration import SHIPPED, Answer, evenly, fitted, read, shipped, write
from services.dedup.lexicon import Lexicon
from services.dedup.likeness import combine
from services.dedup.model import Models
from services.dedup.score import ROUNDING, Judge
from shared.calibration import IDENTITY, STEP, Calibration, percent
from shared.vocabulary import MatchingRules, Parts, Thresholds, Tier
from tools.ship_calibration import asked

CALIBRATION: Final = Calibration()
LEXICON: Final = Lexicon()
MODEL: Final = Models.shipped()

shares = st.floats(0, 1)
millionths = st.integers(0, 10**6).map(lambda number: number / 10**6)
calibrations = st.builds(Calibration, a=st.floats(0, 20), b=st.floats(0, 20), c=st.floats(-20, 20))


# The shipped set.


def test_the_defaults_are_what_the_shipped_set_says() -> None:
    answers = shipped()
    assert fitted(answers, evenly(answers)).model_dump() == pytest.approx(
        CALIBRATION.model_dump(), abs=1e-6
    )


def test_the_shipped_set_holds_no_words_and_both_answers() -> None:
    content = files("services.dedup").joinpath(SHIPPED).read_bytes()
    assert len(content) <= 200_000
    assert re.fullmatch(rb"([a-z]+(-[a-z]+)*\t[01]\t[01]\.\d{6}\n)+", content)
    assert {answer.same for answer in shipped()} == {True, False}


def test_a_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    answers = [Answer("part", same=True, likeness=0.61), Answer("frame", same=False, likeness=0.2)]
    write(answers, tmp_path / "set.tsv")
    assert read((tmp_path / "set.tsv").read_text("utf-8")) == sorted(answers)


def test_measuring_again_replaces_the_shipped_set_only_when_told_to() -> None:
    assert asked(["documents"]) == (Path("documents"), False)
    assert asked(["documents", "--write"]) == (Path("documents"), True)


@pytest.mark.parametrize(
    ("share", "whole", "tenths"),
    [(0.0, 0, 0.0), (0.29, 29, 29.0), (0.9996, 99, 99.9), (0.999999, 99, 99.9), (1.0, 100, 100.0)],
)
def test_only_what_is_certain_is_100_percent(share: float, whole: float, tenths: float) -> None:
    assert (percent(share), percent(share, 1)) == (whole, tenths)


def test_the_lines_stand_at_these_likenesses() -> None:
    lines = MatchingRules().thresholds
    at = {name: CALIBRATION.likeness(line) for name, line in lines.model_dump().items()}
    assert at == pytest.approx({"similar": 0.2475, "near": 0.75, "exact": 0.97}, abs=1e-3)


def test_every_kind_of_pair_weighs_the_same_however_many_were_made() -> None:
    answers = [
        *[Answer("one", same=True, likeness=0.5)] * 3,
        Answer("other", same=True, likeness=0.5),
        *[Answer("none", same=False, likeness=0.5)] * 2,
    ]
    assert evenly(answers) == pytest.approx([1 / 9] * 3 + [1 / 3] + [1 / 6] * 2)


# The fit.


def test_the_fit_finds_the_numbers_that_the_answers_were_drawn_by() -> None:
    drawn_by = Calibration(a=2.0, b=0.7, c=-0.4)
    answers, weights = [], []
    for likeness in np.linspace(0.01, 0.99, 99).round(6).tolist():
        share = drawn_by.share(likeness)
        answers += [Answer("drawn", same, likeness) for same in (True, False)]
        weights += [share, 1 - share]
    assert fitted(answers, weights).model_dump() == pytest.approx(drawn_by.model_dump(), abs=1e-3)


def test_answers_that_fall_while_likeness_rises_leave_one_score_for_all() -> None:
    answers = [Answer("odd", n % 10 < 8 if n < 50 else n % 10 < 4, n / 100) for n in range(1, 100)]
    found = fitted(answers, [1.0] * len(answers))
    assert (found.a, found.b) == (0.0, 0.0)
    same = sum(answer.same for answer in answers) / len(answers)
    assert found.share(0.2) == found.share(0.9) == pytest.approx(same, abs=1e-6)


def test_what_is_alike_in_everything_or_nothing_changes_no_fit() -> None:
    answers = shipped()
    more = [Answer("ends", same=False, likeness=1.0), Answer("ends", same=True, likeness=0.0)] * 99
    weights = evenly(answers)
    assert fitted([*answers, *more], [*weights, *[1.0] * len(more)]) == fitted(answers, weights)


# Scores.


@given(calibrations, millionths, millionths)
def test_a_more_alike_pair_never_scores_less(
    calibration: Calibration, one: float, other: float
) -> None:
    less, more = sorted((one, other))
    assert calibration.share(less) <= calibration.share(more)


@given(calibrations, millionths)
def test_only_what_is_alike_in_everything_is_certain(
    calibration: Calibration, likeness: float
) -> None:
    assert (calibration.share(0.0), calibration.share(1.0)) == (0.0, 1.0)
    assert 0 <= calibration.share(likeness) <= 1
    assert (calibration.share(likeness) == 1.0) == (likeness == 1.0)


@given(millionths)
def test_before_there_was_a_calibration_a_score_was_the_likeness(likeness: float) -> None:
    assert IDENTITY.share(likeness) == likeness
    assert IDENTITY.likeness(likeness) == likeness


@given(calibrations, shares)
def test_a_line_begins_at_the_least_likeness_that_reaches_it(
    calibration: Calibration, line: float
) -> None:
    least = calibration.likeness(line)
    assert calibration.share(least) >= line
    assert least == 0 or calibration.share(round(least - STEP, 6)) < line


@pytest.mark.parametrize("numbers", [{"a": -0.1}, {"b": -1.0}, {"c": float("nan")}, {"a": 1e9}])
def test_numbers_under_which_a_score_could_fall_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(numbers))):
        Calibration(**numbers)


# What is looked at before it is scored.


@given(
    calibrations,
    st.tuples(*[shares] * 4),
    st.tuples(*[millionths] * 3),
    st.booleans(),
    st.integers(5, 60),
)
def test_no_pair_on_the_line_is_left_out_before_it_is_scored(
    calibration: Calibration,
    solution: tuple[float, float, float, float],
    beside: tuple[float, float, float],
    has_situation: bool,
    words: int,
) -> None:
    full, bare, contained, order = solution
    title, fuzzy, situation = beside
    rules = MatchingRules()
    likeness = combine(
        Parts(
            title_cosine=title,
            title_fuzzy=fuzzy,
            situation_cosine=situation,
            solution_cosine=round(full, 6),
            solution_bare_cosine=round(bare, 6),
            solution_containment=round(contained, 6),
            solution_fuzzy=round(order, 6),
        ),
        has_situation=has_situation,
        trust_containment=words >= rules.short_words,
    )
    line = calibration.share(round(min(1.0, likeness), 6))
    on_the_line = MatchingRules(
        calibration=calibration, thresholds=Thresholds(similar=line, near=1.0, exact=1.0)
    )
    judge = Judge(LEXICON, MODEL, on_the_line)
    believed = judge.believed(np.array([full, bare, contained, order, float(words)]))
    assert float(believed) >= judge.least - ROUNDING


# Calibrating on answers.


def _answers(same: int, other: int) -> list[Answer]:
    """So many of each answer, the more alike the likelier the same."""
    alike = [
        Answer("same", same=True, likeness=round(0.4 + 0.5 * n / same, 6)) for n in range(same)
    ]
    unlike = [
        Answer("different", same=False, likeness=round(0.35 + 0.4 * n / other, 6))
        for n in range(other)
    ]
    return [*alike, *unlike]


@pytest.mark.parametrize(
    ("same", "other"),
    [(1, 1), (50, FEWEST - 51), (FEWEST, FEWEST_OF_EACH - 1), (FEWEST_OF_EACH - 1, FEWEST)],
)
def test_too_few_answers_are_refused_with_how_many_there_are(same: int, other: int) -> None:
    with pytest.raises(TooFewAnswers, match=f"{same} say duplicate, {other} say not"):
        calibrated(_answers(same, other), MatchingRules())


def test_calibrating_moves_scores_and_suspects_nobody_more_or_less() -> None:
    own = Thresholds(similar=0.5, near=0.8, exact=0.999)
    before = MatchingRules(by_tier={Tier.ELSEWHERE: own}, short_words=30)
    found = calibrated(_answers(60, 60), before)
    after = found.rules
    assert after.calibration != before.calibration
    assert after.short_words == 30
    for tier in (Tier.UNIT, Tier.ELSEWHERE):
        for name, line in before.limits(tier).model_dump().items():
            was = before.calibration.likeness(line)
            now = after.calibration.likeness(getattr(after.limits(tier), name))
            assert now == pytest.approx(was, abs=2e-3)
            assert now <= was
    assert (found.same, found.other) == (60, 60)
    assert found.after.brier is not None
    assert found.before.brier is not None
    assert found.after.brier < found.before.brier


def test_a_hundred_answers_nudge_the_scores_and_thousands_decide_them() -> None:
    odd = [a._replace(same=not a.same) for a in _answers(50, 50)]
    few, many = (calibrated(odd * n, MatchingRules()).rules.calibration for n in (1, 10))
    at = 0.6
    assert CALIBRATION.share(at) - few.share(at) < few.share(at) - many.share(at)


def test_answers_that_say_the_opposite_of_likeness_are_refused() -> None:
    opposite = [a._replace(same=not a.same) for a in _answers(50, 50)] * 100
    with pytest.raises(AnswersSayNothing, match="no score follows from them"):
        calibrated(opposite, MatchingRules())


@pytest.mark.parametrize("many", [200, 1_000, 10_000])
def test_however_much_reviewers_agree_nobody_is_suspected_more_or_less_for_it(many: int) -> None:
    alike = (round(n / many, 6) for n in range(1, many))
    answers = [Answer("same" if at > 0.5 else "different", at > 0.5, at) for at in alike]
    before, after = MatchingRules(), calibrated(answers, MatchingRules()).rules
    assert {
        name: after.calibration.likeness(line)
        for name, line in after.thresholds.model_dump().items()
    } == pytest.approx(
        {name: CALIBRATION.likeness(line) for name, line in before.thresholds.model_dump().items()},
        abs=2e-3,
    )


def test_lines_are_drawn_anew_on_the_other_scale() -> None:
    lines = Thresholds(similar=0.3, near=0.75, exact=0.97)
    other = redrawn(lines, IDENTITY, CALIBRATION)
    assert other.similar == CALIBRATION.share(0.3)
    assert redrawn(other, CALIBRATION, IDENTITY).model_dump() == pytest.approx(
        lines.model_dump(), abs=1e-3
    )
