"""The events of a programme: its terms, targets, waves, and the criteria of emulation."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import field_serializer

from shared.criteria import Criterion
from shared.form import Code
from shared.ledger.model import Event
from shared.terms import SplitBy, Terms, Wave
from shared.vocabulary import (
    HeadCount,
    TargetKind,
)


class ProgrammeOpened(Event):
    """A programme takes declarations under these terms."""

    TOPIC: ClassVar[str] = "programme.opened"

    code: Code
    programme_name: str
    terms: Terms


class TermsChanged(Event):
    """The programme's window or phases are others from now on; what was decided before stays decided."""

    TOPIC: ClassVar[str] = "programme.terms-changed"

    code: Code
    terms: Terms


class TargetSet(Event):
    """A unit's target of one kind, for a phase or the whole programme, with its document; percentages are resolved here."""

    TOPIC: ClassVar[str] = "programme.target-set"
    SCHEMA: ClassVar[int] = 2

    code: Code
    unit: Code
    phase: Code | None
    kind: TargetKind
    value: int
    percent: str | None = None
    of: HeadCount | None = None
    counted_on: date | None = None
    document: str
    dated: date
    split_by: SplitBy | None = None
    """How it came of the parent's target; a target without it was given by hand."""


class WaveOpened(Event):
    """A wave of emulation has this name and these days, until it is opened again with others."""

    TOPIC: ClassVar[str] = "programme.wave-opened"

    code: Code
    wave: Wave


class CriteriaAdopted(Event):
    """From the first month that begins on this day or later, emulation is ranked by these criteria."""

    TOPIC: ClassVar[str] = "emulation.criteria-adopted"

    code: Code
    valid_from: date
    document: str
    criteria: tuple[Criterion, ...]

    @field_serializer("criteria")
    def _in_full(self, criteria: tuple[Criterion, ...]) -> list[dict[str, object]]:
        # Defaults are left out of what is stored; these must not change their meaning when a default does.
        return [criterion.model_dump(mode="json") for criterion in criteria]
