from __future__ import annotations

import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest

from shared.vocabulary import (
    TextField,
)
from tests.sheets import BOTH, faults, one, taken

# What a cell says.


@BOTH
@pytest.mark.parametrize(
    "typed", ["1.000.000", "1,5", "1 000", "12đ", "1e6", "1_000", "0x10", "١٢"]
)
def test_an_amount_is_plain_digits(tmp_path: Path, ending: str, typed: str) -> None:
    assert faults(one(tmp_path, ending, benefit_vnd=typed)) == [("benefit_vnd", "not-a-number")]


@BOTH
@pytest.mark.parametrize("typed", ["1,5", "50%", "1e2", "NaN", "Infinity", ".5", "5.", "+5", "1_0"])
def test_a_share_is_digits_with_a_point(tmp_path: Path, ending: str, typed: str) -> None:
    row = one(tmp_path, ending, author_1_share_percent=typed)

    assert faults(row) == [("author_1_share_percent", "not-a-number")]


@BOTH
@pytest.mark.parametrize("typed", ["100", "100.0", " 100 ", "99.999999", "0100"])
def test_a_share_may_have_decimals(tmp_path: Path, ending: str, typed: str) -> None:
    found = taken(one(tmp_path, ending, author_1_share_percent=typed))

    assert found.authors[0].share_percent == Decimal(typed.strip())


YES = ["true", "TRUE", "có", "CÓ", unicodedata.normalize("NFD", "Có"), "yes", "x", " X ", "1"]
NO = ["false", "không", unicodedata.normalize("NFD", "KHÔNG"), "No", "0", "", " "]


@BOTH
@pytest.mark.parametrize(("typed", "meant"), [*((y, True) for y in YES), *((n, False) for n in NO)])
def test_yes_and_no_in_the_words_people_use(
    tmp_path: Path, ending: str, typed: str, meant: bool
) -> None:
    found = taken(one(tmp_path, ending, author_1_holds_post=typed))

    assert found.authors[0].holds_post is meant


@BOTH
def test_any_other_word_is_neither_yes_nor_no(tmp_path: Path, ending: str) -> None:
    row = one(tmp_path, ending, author_1_holds_post="maybe")

    assert faults(row) == [("author_1_holds_post", "not-true-or-false")]


@BOTH
@pytest.mark.parametrize("typed", ["title,benefit", "title; benefit", " ;title,, benefit ;"])
def test_confidential_fields_are_parted_by_comma_or_semicolon(
    tmp_path: Path, ending: str, typed: str
) -> None:
    found = taken(one(tmp_path, ending, confidential=typed))

    assert found.confidential == (TextField.TITLE, TextField.BENEFIT)


@BOTH
def test_text_is_kept_as_it_is_typed(tmp_path: Path, ending: str) -> None:
    solution = '  "Một",\n\thai; ba  \n=1+1\nhttp://x '

    row = one(tmp_path, ending, external_id="007", solution=solution, title="=SUM(A1)")

    found = taken(row)
    assert (found.external_id, found.solution, found.title) == ("007", solution, "=SUM(A1)")


@BOTH
def test_a_blank_cell_is_missing_and_a_cell_of_spaces_is_blank(tmp_path: Path, ending: str) -> None:
    row = one(tmp_path, ending, title="", solution="  ", unit=" ")

    assert sorted(faults(row)) == [("solution", "blank"), ("title", "missing"), ("unit", "blank")]


@BOTH
@pytest.mark.parametrize(
    ("column", "typed", "code"),
    [
        ("filed_at", "2022-05-04T08:00:00", "missing-offset"),
        ("filed_at", "2022-05-04", "not-an-instant"),
        ("filed_at", "44685", "not-an-instant"),
        ("first_applied_on", "20/04/2022", "not-a-date"),
        ("first_applied_on", "44671", "not-a-date"),
        ("first_applied_on", "2022-4-20", "not-a-date"),
        ("field", "Technical", "not-in-list"),
        ("benefit_class", "guessed", "not-in-list"),
        ("title", "a\tb", "control-character"),
        ("unit", "p01 01", "invalid"),
        ("title", "x" * 501, "too-long"),
        ("solution", "x" * 20_001, "too-long"),
    ],
)
def test_a_cell_is_held_to_the_rules_of_its_field(
    tmp_path: Path, ending: str, column: str, typed: str, code: str
) -> None:
    assert faults(one(tmp_path, ending, **{column: typed})) == [(column, code)]


@BOTH
def test_a_row_without_authors_misses_them(tmp_path: Path, ending: str) -> None:
    without = dict.fromkeys(("author_1_person", "author_1_name", "author_1_share_percent"), "")

    assert faults(one(tmp_path, ending, **without)) == [("authors", "missing")]


@BOTH
def test_shares_that_do_not_add_up_are_named_as_such(tmp_path: Path, ending: str) -> None:
    row = one(tmp_path, ending, author_1_share_percent="60")

    assert faults(row) == [("authors", "shares")]
    assert "60" in row.faults[0].message
