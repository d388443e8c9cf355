from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.columns import OF_AUTHOR, OF_RECOGNITION, SCALARS, FileIsUnreadable
from services.intake.sheet import rows
from shared.declaration import Author, Declaration, Recognition
from shared.messages import MESSAGES
from tests.places import LEFT_OUT, author, declaration, record
from tests.sheets import (
    BOTH,
    faults,
    flat,
    one,
    read,
    sheet_of,
    table,
    taken,
    with_cells,
    write_workbook,
    written,
)

# Which columns there are.


def test_every_field_of_a_declaration_has_its_column() -> None:
    assert {*SCALARS, "authors", "recognition"} == set(Declaration.model_fields)
    assert set(OF_AUTHOR) == set(Author.model_fields)
    assert set(OF_RECOGNITION) == set(Recognition.model_fields)


@BOTH
def test_a_sheet_says_what_the_record_says(tmp_path: Path, ending: str) -> None:
    sent = record(
        field="applied technology",
        benefit_vnd=12_000_000,
        benefit_class="verified",
        benefit_basis="So với quý trước",
        entered_by="tổ hỗ trợ",
        confidential=["benefit", "solution"],
        authors=[
            author(share_percent=60.5, holds_post=True, worker_kind="union cadre"),
            author(person="NV-2", share_percent=39.5, holds_post=False),
        ],
        recognition={
            "form": "other",
            "number": "0012",
            "date": "2022-05-20",
            "authority": "Giám đốc",
        },
    )

    (row,) = read(sheet_of(tmp_path, ending, table([sent])))

    assert row.number == 2
    assert taken(row) == declaration(**sent)


@BOTH
def test_columns_may_come_in_any_order_and_in_capitals(tmp_path: Path, ending: str) -> None:
    cells = with_cells()
    names = [f" {name.upper()} " for name in reversed(cells)]

    (row,) = read(
        sheet_of(tmp_path, ending, [names, [str(c) for c in reversed(list(cells.values()))]])
    )

    assert taken(row) == declaration()


@BOTH
def test_authors_are_told_apart_by_number_and_gaps_do_not_matter(
    tmp_path: Path, ending: str
) -> None:
    row = one(
        tmp_path,
        ending,
        author_1_share_percent="40",
        author_12_person="NV-12",
        author_12_name="Lê Văn Mười Hai",
        author_12_share_percent="35",
        author_3_person="NV-3",
        author_3_name="Trần Thị Ba",
        author_3_share_percent="25",
        author_2_person="",
        author_2_name="",
    )

    assert [a.person for a in taken(row).authors] == ["NV-1", "NV-3", "NV-12"]


@BOTH
def test_a_fault_is_named_by_its_column(tmp_path: Path, ending: str) -> None:
    row = one(
        tmp_path,
        ending,
        title="",
        author_7_person="NV-7",
        author_7_name="\u0007",
        author_7_share_percent="0",
        author_7_worker_kind="boss",
        recognition_date="yesterday",
        confidential="benefit, authors",
        benefit_vnd="-1",
    )

    assert sorted(faults(row)) == [
        ("author_7_name", "control-character"),
        ("author_7_worker_kind", "not-in-list"),
        ("benefit_vnd", "too-small"),
        ("confidential", "not-in-list"),
        ("recognition_date", "not-a-date"),
        ("title", "missing"),
    ]


@BOTH
def test_a_column_that_the_form_does_not_have_is_a_fault_where_something_stands_in_it(
    tmp_path: Path, ending: str
) -> None:
    good = flat(record())
    cells = [
        [*good, "colour", "authors"],
        [*good.values(), "red", ""],
        [*good.values(), "", " "],
        [*good.values(), "", "Hòa"],
    ]

    found = read(sheet_of(tmp_path, ending, cells))

    assert [faults(row) for row in found] == [
        [("colour", "unknown-field")],
        [],
        [("authors", "unknown-field")],
    ]


