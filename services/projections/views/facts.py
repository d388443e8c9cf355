"""What the views take in: the ledger's facts, each read as far as some view needs it and no further.

A declaration's long texts are most of a ledger and are shown by no view; the decoder passes over them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder

from services.projections.views.lean import READ_AS, Lean, Told
from shared.events.idea import IdeaDeclared, IdeaRerouted
from shared.events.register import EVENTS
from shared.ledger.encoding import encode
from shared.ledger.model import Recorded
from shared.ledger.stamp import PREFIX, Row, stamp
from shared.ledger.store import Ledger
from shared.vocabulary import Position

PAGE: Final = 5000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """An instant as views keep it: whole microseconds since 1970, in UTC."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(microseconds: int) -> datetime:
    """The instant that many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


DECLARED: Final = IdeaDeclared.TOPIC
REROUTED: Final = IdeaRerouted.TOPIC

_DECODERS: Final[Mapping[str, Callable[[bytes], Lean]]] = {
    kind.TOPIC: Decoder(lean).decode for kind, lean in READ_AS.items()
}
_TOLD: Final = Decoder(Told).decode
EVERY: Final = frozenset(EVENTS)
STAMP: Final = slice(len('{"recorded":"'), PREFIX - len('Z",'))


class Fact(Struct, gc=False):
    """An event at its place in the ledger; the instant is in microseconds, the stream's id in hex."""

    position: Position
    recorded: int
    topic: str
    stream: str
    event: Lean


class Page(NamedTuple):
    """A stretch of the ledger: those of its facts that were asked for, and its last position."""

    facts: Sequence[Fact]
    last: Position


def facts_of(rows: Sequence[Row]) -> list[Fact]:
    """Stored events as the views take them in."""
    # Instants are read in one go: each on its own would take as long as the rest of the event.
    heads = np.array([row[4][STAMP] for row in rows], dtype="S26")
    recorded = heads.astype("M8[us]").astype(np.int64).tolist()
    decoders = _DECODERS
    return [
        Fact(
            position,
            at,
            topic,
            stream,
            decoders[topic](state) if topic in decoders else _TOLD(state),
        )
        for (position, stream, _, topic, state), at in zip(rows, recorded, strict=True)
    ]


def page_of(recorded: Sequence[Recorded], after: Position = 0) -> Page:
    """Decoded events, as they come from a topic of messages, as the views take them in."""
    rows: list[Row] = []
    for position, at, event in recorded:
        stored = encode(event)
        state = stamp(at) + stored.state[1:]
        rows.append(
            (position, event.originator_id.hex, event.originator_version, event.TOPIC, state)
        )
    return Page(facts_of(rows), rows[-1][0] if rows else after)


def read_page(
    ledger: Ledger,
    after: Position,
    *,
    limit: int = PAGE,
    to: Position | None = None,
    topics: frozenset[str] = EVERY,
) -> Page:
    """The facts of the next so many positions, or up to the head or `to`; with topics, only those of some types."""
    last = min(after + limit, ledger.head() if to is None else to)
    wanted = () if topics >= EVERY else tuple(sorted(topics))
    return Page(facts_of(ledger.rows(after, limit=limit, to=last, topics=wanted)), last)
