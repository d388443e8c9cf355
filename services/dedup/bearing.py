"""Which sentences bear on a search: those of the text that was looked for, and of the earlier texts it was compared with.

When a sentence becomes standard, only the searches on which it bears are to be made anew. The sentences of a search are
kept as bits, two for each, which may seem to hold one more but never miss one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.dedup.compiled import compiled
from services.dedup.lexicon import Spelled
from services.dedup.standard import Digests, Known, digests_of, since
from services.dedup.texts import Texts

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
def first_touched(
    texts: Texts, n: int, last: int, bearings: NDArray[np.uint64], spelled: Spelled, known: Known,
    row: int,
) -> int:  # fmt: skip
    """The first search after text n, up to `last`, on which a sentence bears that became standard with it, its row."""
    digests, _, _ = digests_of(texts.words[texts.starts[n] : texts.starts[n + 1]], spelled)
    for digest in digests:
        if since(known, digest) == row:
            for other in range(n + 1, last):
                if _bears(bearings[other], digest):
                    last = other
                    break
    return last
