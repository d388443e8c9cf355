"""The comparison: what a shadow run says of a candidate and of what is in force, to be read before one is promoted."""

from __future__ import annotations

from services.dedup.contrast import Kind, Moves
from shared.vocabulary import Band, MatchingRules, Position, Ruling, Tier, Value


class Opinion(Value):
    """How alike one of the two holds a pair."""

    band: Band
    score: float


class Difference(Value):
    """One pair over which they differ. `flagged`: a flag between the two is on record, whoever raised it and when."""

    kind: Kind
    idea: str
    sender: str
    of: str
    of_sender: str
    tier: Tier
    in_law: bool
    live: Opinion | None
    candidate: Opinion | None
    moved: float | None
    flagged: bool
    ruling: Ruling | None
    position: Position
    of_position: Position


class Side(Value):
    """One of the two: what it suspects under, how many pairs and ideas, and how many of the pairs have a flag on record."""

    model: str
    rules: MatchingRules
    pairs: int
    by_band: dict[Band, int]
    ideas: int
    flagged: int


class Evidence(Value):
    """Of the pairs of which people said the same, how many each of the two suspects, by band."""

    pairs: int
    live: dict[Band, int]
    candidate: dict[Band, int]


class Comparison(Value):
    """All of it: the two sides, where they differ, and how they do on pairs that people judged."""

    since: Position
    to: Position
    head: Position
    texts: int
    live: Side
    candidate: Side
    kinds: dict[Kind, int]
    listed_from: float
    moves: Moves | None
    duplicates: Evidence
    distinct: Evidence
    differences: tuple[Difference, ...]
