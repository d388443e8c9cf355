"""Time, chance and ids, injected: a replay under the same clock gives the same record."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID


class Clock(Protocol):
    def __call__(self) -> datetime: ...


def wall_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


BLOCK: Final = 4096


class Chance:
    """The kernel's random bytes, fetched a block at a time and each used once.

    A call to the kernel gives the interpreter's lock away; three in every request would each wait to get it back.
    """

    def __init__(self, draw: Callable[[int], bytes] = os.urandom) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._block, self._at = b"", 0
        # A forked process must never use what its parent uses.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._block, self._at = b"", 0

    def __call__(self, count: int) -> bytes:
        """So many bytes."""
        with self._lock:
            if self._at + count > len(self._block):
                self._block, self._at = self._draw(max(BLOCK, count)), 0
            begin = self._at
            self._at += count
            return self._block[begin : self._at]

    def bits(self, count: int) -> int:
        """So many bits, at most 64, as a number."""
        return int.from_bytes(self(8)) >> (64 - count)


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
