"""Every kind of planted copy is what its name says, and nothing more."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import Final
from unicodedata import normalize

import pytest
from rapidfuzz.distance import LCSseq

from services.dedup.disguises import DISGUISES, PARAGRAPHS, TABLES, Hand, Text
from services.dedup.normalise import normalise, sentences, strip
from services.dedup.planting import NEGATIVES
from tests.works import SOLUTIONS

ORIGIN: Final = Text(
    title="Giá phơi khăn cho lớp 4 tuổi",
    situation_before="Khăn của trẻ phơi chung một dây nên hay lẫn và lâu khô.",
    solution=SOLUTIONS[0],
)
DONOR: Final = Text(title="Máng thu phoi hai tầng", solution=SOLUTIONS[1])
OTHERS: Final = [Text(title="Một tên", solution=solution) for solution in SOLUTIONS[2:]]
SEEDS: Final = range(5)


def disguised(kind: str, text: Text = ORIGIN, seed: int = 1) -> Text:
    return DISGUISES[kind](text, Hand(Random(seed), DONOR, OTHERS))


def saying(solution: str) -> Text:
    return ORIGIN.with_(solution=solution)


@pytest.mark.parametrize("kind", DISGUISES)
def test_a_copy_is_drawn_by_its_lot_alone(kind: str) -> None:
    assert disguised(kind, seed=3) == disguised(kind, seed=3)


@pytest.mark.parametrize("kind", [kind for kind in DISGUISES if kind not in {"exact", "new-title"}])
def test_a_disguise_changes_the_solution(kind: str) -> None:
    text = saying(f"Trường tiểu học Sen Hồng có 12 học sinh kỹ năng tốt. {SOLUTIONS[0]}")
    assert disguised(kind, text).solution != text.solution


def test_every_kind_has_a_name_that_people_read() -> None:
    assert list(TABLES["kinds"]) == [*DISGUISES, *NEGATIVES]


def test_an_exact_copy_is_the_same_to_the_letter() -> None:
    assert disguised("exact") == ORIGIN


@pytest.mark.parametrize("seed", SEEDS)
def test_case_and_tone_placement_change_no_word(seed: int) -> None:
    text = saying("Tổ kỹ thuật hòa mạng, nêu lý do hủy quý trước. " + SOLUTIONS[0])
    copy = disguised("case-tone", text, seed).solution
    assert {"kĩ", "hoà", "lí", "huỷ", "quí"} <= set(re.findall(r"\w+", copy.lower()))
    assert normalise(copy) == normalise(text.solution)


def test_a_decomposed_copy_has_its_marks_beside_the_letters() -> None:
    copy = disguised("nfd")
    assert normalize("NFC", copy.solution) == ORIGIN.solution
    assert normalize("NFD", copy.title) == copy.title


def test_reordering_keeps_each_sentence() -> None:
    def cut(text: str) -> list[str]:
        return [text[start:end] for start, end in sentences(text)]

    copy = disguised("reorder")
    assert Counter(cut(copy.solution)) == Counter(cut(ORIGIN.solution))
    assert cut(copy.solution) != cut(ORIGIN.solution)


def test_two_sentences_are_too_few_to_be_reordered() -> None:
    text = saying("Câu thứ nhất nói một việc. Câu thứ hai nói việc khác.")
    assert disguised("reorder", text) == text


@pytest.mark.parametrize("seed", SEEDS)
def test_slots_are_filled_with_another_class_age_name_year_and_number(seed: int) -> None:
    said = "Lớp {} tại Trường tiểu học {} dạy trẻ {} tuổi từ năm {} với {} bộ đồ chơi."
    filled = ("4A", "Sen Hồng", "5", "2019", "120")
    copy = disguised("slots", saying(said.format(*filled)), seed).solution
    found = re.fullmatch(re.escape(said).replace(r"\{\}", "(.+)"), copy)
    assert found
    assert all(new != old for new, old in zip(found.groups(), filled, strict=True))


def test_a_text_without_slots_is_left_alone() -> None:
    text = saying("Không có gì để thay ở đây cả.")
    assert disguised("slots", text).solution == text.solution


def test_what_is_written_out_is_abbreviated() -> None:
    text = saying("Học sinh và giáo viên cùng làm; ủy ban nhân dân hỗ trợ.")
    copy = disguised("abbreviations", text).solution
    assert copy == "HS và GV cùng làm; UBND hỗ trợ."
    assert normalise(copy) == normalise(text.solution)


def test_what_is_abbreviated_is_written_out() -> None:
    copy = disguised("abbreviations", saying("HS và GV của trường THCS, không phải THCSX."))
    assert copy.solution.startswith("học sinh và giáo viên của trường trung học cơ sở, ")
    assert copy.solution.endswith("THCSX.")


def test_a_copy_without_diacritics_is_plain_letters() -> None:
    copy = disguised("no-diacritics", saying("Đồ gá xoay giữ khung ở góc hàn."))
    assert copy.solution == "Do ga xoay giu khung o goc han."
    assert strip(normalise(ORIGIN.solution)) == strip(
        normalise(disguised("no-diacritics").solution)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_homoglyph_hides_in_a_word_that_stays_latin(seed: int) -> None:
    copy = disguised("homoglyphs", seed=seed).solution
    pairs = zip(ORIGIN.solution, copy, strict=True)
    swapped = [(old, new) for old, new in pairs if old != new]
    assert len(swapped) > 10
    assert all("\u0400" <= new <= "\u04ff" for _, new in swapped)
    assert normalise(copy) == normalise(ORIGIN.solution)


def test_font_damage_is_what_is_seen_in_copied_documents() -> None:
    text = saying("không còn môn toán chuyên hoàn toàn thường xuyên luôn tôi")
    assert (
        disguised("font-damage", text).solution
        == "khơng cịn mơn tốn chun hồn tồn thường xun ln tơi"
    )


def test_lost_spaces_lose_nothing_else() -> None:
    copy = disguised("lost-spaces").solution
    lost = ORIGIN.solution.count(" ") - copy.count(" ")
    assert copy.replace(" ", "") == ORIGIN.solution.replace(" ", "")
    assert 0.03 < lost / ORIGIN.solution.count(" ") < 0.2


@pytest.mark.parametrize(("kind", "share"), [("edited-10", 0.1), ("edited-30", 0.3), ("edited-50", 0.5)])  # fmt: skip
@pytest.mark.parametrize("seed", SEEDS)
def test_no_more_words_are_edited_than_the_kind_says(kind: str, share: float, seed: int) -> None:
    before = ORIGIN.solution.split()
    after = disguised(kind, seed=seed).solution.split()
    kept = LCSseq.similarity(before, after) / len(before)
    assert 1 - share - 0.01 <= kept <= 1 - share * 0.7


def test_edits_replace_drop_and_add() -> None:
    word = " ".join(["gốc"] * 400)
    after = disguised("edited-50", saying(word)).solution.split()
    strangers, kept = len([w for w in after if w != "gốc"]), after.count("gốc")
    assert strangers == pytest.approx(180, abs=20)
    assert kept == pytest.approx(220, abs=20)
    assert len(after) != 400


def test_a_new_title_stands_over_the_same_body() -> None:
    assert disguised("new-title") == ORIGIN.with_(title=DONOR.title)


@pytest.mark.parametrize("seed", SEEDS)
def test_boilerplate_stands_around_and_not_inside(seed: int) -> None:
    before, _, after = disguised("boilerplate", seed=seed).solution.partition(ORIGIN.solution)
    around = [*before.splitlines(), *after.splitlines()]
    assert before
    assert after
    assert set(filter(None, around)) <= set(PARAGRAPHS)


@pytest.mark.parametrize("seed", SEEDS)
def test_half_a_body_stands_beside_half_of_another_under_the_others_title(seed: int) -> None:
    copy = disguised("half", seed=seed)
    words = copy.solution.split()
    for source in (ORIGIN, DONOR):
        own = source.solution.split()
        middle = len(own) // 2
        halves = (" ".join(own[:middle]), " ".join(own[middle:]))
        assert sum(half in " ".join(words) for half in halves) == 1
    assert copy.title == DONOR.title


def test_standard_paragraphs_are_many_and_all_different() -> None:
    cut = [text[start:end] for text in PARAGRAPHS for start, end in sentences(text)]
    assert len(PARAGRAPHS) >= 30
    assert len(set(cut)) == len(cut)
