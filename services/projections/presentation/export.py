"""A board as a file that leaves the system: CSV for programs, with what JSON says, or a workbook for people.

What people typed can never act as a formula, in neither of them.
"""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from enum import StrEnum
from io import StringIO
from typing import Final, NamedTuple

from pydantic import BaseModel

from services.projections.presentation.caption import Column, Kind
from services.projections.presentation.charts import drawn
from services.projections.presentation.listing import Listing, Table, joined
from services.projections.presentation.titles import column
from shared.figures import EXACT, PLAIN, Figures, Rounding, shortened
from shared.messages import Language, Message
from shared.vocabulary import HOME
from shared.written import written

BOM: Final = "\ufeff"
"""By this a spreadsheet program knows that the letters are Vietnamese."""
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a text must not begin with in a file that a spreadsheet program opens."""


def file_name(board: BaseModel, suffix: str) -> str:
    """What the file of a board is called: by board, instant and position."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(board).__name__).lower()
    at, position = getattr(board, "at", None), getattr(board, "position", None)
    instant = at.astimezone(HOME).strftime("-%Y-%m-%d-%H%M") if isinstance(at, datetime) else ""
    return f"{name}{instant}{f'-{position}' if position is not None else ''}{suffix}"


def csv_of(board: BaseModel, figures: Figures = EXACT) -> bytes:
    """A board as CSV (RFC 4180): what JSON says, a row each, and in every row as of when the board stands.

    Numbers have a point and no separators whatever the language, so that every program reads the same; they are in full
    unless figures say otherwise.
    """
    listing = Listing.of(board)
    said = [entry for entry in listing.heading if _stands_alone(entry.value)]
    several = len(listing.tables) > 1
    columns: dict[str, Column] = {}
    for table in listing.tables:
        columns.update(zip(table.names, table.columns, strict=True))
    about = Column("Bảng", "Board")
    titles = [
        *([column(type(board), "table")] if several else ()),
        *columns.values(),
        *(entry.column.within(about) for entry in said),
    ]
    text = StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow([f"{title.vi} / {title.en}" for title in titles])
    around = [_plain(entry.value, entry.column, figures) for entry in said]
    for table in listing.tables or [Table("", listing.title, (), (), [()])]:
        places = {name: place for place, name in enumerate(table.names)}
        for cells in table.rows:
            own = (
                _plain(cells[places[name]], titled, figures) if name in places else ""
                for name, titled in columns.items()
            )
            rows.writerow([*([table.name] if several else ()), *own, *around])
    return (BOM + text.getvalue()).encode()


def _stands_alone(value: object) -> bool:
    return not isinstance(value, BaseModel | tuple | list | dict)


def _plain(value: object, column: Column, figures: Figures) -> str:
    match value := joined(value):
        case None:
            return ""
        case Message():
            return value.vi
        case bool():
            return "true" if value else "false"
        case float() if figures.rounding is Rounding.EXACT:
            return repr(value)
        case float():
            # A share is shortened as the percentage that people see of it.
            places = figures.decimals + (2 if column.kind is Kind.SHARE else 0)
            return repr(float(shortened(value, figures.rounding, places)))
        case datetime():
            return value.astimezone(HOME).isoformat()
        case int() | date():
            return str(value)
        case StrEnum():
            return value.value
        case _:
            return harmless(str(value))


def harmless(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text


class Form(StrEnum):
    """In which form a board is handed out."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    SVG = "svg"


MEDIA: Final = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv; charset=utf-8; header=present",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.SVG: "image/svg+xml",
}


class Style(NamedTuple):
    """What was asked for about the figures of a board; what was not is as the form has it."""

    rounding: Rounding | None = None
    decimals: int | None = None
    language: Language = "vi"

    def figures(self, otherwise: Figures = PLAIN) -> Figures:
        """How figures are written; only decimals given means that these are rounded to."""
        if self.rounding is None and self.decimals is None:
            return otherwise._replace(language=self.language)
        decimals = PLAIN.decimals if self.decimals is None else self.decimals
        return Figures(self.rounding or Rounding.ROUND, decimals, self.language)


def exported(board: BaseModel, form: Form, style: Style) -> bytes:
    """A board in a form; JSON is never rounded. Raises HasNoChart."""
    match form:
        case Form.JSON:
            return written(board)
        case Form.CSV:
            return csv_of(board, style.figures(EXACT))
        case Form.XLSX:
            # A board is shown without it, and quicker.
            from services.projections.presentation.workbook import (  # noqa: PLC0415
                xlsx_of,
            )

            return xlsx_of(board, style.figures())
        case Form.SVG:
            return drawn(board, style.figures()).encode()
