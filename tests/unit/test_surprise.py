"""Surprise: the tests of the anomaly report against what books and plain counting say."""

from __future__ import annotations

from math import comb, exp, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projections.honesty.bursts import AT_HOME, HOUR, Window, bursts
from services.projections.honesty.surprise import count_tail, discovered, modified_z, share_tail

DAY = 24 * HOUR
SOME_DAY = 19_000 * DAY - AT_HOME


def test_the_modified_z_is_the_one_of_the_book() -> None:
    # Iglewicz and Hoaglin's example: median 2.89, median absolute deviation 0.66.
    values = np.array([3.2, 2.6, 2.5, 6.0, 2.23, 2.89, 4.3])
    middle = float(np.median(values))
    mad = float(np.median(np.abs(values - middle)))
    assert modified_z(values) == pytest.approx(0.6745 * (values - middle) / mad)


def test_where_most_are_the_same_the_mean_deviation_is_the_measure() -> None:
    values = np.array([5.0] * 9 + [15.0])
    assert modified_z(values)[-1] == pytest.approx(10 / (1.253314 * 1.0))
    assert not modified_z(np.array([5.0] * 9)).any()
    assert not len(modified_z(np.array([])))


@given(st.integers(1, 30), st.data())
def test_the_tail_of_a_share_is_the_sum_of_its_chances(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    share = data.draw(st.floats(0.01, 0.99))
    chances = [comb(whole, k) * share**k * (1 - share) ** (whole - k) for k in range(whole + 1)]
    found = share_tail(np.array([part]), np.array([whole]), np.array([share]))
    assert found[0] == pytest.approx(sum(chances[part:]), rel=1e-6, abs=1e-12)


@given(st.integers(1, 20), st.floats(0.1, 10))
def test_the_tail_of_a_count_without_spread_is_that_of_poisson(count: int, mean: float) -> None:
    under = sum(mean**k * exp(-mean) / factorial(k) for k in range(count))
    found = count_tail(np.array([float(count)]), np.array([mean]), np.array([1.0]))
    assert found[0] == pytest.approx(1 - under, rel=1e-6, abs=1e-9)


def test_what_comes_in_heaps_is_less_surprising_in_a_heap() -> None:
    spreads = np.array([1.0, 1.0001, 2.0, 10.0])
    tails = count_tail(np.full(4, 20.0), np.full(4, 5.0), spreads)
    assert tails[0] == pytest.approx(tails[1], rel=0.01)
    assert list(tails) == sorted(tails)


def plainly_discovered(likely: list[float], tested: int, rate: float) -> list[bool]:
    """The largest rank whose probability is under its limit, and all before it."""
    ordered = sorted(likely)
    last = max((k for k, p in enumerate(ordered, 1) if p <= k * rate / tested), default=0)
    return [p <= ordered[last - 1] if last else False for p in likely]


@given(st.lists(st.floats(0, 1), max_size=30, unique=True), st.integers(0, 50))
def test_findings_are_those_of_benjamini_and_hochberg(likely: list[float], more: int) -> None:
    tested = len(likely) + more
    found = discovered(np.array(likely), tested, 0.05)
    assert found.tolist() == plainly_discovered(likely, max(tested, 1), 0.05)


def test_a_day_far_above_a_units_pace_is_a_burst_and_a_common_rush_is_none() -> None:
    # Ten units declare one a day for fifty days; all of them declare thirty on the tenth day; the first one
    # declares thirty on the twentieth as well.
    unit, when = [], []
    for place in range(10):
        for day in range(50):
            declared = 30 if day == 10 or (place, day) == (0, 20) else 1
            unit += [place] * declared
            when += [SOME_DAY + day * DAY + 9 * HOUR] * declared
    found, tested = bursts(np.array(unit), np.array(when), Window.DAY, 0.01)
    assert tested == 500
    (burst,) = [one for one in found if one.begins == SOME_DAY + 20 * DAY]
    assert (burst.unit, burst.declared, burst.windows) == (0, 30, 1)
    # Of 108 in 50 days: half even, half on the course of the others, who declared 9 of their 711 that day.
    assert burst.expected == pytest.approx(108 * (1 / 50 + 9 / 711) / 2)
    assert [one.begins for one in found] == [burst.begins]


def test_everything_entered_on_one_day_is_no_burst() -> None:
    unit = np.repeat(np.arange(5), 100)
    found, tested = bursts(unit, np.full(500, SOME_DAY + HOUR), Window.DAY, 0.01)
    assert (found, tested) == ([], 5)
    assert bursts(np.array([], dtype=int), np.array([], dtype=int), Window.HOUR, 0.01) == ([], 0)


def test_a_window_begins_with_the_hour_or_the_day_at_home() -> None:
    rng = np.random.default_rng(7)
    steady = SOME_DAY + rng.integers(0, 60 * DAY, 400)
    heap = np.full(50, SOME_DAY + 30 * DAY + 23 * HOUR + HOUR // 2)
    unit = np.concatenate([np.arange(400) % 4, np.zeros(50, dtype=int)])
    for window, begins in (
        (Window.DAY, SOME_DAY + 30 * DAY),
        (Window.HOUR, SOME_DAY + 30 * DAY + 23 * HOUR),
    ):
        (burst,), _ = bursts(unit, np.concatenate([steady, heap]), window, 0.01)
        assert (burst.unit, burst.begins) == (0, begins)
        assert burst.declared >= 50
