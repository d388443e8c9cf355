"""The fields beside the solution: how alike titles and situations are, which only nudge what the solutions say."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.lexicon import Spelled
from services.dedup.measure import cosine
from services.dedup.model import Weights
from services.dedup.own import sentences_of
from services.dedup.placed import Placed, unpacked
from services.dedup.standard import Known
from services.dedup.texts import Numbers, Words
from shared.compiled import compiled


class Beside(NamedTuple):
    """How alike two titles are, by their words' weights and as strings, and two situations, where both have one."""

    title: float
    title_fuzzy: float
    situation: float
    has_situation: bool


class Fields(NamedTuple):
    """The same of one text and several earlier rows, strings not compared: by row a line of what `_MEASURES` names.

    The title of the nth of them is `titles[starts[n]:starts[n + 1]]`.
    """

    measured: NDArray[np.float64]
    titles: Words
    starts: NDArray[np.int64]


_MEASURES: Final = ("title", "situation", "has situation", "has standard sentences")


@compiled
def fields_of(
    title: Words,
    situation: Words,
    others: NDArray[np.int64],
    row: int,
    placed: Placed,
    known: Known,
    spelled: Spelled,
    weights: Weights,
) -> Fields:
    """Hold a title and a situation against those of earlier rows; sentences count as standard by when a row comes."""
    measured = np.empty((len(others), len(_MEASURES)))
    starts = np.zeros(len(others) + 1, dtype=np.int64)
    # A word lies in one code or in three.
    room = 0
    for other in others:
        room += placed.situations[other] - placed.titles[other]
    titles = np.empty(room, dtype=np.uint32)
    for n in range(len(others)):
        other = others[n]
        begin = placed.starts[other]
        solution_ends = begin + placed.titles[other]
        title_ends = begin + placed.situations[other]
        its = _words(placed.codes, solution_ends, title_ends)
        also = _words(placed.codes, title_ends, placed.starts[other + 1])
        starts[n + 1] = starts[n] + len(its)
        titles[starts[n] : starts[n + 1]] = its
        measured[n, 0] = cosine(title, its, spelled, weights)
        measured[n, 1] = cosine(situation, also, spelled, weights)
        measured[n, 2] = len(situation) > 0 and len(also) > 0
        solution = unpacked(placed.codes, begin, solution_ends)
        measured[n, 3] = np.any(sentences_of(solution, spelled, known).since < row)
    return Fields(measured, titles, starts)


@compiled
def _words(codes: NDArray[np.uint16], begin: int, end: int) -> Words:
    numbers: Numbers = unpacked(codes, begin, end)
    return numbers >> np.uint32(1)
