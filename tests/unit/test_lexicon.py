"""The lexicon reads what `normalise` reads, whatever was read before and however many texts at a time."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.dedup import chunk_table
from services.dedup.lexicon import Lexicon
from services.dedup.normalise import normalise, sentences, spans, strip_word
from services.dedup.texts import Numbers, Texts
from tests.typed import REWRITTEN, texts

Read = list[tuple[str, bool]]
"""The words of a text, each with whether a sentence ends after it."""

LEXICON = Lexicon()
"""One for all examples: what earlier ones left behind must change nothing."""
HARD = [
    "",
    " \t\r\n\xa0\n ",
    "\x00 \x00a\x00 b\x00",
    "\ud800 a\udfff \ud83d\ude00 mực\ud800nước",
    "😀 sáng😀kiến \U000e0041",
    "1. Lý do. 2.\n3. IV. Nội dung; hết... rồi “thôi!” 4.",
    "2. ... một. ) hai .\n. ba",
    "hai mươi. lăm tuổi, lớp. bốn\nnăm. sáu tuổi nữa",
    "khơng cịn địi hỏi. cĩ lịng; học mơn tốn",
    "Moọt soỏ bieọn phaựp. Giuựp hoùc sinh",
    "m12a.Bx-4;5 tốt.Bài a.B2 x1.Y2/3",
    "\u0301. \u200b. a\u0301.B\u200b; \u00ad",
    "\xc2 \xa0\u0085\u2028\u3000a",
    "a" * 20_000,
    "ă" * 20_000,
    "lớp1" * 5_000,
    "a.B" * 6_000,
    "1." * 10_000,
]
typed = st.one_of(texts, st.text(st.characters(exclude_categories=())), st.sampled_from(HARD))
batches = st.lists(typed, max_size=6)


def _as_normalised(text: str) -> Read:
    """What `normalise` says: a sentence ends after its last word, and so does the text."""
    words = spans(text)
    begins = [start for start, _ in sentences(text)]
    of = [bisect_right(begins, start) for _, start, _ in words]
    return [
        (word, following != own)
        for (word, _, _), own, following in zip(words, of, [*of[1:], -1], strict=False)
    ]


def _said(reader: Lexicon, words: Numbers) -> Read:
    return [(reader.word(number >> 1), bool(number & 1)) for number in words.tolist()]


def _all(reader: Lexicon, read: Texts) -> list[Read]:
    return [_said(reader, read.text(n)) for n in range(len(read.starts) - 1)]


def _check(reader: Lexicon, batch: Sequence[str]) -> None:
    assert _all(reader, reader.read(batch)) == [_as_normalised(text) for text in batch]


@given(batches)
def test_texts_are_read_as_normalise_reads_them(batch: list[str]) -> None:
    _check(LEXICON, batch)
    _check(LEXICON, batch)


@given(typed)
def test_what_is_put_together_from_chunks_is_what_the_whole_text_says(text: str) -> None:
    assert np.array_equal(LEXICON.read([text]).words, LEXICON._whole(text))


@given(batches)
def test_texts_read_together_are_read_as_each_alone(batch: list[str]) -> None:
    together = LEXICON.read(batch)
    alone = [LEXICON.read([text]).words for text in batch]
    assert len(together.starts) == len(batch) + 1
    assert together.starts[0] == 0
    assert together.starts[-1] == len(together.words)
    for n, words in enumerate(alone):
        assert np.array_equal(together.text(n), words)


@pytest.mark.parametrize("text", HARD)
def test_an_unlikely_text_is_read_like_any_other(text: str) -> None:
    reader = Lexicon()
    _check(reader, [text])
    _check(reader, ["Tổ cơ điện.", text, "lắp cảm biến", text])


@pytest.mark.parametrize("joint", [" ", ". ", "\n", "; ", ".\n"])
def test_words_put_right_leave_sentences_where_they_were(joint: str) -> None:
    batch = []
    for evidence, wrong, _ in REWRITTEN:
        words = wrong.split()
        for at in range(1, len(words)):
            broken = " ".join(words[:at]) + joint + " ".join(words[at:])
            batch += [f"{evidence} {broken}", f"{evidence} {broken} sau. cùng", f"a. {broken}. b"]
    assert len(batch) > 50
    _check(Lexicon(), batch)


def test_what_is_remembered_of_a_run_of_words_holds_on_to_nothing_else() -> None:
    reader = Lexicon()
    reader.read([f"{evidence} {wrong}" for evidence, wrong, _ in REWRITTEN])
    assert reader._meant
    assert all(known.base is None for known in reader._meant.values())
    with reader.passing():
        reader.read([f"{evidence} aaa {wrong} bbb {wrong}" for evidence, wrong, _ in REWRITTEN])
    assert all(n >> 1 < len(reader) for known in reader._meant.values() for n in known.tolist())


@settings(max_examples=30)
@given(st.lists(batches, max_size=3))
@example([["một hai", "ba bốn. một"], ["hai. ba; một", "năm"]])
def test_what_was_forgotten_is_read_again(several: list[list[str]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chunk_table, "_SLOTS", 1 << 12)
        patched.setattr(chunk_table, "_MOST_CHUNKS", 2)
        reader = Lexicon()
        for batch in [*several, *several]:
            _check(reader, batch)
        _check(reader, ["một hai ba. bốn"])
        _check(reader, ["năm"])
        assert reader._chunks._chunks == 1


def test_many_bytes_of_chunks_are_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_table, "_MOST_BYTES", 10)
    reader = Lexicon()
    for batch in (["một hai ba bốn"], ["năm"], ["một năm"]):
        _check(reader, batch)
    assert reader._chunks._chunks == 2


def test_more_chunks_than_there_was_room_for_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_table, "_SLOTS", 16)
    reader = Lexicon()
    _check(reader, [" ".join(f"mã{n}" for n in range(100)), "mã7 mã99."])


@given(texts)
def test_a_word_has_one_number_and_a_bare_form(text: str) -> None:
    for number in (LEXICON.read([text]).words >> np.uint32(1)).tolist():
        word = LEXICON.word(number)
        assert LEXICON.number(word) == number
        assert LEXICON.word(int(LEXICON.bare[number])) == strip_word(word)


def test_a_word_has_the_same_hash_whatever_its_number_is() -> None:
    one, other = Lexicon(), Lexicon()
    one.number("chưa từng gặp")
    numbers = one.number("xích lô"), other.number("xích lô")
    assert numbers[0] != numbers[1]
    hashes = one.hashes[numbers[0]], other.hashes[numbers[1]]
    # The first eight bytes of blake2b: every model on every machine is made of them.
    digest = hashlib.blake2b("xích lô".encode(), digest_size=8).digest()
    assert hashes == (int.from_bytes(digest, "little"),) * 2


def test_words_that_are_already_normalised_are_a_text_without_sentences() -> None:
    words = normalise("Tổ cơ điện. Lắp cảm biến").split()
    found = LEXICON.numbers(words)
    assert _said(LEXICON, found) == [(word, False) for word in words]


def test_no_text_at_all_is_read_as_nothing() -> None:
    read = LEXICON.read([])
    assert len(read.words) == 0
    assert read.starts.tolist() == [0]
    assert LEXICON.read(["", " "]).starts.tolist() == [0, 0, 0]
