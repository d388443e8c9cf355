"""The search: the way of a text from its features to the rows it may copy, compiled as a whole.

Every function takes what it looks things up in as it lies (`World`), and leaves what it finds where others can read it:
several threads work on parts of one batch.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.bearing import WIDTH, Bearings, note
from services.dedup.compiled import compiled
from services.dedup.measure import (
    Alike,
    Overlap,
    Ready,
    alike,
    bare_of,
    hashes_of,
    norms_of,
    overlap,
    reaches,
    ready,
)
from services.dedup.own import less, own, sentences_of
from services.dedup.placed import unpacked
from services.dedup.postings import (
    LONG,
    MOST,
    ROOM,
    Keys,
    Query,
    bars,
    kept,
    key,
    least_shared,
    rows,
    walk,
    walk_tail,
)
from services.dedup.prepared import Prepared, World, post_one, prepared_one
from services.dedup.segment import LARGEST, Segment, Tail
from services.dedup.standard import digests_of
from services.dedup.texts import Texts

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

    `reached[n]` is how many rows reached a bar, of which at most `MOST` were looked at; which sentences bear on the search
    is in line n of `bearings`.
    """

    counts: NDArray[np.int64]
    reached: NDArray[np.int64]
    rows: NDArray[np.int64]
    keys: Keys
    alike: NDArray[np.float64]
    bearings: NDArray[np.uint64]

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
        np.zeros((many, WIDTH), dtype=np.uint64),
    )


@compiled
def find(
    texts: Texts,
    first: int,
    last: int,
    row: int,
    world: World,
    segments: tuple[Segment, ...],
    tail: Tail,
    tail_first: int,
    tail_count: int,
    prepared: Prepared,
    found: Found,
) -> None:
    """Look for some of the texts among all rows that are posted."""
    most = max(LARGEST, tail_count)
    sums = np.empty(most, dtype=np.uint32)
    wide = np.empty(0, dtype=np.uint64)
    reached = np.empty(2 * most, dtype=np.uint32)
    keys = np.empty(ROOM, dtype=np.uint64)
    for n in range(first, last):
        typed = texts.words[texts.starts[n] : texts.starts[n + 1]]
        words, asked = prepared_one(typed, row + n, world, prepared, n)
        note(found.bearings[n], digests_of(typed, world.spelled)[0])
        count = 0
        if asked.prefix <= LONG:
            how = bars(asked, world.cosine, world.limits.containment, world.limits.fewest, 16)
            for segment in segments:
                count = walk(asked, how, segment, world.norms.rare, sums, reached, keys, count)
            count = walk_tail(
                asked, how, tail, tail_first, tail_count, 0, world.norms.rare, sums, reached, keys,
                count,
            )  # fmt: skip
        else:
            if not len(wide):
                wide = np.empty(most, dtype=np.uint64)
            how = bars(asked, world.cosine, world.limits.containment, world.limits.fewest, 31)
            for segment in segments:
                count = walk(asked, how, segment, world.norms.rare, wide, reached, keys, count)
            count = walk_tail(
                asked, how, tail, tail_first, tail_count, 0, world.norms.rare, wide, reached, keys,
                count,
            )  # fmt: skip
        found.reached[n] = count
        if not count:
            continue
        one = ready(words, world.spelled, world.weighed)
        reached_rows = rows(keys, kept(keys, count, MOST))
        measures = _compared(one, asked, row + n, reached_rows, world, found.bearings[n])
        _keep(found, n, measures)


