"""Which sentences bear on a search: those of the text that was looked for, and of its candidates.

When a sentence becomes standard, only the searches on which it bears are to be made anew. The sentences of a search are
kept as bits, two for each, which may seem to hold one more but never miss one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.dedup.lexicon import Spelled
from services.dedup.standard import Digests, digests_of
from services.dedup.texts import Texts
from shared.compiled import compiled

_BITS: Final = 1 << 15
"""On most searches some hundred sentences bear; one in some ten thousand others then seems to."""
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
    texts: Texts,
    spelled: Spelled,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The searches that are no longer right: those to be made anew, and those whose candidates are to be measured anew.

    Of the sentences that have become standard, in that order, search n has regarded the first `regarded[n]`. One of the
    text itself changes what is looked for; one of an earlier text changes only how alike that is.
    """
    anew = np.empty(last - first, dtype=np.int64)
    measured = np.empty(last - first, dtype=np.int64)
    anew_count = measured_count = 0
    for n in range(first, last):
        new = standard[regarded[n] :]
        if first_bearing(bearings, n, n + 1, new) > n:
            continue
        is_own = False
        for digest in digests_of(texts.words[texts.starts[n] : texts.starts[n + 1]], spelled)[0]:
            for other in new:
                is_own = is_own or digest == other
        if is_own:
            anew[anew_count] = n
            anew_count += 1
        else:
            measured[measured_count] = n
            measured_count += 1
    return anew[:anew_count], measured[:measured_count]
