"""The calibration: what share of reviewers would call a pair a duplicate, from how alike its texts were measured."""

from __future__ import annotations

from math import exp, log
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

PLACES: Final = 6
STEP: Final = 1e-6
"""Likenesses and scores are told in millionths; nothing lies between two of them."""
STEPS: Final = 10**PLACES

_Factor = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
_Shift = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]


class Calibration(BaseModel):
    """Three numbers that turn a likeness into a score: 1 / (1 + exp(-(a ln s - b ln(1 - s) + c))).

    This is beta calibration (Kull, Silva Filho, Flach 2017). With a and b not negative a more alike pair never scores
    less. Nothing alike scores 0 and alike in everything 1; between them a score never reaches 1. The defaults were fitted
    on the shipped labelled set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    a: _Factor = 5.424878
    b: _Factor = 0.866085
    c: _Shift = 5.431419

    def share(self, likeness: float) -> float:
        """The score of a likeness, both 0 to 1."""
        if likeness <= 0:
            return 0.0
        if likeness >= 1:
            return 1.0
        alike = clipped(likeness)
        odds = self.a * log(alike) - self.b * log(1 - alike) + self.c
        share = 1 / (1 + exp(-odds)) if odds >= 0 else exp(odds) / (1 + exp(odds))
        return min(round(share, PLACES), 1 - STEP)

    def likeness(self, share: float) -> float:
        """The least likeness, in millionths, whose score is at least that."""
        under, least = -1, STEPS
        while least - under > 1:
            middle = (under + least) // 2
            if self.share(middle / STEPS) >= share:
                least = middle
            else:
                under = middle
        return least / STEPS


def percent(share: float, places: int = 0) -> float:
    """A share in percent, rounded down, so that only what is certain is said to be."""
    parts = int(10**places)
    return round(share * STEPS) * 100 * parts // STEPS / parts


def clipped(likeness: float) -> float:
    """A likeness strictly between 0 and 1, so that it has logarithms."""
    return min(max(likeness, STEP), 1 - STEP)


IDENTITY: Final = Calibration(a=1.0, b=1.0, c=0.0)
"""Every score is the likeness itself: what rules meant that were adopted before there was a calibration."""
