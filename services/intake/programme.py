"""The programme: its window, eligibility and phases, and each unit's targets of four kinds."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.errors import Conflict, Invalid
from shared.events.programme import ProgrammeOpened, TargetSet, TermsChanged, WaveOpened
from shared.form import Code, Line, RequiredLine, in_utc
from shared.ledger.model import Actor, Aggregate, Event, Unfoldable
from shared.terms import WHOLE, Phase, Terms, Wave, Window
from shared.tree import Tree, UnitIsUnknown
from shared.vocabulary import HOME, HeadCount, TargetKind, Value, named

MOST: Final = 1_000_000_000
"""A larger target is a slip of the hand: there are not as many people to declare an idea."""


class TargetRecord(Value):
    """A target as a programme file or a manager gives it: a number, or a percentage of a named head count."""

    unit: Code
    phase: Code | None
    kind: TargetKind
    value: Annotated[int, Field(ge=1, le=MOST)] | None = None
    percent: Annotated[Decimal, Field(gt=0, le=1000)] | None = None
    of: HeadCount | None = None
    counted_on: date | None = None
    document: Line = ""
    dated: date

    @model_validator(mode="after")
    def _number_or_percentage(self) -> Self:
        if (self.value is None) == (self.percent is None) or (self.percent is None) != (
            self.of is None
        ):
            raise PydanticCustomError(
                "target",
                "a target has either a value, or a percent with the head count it is of",
                {},
            )
        return self


class ProgrammeRecord(Value):
    """A programme file (domain section 3)."""

    code: Code
    name: RequiredLine
    from_: Annotated[AwareDatetime, Field(alias="from"), AfterValidator(in_utc)]
    to: Annotated[AwareDatetime, AfterValidator(in_utc)]
    applied_from: date
    applied_to: date
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    targets: tuple[TargetRecord, ...] = ()

    @model_validator(mode="after")
    def _intervals_run_forward(self) -> Self:
        backward = [p.code for p in self.phases if p.to <= p.from_]
        if self.to <= self.from_ or self.applied_to <= self.applied_from or backward:
            raise PydanticCustomError("interval", "an interval must end after it begins", {})
        places = [(p.code, p.unit) for p in self.phases]
        if len(set(places)) < len(places):
            raise PydanticCustomError("phases", "a phase stands twice for one unit", {})
        for phase in self.phases:
            _is_free(phase.code)
        return self

    def terms(self) -> Terms:
        """The rules that declarations are held against."""
        return Terms(
            window=Window.model_validate({"from": self.from_, "to": self.to}),
            applied_from=self.applied_from,
            applied_to=self.applied_to,
            phases=self.phases,
        )


class WaveRecord(Wave):
    """A wave of emulation as a manager gives it."""

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.to <= self.from_:
            raise PydanticCustomError("interval", "an interval must end after it begins", {})
        _is_free(self.code)
        return self

    def wave(self) -> Wave:
        """The wave as the record keeps it."""
        return Wave(**{name: getattr(self, name) for name in Wave.model_fields})


class NoHeadCount(Invalid):
    code = "no-head-count"

    def __init__(self, unit: str, dated: date) -> None:
        super().__init__(
            f"Unit {unit} has no head count (asked for {dated}), so a percentage of it says nothing. "
            "Record a head count first, or give the target as a number.",
            field="percent",
            value=unit,
        )


def programme_id(code: str) -> UUID:
    """A programme's stream follows from its code."""
    return named("programme", code)


