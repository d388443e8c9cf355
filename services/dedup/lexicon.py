"""The lexicon: every word met so far as a number, and what chunks say, so that reading a text is looking up its chunks.

A text becomes the numbers of its words. The lowest bit of each says whether a sentence ends after the word; shifted right
by it, the number is a row of `hashes` and `bare`. Numbers are this process's own; whatever must be the same everywhere
follows from the hashes. What is read is always what `normalise` reads: where more than the chunks matters (damage, words
that are written wrong together), it is asked.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.chunk import read_chunk
from services.dedup.column import Column
from services.dedup.compiled import compiled
from services.dedup.normalise import spans_and_sentences, strip_word
from services.dedup.phrases import settled, telling_pairs

Numbers = NDArray[np.uint32]
"""A text as the numbers of its words, each shifted left by one; the lowest bit ends a sentence."""

_SLOTS: Final = 1 << 21
_MOST_CHUNKS: Final = 1 << 20
_MOST_BYTES: Final = 1 << 25

# What is noted of a chunk: its text wants a second look; a sentence ends before its first word; it numbers a paragraph.
_DAMAGED: Final = 1
_ENDS_BEFORE: Final = 2
_NUMBERING: Final = 4

# What is noted of a text once its chunks are looked up.
_READ, _UNKNOWN, _AGAIN, _WRONG_TOGETHER = range(4)


class Texts(NamedTuple):
    """Several texts one after the other: text n is `words[starts[n]:starts[n + 1]]`."""

    words: Numbers
    starts: NDArray[np.int64]

    def text(self, n: int) -> Numbers:
        """One of the texts."""
        return self.words[self.starts[n] : self.starts[n + 1]]


class Lexicon:
    """The words of one process; read by one thread at a time."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: list[str] = []
        self._hashes = Column(np.uint64)
        self._bare = Column(np.uint32)
        self._begins = Column(np.uint8)
        self._pairs: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        pairs = sorted(
            (self.number(one) << 32) | self.number(other) for one, other in telling_pairs()
        )
        self._pairs = np.array(pairs, dtype=np.uint64)
        for one, _ in telling_pairs():
            self._begins.all[self.number(one)] = 1
        self._forget()

    def __len__(self) -> int:
        return len(self._words)

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """By number: the first eight bytes of the word's blake2b, the same on every machine."""
        return self._hashes.all

    @property
    def bare(self) -> NDArray[np.uint32]:
        """By number: the number of the same word without diacritics."""
        return self._bare.all

    def word(self, number: int) -> str:
        """The word of a number."""
        return self._words[number]

    def number(self, word: str) -> int:
        """The number of a word, which may be a new one."""
        known = self._numbers.get(word)
        if known is not None:
            return known
        number = self._numbers[word] = len(self._words)
        self._words.append(word)
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        self._hashes.append(int.from_bytes(digest, "little"))
        self._bare.append(number)
        self._begins.append(0)
        bare = strip_word(word)
        if bare != word:
            self._bare.all[number] = self.number(bare)
        return number

    def numbers(self, words: Iterable[str]) -> Numbers:
        """Words that are already normalised, as one text without sentences."""
        return np.array([self.number(word) << 1 for word in words], dtype=np.uint32)

    def read(self, texts: Sequence[str]) -> Texts:
        """Read texts as typed."""
        typed = [text.encode("utf-8", "surrogatepass") for text in texts]
        data = np.frombuffer(b"".join(typed), dtype=np.uint8)
        starts = np.array([*accumulate(map(len, typed), initial=0)], dtype=np.int64)
        if self._chunks >= _MOST_CHUNKS or len(self._keys) >= _MOST_BYTES:
            self._forget()
        found = np.empty(len(data) + len(texts), dtype=np.uint32)
        ends, states = self._look_up(data, starts[:-1], starts[1:], found)
        again = np.flatnonzero(states)
        if not len(again):
            return Texts(found[: ends[-1]], ends)
        parts = [found[a:b] for a, b in pairwise(ends.tolist())]
        unknown = np.flatnonzero(states == _UNKNOWN)
        if len(unknown):
            # Their chunks were learned on the way, so that they are known now.
            room = np.empty(len(data) + len(texts), dtype=np.uint32)
            ends, states[unknown] = self._look_up(data, starts[unknown], starts[unknown + 1], room)
            for n, (a, b) in zip(unknown.tolist(), pairwise(ends.tolist()), strict=True):
                parts[n] = room[a:b]
        for n in again.tolist():
            if states[n] == _AGAIN:
                parts[n] = self._whole(texts[n])
            elif states[n] == _WRONG_TOGETHER:
                parts[n] = self._put_right(parts[n])
        lengths = [0, *map(len, parts)]
        return Texts(np.concatenate(parts), np.cumsum(lengths, dtype=np.int64))

    def _look_up(
        self,
        data: NDArray[np.uint8],
        begins: NDArray[np.int64],
        stops: NDArray[np.int64],
        found: Numbers,
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Look up every chunk of some texts, and learn those that are not known."""
        ends = np.zeros(len(begins) + 1, dtype=np.int64)
        states = np.zeros(len(begins), dtype=np.uint8)
        misses = np.empty((len(data) // 2 + len(begins), 2), dtype=np.int64)
        missed = _look_up(
            data, begins, stops, self._slots, self._entries.all, self._keys.all, self._said.all,
            self._begins.all, self._pairs, found, ends, states, misses,
        )  # fmt: skip
        whole = data.tobytes() if missed else b""
        for typed in dict.fromkeys(whole[a:b] for a, b in misses[:missed].tolist()):
            self._learn(typed)
        return ends, states

    def _learn(self, typed: bytes) -> None:
        """Note what a chunk says."""
        chunk = read_chunk(typed.decode("utf-8", "surrogatepass"))
        words = [self.number(word) << 1 for word, _, _ in chunk.words]
        note = _DAMAGED if chunk.damage else 0
        note |= _NUMBERING if chunk.is_numbering else 0
        for stop in chunk.stops:
            before = sum(1 for _, _, end in chunk.words if end <= stop)
            if before:
                words[before - 1] |= 1
            else:
                note |= _ENDS_BEFORE
        code = _hash(np.frombuffer(typed, dtype=np.uint8), 0, len(typed))
        entry = (int(code), len(self._keys), len(typed), len(self._said), len(words), note)
        if 2 * self._chunks >= len(self._slots):
            # One batch may bring more chunks than are ever kept from batch to batch.
            self._slots = np.full(2 * len(self._slots), -1, dtype=np.int32)
            for known, other in enumerate(self._entries.all["code"].tolist()):
                self._enter(other, known)
        self._enter(int(code), self._chunks)
        self._entries.append(entry)
        self._keys.extend(np.frombuffer(typed, dtype=np.uint8))
        self._said.extend(np.array(words, dtype=np.uint32))

    def _enter(self, code: int, entry: int) -> None:
        mask = len(self._slots) - 1
        slot = code & mask
        while self._slots[slot] >= 0:
            slot = (slot + 1) & mask
        self._slots[slot] = entry

    @property
    def _chunks(self) -> int:
        return len(self._entries)

    def _forget(self) -> None:
        self._slots = np.full(_SLOTS, -1, dtype=np.int32)
        self._entries: Column[np.void] = Column(_ENTRY)
        self._keys = Column(np.uint8)
        self._said = Column(np.uint32)

    def _whole(self, text: str) -> Numbers:
        """A text that shows damage, read as a whole."""
        words, sentences = spans_and_sentences(text)
        found = self.numbers(word for word, _, _ in words)
        at = 0
        for _, end in sentences:
            while at < len(words) and words[at][1] < end:
                at += 1
            if at:
                found[at - 1] |= 1
        return found

    def _put_right(self, found: Numbers) -> Numbers:
        """A text some of whose words may be written wrong together."""
        words = [(self._words[n >> 1], at, at + 1) for at, n in enumerate(found.tolist())]
        meant = settled(words, frozenset())
        if meant == words:
            return found
        right = self.numbers(word for word, _, _ in meant)
        starts = [start for _, start, _ in meant]
        for end in (np.flatnonzero(found & 1) + 1).tolist():
            right[bisect_left(starts, end) - 1] |= 1
        return right


_ENTRY: Final = np.dtype(
    [("code", "u8"), ("key", "i8"), ("size", "i8"), ("said", "i8"), ("words", "i8"), ("note", "i8")]
)


@compiled
def _hash(data: NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """FNV-1a over the bytes, well mixed."""
    code = np.uint64(0xCBF29CE484222325)
    for at in range(start, end):
        code = (code ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
    return code ^ (code >> np.uint64(29))


@compiled
def _look_up(
    data: NDArray[np.uint8],
    begins_at: NDArray[np.int64],
    stops_at: NDArray[np.int64],
    slots: NDArray[np.int32],
    entries: NDArray[np.void],
    keys: NDArray[np.uint8],
    said: NDArray[np.uint32],
    begins: NDArray[np.uint8],
    pairs: NDArray[np.uint64],
    found: NDArray[np.uint32],
    ends: NDArray[np.int64],
    states: NDArray[np.uint8],
    misses: NDArray[np.int64],
) -> int:
    """Look up every chunk of every text; answers how many chunks are not known."""
    missed = 0
    out = 0
    mask = np.uint64(len(slots) - 1)
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
            slot = code & mask
            entry = -1
            while slots[slot] >= 0:
                held = entries[slots[slot]]
                if held["code"] == code and held["size"] == at - begin:
                    key = held["key"]
                    same = True
                    for n in range(at - begin):
                        if keys[key + n] != data[begin + n]:
                            same = False
                            break
                    if same:
                        entry = slots[slot]
                        break
                slot = (slot + np.uint64(1)) & mask
            if entry < 0:
                misses[missed, 0] = begin
                misses[missed, 1] = at
                missed += 1
                state = 1
                continue
            held = entries[entry]
            note = held["note"]
            if note & 1 and state != 1:
                state = 2
            if note & 2 and out > first:
                found[out - 1] |= np.uint32(1)
                begun = out
            place = held["said"]
            words = held["words"]
            was = begun
            is_begun = out > begun
            for n in range(words):
                number = said[place + n]
                found[out] = number
                out += 1
                if number & np.uint32(1):
                    begun = out
            if note & 4 and not is_begun and words > 0:
                found[out - 1] &= np.uint32(0xFFFFFFFE)
                begun = was
        if state == 0:
            for n in range(first, out - 1):
                one = found[n] >> np.uint32(1)
                if begins[one]:
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
