"""Titles and situations of many rows at once are as alike as those of two declarations read one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.archive import Archive
from services.dedup.fields import fields_of
from services.dedup.model import Models
from services.dedup.reading import Told, read
from services.dedup.score import Judge
from services.dedup.shelf import Entry
from shared.vocabulary import MatchingRules

WORDS: Final = ["máy", "khâu", "kệ", "kho", "bảng", "màu", "mau", "Đèn", "quạt", "12", "khuôn"]
TEXTS: Final = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
DAY: Final = datetime(2022, 3, 1, tzinfo=UTC)
MODEL: Final = Models.shipped()
FRAME: Final = "Căn cứ tình hình thực tế tại đơn vị. "


def told(number: int, title: str, situation: str, solution: str) -> Told:
    """A declaration of a unit of its own."""
    entry = Entry(
        UUID(int=number + 1), 1, number + 1, "s", str(number), "p", f"u{number}", DAY, DAY, (),
        frozenset(),
    )  # fmt: skip
    return Told(entry, *(text.encode() for text in (title, solution, situation)))


@given(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), min_size=1, max_size=12))
def test_the_fields_of_many_rows_are_as_alike_as_two_by_two(
    given_texts: list[tuple[str, str, bool]],
) -> None:
    archive = Archive(2)
    archive.recall(
        read(
            archive.lexicon,
            [
                told(n, title, situation, (FRAME if framed else "") + f"Lắp giá số {n}.")
                for n, (title, situation, framed) in enumerate(given_texts)
            ],
        ),
        {},
    )
    last = len(archive)
    judge = Judge(archive.lexicon, MODEL, MatchingRules())
    for when in range(last + 1):
        later = archive.weighed(last - 1, when)
        found = fields_of(
            later.said.title, later.said.situation, np.arange(last), when, archive.shelf.placed,
            archive.standard.known, archive.lexicon.spelled, judge.full,
        )  # fmt: skip
        for row in range(last):
            earlier = archive.weighed(row, when)
            beside = judge.beside(later.said, earlier.said)
            assert found.measured[row].tolist() == [
                beside.title,
                beside.situation,
                beside.has_situation,
                bool(earlier.standard),
            ]
            title = found.titles[found.starts[row] : found.starts[row + 1]]
            assert title.tolist() == earlier.said.title.tolist()


def test_a_title_is_as_alike_to_another_in_other_order_as_to_itself() -> None:
    archive = Archive(2)
    judge = Judge(archive.lexicon, MODEL, MatchingRules())
    one, other = judge.said("kệ kho máy", "", ""), judge.said("máy kho kệ", "", "")
    assert judge.beside(one, other).title_fuzzy == 1.0
    assert judge.beside(one, other).has_situation is False
