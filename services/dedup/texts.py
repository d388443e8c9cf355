"""Texts as numbers: each word the number that a lexicon gave it, and a mark where a sentence ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint32]
"""A text as the numbers of its words, each shifted left by one; the lowest bit ends a sentence."""
Words = NDArray[np.uint32]
"""The numbers of words, one after the other, sentences not marked."""


class Texts(NamedTuple):
    """Several texts one after the other: text n is `words[starts[n]:starts[n + 1]]`."""

    words: Numbers
    starts: NDArray[np.int64]

    def text(self, n: int) -> Numbers:
        """One of the texts."""
        return self.words[self.starts[n] : self.starts[n + 1]]

    def some(self, first: int, last: int) -> Texts:
        """Some of the texts."""
        starts = self.starts[first : last + 1]
        return Texts(self.words[starts[0] : starts[-1]], starts - starts[0])


def words_of(typed: Numbers) -> Words:
    """The words of a text, sentences not marked."""
    return typed >> np.uint32(1)
