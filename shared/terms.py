"""A programme's terms: its windows and phases, and by them what makes a declaration ineligible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
)

from shared.declaration import Content
from shared.form import Code, Line, RequiredLine
from shared.vocabulary import Ineligible, Value

WHOLE: Final = "whole"
"""How the whole programme is called where a phase is asked for; no phase and no wave may bear it as its code."""


class Window(Value):
    """An interval [from, to) of instants."""

    from_: Annotated[AwareDatetime, Field(alias="from")]
    to: AwareDatetime

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    def __contains__(self, instant: datetime) -> bool:
        return self.from_ <= instant < self.to


class SplitBy(StrEnum):
    """What a unit's target is split over its children in proportion to; `equal` is to each the same."""

    MEMBERS = "members"
    MEMBERS_AND_WORKERS = "members_and_workers"
    EQUAL = "equal"
    REGISTERED = "registered"


class Phase(Window):
    """giai đoạn: a named part of a programme; with `unit`, that unit's (and its subtree's) own."""

    code: Code
    unit: Code | None = None


class Wave(Window):
    """đợt thi đua: a stretch of time that units compete in, beside the phases; with `unit`, within its subtree alone."""

    code: Code
    name: RequiredLine
    unit: Code | None = None
    document: Line = ""


class Terms(Value):
    """A programme's rules that a declaration is held against: windows, and the phases."""

    window: Window
    applied_from: date
    applied_to: date
    phases: tuple[Phase, ...]

    def chain(self, path: Sequence[str]) -> tuple[Phase, ...]:
        """The phases that a unit goes through, in the order in which they begin; `path` is the unit's, from the nation down.

        A part of the tree with phases of its own goes through those. Where they bear codes of the phases above, each
        takes the place of the phase of its code and the others stay; where all their codes are new, they are a plan of
        their own (one province's three phases beside the nation's two).
        """
        by_owner: dict[str | None, dict[str, Phase]] = {}
        for phase in self.phases:
            by_owner.setdefault(phase.unit, {})[phase.code] = phase
        found = by_owner.get(None, {})
        for step in path:
            own = by_owner.get(step, {})
            found = {**found, **own} if found.keys() & own.keys() else own or found
        return tuple(sorted(found.values(), key=lambda phase: (phase.from_, phase.code)))

    def ineligible(self, content: Content, filed_at: datetime) -> tuple[Ineligible, ...]:
        """The coded reasons why a declaration does not count as valid; none means eligible (domain section 4)."""
        reasons: list[Ineligible] = []
        applied_on, window = content.first_applied_on, self.window
        if content.recognition is None:
            reasons.append(Ineligible.NOT_RECOGNISED)
        if applied_on is None:
            reasons.append(Ineligible.NOT_APPLIED)
        elif applied_on < self.applied_from:
            reasons.append(Ineligible.APPLIED_BEFORE_WINDOW)
        elif applied_on >= self.applied_to:
            reasons.append(Ineligible.APPLIED_AFTER_WINDOW)
        if filed_at < window.from_:
            reasons.append(Ineligible.FILED_BEFORE_WINDOW)
        elif filed_at >= window.to:
            reasons.append(Ineligible.FILED_AFTER_WINDOW)
        return tuple(reasons)
