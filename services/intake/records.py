"""One record of an import file, read strictly: a declaration, or everything that is wrong with the row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, NamedTuple

from pydantic import ValidationError

from shared.declaration import Declaration
from shared.messages import Language, message
from shared.validation import Fault, faults, is_utf8, repeated
from shared.vocabulary import RECORD_LIMIT

LONGEST_LINE: Final = 64 * 1024 * 1024

Progress = Callable[[int], None]
"""Told how many bytes of the file have been read."""


class Row(NamedTuple):
    """One record of a file: its 1-based physical line or sheet row, and the declaration or what is wrong with it."""

    number: int
    declaration: Declaration | None
    faults: tuple[Fault, ...] = ()


def parse(line: bytes, language: Language) -> tuple[Declaration | None, tuple[Fault, ...]]:
    """One JSON record, strictly: no NaN, no lone surrogates, no unknown or repeated fields, nothing of another type."""
    try:
        if len(line) > RECORD_LIMIT:
            return None, _too_large(line, language)
        declaration: Declaration = Declaration.__pydantic_validator__.validate_json(line)
        if (field := repeated(line, declaration)) is not None:
            return None, (Fault(field, "duplicate-field", message("duplicate-field", language)),)
    except ValidationError as error:
        found = faults(error, language)
        if found[0].code == "invalid-json" and not is_utf8(line):
            return None, (Fault("", "invalid-utf8", message("invalid-utf8", language)),)
        return None, tuple(found)
    return declaration, ()


def _too_large(line: bytes, language: Language) -> tuple[Fault, ...]:
    """Name the field that makes a record too large, where one does; else the record."""
    whole = Fault("", "record-too-large", message("record-too-large", language, limit=RECORD_LIMIT))
    try:
        Declaration.__pydantic_validator__.validate_json(line)
    except ValidationError as error:
        return tuple(f for f in faults(error, language) if f.code == "too-long") or (whole,)
    return (whole,)


def json_lines(
    file: BinaryIO, language: Language, progress: Progress | None = None
) -> Iterator[Row]:
    """The rows of a JSON-lines file; blank lines are passed over."""
    for number, line in physical_lines(file, progress):
        if line.strip():
            yield Row(number, *parse(line, language))


def physical_lines(file: BinaryIO, progress: Progress | None = None) -> Iterator[tuple[int, bytes]]:
    """The lines of a file from 1 on, without a byte-order mark; an endless line is cut, its rest passed over."""
    read = number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        read += len(line)
        more = line
        while not more.endswith(b"\n") and (more := file.readline(LONGEST_LINE)):
            read += len(more)
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if progress is not None:
            progress(read)
        yield number, line
