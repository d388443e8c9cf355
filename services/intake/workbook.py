"""The sheet of declarations in an .xlsx workbook, looked over before the reader takes it into memory.

The reader lays a sheet out as one block: a single stray cell in the last row and column would end the process. It also
shows the error of a formula as an empty cell. So the sheet's own XML is scanned first, for its extent and for errors.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import join, normpath
from typing import Final, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from services.intake.cells import Broken, Cell, is_blank
from services.intake.columns import FileIsUnreadable
from services.intake.records import Progress
from shared.messages import Language

DAMAGE: Final = (
    CalamineError,
    BadZipFile,
    ExpatError,
    EOFError,
    OSError,
    RuntimeError,
    ArithmeticError,
    ValueError,
    zlib.error,
    struct.error,
)
"""What the readers of packages, XML and sheets raise over a damaged file."""
SHEETS: Final = frozenset({"declarations", "bản kê khai"})
"""The sheet to read has one of these names; where none has, it is the first."""
OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
"""How an .xls begins, and every workbook with a password."""
MOST_CELLS: Final = 32_000_000
MOST_BYTES: Final = 2 * 1024**3
MOST_ERRORS: Final = 100_000
LONGEST_TEXT: Final = 4 << 20
CHUNK: Final = 1 << 20

PLACED: Final = re.compile(rb'<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r="([A-Z]{0,3})(\d{1,7})"')
FORMULA_ERROR: Final = re.compile(
    rb'<(?:\w+:)?c\s(?=[^<>]*\bt="e")(?:[^<>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"'
)


class Extent(NamedTuple):
    """How far a sheet reaches, and in which cells (row, column from 1) the error of a formula stands."""

    rows: int
    columns: int
    errors: frozenset[tuple[int, int]]


def sheet_rows(
    path: Path, language: Language, progress: Progress | None = None
) -> Iterator[tuple[int, list[Cell]]]:
    """The rows in which something stands, with their numbers in the sheet. Raises FileIsUnreadable."""
    size = path.stat().st_size
    with _readable(language):
        errors = _looked_over(path, language).errors
        with CalamineWorkbook.from_path(path) as workbook:
            sheet = workbook.get_sheet_by_index(_chosen(workbook.sheet_names))
        left = sheet.start[1] if sheet.start is not None else 0
        last = sheet.end[0] + 1 if sheet.end is not None else 0
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if progress is not None:
                progress(size * number // last)
            row: list[Cell] = [*[""] * left, *cells] if left else [*cells]
            if errors:
                row = [Broken.FORMULA if (number, n) in errors else c for n, c in enumerate(row, 1)]
            if not all(is_blank(cell) for cell in row):
                yield number, row


@contextmanager
def _readable(language: Language) -> Iterator[None]:
    """Whatever the reader stumbles over is the file's fault and refused as such."""
    try:
        yield
    except DAMAGE as problem:
        raise FileIsUnreadable("damaged", language, detail=problem) from problem
    except BaseException as problem:
        # A panic inside the reader, which is written in Rust, comes as this class of its own.
        if type(problem).__name__ != "PanicException":
            raise
        raise FileIsUnreadable("damaged", language, detail=problem) from problem


def _chosen(names: list[str]) -> int:
    """The place of the sheet of declarations among the workbook's."""
    said = [unicodedata.normalize("NFC", name).strip().lower() for name in names]
    return next((place for place, name in enumerate(said) if name in SHEETS), 0)


def _looked_over(path: Path, language: Language) -> Extent:
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            raise FileIsUnreadable("protected", language)
    with ZipFile(path) as package:
        unpacked = sum(entry.file_size for entry in package.infolist())
        if unpacked > MOST_BYTES:
            raise FileIsUnreadable("too-large", language, detail=f"{unpacked:,} byte")
        extent = _extent(package, _sheet_file(package))
    if extent.rows * extent.columns > MOST_CELLS:
        detail = f"{extent.rows:,} × {extent.columns:,}"
        raise FileIsUnreadable("too-large", language, detail=detail)
    return extent


def _sheet_file(package: ZipFile) -> str:
    """Where in the package the sheet of declarations is kept."""
    files = {name.lower(): name for name in package.namelist()}
    try:
        sheets = _elements(package.read(files["xl/workbook.xml"]), "sheet")
        chosen = sheets[_chosen([sheet["name"] for sheet in sheets])]
        relation = next(chosen[key] for key in chosen if key.endswith(" id"))
        relations = _elements(package.read(files["xl/_rels/workbook.xml.rels"]), "Relationship")
        target = next(r["Target"] for r in relations if r["Id"] == relation)
        return files[normpath(join("/xl", target)).lstrip("/").lower()]
    except (LookupError, StopIteration) as problem:
        raise BadZipFile(f"no worksheet ({problem})") from problem


def _elements(document: bytes, named: str) -> list[dict[str, str]]:
    """The attributes of every element of that name, whatever its namespace."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == named:
            found.append(attributes)

    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.Parse(document, True)
    return found


def _extent(package: ZipFile, name: str) -> Extent:
    rows, columns = 0, 0
    letters: set[bytes] = set()
    errors: set[tuple[int, int]] = set()
    rest = b""
    with package.open(name) as sheet:
        while chunk := sheet.read(CHUNK):
            # A tag may be cut by the end of the chunk; what follows the last whole one waits for the next.
            whole, found, rest = (rest + chunk).rpartition(b">")
            whole += found
            placed = PLACED.findall(whole)
            letters.update(column for column, _ in placed)
            rows = max(rows, max((int(row) for _, row in placed), default=0))
            if b't="e"' in whole and len(errors) < MOST_ERRORS:
                errors.update((int(r), _column(c)) for c, r in FORMULA_ERROR.findall(whole))
            if len(rest) > LONGEST_TEXT:
                raise BadZipFile("no worksheet")
    columns = max((_column(column) for column in letters), default=0)
    return Extent(rows, columns, frozenset(errors))


def _column(letters: bytes) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
