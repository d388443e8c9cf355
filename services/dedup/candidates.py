"""The candidates: which of the earlier rows that reached a bar are alike enough, and how alike each is.

An earlier text is compared as it was when it was posted, less what was standard then, to tell whether it is a candidate;
how alike it is, is measured less what has become standard since.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.found import MEASURES, MOST_CANDIDATES, Measures
from services.dedup.measure import (
    Overlap,
    Ready,
    alike,
    bare_of,
    hashes_of,
    norms_of,
    overlap,
    reaches,
)
from services.dedup.own import Sentences, less, sentences_of
from services.dedup.placed import unpacked
from services.dedup.postings import Keys, Query, kept, key, least_shared, row_of, rows
from services.dedup.prepared import World
from services.dedup.texts import Numbers
from shared.compiled import compiled

_REGARDED: Final = 64
"""After so many rows it is worked out again how strong a candidate must be to be among the best."""


@compiled
def compared(one: Ready, asked: Query, row: int, reached: Keys, world: World) -> Measures:
    """Which of the rows that reached a bar are candidates, and how alike they are; of very many, only the best.

    A key tells the most that a row's strength can be: once enough are stronger for certain, the others need no look.
    """
    few = len(reached) <= MOST_CANDIDATES
    strengths = np.empty(len(reached), dtype=np.uint64)
    measured = np.empty((min(len(reached), MOST_CANDIDATES), MEASURES))
    least = np.uint64(0)
    count = 0
    reached = np.sort(reached)[::-1]
    for n in range(len(reached)):
        if n % _REGARDED == 0 and count >= MOST_CANDIDATES:
            least = np.sort(strengths[:count])[count - MOST_CANDIDATES]
        if reached[n] < least:
            break
        other = row_of(reached[n])
        if not world.alive[other]:
            continue
        read = _read(other, world)
        shared = _shared(one, read, other, world, 2 * n + 1)
        strength = _strength(asked, other, shared, world)
        if strength < 0:
            continue
        strengths[count] = key(strength, other)
        if few:
            _measure(one, read, other, row, shared.bare, world, 2 * n + 1, measured[count])
        count += 1
    count = kept(strengths, count, MOST_CANDIDATES)
    order = np.argsort(~strengths[:count] & np.uint64(0xFFFFFFFF))
    keys = strengths[:count][order]
    best = rows(keys, count)
    measured = measured[:count]
    if few:
        measured = measured[order]
    else:
        _measured(one, best, row, world, 2 * len(reached), measured)
    return Measures(best, keys, measured)


@compiled
def _measured(
    one: Ready,
    others: NDArray[np.int64],
    row: int,
    world: World,
    stamp: int,
    measured: NDArray[np.float64],
) -> None:
    for n in range(len(others)):
        read = _read(others[n], world)
        stamp += 2
        shared = _shared(one, read, others[n], world, stamp)
        _measure(one, read, others[n], row, shared.bare, world, stamp, measured[n])


class _Read(NamedTuple):
    """An earlier text, and which of its sentences may be standard."""

    typed: Numbers
    sentences: Sentences


@compiled
def _read(row: int, world: World) -> _Read:
    start = world.placed.starts[row]
    typed = unpacked(world.placed.codes, start, start + world.placed.titles[row])
    return _Read(typed, sentences_of(typed, world.spelled, world.known))


@compiled
def _shared(one: Ready, read: _Read, other: int, world: World, stamp: int) -> Overlap:
    """What a text shares with an earlier one, as that was when it was posted."""
    words = less(read.typed, read.sentences, other)
    return overlap(
        one.bare, hashes_of(bare_of(words, world.spelled), world.spelled), world.weighed, stamp
    )


@compiled
def _measure(
    one: Ready,
    read: _Read,
    other: int,
    row: int,
    shared: int,
    world: World,
    stamp: int,
    measured: NDArray[np.float64],
) -> None:
    """Measure how alike an earlier text is when a row comes; it shared that weight when it was posted."""
    words = less(read.typed, read.sentences, row)
    norms = (int(world.norms.bare[other]), int(world.norms.full[other]))
    if (read.sentences.since < row).sum() > (read.sentences.since < other).sum():
        # Some of it has become standard since.
        hashes = hashes_of(bare_of(words, world.spelled), world.spelled)
        shared = overlap(one.bare, hashes, world.weighed, stamp + 1).bare
        norms = norms_of(words, world.spelled, world.weighed)
    found = alike(one, words, shared, norms, world.spelled, world.weighed, stamp)
    for n in range(MEASURES):
        measured[n] = found[n]


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
