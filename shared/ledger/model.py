"""What the ledger holds and how state comes of it: events, aggregates, recorded facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, NamedTuple, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.built import changed
from shared.errors import NotFound
from shared.vocabulary import Position

TEvent = TypeVar("TEvent", bound="Event")


class Actor(BaseModel):
    """Who did it, in which role, for whom, through which door, and following from what.

    `name` is a key's name or a follower's; `on_behalf_of` a person's pseudonym; `correlation` is shared by
    everything one request set in motion; `causation` is the event (`stream/version`) that led to this one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    role: str
    source: str
    correlation: UUID
    on_behalf_of: str | None = None
    causation: str | None = None

    def because_of(self, event: Event) -> Actor:
        """The same actor, acting on what that event set in motion."""
        return changed(self, {"correlation": event.by.correlation, "causation": event.name})


class Event(BaseModel):
    """A fact, once recorded never changed. Subclasses are the published language, in `shared/events/`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    TOPIC: ClassVar[str]
    SCHEMA: ClassVar[int] = 1

    originator_id: UUID
    originator_version: int
    by: Actor
    effective: AwareDatetime | None = None
    """When it is true, where that is not when it was recorded."""

    @property
    def name(self) -> str:
        """The event's own name, the same in every engine and replay."""
        return f"{self.originator_id}/{self.originator_version}"


class Recorded(NamedTuple):
    """An event at its place in the ledger, with the instant it was put on record."""

    position: Position
    recorded: datetime
    event: Event

    @property
    def effective(self) -> datetime:
        """When the fact is true; what the event does not date is true from when it was recorded."""
        return self.event.effective or self.recorded


class Unfoldable(TypeError):
    """An event reached an aggregate that does not know it: a programming error, never a person's."""

    def __init__(self, state: object, event: Event) -> None:
        super().__init__(f"{type(event).__name__} does not follow {type(state).__name__}")


class Aggregate(BaseModel):
    """A thing with an identity that decides: its commands return events, and `evolve` is all that changes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    NOUN: ClassVar[str] = "thing"

    id: UUID
    version: int

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        """The state after the event."""
        raise NotImplementedError

    def next(self, kind: type[TEvent], /, *, by: Actor, **facts: object) -> TEvent:
        """The event that comes next in this aggregate's stream."""
        return kind.model_validate(
            {"originator_id": self.id, "originator_version": self.version + 1, "by": by, **facts}
        )

    def after(self, event: Event, **changes: object) -> Self:
        """This state, moved on by one event."""
        return changed(self, {**changes, "version": event.originator_version})


TAggregate = TypeVar("TAggregate", bound=Aggregate)


def fold(
    kind: type[TAggregate], events: Iterable[Event], state: TAggregate | None = None
) -> TAggregate:
    """The aggregate that these events make; refuses a stream that is empty, or that began as something else."""
    missing = NotFound(f"There is no such {kind.NOUN}. Check the id.")
    for event in events:
        try:
            state = kind.evolve(state, event)
        except Unfoldable:
            if state is None:
                raise missing from None
            raise
    if state is None:
        raise missing
    return state
