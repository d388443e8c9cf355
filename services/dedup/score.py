"""The score: how alike two declarations are, field by field and in one number, and the band that number falls in.

The solution decides; the situation and the title only nudge it, so one title over two bodies stays clear and a new title
over one body does not. Of the solution it takes the best of three witnesses: the TF-IDF cosine of words with diacritics,
the same without them, and containment. It is believed only as far as the words also stand in the same order (the longest
common subsequence), which tells an edited copy from another text on the same topic, or nearly all weight is shared. In texts
of some length that order is a witness of its own: where every other word was replaced, little else is left.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from services.dedup.model import Features, Model, hashed
from services.dedup.reading import Reading, Words, bare
from shared.vocabulary import Band, MatchingRules, Parts, Thresholds, Tier

Phrase = tuple[str, ...]

SOLUTION_WEIGHT: Final = 0.90
SITUATION_WEIGHT: Final = 0.05
TITLE_WEIGHT: Final = 0.05
CHANCE_ORDER: Final = 0.30
"""Two Vietnamese texts on one topic have about this share of words in the same order by chance alone."""
FEWEST_WORDS: Final = 5
"""With fewer words left after standard paragraphs there is nothing to compare."""


class Scored(NamedTuple):
    """A score, 0 to 1, its parts, the band, and why the band is not what the score alone would say."""

    score: float
    parts: Parts
    band: Band
    reasons: tuple[str, ...]


class StopPhrases(NamedTuple):
    """What weighs nothing in each field: phrases as words without diacritics."""

    title: tuple[Phrase, ...] = ()
    solution: tuple[Phrase, ...] = ()
    situation_before: tuple[Phrase, ...] = ()

    @classmethod
    def of(cls, rules: MatchingRules) -> StopPhrases:
        """The stop phrases of the rules, read as texts are; what holds no word is no phrase."""

        def phrases(field: str) -> tuple[Phrase, ...]:
            typed = rules.stop_phrases.get(field, ())
            return tuple(filter(None, (Words.of(phrase).bare for phrase in typed)))

        return cls(*map(phrases, cls._fields))


NO_PHRASES: Final = StopPhrases()


def score(
    later: Reading,
    earlier: Reading,
    *,
    model: Model,
    rules: MatchingRules,
    standard: Collection[bytes],
    tier: Tier,
    stop: StopPhrases = NO_PHRASES,
) -> Scored:
    """Compare two readings, standard paragraphs and stop phrases weighing nothing, and hold it to the tier's limits."""
    one, other = (_own_words(r.solution, standard, stop.solution) for r in (later, earlier))
    changed = one is not later.solution or other is not earlier.solution
    if changed:
        one_full, other_full = hashed([one.full, other.full])
        one_bare, other_bare = hashed([one.bare, other.bare])
    else:
        one_full, other_full = later.solution_full, earlier.solution_full
        one_bare, other_bare = later.solution_bare, earlier.solution_bare
    full_cosine, _ = _overlap(one_full, other_full, model.full)
    bare_cosine, contained = _overlap(one_bare, other_bare, model.full)
    order = _order(one.bare, other.bare)
    one_title, one_title_full = _less(later.title, later.title_full, stop.title)
    other_title, other_title_full = _less(earlier.title, earlier.title_full, stop.title)
    before, before_full = _less(later.situation, later.situation_full, stop.situation_before)
    also, also_full = _less(earlier.situation, earlier.situation_full, stop.situation_before)
    title_cosine, _ = _overlap(one_title_full, other_title_full, model.full)
    situation_cosine, _ = _overlap(before_full, also_full, model.full)
    parts = Parts.model_construct(
        title_cosine=_round(title_cosine),
        title_fuzzy=_round(fuzz.token_set_ratio(" ".join(one_title), " ".join(other_title)) / 100),
        situation_cosine=_round(situation_cosine),
        solution_cosine=_round(full_cosine),
        solution_bare_cosine=_round(bare_cosine),
        solution_containment=_round(contained),
        solution_fuzzy=_round(order),
    )
    long_enough = min(len(one.bare), len(other.bare)) >= rules.short_words
    total = _round(
        combine(
            parts,
            has_situation=bool(before and also),
            trust_containment=long_enough,
        )
    )
    limits, fewer = rules.limits(tier), min(len(one.bare), len(other.bare))
    return _banded(total, parts, limits, fewer, is_short=not long_enough, changed=changed)


