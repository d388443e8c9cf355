"""The likeness: one number from the parts of a comparison, before a calibration makes a score of it.

The solution decides; the situation and the title only nudge it, so one title over two bodies stays clear and a new title
over one body does not. Of the solution it takes the best of three witnesses: the TF-IDF cosine of words with diacritics,
the same without them, and containment. It is believed only as far as the words also stand in the same order (the longest
common subsequence), which tells an edited copy from another text on the same topic, or nearly all weight is shared. In texts
of some length that order is a witness of its own: where every other word was replaced, little else is left.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.compiled import compiled
from shared.vocabulary import Parts

Numbered = NDArray[np.float64]

SOLUTION_WEIGHT: Final = 0.90
SITUATION_WEIGHT: Final = 0.05
TITLE_WEIGHT: Final = 0.05
CHANCE_ORDER: Final = 0.30
"""Two Vietnamese texts on one topic have about this share of words in the same order by chance alone."""


@compiled
def believed(full: float, bare: float, contained: float, order: float, is_long: bool) -> float:
    """How far two solutions are believed to be one, 0 to 1.

    A handful of words is contained in many a text by chance, so containment counts for texts of some length only.
    """
    ordered = max(0.0, (order - CHANCE_ORDER) / (1 - CHANCE_ORDER))
    closest = max(full, bare)
    witness = max(closest, min(contained, order)) if is_long else closest
    # Where nearly all weight is shared the order may differ: somebody moved the sentences about.
    trust = max(0.25 + 1.5 * ordered, (closest - 0.5) / 0.2)
    found = witness * min(1.0, trust)
    # Where half of the words were replaced little weight is shared, but what is left still stands in order.
    return max(found, ordered) if is_long else found


@compiled
def all_believed(alike: Numbered, short_words: int) -> Numbered:
    """The same for many pairs, each given as the five numbers of `Alike`."""
    found = np.empty(len(alike))
    for n in range(len(alike)):
        full, bare, contained, order, fewest = alike[n]
        found[n] = believed(full, bare, contained, order, fewest >= short_words)
    return found


def combine(parts: Parts, *, has_situation: bool, trust_containment: bool) -> float:
    """One number from the parts: the solution's best witness, nudged by situation and title, never above that witness."""
    found = believed(
        parts.solution_cosine,
        parts.solution_bare_cosine,
        parts.solution_containment,
        parts.solution_fuzzy,
        trust_containment,
    )
    title = min(max(parts.title_cosine, parts.title_fuzzy * 0.9), found)
    if not has_situation:
        return found * (SOLUTION_WEIGHT + SITUATION_WEIGHT) + title * TITLE_WEIGHT
    situation = min(parts.situation_cosine, found)
    return found * SOLUTION_WEIGHT + situation * SITUATION_WEIGHT + title * TITLE_WEIGHT
