"""What a part of the country decided, written as it will lie in the ledger, and how several parts become one history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, count

from msgspec import Struct, field

from shared.events.idea import IdeaDeclared
from shared.ledger.encoding import encode
from shared.ledger.model import Event
from shared.ledger.stamp import PREFIX, ClaimValues, Encoded, EventRow, stamp
from shared.vocabulary import Position


class Decided(Struct, array_like=True):
    """Decisions in the order of their simulated instants, which stand in front of each, and the names that were claimed.

    Whoever decides writes all of it: the one process that records has the least time.
    """

    rows: list[EventRow] = field(default_factory=list)
    claims: list[ClaimValues] = field(default_factory=list)

    def add(self, at: datetime, event: Event) -> None:
        """Put a decision behind the others."""
        self._add(at, encode(event))

    def declare(self, at: datetime, declared: Encoded, name: str, digest: bytes) -> None:
        """Put a declaration behind the others, which claims its name."""
        self._add(at, declared)
        self.claims.append((name, digest, declared.originator_id, declared.originator_version))

    def _add(self, at: datetime, event: Encoded) -> None:
        stream, version, topic, state = event
        self.rows.append((stream, version, topic, stamp(at) + state[1:]))


def merged(parts: Sequence[Decided], after: Position) -> tuple[Decided, list[list[Position]]]:
    """What all parts decided, in the order of time, and where each part's declarations come to stand behind a position."""
    rows = list(chain.from_iterable(part.rows for part in parts))
    whose = [n for n, part in enumerate(parts) for _ in part.rows]
    # Instants are written in one width and zone, so that their letters are in their order; ties stay as they are.
    heads = [row[3][:PREFIX] for row in rows]
    order = sorted(range(len(rows)), key=heads.__getitem__)
    positions: list[list[Position]] = [[] for _ in parts]
    for position, n in zip(count(after + 1), order):
        if rows[n][2] == IdeaDeclared.TOPIC:
            positions[whose[n]].append(position)
    claims = list(chain.from_iterable(part.claims for part in parts))
    return Decided([rows[n] for n in order], claims), positions
