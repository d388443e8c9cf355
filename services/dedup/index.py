"""The index: finds among all earlier texts every one that may be a copy, exactly and in order, and measures how alike they are.

A candidate is an earlier text with at least the least cosine, or one that shares at least the least part of the rare weight
of the shorter of the two; both count the texts' own words, without what was standard when each came. Of very many
candidates the best are taken, of equal ones the earliest. What is found for a text does not depend on what came after it,
on how many were asked for at a time, or on how the postings lie.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from os import cpu_count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.dedup.archive import Archive
from services.dedup.column import Column
from services.dedup.found import Found, nothing_found
from services.dedup.kept import Arrays, kept, of, restore, under
from services.dedup.measure import Limits, Norms
from services.dedup.model import BITS, Model
from services.dedup.postings import FEWEST_SHARED
from services.dedup.prepared import Prepared, World, post_all, prepare, room_for
from services.dedup.search import Posted, find, settle
from services.dedup.segment import LARGEST, Segment, Tail, merged, sealed
from services.dedup.texts import Texts

TAIL: Final = 1 << 12
"""So many of the youngest rows are chained by feature before their postings are put in order."""
BUILT_TOGETHER: Final = 4096
_ROUND: Final = 16
"""Segments are handed over by so many at a time: the compiler makes a function for each number of them."""
assert TAIL + BUILT_TOGETHER <= LARGEST, (
    "a sealed tail is no larger than what a search has room for"
)
_THREADS = max(1, min(cpu_count() or 1, 8))
CORES: Final = ThreadPoolExecutor(_THREADS, "match")
_KEPT: Final = ("_alive", "_heads", "_nexts", "_posts", "_first")
_EMPTY: Final = Segment(0, 0, np.zeros(2, dtype=np.uint32), np.zeros(1, dtype=np.uint32))


class Index:
    """The rows of an archive, posted under a model; the archive is read, never changed."""

    def __init__(
        self, model: Model, archive: Archive, *, cosine: float, containment: float
    ) -> None:
        least = Fraction(cosine).limit_denominator(1000)
        self.model = model
        self._archive = archive
        fewest = FEWEST_SHARED * model.weighed.rare
        self._limits = Limits(least.numerator, least.denominator, containment, fewest)
        self._cosine = float(least)
        self._norms: list[Column[np.uint32]] = [Column(np.uint32) for _ in Norms._fields]
        self._alive = Column(np.uint8)
        self._segments: list[Segment] = []
        self._heads: NDArray[np.int32] = np.full(2**BITS, -1, dtype=np.int32)
        self._nexts = Column(np.int32)
        self._posts = Column(np.uint32)
        self._first = 0

    def catch_up(self) -> None:
        """Post what the archive holds and the index does not yet; what no longer stands is not compared."""
        shelf = self._archive.shelf
        for first in range(len(self), len(shelf), BUILT_TOGETHER):
            self.grow(first, min(first + BUILT_TOGETHER, len(shelf)))
        self._alive.all[shelf.fallen()] = 0

    def kept(self) -> Arrays:
        """What a snapshot holds of it."""
        arrays = kept(self, _KEPT)
        for name, column in zip(Norms._fields, self._norms, strict=True):
            arrays |= under(name, kept(column, ["all"]))
        for n, segment in enumerate(self._segments):
            arrays |= under(f"segment {n}", kept(segment, Segment._fields))
        return arrays

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        restore(self, _KEPT, arrays)
        for name, column in zip(Norms._fields, self._norms, strict=True):
            column.hold(of(name, arrays)["all"])
        while lies := of(f"segment {len(self._segments)}", arrays):
            first, size = int(lies["first"]), int(lies["size"])
            self._segments.append(Segment(first, size, lies["starts"], lies["posts"]))

    def __len__(self) -> int:
        return len(self._alive)

    def grow(self, first: int, last: int) -> None:
        """Post rows of the archive, which come next, without looking for anything."""
        self.post(self.prepare(self._archive.shelf.solutions(first, last), first))
        self.seal()

    def drop(self, row: int) -> None:
        """Take a row out of what is compared; one that is not posted yet will not be."""
        if row < len(self):
            self._alive.all[row] = 0

    def find(self, texts: Texts, row: int) -> Found:
        """Look for texts, the first of which would be that row, among all rows posted so far, by every core."""
        many = len(texts.starts) - 1
        prepared, found = room_for(texts), nothing_found(many)
        world, posted = self._world(), self._posted()

        def look(first: int, last: int) -> None:
            find(texts, np.arange(first, last), row, world, posted, prepared, found)

        self._shared(many, look)
        return found

    def look(
        self, texts: Texts, which: NDArray[np.int64], row: int, prepared: Prepared, found: Found
    ) -> None:
        """Look for some of the texts, the first of all being that row, among sealed rows only.

        Others may post meanwhile, where `reserve` was called for what they post, but neither learn nor seal.
        """
        sealed = Posted(self._padded(), self._tail(), self._first, 0)
        find(texts, which, row, self._world(), sealed, prepared, found)

    def ready(self, texts: Texts, which: NDArray[np.int64], row: int, prepared: Prepared) -> None:
        """Make queries of some of the texts, the first of all being that row, without looking for anything."""
        prepare(texts, which, row, self._world(), prepared)

    def prepare(self, texts: Texts, row: int) -> Prepared:
        """Make queries of texts, the first of which would be that row, without looking for anything."""
        many = len(texts.starts) - 1
        prepared = room_for(texts)
        self._shared(
            many, lambda first, last: self.ready(texts, np.arange(first, last), row, prepared)
        )
        return prepared

    def _shared(self, many: int, work: Callable[[int, int], None]) -> None:
        """Share work on so many texts out among the cores."""
        parts = _THREADS if many > 1 else 1
        bounds = [many * part // parts for part in range(parts + 1)]
        waiting = [CORES.submit(work, *part) for part in pairwise(bounds[1:])]
        work(*bounds[:2])
        for part in waiting:
            part.result()

    def settle(
        self,
        texts: Texts,
        first: int,
        last: int,
        row: int,
        prepared: Prepared,
        sealed: Found,
        mine: NDArray[np.bool_],
    ) -> Found:
        """Post texts, each first held against all younger ones before it where it is one of `mine`.

        The first of all texts is that row; there is room for them. Those of mine were looked for among sealed rows; answers
        what is found for them in all.
        """
        found = nothing_found(last - first)
        settle(
            texts, first, last, row, self._world(), self._posted(), len(self._posts), prepared,
            sealed, mine, found,
        )  # fmt: skip
        self._grown(last - first, int(prepared.facts[first:last, 0].sum()))
        return found

    def post(self, prepared: Prepared) -> None:
        """Post texts as the next rows."""
        self._reserve(len(prepared.starts), int(prepared.facts[:, 0].sum()))
        row = len(self)
        post_all(
            prepared, row, row - self._first, len(self._posts), self._tail(), self._rooms(),
            self._alive.room,
        )  # fmt: skip
        self._grown(len(prepared.starts), int(prepared.facts[:, 0].sum()))

    def reserve(self, texts: Texts) -> None:
        """Have room to post texts; nothing that a search looks into moves until they are."""
        # A text has at most a feature for each word and one for each two.
        self._reserve(len(texts.starts) - 1, 2 * len(texts.words))

    def _reserve(self, rows: int, posts: int) -> None:
        self._alive.reserve(rows)
        for column in self._norms:
            column.reserve(rows)
        self._nexts.reserve(posts)
        self._posts.reserve(posts)

    def _grown(self, rows: int, posts: int) -> None:
        self._alive.grown(len(self._alive) + rows)
        for column in self._norms:
            column.grown(len(column) + rows)
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
            if not belong_together(one.size, other.size):
                break
            both = Segment(one.first, one.size + other.size, *merged(one, other))
            self._segments[-2:] = [both]

    def _tail(self) -> Tail:
        return Tail(self._heads, self._nexts.room, self._posts.room)

    def _rooms(self) -> Norms:
        return Norms(*(column.room for column in self._norms))

    def _world(self) -> World:
        return World(
            self._archive.lexicon.spelled,
            self.model.weighed,
            self._archive.standard.known,
            self._archive.shelf.placed,
            self._rooms(),
            self._alive.room,
            self._limits,
            self._cosine,
        )

    def _posted(self) -> Posted:
        return Posted(self._padded(), self._tail(), self._first, len(self) - self._first)

    def _padded(self) -> tuple[Segment, ...]:
        some = -len(self._segments) % _ROUND or (_ROUND if not self._segments else 0)
        return (*self._segments, *(_EMPTY for _ in range(some)))


def belong_together(one: int, other: int) -> bool:
    """Whether two neighbouring segments of such sizes become one.

    Runs are of all lengths: were only those merged whose younger is no smaller, there would be more and more small ones.
    """
    return one <= 2 * other and one + other <= LARGEST
