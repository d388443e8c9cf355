"""Pace, season and rush: series whose answer is known, and ranges that hold what comes as often as they say."""

from __future__ import annotations

from datetime import date
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projections.forecast.looks import Looks, mixed, ways
from services.projections.forecast.pace import (
    FADE,
    HIGH,
    HORIZONS,
    LOW,
    MOST_SPREAD,
    RUSH,
    RUSH_DAYS,
    SPREAD,
    Fit,
    Series,
    at_least,
    band,
    expected,
    likelihood,
    paces,
    quantile,
    rushing,
    spread_after,
)
from services.projections.forecast.season import ASSUMED, TET, WEEK, Rates, Season, Spell

AUTUMN = date(2021, 9, 6).toordinal()
"""A Monday after which for months there is neither spell nor holiday."""
NEVER = (date(2030, 1, 1).toordinal(),)


def series(*rows: Rates, first: int = AUTUMN, ends: tuple[int, ...] = NEVER) -> Series:
    return Series(first, np.array(rows, dtype=np.float64), (ends,) * len(rows))


def flat(days: int, pace: float = 100.0) -> Rates:
    """The same pace every day, as the assumed week spreads it."""
    return pace * np.array([WEEK[n % 7] for n in range(days)])


def test_a_steady_unit_goes_on_at_its_pace() -> None:
    known = series(flat(56), flat(56, 3.0))
    fit = Fit.of(known)
    assert paces(known, fit) == pytest.approx([100, 3])
    # Eight weeks on from a Monday; of a whole week the mean is the pace.
    assert expected(known, fit, 7).sum(axis=1) == pytest.approx([700, 21])
    assert expected(known, fit, 7)[0] == pytest.approx(100 * np.array(WEEK))


def test_what_came_lately_weighs_more_than_what_came_before() -> None:
    known = series(np.concatenate([flat(42, 10), flat(14, 90)]))
    (pace,) = paces(known, Fit.of(known))
    assert 10 + 80 * 0.7 < pace < 90


def test_weekdays_are_learnt_from_whole_weeks() -> None:
    own = np.tile([10.0, 10, 10, 10, 60, 0, 0], 10)
    week = Season.learnt(own, AUTUMN, np.zeros(70, dtype=bool)).week
    assert sum(week) == pytest.approx(7)
    assert week[4] == max(week) > 3
    # Ten weeks seen, and two assumed.
    assert week[6] == pytest.approx(WEEK[6] * 2 / 12)
    assert Season.learnt(own[:6], AUTUMN, np.zeros(6, dtype=bool)).week == pytest.approx(WEEK)


def test_tet_is_assumed_until_one_has_gone_by_and_learnt_from_then_on() -> None:
    first = date(2021, 11, 1).toordinal()
    begins, ends = (day.toordinal() - first for day in TET[2022])
    counts = flat(ends + 14, 50)
    counts[begins:ends] = 0
    none = np.zeros(len(counts), dtype=bool)
    learnt = Season.learnt(counts, first, none)
    before = Season.learnt(counts[: ends + 13], first, none[: ends + 13])
    assert (before.factors[Spell.TET], before.seen[Spell.TET]) == (ASSUMED[Spell.TET], 0)
    assert learnt.seen[Spell.TET] == 1
    assert learnt.factors[Spell.TET] < ASSUMED[Spell.TET]
    # A Tết that nobody notices moves the factor half of the way, on the scale of logarithms.
    unmoved = Season.learnt(flat(ends + 14, 50), first, none).factors[Spell.TET]
    assert log(unmoved) == pytest.approx(log(ASSUMED[Spell.TET]) / 2, abs=0.05)


def test_a_spell_within_a_rush_teaches_nothing() -> None:
    first = date(2022, 3, 1).toordinal()
    counts = flat(150, 50)
    rush = np.zeros(150, dtype=bool)
    rush[60:90] = True
    assert Season.learnt(counts, first, rush).seen[Spell.SCHOOL_END] == 0


