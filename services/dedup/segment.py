"""The segment: the postings of some neighbouring rows, by feature.

A posting is one number: the row, counted from the segment's first, and in the lowest eight bits the feature's share of
the row's norm, rounded up.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.model import BITS, Features
from shared.compiled import compiled

LARGEST: Final = 1 << 17
"""So many rows are one segment: their sums stay in the processor's cache."""
BYTE: Final = 255
_SLACK: Final = 1e-6


class Segment(NamedTuple):
    """The postings of `size` rows from `first` on: those of feature f are `posts[starts[f]:starts[f + 1]]`."""

    first: int
    size: int
    starts: NDArray[np.uint32]
    posts: NDArray[np.uint32]


class Tail(NamedTuple):
    """The postings of the youngest rows, chained by feature, the youngest first; `heads` is -1 where there is none."""

    heads: NDArray[np.int32]
    nexts: NDArray[np.int32]
    posts: NDArray[np.uint32]


@compiled
def post(
    tail: Tail, row: int, size: int, features: Features, weights: NDArray[np.uint16], norm: int
) -> None:
    """Post a row of the tail under these features; `size` postings are there already."""
    for n in range(len(features)):
        part = np.uint32(np.ceil(BYTE * np.sqrt(weights[n] / norm) + _SLACK))
        at = size + n
        tail.posts[at] = np.uint32(row << 8) | min(part, np.uint32(BYTE))
        tail.nexts[at] = tail.heads[features[n]]
        tail.heads[features[n]] = at


@compiled
def sealed(tail: Tail, size: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The tail's postings in the order of a segment: where each feature's begin, and the postings."""
    starts = np.empty(2**BITS + 1, dtype=np.uint32)
    posts = np.empty(size, dtype=np.uint32)
    filled = 0
    for feature in range(2**BITS):
        starts[feature] = filled
        at = tail.heads[feature]
        first = filled
        while at >= 0:
            posts[filled] = tail.posts[at]
            filled += 1
            at = tail.nexts[at]
        # The chain begins with the youngest row.
        last = filled - 1
        while first < last:
            posts[first], posts[last] = posts[last], posts[first]
            first += 1
            last -= 1
    starts[2**BITS] = filled
    return starts, posts


@compiled
def merged(one: Segment, other: Segment) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Two neighbouring segments as one."""
    starts = one.starts + other.starts
    posts = np.empty(len(one.posts) + len(other.posts), dtype=np.uint32)
    further = np.uint32(one.size << 8)
    filled = 0
    for feature in range(2**BITS):
        for at in range(one.starts[feature], one.starts[feature + 1]):
            posts[filled] = one.posts[at]
            filled += 1
        for at in range(other.starts[feature], other.starts[feature + 1]):
            posts[filled] = other.posts[at] + further
            filled += 1
    return starts, posts
