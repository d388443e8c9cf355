"""Which sentences bear on a search: those of the text that was looked for, and of the earlier texts it was compared with.

When a sentence becomes standard, only the searches on which it bears are to be made anew. The sentences of a search are
kept as bits, two for each, which may seem to hold one more but never miss one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.dedup.compiled import compiled
from services.dedup.standard import Digests

_BITS: Final = 1 << 15
"""A search bears on some two hundred sentences; one in six thousand others then seems to."""
WIDTH: Final = _BITS // 64

Bearings = NDArray[np.uint64]
"""The bits of one search."""


@compiled
def _two(digest: np.uint64) -> tuple[np.uint64, np.uint64]:
    return digest & np.uint64(_BITS - 1), (digest >> np.uint64(32)) & np.uint64(_BITS - 1)


@compiled
def note(bearings: Bearings, digests: Digests) -> None:
    """Note that sentences bear on a search."""
    for digest in digests:
        for bit in _two(digest):
            bearings[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))


@compiled
def _bears(bearings: Bearings, digest: np.uint64) -> bool:
    one, other = _two(digest)
    both = bearings[one >> np.uint64(6)] >> (one & np.uint64(63))
    both &= bearings[other >> np.uint64(6)] >> (other & np.uint64(63))
    return bool(both & np.uint64(1))


@compiled
def first_bearing(bearings: NDArray[np.uint64], first: int, last: int, digests: Digests) -> int:
    """The first of those searches on which one of these sentences bears, or `last`."""
    for n in range(first, last):
        for digest in digests:
            if _bears(bearings[n], digest):
                return n
    return last


@compiled
def outdated(
    bearings: NDArray[np.uint64],
    first: int,
    last: int,
    regarded: NDArray[np.int64],
    standard: Digests,
) -> NDArray[np.int64]:
    """Those searches on which one of the sentences bears that were not standard when they were made.

    Of the sentences in the order in which they became standard, search n has regarded the first `regarded[n]`.
    """
    found = np.empty(last - first, dtype=np.int64)
    count = 0
    for n in range(first, last):
        if first_bearing(bearings, n, n + 1, standard[regarded[n] :]) == n:
            found[count] = n
            count += 1
    return found[:count]
