"""A cursor: where the next page of a long answer begins, over HTTP and on the command line alike."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final, TypeVar

from shared.errors import Invalid

TRow = TypeVar("TRow")
FARTHEST: Final = 2**62
"""No ledger comes to a position after this one."""


def cursor(position: int) -> str:
    """Where the next page begins, opaque to clients."""
    return base64.urlsafe_b64encode(f"p{position}".encode()).decode().rstrip("=")


def after_cursor(given: str | None) -> int:
    """The position a cursor stands for. Raises Invalid."""
    if not given:
        return 0
    try:
        text = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        position = int(text[1:])
        if cursor(position) != given or position > FARTHEST:
            raise ValueError(text)
    except ValueError as error:
        raise Invalid(
            "This cursor was not given out here; begin without one.", field="cursor"
        ) from error
    return position


def paged(rows: Sequence[TRow], begin: int, limit: int | None) -> tuple[TRow, ...]:
    """A page of rows that are all at hand, from a place on; without a limit, all that follow."""
    return tuple(rows[begin : None if limit is None else begin + limit])


def following(rows: Sequence[object], begin: int, limit: int | None) -> str | None:
    """Where the page behind that one begins, if there is one."""
    return cursor(begin + limit) if limit is not None and begin + limit < len(rows) else None
