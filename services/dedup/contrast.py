"""The contrast between two who suspect: pair by pair, what one holds and the other does not, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import fsum
from typing import Final, NamedTuple

from shared.vocabulary import Band, Tier, Value

MOVED: Final = 0.05
"""By more than this a score must have moved for a pair in the same band to be listed."""
_DIGITS: Final = 6
"""Scores have so many places, and so has what lies between two of them."""
_HEIGHT: Final = {Band.CLEAR: 0, Band.SIMILAR: 1, Band.NEAR: 2, Band.EXACT: 3}

Rows = tuple[int, int]
"""Two texts that were held against each other, the later one first."""


class Held(NamedTuple):
    """What one of the two holds of a pair."""

    band: Band
    score: float
    tier: Tier


class Kind(StrEnum):
    """How the two differ over a pair."""

    ONLY_LIVE = "only-live"
    ONLY_CANDIDATE = "only-candidate"
    OTHER_BAND = "other-band"
    MOVED = "moved"
    SAME = "same"


class Contrast(NamedTuple):
    """One pair, seen by the one in force and by the candidate."""

    rows: Rows
    kind: Kind
    live: Held | None
    candidate: Held | None

    @property
    def tier(self) -> Tier:
        """Where the earlier one stands: the same for both, for the tree is."""
        held = self.candidate or self.live
        assert held is not None
        return held.tier

    @property
    def moved(self) -> float | None:
        """How far the candidate's score lies above the other; nobody knows where one of them suspects nothing."""
        if self.live is None or self.candidate is None:
            return None
        return round(self.candidate.score - self.live.score, _DIGITS)

    @property
    def gap(self) -> int:
        """By how many bands the two are apart."""
        one, other = (_HEIGHT[held.band] if held else 0 for held in (self.live, self.candidate))
        return abs(one - other)

    @property
    def weight(self) -> tuple[float, ...]:
        """The order of a list: the widest gap first, then duplicates in law, then by what the scores say."""
        scores = [held.score for held in (self.live, self.candidate) if held]
        said = max(scores) if self.moved is None else abs(self.moved)
        return (
            -self.gap,
            not self.tier.in_law,
            self.moved is not None,
            -said,
            *self.rows,
        )


class Moves(Value):
    """How scores moved where both suspect: on the whole (up is above 0), in size, and at most."""

    mean: float
    mean_size: float
    largest: float


def contrasts(
    live: Mapping[Rows, Held], candidate: Mapping[Rows, Held], *, moved: float = MOVED
) -> Iterator[Contrast]:
    """Every pair that either of them suspects, in the order of the ledger."""
    for rows in sorted({*live, *candidate}):
        one, other = live.get(rows), candidate.get(rows)
        yield Contrast(rows, _kind(one, other, moved), one, other)


def moves(found: Sequence[Contrast]) -> Moves | None:
    """How scores moved, or None where there is no pair that both suspect."""
    steps = [step for contrast in found if (step := contrast.moved) is not None]
    if not steps:
        return None
    return Moves(
        mean=round(fsum(steps) / len(steps), _DIGITS),
        mean_size=round(fsum(map(abs, steps)) / len(steps), _DIGITS),
        largest=max(steps, key=abs),
    )


def _kind(live: Held | None, candidate: Held | None, moved: float) -> Kind:
    if candidate is None:
        return Kind.ONLY_LIVE
    if live is None:
        return Kind.ONLY_CANDIDATE
    if live.band is not candidate.band:
        return Kind.OTHER_BAND
    is_far = abs(round(candidate.score - live.score, _DIGITS)) > moved
    return Kind.MOVED if is_far else Kind.SAME
