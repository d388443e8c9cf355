"""Each row of the tables is needed, and says no more than it should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.dedup import syllable
from services.dedup.normalise import normalise, sentences, spans
from services.dedup.variants import TABLES

STANDS_FOR_SEVERAL_THINGS = {"qd", "bds"}
# Literal examples, so that a row that is taken away or changed is missed: they do not follow from the tables.
EXAMPLES = [
    tuple(re.sub(r"\\U([0-9a-f]{8})", lambda found: chr(int(found[1], 16)), line).split("\t"))
    for line in Path(__file__).with_name("variants.tsv").read_text("utf-8").splitlines()[1:]
]


@pytest.mark.parametrize(("kind", "typed", "meant"), EXAMPLES)
def test_each_row_of_the_tables_does_what_it_is_there_for(
    kind: str, typed: str, meant: str
) -> None:
    if kind == "syllables":
        assert syllable.spell(typed) == meant
    elif kind == "sentences":
        assert len(sentences(typed)) == int(meant)
    else:
        assert normalise(typed) == meant


@pytest.mark.parametrize("abbreviation", TABLES["abbreviations"])
def test_an_abbreviation_is_read_without_its_bars_too(abbreviation: str) -> None:
    bare = abbreviation.replace("đ", "d").replace("ư", "u")
    if bare not in STANDS_FOR_SEVERAL_THINGS:
        assert normalise(bare) == normalise(abbreviation)


def test_words_of_another_alphabet_stay_unless_they_look_vietnamese() -> None:
    assert normalise("Привет мир, ГОСТ 380, ТУ 14, β, 5 μm, μg") == (
        "привет мир гост 380 ту 14 β 5 μm μg"
    )
    assert normalise("сао, Βiện рháр ＡＢ１２") == "cao biện pháp ab12"


def test_one_damaged_word_in_a_long_text_says_nothing_of_the_others() -> None:
    rest = "tốn điện và có hồn " + "máy chạy đều " * 40
    assert normalise(f"Cư Pơng {rest}") == f"cư pông {rest}".strip()
    assert normalise("Cư Pơng tốn điện") == "cư pông toán điện"


def test_a_letter_that_two_kinds_of_damage_leave_is_read_by_the_rest_of_the_text() -> None:
    assert normalise("thơng mại đợc hớng dẫn") == "thương mại được hướng dẫn"
    assert normalise("thơng tin khơng cịn") == "thông tin không còn"


def test_the_damaged_letter_is_the_one_with_the_tone() -> None:
    assert normalise("khơng cĩ giĩ, gĩi giịn") == "không có gió gói giòn"


def test_years_after_a_number_are_no_five() -> None:
    assert normalise("cây 3.000 năm tuổi, em năm tuổi") == "cây 3000 năm tuổi em 5 tuổi"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Mét sè biÖn ph¸p n©ng cao chÊt l\u00adîng", "một số biện pháp nâng cao chất lượng"),
        ("Tr\u00adêng TiÓu häc, líp 5", "trường tiểu học lớp 5"),
        ("§éc lËp - Tù do - H¹nh phóc", "độc lập tự do hạnh phúc"),
        ("c¸c th\u00ad¬ng nh©n ®­îc h­íng dÉn", "các thương nhân được hướng dẫn"),
        ("c¸c th¬ng nh©n ®îc híng dÉn b¸n hµng", "các thương nhân được hướng dẫn bán hàng"),
        ("Gi¸ 5 µm, © 2020, «Tốt», São Paulo, El Niño", "gi 5 μm 2020 tốt são paulo el niño"),
    ],
)
def test_the_bytes_of_an_old_encoding_are_read_when_most_words_show_them(
    typed: str, meant: str
) -> None:
    assert normalise(typed) == meant
    assert all(typed[start:end].strip() for _, start, end in spans(typed))


def test_the_letters_of_an_old_encoding_are_highlighted_where_they_were_typed() -> None:
    typed = "ph¸p l\u00adîng d¹y (gi¶ng)."
    assert [(word, typed[start:end]) for word, start, end in spans(typed)] == [
        ("pháp", "ph¸p"),
        ("lượng", "l\u00adîng"),
        ("dạy", "d¹y"),
        ("giảng", "gi¶ng"),
    ]