@given(st.integers(-400, 400), st.integers(1, 300), st.floats(1, 30))
def test_a_rush_grows_to_the_last_day_and_ends_with_the_phase(
    gap: int, length: int, rush: float
) -> None:
    days = np.arange(AUTUMN, AUTUMN + length, dtype=np.int64)
    found = rushing(days, (AUTUMN + gap,), rush)
    assert (found >= 1).all()
    assert (found <= rush).all()
    before = found[: max(gap, 0)]
    assert (np.diff(before) >= 0).all()
    assert (found[max(gap, 0) :] == 1).all()
    if 0 < gap <= length:
        assert before[-1] == pytest.approx(rush)


@pytest.mark.parametrize("rush", [2.0, 5.0, 12.0])
def test_a_rush_is_learnt_from_a_phase_that_ended_and_shrunk_towards_that_of_2021(
    rush: float,
) -> None:
    days = np.arange(AUTUMN, AUTUMN + 84, dtype=np.int64)
    end = AUTUMN + 84
    counts = flat(84, 400) * rushing(days, (end,), rush)
    known = series(counts, ends=(end, *NEVER))
    assert Fit.of(known.before(end - 1)).phases == 0
    assert Fit.of(known.before(end - 1)).rush == pytest.approx(RUSH)
    fit = Fit.of(known)
    assert (fit.phases, fit.units) == (1, 1)
    # The phase weighs almost as much as the programme of 2021; the answer lies between.
    assert min(rush, RUSH) < fit.rush < max(rush, RUSH)
    assert log(fit.rush) == pytest.approx((log(rush) + log(RUSH)) / 2, abs=0.12)
    # Another programme's phases teach it as well.
    assert Fit.of(series(flat(84)), [known]).rush == pytest.approx(fit.rush, rel=0.1)


def test_the_published_course_of_2021_gives_the_rush_that_is_assumed() -> None:
    # 46,000 after 20 days; 158,000 at 9:00 on the 16th day after; 241,802 at midnight 5.6 days later.
    usual = 46_000 / 20
    for left, came in ((21.6, 195_802), (5.6, 83_802)):
        mean = FADE / left * (1 - np.exp(-left / FADE))
        assert came / left / usual == pytest.approx(1 + (RUSH - 1) * mean, rel=0.06)


def test_after_a_phase_the_pace_falls_back_from_the_rush() -> None:
    end = AUTUMN + 84
    days = np.arange(AUTUMN, end, dtype=np.int64)
    counts = flat(84, 100) * rushing(days, (end,), RUSH)
    known = series(counts, ends=(end, *NEVER))
    assert counts[-7:].mean() > 500
    assert paces(known, Fit.of(known)) == pytest.approx([100], rel=0.05)
    assert expected(known, Fit.of(known), 7).sum() == pytest.approx(700, rel=0.05)
    near = end - RUSH_DAYS
    ahead = expected(known.before(near), Fit.of(known.before(near)), RUSH_DAYS).sum()
    assert ahead == pytest.approx(counts[-RUSH_DAYS:].sum(), rel=0.05)


@settings(max_examples=50)
@given(st.floats(0.01, 1e6), st.floats(0.01, MOST_SPREAD), st.integers(1, 10**6))
def test_more_is_never_likelier_and_quantiles_are_in_order(
    mean: float, spread: float, wanted: int
) -> None:
    means, spreads = np.array([mean]), np.array([spread])
    likely = at_least(np.array([float(wanted)]), means, spreads)[0]
    assert 0 <= likely <= 1
    assert at_least(np.array([wanted + 1.0]), means, spreads)[0] <= likely
    # Where next to nothing is expected, the tail is so rough that a little more makes no difference.
    assert at_least(np.array([float(wanted)]), means * 1.5, spreads)[0] >= likely - 1e-3
    low, middle, high = (quantile(share, means, spreads)[0] for share in (LOW, 0.5, HIGH))
    assert 0 <= low <= middle <= high
    assert middle == round(mean)
    # What is expected to be reached with this probability is just what the range ends at.
    if mean > 50:
        assert at_least(np.array([float(high)]), means, spreads)[0] == pytest.approx(0.1, abs=0.01)


