"""Emulation: the criteria that a programme's months are ranked by, each version from a day on, none ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.intake.programme import Programme, programme_id
from shared.criteria import Criterion
from shared.errors import NotFound
from shared.events.programme import CriteriaAdopted
from shared.form import Day, RequiredLine
from shared.ledger.model import Actor, Aggregate, Event, Unfoldable
from shared.ledger.store import Ledger
from shared.terms import Wave
from shared.vocabulary import Value, named


class CriteriaRecord(Value):
    """Criteria as a file or a manager gives them, with their document and the day from which they hold."""

    valid_from: Day
    document: RequiredLine
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        places = [(criterion.scored, criterion.over) for criterion in self.criteria]
        if len(set(places)) < len(places):
            raise PydanticCustomError(
                "criteria", "a criterion stands twice; put the two together", {}
            )
        if all(criterion.deduct for criterion in self.criteria):
            raise PydanticCustomError("criteria", "at least one criterion must give points", {})
        return self


def emulation_id(programme: str) -> UUID:
    """The stream of a programme's criteria follows from its code."""
    return named("emulation", programme)


class Emulation(Aggregate):
    """The criteria of one programme; a version is its place among those adopted, from 1 on."""

    NOUN: ClassVar[str] = "emulation"

    code: str
    versions: tuple[CriteriaAdopted, ...]

    @classmethod
    def adopt_first(cls, programme: str, record: CriteriaRecord, *, by: Actor) -> CriteriaAdopted:
        """The first criteria of a programme."""
        return CriteriaAdopted(
            originator_id=emulation_id(programme),
            originator_version=1,
            by=by,
            code=programme,
            valid_from=record.valid_from,
            document=record.document,
            criteria=record.criteria,
        )

    def adopt(self, record: CriteriaRecord, *, by: Actor) -> CriteriaAdopted | None:
        """Other criteria from a day on; None where just these hold from that day on.

        Of several that begin on one day, the last recorded holds; what was known before stays on record.
        """
        standing = next(
            (v for v in reversed(self.versions) if v.valid_from == record.valid_from), None
        )
        if standing is not None and (standing.document, standing.criteria) == (
            record.document,
            record.criteria,
        ):
            return None
        return self.next(
            CriteriaAdopted,
            by=by,
            code=self.code,
            valid_from=record.valid_from,
            document=record.document,
            criteria=record.criteria,
        )

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, CriteriaAdopted():
                return cls(id=event.originator_id, version=1, code=event.code, versions=(event,))
            case Emulation(), CriteriaAdopted():
                return state.after(event, versions=(*state.versions, event))
        raise Unfoldable(state, event)


class CriteriaShown(BaseModel):
    """One version of the criteria."""

    version: int
    valid_from: date
    document: str
    criteria: tuple[Criterion, ...]


class VersionsShown(BaseModel):
    """Every version that was adopted, in the order in which they were."""

    programme: str
    versions: tuple[CriteriaShown, ...]

    @classmethod
    def of(cls, programme: str, versions: tuple[CriteriaAdopted, ...]) -> VersionsShown:
        """The versions as they are shown."""
        return cls(
            programme=programme,
            versions=tuple(
                CriteriaShown(
                    version=found.originator_version,
                    valid_from=found.valid_from,
                    document=found.document,
                    criteria=found.criteria,
                )
                for found in versions
            ),
        )


class WavesShown(BaseModel):
    """The waves of a programme, the earliest first."""

    waves: tuple[Wave, ...]

    @classmethod
    def of(cls, waves: Mapping[str, Wave]) -> WavesShown:
        """The waves as they are shown."""
        ordered = sorted(waves.values(), key=lambda wave: (wave.from_, wave.code))
        return cls(waves=tuple(ordered))


def adopt(
    ledger: Ledger, programme: str, record: CriteriaRecord, *, by: Actor
) -> CriteriaAdopted | None:
    """The criteria as the next version, be it the first; None where just these hold from that day on.

    Raises NotFound for a programme that is not open.
    """
    ledger.load(Programme, programme_id(programme))
    try:
        standing = ledger.load(Emulation, emulation_id(programme))
    except NotFound:
        return Emulation.adopt_first(programme, record, by=by)
    return standing.adopt(record, by=by)
