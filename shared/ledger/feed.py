"""The ledger as a follower reads it on, each fact decoded as far as that follower needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic

from shared.ledger.encoding import Stored
from shared.ledger.follow import TFact
from shared.ledger.store import Ledger
from shared.vocabulary import Position

PIECE: Final = 500
ENOUGH: Final = 1 << 24
"""A page that has so many bytes ends with the piece in hand: facts of common size never come to it."""


class LedgerFeed(Generic[TFact]):
    """The ledger's facts in its order, from any position on."""

    def __init__(self, ledger: Ledger, decode: Callable[[Stored], TFact]) -> None:
        """Facts are `decode`d as whoever reads them takes them in."""
        self._ledger = ledger
        self._decode = decode

    def read(self, after: Position, *, limit: int) -> list[TFact]:
        """The next facts after a position, fewer where they are large. Raises what decoding does."""
        found: list[TFact] = []
        size = 0
        while (missing := min(PIECE, limit - len(found))) > 0 and size < ENOUGH:
            rows = self._ledger.rows(after, limit=missing)
            found += (self._decode(Stored(*row)) for row in rows)
            if len(rows) < missing:
                break
            after = rows[-1][0]
            size += sum(len(state) for *_, state in rows)
        return found

    def head(self) -> Position:
        """The last position on record."""
        return self._ledger.head()