class Programme(Aggregate):
    """One programme and its targets."""

    NOUN: ClassVar[str] = "programme"

    code: str
    terms: Terms
    targets: dict[tuple[str, str | None, TargetKind], tuple[TargetSet, ...]]
    """Every target that was set, in the order of the ledger."""
    waves: dict[str, Wave]

    @classmethod
    def open(cls, record: ProgrammeRecord, *, by: Actor) -> ProgrammeOpened:
        """Let a programme take declarations."""
        return ProgrammeOpened(
            originator_id=programme_id(record.code),
            originator_version=1,
            by=by,
            code=record.code,
            programme_name=record.name,
            terms=record.terms(),
        )

    def change_terms(self, terms: Terms, *, by: Actor) -> TermsChanged | None:
        """Other windows or phases from now on; None where they are what they were.

        Raises Conflict for a phase that bears the code of a wave.
        """
        if terms == self.terms:
            return None
        for phase in terms.phases:
            if phase.code in self.waves:
                raise _code_is_taken(self.code, phase.code, "a wave")
        return self.next(TermsChanged, by=by, code=self.code, terms=terms)

    def open_wave(self, wave: Wave, *, tree: Tree, by: Actor) -> WaveOpened | None:
        """Hold a wave of emulation, or hold it on other days than was said before; None where just this is on record.

        A target is for a wave as it is for a phase, by its code. Raises UnitIsUnknown, Conflict where a phase bears its
        code or where it reaches beyond the programme's window.
        """
        if wave.unit is not None and wave.unit not in tree:
            raise UnitIsUnknown(wave.unit)
        if wave.code in {phase.code for phase in self.terms.phases}:
            raise _code_is_taken(self.code, wave.code, "a phase")
        window = self.terms.window
        if wave.from_ < window.from_ or wave.to > window.to:
            raise Conflict(
                f"Wave {wave.code} reaches beyond programme {self.code}, which takes declarations from "
                f"{window.from_.astimezone(HOME).isoformat()} to {window.to.astimezone(HOME).isoformat()}. "
                "Choose days within it.",
                field="from",
            )
        if self.waves.get(wave.code) == wave:
            return None
        return self.next(WaveOpened, by=by, code=self.code, wave=wave)

    def set_target(self, record: TargetRecord, *, tree: Tree, by: Actor) -> TargetSet | None:
        """Give a unit a target; a percentage is resolved here, rounded up; None where just this target stands.

        A percentage is of the head count with the latest day not after `dated`, unless the target names one; where
        the first count came later than the document, it is of that first one, and the event says which day it was.
        Raises UnitIsUnknown, NoHeadCount, Conflict for a phase or wave that the programme does not have for the unit.
        """
        if record.unit not in tree:
            raise UnitIsUnknown(record.unit)
        if record.phase is not None:
            # A target for a phase that is another unit's own would stand on no board.
            parts: list[Phase | Wave] = [*self.terms.phases, *self.waves.values()]
            phases = {p.code for p in parts if p.unit is None or tree.inside(record.unit, p.unit)}
            if record.phase not in phases:
                raise Conflict(
                    f"Programme {self.code} has no phase {record.phase} for unit {record.unit}. "
                    f"Its phases: {', '.join(sorted(phases)) or 'none'}.",
                    field="phase",
                )
        counted_on, value = record.counted_on, record.value
        if record.percent is not None and record.of is not None:
            heads = (
                tree.heads(record.unit, record.dated) or tree.first_heads(record.unit)
                if counted_on is None
                else tree.heads_counted_on(record.unit, counted_on)
            )
            if heads is None:
                raise NoHeadCount(record.unit, counted_on or record.dated)
            counted_on = heads.counted_on
            value = int(
                (heads.of(record.of) * record.percent / 100).to_integral_value(
                    rounding=ROUND_CEILING
                )
            )
        event = self.next(
            TargetSet,
            by=by,
            code=self.code,
            unit=record.unit,
            phase=record.phase,
            kind=record.kind,
            value=value,
            percent=str(record.percent) if record.percent is not None else None,
            of=record.of,
            counted_on=counted_on,
            document=record.document,
            dated=record.dated,
        )
        # What is in force on its own day already would change nothing on any day, whatever was set for later ones.
        standing = self.standing(record.unit, record.phase, record.kind, record.dated)
        if standing is not None and _says(standing) == _says(event):
            return None
        return event

    def was_given(self, record: TargetRecord) -> bool:
        """Whether just this target was given by hand before, whatever was set and whoever was counted since."""
        return any(
            given.split_by is None
            and (given.document, given.dated) == (record.document, record.dated)
            and (
                given.percent is None and given.value == record.value
                if record.percent is None
                else given.percent is not None
                and (Decimal(given.percent), given.of) == (record.percent, record.of)
                and record.counted_on in {None, given.counted_on}
            )
            for given in self.targets.get((record.unit, record.phase, record.kind), ())
        )

    def standing(
        self, unit: str, phase: str | None, kind: TargetKind, day: date
    ) -> TargetSet | None:
        """The target in force on a day: the latest dated not after it, of one day the last recorded."""
        found = [t for t in self.targets.get((unit, phase, kind), ()) if t.dated <= day]
        return max(reversed(found), key=lambda target: target.dated, default=None)

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, ProgrammeOpened():
                return cls(
                    id=event.originator_id,
                    version=1,
                    code=event.code,
                    terms=event.terms,
                    targets={},
                    waves={},
                )
            case Programme(), TermsChanged():
                return state.after(event, terms=event.terms)
            case Programme(), WaveOpened():
                return state.after(event, waves={**state.waves, event.wave.code: event.wave})
            case Programme(), TargetSet():
                # The dictionary is this fold's own; copying it for each of thousands of targets would be quadratic.
                place = (event.unit, event.phase, event.kind)
                state.targets[place] = (*state.targets.get(place, ()), event)
                return state.after(event)
        raise Unfoldable(state, event)


def _code_is_taken(programme: str, code: str, what: str) -> Conflict:
    return Conflict(
        f"{code} is the code of {what} of programme {programme}, and targets are for either by its code. "
        "Choose another code.",
        field="code",
    )


def _is_free(code: str) -> None:
    # Not in Phase and Wave themselves: what stands on record already must still be read.
    if code == WHOLE:
        raise PydanticCustomError(
            "reserved-code",
            "{value} is how the whole programme is called where a phase is asked for",
            {"value": code, "field": "code"},
        )


def _says(target: TargetSet) -> tuple[object, ...]:
    return (
        target.value,
        target.percent,
        target.of,
        target.counted_on if target.percent is not None else None,
        target.document,
        target.dated,
        # What a split gave and somebody gives again by hand is by hand from then on.
        target.split_by,
    )
