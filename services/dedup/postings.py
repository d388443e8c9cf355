"""Postings: which rows hold a feature, and the sums over them that tell which rows may be alike enough.

A text is posted under its telling features, heaviest first, down to where the rest is too light to matter (the prefix of
the all-pairs method: Bayardo, Ma, Srikant 2007), and under all its rare ones. A posting is one number: the row in its
segment, and in the lowest eight bits the feature's share of the row's norm, rounded up. A query walks the lists of its
own prefix and adds up two sums a row, both in one number: how much of the cosine is certain (rounded up throughout, so
that nothing is lost), and how much of its rare weight the row shares. Both begin so high that reaching the bar sets their
top bit, and the rows whose bit was just set are all that is looked at.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.measure import Norms
from services.dedup.model import Features, Weighed
from services.dedup.segment import BYTE, Segment, Tail
from shared.compiled import compiled

MOST: Final = 1 << 16
"""So many rows, the strongest by their sums, are looked at closely; more are met only where very many copy one text."""
ROOM: Final = 2 * MOST
TRUST: Final = 0.8
"""What a prefix leaves out is lighter than this share of the least cosine."""
UNDER: Final = 0.25
"""A row is looked at when it shares this part of the least containment of the query: it may be so much shorter."""
FEWEST_SHARED: Final = 8
"""What two texts share of the rare weighs at least as much as so many of the lightest rare features: three or four words."""
LONG: Final = 1500
"""Texts posted under more features than this are added up in wider sums."""
_SLACK: Final = 1e-6
_LINE: Final = 16

Keys = NDArray[np.uint64]
"""Rows found: in the upper half how strong a candidate each is, or the most it can be by its sums; in the lower the row,
counted from the other end."""


class Query(NamedTuple):
    """A text to find or to post: its telling features, heaviest first, and their weights.

    Posted are the first `prefix`, of which the first `rare` are rare; `norm` and `rare_norm` are sums of all weights. What
    the prefix leaves out has a share of at most `rest` in the text's length.
    """

    features: Features
    weights: NDArray[np.uint16]
    prefix: int
    rare: int
    norm: int
    rare_norm: int
    rest: float


@compiled
def query(found: Features, weighed: Weighed, least: float) -> Query:
    """A text's features as a query under a model, for a least cosine."""
    keys = np.empty(len(found), dtype=np.uint64)
    count = 0
    for feature in found:
        weight = weighed.bare[feature]
        if weight >= weighed.common:
            keys[count] = (np.uint64(65535 - weight) << np.uint64(32)) | np.uint64(feature)
            count += 1
    keys = keys[:count]
    keys.sort()
    features = np.empty(count, dtype=np.uint32)
    weights = np.empty(count, dtype=np.uint16)
    norm = rare = rare_norm = 0
    for n in range(count):
        weight = 65535 - int(keys[n] >> np.uint64(32))
        features[n] = np.uint32(keys[n] & np.uint64(0xFFFFFFFF))
        weights[n] = weight
        norm += weight
        if weight >= weighed.rare:
            rare += 1
            rare_norm += weight
    rest = norm
    prefix = 0
    light = (TRUST * least) ** 2 * norm
    while prefix < count and (rest >= light or prefix < rare):
        rest -= int(weights[prefix])
        prefix += 1
    return Query(
        features, weights, prefix, rare, norm, rare_norm, np.sqrt(rest / norm) if norm else 0.0
    )


class Bars(NamedTuple):
    """What a query's two sums begin with and how they grow, in the bits at hand, and what a row must come to.

    Beyond its sum a row's cosine is at most `rest` times what is not rare of the row, or `its_rest`, whichever is more.
    """

    scale: float
    whole: float
    start: int
    high: int
    bits: int
    rare_norm: int
    cosine: float
    contained: float
    rest: float
    its_rest: float


