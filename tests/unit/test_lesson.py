"""Lessons: every row is in one, they grow with the ledger, and what one teaches is never much too late."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.dedup.lesson import LONGEST, begin_of, end_of


def test_lessons_lie_one_behind_the_other_from_the_first_row_on() -> None:
    row = size = 0
    while row < 200_000:
        end = end_of(row)
        assert begin_of(row) == begin_of(end - 1) == row
        assert end_of(end - 1) == end
        # None is shorter than the one before, nor longer than a ninth of what there is by its end.
        assert size <= end - row <= max(1, end // 9)
        row, size = end, end - row
    assert size == LONGEST


def test_while_there_is_little_everybody_learns_from_the_text_before() -> None:
    assert [end_of(row) for row in range(16)] == list(range(1, 17))


@given(st.integers(0, 10**9))
def test_a_row_is_within_its_lesson(row: int) -> None:
    assert begin_of(row) <= row < end_of(row)
    assert end_of(row) - begin_of(row) <= LONGEST
