"""Declarations from a CSV file or a workbook: every row goes through the same validator as a line of JSON."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.intake.columns import FileIsUnreadable, Header, known
from services.intake.records import LONGEST_LINE, Progress, Row, json_lines, physical_lines
from services.intake.workbook import sheet_rows
from shared.messages import Language, message
from shared.validation import Fault

DELIMITERS: Final = (",", ";", "\t")
LOOK_AHEAD: Final = 16 * 1024 * 1024
"""How far the end of one quoted text is looked for."""
RE_READ: Final = 64 * 1024 * 1024
"""How much a damaged file may make us read again, beside its own size."""

JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})


def rows(path: Path, language: Language, progress: Progress | None = None) -> Iterator[Row]:
    """The rows of an import file, by the ending of its name. Raises FileIsUnreadable, for the file as a whole."""
    ending = path.suffix.lower()
    try:
        if ending in JSON_LINES:
            with path.open("rb") as file:
                yield from json_lines(file, language, progress)
        elif ending == ".csv":
            yield from csv_rows(path, language, progress)
        elif ending == ".xlsx":
            yield from xlsx_rows(path, language, progress)
        else:
            raise FileIsUnreadable("format", language)
    except OSError as problem:
        raise FileIsUnreadable("unopened", language, detail=problem.strerror) from problem


def csv_rows(path: Path, language: Language, progress: Progress | None = None) -> Iterator[Row]:
    """The rows of a CSV file in UTF-8, parted by comma, semicolon or tab as its header is; blank rows are passed over.

    A row that cannot be taken apart is refused by itself, and reading goes on with the line below it.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    with path.open("rb") as file:
        lines = _Lines(physical_lines(file, progress))
        delimiter, header = _header(lines, language)
        for number, record in _records(lines, delimiter):
            if isinstance(record, csv.Error):
                said = message("invalid-csv", language, reason=str(record))
                yield Row(number, None, (Fault("", "invalid-csv", said),))
            elif any(cell and not cell.isspace() for cell in record):
                yield Row(number, *header.declaration(record))


def xlsx_rows(path: Path, language: Language, progress: Progress | None = None) -> Iterator[Row]:
    """The rows of a workbook's sheet of declarations, by their numbers in the sheet; blank rows are passed over."""
    header: Header | None = None
    for number, cells in sheet_rows(path, language, progress):
        if header is None:
            header = Header(cells, language)
        else:
            yield Row(number, *header.declaration(cells))
    if header is None:
        raise FileIsUnreadable("no-header", language)


class _Lines(Iterator[str]):
    """The physical lines of a file, of which those that a broken row swallowed can be given back."""

    def __init__(self, source: Iterator[tuple[int, bytes]]) -> None:
        self._source = source
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._taken: list[tuple[int, bytes]] = []
        self._size = 0
        self._allowance = RE_READ

    def begin(self) -> None:
        """What comes next is a new row."""
        self._taken.clear()
        self._size = 0

    @property
    def number(self) -> int:
        """The line on which the row begins."""
        return self._taken[0][0]

    def __next__(self) -> str:
        if self._taken and self._size > min(LOOK_AHEAD, self._allowance):
            raise csv.Error("a quoted text does not end")
        if self._waiting:
            taken = self._waiting.popleft()
        else:
            taken = next(self._source)
            self._allowance += len(taken[1])
        self._taken.append(taken)
        self._size += len(taken[1])
        return taken[1].decode("utf-8", "surrogateescape")

    def give_back(self) -> None:
        """The row ended with its first line after all."""
        again = self._taken[1:]
        self._waiting.extendleft(reversed(again))
        self._allowance -= sum(len(line) for _, line in again)


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Each row with the line it begins on, taken apart, or why it cannot be."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            lines.give_back()
            yield lines.number, problem
        else:
            yield lines.number, record


def _header(lines: _Lines, language: Language) -> tuple[str, Header]:
    """The first row, and the delimiter under which most of its names are columns of the form."""
    first = ""
    while not first.strip():
        lines.begin()
        try:
            first = next(lines)
        except StopIteration:
            raise FileIsUnreadable("no-header", language) from None
    found = {delimiter: _parted(first, delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: known(found[d]))
    return delimiter, Header(found[delimiter], language)


def _parted(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return []
