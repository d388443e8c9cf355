"""A board as a workbook for people and print: typed numbers in Vietnamese style, a sheet for each table, A4 across."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Final

import xlsxwriter
from pydantic import BaseModel

from services.projections.presentation.caption import Column, Kind
from services.projections.presentation.listing import Entry, Listing, Table, joined, told
from shared.figures import PLAIN, Figures, Rounding, exact, shortened
from shared.messages import Message, spoken
from shared.vocabulary import HOME

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_CHARACTERS: Final = 32_767
MOST_IN_A_NUMBER: Final = 10**15
"""A workbook's number holds fifteen digits; a larger one is written as text, to the last digit."""
MOST_DECIMALS: Final = 12
WIDEST: Final = 44
NARROWEST: Final = 8
SHEET_NAME: Final = 31
LOOKED_AT: Final = 500
"""So many rows say how wide a column of numbers is; of texts, all."""
HEADER: Final = 5
"""The row of the column titles, below what the board says of itself."""
A4: Final = 9
ROUNDED: Final = {
    Rounding.EXACT: Message("số lẻ để nguyên", "decimals in full"),
    Rounding.ROUND: Message("số lẻ làm tròn đến {0} chữ số, ô giữ số đúng", "decimals rounded to {0}; the cells hold the exact numbers"),
    Rounding.TRUNCATE: Message("số lẻ cắt bỏ sau {0} chữ số", "decimals cut off after {0}"),
}  # fmt: skip
SIMULATED: Final = Message("MÔ PHỎNG", "SIMULATION")
CLOCK: Final = Message("giờ Việt Nam (UTC+7)", "Vietnamese time (UTC+7)")
PAGE: Final = Message("Trang", "page")


def xlsx_of(board: BaseModel, figures: Figures = PLAIN) -> bytes:
    """A board as a workbook: numbers stay numbers, a sheet for each table, ready to be printed on A4.

    Rounded figures are rounded by the cell's format and kept in full; those cut off are cut, for no format does that.
    """
    listing = Listing.of(board)
    file = BytesIO()
    with xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        created = getattr(board, "at", None)
        book.set_properties(
            {
                "title": listing.title.vi,
                "comments": listing.title.en,
                # The same board is the same file, whenever it is written.
                "created": (created or datetime.fromtimestamp(0, HOME)).replace(tzinfo=None),
            }
        )
        formats = Formats(book, figures)
        names: set[str] = set()
        # What a board says of itself is all that one without tables has.
        whole = Table(
            "rows",
            listing.title,
            tuple(entry.name for entry in listing.heading),
            tuple(entry.column for entry in listing.heading),
            [[entry.value for entry in listing.heading]],
        )
        for table in listing.tables or (whole,):
            first = table.name == "rows"
            name = _sheet_name((listing.title if first else table.title).vi, names)
            names.add(name.casefold())
            _sheet(book.add_worksheet(name), listing, table, formats)
    return file.getvalue()


def _sheet_name(wanted: str, taken: set[str]) -> str:
    bare = re.sub(r"[\[\]:*?/\\']", " ", wanted).strip()
    names = (bare[: SHEET_NAME - 3] + (f" {n}" if n > 1 else "") for n in range(1, 100))
    return next(name for name in names if name.casefold() not in taken)


