"""Standard paragraphs, learned from the ledger: the same sentence from enough units, each saying something else besides.

Sentences are known by the digest of their words without diacritics, whatever numbers stand in them. Most are met once, so a sentence costs twelve bytes
until a second unit says it too.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.column import Column
from services.dedup.kept import Arrays, kept, restore
from services.dedup.lexicon import Spelled
from services.dedup.texts import Numbers, Texts
from shared.compiled import compiled

SHORTEST_STANDARD: Final = 6
"""A sentence of fewer words is too common to be called a standard paragraph."""

Digests = NDArray[np.uint64]
NEVER: Final = 2**62
_FIRST_ROOM: Final = 1 << 12
_SHARED: Final = 1 << 31
_MARKS: Final = 1 << 19
"""So many bits fit into the cache of a core, and few of them are set where thousands of sentences are standard."""
_KEPT: Final = ("needed", "standard", "_count", "_marks", "_keys", "_values", "_units", "_since")

_NOTHING: Final[Numbers] = np.empty(0, dtype=np.uint32)


class Known(NamedTuple):
    """The sentences known, as compiled functions take them.

    `values` holds the unit that said a sentence, or, from the second unit on, `_SHARED` and a row of `units` and `since`.
    A bit of `marks` is set for each that is standard, by which nearly all others are told at once.
    """

    marks: NDArray[np.uint64]
    keys: Digests
    values: NDArray[np.uint32]
    units: NDArray[np.uint32]
    since: NDArray[np.int64]


class StandardSentences:
    """Which sentences are standard, by what stands before a row and nothing else.

    A declaration that copies another does not vouch for the sentences it shares with it: otherwise the fifth copy of one
    idea would turn the idea itself into a standard paragraph.
    """

    def __init__(self, units: int) -> None:
        self.needed = units
        self.standard = 0
        self._count = 0
        self._marks = np.zeros(_MARKS // 64, dtype=np.uint64)
        self._keys: Digests = np.zeros(_FIRST_ROOM, dtype=np.uint64)
        self._values: NDArray[np.uint32] = np.zeros(_FIRST_ROOM, dtype=np.uint32)
        self._units = Column(np.uint32)
        self._since = Column(np.int64)

    def kept(self) -> Arrays:
        """What a snapshot holds of it."""
        return kept(self, _KEPT)

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        restore(self, _KEPT, arrays)

    @property
    def known(self) -> Known:
        """What is known now."""
        return Known(self._marks, self._keys, self._values, self._units.room, self._since.room)

    def learn(
        self,
        texts: Texts,
        spelled: Spelled,
        units: NDArray[np.uint32],
        copied: Numbers = _NOTHING,
        *,
        last: int,
    ) -> None:
        """Take in texts by the units that said them; what becomes standard is so after row `last`.

        `copied` holds what the texts copied, for whose sentences they do not vouch.
        """
        self._reserve(texts)
        added, shared, standard = _learn(
            self.known, self.needed, len(self._since), last, texts, spelled, units, copied
        )
        self._count += added
        self._since.grown(len(self._since) + shared)
        self._units.grown(len(self._units) + shared * self.needed)
        self.standard += standard

    def _reserve(self, texts: Texts) -> None:
        sentences = int((texts.words & np.uint32(1)).sum()) + len(texts.starts) - 1
        if (self._count + sentences) * 5 > len(self._keys) * 3:
            self._grow(sentences)
        self._since.reserve(sentences)
        # A sentence that has its second unit is not standard yet.
        self._since.room[len(self._since) : len(self._since) + sentences] = NEVER
        self._units.reserve(sentences * self.needed)

    def _grow(self, more: int) -> None:
        room = len(self._keys)
        while (self._count + more) * 5 > room * 3:
            room *= 2
        keys, values = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.uint32)
        _move(self._keys, self._values, keys, values)
        self._keys, self._values = keys, values


@compiled
def _slot(keys: Digests, digest: np.uint64) -> int:
    mask = np.uint64(len(keys) - 1)
    slot = (digest * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(20)) & mask
    while keys[slot] != 0 and keys[slot] != digest:
        slot = (slot + np.uint64(1)) & mask
    return int(slot)


@compiled
def _mark(digest: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Which bit of the marks is a sentence's."""
    at = (digest >> np.uint64(40)) & np.uint64(_MARKS - 1)
    return at >> np.uint64(6), at & np.uint64(63)


