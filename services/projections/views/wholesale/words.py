"""Words: numbers for what recurs in events, such as codes of units and names of actors."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.projections.views.wholesale.fields import State
from services.projections.views.wholesale.identities import with_room
from services.projections.views.wholesale.letters import letters
from shared.compiled import compiled

FEWEST: Final = 1 << 16
# Fowler, Noll and Vo's hash (FNV-1a, 64 bits).
BASIS: Final = np.uint64(0xCBF29CE484222325)
PRIME: Final = np.uint64(0x100000001B3)

Numbers = NDArray[np.int64]
Table = tuple[NDArray[np.int32], NDArray[np.uint64], Numbers, NDArray[np.uint8], Numbers]
"""Where words are found by their hash; of each word its hash and where its bytes end; the bytes; how many there are."""


@compiled
def word(table: Table, state: State, begin: int, end: int) -> int:
    """The number of the word between two offsets; a new one gets the next."""
    slots, hashes, ends, letters, count = table
    hash_ = BASIS
    for at in range(begin, end):
        hash_ = (hash_ ^ np.uint64(state[at])) * PRIME
    mask = len(slots) - 1
    slot = np.int64(hash_ >> np.uint64(20)) & mask
    while slots[slot] >= 0:
        number = slots[slot]
        if hashes[number] == hash_:
            first = ends[number - 1] if number > 0 else 0
            if ends[number] - first == end - begin:
                same = True
                for n in range(end - begin):
                    if letters[first + n] != state[begin + n]:
                        same = False
                        break
                if same:
                    return int(number)
        slot = (slot + 1) & mask
    number = count[0]
    first = ends[number - 1] if number > 0 else 0
    for n in range(end - begin):
        letters[first + n] = state[begin + n]
    hashes[number] = hash_
    ends[number] = first + end - begin
    slots[slot] = number
    count[0] = number + 1
    return int(number)


@compiled
def _placed(slots: NDArray[np.int32], hashes: NDArray[np.uint64], count: int) -> None:
    mask = len(slots) - 1
    for number in range(count):
        slot = np.int64(hashes[number] >> np.uint64(20)) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = number


class Words:
    """Every word met so far, by its number."""

    def __init__(self) -> None:
        self._slots = np.full(FEWEST, -1, dtype=np.int32)
        self._hashes = np.empty(FEWEST // 2, dtype=np.uint64)
        self._ends = np.empty(FEWEST // 2, dtype=np.int64)
        self._letters = np.empty(FEWEST, dtype=np.uint8)
        self._count = np.zeros(1, dtype=np.int64)
        self._texts: list[str] = []

    def table(self, words: int, letters: int) -> Table:
        """What the compiled functions need, with room for so many further words of so many bytes in all."""
        count = int(self._count[0])
        used = int(self._ends[count - 1]) if count else 0
        self._letters = with_room(self._letters, used, used + letters)
        self._hashes = with_room(self._hashes, count, count + words)
        self._ends = with_room(self._ends, count, count + words)
        if 2 * (count + words) > len(self._slots):
            slots = 1 << (2 * (count + words) - 1).bit_length()
            self._slots = np.full(slots, -1, dtype=np.int32)
            _placed(self._slots, self._hashes, count)
        return self._slots, self._hashes, self._ends, self._letters, self._count

    def number(self, text: str) -> int:
        """The number of a word that is given as text."""
        written = letters(text)
        return word(self.table(1, len(written)), written, 0, len(written))

    def texts(self) -> list[str]:
        """All words as texts, by their numbers."""
        for number in range(len(self._texts), int(self._count[0])):
            first = int(self._ends[number - 1]) if number else 0
            self._texts.append(self._letters[first : self._ends[number]].tobytes().decode())
        return self._texts
