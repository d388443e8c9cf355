"""The search: the way of a text from its features to the rows it may copy, compiled as a whole.

Every function takes what it looks things up in as it lies (`World`), and leaves what it finds where others can read it:
several threads work on parts of one batch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.candidates import compared
from services.dedup.found import Found, keep
from services.dedup.measure import ready
from services.dedup.own import own
from services.dedup.postings import (
    LONG,
    MOST,
    ROOM,
    Bars,
    Keys,
    Query,
    bars,
    kept,
    walk,
    walk_tail,
)
from services.dedup.prepared import Prepared, World, post_one, prepared_one
from services.dedup.segment import LARGEST, Segment, Tail
from services.dedup.texts import Texts, Words
from shared.compiled import compiled


class Posted(NamedTuple):
    """Everything that is posted: the sealed rows by segment, and the tail, of so many rows from `first` on."""

    segments: tuple[Segment, ...]
    tail: Tail
    first: int
    size: int


class _Room(NamedTuple):
    """Where sums are added up, and what reaches a bar is noted."""

    sums: NDArray[np.uint32]
    wide: NDArray[np.uint64]
    reached: NDArray[np.uint32]
    keys: Keys


@compiled
def find(
    texts: Texts,
    which: NDArray[np.int64],
    row: int,
    world: World,
    posted: Posted,
    prepared: Prepared,
    found: Found,
) -> None:
    """Prepare some of the texts, the first of all being that row, and look for them among all rows that are posted."""
    room = _room_for(posted.size)
    for n in which:
        typed = texts.words[texts.starts[n] : texts.starts[n + 1]]
        words, asked = prepared_one(typed, row + n, world, prepared, n)
        count = _sealed_reaching(asked, world, posted, room, 0)
        if posted.size:
            count = _tail_reaching(asked, world, posted, room, count)
        found.reached[n] = count
        found.counts[n] = 0
        if count:
            _hold(found, n, words, asked, row + n, room.keys, count, world)


@compiled
def settle(
    texts: Texts,
    first: int,
    last: int,
    row: int,
    world: World,
    posted: Posted,
    size: int,
    prepared: Prepared,
    sealed: Found,
    mine: NDArray[np.bool_],
    found: Found,
) -> None:
    """Post texts one after the other, each of `mine` first held against the tail, with those that came before it.

    `sealed` says what was found for them among sealed rows; the tail's are added to it in `found`, which begins with the
    first of them. There are `size` postings in the tail.
    """
    room = _room_for(row + last - posted.first)
    for n in range(first, last):
        begin, end = prepared.starts[n], prepared.ends[n]
        facts = prepared.facts[n]
        place = row + n - posted.first
        if not mine[n]:
            post_one(prepared, n, row + n, place, size, posted.tail, world.norms, world.alive)
            size += facts[0]
            continue
        asked = Query(
            prepared.features[begin:end], prepared.weights[begin:end], facts[0], facts[1],
            facts[2], facts[3], prepared.rests[n],
        )  # fmt: skip
        count = sealed.counts[n]
        found.counts[n - first] = count
        found.rows[n - first, :count] = sealed.rows[n, :count]
        found.keys[n - first, :count] = sealed.keys[n, :count]
        found.alike[n - first, :count] = sealed.alike[n, :count]
        young = Posted(posted.segments, posted.tail, posted.first, place)
        count = _tail_reaching(asked, world, young, room, 0)
        if sealed.reached[n] + count > MOST:
            # The strongest of all are looked at, and they may lie anywhere.
            count = _sealed_reaching(asked, world, young, room, 0)
            count = _tail_reaching(asked, world, young, room, count)
            found.counts[n - first] = 0
        if count:
            typed = texts.words[texts.starts[n] : texts.starts[n + 1]]
            words = own(typed, world.spelled, world.known, row + n)
            _hold(found, n - first, words, asked, row + n, room.keys, count, world)
        post_one(prepared, n, row + n, place, size, posted.tail, world.norms, world.alive)
        size += facts[0]


@compiled
def _room_for(tail: int) -> _Room:
    most = max(LARGEST, tail)
    return _Room(
        np.empty(most, dtype=np.uint32),
        np.empty(most, dtype=np.uint64),
        np.empty(2 * most, dtype=np.uint32),
        np.empty(ROOM, dtype=np.uint64),
    )


@compiled
def _sealed_reaching(asked: Query, world: World, posted: Posted, room: _Room, count: int) -> int:
    """Note the sealed rows that reach a bar, behind so many keys; answers how many keys there are then."""
    norms = world.norms
    how = _bars(asked, world)
    for segment in posted.segments:
        if asked.prefix <= LONG:
            count = walk(asked, how, segment, norms, room.sums, room.reached, room.keys, count)
        else:
            count = walk(asked, how, segment, norms, room.wide, room.reached, room.keys, count)
    return count


@compiled
def _tail_reaching(asked: Query, world: World, posted: Posted, room: _Room, count: int) -> int:
    """The same of the tail's rows."""
    norms, tail, first, many = world.norms, posted.tail, posted.first, posted.size
    how = _bars(asked, world)
    if asked.prefix <= LONG:
        return walk_tail(
            asked, how, tail, first, many, norms, room.sums, room.reached, room.keys, count
        )
    return walk_tail(
        asked, how, tail, first, many, norms, room.wide, room.reached, room.keys, count
    )


@compiled
def _bars(asked: Query, world: World) -> Bars:
    limits = world.limits
    bits = 16 if asked.prefix <= LONG else 31
    return bars(asked, world.cosine, limits.containment, limits.fewest, bits)


@compiled
def _hold(
    found: Found,
    n: int,
    words: Words,
    asked: Query,
    row: int,
    keys: Keys,
    count: int,
    world: World,
) -> None:
    """Hold a text against the rows that reached a bar, and add the candidates among them to its own."""
    one = ready(words, world.spelled, world.weighed)
    keep(found, n, compared(one, asked, row, keys[: kept(keys, count, MOST)], world))
