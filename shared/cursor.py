"""A cursor: where the next page of a long answer begins, over HTTP and on the command line alike."""

from __future__ import annotations

import base64
from typing import Final

from shared.errors import Invalid

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
