"""The table of chunks: what the chunks met so far say, so that reading a text is looking up its chunks.

A text is scanned byte by byte; each chunk between spaces is found by its hash and its letters. What a chunk says is worked
out once, by `chunk`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.dedup.chunk import read_chunk
from services.dedup.column import Column
from services.dedup.kept import Arrays, kept, restore
from services.dedup.texts import Numbers
from shared.compiled import compiled

# What is noted of a word: it begins a pair that may be written wrong; it is a word of some rule about such.
BEGINS_PAIR: Final = 1
IN_RULE: Final = 2

# What is noted of a text once its chunks are looked up: some were not known; it shows damage; it has a telling pair.
READ, UNKNOWN, AGAIN, WRONG_TOGETHER = range(4)

_SLOTS: Final = 1 << 16
_MOST_CHUNKS: Final = 1 << 20
_MOST_BYTES: Final = 1 << 25
_LONGEST_CHUNK: Final = 255

# What is noted of a chunk: its text wants a second look; a sentence ends before its first word; it numbers a paragraph.
_DAMAGED: Final = 1
_ENDS_BEFORE: Final = 2
_NUMBERING: Final = 4

# A slot holds the upper half of its chunk's hash, where its letters begin, the number of its only word or where the
# numbers of its words begin, and how many bytes and words those are, with what is noted.
_TAKEN: Final = 1 << 24

_KEPT: Final = ("_chunks", "_keys", "_said")


class ChunkTable:
    """What chunks say, as numbers of words; `marks` is by number, `pairs` are the telling ones, sorted."""

    def __init__(
        self, number: Callable[[str], int], marks: Column[np.uint8], pairs: NDArray[np.uint64]
    ) -> None:
        self._number = number
        self._marks = marks
        self._pairs = pairs
        self._chunks = 0
        self._slots: NDArray[np.uint32] = np.zeros((_SLOTS, 4), dtype=np.uint32)
        self._keys = Column(np.uint8)
        self._said = Column(np.uint32)
        self._passing: list[int] | None = None

    def kept(self) -> Arrays:
        """What a snapshot holds of it."""
        return kept(self, _KEPT) | {"slots": self._slots[self._slots[:, 3] != 0]}

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        restore(self, _KEPT, arrays)
        self._slots = np.zeros((_SLOTS, 4), dtype=np.uint32)
        while 4 * self._chunks >= 3 * len(self._slots):
            self._slots = np.zeros((2 * len(self._slots), 4), dtype=np.uint32)
        _move(arrays["slots"], self._keys.all, self._slots)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Whatever is learned inside is forgotten afterwards."""
        self.make_room()
        chunks, keys, said = self._chunks, len(self._keys), len(self._said)
        self._passing = []
        try:
            yield
        finally:
            # What came last is in nobody's way: all that came before was put where it is without it.
            self._slots[self._passing] = 0
            self._passing, self._chunks = None, chunks
            self._keys.grown(keys)
            self._said.grown(said)

    def make_room(self) -> None:
        """Forget what was learned, once it is very much; it is learned again where it is met again."""
        if self._chunks >= _MOST_CHUNKS or len(self._keys) >= _MOST_BYTES:
            self._chunks = 0
            self._slots = np.zeros((_SLOTS, 4), dtype=np.uint32)
            self._keys, self._said = Column(np.uint8), Column(np.uint32)

    def look_up(
        self,
        data: NDArray[np.uint8],
        begins: NDArray[np.int64],
        stops: NDArray[np.int64],
        found: Numbers,
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Look up every chunk of the texts that lie between those bytes, and learn those that are not known.

        Writes the numbers to `found`; answers where each text ends there, and what is to be noted of it.
        """
        ends = np.zeros(len(begins) + 1, dtype=np.int64)
        states = np.zeros(len(begins), dtype=np.uint8)
        misses = np.empty((len(data) // 2 + len(begins), 2), dtype=np.int64)
        missed = _look_up(
            data, begins, stops, self._slots, self._keys.all, self._said.all, self._marks.all,
            self._pairs, found, ends, states, misses,
        )  # fmt: skip
        whole = data.tobytes() if missed else b""
        for typed in dict.fromkeys(whole[a:b] for a, b in misses[:missed].tolist()):
            self._learn(typed)
        return ends, states

    def _learn(self, typed: bytes) -> None:
        chunk = read_chunk(typed.decode("utf-8", "surrogatepass"))
        words = [self._number(word) << 1 for word, _, _ in chunk.words]
        note = _DAMAGED if chunk.damage else 0
        note |= _NUMBERING if chunk.is_numbering else 0
        for stop in chunk.stops:
            before = sum(1 for _, _, end in chunk.words if end <= stop)
            if before:
                words[before - 1] |= 1
            else:
                note |= _ENDS_BEFORE
        if 4 * self._chunks >= 3 * len(self._slots):
            # One batch may hold more new chunks than there ever were.
            wider = np.zeros((2 * len(self._slots), 4), dtype=np.uint32)
            _move(self._slots, self._keys.all, wider)
            if self._passing:
                first = int(self._slots[self._passing, 1].min())
                self._passing = np.flatnonzero((wider[:, 3] != 0) & (wider[:, 1] >= first)).tolist()
            self._slots = wider
        code = int(_hash(np.frombuffer(typed, dtype=np.uint8), 0, len(typed)))
        last = len(self._slots) - 1
        at = code & last
        while self._slots[at, 3]:
            at = (at + 1) & last
        said = words[0] if len(words) == 1 else len(self._said)
        what = _TAKEN | note << 16 | len(words) << 8 | len(typed)
        self._slots[at] = (code >> 32, len(self._keys), said, what)
        self._chunks += 1
        if self._passing is not None:
            self._passing.append(at)
        self._keys.extend(np.frombuffer(typed, dtype=np.uint8))
        if len(words) != 1:
            self._said.extend(np.array(words, dtype=np.uint32))


@compiled
def _hash(data: NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """FNV-1a over the bytes, well mixed."""
    code = np.uint64(0xCBF29CE484222325)
    for at in range(start, end):
        code = (code ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
    return code ^ (code >> np.uint64(29))


@compiled
def _move(slots: NDArray[np.uint32], keys: NDArray[np.uint8], to: NDArray[np.uint32]) -> None:
    last = len(to) - 1
    for held in slots:
        if held[3]:
            begin = int(held[1])
            code = _hash(keys, begin, begin + int(held[3] & np.uint32(0xFF)))
            at = np.int64(code & np.uint64(last))
            while to[at, 3]:
                at = (at + 1) & last
            to[at] = held


@compiled
def _look_up(
    data: NDArray[np.uint8],
    begins_at: NDArray[np.int64],
    stops_at: NDArray[np.int64],
    slots: NDArray[np.uint32],
    keys: NDArray[np.uint8],
    said: NDArray[np.uint32],
    marks: NDArray[np.uint8],
    pairs: NDArray[np.uint64],
    found: NDArray[np.uint32],
    ends: NDArray[np.int64],
    states: NDArray[np.uint8],
    misses: NDArray[np.int64],
) -> int:
    """Look up every chunk of every text; answers how many chunks are not known."""
    missed = 0
    out = 0
    last_slot = len(slots) - 1
    mask = np.uint64(last_slot)
    for text in range(len(begins_at)):
        at, stop = begins_at[text], stops_at[text]
        first = out
        begun = first
        state = 0
        while at < stop:
            byte = data[at]
            if byte in (32, 9, 13):
                at += 1
                continue
            if byte == 10:
                if out > first:
                    found[out - 1] |= np.uint32(1)
                begun = out
                at += 1
                continue
            if byte == 0xC2 and at + 1 < stop and data[at + 1] == 0xA0:
                at += 2
                continue
            begin = at
            code = np.uint64(0xCBF29CE484222325)
            while at < stop:
                byte = data[at]
                if byte <= 32 and byte in (32, 9, 10, 13):
                    break
                if byte == 0xC2 and at + 1 < stop and data[at + 1] == 0xA0:
                    break
                code = (code ^ np.uint64(byte)) * np.uint64(0x100000001B3)
                at += 1
            code = code ^ (code >> np.uint64(29))
            size = at - begin
            if size > _LONGEST_CHUNK:
                state = 2
                continue
            upper = np.uint32(code >> np.uint64(32))
            slot = np.int64(code & mask)
            what = np.uint32(0)
            while True:
                what = slots[slot, 3]
                if what == 0:
                    break
                if slots[slot, 0] == upper and np.int64(what & np.uint32(0xFF)) == size:
                    key = np.int64(slots[slot, 1])
                    same = True
                    for n in range(size):
                        if keys[key + n] != data[begin + n]:
                            same = False
                            break
                    if same:
                        break
                slot = (slot + 1) & last_slot
            if what == 0:
                misses[missed, 0] = begin
                misses[missed, 1] = at
                missed += 1
                if state == 0:
                    state = 1
                continue
            note = (what >> np.uint32(16)) & np.uint32(0xFF)
            if note & np.uint32(1) and state == 0:
                state = 2
            if note & np.uint32(2) and out > first:
                found[out - 1] |= np.uint32(1)
                begun = out
            was = begun
            is_begun = out > begun
            words = np.int64((what >> np.uint32(8)) & np.uint32(0xFF))
            said_at = slots[slot, 2]
            for n in range(words):
                number = said_at if words == 1 else said[np.int64(said_at) + n]
                found[out] = number
                out += 1
                if number & np.uint32(1):
                    begun = out
            if note & np.uint32(4) and not is_begun and words > 0:
                found[out - 1] &= np.uint32(0xFFFFFFFE)
                begun = was
        if state == 0:
            for n in range(first, out - 1):
                one = found[n] >> np.uint32(1)
                if marks[one] & np.uint8(BEGINS_PAIR):
                    pair = (np.uint64(one) << np.uint64(32)) | np.uint64(
                        found[n + 1] >> np.uint32(1)
                    )
                    place = np.searchsorted(pairs, pair)
                    if place < len(pairs) and pairs[place] == pair:
                        state = 3
                        break
        if out > first:
            found[out - 1] |= np.uint32(1)
        states[text] = state
        ends[text + 1] = out
    return missed