@BOTH
def test_cells_beyond_the_header_are_faults(tmp_path: Path, ending: str) -> None:
    good = flat(record())
    wide = len(good) + 2

    (row,) = read(sheet_of(tmp_path, ending, [list(good), [*good.values(), "", "stray"]]))

    assert faults(row) == [(f"column_{wide}", "unknown-field")]


@BOTH
def test_a_row_that_ends_early_has_blank_cells(tmp_path: Path, ending: str) -> None:
    cells = [["external_id", *flat(record(external_id=LEFT_OUT)), "benefit"]]
    cells.append(["LD-1", *flat(record(external_id=LEFT_OUT)).values()])

    (row,) = read(sheet_of(tmp_path, ending, cells))

    assert taken(row).benefit == ""


@BOTH
def test_blank_rows_are_passed_over_and_rows_keep_their_numbers(
    tmp_path: Path, ending: str
) -> None:
    header, row = table([record()])
    nothing = [""] * len(header)

    found = read(sheet_of(tmp_path, ending, [header, nothing, row, [" ", "\t"], nothing, row]))

    assert [one.number for one in found] == [3, 6]


@BOTH
def test_progress_ends_at_the_size_of_the_file(tmp_path: Path, ending: str) -> None:
    path = sheet_of(tmp_path, ending, table([record()] * 5))
    told: list[int] = []

    list(rows(path, "en", told.append))

    assert told == sorted(told)
    assert told[-1] == path.stat().st_size


# What is no import file at all.


@pytest.mark.parametrize("name", ["a.txt", "a.xls", "a.ods", "a.json", "a", "a.jsonl.gz"])
def test_another_kind_of_file_is_refused_with_the_kinds_that_are_read(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(FileIsUnreadable, match=r"\.jsonl.*\.csv.*\.xlsx") as refused:
        read(written(tmp_path / name, b"x"))

    assert refused.value.code == "unreadable-file"
    assert refused.value.code in MESSAGES


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"EncryptedPackage" * 100


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "name the columns"),
        ("a.csv", b"\xef\xbb\xbf", "name the columns"),
        ("a.csv", b"\n\n  \n", "name the columns"),
        ("a.csv", b"LD-1,1tr,p01-01-001\n", "name the columns"),
        ("a.csv", b'"external_id,title\n', "name the columns"),
        ("a.csv", "external_id,title\n".encode("utf-16"), "UTF-8"),
        ("a.csv", b"external_id,title,Title \n", "column title stands twice"),
        ("a.csv", b"external_id;title;external_id\n", "column external_id stands twice"),
        ("a.xlsx", b"", "damaged"),
        ("a.xlsx", b"external_id,title\n", "damaged"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 100, "damaged"),
        ("a.xlsx", OLE, "password"),
    ],
)
def test_a_file_without_a_header_or_sense_is_refused_as_a_whole(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = written(tmp_path / name, content)

    with pytest.raises(FileIsUnreadable, match=reason):
        read(path)
    with pytest.raises(FileIsUnreadable, match="Không đọc được tệp"):
        read(path, "vi")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx", "a.jsonl"):
        with pytest.raises(FileIsUnreadable, match="No such file"):
            read(tmp_path / name)


def test_an_empty_workbook_has_no_header(tmp_path: Path) -> None:
    with pytest.raises(FileIsUnreadable, match="name the columns"):
        read(write_workbook(tmp_path / "a.xlsx", []))


def test_a_header_that_repeats_a_column_is_refused_in_a_workbook_too(tmp_path: Path) -> None:
    with pytest.raises(FileIsUnreadable, match="stands twice"):
        read(write_workbook(tmp_path / "a.xlsx", [["title", "unit", "title"]]))


def test_a_header_without_rows_is_a_file_of_nothing(tmp_path: Path) -> None:
    assert read(written(tmp_path / "a.csv", b"external_id,title")) == []
    assert read(write_workbook(tmp_path / "a.xlsx", [["external_id", "title"]])) == []
