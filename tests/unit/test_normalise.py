"""Two people who type the same words differently have typed the same words."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise, permutations
from typing import Any
from unicodedata import category, normalize

import pytest
from hypothesis import assume, example, given

from services.dedup import chunk, syllable
from services.dedup.chunk import BYTES
from services.dedup.normalise import VERSION, normalise, sentences, spans, strip, words
from services.dedup.spelling import ENCODINGS
from services.dedup.variants import TABLES
from tests.typed import KEPT, PLAIN, REWRITTEN, SAME, texts, vietnamese

MENDED = (
    "thuờng thường|ngừoi người|nghành ngành|ngiên nghiên|lónh lĩnh|kò kỵ"
    "|cịn còn|cĩ có|khơng không|thờng thường"
)
REPAIRED = [
    (repair, *example.split())
    for repair, example in zip(TABLES["repairs"], MENDED.split("|"), strict=True)
]
SAYABLE = (
    "giữ gì giêng giếng quốc quyển khuỷu ngoẻo mía của xoong khuya yêu rượu buýt ý ở uống quăng"
)
_ENCODED = {*ENCODINGS, *BYTES}
UNSAYABLE = "khơng cịn thờng cac nghành kông bieọn two sángkiến ẳ́ q"


@pytest.mark.parametrize(("typed", "compared"), SAME)
def test_the_same_words_have_one_form(typed: str, compared: str) -> None:
    assert normalise(typed) == compared


@pytest.mark.parametrize(("typed", "meant"), list(PLAIN.items()))
def test_a_word_of_the_tables_is_read_as_it_was_meant(typed: str, meant: str) -> None:
    written = f"7{typed}" if typed in TABLES["measures"] else typed
    assert normalise(written).removeprefix("7 ") == meant
    assert normalise(written.upper()) == normalise(written)
    assert normalise(meant) == meant


@pytest.mark.parametrize("abbreviation", TABLES["abbreviations"])
def test_no_abbreviation_is_a_word(abbreviation: str) -> None:
    assert syllable.spell(abbreviation) is None


@pytest.mark.parametrize(("evidence", "typed", "meant"), REWRITTEN)
def test_words_written_wrong_are_put_right(evidence: str, typed: str, meant: str) -> None:
    before = normalise(evidence)
    assert normalise(f"{evidence} {typed}") == f"{before} {meant}".strip()
    assert normalise(meant) == meant


@pytest.mark.parametrize(("evidence", "phrase"), KEPT)
def test_words_that_only_look_wrong_are_left(evidence: str, phrase: str) -> None:
    assert normalise(f"{evidence} {phrase}") == f"{normalise(evidence)} {phrase}".strip()
    assert normalise(phrase) == phrase


def test_rules_that_meet_in_a_text_come_to_rest() -> None:
    meeting = [
        f"khơng đợc {first} {second.partition(' ')[2]}"
        for (_, first, meant), (_, second, _) in permutations(REWRITTEN, 2)
        if second.split()[0] in {first.split()[-1], meant.split()[-1]}
    ]
    assert len(meeting) > 10
    for text in meeting:
        assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize("sign", TABLES["damage"]["font"]["signs"])
def test_two_damaged_words_together_show_the_damage(sign: str) -> None:
    assert normalise(sign) == normalise(f"khơng {sign}").removeprefix("không ")
    assert normalise(sign) != sign


@pytest.mark.parametrize(("glyph", "letter"), list(TABLES["characters"]["homoglyphs"].items()))
def test_a_look_alike_is_read_in_a_latin_word_only(glyph: str, letter: str) -> None:
    assert normalise(f"q{glyph}w") == f"q{letter}w"
    assert normalise(f"ж{glyph}") == f"ж{glyph}"


@pytest.mark.parametrize(("typed", "letter"), list(TABLES["characters"]["letters"].items()))
def test_a_letter_typed_otherwise_is_the_letter(typed: str, letter: str) -> None:
    assert normalise(f"1{typed}2") == normalise(f"1{letter}2")


@pytest.mark.parametrize("encoding", TABLES["encodings"])
def test_a_whole_text_in_a_lost_encoding_is_read(encoding: str) -> None:
    original = "một số biện pháp nâng cao chất lượng giáo dục cho học sinh đạt kết quả tốt của lớp"
    letters = {to: typed for typed, to in TABLES["encodings"][encoding].items()}
    damaged = "".join(_typed_in(letters, letter) for letter in original)
    assert damaged != original
    assert normalise(damaged) == original


def _typed_in(letters: dict[str, str], letter: str) -> str:
    if letter in letters or letter in "íì":
        return letters.get(letter, letter)
    decomposed = normalize("NFD", letter)
    base, marks = decomposed[0], decomposed[1:]
    if "\u031b" in marks:
        base = letters[normalize("NFC", base + "\u031b")]
    shape_and_tone = "".join(mark for mark in "\u0302\u0306" + syllable.TONES if mark in marks)
    return base + letters.get(shape_and_tone, "")


@pytest.mark.parametrize("counter", TABLES["numbers"]["counters"])
@pytest.mark.parametrize(("value", "word"), list(enumerate(TABLES["numbers"]["ones"], start=1)))
def test_a_number_word_after_a_counter_is_a_number(counter: str, value: int, word: str) -> None:
    is_kept = f"{counter} {word}" in TABLES["numbers"]["keep"]
    assert normalise(f"{counter} {word}") == f"{counter} {word if is_kept else value}"
    assert normalise(f"mươi {word}") == f"mươi {word}"


@pytest.mark.parametrize(
    ("word", "follower"),
    [(word, next_) for word, found in TABLES["numbers"]["not_before"].items() for next_ in found],
)
def test_a_number_word_that_begins_another_word_stays(word: str, follower: str) -> None:
    assert normalise(f"lớp {word} {follower}") == f"lớp {word} {follower}"


@pytest.mark.parametrize(("repair", "typed", "mended"), REPAIRED)
def test_a_word_vietnamese_cannot_say_is_mended(
    repair: dict[str, Any], typed: str, mended: str
) -> None:
    assert repair["letters"][0] in syllable.untone(typed)[0]
    assert syllable.spell(typed) is None
    assert normalise(typed) == mended


def test_every_invisible_character_is_ignored() -> None:
    basic = [chr(code) for code in range(0x10000) if category(chr(code)) == "Cf"]
    tags = [chr(code) for code in range(0xE0000, 0xE0100) if category(chr(code)) == "Cf"]
    assert {normalise(f"sáng{invisible}") for invisible in basic + tags} == {"sáng"}


def test_the_version_moves_with_the_tables() -> None:
    digest = hashlib.sha256(json.dumps(TABLES, sort_keys=True).encode()).hexdigest()[:12]
    assert (VERSION, digest) == ("3", "18bee51b73c4"), (
        "The tables changed: a score is repeatable by VERSION only."
    )


@given(texts)
@example("ŉ İ ß ǰ ΐ ᾳ ﬁ ½ ² ١٢ 각 ক\u09be e\u200b\u0301 \u0301a 1\u20e3")
@example("_a_ a__b a-_b 1_/2 -/- 1.2.3,4 00 000 0.0 1.000.00")
@example("a" * 5_000 + "ă" + "oa" * 5_000)
@example("lớp1" * 5_000 + " " + "9" * 5_000 + " " + "1." * 5_000 + " " + "a-1-" * 5_000)
def test_every_text_has_a_form_that_is_its_own_form(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert " ".join(words(once)) == once


@given(texts)
def test_every_word_is_found_where_it_was_typed(text: str) -> None:
    found = spans(text)
    assert [word for word, _, _ in found] == words(normalise(text))
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)


@given(texts)
def test_composition_makes_no_difference(text: str) -> None:
    assert normalise(normalize("NFC", text)) == normalise(normalize("NFD", text)) == normalise(text)


@given(vietnamese)
def test_capitals_make_no_difference(text: str) -> None:
    # In an older encoding the capital of the sign that a letter is shown as is another letter.
    memory = chunk.Memory()
    assume(not any(set(memory[part].damage) & _ENCODED for part in text.split()))
    assert normalise(text.upper()) == normalise(text.casefold()) == normalise(text)


@given(texts)
def test_a_stripped_text_has_the_same_number_of_words_and_no_marks(text: str) -> None:
    form = normalise(text)
    bare = strip(form)
    assert strip(bare) == bare
    assert len(words(bare)) == len(words(form))
    assert not any(category(letter) == "Mn" for letter in normalize("NFD", bare))
    assert "đ" not in bare


@given(texts)
def test_sentences_share_out_every_word_of_the_text(text: str) -> None:
    places = sentences(text)
    assert all(start < end for start, end in places)
    assert places == sorted(places)
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
    inside = "".join(text[start:end] for start, end in places)
    assert [*filter(str.isalnum, inside)] == [*filter(str.isalnum, text)]


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("đường sá", "duong sa"),
        ("ủy ban nhân dân", "uy ban nhan dan"),
        ("эцв6-6.3 đ5", "эцв6-6.3 d5"),
        ("", ""),
    ],
)
def test_a_text_typed_without_diacritics_meets_its_original(typed: str, compared: str) -> None:
    assert strip(typed) == compared


@pytest.mark.parametrize(
    "found",
    [
        ["Ở TP. Hồ Chí Minh giá 1.5 triệu.", "Sau đó tăng."],
        ["1. Lý do chọn đề tài.", "II. Nội dung?", "Rồi thôi!"],
        ["Một dòng", "dòng sau;", "hết..."],
        ["ThS. Nguyễn Văn A. Bình nói: “Tốt.”", "Xong."],
        ["Việc xong.", "Tiếp theo là v.v. và hết"],
        ["Phiên bản 2.0.1 của www.congdoan.vn."],
    ],
)
@pytest.mark.parametrize("joint", [" ", "\n", " \n "])
def test_a_sentence_ends_where_a_reader_would_stop(found: list[str], joint: str) -> None:
    text = joint.join(found).replace("dòng dòng", "dòng\ndòng")
    assert [text[start:end] for start, end in sentences(text)] == found


def test_an_abbreviation_is_highlighted_as_a_whole_and_run_together_words_each_alone() -> None:
    assert spans("Cho HS phòngchống") == [
        ("cho", 0, 3),
        ("học", 4, 6),
        ("sinh", 4, 6),
        ("phòng", 7, 12),
        ("chống", 12, 17),
    ]


def test_a_decomposed_text_is_highlighted_as_it_was_typed() -> None:
    typed = normalize("NFD", "Sáng\u200bkiến lớp bốn")
    assert [(word, typed[start:end]) for word, start, end in spans(typed)] == [
        ("sáng", normalize("NFD", "Sáng")),
        ("kiến", normalize("NFD", "kiến")),
        ("lớp", normalize("NFD", "lớp")),
        ("4", normalize("NFD", "bốn")),
    ]


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        *((word, word) for word in SAYABLE.split()),
        *((word, None) for word in UNSAYABLE.split()),
        ("", None),
    ],
)
def test_a_syllable_is_what_vietnamese_can_say(word: str, spelled: str | None) -> None:
    assert syllable.spell(word) == spelled


def test_a_long_run_of_letters_is_left_as_it_is() -> None:
    assert normalise("ă" * 20_000) == "ă" * 20_000


def test_what_was_forgotten_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "_MOST_REMEMBERED", 2)
    memory = chunk.Memory()
    chunks = ["kĩ", "năng,", "sống", "kĩ", "x" * 100]
    assert [memory[typed] for typed in chunks] == [chunk.read_chunk(typed) for typed in chunks]
    assert set(memory) == {"sống", "kĩ"}
