"""Standard paragraphs: learned from what stands before a row, and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.lexicon import Lexicon
from services.dedup.normalise import normalise, strip
from services.dedup.own import own
from services.dedup.standard import (
    NEVER,
    SHORTEST_STANDARD,
    Digests,
    StandardSentences,
    digests_of,
    since,
    standard_among,
)
from services.dedup.texts import Numbers, Texts

FORMULA = "Tác giả cam kết nội dung trên là đúng sự thật và chịu trách nhiệm về bản kê khai"
OWN = "Câu mang dấu {} nói một việc mà không đơn vị nào khác từng làm"
LEXICON = Lexicon()


def _lettered(number: int) -> str:
    """A number as letters: all numerals are the same in a sentence."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


class Learned:
    """What was learned of texts that came one after the other."""

    def __init__(self, needed: int) -> None:
        self.sentences = StandardSentences(needed)
        self.rows = 0

    def hear(self, unit: str, *sentences: str, copying: Sequence[str] = ()) -> None:
        copied = _read(*copying) if copying else _read()[:0]
        units = np.array([ord(unit)], dtype=np.uint32)
        self.sentences.learn(
            _text(_read(*sentences)), LEXICON.spelled, units, copied, last=self.rows
        )
        self.rows += 1

    def among(self, *sentences: str) -> tuple[int, ...]:
        """Which of these sentences, counted from 0, are standard for the text that comes next."""
        return self.among_at(self.rows, *sentences)

    def among_at(self, row: int, *sentences: str) -> tuple[int, ...]:
        found = standard_among(_read(*sentences), LEXICON.spelled, self.sentences.known, row)
        return tuple(found.tolist())


def _text(words: Numbers) -> Texts:
    return Texts(words, np.array([0, len(words)]))


def _read(*sentences: str) -> Numbers:
    return LEXICON.read([". ".join(sentences) + "."]).words


def _digests(*sentences: str) -> Digests:
    return digests_of(_read(*sentences), LEXICON.spelled)[0]


def _learned(needed: int, *units: str, sentence: str = FORMULA) -> Learned:
    learned = Learned(needed)
    for number, unit in enumerate(units):
        learned.hear(unit, OWN.format(_lettered(number)), sentence)
    return learned


def test_a_sentence_of_enough_units_is_standard() -> None:
    assert _learned(3, "a", "b").among(FORMULA, OWN.format(_lettered(99))) == ()
    learned = _learned(3, "a", "b", "c")
    assert learned.among(FORMULA, OWN.format(_lettered(99))) == (0,)
    assert learned.among(OWN.format(_lettered(99)), "Ngắn thôi", FORMULA) == (2,)
    assert learned.sentences.standard == 1


def test_one_unit_however_often_it_repeats_itself_makes_no_standard() -> None:
    assert not _learned(2, "a", "a", "a", "a").among(FORMULA)
    assert not _learned(3, "a", "b", "a", "b", "b").among(FORMULA)


def test_one_text_however_often_it_repeats_itself_makes_no_standard() -> None:
    learned = Learned(2)
    learned.hear("a", FORMULA, FORMULA, FORMULA)
    assert not learned.among(FORMULA)


def test_a_sentence_counts_however_it_is_typed() -> None:
    learned = Learned(2)
    learned.hear("a", FORMULA.upper())
    learned.hear("b", strip(normalise(FORMULA)))
    assert learned.among(FORMULA) == (0,)


def test_a_sentence_of_few_words_is_too_common_to_be_standard() -> None:
    short = "Tiết kiệm được nhiều chi"
    assert len(short.split()) == SHORTEST_STANDARD - 1
    assert not _learned(2, "a", "b", "c", sentence=short).among(short)
    assert _learned(2, "a", "b", "c", sentence=f"{short} phí").among(f"{short} phí") == (0,)


def test_a_copy_does_not_vouch_for_what_it_copied() -> None:
    learned = Learned(2)
    original = (OWN.format(_lettered(1)), FORMULA)
    learned.hear("a", *original)
    for unit in "bcdef":
        learned.hear(unit, *original, copying=original)
    assert not learned.among(*original)


def test_a_copy_vouches_for_what_it_says_besides() -> None:
    learned = Learned(2)
    learned.hear("a", OWN.format(_lettered(1)))
    learned.hear("b", OWN.format(_lettered(1)), FORMULA, copying=[OWN.format(_lettered(1))])
    learned.hear("c", OWN.format(_lettered(2)), FORMULA)
    assert learned.among(OWN.format(_lettered(1)), FORMULA, OWN.format(_lettered(2))) == (1,)


def test_a_sentence_is_standard_for_those_who_come_after_the_last_unit_it_needed() -> None:
    learned = _learned(3, "a", "b", "c", "d", "e")
    assert [row for row in range(7) if learned.among_at(row, FORMULA)] == [3, 4, 5, 6]


