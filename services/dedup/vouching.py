"""Vouching: whether a text that was flagged as a copy is a text of its own all the same, within a frame that both use.

Five copies of one idea must not turn the idea into a standard paragraph, so a copy does not vouch for the sentences that it
shares. But where most of two texts is one form, each is flagged as a copy of the other; were neither to vouch, the form would
never become standard. What tells them apart is the rest: in a copy it is the same text with some words changed, or what is
standard already.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.dedup.lexicon import Spelled
from services.dedup.standard import Known, digests_of, since
from services.dedup.texts import Numbers
from shared.compiled import compiled

LEAST_OWN_SHARE: Final = 0.15
"""So much of a text, what is standard left out, stands in sentences that the other has not."""
FEWEST_OWN_WORDS: Final = 10
MOST_SHARED: Final = 0.3
"""Of these sentences' pairs of neighbouring words less than this share stands in the other; of edited ones, more does."""


@compiled
def stands_by_itself(
    words: Numbers, other: Numbers, spelled: Spelled, known: Known, row: int
) -> bool:
    """Whether enough of a text, which is that row, is neither standard nor to be found in another that it shares sentences with."""
    digests, starts, ends = digests_of(words, spelled)
    others, _, _ = digests_of(other, spelled)
    others.sort()
    pairs = _pairs(other, 0, len(other), spelled)
    pairs.sort()
    whole = own = shared = told = 0
    for n in range(len(digests)):
        if since(known, digests[n]) < row:
            continue
        size = ends[n] - starts[n]
        whole += size
        if _is_among(others, digests[n]):
            continue
        own += size
        for pair in _pairs(words, starts[n], ends[n], spelled):
            told += 1
            if _is_among(pairs, pair):
                shared += 1
    return own >= max(FEWEST_OWN_WORDS, LEAST_OWN_SHARE * whole) and shared < MOST_SHARED * told


@compiled
def _pairs(words: Numbers, first: int, last: int, spelled: Spelled) -> NDArray[np.uint64]:
    """The pairs of neighbouring words without diacritics."""
    found = np.empty(max(last - first - 1, 0), dtype=np.uint64)
    for n in range(len(found)):
        one = spelled.bare[words[first + n] >> np.uint32(1)]
        other = spelled.bare[words[first + n + 1] >> np.uint32(1)]
        found[n] = (np.uint64(one) << np.uint64(32)) | np.uint64(other)
    return found


@compiled
def _is_among(ordered: NDArray[np.uint64], one: np.uint64) -> bool:
    place = np.searchsorted(ordered, one)
    return bool(place < len(ordered) and ordered[place] == one)
