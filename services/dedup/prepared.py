"""Prepared texts: as queries to look for, and as what is posted when their turn has come."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.lexicon import Spelled
from services.dedup.measure import Limits, Norms, bare_of, hashes_of
from services.dedup.model import Weighed, features
from services.dedup.own import own
from services.dedup.placed import Placed
from services.dedup.postings import Query, query
from services.dedup.segment import Tail, post
from services.dedup.standard import Known
from services.dedup.texts import Numbers, Texts, Words
from shared.compiled import compiled


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


def room_for(texts: Texts) -> Prepared:
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


@compiled
def prepare(
    texts: Texts, which: NDArray[np.int64], row: int, world: World, prepared: Prepared
) -> None:
    """Make queries of some of the texts."""
    for n in which:
        prepared_one(
            texts.words[texts.starts[n] : texts.starts[n + 1]], row + n, world, prepared, n
        )


@compiled
def prepared_one(
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
def post_one(
    prepared: Prepared,
    n: int,
    row: int,
    place: int,
    size: int,
    tail: Tail,
    norms: Norms,
    alive: NDArray[np.uint8],
) -> None:
    """Post one of the texts as a row, which is the tail's row `place`; `size` postings are there already."""
    begin = prepared.starts[n]
    end = begin + prepared.facts[n, 0]
    norm = prepared.facts[n, 2]
    norms.telling[row] = norm
    norms.rare[row] = prepared.facts[n, 3]
    norms.bare[row] = prepared.facts[n, 4]
    norms.full[row] = prepared.facts[n, 5]
    alive[row] = 1
    post(tail, place, size, prepared.features[begin:end], prepared.weights[begin:end], norm)


@compiled
def post_all(
    prepared: Prepared,
    row: int,
    place: int,
    size: int,
    tail: Tail,
    norms: Norms,
    alive: NDArray[np.uint8],
) -> None:
    """Post all of the texts as rows from `row` on."""
    for n in range(len(prepared.starts)):
        post_one(prepared, n, row + n, place + n, size, tail, norms, alive)
        size += prepared.facts[n, 0]
