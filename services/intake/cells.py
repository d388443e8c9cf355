"""What the cells of an import sheet say, in the types of a declaration; what does not fit is left for the validator."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import Final


class Broken(Enum):
    """A cell that holds no value, only the error of a formula such as #REF!."""

    FORMULA = auto()


Cell = str | float | bool | date | datetime | time | timedelta | Broken
"""What a sheet holds: a CSV only text, a workbook also numbers (all floats), yes or no, and dates."""

Read = Callable[[Cell], object]
"""How a column takes a cell; None where nothing stands in it."""

WRONG: Final[tuple[object, ...]] = ()
"""Put into a record where a cell is of another type than its column: no field is ever a list of nothing."""

WHOLE: Final = re.compile(r"-?\d{1,30}", re.ASCII)
DECIMAL: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
SHARE_DECIMALS: Final = 6
EXACT: Final = 10**15
"""From here on a workbook's number no longer holds every digit that was typed."""
YES_NO: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "có", "yes", "x", "1"), True),
    **dict.fromkeys(("false", "không", "no", "0"), False),
}


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands in the cell."""
    return isinstance(cell, str) and (not cell or cell.isspace())


def text(cell: Cell) -> object:
    """A text as it is typed, with its blanks; a number or a date is no text."""
    return cell if isinstance(cell, str) else WRONG


def ident(cell: Cell) -> object:
    """An id or a code: text, or the digits of a whole number, which is how a workbook keeps 1234."""
    if isinstance(cell, str):
        return cell
    number = _whole(cell)
    return str(number) if number is not None and abs(number) < EXACT else WRONG


def whole_number(cell: Cell) -> object:
    """An amount: digits without separators."""
    if isinstance(cell, str):
        typed = cell.strip()
        return int(typed) if WHOLE.fullmatch(typed) else typed or None
    number = _whole(cell)
    return number if number is not None else WRONG


def _whole(cell: Cell) -> int | None:
    """The whole number that a workbook holds as a float."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not float(cell).is_integer():
        return None
    return int(cell)


def share(cell: Cell) -> object:
    """A share in percent: digits, with a point before the decimals."""
    if isinstance(cell, str):
        typed = cell.strip()
        return typed if DECIMAL.fullmatch(typed) else WRONG if typed else None
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        # A formula such as =100/3 carries digits that the form does not ask for.
        return round(cell, SHARE_DECIMALS)
    return WRONG


def yes_no(cell: Cell) -> object:
    """Yes or no, in the words and marks that people use."""
    if isinstance(cell, str):
        typed = unicodedata.normalize("NFC", cell).strip().lower()
        return YES_NO.get(typed, typed or None)
    return bool(cell) if isinstance(cell, int | float) and cell in {0, 1} else WRONG


def day(cell: Cell) -> object:
    """A day, typed as 2022-04-20 or held as a date."""
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.time() != time() else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else stripped(cell)


def instant(cell: Cell) -> object:
    """An instant with its offset; a workbook's own date and time has none."""
    if isinstance(cell, datetime):
        return cell.isoformat()
    return f"{cell.isoformat()}T00:00:00" if isinstance(cell, date) else stripped(cell)


def stripped(cell: Cell) -> object:
    """A word in which the blanks around it say nothing."""
    return (cell.strip() or None) if isinstance(cell, str) else WRONG


def names(cell: Cell) -> object:
    """Several names, parted by commas or semicolons."""
    if not isinstance(cell, str):
        return "?"
    return [name for part in re.split("[,;]", cell) if (name := part.strip())] or None
