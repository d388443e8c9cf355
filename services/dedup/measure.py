"""The measures: how alike two texts are, word for word, in whole numbers until the last division.

A text made ready keeps its features where they are found at once. An earlier text is then read through once, and each of
its features that the first holds too adds its weight: to the dot product of all words without diacritics, of the telling
ones (which decide whether the earlier text is a candidate), of the rare ones; then of the words with diacritics; last
comes the longest common subsequence of words, sixty-four at a time (Hyyrö 2004).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.lexicon import Spelled
from services.dedup.model import NO_FEATURE, Hashes, Weighed, Weights, features, mix, slot_of
from services.dedup.texts import Words
from shared.compiled import compiled

_MET: Final = 1 << 9


class Slots(NamedTuple):
    """Some features and their weights, each where its hash says; a bit of `met` is set for each by its lowest bits."""

    met: NDArray[np.uint64]
    keys: NDArray[np.uint32]
    weights: Weights
    seen: NDArray[np.uint32]
    norm: int


class Ready(NamedTuple):
    """A text made ready to be compared with many: its features of both kinds, and where each word stands in it."""

    bare: Slots
    full: Slots
    words: NDArray[np.uint32]
    places: NDArray[np.uint64]
    length: int


class Limits(NamedTuple):
    """From when on an earlier text is a candidate: cosine at least `over / under`, or that much contained, and `fewest` shared."""

    over: int
    under: int
    containment: float
    fewest: int


class Norms(NamedTuple):
    """What each row weighed when it was put into the index: its telling, its rare, all its bare and all its full features."""

    telling: NDArray[np.uint32]
    rare: NDArray[np.uint32]
    bare: NDArray[np.uint32]
    full: NDArray[np.uint32]


class Overlap(NamedTuple):
    """What two texts share of their words without diacritics: all, telling, rare."""

    bare: int
    telling: int
    rare: int


@compiled
def hashes_of(words: Words, spelled: Spelled) -> Hashes:
    """The hashes of words as they are."""
    found = np.empty(len(words), dtype=np.uint64)
    for n in range(len(words)):
        found[n] = spelled.hashes[words[n]]
    return found


@compiled
def bare_of(words: Words, spelled: Spelled) -> Words:
    """The same words without diacritics."""
    found = np.empty(len(words), dtype=np.uint32)
    for n in range(len(words)):
        found[n] = spelled.bare[words[n]]
    return found


@compiled
def weight_of(hashes: Hashes, weights: Weights) -> int:
    """The sum of the weights of all features of a text."""
    total = 0
    for feature in features(hashes):
        total += int(weights[feature])
    return total


@compiled
def _room(count: int) -> int:
    room = 64
    while room < 4 * count:
        room *= 2
    return room


@compiled
def _slots(hashes: Hashes, weights: Weights) -> Slots:
    found = features(hashes)
    keys = np.full(_room(len(found)), NO_FEATURE, dtype=np.uint32)
    held = np.zeros(len(keys), dtype=np.uint16)
    met = np.zeros(_MET, dtype=np.uint64)
    norm = 0
    for feature in found:
        slot = slot_of(keys, feature)
        keys[slot] = feature
        held[slot] = weights[feature]
        norm += int(weights[feature])
        met[(feature >> np.uint32(6)) % np.uint32(_MET)] |= np.uint64(1) << np.uint64(
            feature & np.uint32(63)
        )
    return Slots(met, keys, held, np.zeros(len(keys), dtype=np.uint32), norm)


@compiled
def ready(words: Words, spelled: Spelled, weighed: Weighed) -> Ready:
    """Make a text, given as its own words, ready to be compared."""
    bare = bare_of(words, spelled)
    keys = np.full(_room(len(bare)), NO_FEATURE, dtype=np.uint32)
    width = (len(bare) + 63) // 64
    places = np.zeros(len(keys) * width, dtype=np.uint64)
    for n in range(len(bare)):
        slot = slot_of(keys, bare[n])
        keys[slot] = bare[n]
        places[slot * width + n // 64] |= np.uint64(1) << np.uint64(n % 64)
    return Ready(
        _slots(hashes_of(bare, spelled), weighed.bare),
        _slots(hashes_of(words, spelled), weighed.full),
        keys,
        places,
        len(bare),
    )


@compiled
def overlap(one: Slots, hashes: Hashes, weighed: Weighed, stamp: int) -> Overlap:
    """What another text shares with one made ready; `stamp` is another number for each text."""
    bare = telling = rare = 0
    count = len(hashes)
    for n in range(2 * count - 1):
        if n < count:
            feature = mix(hashes[n], np.uint64(0))
        else:
            feature = mix(hashes[n - count], hashes[n - count + 1])
        # Most features are not shared, and one look at a bit tells so.
        bits = one.met[(feature >> np.uint32(6)) % np.uint32(_MET)]
        if not (bits >> np.uint64(feature & np.uint32(63))) & np.uint64(1):
            continue
        slot = slot_of(one.keys, feature)
        if one.keys[slot] == feature and one.seen[slot] != stamp:
            one.seen[slot] = stamp
            weight = int(one.weights[slot])
            bare += weight
            if weight >= weighed.common:
                telling += weight
            if weight >= weighed.rare:
                rare += weight
    return Overlap(bare, telling, rare)


@compiled
def order(one: Ready, words: Words) -> int:
    """How many words, without diacritics, stand in both texts in the same order."""
    width = (one.length + 63) // 64
    rest = np.full(width, np.uint64(0xFFFFFFFFFFFFFFFF), dtype=np.uint64)
    for word in words:
        slot = slot_of(one.words, word)
        if one.words[slot] != word:
            continue
        carry = np.uint64(0)
        for n in range(width):
            held = rest[n]
            both = held & one.places[slot * width + n]
            sum_ = held + both
            over = np.uint64(sum_ < held)
            total = sum_ + carry
            over |= np.uint64(total < sum_)
            rest[n] = total | (held - both)
            carry = over
    found = 0
    for n in range(one.length):
        if not (rest[n // 64] >> np.uint64(n % 64)) & np.uint64(1):
            found += 1
    return found


@compiled
def reaches(dot: int, one: int, other: int, over: int, under: int) -> bool:
    """Whether a dot product is at least `over / under` of the lengths of two texts, decided in whole numbers.

    That is (dot * under)^2 >= over^2 * one * other, each side of up to 128 bits, where ordinary numbers cannot tell.
    """
    left, right = float(dot) * under, float(over) * over * float(one) * float(other)
    if abs(left * left - right) > 1e-9 * right:
        return left * left > right
    high, low = _product(np.uint64(dot * under), np.uint64(dot * under))
    its_high, its_low = _product(np.uint64(over * over * one), np.uint64(other))
    return bool(high > its_high or (high == its_high and low >= its_low))


@compiled
def _product(one: np.uint64, other: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The upper and the lower 64 bits of a product."""
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    a, b = one >> half, one & mask
    c, d = other >> half, other & mask
    low = b * d
    middle = a * d + (low >> half)
    cross = b * c + (middle & mask)
    return a * c + (middle >> half) + (cross >> half), (cross << half) | (low & mask)


