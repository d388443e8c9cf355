"""The limit of the search: how fast this machine adds up postings at all, with nothing else to do.

The lists that some searches walk are laid one after the other, so that nothing waits for memory but the sums themselves.
"""

from __future__ import annotations

import statistics
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.prepared import Prepared
from services.dedup.segment import LARGEST, Segment
from shared.compiled import compiled

_ROUNDS = 5


class Scatter(NamedTuple):
    """How many postings a search adds up, and how many additions a second one core does when it does nothing else."""

    postings: float
    additions_per_second: float


def scatter(prepared: Prepared, segments: tuple[Segment, ...]) -> Scatter:
    """Add up again what those searches added up."""
    counts, laid = _laid(prepared, segments)
    sums = np.zeros(LARGEST, dtype=np.uint32)
    _added(laid, counts, sums)
    rounds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        _added(laid, counts, sums)
        rounds.append(time.perf_counter() - began)
    return Scatter(len(laid) / len(prepared.starts), len(laid) / statistics.median(rounds))


def _laid(
    prepared: Prepared, segments: tuple[Segment, ...]
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """The postings walked, by search and segment: how many, and which."""
    lists = []
    counts = []
    for n, begin in enumerate(prepared.starts.tolist()):
        features = prepared.features[begin : begin + prepared.facts[n, 0]]
        for segment in segments:
            starts = segment.starts[features].tolist()
            ends = segment.starts[features + np.uint32(1)].tolist()
            parts = [segment.posts[a:b] for a, b in zip(starts, ends, strict=True) if a < b]
            counts.append(sum(map(len, parts)))
            lists += parts
    return np.array(counts), np.concatenate([np.empty(0, dtype=np.uint32), *lists])


@compiled
def _added(laid: NDArray[np.uint32], counts: NDArray[np.int64], sums: NDArray[np.uint32]) -> None:
    at = 0
    for count in counts:
        for n in range(at, at + count):
            posting = laid[n]
            sums[posting >> np.uint32(8)] += posting & np.uint32(0xFF)
        at += count
