"""The calendar of the record: when each position was recorded, and how far the record had come at any instant."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Final, Protocol

from shared.ledger.stamp import stamped
from shared.vocabulary import Position

APART: Final = 1024
"""So far apart are the positions whose instants are remembered, once somebody looked at them."""
GUESSES: Final = 8
"""After so many guesses in vain a stretch was recorded so unevenly, or so much of it at once, that halving is quicker."""

Stood = tuple[Position, datetime]
"""A position at which a fact stands, and the instant of its recording."""
BEFORE_ALL: Final[Stood] = (0, datetime.min.replace(tzinfo=UTC))

LastState = Callable[[Position | None], tuple[Position, bytes] | None]
"""The last state at or before a position (None: of all), or at least its head; None where there is none."""


class Record(Protocol):
    """What the calendar looks into: as many states as one look needs, over one connection."""

    def last_states(self) -> AbstractContextManager[LastState]: ...


class Calendar:
    """Positions and the instants of their recording, which never fall and never change."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._known = [BEFORE_ALL]

    def stood(self, position: Position | None = None) -> Stood | None:
        """The last fact at or before a position (None: of all), and its instant."""
        with self._record.last_states() as last_state:
            return _dated(last_state(position))

    def position_at(self, instant: datetime) -> Position:
        """The last position recorded at or before the instant; 0 where there is none.

        It is guessed from the instants known on either side, and then from nearer ones (regula falsi in the Illinois
        variant): halving would mostly look at twice as many places, each of them elsewhere on the disk.
        """
        with self._record.last_states() as last_state:
            newest = _dated(last_state(None))
            if newest is None:
                return 0
            if newest[1] <= instant:
                return newest[0]
            # What is up to `low` was recorded by the instant, the last of it at `last`; what is from `high` on, later.
            (last, since), (high, until) = self._around(instant, newest)
            behind, ahead = (instant - since).total_seconds(), (until - instant).total_seconds()
            low = last
            rose: bool | None = None
            guesses = GUESSES
            while high - low > 1:
                middle = (low + high) // 2
                if last and guesses:
                    guesses -= 1
                    share = behind / (behind + ahead)
                    middle = max(low + 1, min(low + round(share * (high - low)), high - 1))
                found = _dated(last_state(middle))
                if found is None:
                    low = middle
                    continue
                self._remember(found)
                # An end that stays while the other one comes nearer twice draws half as much: in between lies a night.
                if found[1] <= instant:
                    low, last, behind = middle, found[0], (instant - found[1]).total_seconds()
                    ahead, rose = ahead / 2 if rose else ahead, True
                else:
                    high, ahead = found[0], (found[1] - instant).total_seconds()
                    behind, rose = behind / 2 if rose is False else behind, False
            return last

    def _around(self, instant: datetime, newest: Stood) -> tuple[Stood, Stood]:
        """Of what is remembered, the last by the instant and the first after it, which may be the newest of all."""
        with self._lock:
            after = bisect_right(self._known, instant, lo=1, key=itemgetter(1))
            later = self._known[after] if after < len(self._known) else newest
            return self._known[after - 1], later

    def _remember(self, found: Stood) -> None:
        with self._lock:
            place = bisect_right(self._known, found)
            around = self._known[place - 1 : place + 1]
            if all(abs(found[0] - other[0]) >= APART for other in around):
                self._known.insert(place, found)


def _dated(head: tuple[Position, bytes] | None) -> Stood | None:
    return (head[0], stamped(head[1])) if head is not None else None
