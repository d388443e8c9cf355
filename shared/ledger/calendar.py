"""The calendar of the record: when each position was recorded, and how far the record had come at any instant."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from shared.ledger.stamp import stamped
from shared.vocabulary import Position

ROUND: Final = 1024
"""The instants of positions divisible by this are remembered, once somebody looked one up."""


class Heads(Protocol):
    """What the calendar looks into: the last state at or before a position, or at least its head."""

    def select_last_state(
        self, position: Position | None = None
    ) -> tuple[Position, bytes] | None: ...


class Calendar:
    """Positions and the instants of their recording, which never fall and never change."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._round: dict[Position, tuple[Position, datetime]] = {}

    def stood(self, position: Position | None = None) -> tuple[Position, datetime] | None:
        """The last fact at or before a position (None: of all), and its instant."""
        known = self._round.get(position) if position is not None else None
        if known is None:
            found = self._heads.select_last_state(position)
            if found is None:
                return None
            known = found[0], stamped(found[1])
            # Where no fact stands, one may still come: behind the head, any position is the last one's.
            if known[0] == position and position % ROUND == 0:
                self._round[position] = known
        return known

    def position_at(self, instant: datetime, head: Position) -> Position:
        """The last position recorded at or before the instant, found by halving; `head` is the last there is.

        A stretch is halved at the roundest number in it, where other searches come past too, whatever the head is.
        """
        low, high, last = 0, head, 0
        while low < high:
            step = (low ^ high).bit_length() - 1
            middle = high >> step << step
            found = self.stood(middle)
            if found is None:
                high = middle - 1
            elif found[1] <= instant:
                low, last = middle, found[0]
            else:
                high = found[0] - 1
        return last
