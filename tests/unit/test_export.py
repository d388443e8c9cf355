"""Every board as a file: what is read back is what the board says, with titles in both languages, and nothing acts in it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from importlib import import_module
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path
from pkgutil import walk_packages
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from python_calamine import CalamineWorkbook

import services.projections
from services.projections.boards.cases import CaseQueue
from services.projections.boards.leaderboard import Leaderboard, LeaderboardRow, Measure
from services.projections.boards.milestones import Milestone, Reached
from services.projections.boards.quota import QuotaBehind, QuotaBoard, QuotaRow
from services.projections.history.comparison import LeaderComparison, QuotaComparison
from services.projections.history.organisation import OrganisationDifference
from services.projections.history.proof import FrozenList
from services.projections.history.story import Story
from services.projections.history.timeline import Timeline
from services.projections.history.trail import Trail
from services.projections.presentation.export import (
    Form,
    Style,
    csv_of,
    exported,
    file_name,
    harmless,
)
from services.projections.presentation.listing import joined
from services.projections.presentation.titles import COLUMNS, column
from services.projections.presentation.words import BOARDS, WORDS, called, word
from services.projections.presentation.workbook import HEADER, xlsx_of
from services.projections.reckoning.asof import AsOf, Axis
from shared.figures import Figures, Rounding
from shared.vocabulary import HOME, Level, TargetKind, Value, named

TModel = TypeVar("TModel", bound=BaseModel)

EIGHT = datetime(2022, 4, 20, 8, 0, tzinfo=HOME)
SAID: dict[str, Any] = {"at": EIGHT, "position": 163_540, "axis": Axis.KNOWN, "known_at": None}


def row(rank: int = 1, name: str = "LĐLĐ tỉnh Bắc Kạn", **changes: object) -> LeaderboardRow:
    facts: dict[str, Any] = {
        "unit": f"p{rank:02}",
        "level": Level.FIRST,
        "value": 1539,
        "gross": 1539,
        "net": 1402,
        "duplicate_rate": 0.0285,
        "share": 1539 / 163_532,
        "people": 1700,
        "benefit": 10_000_000_000,
        "recognised": 2_000_000_000,
        "verified": 0,
        "percent": 100 * 1539 / 600,
        "per_1000": None,
        **changes,
    }
    return LeaderboardRow(rank=rank, name=name, **facts)


def leaderboard(*rows: LeaderboardRow, **changes: object) -> Leaderboard:
    facts: dict[str, Any] = {
        "simulated": False,
        "programme": "1tr",
        "level": Level.FIRST,
        "measure": Measure.GROSS,
        "phase": None,
        "wave": None,
        "cohort": None,
        "below": None,
        "sector": None,
        "kind": None,
        "total": 163_532,
        "net_total": 150_001,
        "cohort_total": None,
        "below_total": None,
        "not_yet_matched": 12,
        **changes,
    }
    return Leaderboard(**SAID, **facts, rows=rows)


def made(annotation: Any, numbers: Iterator[int]) -> Any:
    """Something that an annotation allows, with numbers that are not met twice."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return made(parts[0], numbers)
    if origin in {Union, UnionType}:
        return made(next(part for part in parts if part is not type(None)), numbers)
    if origin is Literal:
        return parts[0]
    if origin is tuple:
        of = parts[:-1] * 2 if parts[-1] is Ellipsis else parts
        return tuple(made(part, numbers) for part in of)
    if origin in {dict, Mapping}:
        return {made(parts[0], numbers): made(parts[1], numbers)}
    if issubclass(annotation, BaseModel):
        return sample(annotation, numbers)
    if issubclass(annotation, StrEnum):
        return next(iter(annotation))
    number = next(numbers)
    values: dict[type, object] = {
        bool: True,
        int: number,
        float: number + 0.0625,
        str: f"chữ {number}",
        datetime: EIGHT + timedelta(minutes=number),
        date: EIGHT.date() + timedelta(days=number),
        UUID: named("number", str(number)),
    }
    return values.get(annotation, f"gì đó {number}")


def sample(model: type[TModel], numbers: Iterator[int], **given: object) -> TModel:
    """A model with something in every field."""
    hints = get_type_hints(model, include_extras=True)
    facts = {
        name: given[name] if name in given else made(hints[name], numbers)
        for name in model.model_fields
    }
    return model.model_validate(facts)