def combine(parts: Parts, *, has_situation: bool, trust_containment: bool) -> float:
    """One number from the parts: the solution's best witness, nudged by situation and title, never above 1.

    A handful of words is contained in many a text by chance, so containment counts for texts of some length only.
    """
    ordered = max(0.0, (parts.solution_fuzzy - CHANCE_ORDER) / (1 - CHANCE_ORDER))
    solution = max(
        parts.solution_cosine,
        parts.solution_bare_cosine,
        min(parts.solution_containment, parts.solution_fuzzy) if trust_containment else 0.0,
    )
    # Where nearly all weight is shared the order may differ: somebody moved the sentences about.
    trust = max(
        0.25 + 1.5 * ordered, (max(parts.solution_cosine, parts.solution_bare_cosine) - 0.5) / 0.2
    )
    believed = solution * min(1.0, trust)
    if trust_containment:
        # Where half of the words were replaced little weight is shared, but what is left still stands in order.
        believed = max(believed, ordered)
    title = max(parts.title_cosine, parts.title_fuzzy * 0.9)
    if not has_situation:
        return believed * (SOLUTION_WEIGHT + SITUATION_WEIGHT) + min(title, believed) * TITLE_WEIGHT
    return (
        believed * SOLUTION_WEIGHT
        + min(parts.situation_cosine, believed) * SITUATION_WEIGHT
        + min(title, believed) * TITLE_WEIGHT
    )


def _banded(
    total: float, parts: Parts, limits: Thresholds, words: int, *, is_short: bool, changed: bool
) -> Scored:
    reasons = ["template-removed"] if changed else []
    if words < FEWEST_WORDS:
        return Scored(total, parts, Band.CLEAR, (*reasons, "template-only"))
    band = (
        Band.EXACT
        if total >= limits.exact
        else Band.NEAR
        if total >= limits.near
        else Band.SIMILAR
        if total >= limits.similar
        else Band.CLEAR
    )
    if is_short and band in {Band.EXACT, Band.NEAR}:
        reasons.append("short-text")
        band = Band.SIMILAR
    return Scored(total, parts, band, tuple(reasons))


def _own_words(words: Words, standard: Collection[bytes], phrases: tuple[Phrase, ...]) -> Words:
    rest = words.without(standard)
    for phrase in phrases:
        rest = _without_phrase(rest, phrase)
    return rest


def _less(
    words: tuple[str, ...], read: Features, phrases: tuple[Phrase, ...]
) -> tuple[tuple[str, ...], Features]:
    """A title or situation without its stop phrases, and the features of what is left."""
    if not phrases:
        return words, read
    rest = _own_words(Words(words, tuple(map(bare, words)), ()), (), phrases)
    return (words, read) if len(rest.full) == len(words) else (rest.full, hashed([rest.full])[0])


def _without_phrase(words: Words, phrase: Phrase) -> Words:
    size = len(phrase)
    keep: list[int] = []
    index = 0
    while index < len(words.bare):
        if words.bare[index : index + size] == phrase:
            index += size
        else:
            keep.append(index)
            index += 1
    if len(keep) == len(words.bare):
        return words
    return Words(tuple(words.full[i] for i in keep), tuple(words.bare[i] for i in keep), ())


def _overlap(one: Features, other: Features, weights: NDArray[np.float64]) -> tuple[float, float]:
    """The cosine of two texts, and how much of the lighter one's weight the other holds."""
    shared = weights[np.intersect1d(one, other, assume_unique=True)]
    dot = float(shared @ shared)
    own, its = float(weights[one] @ weights[one]), float(weights[other] @ weights[other])
    if not dot:
        return 0.0, 0.0
    return dot / float(np.sqrt(own * its)), dot / min(own, its)


def _order(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The share of the shorter text's words that stand in the other in the same order, sentences moved or not."""
    if not one or not other:
        return 0.0
    return LCSseq.similarity(one, other) / min(len(one), len(other))


def _round(value: float) -> float:
    # Six places are far below what any threshold can tell, and the same on every machine.
    return round(min(1.0, value), 6)
