"""The search: the way of a text from its features to the rows it may copy, compiled as a whole.

Every function takes what it looks things up in as it lies (`World`), and leaves what it finds where others can read it:
several threads work on parts of one batch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.bearing import Bearings, note
from services.dedup.compiled import compiled
from services.dedup.found import MEASURES, MOST_CANDIDATES, Found, Measures, keep
from services.dedup.measure import (
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
    Bars,
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
from services.dedup.texts import Numbers, Texts, Words


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
        note(found.bearings[n], digests_of(typed, world.spelled)[0])
        count = _sealed_reaching(asked, world, posted, room, 0)
        if posted.size:
            count = _tail_reaching(asked, world, posted, room, count)
        found.reached[n] = count
        found.counts[n] = 0
        if count:
            _hold(found, n, found.bearings[n], words, asked, row + n, room.keys, count, world)


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
    found: Found,
) -> None:
    """Post texts one after the other, each first held against the tail, with those of them that came before it.

    `sealed` says what was found for them among sealed rows; the tail's are added to it in `found`, which begins with the
    first of them. There are `size` postings in the tail.
    """
    room = _room_for(row + last - posted.first)
    for n in range(first, last):
        begin, end = prepared.starts[n], prepared.ends[n]
        facts = prepared.facts[n]
        asked = Query(
            prepared.features[begin:end], prepared.weights[begin:end], facts[0], facts[1],
            facts[2], facts[3], prepared.rests[n],
        )  # fmt: skip
        count = sealed.counts[n]
        found.counts[n - first] = count
        found.rows[n - first, :count] = sealed.rows[n, :count]
        found.keys[n - first, :count] = sealed.keys[n, :count]
        found.alike[n - first, :count] = sealed.alike[n, :count]
        young = Posted(posted.segments, posted.tail, posted.first, row + n - posted.first)
        count = _tail_reaching(asked, world, young, room, 0)
        if sealed.reached[n] + count > MOST:
            # The strongest of all are looked at, and they may lie anywhere.
            count = _sealed_reaching(asked, world, young, room, 0)
            count = _tail_reaching(asked, world, young, room, count)
            found.counts[n - first] = 0
        if count:
            typed = texts.words[texts.starts[n] : texts.starts[n + 1]]
            words = own(typed, world.spelled, world.known, row + n)
            _hold(
                found, n - first, sealed.bearings[n], words, asked, row + n, room.keys, count, world
            )
        post_one(prepared, n, row + n, young.size, size, posted.tail, world.norms, world.alive)
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
    rare = world.norms.rare
    how = _bars(asked, world)
    for segment in posted.segments:
        if asked.prefix <= LONG:
            count = walk(asked, how, segment, rare, room.sums, room.reached, room.keys, count)
        else:
            count = walk(asked, how, segment, rare, room.wide, room.reached, room.keys, count)
    return count


@compiled
def _tail_reaching(asked: Query, world: World, posted: Posted, room: _Room, count: int) -> int:
    """The same of the tail's rows."""
    rare, tail, first, many = world.norms.rare, posted.tail, posted.first, posted.size
    how = _bars(asked, world)
    if asked.prefix <= LONG:
        return walk_tail(
            asked, how, tail, first, many, rare, room.sums, room.reached, room.keys, count
        )
    return walk_tail(asked, how, tail, first, many, rare, room.wide, room.reached, room.keys, count)


@compiled
def _bars(asked: Query, world: World) -> Bars:
    limits = world.limits
    bits = 16 if asked.prefix <= LONG else 31
    return bars(asked, world.cosine, limits.containment, limits.fewest, bits)


@compiled
def _hold(
    found: Found,
    n: int,
    bearings: Bearings,
    words: Words,
    asked: Query,
    row: int,
    keys: Keys,
    count: int,
    world: World,
) -> None:
    """Hold a text against the rows that reached a bar, and add the candidates among them to its own."""
    one = ready(words, world.spelled, world.weighed)
    keep(found, n, _compared(one, asked, row, rows(keys, kept(keys, count, MOST)), world, bearings))


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
    weights = np.empty(len(found), dtype=np.int64)
    stamp = count = 0
    for other in found:
        if not world.alive[other]:
            continue
        typed = _typed(other, world)
        sentences = sentences_of(typed, world.spelled, world.known)
        note(bearings, sentences.digests)
        words = less(typed, sentences, other)
        hashes = hashes_of(bare_of(words, world.spelled), world.spelled)
        stamp += 1
        shared = overlap(one.bare, hashes, world.weighed, stamp)
        strength = _strength(asked, other, shared, world)
        if strength >= 0:
            chosen[count] = other
            strengths[count] = key(strength, other)
            weights[count] = shared.bare
            count += 1
    chosen, strengths, weights = chosen[:count], strengths[:count], weights[:count]
    if count > MOST_CANDIDATES:
        keys = strengths.copy()
        best = rows(keys, kept(keys, count, MOST_CANDIDATES))
        places = np.searchsorted(chosen, best)
        chosen, strengths, weights = best, strengths[places], weights[places]
    measured = np.empty((len(chosen), MEASURES))
    for n in range(len(chosen)):
        other = chosen[n]
        typed = _typed(other, world)
        sentences = sentences_of(typed, world.spelled, world.known)
        words = less(typed, sentences, row)
        weight = weights[n]
        norms = (int(world.norms.bare[other]), int(world.norms.full[other]))
        if len(words) < len(less(typed, sentences, other)):
            # Some of it has become standard since it was posted.
            hashes = hashes_of(bare_of(words, world.spelled), world.spelled)
            stamp += 1
            weight = overlap(one.bare, hashes, world.weighed, stamp).bare
            norms = norms_of(words, world.spelled, world.weighed)
        found_alike = alike(one, words, weight, norms, world.spelled, world.weighed, n + 1)
        for measure in range(MEASURES):
            measured[n, measure] = found_alike[measure]
    return Measures(chosen, strengths, measured)


@compiled
def _typed(row: int, world: World) -> Numbers:
    start = world.placed.starts[row]
    return unpacked(world.placed.codes, start, start + world.placed.titles[row])


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
