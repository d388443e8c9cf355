"""The reader: somebody who asks for boards over HTTP, and the moment that is meant."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.projections.asof import Axis, Moment, moment
from services.projections.views import Projector, ViewIsBehind, Views
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


class Reader:
    """What the endpoints of history ask the door and the views for."""

    def __init__(self, door: Door, views: Views, projector: Projector) -> None:
        self.door = door
        self.views = views
        self.ledger, self.directory = door.ledger, door.directory
        self._projector = projector

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
        if seen is not None:
            await self._until(seen)
        return caller

    async def _until(self, position: Position) -> None:
        if position > (head := self.ledger.head()):
            raise Invalid(
                f"Position {position} is not on record; the last is {head}.", field="seen"
            )
        loop = asyncio.get_running_loop()
        until = loop.time() + SEEN_SECONDS
        while (reached := self._projector.position()) < position:
            if loop.time() > until:
                raise ViewIsBehind(position, reached)
            await asyncio.sleep(STEP_SECONDS)

    def moment(
        self, at: str | None = None, axis: Axis = Axis.KNOWN, known_at: str | None = None
    ) -> Moment:
        """The moment asked for, as far as the views have come."""
        found = moment(self.ledger, at, axis, known_at)
        return found._replace(position=min(found.position, self._projector.position()))

    def programme(self, code: str | None) -> str:
        """The programme asked for, or the only one."""
        return self.directory.the_programme(code)


def answered(body: BaseModel, status: int = 200) -> Response:
    """A board as JSON, instants on the programme's own clock."""
    return Response(body.model_dump_json(), status, media_type="application/json")
