"""Reliability: whether of the pairs that score 0.8 eight in ten are the same, and how far off the scores are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.vocabulary import Value

BINS: Final = 10


class Bin(Value):
    """The pairs that score from `least` on and under `most`: how many, their mean score, and what share is the same."""

    least: float
    most: float
    count: int
    score: float
    same: float


class Reliability(Value):
    """How far scores can be believed.

    `brier` is the mean square of the distance between a score and the answer, 0 or 1; `error` the expected calibration
    error: the mean over the bins, by weight, of the distance between mean score and share. Bins without a pair are left out.
    """

    pairs: int
    brier: float | None
    error: float | None
    bins: tuple[Bin, ...]


def reliability(
    scores: Sequence[float], same: Sequence[bool], weights: Sequence[float] | None = None
) -> Reliability:
    """Hold scores against what is known of their pairs, each of the same weight unless said otherwise."""
    weights = [1.0] * len(scores) if weights is None else weights
    whole = sum(weights)
    if not whole:
        return Reliability(pairs=0, brier=None, error=None, bins=())
    bins, error = [], 0.0
    for number in range(BINS):
        inside = [n for n, score in enumerate(scores) if min(int(score * BINS), BINS - 1) == number]
        weight = sum(weights[n] for n in inside)
        if not weight:
            continue
        score = sum(weights[n] * scores[n] for n in inside) / weight
        share = sum(weights[n] for n in inside if same[n]) / weight
        error += weight * abs(score - share) / whole
        bins.append(
            Bin(
                least=number / BINS,
                most=(number + 1) / BINS,
                count=len(inside),
                score=score,
                same=share,
            )
        )
    answers = zip(scores, same, weights, strict=True)
    brier = sum(weight * (score - is_same) ** 2 for score, is_same, weight in answers) / whole
    return Reliability(pairs=len(scores), brier=brier, error=error, bins=tuple(bins))
