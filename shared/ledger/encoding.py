"""How an event becomes bytes and comes back: a JSON object, with the instant of recording in front."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from eventsourcing.persistence import Notification

from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.events.register import EVENTS
from shared.ledger.model import Event, Recorded
from shared.ledger.stamp import PREFIX, Encoded, stamped
from shared.vocabulary import Position
from shared.written import BriefWriter


class Stored(NamedTuple):
    """An event as it is kept, at its position: what a topic of messages hands to `decode`, as a recorder does."""

    id: Position
    originator_id: UUID | str
    originator_version: int
    topic: str
    state: bytes

    @property
    def position(self) -> Position:
        """The same as its id: what a follower asks of whatever it reads."""
        return self.id


_NOT_IN_STATE: Final = {"originator_id", "originator_version"}
_in_brief: Final = BriefWriter(*_NOT_IN_STATE)


def encode(event: Event) -> Encoded:
    """An event as the recorder keeps it; the instant of recording is put in front when it is inserted."""
    if isinstance(event, IdeaDeclared | IdeaAmended):
        # Most of a ledger's bytes are these, and this is the quicker way to the same ones.
        state = _in_brief(event)
    else:
        state = event.__pydantic_serializer__.to_json(
            event, exclude=_NOT_IN_STATE, exclude_defaults=True, by_alias=True
        )
    return Encoded(event.originator_id.hex, event.originator_version, event.TOPIC, state)


def decode(stored: Notification | Stored) -> Recorded:
    """The fact that was stored. Raises LookupError for a topic this version does not know."""
    state = stored.state
    fields = b'{"originator_id":"%s","originator_version":%d,' % (
        str(stored.originator_id).encode(),
        stored.originator_version,
    )
    kind = EVENTS.get(stored.topic)
    if kind is None:
        raise LookupError(
            f"Position {stored.id} holds {stored.topic}, which this version does not know."
        )
    event = kind.__pydantic_validator__.validate_json(fields + state[PREFIX:])
    return Recorded(stored.id, stamped(state), event)