def test_the_words_of_a_standard_sentence_are_not_a_texts_own() -> None:
    learned = _learned(2, "a", "b")
    text = _read(OWN.format(_lettered(7)), FORMULA, "Ngắn thôi", FORMULA, OWN.format(_lettered(8)))
    spelled = LEXICON.spelled
    known = learned.sentences.known
    kept = [LEXICON.word(word) for word in own(text, spelled, known, 2).tolist()]
    assert (
        kept
        == normalise(f"{OWN.format(_lettered(7))}. Ngắn thôi. {OWN.format(_lettered(8))}").split()
    )
    before = own(text, spelled, known, 1)
    assert np.array_equal(before, text >> np.uint32(1))


def test_a_sentence_is_told_by_all_its_words_in_their_order() -> None:
    one = "một hai ba bốn cây cam"
    others = ["hai một ba bốn cây cam", "một hai ba bốn cây", "một hai ba bốn cây cam đỏ"]
    digests = {int(digest) for sentence in (one, *others) for digest in _digests(sentence)}
    assert len(digests) == 3
    assert _digests(one, *others, one)[[0, -1]].tolist() == _digests(one).tolist() * 2


def test_a_sentence_in_which_only_numbers_differ_is_the_same_sentence() -> None:
    one, other, another = (
        f"Báo cáo được lập ngày {day} tháng {month} tại phòng họp {room}"
        for day, month, room in ((3, 11, "A2"), (28, 4, "B17"), (3, 11, "lớn"))
    )
    assert _digests(one) == _digests(other)
    assert _digests(one) != _digests(another)


@given(st.lists(st.integers(1, 12), max_size=12))
def test_every_sentence_long_enough_is_found_where_it_stands(lengths: list[int]) -> None:
    words = LEXICON.numbers(f"từ{n % 5}" for n in range(sum(lengths)))
    ends = np.cumsum(lengths, dtype=np.int64)
    words[ends - 1] |= 1
    _, first, last = digests_of(words, LEXICON.spelled)
    expected = [
        (int(end) - length, int(end))
        for end, length in zip(ends, lengths, strict=True)
        if length >= SHORTEST_STANDARD
    ]
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == expected


class Plain:
    """The same by a dictionary of sets."""

    def __init__(self, needed: int) -> None:
        self._needed = needed
        self._units: dict[int, set[int]] = {}
        self.since: dict[int, int] = {}

    def learn(self, row: int, digests: Sequence[int], unit: int, copied: Sequence[int]) -> None:
        for digest in digests:
            if digest in copied or digest in self.since:
                continue
            units = self._units.setdefault(digest, set())
            units.add(unit)
            if len(units) >= self._needed:
                self.since[digest] = row


def _said(sentences: Sequence[int]) -> Numbers:
    """A text of just these sentences, each known by a number."""
    words = [f"câu{_lettered(n)}" if at == 0 else f"từ{at}" for n in sentences for at in range(6)]
    said = LEXICON.numbers(words)
    said[5::6] |= 1
    return said


def _agree(
    needed: int, histories: Sequence[tuple[Sequence[int], int, Sequence[int]]], all_: Sequence[int]
) -> StandardSentences:
    learned, plain = StandardSentences(needed), Plain(needed)
    for row, (digests, unit, copied) in enumerate(histories):
        before = learned.standard
        said, copying = (_text(_said(numbers)) for numbers in (digests, copied))
        units = np.array([unit], dtype=np.uint32)
        learned.learn(said, LEXICON.spelled, units, copying.words, last=row)
        newly = sum(1 for at in plain.since.values() if at == row)
        plain.learn(row, digests, unit, copied)
        newly = sum(1 for at in plain.since.values() if at == row) - newly
        assert learned.standard - before == newly
    known = learned.known
    found = {n: since(known, digests_of(_said([n]), LEXICON.spelled)[0][0]) for n in all_}
    assert found == {digest: plain.since.get(digest, NEVER) for digest in all_}
    return learned


DIGESTS = [1, 3, 5, 2**63 + 1, 2**64 - 1, 2**20 + 1, 2**44 + 1]
sentences = st.lists(st.sampled_from(DIGESTS), max_size=5)


@given(
    st.integers(2, 5),
    st.lists(st.tuples(sentences, st.integers(0, 6), sentences), max_size=60),
)
def test_what_is_learned_is_what_a_plain_count_of_units_says(
    needed: int, histories: list[tuple[list[int], int, list[int]]]
) -> None:
    _agree(needed, histories, DIGESTS)


@pytest.mark.parametrize("needed", [2, 3, 7])
def test_tens_of_thousands_of_sentences_are_kept_apart(needed: int) -> None:
    chance = np.random.default_rng(needed)
    all_ = (
        chance.integers(0, 2**63, 20_000, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    ).tolist()
    histories: list[tuple[list[int], int, list[int]]] = []
    for _ in range(3_000):
        # Few are said often, most once or never; now and then a text is very long.
        size = 4_000 if chance.random() < 0.001 else int(chance.integers(0, 30))
        drawn = (chance.random(size) ** 3 * len(all_)).astype(int).tolist()
        said = [all_[n] for n in drawn]
        copied = said[::3] if chance.random() < 0.2 else []
        histories.append((said, int(chance.integers(0, 40)), copied))
    learned = _agree(needed, histories, all_)
    assert learned.standard > 100
    assert len(learned.known.keys) > 1 << 12
