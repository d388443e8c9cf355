"""What both engines of the ledger put beside an event: the instant of recording in front of it, and claims.

Claims are names that may be on record once. Moments are the instants of recording; under the lock that orders the log
each is raised to the last one recorded, so that an instant always maps to one position. Events without moments are
stored as they come, which is how the library's own contract tests use a recorder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from operator import le
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import Tracking
from msgspec.json import Encoder

from shared.vocabulary import Position

LOCK_SECONDS: Final = 30
"""How long a writer waits for another one's transaction."""
WRITTEN: Final = len('"2022-01-08T00:00:00.000000Z"')
_JSON: Final = Encoder()
PREFIX: Final = len('{"recorded":"2022-01-08T00:00:00.000000Z",')

PIECE: Final = 2000
"""So many events are joined at a time: a few megabytes, for which a process has the memory already."""
ENOUGH: Final = 1 << 26

OFTEN: Final = ("idea.", "case.", "flag.")
"""What the topics of nearly all events begin with."""
RARE: Final = f"substr(topic, 1, 5) NOT IN ({', '.join(map(repr, OFTEN))})"
"""The condition under which an event is in the index of rare ones; asked in these very words, the index answers."""

ClaimValues = tuple[str, bytes, str, int]
"""A claim as it is inserted: name, digest, and the stream in hex and version of the event that answers it."""


EventRow = tuple[str, int, str, bytes]
"""An event as it will lie in the store: stream in hex, version, topic, and state with the instant of recording in front."""


class Encoded(NamedTuple):
    """An event as it is handed to a store, without the instant of recording; the stream is in hex."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes


class Placed(Protocol):
    """What has a stream: an event, stored or not."""

    @property
    def originator_id(self) -> UUID | str: ...


class Taken(NamedTuple):
    """What a write takes up that nobody else may have: places in streams, names, and positions of followers."""

    rows: Sequence[EventRow]
    claims: Sequence[ClaimValues]
    trackings: Sequence[Tracking]


def are_rare(topics: Sequence[str]) -> bool:
    """Whether all that is asked for is found in the index of rare events, and not by reading the whole ledger."""
    return bool(topics) and not any(topic.startswith(OFTEN) for topic in topics)


def stream_of(event: Placed) -> str:
    """The stream of an event, in hex."""
    stream = event.originator_id
    return stream if isinstance(stream, str) else stream.hex


class Storable(Placed, Protocol):
    """An event that can be stored: one of ours, or the library's own."""

    @property
    def originator_version(self) -> int: ...
    @property
    def topic(self) -> str: ...
    @property
    def state(self) -> bytes: ...


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


class Joined(NamedTuple):
    """Many events as one answer of the store, column by column: a replay makes an object of none of them.

    Streams are in hex, one behind the other; so are the states, each with the instant in front.
    """

    positions: Sequence[Position]
    streams: bytes
    topics: Sequence[str]
    lengths: Sequence[int]
    states: bytes

    @property
    def is_full(self) -> bool:
        """Whether there may be fewer events than were asked for, these being so many bytes."""
        return len(self.states) >= ENOUGH


def joined(
    select: Callable[[Position, Position, int], tuple[Any, ...]],
    after: Position,
    limit: int,
    stop: Position | None,
) -> Joined:
    """What a store answers behind a position, a piece at a time: numbers and topics with commas in between, ids and states with nothing.

    Of long texts fewer are read than may be: no more than the piece with which there are ENOUGH bytes.
    """
    answers: list[tuple[Any, ...]] = []
    size = 0
    for left in range(limit, 0, -PIECE):
        answer = select(after, stop if stop is not None else 2**62, min(left, PIECE))
        if answer[0] is None:
            break
        answers.append(answer)
        after = int(answer[0].rsplit(",", 1)[-1])
        size += len(answer[-1])
        if size >= ENOUGH:
            break
    positions, streams, topics, lengths, states = tuple(zip(*answers, strict=True)) or ((),) * 5
    return Joined(
        _numbers(positions),
        b"".join(streams),
        ",".join(topics).split(",") if topics else (),
        _numbers(lengths),
        b"".join(states),
    )


def _numbers(written: Sequence[str]) -> Sequence[int]:
    numbers: list[int] = json.loads(f"[{','.join(written)}]")
    return numbers


def stamp(instant: datetime) -> bytes:
    """The fixed-width head of a stored state: the instant of recording, to the microsecond, in UTC."""
    written = _JSON.encode(instant.astimezone(UTC))
    if len(written) < WRITTEN:
        # Whole seconds are written without a fraction.
        written = written[:-2] + b'.000000Z"'
    return b'{"recorded":%b,' % written


def stamped(state: bytes) -> datetime:
    """The instant of recording of a stored state."""
    return datetime.fromisoformat(bytes(state[13 : PREFIX - 2]).decode())


def risen(
    events: Sequence[Storable], moments: Sequence[datetime], last: bytes | None
) -> list[Encoded]:
    """The events with their instants in front: each its own moment, but never before the one recorded last."""
    latest = stamped(last) if last is not None else datetime.min.replace(tzinfo=UTC)
    head = stamp(latest)
    result = []
    for event, moment in zip(events, moments, strict=True):
        if moment > latest:
            latest, head = moment, stamp(moment)
        stream, version, topic, state = (
            event
            if isinstance(event, Encoded)
            else (stream_of(event), event.originator_version, event.topic, event.state)
        )
        result.append(Encoded(stream, version, topic, head + state[1:]))
    return result


def rows_risen(rows: Sequence[EventRow], last: bytes | None) -> Sequence[EventRow]:
    """Rows whose instants stand in front already: as they are, where these do not fall behind one another or the last."""
    # Instants are written in one width and zone: they are in order where their letters are.
    heads = [row[3][:PREFIX] for row in rows]
    if all(map(le, [(last or b"")[:PREFIX], *heads], heads)):
        return rows
    bare = [
        Encoded(stream, version, topic, b"{" + state[PREFIX:])
        for stream, version, topic, state in rows
    ]
    return risen(bare, [stamped(head) for head in heads], last)
