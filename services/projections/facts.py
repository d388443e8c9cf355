"""What the views take in: the ledger's facts, each read as far as some view needs it and no further.

A declaration's long texts are most of a ledger and are shown by no view; the decoder passes over them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder

from services.projections.lean import READ_AS, Lean, Told
from shared.events import EVENTS, IdeaDeclared, IdeaRerouted
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
    """A stretch of the ledger: its facts, how many events were read in all, and the last position."""

    facts: Sequence[Fact]
    read: int
    last: Position


def facts_of(rows: Sequence[Row], after: Position = 0, topics: Container[str] = EVERY) -> Page:
    """Stored events as the views take them in; with topics, only those."""
    chosen = [row for row in rows if row[3] in topics]
    # Instants are read in one go: each on its own would take as long as the rest of the event.
    heads = np.array([row[4][STAMP] for row in chosen], dtype="S26")
    recorded = heads.astype("M8[us]").astype(np.int64).tolist()
    decoders = _DECODERS
    facts = [
        Fact(row[0], at, row[3], row[1], decoders.get(row[3], _TOLD)(row[4]))
        for row, at in zip(chosen, recorded, strict=True)
    ]
    return Page(facts, len(rows), rows[-1][0] if rows else after)


def page_of(
    recorded: Sequence[Recorded], after: Position = 0, topics: Container[str] = EVERY
) -> Page:
    """Decoded events, as they come from a topic of messages, as the views take them in."""
    rows: list[Row] = []
    for position, at, event in recorded:
        stored = encode(event)
        state = stamp(at) + stored.state[1:]
        rows.append(
            (position, event.originator_id.hex, event.originator_version, event.TOPIC, state)
        )
    return facts_of(rows, after, topics)


def read_page(
    ledger: Ledger,
    after: Position,
    *,
    limit: int = PAGE,
    to: Position | None = None,
    topics: Container[str] = EVERY,
) -> Page:
    """The next facts after a position; with topics, of the next events only those."""
    return facts_of(ledger.rows(after, limit=limit, to=to), after, topics)
