"""The events of boards: what was frozen for an award or a report."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from shared.form import Code
from shared.ledger.model import Event


class BoardFrozen(Event):
    """A board was put on record as it stood at a moment, for an award or a report: the question, and a digest of it and of its rows.

    `at_position` is how far the record was read, `columns` are what the digest is of, row by row.
    """

    TOPIC: ClassVar[str] = "board.frozen"

    board_name: Code
    board: str
    programme: Code
    arguments: dict[str, str]
    at: AwareDatetime
    at_position: int
    axis: str
    known_at: AwareDatetime | None = None
    columns: tuple[str, ...]
    rows: int
    digest: str
    reason: str
    corrects: Code | None = None
