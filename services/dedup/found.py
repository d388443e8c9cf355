"""What is found: for each of several texts its candidates, earlier rows, and how alike they are to it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.measure import Alike
from services.dedup.postings import Keys, kept, rows
from shared.compiled import compiled

MOST_CANDIDATES: Final = 200
"""The best so many earlier texts are what a text is suspected of."""
MEASURES: Final = len(Alike._fields)


class Measures(NamedTuple):
    """How alike a text and some earlier rows are: by row the five numbers of `Alike`."""

    rows: NDArray[np.int64]
    keys: Keys
    alike: NDArray[np.float64]


class Found(NamedTuple):
    """What was found for several texts: the candidates of text n are in line n, `counts[n]` of them.

    `reached[n]` is how many rows reached a bar, of which at most `MOST` were looked at.
    """

    counts: NDArray[np.int64]
    reached: NDArray[np.int64]
    rows: NDArray[np.int64]
    keys: Keys
    alike: NDArray[np.float64]

    def of(self, n: int) -> Measures:
        """The candidates of one text."""
        count = self.counts[n]
        return Measures(self.rows[n, :count], self.keys[n, :count], self.alike[n, :count])

    def chosen(self, n: int, are: NDArray[np.bool_]) -> Measures:
        """Those candidates of one text that are marked."""
        are = are[: self.counts[n]]
        found = self.of(n)
        return Measures(found.rows[are], found.keys[are], found.alike[are])


def nothing_found(many: int) -> Found:
    return Found(
        np.zeros(many, dtype=np.int64),
        np.zeros(many, dtype=np.int64),
        np.zeros((many, MOST_CANDIDATES), dtype=np.int64),
        np.zeros((many, MOST_CANDIDATES), dtype=np.uint64),
        np.zeros((many, MOST_CANDIDATES, MEASURES)),
    )


@compiled
def keep(found: Found, n: int, measures: Measures) -> None:
    """Add candidates to those of a text; of too many the best stay, in the order of their rows."""
    count = found.counts[n]
    both = count + len(measures.rows)
    if both > MOST_CANDIDATES:
        keys = np.concatenate((found.keys[n, :count], measures.keys))
        alikes = np.concatenate((found.alike[n, :count], measures.alike))
        chosen = np.concatenate((found.rows[n, :count], measures.rows))
        keys_kept = keys.copy()
        best = rows(keys_kept, kept(keys_kept, both, MOST_CANDIDATES))
        for place in range(len(best)):
            at = np.searchsorted(chosen, best[place])
            found.rows[n, place] = chosen[at]
            found.keys[n, place] = keys[at]
            found.alike[n, place] = alikes[at]
        found.counts[n] = len(best)
        return
    found.rows[n, count:both] = measures.rows
    found.keys[n, count:both] = measures.keys
    found.alike[n, count:both] = measures.alike
    found.counts[n] = both
