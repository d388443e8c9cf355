"""What the doors of this room share: how things are named in an address, and how a change of units and programmes is seen at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request
from fastapi.responses import Response

from shared.door import Decision, Door
from shared.errors import Conflict
from shared.ledger.model import Event
from shared.ledger.write import Claimed

IdeaId = Annotated[UUID, Path(description="The idea's id, from its receipt.")]
CodePath = Annotated[str, Path(description="The unit's or programme's code.", max_length=64)]

Decide = Callable[[Mapping[str, Claimed]], Decision]


class NothingChanged(Conflict):
    code = "nothing-changed"

    def __init__(self) -> None:
        super().__init__("Just this is on record already; nothing was recorded.")


async def recorded(door: Door, request: Request, decide: Decide) -> Response:
    """Record what is decided, and let this process's tree and programmes know it at once."""
    outcome = await door.once(request, door.caller(request), decide)
    door.directory.catch_up()
    return door.acknowledged(outcome)


def one(events: list[Event]) -> Decision:
    """The decision that a list of at most one event comes to. Raises NothingChanged."""
    if not events:
        raise NothingChanged
    return Decision(events[0])
