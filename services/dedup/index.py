"""The index: finds among all earlier texts every one that may be a copy, exactly and in order, and measures how alike they are.

A candidate is an earlier text with at least the least cosine, or one that shares at least the least part of the rare weight
of the shorter of the two, and at least a quarter of that part of the later one's; both count the texts' own words, without
what was standard when each came. Of very many candidates the best are taken, of equal ones the earliest. What is found for
a text does not depend on what came after it, on how many were asked for at a time, or on how the postings lie.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from os import cpu_count
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.column import Column
from services.dedup.compiled import compiled
from services.dedup.lexicon import Lexicon, Numbers, Texts
from services.dedup.measure import (
    Limits,
    Norms,
    Ready,
    Spelled,
    Words,
    alike,
    bare_of,
    hashes_of,
    overlap,
    own,
    reaches,
    ready,
    weight_of,
)
from services.dedup.model import BITS, Model, Weighed, features
from services.dedup.postings import (
    LARGEST,
    LONG,
    MOST,
    UNDER,
    Keys,
    Query,
    Segment,
    Tail,
    bars,
    kept,
    key,
    merged,
    post,
    query,
    rows,
    sealed,
    walk,
    walk_tail,
)
from services.dedup.shelf import Placed, Shelf, unpacked
from services.dedup.standard import Known, StandardSentences

MOST_CANDIDATES: Final = 200
"""The best so many earlier texts are compared word for word."""
TAIL: Final = 1 << 14
_ROUND: Final = 16
"""Segments are handed over by so many at a time: the compiler makes a function for each number of them."""
_THREADS: Final = max(1, min(cpu_count() or 1, 8))


class Measures(NamedTuple):
    """How alike a text and some earlier rows are: by row the five numbers of `Alike`, and the key that says which are best."""

    rows: NDArray[np.int64]
    alike: NDArray[np.float64]
    keys: Keys


class World(NamedTuple):
    """Everything that is looked up while texts are compared."""

    spelled: Spelled
    weighed: Weighed
    known: Known
    placed: Placed
    norms: Norms
    alive: NDArray[np.uint8]
    limits: Limits
    cosine: float


class Prepared(NamedTuple):
    """Several texts as queries, one after the other: text n has features `starts[n]` to `ends[n]` and a line of `facts`.

    A line holds what `_FACTS` names: how many are posted, how many are rare, and the sums of weights.
    """

    features: NDArray[np.uint32]
    weights: NDArray[np.uint16]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    facts: NDArray[np.int64]
    rests: NDArray[np.float64]


_FACTS: Final = ("prefix", "rare", "telling norm", "rare norm", "bare norm", "full norm")


class Found(NamedTuple):
    """What was found for several texts: the candidates of text n are in line n, `counts[n]` of them."""

    counts: NDArray[np.int64]
    rows: NDArray[np.int64]
    alike: NDArray[np.float64]
    keys: Keys

    def of(self, n: int) -> Measures:
        """The candidates of one text."""
        count = self.counts[n]
        return Measures(self.rows[n, :count], self.alike[n, :count], self.keys[n, :count])

    def chosen(self, are: NDArray[np.bool_]) -> list[Measures]:
        """Those candidates of each text that are marked, by line."""
        are = are & (np.arange(MOST_CANDIDATES) < self.counts[:, np.newaxis])
        chosen = [NOTHING] * len(are)
        for n in np.flatnonzero(are.any(axis=1)).tolist():
            chosen[n] = Measures(self.rows[n, are[n]], self.alike[n, are[n]], self.keys[n, are[n]])
        return chosen


def together(one: Measures, other: Measures) -> Measures:
    """The candidates of a text that were found in two places, as if they had been found in one."""
    if not len(other.rows):
        return one
    rows, alike, keys = (np.concatenate(both) for both in zip(one, other, strict=True))
    if len(keys) > MOST_CANDIDATES:
        are_best = keys >= np.partition(keys, -MOST_CANDIDATES)[-MOST_CANDIDATES]
        rows, alike, keys = rows[are_best], alike[are_best], keys[are_best]
    return Measures(rows, alike, keys)


class Index:
    """The rows of a shelf, posted under a model; the shelf and the lexicon are read, never changed."""

    def __init__(
        self,
        model: Model,
        lexicon: Lexicon,
        shelf: Shelf,
        standard: StandardSentences,
        *,
        cosine: float,
        containment: float,
    ) -> None:
        least = Fraction(cosine).limit_denominator(1000)
        self.model = model
        self._lexicon = lexicon
        self._shelf = shelf
        self._standard = standard
        self._limits = Limits(least.numerator, least.denominator, containment)
        self._cosine = float(least)
        self._norms = [Column(np.uint32) for _ in Norms._fields]
        self._alive = Column(np.uint8)
        self._segments: list[Segment] = []
        self._heads: NDArray[np.int32] = np.full(2**BITS, -1, dtype=np.int32)
        self._nexts = Column(np.int32)
        self._posts = Column(np.uint32)
        self._first = 0
        self._threads = ThreadPoolExecutor(_THREADS, "match")

    def __len__(self) -> int:
        return len(self._alive)

    def drop(self, row: int) -> None:
        """Take a row out of what is compared."""
        self._alive.all[row] = 0

    def find(self, texts: Texts, row: int) -> tuple[Prepared, Found]:
        """Look for texts, the first of which will be that row, among all rows posted so far, by every core."""
        many = len(texts.starts) - 1
        prepared, found = _prepared(texts), _found(many)
        world, segments, tail = self._world(), self._padded(), self._tail()
        rows = len(self) - self._first

        def look(first: int, last: int) -> None:
            _find(
                texts, first, last, row, world, segments, tail, self._first, rows, prepared, found
            )

        self._shared(many, look)
        return prepared, found

    def prepare(self, texts: Texts, row: int) -> Prepared:
        """The same without looking for anything."""
        many = len(texts.starts) - 1
        prepared = _prepared(texts)
        world = self._world()
        self._shared(many, lambda first, last: _prepare(texts, first, last, row, world, prepared))
        return prepared

    def _shared(self, many: int, work: Callable[[int, int], None]) -> None:
        """Share work on so many texts out among the cores."""
        parts = _THREADS if many > 1 else 1
        bounds = [many * part // parts for part in range(parts + 1)]
        waiting = [self._threads.submit(work, *part) for part in pairwise(bounds[1:])]
        work(*bounds[:2])
        for part in waiting:
            part.result()

    def recent(self, text: Numbers, prepared: Prepared, n: int, since: int) -> Measures:
        """Look for a text among the rows posted from `since` on: those of its own batch."""
        return _recent(
            text, prepared, n, len(self), self._world(), self._tail(), self._first,
            len(self) - self._first, since - self._first,
        )  # fmt: skip

    def post(self, prepared: Prepared, first: int, last: int) -> None:
        """Post texts as the next rows."""
        self._alive.reserve(last - first)
        for column in self._norms:
            column.reserve(last - first)
        posts = int(prepared.facts[first:last, 0].sum())
        self._nexts.reserve(posts)
        self._posts.reserve(posts)
        row = len(self)
        _post(
            prepared, first, last, row, row - self._first, len(self._posts), self._tail(),
            self._rooms(), self._alive.room,
        )  # fmt: skip
        self._alive.grown(row + last - first)
        for column in self._norms:
            column.grown(row + last - first)
        self._nexts.grown(len(self._nexts) + posts)
        self._posts.grown(len(self._posts) + posts)

    def seal(self) -> None:
        """Put the postings of the youngest rows in order, once there are enough; to be called between batches."""
        count = len(self) - self._first
        if count < TAIL:
            return
        starts, posts = sealed(self._tail(), len(self._posts))
        self._segments.append(Segment(self._first, count, starts, posts))
        self._heads[:] = -1
        self._nexts.grown(0)
        self._posts.grown(0)
        self._first = len(self)
        while len(self._segments) > 1:
            one, other = self._segments[-2:]
            if other.size < one.size or one.size + other.size > LARGEST:
                break
            both = Segment(one.first, one.size + other.size, *merged(one, other))
            self._segments[-2:] = [both]

    def _tail(self) -> Tail:
        return Tail(self._heads, self._nexts.room, self._posts.room)

    def _rooms(self) -> Norms:
        return Norms(*(column.room for column in self._norms))

    def _world(self) -> World:
        return World(
            Spelled(self._lexicon.hashes, self._lexicon.bare),
            self.model.weighed,
            self._standard.known,
            self._shelf.placed,
            self._rooms(),
            self._alive.room,
            self._limits,
            self._cosine,
        )

    def _padded(self) -> tuple[Segment, ...]:
        some = -len(self._segments) % _ROUND or (_ROUND if not self._segments else 0)
        return (*self._segments, *(_EMPTY for _ in range(some)))


NOTHING: Final = Measures(
    np.empty(0, dtype=np.int64), np.empty((0, 5)), np.empty(0, dtype=np.uint64)
)
_EMPTY: Final = Segment(0, 0, np.zeros(2, dtype=np.uint32), np.zeros(1, dtype=np.uint32))


def _prepared(texts: Texts) -> Prepared:
    many = len(texts.starts) - 1
    room = 2 * len(texts.words) + 1
    return Prepared(
        np.empty(room, dtype=np.uint32),
        np.empty(room, dtype=np.uint16),
        2 * texts.starts[:-1],
        np.zeros(many, dtype=np.int64),
        np.zeros((many, len(_FACTS)), dtype=np.int64),
        np.zeros(many),
    )


def _found(many: int) -> Found:
    return Found(
        np.zeros(many, dtype=np.int64),
        np.zeros((many, MOST_CANDIDATES), dtype=np.int64),
        np.zeros((many, MOST_CANDIDATES, 5)),
        np.zeros((many, MOST_CANDIDATES), dtype=np.uint64),
    )


@compiled
def _prepare(
    texts: Texts, first: int, last: int, row: int, world: World, prepared: Prepared
) -> None:
    """Make queries of some of the texts."""
    for n in range(first, last):
        _prepare_one(
            texts.words[texts.starts[n] : texts.starts[n + 1]], row + n, world, prepared, n
        )


@compiled
def _prepare_one(
    typed: Numbers, row: int, world: World, prepared: Prepared, n: int
) -> tuple[Words, Query]:
    words = own(typed, world.spelled, world.known, row)
    bare = features(hashes_of(bare_of(words, world.spelled), world.spelled))
    asked = query(bare, world.weighed, world.cosine)
    begin = prepared.starts[n]
    end = begin + len(asked.features)
    prepared.ends[n] = end
    prepared.features[begin:end] = asked.features
    prepared.weights[begin:end] = asked.weights
    prepared.facts[n, 0] = asked.prefix
    prepared.facts[n, 1] = asked.rare
    prepared.facts[n, 2] = asked.norm
    prepared.facts[n, 3] = asked.rare_norm
    bare_norm = full_norm = 0
    for feature in bare:
        bare_norm += int(world.weighed.bare[feature])
    for feature in features(hashes_of(words, world.spelled)):
        full_norm += int(world.weighed.full[feature])
    prepared.facts[n, 4] = bare_norm
    prepared.facts[n, 5] = full_norm
    prepared.rests[n] = asked.rest
    return words, asked


@compiled
def _find(
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
    keys = np.empty(4 * MOST, dtype=np.uint64)
    for n in range(first, last):
        typed = texts.words[texts.starts[n] : texts.starts[n + 1]]
        words, asked = _prepare_one(typed, row + n, world, prepared, n)
        count = 0
        if asked.prefix <= LONG:
            how = bars(asked, world.cosine, world.limits.containment, 16)
            for segment in segments:
                count = walk(asked, how, segment, world.norms.rare, sums, reached, keys, count)
            count = walk_tail(
                asked, how, tail, tail_first, tail_count, 0, world.norms.rare, sums, reached, keys,
                count,
            )  # fmt: skip
        else:
            if not len(wide):
                wide = np.empty(most, dtype=np.uint64)
            how = bars(asked, world.cosine, world.limits.containment, 31)
            for segment in segments:
                count = walk(asked, how, segment, world.norms.rare, wide, reached, keys, count)
            count = walk_tail(
                asked, how, tail, tail_first, tail_count, 0, world.norms.rare, wide, reached, keys,
                count,
            )  # fmt: skip
        if not count:
            continue
        one = ready(words, world.spelled, world.weighed)
        measures = _compared(one, asked, row + n, rows(keys, kept(keys, count, MOST)), world)
        count = len(measures.rows)
        found.counts[n] = count
        found.rows[n, :count] = measures.rows
        found.alike[n, :count] = measures.alike
        found.keys[n, :count] = measures.keys


@compiled
def _recent(
    typed: Numbers,
    prepared: Prepared,
    n: int,
    row: int,
    world: World,
    tail: Tail,
    tail_first: int,
    tail_count: int,
    since: int,
) -> Measures:
    """Look for a text among the rows of the tail from `since` on."""
    begin, end = prepared.starts[n], prepared.ends[n]
    facts = prepared.facts[n]
    asked = Query(
        prepared.features[begin:end], prepared.weights[begin:end], facts[0], facts[1], facts[2],
        facts[3], prepared.rests[n],
    )  # fmt: skip
    how = bars(asked, world.cosine, world.limits.containment, 31)
    sums = np.empty(tail_count, dtype=np.uint64)
    reached = np.empty(2 * tail_count, dtype=np.uint32)
    keys = np.empty(4 * MOST, dtype=np.uint64)
    count = walk_tail(
        asked, how, tail, tail_first, tail_count, since, world.norms.rare, sums, reached, keys, 0
    )
    words = own(typed, world.spelled, world.known, row)
    one = ready(words[: len(words) if count else 0], world.spelled, world.weighed)
    return _compared(one, asked, row, rows(keys, kept(keys, count, MOST)), world)


@compiled
def _post(
    prepared: Prepared,
    first: int,
    last: int,
    row: int,
    place: int,
    size: int,
    tail: Tail,
    norms: Norms,
    alive: NDArray[np.uint8],
) -> None:
    """Post some of the texts as rows from `row` on, which is the tail's row `place`."""
    for n in range(first, last):
        begin = prepared.starts[n]
        end = begin + prepared.facts[n, 0]
        norms.telling[row] = prepared.facts[n, 2]
        norms.rare[row] = prepared.facts[n, 3]
        norms.bare[row] = prepared.facts[n, 4]
        norms.full[row] = prepared.facts[n, 5]
        alive[row] = 1
        post(
            tail, place, size, prepared.features[begin:end], prepared.weights[begin:end],
            prepared.facts[n, 2],
        )  # fmt: skip
        size += end - begin
        row += 1
        place += 1


