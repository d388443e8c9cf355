"""The percentage that a target was given as: how many percent, of which head count, and that day's count."""

from __future__ import annotations

from datetime import date
from typing import Self

from shared.events.programme import TargetSet
from shared.tree import Tree
from shared.vocabulary import HeadCount, Value


class Percentage(Value):
    """What a target that was given as a percentage is a percentage of; `heads` as that day's count stands now."""

    percent: float
    of: HeadCount
    counted_on: date
    heads: int | None

    @classmethod
    def behind(cls, target: TargetSet, tree: Tree) -> Self | None:
        """The percentage behind a target, where it was given as one."""
        if target.percent is None or target.of is None or target.counted_on is None:
            return None
        heads = tree.heads_counted_on(target.unit, target.counted_on)
        return cls(
            percent=float(target.percent),
            of=target.of,
            counted_on=target.counted_on,
            heads=heads.of(target.of) if heads is not None else None,
        )