def test_nothing_wanted_is_certain_and_of_nothing_nothing_comes() -> None:
    nothing, spread = np.zeros(1), np.ones(1)
    assert at_least(nothing, np.array([5.0]), spread)[0] == 1
    assert at_least(np.array([3.0]), nothing, spread)[0] < 0.01
    assert quantile(HIGH, nothing, spread)[0] == 0


def test_without_a_past_the_spread_is_what_is_assumed_and_grows_with_the_root_of_time() -> None:
    known = series(flat(20))
    (spread,) = Looks.back(known.before(AUTUMN + 13)).at(known, together=False).spread()
    assert spread[0] == pytest.approx(SPREAD)
    days = np.array([1.0, 7, 14, 30, 60, 120, 240, 5000])
    after = spread_after(spread, days)
    assert (np.diff(after) >= 0).all()
    assert after[2] == pytest.approx(SPREAD * 2**0.5)
    assert after[-1] == MOST_SPREAD


def test_a_past_without_surprises_makes_the_range_narrow_and_a_wild_one_wide() -> None:
    chance = np.random.default_rng(5)
    calm = series(chance.poisson(flat(126, 200)).astype(np.float64))
    level = np.exp(np.repeat(chance.normal(0, 0.8, 18), 7))
    wild = series(chance.poisson(flat(126, 200) * level).astype(np.float64))
    narrow, wide = (Looks.back(s).at(s, together=False).spread()[0] for s in (calm, wild))
    assert narrow[0] < 0.5 * SPREAD < SPREAD < wide[0]


@pytest.mark.parametrize(
    ("dispersion", "days"), [(0.0, 7), (0.0, 28), (0.3, 7), (0.3, 28), (0.6, 28)]
)
def test_the_range_holds_what_comes_at_least_as_often_as_it_says(
    dispersion: float, days: int
) -> None:
    """Poisson series, and negative binomial ones whose pace wanders from week to week; 200 units, 16 weeks known."""
    chance = np.random.default_rng(17)
    weeks = np.ones((200, 20))
    if dispersion:
        # Gamma with mean 1: what is counted is negative binomial.
        shape = 1 / dispersion**2
        weeks = chance.gamma(shape, 1 / shape, size=weeks.shape)
    rates = flat(140, 30) * np.repeat(weeks, 7, axis=1)
    counts = chance.poisson(rates).astype(np.float64)
    whole = Series(AUTUMN, counts, (NEVER,) * 200)
    known = whole.before(AUTUMN + 112)
    seen = Looks.back(known).at(known, together=True)
    means = mixed(seen.weights(), ways(known, Fit.of(known), days)).sum(axis=1)
    spreads = seen.spread()
    after = np.array([spread_after(s, np.array([float(days)]))[0] for s in spreads])
    came = counts[:, 112 : 112 + days].sum(axis=1)
    inside = (quantile(LOW, means, after) <= came) & (came <= quantile(HIGH, means, after))
    # Of 200, an honest 80 % gives 138 to 182 but once in ten thousand times; what is assumed of the spread makes it wider.
    assert inside.sum() >= 138
    # And it is no range that holds everything: it is no wider than several times.
    assert (np.exp(2 * 1.2816 * after) < 8).all()
    assert len(HORIZONS) == spreads.shape[1]


def test_a_forecast_knows_nothing_of_what_comes_later() -> None:
    chance = np.random.default_rng(3)
    later = series(*(chance.poisson(flat(120, pace)).astype(np.float64) for pace in (40, 4)))
    day = AUTUMN + 90
    alone = Series(AUTUMN, later.counts[:, :90].copy(), later.ends)
    cut = later.before(day)
    assert Fit.of(cut) == Fit.of(alone)
    assert (expected(cut, Fit.of(cut), 60) == expected(alone, Fit.of(alone), 60)).all()
    one, other = (Looks.back(s).at(s, together=True) for s in (cut, alone))
    assert (one.spread() == other.spread()).all()
    assert (one.weights() == other.weights()).all()


