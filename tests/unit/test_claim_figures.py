"""How a published figure and an answer stand to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from services.projections.claims.figures import Agreement, compare


@pytest.mark.parametrize(
    ("published", "answered", "agreement"),
    [
        (1539, 1539, Agreement.EQUAL),
        (1539, 1538, Agreement.BELOW),
        (1539, 1540, Agreement.ABOVE),
        (256.5, 256.5, Agreement.EQUAL),
        (257, 256.5, Agreement.BELOW),
        (256, 256.5, Agreement.ABOVE),
        (256.4, 256.49, Agreement.ABOVE),
        (21.85, 21.84771, Agreement.ROUNDED),
        (15, 15.0, Agreement.EQUAL),
        ("<4 months", 102, Agreement.BOUND),
        ("<3 months", 102, Agreement.ABOVE),
        (">3 years", 1415, Agreement.BOUND),
        (">4", 4, Agreement.BELOW),
        ("<4 moons", 1, Agreement.OTHER),
        (["2022-06-01", "2023-08-31"], ["2022-06-01", "2023-08-31"], Agreement.EQUAL),
        (["2022-06-01", "2023-08-31"], ["2022-06-01", "2023-09-01"], Agreement.OTHER),
        (["a"], ["a", "b"], Agreement.OTHER),
        ({"rank": 2, "share_pct": 11.34}, {"rank": 2, "count": 5, "share_pct": 11.3427}, Agreement.ROUNDED),
        ({"rank": 2, "count": 6}, {"rank": 2, "count": 5}, Agreement.BELOW),
        (5, None, Agreement.OTHER),
        (True, True, Agreement.EQUAL),
        (True, 1, Agreement.OTHER),
    ],
)  # fmt: skip
def test_a_figure_agrees_as_the_press_prints_it(
    published: JsonValue, answered: JsonValue, agreement: Agreement
) -> None:
    assert compare(published, answered) is agreement


@pytest.mark.parametrize(
    ("published", "answered", "agreement"),
    [
        (112, 111.7, Agreement.ROUNDED),
        (69.6, 69.6948, Agreement.TRUNCATED),
        (69.7, 69.6948, Agreement.ROUNDED),
        (111, 111.7, Agreement.TRUNCATED),
        (113, 111.7, Agreement.BELOW),
        (110, 111.7, Agreement.ABOVE),
    ],
)
def test_what_is_not_called_exact_may_be_rounded_or_cut_off(
    published: float, answered: float, agreement: Agreement
) -> None:
    assert compare(published, answered, "rounded") is agreement


@pytest.mark.parametrize(
    ("answered", "ceiling", "agreement"),
    [
        (2200, None, Agreement.EQUAL),
        (2201, None, Agreement.BOUND),
        (2201, 2500, Agreement.BOUND),
        (2500, 2500, Agreement.BOUND),
        (2501, 2500, Agreement.ABOVE),
        (2199, 2500, Agreement.BELOW),
    ],
)
def test_a_bound_holds_up_to_the_next_published_figure(
    answered: int, ceiling: int | None, agreement: Agreement
) -> None:
    assert compare(2200, answered, "more_than", ceiling) is agreement


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_counts_agree_only_when_equal(published: int, answered: int) -> None:
    assert compare(published, answered).holds == (published == answered)


@given(st.integers(0, 10**6), st.integers(0, 2))
def test_what_was_rounded_or_cut_off_agrees_with_what_it_came_from(
    thousandths: int, places: int
) -> None:
    exact, last = thousandths / 1000, 10 ** (3 - places)
    cut = thousandths // last * last / 1000
    rounded = (thousandths + last // 2) // last * last / 1000
    assert compare(cut, exact, "rounded").holds
    assert compare(rounded, exact, "rounded").holds
    beyond = (thousandths + 2000) / 1000
    assert compare(beyond, exact, "rounded") is Agreement.BELOW
