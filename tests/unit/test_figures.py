"""Figures as people read them: what newspapers printed comes out, and no float shows through."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.figures import EXACT, NOTHING, PLAIN, Figures, Rounding, exact, percentage, shortened

ENGLISH = Figures(language="en")
CUT = Figures(Rounding.TRUNCATE)
counts = st.integers(0, 10**6)
styles = st.builds(
    Figures,
    rounding=st.sampled_from(Rounding),
    decimals=st.integers(0, 6),
    language=st.sampled_from(["vi", "en"]),
)


def read(written: str, figures: Figures) -> Fraction:
    """What a reader takes a written figure for."""
    group, point = (".", ",") if figures.language == "vi" else (",", ".")
    return Fraction(written.rstrip("…").replace(group, "").replace(point, "."))


@pytest.mark.parametrize(
    ("value", "figures", "written"),
    [
        (163_532, PLAIN, "163.532"),
        (163_532, ENGLISH, "163,532"),
        (-939, PLAIN, "-939"),
        (0, PLAIN, "0"),
        (100 * 1539 / 600, EXACT, "256,5"),
        (100 * 1539 / 600, ENGLISH, "256.5"),
        (100 * 5585 / 5000, Figures(decimals=0), "112"),
        (100 * 5585 / 5000, EXACT, "111,7"),
        (69.6948, CUT, "69,6"),
        (69.6948, PLAIN, "69,7"),
        (69.6948, EXACT, "69,6948"),
        (100.0, PLAIN, "100,0"),
        (100.0, EXACT, "100"),
        (100 / 3, EXACT, "33,3333333333333…"),
        (Fraction(100, 3), EXACT, "33,333333333333…"),
        (1e-7, EXACT, "0,0000001"),
        (-1 / 3e20, EXACT, "-0,000000000000000…"),
        (0.285, Figures(decimals=2), "0,29"),
        (1.005, Figures(decimals=2), "1,01"),
        (-2.5, Figures(decimals=0), "-3"),
        (-0.04, PLAIN, "0,0"),
        (999.95, PLAIN, "1.000,0"),
        (1234567.25, PLAIN, "1.234.567,3"),
        (None, PLAIN, NOTHING),
        (float("nan"), PLAIN, NOTHING),
    ],
)
def test_a_number_is_written_as_newspapers_do(
    value: float | Fraction | None, figures: Figures, written: str
) -> None:
    assert figures.number(value) == written


def test_percents_and_shares_carry_their_sign() -> None:
    assert EXACT.percent(256.5) == "256,5 %"
    assert ENGLISH.percent(256.5) == "256.5%"
    assert 0.285 * 100 != 28.5, "this is what floats make of it"
    assert EXACT.share(0.285) == "28,5 %"
    assert percentage(0.57) == 57
    assert PLAIN.share(None) == PLAIN.percent(None) == NOTHING


@pytest.mark.parametrize(
    ("dong", "vi", "en"),
    [
        (10_000_000_000, "10 tỷ đồng", "VND 10 billion"),
        (1_550_000_000, "1,6 tỷ đồng", "VND 1.6 billion"),
        (12_000_000_000_000, "12.000 tỷ đồng", "VND 12,000 billion"),
        (999_960_000, "1 tỷ đồng", "VND 1 billion"),
        (250_000_000, "250 triệu đồng", "VND 250 million"),
        (12_500, "12,5 nghìn đồng", "VND 12.5 thousand"),
        (500, "500 đồng", "VND 500"),
        (0, "0 đồng", "VND 0"),
        (-2_000_000, "-2 triệu đồng", "VND -2 million"),
        (None, NOTHING, NOTHING),
    ],
)
def test_money_is_said_in_its_largest_unit(dong: int | None, vi: str, en: str) -> None:
    assert PLAIN.money_in_words(dong) == vi
    assert ENGLISH.money_in_words(dong) == en


def test_money_is_written_to_the_last_dong() -> None:
    assert PLAIN.money(10_000_000_000) == "10.000.000.000 đ"
    assert ENGLISH.money(10_000_000_000) == "VND 10,000,000,000"
    assert PLAIN.money(None) == NOTHING
    assert CUT.money_in_words(999_990_000) == "999,9 triệu đồng"
    assert EXACT.money_in_words(1_550_000_001) == "1,550000001 tỷ đồng"


def test_days_and_instants_stand_on_the_programmes_own_clock() -> None:
    eight = datetime(2022, 4, 20, 1, 0, 9, tzinfo=UTC)
    assert PLAIN.date(date(2022, 4, 20)) == "20/4/2022"
    assert PLAIN.instant(eight) == "8:00 ngày 20/4/2022"
    assert PLAIN.instant(eight, seconds=True) == "8:00:09 ngày 20/4/2022"
    assert ENGLISH.instant(eight) == "8:00 on 20 April 2022"
    assert PLAIN.instant(datetime(2022, 10, 3, 20, 34, tzinfo=UTC)) == "3:34 ngày 4/10/2022"


@given(counts, st.integers(1, 10**6), st.integers(0, 6), st.sampled_from(Rounding))
def test_the_float_of_a_quotient_is_written_like_the_quotient_itself(
    count: int, of: int, decimals: int, rounding: Rounding
) -> None:
    if rounding is not Rounding.EXACT:
        figures = Figures(rounding, decimals)
        assert figures.number(count / of) == figures.number(Fraction(count, of))


@given(st.decimals(-(10**9), 10**9, places=7), st.integers(0, 6))
def test_rounding_and_truncating_are_those_of_decimal_arithmetic(
    value: Decimal, decimals: int
) -> None:
    step = Decimal(1).scaleb(-decimals)
    for rounding, known in ((Rounding.ROUND, ROUND_HALF_UP), (Rounding.TRUNCATE, ROUND_DOWN)):
        assert shortened(value, rounding, decimals) == Fraction(value.quantize(step, known))


@given(st.one_of(st.integers(), st.fractions(), st.floats(-1e12, 1e12)), styles)
def test_what_is_written_is_read_as_what_was_meant(
    value: int | float | Fraction, figures: Figures
) -> None:
    written = figures.number(value)
    meant = exact(value)
    if figures.rounding is Rounding.EXACT:
        off = abs(read(written, figures) - meant)
        assert (off == 0) is not written.endswith("…")
        assert off <= Fraction(1, 10**12) + abs(meant) / 10**13
    elif isinstance(value, int):
        assert read(written, figures) == meant
    else:
        assert read(written, figures) == shortened(value, figures.rounding, figures.decimals)
        assert len(written.partition("," if figures.language == "vi" else ".")[2]) == (
            figures.decimals
        )


@given(st.integers(-(10**16), 10**16), styles)
def test_money_in_words_is_the_amount_shortened(dong: int, figures: Figures) -> None:
    said = figures.money_in_words(dong)
    words = said.replace("VND ", "").replace(" đồng", "").split(" ")
    sizes = {"tỷ": 10**9, "billion": 10**9, "triệu": 10**6, "million": 10**6, "nghìn": 1000}
    size = sizes.get(words[1], 1000) if len(words) > 1 else 1
    short = shortened(Fraction(dong, size), figures.rounding, figures.decimals)
    assert read(words[0], figures) == (dong if size == 1 else short)
    assert size == 10**9 or abs(read(words[0], figures)) < 1000
