"""What users could take instead of the index, over a ledger that `match` made, at the same model and least cosine.

    python -m benchmarks.match_peers DATA [QUERIES]

All declarations but the last 10,000 are searched, for some of the last. sparse_dot_topn and scipy multiply the sparse matrix
of the same telling features that the index holds, in single precision, the earlier texts transposed beforehand. rensa's
MinHash LSH has 128 permutations in 32 bands; its candidates are taken as they come, not verified, once with the words of the
text without diacritics for tokens and once with the telling features. Making features costs the peers nothing here; the
index is given texts and answers with all five measures, once for cosine and rare words as shipped, once for the cosine only,
which is all that the peers look for. Rates are queries a second, all queries together unless the name
says one at a time (sixty of them), the best of three rounds.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from benchmarks.corpus import OUT_OF_REACH
from benchmarks.sparse import Rows, rows_of, words_of
from services.dedup import index as indexing
from services.dedup.found import MOST_CANDIDATES, Found
from services.dedup.index import Index
from services.dedup.matcher import Matcher
from services.dedup.model import BITS
from services.dedup.recollection import recollect
from services.dedup.settling import Settling
from services.dedup.share import Everything
from services.dedup.texts import Texts
from services.wiring import System
from shared.settings import Settings
from shared.vocabulary import MatchingRules

LAST: Final = 10_000
"""So many of the last declarations are not searched; the queries are among them."""
PAGE: Final = 4_096
ROUNDS: Final = 3
ALONE: Final = 60
"""So many queries are asked one at a time."""
TOGETHER: Final = 256
PERMUTATIONS: Final = 128
BANDS: Final = 32
SEED: Final = 42
EDGE: Final = 1e-5
"""Single precision cannot tell a cosine from the least one when they are nearer than this."""
PEERS: Final = ("sparse_dot_topn", "rensa")

Pairs = set[tuple[int, int]]
"""A query's number and an earlier row."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("queries", type=int, nargs="?", default=2_000)
    asked = parser.parse_args()
    missing = [peer for peer in PEERS if importlib.util.find_spec(peer) is None]
    if missing:
        parser.exit(
            1, f"Not installed: {', '.join(missing)}. Run: {sys.executable} -m pip install --group bench\n"
        )  # fmt: skip
    with System(Settings(data=asked.data)) as system:
        answer = measured(_recalled(system), asked.queries)
    sys.stdout.write(json.dumps({name: round(value, 3) for name, value in answer.items()}) + "\n")


def _recalled(system: System) -> Matcher:
    """Everything on record, read again as the matcher does."""
    detector = system.detector
    system.directory.catch_up()
    matcher = Matcher(detector.models, system.directory)
    flagged = Settling(system.ledger, Everything()).flagged(0)
    at, head = 0, system.ledger.head()
    while (page := recollect(system.ledger, matcher.lexicon, at, to=head)).parts:
        matcher.recall(page.parts, flagged)
        at = page.last
    return matcher


