"""What is handed to the ledger: events, the names they claim, and how far a follower has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from shared.ledger.model import Event, Recorded
from shared.ledger.stamp import Encoded
from shared.vocabulary import Position


class Claim(NamedTuple):
    """A name that may be on record once, the digest of what claimed it, and the event that answers it."""

    name: str
    digest: bytes
    event: Event | Encoded


class Claimed(NamedTuple):
    """A claim found on record: `recorded` is the event that answers it."""

    digest: bytes
    recorded: Recorded


class Write(NamedTuple):
    """What is recorded together or not at all. `moments` are the simulated instants of the events, where there are.

    Events may have been encoded already, by whoever decided them in another process.
    """

    events: Sequence[Event | Encoded] = ()
    claims: Sequence[Claim] = ()
    follower: str | None = None
    handled: Position = 0
    moments: Sequence[datetime] | None = None
