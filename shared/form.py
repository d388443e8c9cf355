"""What a field of the form may hold: days and instants as people write them, lines, texts, codes, money."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

TITLE_LIMIT: Final = 500


TEXT_LIMIT: Final = 20_000


def in_utc(instant: datetime) -> datetime:
    """The same instant on the clock that everything is stored by."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError(
            "out_of_range", "an instant outside the years 1 to 9999"
        ) from None


def _written_day(value: object) -> object:
    """A day is written out; the library would take a bare number for seconds since 1970."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is None:
        raise PydanticCustomError("date_parsing", "a day is written as 2022-04-20")
    if not isinstance(value, str) and type(value) is not date:
        raise PydanticCustomError("date_type", "a day is written as 2022-04-20")
    return value


def _written_instant(value: object) -> object:
    """An instant is written out, with its offset; a bare number is a mistake here too."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[Tt ]", value) is None:
        raise PydanticCustomError(
            "datetime_parsing", "an instant is written as 2022-04-20T08:00:00+07:00"
        )
    if not isinstance(value, str | datetime):
        raise PydanticCustomError(
            "datetime_type", "an instant is written as 2022-04-20T08:00:00+07:00"
        )
    return value


Day = Annotated[date, Field(strict=False), BeforeValidator(_written_day)]
"""A day as a person writes it into a form."""


Instant = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(_written_instant),
    AfterValidator(in_utc),
]
"""An instant as a person writes it into a form, kept in UTC."""


CONTROL: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"


Line = Annotated[str, StringConstraints(max_length=TITLE_LIMIT, pattern=rf"^[^{CONTROL}\t\n\r]*$")]


Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT, pattern=rf"^[^{CONTROL}]*$")]


RequiredLine = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=TITLE_LIMIT,
        pattern=rf"^[^{CONTROL}\t\n\r]*[^\s{CONTROL}][^{CONTROL}\t\n\r]*$",
    ),
]


RequiredText = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=TEXT_LIMIT, pattern=rf"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$"
    ),
]


Ident = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=128,
        pattern=rf"^[^{CONTROL}\t\n\r]*[^\s{CONTROL}][^{CONTROL}\t\n\r]*$",
    ),
]


Code = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f/]{1,64}$")]


Money = Annotated[int, Field(ge=0, le=10**18)]