@compiled
def least_shared(asked: Query, containment: float, fewest: int) -> float:
    """The least rare weight that a row shares with a query: enough of it, and enough by itself."""
    return max(UNDER * containment * asked.rare_norm, float(fewest))


@compiled
def bars(asked: Query, cosine: float, containment: float, fewest: int, bits: int) -> Bars:
    """How a query is added up in sums of so many bits each, of which the highest says that the bar is reached."""
    top = 1 << (bits - 1)
    count = asked.prefix
    # A sum may be too high by one step for each factor that was rounded up, and must not reach into the next one.
    root = np.sqrt(count)
    scale = min((top - 2 - BYTE * root - count) / (BYTE + root), 4096.0)
    whole = top / 2.0 - count
    bar = (cosine - max(asked.rest, TRUST * cosine)) * BYTE * scale
    shared = least_shared(asked, containment, fewest)
    rare_bar = whole * shared / asked.rare_norm if asked.rare_norm else 0.0
    start = top - max(int(np.floor(bar * (1 - _SLACK))), 1)
    rare_start = top - max(int(np.floor(rare_bar * (1 - _SLACK))), 1)
    if not asked.rare_norm or shared > asked.rare_norm:
        # No row can share so much: the sum begins so low that it never reaches its bar.
        rare_start = 0
    high = (top << bits) | top
    # What a row's prefix leaves out is not rare, and of that the query has no more than this.
    common = np.sqrt(1 - asked.rare_norm / asked.norm) if asked.norm else 0.0
    return Bars(
        scale, whole, (rare_start << bits) | start, high, bits, asked.rare_norm, cosine,
        containment, asked.rest, TRUST * cosine * common,
    )  # fmt: skip


@compiled
def walk(
    asked: Query,
    how: Bars,
    segment: Segment,
    norms: Norms,
    sums: NDArray[Any],
    reached: NDArray[np.uint32],
    keys: Keys,
    found: int,
) -> int:
    """Add the rows of a segment that reach a bar to the keys found; answers how many there are then."""
    if not segment.size:
        return found
    count = asked.prefix
    begins = np.empty(count, dtype=np.uint32)
    ends = np.empty(count, dtype=np.uint32)
    for n in range(count):
        begins[n] = segment.starts[asked.features[n]]
        ends[n] = segment.starts[asked.features[n] + np.uint32(1)]
    # The lists lie far apart. Touching all of them first lets the machine fetch many at a time.
    touched = np.uint32(0)
    for n in range(count):
        for at in range(begins[n], min(begins[n] + 4 * _LINE, ends[n]), _LINE):
            touched |= segment.posts[at]
    sums[: segment.size] = sums.dtype.type(how.start)
    high = sums.dtype.type(how.high)
    reaching = int(touched == np.uint32(0xFFFFFFFF))
    for n in range(count):
        begin, end = begins[n], ends[n]
        if begin == end:
            continue
        step, rare = _steps(asked, how, n)
        for at in range(begin, end):
            posting = segment.posts[at]
            row = posting >> np.uint32(8)
            before = sums[row]
            after = sums.dtype.type(before + rare + step * (posting & np.uint32(0xFF)))
            sums[row] = after
            if after & ~before & high:
                reached[reaching] = row
                reaching += 1
    return _noted(reached, reaching, sums, segment.first, norms, how, keys, found)


