"""Surprise: how unlikely a number would be if nothing were particular about it, for thousands of units at once.

Sources: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), for the modified z; Benjamini and Hochberg,
Controlling the False Discovery Rate (1995).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OF_MEDIAN: Final = 0.6745
"""The median absolute deviation of a normal distribution, in standard deviations."""
OF_MEAN: Final = 1.253314
"""One standard deviation of a normal distribution, in mean absolute deviations."""


def modified_z(values: NDArray[Any]) -> Floats:
    """How many deviations each value lies from the median; the few that are far out do not hide each other."""
    found = np.zeros(len(values), dtype=np.float64)
    if not len(values):
        return found
    away = values - np.median(values)
    spread = float(np.median(np.abs(away))) / OF_MEDIAN
    if not spread:
        # More than half of the values are the same.
        spread = float(np.mean(np.abs(away))) * OF_MEAN
    return away / spread if spread else found


def share_tail(part: NDArray[Any], whole: NDArray[Any], share: NDArray[Any]) -> Floats:
    """How likely at least `part` of `whole` is where each is so by itself with a probability of `share` (binomial)."""
    from scipy.special import bdtrc  # noqa: PLC0415  (most boards begin without it)

    found = np.ones(len(part), dtype=np.float64)
    some = part > 0
    found[some] = bdtrc(part[some] - 1.0, whole[some].astype(np.int64), share[some])
    return found


def count_tail(count: NDArray[Any], expected: NDArray[Any], spread: NDArray[Any]) -> Floats:
    """How likely at least `count` (one or more) is where `expected` come on average with a variance of `spread` times that.

    Poisson where the spread is 1, else negative binomial: what comes in heaps comes in larger heaps.
    """
    from scipy.special import betainc, gammainc  # noqa: PLC0415

    found: Floats = gammainc(count, expected)
    wide = spread > 1
    shape = expected[wide] / (spread[wide] - 1)
    found[wide] = betainc(count[wide], shape, 1 - 1 / spread[wide])
    return found


def discovered(likely: NDArray[Any], tested: int, rate: float) -> NDArray[np.bool_]:
    """Which are found, so that of all that are found at most a share of `rate` is expected to be chance.

    `tested` are all that were looked at, of which `likely` may hold only those that could be found.
    """
    order = np.argsort(likely, kind="stable")
    limits = np.arange(1, len(likely) + 1) * (rate / max(tested, 1))
    under = np.flatnonzero(likely[order] <= limits)
    found = np.zeros(len(likely), dtype=bool)
    if len(under):
        found[order[: under[-1] + 1]] = True
    return found


def against_others(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """For each unit how likely its part would be at the share of all others, and that share (with half an idea added)."""
    others = (part.sum() - part + 0.5) / (whole.sum() - whole + 1.0)
    return np.stack([share_tail(part, whole, others), others])
