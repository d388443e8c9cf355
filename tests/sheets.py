"""Declarations as people send them in files: JSON lines, CSV, a workbook; and what the reader makes of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from services.intake.records import Row
from services.intake.sheet import rows
from shared.declaration import Declaration
from shared.messages import Language
from tests.places import LEFT_OUT, record

BOTH = pytest.mark.parametrize("ending", ["csv", "xlsx"])
"""The same for each kind of sheet."""


def flat(sent: Mapping[str, object]) -> dict[str, str]:
    """A record as the cells of a sheet, by column."""
    cells: dict[str, str] = {}
    for name, value in sent.items():
        match value:
            case None:
                continue
            case dict():
                cells |= {f"{name}_{inner}": cell for inner, cell in flat(value).items()}
            case list() if name == "authors":
                for number, one in enumerate(value, 1):
                    cells |= {f"author_{number}_{inner}": c for inner, c in flat(one).items()}
            case list():
                cells[name] = "; ".join(value)
            case bool():
                cells[name] = "có" if value else "không"
            case _:
                cells[name] = str(value)
    return cells


def table(records: Sequence[Mapping[str, object]]) -> list[list[str]]:
    """Records as a sheet: the header, then a row each."""
    rows = [flat(sent) for sent in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [names, *([row.get(name, "") for name in names] for row in rows)]


def write_csv(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",") -> Path:
    """A CSV file as a spreadsheet saves it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_workbook(path: Path, rows: Sequence[Sequence[object]], name: str = "Sheet1") -> Path:
    """A workbook with one sheet; text is kept as text, numbers and dates as such."""
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(name)
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        instants = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, place, cell, instants)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, days)
                elif isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    sheet.write(number, place, cell)
    return path


def read(path: Path, language: Language = "en") -> list[Row]:
    return list(rows(path, language))


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def sheet_of(folder: Path, ending: str, cells: list[list[str]]) -> Path:
    path = folder / f"file.{ending}"
    return write_csv(path, cells) if ending == "csv" else write_workbook(path, cells)


def with_cells(**changes: object) -> dict[str, object]:
    """The columns of a good row, some of them with another cell."""
    cells: dict[str, object] = {**flat(record()), **changes}
    return {name: cell for name, cell in cells.items() if cell is not LEFT_OUT}


def one(folder: Path, ending: str, **changes: object) -> Row:
    """The only row of a file of that kind."""
    cells = with_cells(**changes)
    path = folder / f"one.{ending}"
    if ending == "csv":
        write_csv(path, [list(cells), [str(cell) for cell in cells.values()]])
    else:
        write_workbook(path, [list(cells), list(cells.values())])
    (row,) = read(path)
    return row


def faults(row: Row) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in row.faults]


def taken(row: Row) -> Declaration:
    assert row.faults == ()
    assert row.declaration is not None
    return row.declaration
