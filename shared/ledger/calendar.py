"""The calendar of the record: when each position was recorded, and how far the record had come at any instant."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final, Protocol

from shared.ledger.stamp import stamped
from shared.vocabulary import Position

ROUND: Final = 1024
"""The instants of positions divisible by this are remembered, once somebody looked one up."""


LastState = Callable[[Position | None], tuple[Position, bytes] | None]
"""The last state at or before a position (None: of all), or at least its head; None where there is none."""


class Heads(Protocol):
    """What the calendar looks into: as many states as one look needs, over one connection."""

    def last_states(self) -> AbstractContextManager[LastState]: ...


class Calendar:
    """Positions and the instants of their recording, which never fall and never change."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._round: dict[Position, tuple[Position, datetime]] = {}

    def stood(self, position: Position | None = None) -> tuple[Position, datetime] | None:
        """The last fact at or before a position (None: of all), and its instant."""
        with self._heads.last_states() as last_state:
            return self._stood(last_state, position)

    def _stood(
        self, last_state: LastState, position: Position | None
    ) -> tuple[Position, datetime] | None:
        known = self._round.get(position) if position is not None else None
        if known is None:
            found = last_state(position)
            if found is None:
                return None
            known = found[0], stamped(found[1])
            # Where no fact stands, one may still come: behind the head, any position is the last one's.
            if known[0] == position and position % ROUND == 0:
                self._round[position] = known
        return known

    def position_at(self, instant: datetime) -> Position:
        """The last position recorded at or before the instant, found by halving; 0 where there is none.

        A stretch is halved at the roundest number in it, where other searches come past too, whatever the head is.
        """
        with self._heads.last_states() as last_state:
            head = self._stood(last_state, None)
            low, high, last = 0, head[0] if head is not None else 0, 0
            while low < high:
                step = (low ^ high).bit_length() - 1
                middle = high >> step << step
                found = self._stood(last_state, middle)
                if found is None:
                    high = middle - 1
                elif found[1] <= instant:
                    low, last = middle, found[0]
                else:
                    high = found[0] - 1
            return last