@compiled
def _compared(
    one: Ready, asked: Query, row: int, found: NDArray[np.int64], world: World
) -> Measures:
    """Which of the rows found are candidates, and how alike the best of them are."""
    strengths = np.empty(len(found), dtype=np.uint64)
    chosen = np.empty(len(found), dtype=np.int64)
    count = 0
    for n in range(len(found)):
        other = found[n]
        if not world.alive[other]:
            continue
        start = world.placed.starts[other]
        typed = unpacked(world.placed.codes, start, start + world.placed.titles[other])
        words = own(typed, world.spelled, world.known, other)
        hashes = hashes_of(bare_of(words, world.spelled), world.spelled)
        shared = overlap(one.bare, hashes, world.weighed, n + 1)
        norm, rare = int(world.norms.telling[other]), int(world.norms.rare[other])
        least = min(asked.rare_norm, rare)
        contained = shared.rare / least if least else 0.0
        if shared.telling and reaches(
            shared.telling, asked.norm, norm, world.limits.over, world.limits.under
        ):
            strength = max(contained, shared.telling / np.sqrt(float(asked.norm) * norm))
        elif (
            least
            and contained >= world.limits.containment
            # Sums are rounded up, which lets in some that are smaller; how many depends on the sums' bits.
            and shared.rare / asked.rare_norm >= UNDER * world.limits.containment
        ):
            strength = contained
        else:
            continue
        chosen[count] = other
        strengths[count] = key(strength, other)
        count += 1
    if count > MOST_CANDIDATES:
        least_key = np.sort(strengths[:count])[count - MOST_CANDIDATES]
        are_best = strengths[:count] >= least_key
        chosen, strengths = chosen[:count][are_best], strengths[:count][are_best]
        count = MOST_CANDIDATES
    chosen = chosen[:count]
    measured = np.empty((count, 5))
    for n in range(count):
        other = chosen[n]
        start = world.placed.starts[other]
        typed = unpacked(world.placed.codes, start, start + world.placed.titles[other])
        words = own(typed, world.spelled, world.known, row)
        bare_norm, full_norm = int(world.norms.bare[other]), int(world.norms.full[other])
        if len(own(typed, world.spelled, world.known, other)) != len(words):
            bare_hashes = hashes_of(bare_of(words, world.spelled), world.spelled)
            bare_norm = weight_of(bare_hashes, world.weighed.bare)
            full_norm = weight_of(hashes_of(words, world.spelled), world.weighed.full)
        found_alike = alike(
            one, words, full_norm, bare_norm, world.spelled, world.weighed, len(found) + n + 1
        )
        for measure in range(5):
            measured[n, measure] = found_alike[measure]
    return Measures(chosen, measured, strengths[:count])
