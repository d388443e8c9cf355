"""Whether the index finds every pair and no other, on 100,000 texts of very different lengths.

    python -m benchmarks.exactness [--material ../shared/data] [--texts 100000]

The texts are documents and one to ten sentences joined at random where the material folder is there, else walks over the
sample's sentences. For each least cosine, the pairs that the index reports (each text against all before it) stand beside
those of a product of all texts with all in whole numbers, without an index: none may be missed, none may be extra. Of a
text with more candidates than are taken, the best must be: a crowd of copies of one text, still fewer than the share from
which on features are common, sees to it that there are such. Cosines are compared with those of scikit-learn, whose weights
are not rounded, and what is reported in batches of 1 and 7 byte for byte with what is reported in batches of 512, once for
texts without the crowd, once among it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfTransformer

from benchmarks.corpus import QUIET, SEED, Corpus, read, texts_of
from benchmarks.home import machine
from benchmarks.sparse import Rows
from services.dedup.batch import Batch
from services.dedup.found import MOST_CANDIDATES, Measures
from services.dedup.measure import bare_of, hashes_of
from services.dedup.model import features, idf

LEAST: Final = (Fraction(2, 5), Fraction(1, 2), Fraction(3, 5), Fraction(4, 5))
BATCHES: Final = (1, 7, 512)
COMPARED: Final = 20_000
BLOCK: Final = 1_024
COLUMNS: Final = 16_384
_MANY: Final = 1 << 32

Pairs = NDArray[np.int64]
"""Pairs of rows as one number each, the later in the upper half, in order."""


def reported(
    corpus: Corpus, least: Fraction, size: int, many: int
) -> Iterator[tuple[int, Measures]]:
    """What the index reports for each text when they come in batches of that size."""
    index = corpus.empty_index(least)
    for first in range(0, many, size):
        last = min(first + size, many)
        texts = corpus.archive.shelf.solutions(first, last)
        with Batch(index, texts, first) as batch:
            for at, found in batch.settled():
                yield from ((first + at + n, found.of(n)) for n in range(len(found.counts)))
        index.seal()


def brute(rows: Rows, least: Fraction) -> tuple[Pairs, NDArray[np.int64]]:
    """Every pair with at least that cosine, and its dot product, by multiplying everything with everything.

    The product holds sums of whole numbers in double precision, which is exact this side of 2^53.
    """
    ones = rows.matrix(np.ones(len(rows.features)))
    weighted = rows.matrix(rows.weights.astype(np.float64))
    pairs, dots = [], []
    for left in range(0, len(rows), COLUMNS):
        earlier = ones[left : left + COLUMNS].T.tocsr()
        for top in range(left // BLOCK * BLOCK, len(rows), BLOCK):
            product = weighted[top : top + BLOCK] @ earlier
            later = np.repeat(np.arange(top, top + product.shape[0]), np.diff(product.indptr))
            other = left + product.indices
            norms = np.sqrt(rows.norms.astype(np.float64))
            near = product.data >= float(least) * norms[later] * norms[other] * (1 - 1e-9)
            near &= other < later
            pairs.append(later[near] * _MANY + other[near])
            dots.append(product.data[near].astype(np.int64))
    found, its = np.concatenate(pairs), np.concatenate(dots)
    order = np.argsort(found)
    found, its = found[order], its[order]
    sure = reaching(rows, found, its, least)
    return found[sure], its[sure]


def reaching(
    rows: Rows, pairs: Pairs, dots: NDArray[np.int64], least: Fraction
) -> NDArray[np.bool_]:
    """Which pairs have at least that cosine: decided in whole numbers of any size."""
    later, earlier = rows.norms[pairs // _MANY], rows.norms[pairs % _MANY]
    over, under = least.numerator**2, least.denominator**2
    left, right = dots.astype(object) ** 2 * under, later.astype(object) * earlier * over
    found: NDArray[np.bool_] = ((left >= right) & (dots > 0)).astype(bool)
    return found


class Compared(NamedTuple):
    """How the index and the product of everything differ at one least cosine."""

    pairs: int
    missed: int
    extra: int
    full: int


def compare(corpus: Corpus, least: Fraction, pairs: Pairs, dots: NDArray[np.int64]) -> Compared:
    """Hold what the index reports against all pairs with at least that cosine."""
    sure = reaching(corpus.rows, pairs, dots, least)
    pairs, dots = pairs[sure], dots[sure]
    reports = reported(corpus, least, BATCHES[-1], len(corpus.rows))
    found = [row * _MANY + measures.rows for row, measures in reports]
    missed, extra, full = _best(corpus, pairs, dots, found)
    return Compared(len(pairs), missed, extra, full)


def _best(
    corpus: Corpus, pairs: Pairs, dots: NDArray[np.int64], found: list[Pairs]
) -> tuple[int, int, int]:
    """How many are missed and extra, of texts with too many candidates among the best; and how many such texts there are."""
    _, starts, counts = np.unique(pairs // _MANY, return_index=True, return_counts=True)
    keep = np.ones(len(pairs), dtype=bool)
    full = np.flatnonzero(counts > MOST_CANDIDATES)
    for n in full.tolist():
        begin, end = starts[n], starts[n] + counts[n]
        strengths = _strengths(corpus, pairs[begin:end], dots[begin:end])
        best = np.lexsort((pairs[begin:end], -strengths))[:MOST_CANDIDATES]
        keep[begin:end] = False
        keep[begin + best] = True
    expected, got = pairs[keep], np.concatenate(found)
    return (
        len(np.setdiff1d(expected, got)),
        len(np.setdiff1d(got, expected)) + len(got) - len(np.unique(got)),
        len(full),
    )


def _strengths(corpus: Corpus, pairs: Pairs, dots: NDArray[np.int64]) -> NDArray[np.int64]:
    """How strong candidates are, in the index's own steps: by the cosine or by the rare words shared, whichever is more."""
    rows, rare = corpus.rows, corpus.model.weighed.rare

    def rare_of(row: int) -> dict[int, int]:
        its = rows.of(row, row + 1)
        both = zip(its.features.tolist(), its.weights.tolist(), strict=True)
        return {feature: weight for feature, weight in both if weight >= rare}

    norms = rows.norms[pairs // _MANY].astype(np.float64) * rows.norms[pairs % _MANY]
    strengths = dots / np.sqrt(norms)
    mine = rare_of(int(pairs[0] // _MANY))
    for n, row in enumerate((pairs % _MANY).tolist()):
        its = rare_of(row)
        fewest = min(sum(mine.values()), sum(its.values()))
        if fewest:
            shared = sum(its[feature] for feature in mine.keys() & its.keys())
            strengths[n] = max(strengths[n], shared / fewest)
    steps: NDArray[np.int64] = (strengths * 2**20).astype(np.int64)
    return steps


def largest_error(corpus: Corpus, pairs: Pairs) -> float:
    """How far our cosines are from those of scikit-learn with the same features, on some pairs."""
    spelled, shelf, rows = corpus.archive.lexicon.spelled, corpus.archive.shelf, corpus.rows
    every = [
        features(hashes_of(bare_of(shelf.solution(row) >> np.uint32(1), spelled), spelled))
        for row in range(len(shelf))
    ]
    chance = np.random.default_rng(SEED)
    some = chance.choice(pairs, min(COMPARED, len(pairs)), replace=False)
    drawn = chance.integers(0, len(rows), (2, COMPARED - len(some)))
    one = np.concatenate([some // _MANY, drawn[0]])
    other = np.concatenate([some % _MANY, drawn[1]])
    counts = rows.matrix(np.ones(len(rows.features)))
    transformer = TfidfTransformer(norm="l2", sublinear_tf=False).fit(counts)
    transformer.idf_ = idf(every)
    exact = transformer.transform(counts)
    theirs = np.asarray(exact[one].multiply(exact[other]).sum(axis=1)).ravel()
    norms = rows.norms[one].astype(np.float64) * rows.norms[other]
    ours = rows.dots(one, other) / np.sqrt(np.maximum(norms, 1))
    return float(np.abs(ours - theirs).max())


def same_in_batches(corpus: Corpus, least: Fraction) -> tuple[bool, bool]:
    """Whether what is reported is the same, byte for byte, in batches of every size: without the crowd, and among it."""

    def told(size: int) -> tuple[bytes, bytes]:
        said = [bytearray(), bytearray()]
        for row, measures in reported(corpus, least, size, min(2 * QUIET, len(corpus.rows))):
            for numbers in ("rows", "alike"):
                said[row >= QUIET] += getattr(measures, numbers).tobytes()
        return bytes(said[0]), bytes(said[1])

    without, among = (set(said) for said in zip(*map(told, BATCHES), strict=True))
    return len(without) == 1, len(among) == 1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, default=Path("../shared/data"))
    parser.add_argument("--texts", type=int, default=100_000)
    asked = parser.parse_args()
    corpus = read(texts_of(asked.material, asked.texts))
    pairs, dots = brute(corpus.rows, LEAST[0])
    compared = {least: compare(corpus, least, pairs, dots) for least in LEAST}
    without, among = same_in_batches(corpus, LEAST[0])
    answer = {
        "name": "exactness",
        "machine": machine(),
        "texts": len(corpus.rows),
        "pairs": {str(float(least)): of.pairs for least, of in compared.items()},
        "missed": sum(of.missed for of in compared.values()),
        "extra": sum(of.extra for of in compared.values()),
        "texts_with_too_many": {str(float(least)): of.full for least, of in compared.items()},
        "largest_cosine_error_against_scikit_learn": largest_error(corpus, pairs),
        "same_in_batches_of_1_7_512": without,
        "same_in_batches_among_a_crowd": among,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