class Formats:
    """The formats of a workbook, each made once: Vietnamese unless English was asked for."""

    def __init__(self, book: xlsxwriter.Workbook, figures: Figures) -> None:
        self.figures = figures
        self._book = book
        self._made: dict[str, Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.simulated = book.add_format({"bold": True, "font_size": 14, "font_color": "#C00000"})
        self.small = book.add_format({"font_color": "#404040"})
        self.header = book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self.text = book.add_format({"valign": "top", "border": 1, "border_color": "#BFBFBF"})

    def _format(self, code: str) -> Format:
        if code not in self._made:
            self._made[code] = self._book.add_format(
                {
                    "num_format": code,
                    "align": "right",
                    "valign": "top",
                    "border": 1,
                    "border_color": "#BFBFBF",
                }
            )
        return self._made[code]

    def instant(self) -> Format:
        vi = self.figures.language == "vi"
        return self._format('[$-42A]h:mm "ngày" d/m/yyyy' if vi else '[$-409]h:mm "on" d mmmm yyyy')

    def day(self) -> Format:
        vi = self.figures.language == "vi"
        return self._format("[$-42A]d/m/yyyy" if vi else "[$-409]d mmmm yyyy")

    def number(self, value: float, kind: Kind) -> Format:
        if kind is Kind.MONEY and isinstance(value, int):
            vi = self.figures.language == "vi"
            return self._format('#,##0 "đ"' if vi else '"VND" #,##0')
        places = 0 if isinstance(value, int) and kind is not Kind.SHARE else self.figures.decimals
        if self.figures.rounding is Rounding.EXACT and isinstance(value, float):
            places = _places(exact(value) * (100 if kind is Kind.SHARE else 1))
        decimals = f".{'0' * places}" if places else ""
        space = " " if self.figures.language == "vi" else ""
        match kind:
            case Kind.SHARE:
                return self._format(f"#,##0{decimals}{space}%")
            case Kind.PERCENT:
                return self._format(f'#,##0{decimals}"{space}%"')
            case _:
                return self._format(f"#,##0{decimals}")


def _places(value: Fraction) -> int:
    """How many decimals a number has, as far as they are shown."""
    return next(
        (n for n in range(MOST_DECIMALS) if (value * 10**n).denominator == 1), MOST_DECIMALS
    )


def _sheet(sheet: Worksheet, listing: Listing, table: Table, formats: Formats) -> None:
    figures = formats.figures
    simulated = getattr(listing.board, "simulated", False)
    title = f"{listing.title.vi} / {listing.title.en}"
    if table.name != "rows":
        title += f": {table.title.vi} / {table.title.en}"
    if simulated:
        title += f" – {SIMULATED.vi} / {SIMULATED.en}"
    sheet.write_string(0, 0, title, formats.simulated if simulated else formats.title)
    rounding = ROUNDED[figures.rounding]
    notes = (rounding.vi.format(figures.decimals), rounding.en.format(figures.decimals))
    vi, en = _heading(listing.heading, figures)
    sheet.write_string(1, 0, vi, formats.small)
    sheet.write_string(2, 0, en, formats.small)
    sheet.write_string(3, 0, f"{notes[0]}; {CLOCK.vi} / {notes[1]}; {CLOCK.en}", formats.small)
    widths = [NARROWEST] * len(table.columns)
    for place, titled in enumerate(table.columns):
        sheet.write_string(HEADER, place, f"{titled.vi} / {titled.en}", formats.header)
        # A title is folded between its words, but no word is.
        widths[place] = max(
            NARROWEST, *(len(word) + 1 for word in f"{titled.vi} {titled.en}".split())
        )
    for row, cells in enumerate(table.rows, HEADER + 1):
        for place, (value, titled) in enumerate(zip(cells, table.columns, strict=True)):
            _write(sheet, row, place, value, titled, formats)
            if row < LOOKED_AT or isinstance(value, str):
                shown = value if type(value) is str else told(value, titled, figures)
                widths[place] = max(widths[place], len(shown) + 2)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width, WIDEST))
    last = HEADER + len(table.rows)
    if table.rows:
        sheet.autofilter(HEADER, 0, last, len(table.columns) - 1)
    frozen = table.names.index("name") + 1 if "name" in table.names[:3] else 0
    sheet.freeze_panes(HEADER + 1, frozen)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    footer = vi.split(" · ", 1)[0].replace("&", "&&")
    sheet.set_footer(f"&L{title.replace('&', '&&')}&C{PAGE.vi} / {PAGE.en} &P / &N&R{footer}"[:255])


def _heading(entries: Iterable[Entry], figures: Figures) -> tuple[str, str]:
    """What a board says of itself, as a line in each language."""

    def said(language: Figures) -> Iterator[str]:
        for entry in entries:
            if entry.value is not None and entry.value != ():
                title = spoken(entry.column, language.language)
                yield f"{title}: {told(entry.value, entry.column, language)}"

    vi, en = figures._replace(language="vi"), figures._replace(language="en")
    return " · ".join(said(vi)), " · ".join(said(en))


def _write(
    sheet: Worksheet, row: int, place: int, value: object, titled: Column, formats: Formats
) -> None:
    value = joined(value)
    figures = formats.figures
    if isinstance(value, datetime):
        at_home = value.astimezone(HOME).replace(tzinfo=None)
        sheet.write_datetime(row, place, at_home, formats.instant())
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats.day())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and figures.rounding is Rounding.TRUNCATE:
            places = figures.decimals + (2 if titled.kind is Kind.SHARE else 0)
            value = float(shortened(value, figures.rounding, places))
        if abs(value) >= MOST_IN_A_NUMBER:
            sheet.write_string(row, place, told(value, titled, figures), formats.text)
        else:
            sheet.write_number(row, place, value, formats.number(value, titled.kind))
    else:
        text = "" if value is None else told(value, titled, figures)
        sheet.write_string(row, place, text[:MOST_CHARACTERS], formats.text)