def measured(matcher: Matcher, queries: int) -> dict[str, float]:
    """Every peer in turn, and whether the index finds just the pairs that they do."""
    rules = MatchingRules()
    archive = matcher.archive
    shelf, lexicon, standard = archive.shelf, archive.lexicon, archive.standard
    assert matcher._adopted is not None
    index = Index(
        matcher._models.load(matcher._adopted),
        archive,
        cosine=rules.candidate_cosine,
        containment=rules.candidate_containment,
    )
    searched = len(shelf) - min(LAST, len(shelf) // 2)

    def texts(last: int) -> Iterator[Texts]:
        for first in range(0, last, PAGE):
            yield shelf.solutions(first, min(first + PAGE, last))

    first = 0
    for part in texts(searched):
        prepared = index.prepare(part, first)
        index.post(prepared)
        index.seal()
        first = len(index)
    rows = rows_of(texts(len(shelf)), lexicon.spelled, standard.known, index.model.weighed)
    earlier, later = rows.of(0, searched), rows.of(searched, searched + queries)
    answer: dict[str, float] = {"declarations": searched, "queries": queries}
    solutions = shelf.solutions(searched, searched + queries)
    found = _ours(index, solutions, answer)
    exact = _sparse(earlier, later, rules.candidate_cosine, answer)
    answer["pairs"] = len(exact)
    answer["disagreeing"] = _disagreeing(
        found, exact, rows, searched, rules.candidate_cosine, answer
    )
    words = _words(matcher, searched, queries)
    _rensa("rensa", words, searched, exact, answer)
    _rensa("rensa_telling_features", _features(earlier, later), searched, exact, answer)
    return answer


def _rate(queries: int, run: Callable[[], object]) -> float:
    """Queries a second in the best of some rounds."""
    fewest = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        fewest = min(fewest, time.perf_counter() - began)
    return queries / fewest


def _ours(index: Index, texts: Texts, answer: dict[str, float]) -> Found:
    many, threads = len(texts.starts) - 1, indexing._THREADS
    found = index.find(texts, len(index))
    alone = [
        Texts(texts.text(n), np.array([0, len(texts.text(n))])) for n in range(min(ALONE, many))
    ]
    limits = index._limits
    try:
        for name, number in (("one_core", 1), ("two_cores", 2)):
            indexing._THREADS = number
            answer[f"index_queries_{name}"] = _rate(many, lambda: index.find(texts, len(index)))
        answer["index_queries_one_at_a_time"] = _rate(
            len(alone), lambda: [index.find(text, len(index) + n) for n, text in enumerate(alone)]
        )
        # Like for like: none of the peers looks for texts that share rare words only.
        indexing._THREADS = 1
        index._limits = limits._replace(containment=OUT_OF_REACH)
        answer["index_queries_cosine_only_one_core"] = _rate(
            many, lambda: index.find(texts, len(index))
        )
    finally:
        indexing._THREADS, index._limits = threads, limits
    answer["index_candidates_a_query"] = float(found.counts.mean())
    held = sum(part.posts.nbytes + part.starts.nbytes for part in index._segments)
    held += 8 * len(index._posts) + index._heads.nbytes + 17 * len(index)
    answer["index_bytes_per_document"] = held / len(index)
    return found


def _sparse(earlier: Rows, later: Rows, least: float, answer: dict[str, float]) -> Pairs:
    """The two that multiply sparse matrices; answers the pairs that the first finds."""
    from sparse_dot_topn import sp_matmul_topn

    asked: csr_matrix = later.scaled()
    alone = [asked[n] for n in range(min(ALONE, len(later)))]
    transposed: csr_matrix = earlier.scaled().T.tocsr()
    held = transposed.data.nbytes + transposed.indices.nbytes + transposed.indptr.nbytes
    answer["sparse_bytes_per_document"] = held / len(earlier)

    def topn(queries: csr_matrix, threads: int | None = None) -> Any:
        return sp_matmul_topn(
            queries, transposed, MOST_CANDIDATES, threshold=least, n_threads=threads
        )

    def filtered(queries: csr_matrix) -> int:
        reaching = 0
        # The product holds every pair that shares a feature; of all queries at once it would fill the memory.
        for first in range(0, queries.shape[0], TOGETHER):
            product = queries[first : first + TOGETHER] @ transposed
            reaching += int(np.count_nonzero(product.data >= least))
        return reaching

    many = len(later)
    answer["sparse_dot_topn_per_second"] = _rate(many, lambda: topn(asked))
    answer["sparse_dot_topn_2_threads_per_second"] = _rate(many, lambda: topn(asked, 2))
    answer["sparse_dot_topn_one_at_a_time_per_second"] = _rate(
        len(alone), lambda: [*map(topn, alone)]
    )
    answer["scipy_per_second"] = _rate(many, lambda: filtered(asked))
    answer["scipy_one_at_a_time_per_second"] = _rate(len(alone), lambda: [*map(filtered, alone)])
    found = topn(asked).tocoo()
    return set(zip(found.row.tolist(), found.col.tolist(), strict=True))


def _disagreeing(
    found: Found, exact: Pairs, rows: Rows, searched: int, least: float, answer: dict[str, float]
) -> int:
    """How many pairs only one of the two found, where neither was full and the cosine is not at the very edge."""
    counts = np.bincount([query for query, _ in exact], minlength=len(found.counts))
    full = np.flatnonzero((found.counts >= MOST_CANDIDATES) | (counts >= MOST_CANDIDATES))
    answer["queries_with_too_many"] = len(full)
    ours = {
        (n, row)
        for n, count in enumerate(found.counts.tolist())
        for row in found.rows[n, :count].tolist()
    }
    either = np.array([pair for pair in ours | exact if pair[0] not in full], dtype=np.int64)
    if not len(either):
        return 0
    cosines = _cosines(rows, either[:, 0] + searched, either[:, 1])
    wrong = 0
    for pair, cosine in zip(map(tuple, either.tolist()), cosines.tolist(), strict=True):
        # What the index answers for the rare words shared is no pair that a cosine finds.
        is_ours = pair in ours and cosine >= least
        wrong += is_ours != (pair in exact) and abs(cosine - least) > EDGE
    return wrong


def _cosines(rows: Rows, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    norms = rows.norms[one].astype(np.float64) * rows.norms[other]
    found: NDArray[np.float64] = rows.dots(one, other) / np.sqrt(np.maximum(norms, 1))
    return found


class Tokens(NamedTuple):
    """What rensa is given: each text's tokens by number, part by part with the part's first row, and their names."""

    earlier: Iterator[tuple[int, NDArray[np.integer], NDArray[np.integer]]]
    later: tuple[NDArray[np.integer], NDArray[np.integer]]
    names: Sequence[str]


def _features(earlier: Rows, later: Rows) -> Tokens:
    def parts() -> Iterator[tuple[int, NDArray[np.integer], NDArray[np.integer]]]:
        for first in range(0, len(earlier), PAGE):
            part = earlier.of(first, min(first + PAGE, len(earlier)))
            yield first, part.features, part.starts

    return Tokens(parts(), (later.features, later.starts), [*map(str, range(2**BITS))])


def _words(matcher: Matcher, searched: int, queries: int) -> Tokens:
    archive = matcher.archive
    shelf, spelled, known = archive.shelf, archive.lexicon.spelled, archive.standard.known

    def parts() -> Iterator[tuple[int, NDArray[np.integer], NDArray[np.integer]]]:
        for first in range(0, searched, PAGE):
            texts = shelf.solutions(first, min(first + PAGE, searched))
            yield first, *words_of(texts, first, spelled, known)

    later = words_of(shelf.solutions(searched, searched + queries), searched, spelled, known)
    return Tokens(parts(), later, [*map(archive.lexicon.word, range(len(spelled.bare)))])


def _rensa(
    name: str, tokens: Tokens, searched: int, exact: Pairs, answer: dict[str, float]
) -> None:
    from rensa import RMinHash, RMinHashLSH

    hashes = np.array(RMinHash.hash_token_sets([tokens.names])[0], dtype=np.uint64)
    before = _resident()
    lsh = RMinHashLSH(threshold=0.5, num_perm=PERMUTATIONS, num_bands=BANDS)
    seconds = 0.0
    for first, numbers, starts in tokens.earlier:
        hashed, offsets = hashes[numbers], starts.astype(np.uint64)
        began = time.perf_counter()
        lsh.insert_matrix(
            RMinHash.digest_matrix_from_flat_token_hashes(hashed, offsets, PERMUTATIONS, SEED),
            first,
        )
        seconds += time.perf_counter() - began
    answer[f"{name}_inserted_a_second"] = searched / seconds
    answer[f"{name}_bytes_per_document"] = (_resident() - before) / searched
    numbers, starts = tokens.later
    sets = [
        [tokens.names[number] for number in numbers[begin:end].tolist()]
        for begin, end in pairwise(starts.tolist())
    ]

    def asked(some: Sequence[list[str]]) -> list[list[int]]:
        found: list[list[int]] = lsh.query_all(
            RMinHash.from_token_sets(some, num_perm=PERMUTATIONS, seed=SEED)
        )
        return found

    answer[f"{name}_per_second"] = _rate(len(sets), lambda: asked(sets))
    alone = [[one] for one in sets[:ALONE]]
    answer[f"{name}_one_at_a_time_per_second"] = _rate(len(alone), lambda: [*map(asked, alone)])
    found = asked(sets)
    answer[f"{name}_candidates_a_query"] = sum(map(len, found)) / len(sets)
    if exact:
        hits = sum(row in set(found[n]) for n, row in exact)
        answer[f"{name}_recall"] = hits / len(exact)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
