"""Texts as rows of a sparse matrix, one column a telling feature: how they are compared without an index of ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from services.dedup.column import Column
from services.dedup.lexicon import Spelled
from services.dedup.measure import bare_of, hashes_of
from services.dedup.model import BITS, Weighed, features
from services.dedup.own import own
from services.dedup.standard import Known
from services.dedup.texts import Texts
from shared.compiled import compiled


class Rows(NamedTuple):
    """The telling features of texts: those of text n are `features[starts[n]:starts[n + 1]]`; a norm is a sum of weights."""

    features: NDArray[np.int32]
    weights: NDArray[np.uint16]
    starts: NDArray[np.int64]
    norms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.norms)

    def of(self, first: int, last: int) -> Rows:
        """Some of the texts."""
        begin, end = self.starts[first], self.starts[last]
        return Rows(
            self.features[begin:end],
            self.weights[begin:end],
            self.starts[first : last + 1] - begin,
            self.norms[first:last],
        )

    def matrix(self, values: NDArray[np.floating]) -> csr_matrix:
        """The matrix that holds a value for each feature of each text."""
        shape = (len(self), 2**BITS)
        return csr_matrix((values, self.features, self.starts.astype(np.int32)), shape=shape)

    def scaled(self) -> csr_matrix:
        """The matrix whose products are cosines, in single precision."""
        lengths = np.sqrt(np.maximum(self.norms, 1))
        each = np.repeat(lengths.astype(np.float32), np.diff(self.starts))
        return self.matrix(np.sqrt(self.weights.astype(np.float32)) / each)

    def dots(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        """The dot product of each pair of texts, in whole numbers."""
        return _dots(self, one, other)


def rows_of(parts: Iterable[Texts], spelled: Spelled, known: Known, weighed: Weighed) -> Rows:
    """The telling features of texts that come part by part, each less what was standard when it came."""
    found, weights = Column(np.int32), Column(np.uint16)
    starts, norms = Column(np.int64), Column(np.int64)
    starts.append(0)
    for texts in parts:
        many = len(texts.starts) - 1
        found.reserve(2 * len(texts.words))
        weights.reserve(2 * len(texts.words))
        starts.reserve(many + 1)
        norms.reserve(many + 1)
        row = len(norms)
        rows = Rows(found.room, weights.room, starts.room, norms.room)
        size = _write(texts, row, spelled, known, weighed, rows)
        found.grown(size)
        weights.grown(size)
        norms.grown(row + many)
        starts.grown(row + many + 1)
    return Rows(found.all, weights.all, starts.all, norms.all)


@compiled
def words_of(
    texts: Texts, row: int, spelled: Spelled, known: Known
) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """The words of texts without diacritics, less what was standard, and where each text's begin."""
    found = np.empty(len(texts.words), dtype=np.uint32)
    starts = np.zeros(len(texts.starts), dtype=np.uint64)
    at = 0
    for n in range(len(texts.starts) - 1):
        words = own(texts.words[texts.starts[n] : texts.starts[n + 1]], spelled, known, row + n)
        for word in words:
            found[at] = spelled.bare[word]
            at += 1
        starts[n + 1] = at
    return found[:at], starts


@compiled
def _write(
    texts: Texts, row: int, spelled: Spelled, known: Known, weighed: Weighed, rows: Rows
) -> int:
    at = rows.starts[row]
    for n in range(len(texts.starts) - 1):
        words = own(texts.words[texts.starts[n] : texts.starts[n + 1]], spelled, known, row + n)
        norm = 0
        for feature in features(hashes_of(bare_of(words, spelled), spelled)):
            weight = weighed.bare[feature]
            if weight >= weighed.common:
                rows.features[at] = np.int32(feature)
                rows.weights[at] = weight
                norm += int(weight)
                at += 1
        rows.norms[row + n] = norm
        rows.starts[row + n + 1] = at
    return int(at)


@compiled
def _dots(rows: Rows, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    found = np.zeros(len(one), dtype=np.int64)
    held = np.full(2**BITS, -1, dtype=np.int64)
    for n in range(len(one)):
        for at in range(rows.starts[one[n]], rows.starts[one[n] + 1]):
            held[rows.features[at]] = n
        for at in range(rows.starts[other[n]], rows.starts[other[n] + 1]):
            if held[rows.features[at]] == n:
                found[n] += int(rows.weights[at])
    return found
