"""The events of the organisation: its dated tree of units, their heads, and cohorts of them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from shared.form import Code
from shared.ledger.model import Event
from shared.vocabulary import (
    Level,
    Sector,
)


class UnitFounded(Event):
    """A unit of the organisation is on record, from a date, under its parent."""

    TOPIC: ClassVar[str] = "unit.founded"

    code: Code
    unit_name: str
    level: Level
    parent: Code | None
    sector: Sector
    unit_kind: str = ""
    valid_from: date


class HeadsCounted(Event):
    """A unit's members, and members with other workers, were counted on a date."""

    TOPIC: ClassVar[str] = "unit.heads-counted"

    code: Code
    members: int
    members_and_workers: int
    counted_on: date


class UnitRenamed(Event):
    """The unit carries another name from a date on."""

    TOPIC: ClassVar[str] = "unit.renamed"

    code: Code
    unit_name: str
    valid_from: date


class UnitMoved(Event):
    """The unit stands under another parent from a date on."""

    TOPIC: ClassVar[str] = "unit.moved"

    code: Code
    parent: Code
    valid_from: date


class UnitClosed(Event):
    """The unit takes no more declarations from a date on, being merged into another or dissolved."""

    TOPIC: ClassVar[str] = "unit.closed"

    code: Code
    merged_into: Code | None
    valid_from: date


class CohortFormed(Event):
    """A named set of units (an emulation cluster) exists."""

    TOPIC: ClassVar[str] = "cohort.formed"

    code: Code
    cohort_name: str


class CohortJoined(Event):
    """A unit belongs to the cohort from a date on."""

    TOPIC: ClassVar[str] = "cohort.joined"

    code: Code
    unit: Code
    valid_from: date


class CohortLeft(Event):
    """A unit belongs to the cohort no more from a date on."""

    TOPIC: ClassVar[str] = "cohort.left"

    code: Code
    unit: Code
    valid_from: date
