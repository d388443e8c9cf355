"""What both engines of the ledger put beside an event: the instant of recording in front of it, and claims.

Claims are names that may be on record once. Moments are the instants of recording; under the lock that orders the log
each is raised to the last one recorded, so that an instant always maps to one position. Events without moments are
stored as they come, which is how the library's own contract tests use a recorder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from shared.vocabulary import Position

LOCK_SECONDS: Final = 30
"""How long a writer waits for another one's transaction."""
PREFIX: Final = len('{"recorded":"2022-01-08T00:00:00.000000Z",')

ClaimValues = tuple[str, bytes, UUID, int]
"""A claim as it is inserted: name, digest, and the stream and version of the event that answers it."""


class StoreIsBusy(Exception):
    """Somebody else is writing, and the caller did not want to wait; nothing was recorded."""


class ClaimRow(NamedTuple):
    """A claim on record, with the position of the event that answers it."""

    name: str
    digest: bytes
    originator_id: UUID
    originator_version: int
    position: Position


Row = tuple[Position, str, int, str, bytes]
"""An event as it lies in the store: position, stream in hex, version, topic, and state with the instant in front."""


def stamp(instant: datetime) -> bytes:
    """The fixed-width head of a stored state: the instant of recording, to the microsecond, in UTC."""
    return b'{"recorded":"%s",' % (
        instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27).encode()
    )


def stamped(state: bytes) -> datetime:
    """The instant of recording of a stored state."""
    return datetime.fromisoformat(bytes(state[13 : PREFIX - 2]).decode())


def risen(
    events: Sequence[StoredEvent], moments: Sequence[datetime], last: bytes | None
) -> list[StoredEvent]:
    """The events with their instants in front: each its own moment, but never before the one recorded last."""
    latest = stamped(last) if last is not None else datetime.min.replace(tzinfo=UTC)
    head = stamp(latest)
    result = []
    for event, moment in zip(events, moments, strict=True):
        if moment > latest:
            latest, head = moment, stamp(moment)
        result.append(
            StoredEvent(
                originator_id=event.originator_id,
                originator_version=event.originator_version,
                topic=event.topic,
                state=head + event.state[1:],
            )
        )
    return result
