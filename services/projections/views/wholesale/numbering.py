"""Numbering: which number a view has given to a word, or the vocabulary to the name of a ruling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from services.projections.views.wholesale.row import Rows
from shared.vocabulary import Ruling

RULINGS: Final = {ruling.value: n for n, ruling in enumerate(Ruling)}
NO_RULING: Final = -1


class Numbering:
    """The numbers 0, 1, 2, ... that a view has given to words in the order in which it met them."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self._known = dict(known)
        self._of_words = np.empty(0, dtype=np.int64)

    def numbers(self, used: Rows, texts: Sequence[str]) -> tuple[Rows, list[tuple[object, ...]]]:
        """The numbers of some words, whose texts are given for all words; and of those that are new, number and text."""
        self._of_words = _gone_on(self._of_words, self._known, texts)
        found = self._of_words[used]
        unknown = np.flatnonzero(found < 0)
        if not len(unknown):
            return found, []
        words, first = np.unique(used[unknown], return_index=True)
        new: list[tuple[object, ...]] = []
        for word in words[np.argsort(first)].tolist():
            number = self._known[texts[word]] = self._of_words[word] = len(self._known)
            new.append((number, texts[word]))
        return self._of_words[used], new


class Rulings:
    """Which ruling each word is, if it is one."""

    def __init__(self) -> None:
        self._of_words = np.empty(0, dtype=np.int64)

    def places(self, texts: Sequence[str]) -> Rows:
        """The place among rulings of each word; NO_RULING of any other word."""
        self._of_words = _gone_on(self._of_words, RULINGS, texts)
        return self._of_words


def _gone_on(of_words: Rows, known: Mapping[str, int], texts: Sequence[str]) -> Rows:
    """The numbers of all words, where they were found of the first ones before."""
    new = [known.get(text, -1) for text in texts[len(of_words) :]]
    return np.append(of_words, np.array(new, dtype=np.int64)) if new else of_words
