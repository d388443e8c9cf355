"""Apportionment: whole ideas, in proportion, none lost and none invented."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.apportionment import apportion

WEIGHTS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 200_000), min_size=1, max_size=40
)
TOTALS = st.integers(0, 2_000_000)


def test_what_is_left_after_rounding_down_goes_to_those_who_lost_most() -> None:
    # 600 over 350 + 803 + 296 = 1,449: exact shares 144.93, 332.51, 122.57; one of the two left goes to the first,
    # the other to the last, whose .57 is more than .51.
    assert apportion(600, {"bk": 350, "tn": 803, "ct": 296}) == {"bk": 145, "tn": 332, "ct": 123}


def test_of_equal_remainders_the_heavier_is_first_and_then_the_first_by_code() -> None:
    assert apportion(1, {"b": 1, "a": 1, "c": 1}) == {"a": 1, "b": 0, "c": 0}
    # Both have half an idea left over: 2.5 and 0.5.
    assert apportion(3, {"a": 1, "b": 5}) == {"a": 0, "b": 3}


def test_whoever_weighs_nothing_is_given_nothing() -> None:
    assert apportion(7, {"a": 0, "b": 3}) == {"a": 0, "b": 7}
    assert apportion(0, {"a": 0}) == {"a": 0}
    assert apportion(0, {}) == {}


def test_a_total_that_nobody_can_take_is_an_error() -> None:
    for total, weights in ((1, {"a": 0}), (1, {}), (-1, {"a": 1}), (1, {"a": -1, "b": 3})):
        with pytest.raises(ValueError, match=r"weight|negative"):
            apportion(total, weights)


@given(TOTALS, WEIGHTS)
@example(3, {"a": 1, "b": 1})
def test_the_shares_add_up_and_each_is_its_exact_share_rounded_down_or_up(
    total: int, weights: dict[str, int]
) -> None:
    whole = sum(weights.values())
    if not whole:
        return
    given_out = apportion(total, weights)
    assert sum(given_out.values()) == total
    exact = {code: Fraction(total * weight, whole) for code, weight in weights.items()}
    for code, share in given_out.items():
        assert share >= 0
        assert abs(share - exact[code]) < 1
        assert weights[code] or not share
    # Who was rounded up had lost at least as much as anybody who was not.
    up = [exact[c] % 1 for c in weights if given_out[c] > exact[c]]
    down = [exact[c] % 1 for c in weights if given_out[c] <= exact[c] and exact[c] % 1]
    assert not up or not down or min(up) >= max(down)


@given(TOTALS, WEIGHTS, st.randoms(use_true_random=False))
def test_the_order_in_which_units_are_named_changes_nothing(
    total: int, weights: dict[str, int], chance: Random
) -> None:
    if not sum(weights.values()):
        return
    shuffled = list(weights.items())
    chance.shuffle(shuffled)
    assert apportion(total, dict(shuffled)) == apportion(total, weights)


@given(TOTALS, WEIGHTS)
def test_a_heavier_unit_is_never_given_less(total: int, weights: dict[str, int]) -> None:
    if not sum(weights.values()):
        return
    given_out = apportion(total, weights)
    ordered = sorted(weights, key=lambda code: weights[code])
    for lighter, heavier in pairwise(ordered):
        if weights[lighter] < weights[heavier]:
            assert given_out[lighter] <= given_out[heavier]
