"""Reading over HTTP: who asks, once the view holds what they have seen, as of which moment."""

from __future__ import annotations

import asyncio
from typing import Annotated, NamedTuple

from fastapi import Query, Request

from services.projections.asof import Axis, Moment, moment
from services.projections.views import Projector, ViewIsBehind, Views
from shared.access import Action, Caller
from shared.door import Door
from shared.errors import Invalid
from shared.vocabulary import Position

SEEN_SECONDS = 2.0
STEP_SECONDS = 0.01

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
Programme = Annotated[
    str | None, Query(max_length=64, description="The programme, where there are several.")
]
Seen = Annotated[
    int | None,
    Query(
        ge=0,
        le=2**62,
        description="Wait (at most 2 s) until the view holds this position: people see what they did.",
    ),
]


class Reading(NamedTuple):
    """What every endpoint that reads stands on."""

    door: Door
    views: Views
    projector: Projector

    def entered(self, request: Request, action: Action) -> Caller:
        """Whose request it is, permitted. Raises Unauthenticated, NotAllowed."""
        caller = self.door.caller(request)
        self.door.permit(caller, action, caller.unit)
        return caller

    async def seen(self, position: Position | None) -> None:
        """Wait until the view holds a position. Raises Invalid for one not on record, ViewIsBehind after two seconds."""
        if position is None:
            return
        if position > (head := self.door.ledger.head()):
            raise Invalid(
                f"Position {position} is not on record; the last is {head}.", field="seen"
            )
        loop = asyncio.get_running_loop()
        until = loop.time() + SEEN_SECONDS
        while (reached := self.projector.position()) < position:
            if loop.time() > until:
                raise ViewIsBehind(position, reached)
            await asyncio.sleep(STEP_SECONDS)

    def resolved(
        self, at: str | None, axis: Axis = Axis.KNOWN, known_at: str | None = None
    ) -> Moment:
        """The moment asked for, as far as the view has come. Raises NotAnInstant, KnownAtIsOfCorrected."""
        found = moment(self.door.ledger, at, axis, known_at)
        return found._replace(position=min(found.position, self.projector.position()))