def test_what_was_believed_of_each_way_rests_on_errors_that_had_been_seen() -> None:
    chance = np.random.default_rng(7)
    later = series(*(chance.poisson(flat(150, pace)).astype(np.float64) for pace in (60, 9)))
    then = later.before(AUTUMN + 94)
    asked_later = Looks.back(later.before(AUTUMN + 143)).at(later, together=True)
    asked_then = Looks.back(then).at(then, together=True)
    assert asked_later.weights(AUTUMN + 94) == pytest.approx(asked_then.weights())


def test_the_way_that_was_right_is_believed_and_without_a_past_all_are_alike() -> None:
    first = date(2021, 11, 1).toordinal()
    begins, ends = (day.toordinal() - first for day in TET[2022])
    untouched, quiet = flat(ends + 14, 50), flat(ends + 14, 50)
    quiet[begins:ends] *= ASSUMED[Spell.TET]
    # Of each other nothing is learnt here, so that each has its own season.
    for counts, believed in ((untouched, slice(2, 3)), (quiet, slice(0, 2))):
        known = series(counts, first=first)
        weights = Looks.back(known).at(known, together=False).weights()
        assert weights.sum() == pytest.approx(1)
        assert weights[believed].sum() > 0.9
    young = series(flat(13))
    assert Looks.back(young).at(young, together=True).weights() == pytest.approx(1 / 3)


def test_a_units_own_errors_count_beside_those_of_all() -> None:
    steps = np.repeat([40.0, 40, 40, 40, 40, 90, 90, 90, 90, 20, 20, 20, 20, 20, 60, 60], 7)
    wave = 50 + 40 * np.sin(np.arange(112) / 3.5)
    together = series(wave, wave, wave, steps)
    of_all = Looks.back(together).at(together, together=True).weights()
    alone = Looks.back(together).at(together, together=False).weights()
    last_week = slice(1, 3)
    assert (alone[last_week].sum(axis=0) > of_all[last_week].sum(axis=0))[3]
    assert of_all[last_week, 3].sum() > of_all[last_week, 0].sum()
    assert of_all[:, 0] == pytest.approx(of_all[:, 1])


def test_ways_differ_by_what_they_take_into_account() -> None:
    end = AUTUMN + 84
    known = series(flat(56, 20), ends=(end,))
    fit = Fit.of(known)
    recent, seasonal, rushed = ways(known, fit, 14)[:, 0]
    assert recent.shape == (14,)
    assert (np.diff(rushed) > 0).all()
    assert rushed.sum() > 20 * 14
    # Weekends are the season's; the rush alone knows none.
    assert seasonal[5] < seasonal[4]
    assert seasonal / rushed == pytest.approx((seasonal / rushed)[0] * np.array(WEEK * 2) / WEEK[0])
    half = mixed(np.array([[0.5], [0], [0.5]]), ways(known, fit, 14))
    assert half[0] == pytest.approx((recent + rushed) / 2)


def test_the_range_never_falls_along_the_way_nor_does_the_probability() -> None:
    coming = np.cumsum(np.full(400, 2.0))
    spread = np.array([0.3, 0.5, 0.8, 1.2, 1.5])
    low, high = band(coming, spread)
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()
    assert (low <= coming + 1).all()
    assert (coming <= high + 1).all()
    likely = [likelihood(100, coming[:days], spread) for days in (10, 50, 100, 399)]
    assert likely == sorted(likely)
    assert likely[0] < 0.01
    assert likely[1] == pytest.approx(0.5, abs=0.02)
    assert likelihood(1, coming[:0], spread) == 0