@compiled
def walk_tail(
    asked: Query,
    how: Bars,
    tail: Tail,
    first: int,
    count: int,
    norms: Norms,
    sums: NDArray[Any],
    reached: NDArray[np.uint32],
    keys: Keys,
    found: int,
) -> int:
    """The same for the tail, which holds `count` rows from `first` on."""
    places = np.empty(asked.prefix, dtype=np.int32)
    steps = np.empty((asked.prefix, 2), dtype=np.int64)
    chains = 0
    for n in range(asked.prefix):
        at = tail.heads[asked.features[n]]
        if at >= 0:
            places[chains] = at
            steps[chains, 0], steps[chains, 1] = _steps(asked, how, n)
            chains += 1
    sums[:count] = sums.dtype.type(how.start)
    high = sums.dtype.type(how.high)
    reaching = 0
    # All chains are followed at once, by a posting of each in turn: none of these waits for another to come from memory.
    while chains:
        left = 0
        for n in range(chains):
            at = places[n]
            posting = tail.posts[at]
            row = posting >> np.uint32(8)
            step, rare = steps[n, 0], steps[n, 1]
            before = sums[row]
            after = sums.dtype.type(before + rare + step * (posting & np.uint32(0xFF)))
            sums[row] = after
            if after & ~before & high:
                reached[reaching] = row
                reaching += 1
            further = tail.nexts[at]
            if further >= 0:
                places[left] = further
                steps[left, 0], steps[left, 1] = step, rare
                left += 1
        chains = left
    return _noted(reached, reaching, sums, first, norms, how, keys, found)


@compiled
def _steps(asked: Query, how: Bars, n: int) -> tuple[int, int]:
    """By how much the sums grow for a query's feature: the first for each 255th of the row's share, the second at once."""
    weight = asked.weights[n]
    step = int(np.ceil(how.scale * np.sqrt(weight / asked.norm) + _SLACK))
    if n >= asked.rare:
        return step, 0
    return step, int(np.ceil(how.whole * weight / asked.rare_norm + _SLACK)) << how.bits


@compiled
def _noted(
    reached: NDArray[np.uint32],
    reaching: int,
    sums: NDArray[Any],
    first: int,
    norms: Norms,
    how: Bars,
    keys: Keys,
    found: int,
) -> int:
    """Note each row that may be a candidate, by the most that its strength can be; of too many the strongest are kept."""
    low = (1 << how.bits) - 1
    for n in range(reaching):
        sum_ = int(sums[reached[n]])
        if not sum_ & how.high:
            continue
        # A row that reached both bars stands here twice.
        sums[reached[n]] = 0
        row = first + int(reached[n])
        rare_norm = int(norms.rare[row])
        rare = ((sum_ >> how.bits) - (how.start >> how.bits)) / how.whole
        strength = rare * how.rare_norm / max(min(rare_norm, how.rare_norm), 1)
        if sum_ & (1 << (how.bits - 1)):
            # The sum is of features that are in both prefixes. All others come after one of the two, and none is rare.
            common = np.sqrt(1 - rare_norm / norms.telling[row])
            cosine = ((sum_ & low) - (how.start & low)) / (BYTE * how.scale)
            cosine += max(how.rest * common, how.its_rest) + _SLACK
            if cosine >= how.cosine:
                strength = max(strength, cosine)
        if strength < how.contained and strength < how.cosine:
            continue
        # By rounding it may seem more than all, and of twins the earliest come first.
        keys[found] = key(min(strength, 1.0), row)
        found += 1
        if found == len(keys):
            found = kept(keys, found, MOST)
    return found


@compiled
def key(strength: float, row: int) -> np.uint64:
    """A row found, so that the stronger is the greater number, and of equally strong ones the earlier."""
    return (np.uint64(strength * 2**20) << np.uint64(32)) | np.uint64(0xFFFFFFFF - row)


@compiled
def row_of(key: np.uint64) -> int:
    """The row of a key."""
    return 0xFFFFFFFF - int(key & np.uint64(0xFFFFFFFF))


@compiled
def kept(keys: Keys, found: int, most: int) -> int:
    """Keep the strongest of what was found; answers how many those are."""
    if found <= most:
        return found
    some = keys[:found]
    some.sort()
    keys[:most] = some[found - most :].copy()
    return most


@compiled
def rows(keys: Keys, found: int) -> NDArray[np.int64]:
    """The rows of what was found, in their order."""
    answer = np.empty(found, dtype=np.int64)
    for n in range(found):
        answer[n] = row_of(keys[n])
    answer.sort()
    return answer
