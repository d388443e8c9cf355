"""Time and ids, injected: a replay under the same clock gives the same record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def __call__(self) -> datetime: ...


def wall_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


class UUID7:
    """Time-ordered ids (RFC 9562, version 7) from an injected clock and source of chance, rising within a process."""

    def __init__(self, clock: Clock, random_bits: Callable[[int], int]) -> None:
        self._clock = clock
        self._bits = random_bits
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> UUID:
        with self._lock:
            moment = int(self._clock().timestamp() * 1_000_000)
            millis, micros = divmod(moment, 1000)
            stem = millis << 12 | micros * 4
            self._last = stem = max(stem, self._last + 1)
        millis, counter = divmod(stem, 1 << 12)
        return UUID(int=millis << 80 | 7 << 76 | counter << 64 | 2 << 62 | self._bits(62))