QUOTA_ROW = sample(
    QuotaRow,
    count(1_000_001),
    unit="p06",
    name="LĐLĐ tỉnh Bắc Kạn",
    phase=None,
    kind=TargetKind.ASSIGNED,
    document="01/KH-LĐLĐ",
    dated=date(2022, 1, 8),
    target=600,
    gross=1539,
    net=599,
    percent=256.5,
    exceeded_by=939,
    reached_at=EIGHT - timedelta(days=3),
    net_percent=100 * 599 / 600,
    net_exceeded_by=-1,
    net_reached_at=None,
)

MILESTONE = Milestone(
    **SAID,
    count=1_000_000,
    gross=Reached(at=EIGHT, position=7, idea="LD-1", sender="cli", id=named("idea", "1")),
    net=None,
)


def sheet(content: bytes, which: int = 0) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return [list(cells) for cells in book.get_sheet_by_index(which).to_python()]


def records(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


# What every board has.


OTHERS: tuple[type[BaseModel], ...] = (
    CaseQueue,
    FrozenList,
    LeaderComparison,
    OrganisationDifference,
    QuotaComparison,
    Story,
    Timeline,
    Trail,
)
"""What is not of one moment, and can be taken home all the same."""


def boards() -> list[type[BaseModel]]:
    """The model of every board there is, however it was added."""
    for module in walk_packages(services.projections.__path__, "services.projections."):
        import_module(module.name)

    def below(model: type[AsOf]) -> Iterator[type[AsOf]]:
        for kind in model.__subclasses__():
            yield kind
            yield from below(kind)

    return sorted(
        {*(kind for kind in below(AsOf) if kind.__module__.startswith("services.")), *OTHERS},
        key=lambda kind: kind.__name__,
    )


def kinds(annotation: object) -> Iterator[type]:
    """The types that an annotation speaks of, however they are put together."""
    if get_origin(annotation) is None:
        if isinstance(annotation, type):
            yield annotation
    else:
        for part in get_args(annotation):
            yield from kinds(part)


def models(board: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The board, and every model in it."""
    yield board
    for field in board.model_fields.values():
        for kind in kinds(field.annotation):
            if issubclass(kind, BaseModel) and kind is not board:
                yield from models(kind)


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.__name__)
def test_every_field_of_every_board_has_a_title(board: type[BaseModel]) -> None:
    assert board.__name__ in BOARDS, (
        "give the board a title in services/projections/presentation/words.py"
    )
    missing = {
        f"{model.__name__}.{name}"
        for model in models(board)
        for name in model.model_fields
        if f"{model.__name__}.{name}" not in COLUMNS and name not in COLUMNS
    }
    assert missing == set(), (
        "give these fields titles in services/projections/presentation/titles.py"
    )


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.__name__)
def test_every_code_on_a_board_has_its_words(board: type[BaseModel]) -> None:
    codes = {
        kind
        for model in models(board)
        for field in model.model_fields.values()
        for kind in kinds(field.annotation)
        if issubclass(kind, StrEnum)
    }
    missing = {
        f"{kind.__name__}.{code}"
        for kind in codes
        for code in kind
        if code not in WORDS.get(kind.__name__, {})
    }
    assert missing == set(), "give these codes words in services/projections/presentation/words.py"


def leaves(value: object) -> Iterator[object]:
    """Every single thing in a value."""
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from leaves(getattr(value, name))
        case tuple() | list():
            for inner in value:
                yield from leaves(inner)
        case _:
            yield value


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.__name__)
def test_every_board_is_read_back_from_its_files(board: type[BaseModel]) -> None:
    """Each number of each row stands in a cell of its own, in CSV and in a workbook."""
    made_ = sample(board, count(1_000_001), **SAID)
    rows = [value for value in vars(made_).values() if isinstance(value, tuple | BaseModel)]
    numbers = {
        leaf
        for value in rows
        for leaf in leaves(value)
        if isinstance(leaf, int | float) and not isinstance(leaf, bool)
    }
    flat = {cell for record in records(csv_of(made_)) for cell in record.values()}
    printed = {
        cell
        for number in range(
            len(CalamineWorkbook.from_filelike(BytesIO(xlsx_of(made_))).sheet_names)
        )
        for cells in sheet(xlsx_of(made_), number)
        for cell in cells
    }
    # What a row holds in lists within a cell stands there as one text.
    listed_ = " ".join(str(cell) for cell in printed if isinstance(cell, str))
    for number in numbers:
        assert repr(number) in flat or f"{number}" in " ".join(flat), number
        assert number in printed or f"{number}" in listed_, number
    if isinstance(made_, AsOf):
        assert str(sheet(xlsx_of(made_))[1][0]).startswith("Tính đến: 8:00 ngày 20/4/2022")


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.__name__)
def test_every_board_is_written_as_its_model_writes_it(board: type[BaseModel]) -> None:
    known = sample(board, count(1))
    assert exported(known, Form.JSON, Style()) == known.model_dump_json().encode()


def test_there_are_no_boards_without_this_test_seeing_them() -> None:
    assert {"Leaderboard", "QuotaBoard", "QuotaBehind", "Milestone", "Progress", "Ranks"} <= {
        board.__name__ for board in boards()
    }


# CSV.


def test_a_csv_file_says_in_every_row_what_json_says() -> None:
    content = csv_of(leaderboard(row(1), row(2, name='Sở "A", huyện B', percent=None)))
    assert content.startswith(b"\xef\xbb\xbf"), "by which a spreadsheet program knows UTF-8"
    assert content.count(b"\r\n") == 3
    assert b"\n" not in content.replace(b"\r\n", b"")
    first, second = records(content)
    assert first["Đơn vị / Name"] == "LĐLĐ tỉnh Bắc Kạn"
    assert second["Đơn vị / Name"] == 'Sở "A", huyện B'
    assert (first["Đã kê khai / Declared"], first["Đạt % chỉ tiêu / % of target"]) == (
        "1539",
        "256.5",
    )
    assert float(first["Tỷ trọng / Share"]) == 1539 / 163_532
    assert second["Đạt % chỉ tiêu / % of target"] == ""
    assert first["Bảng: Tính đến / Board: As of"] == "2022-04-20T08:00:00+07:00"
    assert first["Bảng: Số thứ tự / Board: Position"] == "163540"
    assert first["Bảng: Cách tính / Board: Axis"] == "known"
    assert first["Bảng: Mô phỏng / Board: Simulated"] == "false"


def test_a_csv_file_is_rounded_only_when_asked_and_shares_as_percentages() -> None:
    board = leaderboard(row(duplicate_rate=0.0285, percent=69.6948))
    [exact] = records(exported(board, Form.CSV, Style()))
    [rounded] = records(exported(board, Form.CSV, Style(decimals=0)))
    [cut] = records(exported(board, Form.CSV, Style(Rounding.TRUNCATE)))
    rate, percent = "Tỷ lệ trùng / Duplicate rate", "Đạt % chỉ tiêu / % of target"
    assert (exact[rate], exact[percent]) == ("0.0285", "69.6948")
    assert (rounded[rate], rounded[percent]) == ("0.03", "70.0")
    assert (cut[rate], cut[percent]) == ("0.028", "69.6")


def test_single_values_of_a_board_are_rows_called_by_what_they_are() -> None:
    declared, valid = records(csv_of(MILESTONE))
    assert declared["Tính theo / Counted by"] == "Đã kê khai"
    assert declared["Sáng kiến / Idea"] == "LD-1"
    assert declared["Bảng: Thứ / Board: Count"] == "1000000"
    assert (valid["Tính theo / Counted by"], valid["Sáng kiến / Idea"]) == ("Hợp lệ", "")


def test_a_board_without_rows_is_its_titles() -> None:
    assert records(csv_of(leaderboard())) == []
    assert csv_of(leaderboard()).count(b"\r\n") == 1


class Part(Value):
    """A part of a made-up board."""

    unit: str
    inner: QuotaRow | None


class Several(AsOf):
    """A made-up board with several tables, values within rows, and lists in cells."""

    counts: dict[str, int]
    names: tuple[str, ...]
    first: tuple[Part, ...]
    rows: tuple[LeaderboardRow, ...]


SEVERAL = Several(
    **SAID,
    counts={"a": 1, "b": 2},
    names=("x", "y"),
    first=(Part(unit="p06", inner=QUOTA_ROW), Part(unit="p07", inner=None)),
    rows=(row(),),
)


def test_of_several_tables_each_row_says_of_which_it_is() -> None:
    found = records(csv_of(SEVERAL))
    assert [record["Phần / Part"] for record in found] == ["rows", "first", "first"]
    assert found[1]["inner: Chỉ tiêu / inner: Target"] == "600"
    assert found[2]["inner: Chỉ tiêu / inner: Target"] == ""
    assert found[0]["Hạng / Rank"] == "1"
    book = CalamineWorkbook.from_filelike(BytesIO(xlsx_of(SEVERAL)))
    assert len(book.sheet_names) == 2
    assert "a: 1; b: 2" in str(sheet(xlsx_of(SEVERAL))[1][0])


# Nothing acts.

FORMULAS = ("=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_people_typed_never_acts_as_a_formula(text: str) -> None:
    board = leaderboard(row(name=text))
    [record] = records(csv_of(board))
    assert record["Đơn vị / Name"] == f"'{text}"
    content = xlsx_of(board)
    with ZipFile(BytesIO(content)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
    assert sheet(content)[HEADER + 1][2] == text.replace("\r", "\n") or text.startswith("\r")


@given(st.text())
def test_a_harmless_text_is_left_as_it_is(text: str) -> None:
    made = harmless(text)
    assert made in {text, f"'{text}"}
    assert (made == text) is not text.startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    )


def test_a_negative_number_is_a_number() -> None:
    board = QuotaBoard(
        **SAID, simulated=False, programme="1tr", not_yet_matched=0, rows=(QUOTA_ROW,)
    )
    [record] = records(csv_of(board))
    assert record["Hợp lệ vượt / Valid, exceeded by"] == "-1"


# Workbooks.


def test_a_workbook_says_which_board_as_of_when_and_keeps_numbers() -> None:
    title, vi, en, note, blank, header, *rows = sheet(xlsx_of(leaderboard(row(1), row(2))))
    assert title[0] == "Bảng xếp hạng / Leaderboard"
    assert vi[0] == (
        "Tính đến: 8:00 ngày 20/4/2022 · Số thứ tự: 163.540 · Cách tính: như đã biết lúc đó · Mô phỏng: không · "
        "Chương trình: 1tr · Cấp: tỉnh, ngành và tương đương · Xếp theo: số đã kê khai · Tổng đã kê khai: 163.532 · "
        "Tổng hợp lệ: 150.001 · Chưa đối chiếu: 12"
    )
    assert str(en[0]).startswith(
        "As of: 8:00 on 20 April 2022 · Position: 163,540 · Axis: as known"
    )
    assert "số lẻ làm tròn đến 1 chữ số" in str(note[0])
    assert "Vietnamese time (UTC+7)" in str(note[0])
    assert set(blank) == {""}
    assert header[:3] == ["Hạng / Rank", "Mã đơn vị / Unit", "Đơn vị / Name"]
    assert rows[0][:5] == [1, "p01", "LĐLĐ tỉnh Bắc Kạn", 1539, 1539]
    assert rows[0][7] == 1539 / 163_532
    assert rows[0][10] == 256.5
    assert len(rows) == 2


def test_a_simulation_says_so_in_its_title() -> None:
    board = leaderboard(row(), simulated=True)
    assert str(sheet(xlsx_of(board))[0][0]).endswith("– MÔ PHỎNG / SIMULATION")


def test_instants_and_days_are_typed_and_on_the_programmes_clock() -> None:
    board = QuotaBoard(
        **SAID, simulated=False, programme="1tr", not_yet_matched=0, rows=(QUOTA_ROW,)
    )
    rows = sheet(xlsx_of(board))
    cells = dict(zip(rows[HEADER], rows[HEADER + 1], strict=True))
    assert cells["Ngày văn bản / Dated"] in {date(2022, 1, 8), datetime(2022, 1, 8)}  # noqa: DTZ001
    assert cells["Đạt lúc / Reached at"] == datetime(2022, 4, 17, 8, 0)  # noqa: DTZ001
    assert cells["Loại chỉ tiêu / Kind of target"] == "giao"


def style_of(content: bytes, cell: str) -> tuple[str, str]:
    """The value and the number format of a cell, as they stand in the file."""
    import re

    with ZipFile(BytesIO(content)) as package:
        page = package.read("xl/worksheets/sheet1.xml").decode()
        styles = package.read("xl/styles.xml").decode()
    found = re.search(rf'<c r="{cell}" s="(\d+)"[^>]*><v>([^<]*)</v>', page)
    assert found is not None, cell
    formats = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))
    cells = re.findall(r"<xf [^>]*>", styles[styles.index("<cellXfs") :])
    [code] = re.findall(r'numFmtId="(\d+)"', cells[int(found[1])])
    builtin = {"3": "#,##0", "4": "#,##0.00"}
    return found[2], formats.get(code, builtin.get(code, code)).replace("&quot;", '"')


@pytest.mark.parametrize(
    ("figures", "cell", "value", "code"),
    [
        (Figures(), "E7", "1539", "#,##0"),
        (Figures(), "G7", "0.0285", "#,##0.0 %"),
        (Figures(), "J7", "10000000000", '#,##0 "đ"'),
        (Figures(), "K7", "256.5", '#,##0.0" %"'),
        (Figures(Rounding.EXACT), "K7", "256.5", '#,##0.0" %"'),
        (Figures(Rounding.EXACT), "G7", "0.0285", "#,##0.00 %"),
        (Figures(Rounding.TRUNCATE, 0), "K7", "256", '#,##0" %"'),
        (Figures(Rounding.TRUNCATE), "G7", "0.028", "#,##0.0 %"),
        (Figures(language="en"), "K7", "256.5", '#,##0.0"%"'),
        (Figures(language="en"), "J7", "10000000000", '"VND" #,##0'),
    ],
)
def test_numbers_carry_the_style_that_was_asked_for(
    figures: Figures, cell: str, value: str, code: str
) -> None:
    assert style_of(xlsx_of(leaderboard(row()), figures), cell) == (value, code)


def test_what_a_workbook_cannot_hold_exactly_is_written_out() -> None:
    rows = sheet(xlsx_of(leaderboard(row(benefit=10**16 + 1))))
    assert rows[HEADER + 1][9] == "10.000.000.000.000.001 đ"


def test_a_workbook_is_ready_for_print() -> None:
    with ZipFile(BytesIO(xlsx_of(leaderboard(*map(row, range(1, 200)))))) as package:
        page = package.read("xl/worksheets/sheet1.xml").decode()
        names = package.read("xl/workbook.xml").decode()
    assert 'orientation="landscape"' in page
    assert 'paperSize="9"' in page
    assert 'fitToHeight="0"' in page
    assert "&amp;P / &amp;N" in page
    assert 'state="frozen"' in page
    assert "_xlnm.Print_Titles" in names
    assert f"${HEADER + 1}:${HEADER + 1}" in names


def test_the_same_board_is_the_same_file() -> None:
    assert xlsx_of(leaderboard(row())) == xlsx_of(leaderboard(row()))


def test_a_file_is_called_by_board_instant_and_position() -> None:
    assert file_name(leaderboard(), ".csv") == "leaderboard-2022-04-20-0800-163540.csv"
    behind = sample(QuotaBehind, count(1), **SAID)
    assert file_name(behind, ".xlsx") == "quota-behind-2022-04-20-0800-163540.xlsx"


def test_what_has_no_words_is_called_by_its_name() -> None:
    class Colour(StrEnum):
        RED = "red"

    assert word(Colour.RED).vi == "red"
    assert called(Several).vi == "Several"
    assert column(Part, "inner").en == "inner"


# Whatever the numbers.

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
counts = st.integers(0, 10**14)
rates = st.one_of(st.none(), st.floats(0, 1e6))
shares = st.floats(0, 1)
rows = st.builds(
    row,
    name=texts,
    value=st.one_of(counts, rates),
    gross=counts,
    net=counts,
    duplicate_rate=shares,
    share=shares,
    people=counts,
    benefit=counts,
    percent=rates,
    per_1000=rates,
)


IN_WORDS = {"unit", "name", "level"}


def numbers(found: LeaderboardRow) -> list[float | int | None]:
    said = found.model_dump()
    return [said[name] for name in LeaderboardRow.model_fields if name not in IN_WORDS]


def read(cells: Sequence[object]) -> list[object]:
    named = zip(LeaderboardRow.model_fields, cells, strict=True)
    return [None if cell == "" else cell for name, cell in named if name not in IN_WORDS]


@given(st.lists(rows, max_size=4))
def test_every_number_is_read_back_as_the_board_says_it(found: list[LeaderboardRow]) -> None:
    board = leaderboard(*found)
    said = list(map(numbers, found))
    width = len(LeaderboardRow.model_fields)
    lines = list(csv.reader(StringIO(csv_of(board).decode("utf-8-sig"), newline="")))[1:]
    for cells, known in zip(lines, said, strict=True):
        assert [None if cell is None else float(str(cell)) for cell in read(cells[:width])] == known
    printed = sheet(xlsx_of(board, Figures(Rounding.EXACT)))[HEADER + 1 :]
    for row_, known in zip(printed, said, strict=True):
        for cell, number in zip(read(row_), known, strict=True):
            # A workbook holds fifteen digits.
            assert cell == (number if number is None else pytest.approx(number, rel=1e-14))


def test_files_are_written_where_they_were_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "bảng.xlsx"
    path.write_bytes(exported(leaderboard(row()), Form.XLSX, Style(language="en")))
    assert CalamineWorkbook.from_path(path).sheet_names == ["Bảng xếp hạng"]
    assert exported(leaderboard(row()), Form.JSON, Style(Rounding.ROUND, 0)) == (
        leaderboard(row()).model_dump_json().encode()
    )


def test_a_cell_of_several_things_names_what_is_missing_by_nothing() -> None:
    """Not by a word of the programming language."""

    class Part(Value):
        code: str
        day: date | None

    assert joined((Part(code="a", day=None), None)) == "a, ; "
    assert joined({"a": None, "b": 2}) == "b: 2"
