"""A prospect: how a count rose, and how it is expected to go on, in one course of time; a forecast fills it in."""

from __future__ import annotations

from datetime import datetime

from services.projections.boards.course import Every
from services.projections.boards.progress import PhaseSpan, TargetLine
from services.projections.reckoning.asof import AsOf
from shared.vocabulary import Value


class ProspectRow(Value):
    """By an instant that has passed, what had been declared; by one to come, what is expected, with its range of 10 to 90 %.

    As of the moment asked for both are said, and are one number.
    """

    at: datetime
    gross: int | None
    expected: int | None
    low: int | None
    high: int | None


class Prospect(AsOf):
    """The count of a unit up to a moment and beyond it, beside its targets; without `enough` on record nothing is expected.

    `vi` and `en` say what the forecast rests on.
    """

    simulated: bool
    programme: str
    unit: str
    name: str
    every: Every
    since: datetime
    until: datetime
    enough: bool
    targets: tuple[TargetLine, ...]
    phases: tuple[PhaseSpan, ...]
    rows: tuple[ProspectRow, ...]
    vi: str
    en: str
