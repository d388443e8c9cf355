"""The ledger as a follower reads it on, where not all of a fact has to be decoded for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from shared.ledger.encoding import Stored
from shared.ledger.follow import TFact
from shared.ledger.store import Ledger
from shared.vocabulary import Position


class LedgerFeed(Generic[TFact]):
    """The ledger's facts in its order, from any position on."""

    def __init__(self, ledger: Ledger, decode: Callable[[Stored], TFact]) -> None:
        """Facts are `decode`d as whoever reads them takes them in."""
        self._ledger = ledger
        self._decode = decode

    def read(self, after: Position, *, limit: int) -> list[TFact]:
        """The next facts after a position. Raises what decoding does."""
        return [self._decode(Stored(*row)) for row in self._ledger.rows(after, limit=limit)]

    def head(self) -> Position:
        """The last position on record."""
        return self._ledger.head()
