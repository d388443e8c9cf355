"""Whether scores can be believed, counted by hand."""

from __future__ import annotations

import pytest

from services.dedup.reliability import reliability


def test_each_bin_tells_its_mean_score_and_what_share_is_the_same() -> None:
    found = reliability([0.81, 0.83, 0.85, 0.15], [True, True, False, False])
    low, high = found.bins
    assert (low.least, low.most, low.count, low.score, low.same) == (0.1, 0.2, 1, 0.15, 0.0)
    assert (high.least, high.most, high.count) == (0.8, 0.9, 3)
    assert (high.score, high.same) == pytest.approx((0.83, 2 / 3))
    assert found.pairs == 4


def test_the_errors_are_means_over_all_pairs() -> None:
    found = reliability([0.8, 0.8, 0.2, 0.2], [True, False, False, False])
    assert found.brier == pytest.approx((0.04 + 0.64 + 0.04 + 0.04) / 4)
    assert found.error == pytest.approx((2 * 0.3 + 2 * 0.2) / 4)


def test_scores_that_are_always_right_have_no_error() -> None:
    found = reliability([1.0, 1.0, 0.0], [True, True, False])
    assert (found.brier, found.error) == (0.0, 0.0)


def test_a_certain_score_is_in_the_last_bin_and_a_border_in_the_upper_one() -> None:
    found = reliability([1.0, 0.9, 0.5], [True, True, True])
    assert [(b.least, b.count) for b in found.bins] == [(0.5, 1), (0.9, 2)]


def test_a_pair_counts_as_much_as_it_weighs() -> None:
    found = reliability([0.5, 0.5], [True, False], [3.0, 1.0])
    assert found.bins[0].same == 0.75
    assert found.error == pytest.approx(0.25)


def test_of_no_pair_nothing_is_said() -> None:
    found = reliability([], [])
    assert (found.pairs, found.brier, found.error, found.bins) == (0, None, None, ())
