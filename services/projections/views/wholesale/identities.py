"""Identities: which number the idea with an id of 128 bits has, for many millions of ideas."""

from __future__ import annotations

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


def slots_for(count: int, highs: Halves, lows: Halves, coming: int, slots: Slots | None) -> Slots:
    """Slots in which so many ids stand, and as many more have room."""
    if slots is not None and 2 * (count + coming) <= len(slots):
        return slots
    placed = np.full(max(FEWEST, 1 << (3 * (count + coming)).bit_length()), -1, dtype=np.int32)
    _placed(placed, highs, lows, count)
    return placed


def grown(held: NDArray[Any], used: int, size: int) -> NDArray[Any]:
    """An array of so many rows, of which those that are used are as they were."""
    found = np.empty((size, *held.shape[1:]), dtype=held.dtype)
    found[:used] = held[:used]
    return found