@compiled
def settle(
    texts: Texts,
    row: int,
    world: World,
    tail: Tail,
    tail_first: int,
    size: int,
    prepared: Prepared,
    found: Found,
) -> int:
    """Post texts one after the other as rows from `row` on, each first held against those of them that came before it.

    Answers how many were posted: a text that reaches more rows than are looked at is to be looked for anew, by itself.
    """
    began = row - tail_first
    most = began + len(texts.starts)
    sums = np.empty(most, dtype=np.uint32)
    wide = np.empty(most, dtype=np.uint64)
    reached = np.empty(2 * most, dtype=np.uint32)
    keys = np.empty(ROOM, dtype=np.uint64)
    for n in range(len(texts.starts) - 1):
        begin, end = prepared.starts[n], prepared.ends[n]
        facts = prepared.facts[n]
        asked = Query(
            prepared.features[begin:end], prepared.weights[begin:end], facts[0], facts[1],
            facts[2], facts[3], prepared.rests[n],
        )  # fmt: skip
        if n:
            if asked.prefix <= LONG:
                how = bars(asked, world.cosine, world.limits.containment, world.limits.fewest, 16)
                count = walk_tail(
                    asked, how, tail, tail_first, began + n, began, world.norms.rare, sums,
                    reached, keys, 0,
                )  # fmt: skip
            else:
                how = bars(asked, world.cosine, world.limits.containment, world.limits.fewest, 31)
                count = walk_tail(
                    asked, how, tail, tail_first, began + n, began, world.norms.rare, wide,
                    reached, keys, 0,
                )  # fmt: skip
            if found.reached[n] + count > MOST:
                return n
            if count:
                typed = texts.words[texts.starts[n] : texts.starts[n + 1]]
                words = own(typed, world.spelled, world.known, row + n)
                one = ready(words, world.spelled, world.weighed)
                measures = _compared(
                    one, asked, row + n, rows(keys, count), world, found.bearings[n]
                )
                _keep(found, n, measures)
        post_one(prepared, n, row + n, began + n, size, tail, world.norms, world.alive)
        size += facts[0]
    return len(texts.starts) - 1


@compiled
def _keep(found: Found, n: int, measures: Measures) -> None:
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


@compiled
def _compared(
    one: Ready,
    asked: Query,
    row: int,
    found: NDArray[np.int64],
    world: World,
    bearings: Bearings,
) -> Measures:
    """Which of the rows found are candidates, and how alike they are; of very many, only the best."""
    chosen = np.empty(len(found), dtype=np.int64)
    strengths = np.empty(len(found), dtype=np.uint64)
    measured = np.empty((len(found), MEASURES))
    count = 0
    for n in range(len(found)):
        other = found[n]
        if not world.alive[other]:
            continue
        start = world.placed.starts[other]
        typed = unpacked(world.placed.codes, start, start + world.placed.titles[other])
        sentences = sentences_of(typed, world.spelled, world.known)
        note(bearings, sentences.digests)
        words = less(typed, sentences, other)
        hashes = hashes_of(bare_of(words, world.spelled), world.spelled)
        shared = overlap(one.bare, hashes, world.weighed, 2 * n + 1)
        strength = _strength(asked, other, shared, world)
        if strength < 0:
            continue
        chosen[count] = other
        strengths[count] = key(strength, other)
        norms = (int(world.norms.bare[other]), int(world.norms.full[other]))
        weight = shared.bare
        now = less(typed, sentences, row)
        if len(now) < len(words):
            # Some of it has become standard since it was posted.
            words = now
            hashes = hashes_of(bare_of(words, world.spelled), world.spelled)
            weight = overlap(one.bare, hashes, world.weighed, 2 * n + 2).bare
            norms = norms_of(words, world.spelled, world.weighed)
        found_alike = alike(one, words, weight, norms, world.spelled, world.weighed, n + 1)
        for measure in range(MEASURES):
            measured[count, measure] = found_alike[measure]
        count += 1
    if count > MOST_CANDIDATES:
        keys = strengths[:count].copy()
        best = rows(keys, kept(keys, count, MOST_CANDIDATES))
        places = np.searchsorted(chosen[:count], best)
        return Measures(best, strengths[places], measured[places])
    return Measures(chosen[:count], strengths[:count], measured[:count])


@compiled
def _strength(asked: Query, other: int, shared: Overlap, world: World) -> float:
    """By how much a row is a candidate, the larger of its cosine and of what it shares of the rare; -1 where it is none."""
    norm, rare = int(world.norms.telling[other]), int(world.norms.rare[other])
    least = min(asked.rare_norm, rare)
    contained = shared.rare / least if least else 0.0
    if shared.telling and reaches(
        shared.telling, asked.norm, norm, world.limits.over, world.limits.under
    ):
        return max(contained, float(shared.telling / np.sqrt(float(asked.norm) * norm)))
    # Sums are rounded up, which lets in some that share too little of a longer text; how many depends on their bits.
    enough = shared.rare >= least_shared(asked, world.limits.containment, world.limits.fewest)
    return contained if least and enough and contained >= world.limits.containment else -1.0