@compiled
def since(known: Known, digest: np.uint64) -> int:
    """After which row a sentence is standard; NEVER, or later than any row, when it is not."""
    mark, bit = _mark(digest)
    if not (known.marks[mark] >> bit) & np.uint64(1):
        return NEVER
    slot = _slot(known.keys, digest)
    if known.keys[slot] == 0 or known.values[slot] < _SHARED:
        return NEVER
    return int(known.since[known.values[slot] - _SHARED])


@compiled
def _move(
    keys: Digests,
    values: NDArray[np.uint32],
    to_keys: Digests,
    to_values: NDArray[np.uint32],
) -> None:
    for slot in range(len(keys)):
        if keys[slot] != 0:
            to = _slot(to_keys, keys[slot])
            to_keys[to], to_values[to] = keys[slot], values[slot]


@compiled
def _learn(
    known: Known,
    needed: int,
    size: int,
    last: int,
    texts: Texts,
    spelled: Spelled,
    units: NDArray[np.uint32],
    copied: Numbers,
) -> tuple[int, int, int]:
    """Answers how many sentences are new, have their second unit now, and became standard."""
    added = shared = standard = 0
    others, _, _ = digests_of(copied, spelled)
    for text in range(len(units)):
        words = texts.words[texts.starts[text] : texts.starts[text + 1]]
        digests, _, _ = digests_of(words, spelled)
        unit = units[text]
        for digest in digests:
            is_copied = False
            for other in others:
                is_copied = is_copied or other == digest
            if is_copied:
                continue
            slot = _slot(known.keys, digest)
            if known.keys[slot] == 0:
                known.keys[slot] = digest
                known.values[slot] = unit
                added += 1
                continue
            value = known.values[slot]
            if value < _SHARED:
                if value == unit:
                    continue
                place = size + shared
                shared += 1
                known.values[slot] = np.uint32(_SHARED + place)
                known.units[place * needed] = 1
                known.units[place * needed + 1] = value
            place = int(known.values[slot]) - _SHARED
            if known.since[place] != NEVER:
                continue
            begin = place * needed
            count = int(known.units[begin])
            is_new = True
            for n in range(count):
                is_new = is_new and known.units[begin + 1 + n] != unit
            if not is_new:
                continue
            if count + 1 >= needed:
                mark, bit = _mark(digest)
                known.marks[mark] |= np.uint64(1) << bit
                known.since[place] = last
                standard += 1
            else:
                known.units[begin + 1 + count] = unit
                known.units[begin] = count + 1
    return added, shared, standard


@compiled
def digests_of(
    words: Numbers, spelled: Spelled
) -> tuple[Digests, NDArray[np.int32], NDArray[np.int32]]:
    """The sentences of a text that are long enough to be standard: digest, first word, and the word after the last."""
    digests = np.empty(len(words) // SHORTEST_STANDARD + 1, dtype=np.uint64)
    starts = np.empty(len(digests), dtype=np.int32)
    ends = np.empty(len(digests), dtype=np.int32)
    found = 0
    first = 0
    code = np.uint64(1)
    for n in range(len(words)):
        word = words[n] >> np.uint32(1)
        code = (code ^ spelled.in_sentences[word]) * np.uint64(0xBF58476D1CE4E5B9)
        code = code ^ (code >> np.uint64(31))
        if words[n] & np.uint32(1) or n + 1 == len(words):
            if n + 1 - first >= SHORTEST_STANDARD:
                digests[found] = code | np.uint64(1)
                starts[found], ends[found] = first, n + 1
                found += 1
            first = n + 1
            code = np.uint64(1)
    return digests[:found], starts[:found], ends[:found]


@compiled
def standard_among(words: Numbers, spelled: Spelled, known: Known, row: int) -> NDArray[np.int64]:
    """Which sentences of a text, counted from 0, are standard when a row comes."""
    digests, starts, _ = digests_of(words, spelled)
    found = np.empty(len(digests), dtype=np.int64)
    count = sentence = at = 0
    for n in range(len(digests)):
        while at < starts[n]:
            sentence += int(words[at] & np.uint32(1))
            at += 1
        if since(known, digests[n]) < row:
            found[count] = sentence
            count += 1
    return found[:count]
