"""Identities: which number an idea or a case with an id of 128 bits has, for many millions of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.compiled import compiled

FEWEST: Final = 1 << 16
MIX: Final = np.uint64(0x9E3779B97F4A7C15)

Halves = NDArray[np.uint64]
Slots = NDArray[np.int32]


@compiled
def lookup(slots: Slots, highs: Halves, lows: Halves, high: np.uint64, low: np.uint64) -> int:
    """The number of an id, or the complement (~) of the slot in which it should be."""
    mask = len(slots) - 1
    slot = np.int64(((low ^ (high << np.uint64(17))) * MIX) >> np.uint64(24)) & mask
    while slots[slot] >= 0:
        number = slots[slot]
        if lows[number] == low and highs[number] == high:
            return int(number)
        slot = (slot + 1) & mask
    return ~int(slot)


@compiled
def _placed(slots: Slots, highs: Halves, lows: Halves, count: int) -> None:
    for number in range(count):
        slots[~lookup(slots, highs, lows, highs[number], lows[number])] = number


class Identities:
    """Ids by the numbers 0, 1, 2, ... in the order in which they were met; compiled code looks them up and adds to them."""

    def __init__(self, ids: Sequence[tuple[int, int]]) -> None:
        self.highs = np.array([high for high, _ in ids], dtype=np.uint64)
        self.lows = np.array([low for _, low in ids], dtype=np.uint64)
        self._slots = np.empty(0, dtype=np.int32)
        self.make_room(len(ids), 0)

    @property
    def table(self) -> tuple[Slots, Halves, Halves]:
        """What `lookup` needs, and whoever puts an id into the slot that it answers."""
        return self._slots, self.highs, self.lows

    def make_room(self, known: int, coming: int) -> None:
        """Let there be room beside the ids that are known for so many further ones."""
        self.highs, self.lows = (
            with_room(half, known, known + coming) for half in (self.highs, self.lows)
        )
        if 2 * (known + coming) > len(self._slots) or not len(self._slots):
            size = max(FEWEST, 1 << (3 * (known + coming)).bit_length())
            self._slots = np.full(size, -1, dtype=np.int32)
            _placed(*self.table, known)


def with_room(held: NDArray[Any], used: int, needed: int) -> NDArray[Any]:
    """An array of so many rows or more, of which those that are used are as they were."""
    if needed <= len(held):
        return held
    grown = np.empty((max(needed, len(held) * 3 // 2), *held.shape[1:]), dtype=held.dtype)
    grown[:used] = held[:used]
    return grown
