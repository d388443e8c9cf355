from __future__ import annotations

import io
import tempfile
import unicodedata
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.columns import FileIsUnreadable
from services.intake.sheet import xlsx_rows
from tests.places import record
from tests.sheets import faults, one, read, table, taken, written

# What only a workbook holds.


MIDNIGHT = datetime.fromisoformat("2022-04-20T00:00:00")
EIGHT_O_CLOCK = datetime.fromisoformat("2022-05-04T08:00:00")


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("external_id", 17, "17"),
        ("external_id", 123456789012, "123456789012"),
        ("unit", 2022, "2022"),
        ("programme", 75, "75"),
        ("entered_by", 3, "3"),
        ("benefit_vnd", 12_000_000, 12_000_000),
        ("benefit_vnd", 0.0, 0),
        ("first_applied_on", date(2022, 4, 20), date(2022, 4, 20)),
        ("first_applied_on", MIDNIGHT, date(2022, 4, 20)),
    ],
)
def test_numbers_and_dates_of_a_workbook_are_taken_where_they_belong(
    tmp_path: Path, column: str, cell: object, said: object
) -> None:
    assert getattr(taken(one(tmp_path, "xlsx", **{column: cell})), column) == said


def test_numbers_and_dates_of_authors_and_recognition_are_taken_too(tmp_path: Path) -> None:
    found = taken(
        one(
            tmp_path,
            "xlsx",
            author_1_person=4711,
            author_1_share_percent=100 / 3,
            author_1_holds_post=True,
            author_2_person=12.0,
            author_2_name="Trần B",
            author_2_share_percent=200 / 3,
            author_2_holds_post=0,
            recognition_number=15,
            recognition_date=date(2022, 5, 20),
        )
    )

    assert [(a.person, str(a.share_percent), a.holds_post) for a in found.authors] == [
        ("4711", "33.333333", True),
        ("12", "66.666667", False),
    ]
    assert found.recognition is not None
    assert (found.recognition.number, found.recognition.date) == ("15", date(2022, 5, 20))


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("title", 17, "not-text"),
        ("solution", 1.5, "not-text"),
        ("title", True, "not-text"),
        ("title", date(2022, 4, 20), "not-text"),
        ("author_1_name", 17, "not-text"),
        ("recognition_authority", 17, "not-text"),
        ("external_id", 1.5, "not-text"),
        ("external_id", 1234567890123456, "not-text"),
        ("external_id", True, "not-text"),
        ("recognition_number", date(2022, 12, 1), "not-text"),
        ("benefit_vnd", 1.5, "not-a-number"),
        ("benefit_vnd", True, "not-a-number"),
        ("benefit_vnd", date(2022, 4, 20), "not-a-number"),
        ("author_1_share_percent", True, "not-a-number"),
        ("author_1_share_percent", date(2022, 4, 20), "not-a-number"),
        ("author_1_holds_post", 2, "not-true-or-false"),
        ("author_1_holds_post", date(2022, 4, 20), "not-true-or-false"),
        ("first_applied_on", 44671, "not-a-date"),
        ("first_applied_on", EIGHT_O_CLOCK, "not-a-date"),
        ("recognition_date", True, "not-a-date"),
        ("filed_at", EIGHT_O_CLOCK, "missing-offset"),
        ("filed_at", date(2022, 5, 4), "missing-offset"),
        ("filed_at", 44685, "not-an-instant"),
        ("field", 1, "not-in-list"),
        ("confidential", 1, "not-a-list"),
    ],
)
def test_a_value_of_another_type_is_the_fault_of_its_cell(
    tmp_path: Path, column: str, cell: object, code: str
) -> None:
    assert faults(one(tmp_path, "xlsx", **{column: cell})) == [(column, code)]


def test_the_error_of_a_formula_is_not_taken_for_a_blank_cell(tmp_path: Path) -> None:
    header, row = table([record()])
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(3, 2, [*header, "benefit_vnd", "benefit"])
        for number in (4, 5, 6):
            page.write_row(number, 2, row)
        page.write_formula(5, 2 + len(row), "=1/0", None, "#DIV/0!")
        page.write_formula(5, 2 + header.index("title"), "=Z9", None, "#REF!")
        page.write_formula(6, 3 + len(row), '="đã"&" tính"', None, "đã tính")

    found = read(path)

    assert [(row.number, sorted(faults(row))) for row in found] == [
        (5, []),
        (6, [("benefit_vnd", "formula-error"), ("title", "formula-error")]),
        (7, []),
    ]
    assert taken(found[2]).benefit == "đã tính"


def test_the_sheet_of_declarations_is_read_or_else_the_first(tmp_path: Path) -> None:
    def sheets(*names: str) -> Path:
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for name in names:
                header, row = table([record(title=f"Từ {name}")])
                page = book.add_worksheet(name)
                page.write_row(0, 0, header)
                page.write_row(1, 0, row)
        return path

    for names, chosen in [
        (("A", "B"), "A"),
        (("A", "declarations"), "declarations"),
        (("A & B <x>", "BẢN KÊ KHAI", "C"), "BẢN KÊ KHAI"),
        (("A", unicodedata.normalize("NFD", "Bản kê khai")), "Bản kê khai"),
    ]:
        (row,) = read(sheets(*names))
        assert unicodedata.normalize("NFC", taken(row).title) == f"Từ {chosen}"


def test_a_stray_cell_in_the_far_corner_does_not_bring_the_process_down(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write(0, 0, "title")
        page.write(1_048_575, 16_383, "x")

    with pytest.raises(FileIsUnreadable, match=r"1,048,576 × 16,384"):
        read(path)


def test_a_panic_of_the_reader_is_the_files_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write(0, 0, "title")
        page.write_number(1, 0, -1e300, book.add_format({"num_format": "yyyy-mm-dd"}))

    with pytest.raises(FileIsUnreadable, match="damaged"):
        read(path)


def damaged_workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for number, row in enumerate(table([record()] * 3)):
            page.write_row(number, 0, row)
    return file.getvalue()


WORKBOOK = damaged_workbook()


@settings(max_examples=150)
@given(
    places=st.lists(st.tuples(st.integers(0, len(WORKBOOK) - 1), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, len(WORKBOOK) * 3),
)
def test_whatever_a_workbook_holds_it_is_read_or_refused(
    places: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(WORKBOOK)
    for place, byte in places:
        content[place] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.xlsx", bytes(content[:cut]))
        try:
            found = list(xlsx_rows(path, "vi"))
        except FileIsUnreadable:
            return

    assert all(bool(row.faults) == (row.declaration is None) for row in found)