class Alike(NamedTuple):
    """How alike two texts' own words are, each 0 to 1; `fewest` counts the words of the shorter one."""

    full: float
    bare: float
    contained: float
    order: float
    fewest: float


@compiled
def alike(
    one: Ready, words: Words, shared: int, norms: tuple[int, int], spelled: Spelled,
    weighed: Weighed, stamp: int,
) -> Alike:  # fmt: skip
    """Compare a text made ready with the own words of another, of which it shares that weight without diacritics.

    `norms` are the other's, of its bare and of its full features; `stamp` is new for each text.
    """
    same = overlap(one.full, hashes_of(words, spelled), weighed, stamp).bare
    fewest = min(one.length, len(words))
    full = bare = contained = ordered = 0.0
    if shared:
        bare = shared / np.sqrt(float(one.bare.norm) * norms[0])
        contained = shared / min(one.bare.norm, norms[0])
    if same:
        full = same / np.sqrt(float(one.full.norm) * norms[1])
    if fewest:
        ordered = order(one, bare_of(words, spelled)) / fewest
    return Alike(full, bare, contained, ordered, float(fewest))


@compiled
def norms_of(words: Words, spelled: Spelled, weighed: Weighed) -> tuple[int, int]:
    """What a text weighs: its bare and its full features."""
    return (
        weight_of(hashes_of(bare_of(words, spelled), spelled), weighed.bare),
        weight_of(hashes_of(words, spelled), weighed.full),
    )


@compiled
def alike_by_themselves(one: Words, other: Words, spelled: Spelled, weighed: Weighed) -> Alike:
    """Compare two texts, given as their own words."""
    first = ready(one, spelled, weighed)
    shared = overlap(first.bare, hashes_of(bare_of(other, spelled), spelled), weighed, 1).bare
    return alike(first, other, shared, norms_of(other, spelled, weighed), spelled, weighed, 1)


@compiled
def cosine(one: Words, other: Words, spelled: Spelled, weights: Weights) -> float:
    """The cosine of two short texts, diacritics and all."""
    found, its = features(hashes_of(one, spelled)), features(hashes_of(other, spelled))
    found.sort()
    its.sort()
    norm = its_norm = dot = 0
    for feature in found:
        norm += int(weights[feature])
    at = 0
    for feature in its:
        its_norm += int(weights[feature])
        while at < len(found) and found[at] < feature:
            at += 1
        if at < len(found) and found[at] == feature:
            dot += int(weights[feature])
    return dot / np.sqrt(float(norm) * its_norm) if dot else 0.0
