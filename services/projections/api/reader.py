"""The reader: somebody who asks for boards over HTTP, and the moment that is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from services.projections.api.answer import Answer
from services.projections.history.story import unit_of
from services.projections.reckoning.asof import Axis, Moment, moment
from services.projections.views.projector import Projector, ViewIsBehind, Views
from shared.access import Action, Caller
from shared.door import Door
from shared.errors import Invalid
from shared.vocabulary import Position

SEEN_SECONDS: Final = 2.0
STEP_SECONDS: Final = 0.01

At = Annotated[
    str | None,
    Query(
        max_length=40,
        description="As of an ISO 8601 instant with offset (inclusive) or a position.",
    ),
]
KnownAt = Annotated[
    str | None,
    Query(max_length=40, description="On the corrected axis: corrections up to here (or now)."),
]
Since = Annotated[
    str | None, Query(max_length=40, description="The earlier moment, in the same form.")
]
InProgramme = Annotated[
    str | None, Query(max_length=64, description="The programme, where there are several.")
]
Cursor = Annotated[str | None, Query(alias="cursor", max_length=64)]
Seen = Annotated[
    int | None,
    Query(
        alias="seen",
        ge=0,
        le=2**62,
        description="Wait (at most 2 s) until the view holds this position: people see what they did.",
    ),
]


class Asked(NamedTuple):
    """What every board is asked for with: the programme, the moment, and what people must see of it."""

    programme: str | None
    at: str | None
    axis: Axis
    known_at: str | None
    seen: Position | None


async def _asked(
    programme: InProgramme = None,
    at: At = None,
    axis: Axis = Axis.KNOWN,
    known_at: KnownAt = None,
    seen: Seen = None,
) -> Asked:
    return Asked(programme, at, axis, known_at, seen)


OfMoment = Annotated[Asked, Depends(_asked)]


class Reader:
    """What every endpoint that reads asks the door and the views for."""

    def __init__(self, door: Door, views: Views, projector: Projector) -> None:
        self.door = door
        self.views = views
        self.ledger, self.directory = door.ledger, door.directory
        self._projector = projector
        self._reached: Position = 0

    async def enter(
        self,
        request: Request,
        action: Action,
        unit: str | None = None,
        seen: Position | None = None,
    ) -> Caller:
        """Let somebody read about a unit (default: their own), once the view holds what they have seen.

        Raises NotAllowed, Invalid, ViewIsBehind.
        """
        caller = self.door.caller(request)
        self.door.permit(caller, action, unit if unit is not None else caller.unit)
        await self.wait(seen)
        return caller

    def ideas_of(self, caller: Caller) -> Callable[[str], bool]:
        """Of which units the caller may read ideas, as the tree stands today: boards of everybody's name no others."""
        return partial(self.door.may, caller, Action.READ_IDEA)

    async def enter_story(self, request: Request, idea: UUID, seen: Position | None = None) -> None:
        """Let somebody read of an idea: its right follows from where the idea stands now. Raises IdeaIsUnknown too."""
        # A stranger does not learn which ideas there are.
        self.door.caller(request)
        await self.enter(request, Action.READ_IDEA, unit_of(self.ledger, idea), seen)

    async def wait(self, position: Position | None = None) -> None:
        """Wait until the views hold a position, and the first programme. Raises Invalid for one not on record, ViewIsBehind after two seconds."""
        # Whoever asks at once after the founding is told of an empty board, not that there is no programme.
        wanted = max(position or 0, self.directory.founded)
        if wanted <= self._reached:
            return
        if wanted > (head := self.ledger.head()):
            raise Invalid(
                f"Position {position} is not on record; the last is {head}.", field="seen"
            )
        loop = asyncio.get_running_loop()
        until = loop.time() + SEEN_SECONDS
        while (reached := self._projector.position()) < wanted:
            if loop.time() > until:
                raise ViewIsBehind(wanted, reached)
            await asyncio.sleep(STEP_SECONDS)
        self._reached = reached

    def moment(
        self, at: str | None = None, axis: Axis = Axis.KNOWN, known_at: str | None = None
    ) -> Moment:
        """The moment asked for, as far as the views have come."""
        found = moment(self.ledger, at, axis, known_at)
        # A rebuild never switches to less than readers saw.
        if found.position > self._reached:
            self._reached = self._projector.position()
        return found._replace(position=min(found.position, self._reached))

    def asked_at(self, asked: Asked) -> Moment:
        """The moment that a board was asked for."""
        return self.moment(asked.at, asked.axis, asked.known_at)

    async def board(
        self, asked: Asked, make: Callable[..., BaseModel], *held: object, **options: object
    ) -> Answer:
        """Make a board of the programme and the moment that were asked for, from what it is read from and its own options."""
        # What is written wrong is said before what is not there.
        at = self.asked_at(asked)
        programme = self.programme(asked.programme)
        return answered(await asyncio.to_thread(make, *held, programme=programme, at=at, **options))

    def programme(self, code: str | None) -> str:
        """The programme asked for, or the only one."""
        # How far the views have come decides only where nobody said which.
        at = self._projector.position() if code is None else None
        return self.directory.the_programme(code, at=at)


def answered(body: BaseModel, status: int = 200) -> Answer:
    """A board as JSON; where its route is a `BoardRoute`, in the form that was asked for."""
    return Answer(body, status)
