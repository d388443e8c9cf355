"""What is kept of a noun comes back from a file as it was, and nothing that a noun knows is forgotten by oversight."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup import chunk_table, index, lexicon, shelf, standard
from services.dedup.archive import Archive
from services.dedup.chunk_table import ChunkTable
from services.dedup.column import Column
from services.dedup.distinct import DistinctPairs
from services.dedup.index import Index
from services.dedup.kept import Misfit, array_in, kept, names_in, pour, restore
from services.dedup.lexicon import Lexicon
from services.dedup.model import Models
from services.dedup.shelf import Shelf
from services.dedup.standard import StandardSentences
from shared.events.case import MemberRuled
from shared.events.mending import MemberExcluded, RulingUndone
from shared.vocabulary import Ruling, Worded, named
from tests.places import BY

FIELDS: Final = ("numbers", "column", "letters", "count", "rows", "names")


class Noun:
    """Fields of every kind."""

    def __init__(self) -> None:
        self.numbers = np.zeros((2, 3), dtype=np.uint16)
        self.column = Column(np.int64)
        self.letters = bytearray()
        self.count = 0
        self.rows: dict[int, list[int]] = {}
        self.names: list[str] = []


def _through_a_file(arrays: dict[str, Any]) -> dict[str, Any]:
    file = io.BytesIO()
    pour(file, arrays)
    with zipfile.ZipFile(file) as archive:
        return {name: array_in(archive, name) for name in names_in(archive)}


# Lone halves of a pair of surrogates, too: ids come as senders type them.
NAMES = st.lists(st.text(st.characters(exclude_categories=[])))


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1)),
    st.binary(),
    st.integers(0, 2**62),
    st.dictionaries(st.integers(0), st.lists(st.integers(0))),
    NAMES,
)
def test_fields_of_every_kind_come_back_and_go_on_growing(
    column: list[int], letters: bytes, count: int, rows: dict[int, list[int]], names: list[str]
) -> None:
    noun, again = Noun(), Noun()
    noun.numbers = np.arange(6 + count % 3 * 3, dtype=np.uint16).reshape(-1, 3)
    noun.column.extend(np.array(column, dtype=np.int64))
    noun.letters += letters
    noun.count, noun.rows, noun.names = count, rows, names
    restore(again, FIELDS, _through_a_file(kept(noun, FIELDS)))
    assert np.array_equal(again.numbers, noun.numbers)
    assert again.column.all.tolist() == column
    assert (bytes(again.letters), again.count) == (letters, count)
    assert (again.rows, again.names) == (rows, names)
    again.column.extend(np.arange(3_000))
    again.letters += b"more"
    assert again.column.all.tolist() == [*column, *range(3_000)]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("numbers", np.zeros((2, 3), dtype=np.int16)),
        ("numbers", np.zeros((2, 4), dtype=np.uint16)),
        ("numbers", np.zeros(6, dtype=np.uint16)),
        ("column", np.zeros(6, dtype=np.uint64)),
    ],
)
def test_an_array_of_another_kind_is_refused(name: str, given: Any) -> None:
    with pytest.raises(Misfit, match=f"{name} holds"):
        restore(Noun(), [name], {name: given})


def test_an_array_of_objects_is_not_read() -> None:
    file = io.BytesIO()
    np.savez(file, numbers=np.array([{"a": 1}], dtype=object))
    with zipfile.ZipFile(file) as archive, pytest.raises(Misfit, match="no plain array"):
        array_in(archive, "numbers")


def test_pairs_found_distinct_come_back_with_the_words_they_were_judged_in() -> None:
    pairs, again = DistinctPairs(), DistinctPairs()
    ideas = [named("idea", number) for number in range(4)]
    pairs.take(_ruled(ideas[0], ideas[1], Ruling.INDEPENDENT))
    pairs.take(_ruled(ideas[0], ideas[2], Ruling.INDEPENDENT))
    pairs.take(_ruled(ideas[0], ideas[2], Ruling.DUPLICATE_IN_UNIT))
    again.restore(_through_a_file(pairs.kept()))
    assert len(again) == len(pairs) == 1
    assert again.words(ideas[1], ideas[0]) == frozenset({"m", "c"})
    assert again.words(ideas[0], ideas[2]) is None


def _ruled(member: Any, canonical: Any, ruling: Ruling) -> MemberRuled:
    return MemberRuled(
        originator_id=named("case"),
        originator_version=2,
        by=BY,
        member=member,
        unit="a",
        programme="1tr",
        canonical=canonical,
        ruling=ruling,
        reason="Đã xem.",
        member_solution="m",
        canonical_solution="c",
    )


def test_whoever_is_excluded_is_held_apart_from_all_until_that_is_undone() -> None:
    pairs = DistinctPairs()
    one, other, third = (named("idea", number) for number in range(3))
    apart = tuple(Worded(idea=idea, solution=f"{n}") for n, idea in enumerate((other, third)))
    pairs.take(
        MemberExcluded(
            originator_id=named("case"), originator_version=2, by=BY, member=one, unit="a",
            programme="1tr", reason="Việc khác.", solution="s", apart=apart,
        )
    )  # fmt: skip
    assert [pairs.words(one, idea) for idea in (other, third)] == [
        frozenset({"s", "0"}),
        frozenset({"s", "1"}),
    ]
    pairs.take(
        RulingUndone(
            originator_id=named("case"), originator_version=3, by=BY, member=one, unit="a",
            programme="1tr", undone="case/2", canonical=other, before=None, reason="Nhầm.",
        )
    )  # fmt: skip
    assert pairs.words(one, other) is None
    assert pairs.words(one, third) == frozenset({"s", "1"})


LEXICON: Final = Lexicon()
ARCHIVE: Final = Archive(5)
FOLLOWS: Final[dict[str, tuple[object, tuple[str, ...], set[str]]]] = {
    "chunk table": (
        LEXICON._chunks,
        chunk_table._KEPT,
        {"_number", "_marks", "_pairs", "_slots", "_passing"},
    ),
    "lexicon": (
        LEXICON,
        lexicon._KEPT,
        {"_reading", "_numbers", "_pairs", "_signs", "_meant", "_is_passing", "_chunks"},
    ),
    "shelf": (Shelf(LEXICON), shelf._KEPT, {"_lexicon", "_calls", "_digests"}),
    "standard sentences": (StandardSentences(5), standard._KEPT, set()),
    "archive": (
        ARCHIVE,
        ("_copied", "_learned", "_units"),
        {"lexicon", "shelf", "standard", "distinct"},
    ),
    "index": (
        Index(Models.shipped(), ARCHIVE, cosine=0.7, containment=0.15),
        index._KEPT,
        {"model", "_archive", "_limits", "_cosine", "_norms", "_segments"},
    ),
    "pairs found distinct": (DistinctPairs(), (), {"_words"}),
}
"""By noun: which of its fields are kept as they are, and which it works out again or keeps in a way of its own."""


@pytest.mark.parametrize("name", FOLLOWS)
def test_every_field_of_a_noun_is_kept_or_known_to_follow(name: str) -> None:
    """Whoever adds a field says here which of the two; forgotten, it would be empty after a restart."""
    noun, as_it_is, otherwise = FOLLOWS[name]
    assert set(vars(noun)) == {*as_it_is, *otherwise}
    assert not {*as_it_is} & otherwise


@pytest.mark.parametrize("slots", [64, 1 << 12])
def test_of_a_text_that_is_only_asked_about_nothing_stays(
    monkeypatch: pytest.MonkeyPatch, slots: int
) -> None:
    """Whether or not the table had to become wider on the way."""
    monkeypatch.setattr(chunk_table, "_SLOTS", slots)
    reader = Lexicon()
    declared = [f"Cải tiến đồ gá số {number}, tiết-kiệm 15% điện!" for number in range(20)]
    before = reader.read(declared)
    kept_before = {name: array.tolist() for name, array in reader.kept().items()}
    kept_before["chunks.slots"].sort()
    with reader.passing():
        asked = [f"Ông Lò-Văn{number} (sđt: 0912.{number}) đã-cải-tiến!" for number in range(60)]
        assert len(reader.read(asked).words) > 300
        assert len(reader) > len(kept_before["_hashes"])
    kept_after = {name: array.tolist() for name, array in reader.kept().items()}
    kept_after["chunks.slots"].sort()
    assert kept_after == kept_before
    assert np.array_equal(reader.read(declared).words, before.words)
    assert np.array_equal(
        reader.read([*asked, *declared]).words[-len(before.words) :], before.words
    )


def test_a_table_of_chunks_is_kept_without_its_empty_slots() -> None:
    reader = Lexicon()
    reader.read(["Cải tiến đồ gá, tiết-kiệm 15% điện!", "cải tiến"])
    arrays = reader._chunks.kept()
    assert len(arrays["slots"]) == reader._chunks._chunks > 6
    again = ChunkTable(reader.number, reader._marks, reader._chunks._pairs)
    again.restore(arrays)
    assert sorted(again.kept()["slots"].tolist()) == sorted(arrays["slots"].tolist())
