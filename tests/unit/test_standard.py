"""Standard paragraphs: learned from what stands before a position, and from nothing else."""

from __future__ import annotations

from services.dedup.reading import Reading, Words, asked
from services.dedup.standard import StandardSentences

FORMULA = "Tác giả cam kết nội dung trên là đúng sự thật và chịu trách nhiệm về bản kê khai"
OWN = "Câu thứ {} nói một việc mà không đơn vị nào khác từng làm"


def _reading(unit: str, *sentences: str) -> Reading:
    return asked("Một tên", ". ".join(sentences) + ".", "", unit=unit, programme="1tr")


def _digest(sentence: str) -> bytes:
    return Words.of(sentence).sentences[0].digest


def _learned(needed: int, *units: str, sentence: str = FORMULA) -> StandardSentences:
    learned = StandardSentences(needed)
    for number, unit in enumerate(units):
        learned.learn(_reading(unit, OWN.format(number), sentence), ())
    return learned


def test_a_sentence_of_enough_units_is_standard() -> None:
    asks = _reading("z", FORMULA, OWN.format(99))
    assert set(_learned(3, "a", "b").among(asks)) == set()
    assert set(_learned(3, "a", "b", "c").among(asks)) == {_digest(FORMULA)}


def test_one_unit_however_often_it_repeats_itself_makes_no_standard() -> None:
    assert not set(_learned(2, "a", "a", "a", "a").among(_reading("z", FORMULA)))


def test_a_sentence_counts_however_it_is_typed() -> None:
    learned = StandardSentences(2)
    learned.learn(_reading("a", FORMULA.upper()), ())
    learned.learn(_reading("b", " ".join(Words.of(FORMULA).bare)), ())
    assert set(learned.among(_reading("z", FORMULA))) == {_digest(FORMULA)}


def test_a_sentence_of_few_words_is_too_common_to_be_standard() -> None:
    short = "Tiết kiệm được nhiều chi"
    assert not set(_learned(2, "a", "b", "c", sentence=short).among(_reading("z", short)))


def test_a_copy_does_not_vouch_for_what_it_copied() -> None:
    learned = StandardSentences(2)
    original = _reading("a", OWN.format(1), FORMULA)
    learned.learn(original, ())
    for unit in "bcdef":
        learned.learn(_reading(unit, OWN.format(1), FORMULA), [original])
    assert not set(learned.among(original))


def test_a_copy_vouches_for_what_it_says_besides() -> None:
    learned = StandardSentences(2)
    original = _reading("a", OWN.format(1))
    learned.learn(original, ())
    learned.learn(_reading("b", OWN.format(1), FORMULA), [original])
    learned.learn(_reading("c", OWN.format(2), FORMULA), ())
    assert set(learned.among(_reading("z", FORMULA))) == {_digest(FORMULA)}


def test_what_is_asked_about_is_told_of_every_reading_given() -> None:
    learned = _learned(2, "a", "b")
    one, other = _reading("x", OWN.format(7)), _reading("y", FORMULA)
    assert set(learned.among(one, other)) == {_digest(FORMULA)}
    assert set(learned.among()) == set()
