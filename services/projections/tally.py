"""Counting towards targets: one pass over the entries tells what every unit has, and when it came to each target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from sqlalchemy import or_, select

from services.projections.facts import micros
from services.projections.reckoning import FEW, NEVER, Scope
from services.projections.view import Snapshot
from shared.terms import Window
from shared.tree import Tree


class Count:
    """A running count, and the instants at which it first stood at its goals."""

    __slots__ = ("goal", "goals", "reached", "total")

    def __init__(self, goals: Iterable[int]) -> None:
        self.total = 0
        self.goals = sorted(set(goals), reverse=True)
        self.goal: float = self.goals[-1] if self.goals else NEVER
        self.reached: dict[int, int] = {}

    def settle(self, instant: int) -> None:
        """Note the goals that the count has come to."""
        while self.total >= self.goal:
            self.reached[self.goals.pop()] = instant
            self.goal = self.goals[-1] if self.goals else NEVER

    def at(self, goal: int) -> int | None:
        """When the count first stood at a goal, unless it has fallen below it again."""
        return self.reached.get(goal) if self.total >= goal else None


class Tally:
    """What a unit and all below it have declared within one window."""

    __slots__ = ("begins", "ends", "gross", "net")

    def __init__(self, window: Window | None, goals: Iterable[int]) -> None:
        goals = list(goals)
        self.begins: float = micros(window.from_) if window is not None else -NEVER
        self.ends: float = micros(window.to) if window is not None else NEVER
        self.gross = Count(goals)
        self.net = Count(goals)


def count_all(
    snapshot: Snapshot, scope: Scope, tallies: Mapping[str, list[Tally]], tree: Tree
) -> None:
    """Fill the tallies of all units: in the order of the ledger, or, once corrected, of when things became true."""
    entries = snapshot.tables["entries"].c
    conditions = scope.of(snapshot)
    below = list(islice((u for root in tallies for u in tree.below(root)), FEW + 1))
    if len(below) <= FEW:
        conditions.append(entries.unit.in_(below))
    known = scope.true_by is None
    order, instant = (
        (entries.position, entries.recorded) if known else (entries.effective, entries.effective)
    )
    rows = snapshot.connection.execute(
        select(
            order,
            instant.label("instant"),
            entries.unit,
            entries.filed,
            entries.gross,
            entries.net,
        )
        .where(*conditions, or_(entries.gross != 0, entries.net != 0))
        .order_by(order)
    )
    concerned: dict[str, list[Tally]] = {}
    crossed: list[Count] = []
    last, last_instant = 0, 0
    for place, at, unit, filed, gross, net in rows:
        if crossed and place != last:
            # Only where an event leaves a count does it stand; in between, an idea may be out of both units or in both.
            for count in crossed:
                count.settle(last_instant)
            crossed.clear()
        last, last_instant = place, at
        found = concerned.get(unit)
        if found is None:
            found = [tally for step in tree.path(unit) for tally in tallies.get(step, ())]
            concerned[unit] = found
        for tally in found:
            if tally.begins <= filed < tally.ends:
                count = tally.gross
                count.total += gross
                if count.total >= count.goal:
                    crossed.append(count)
                count = tally.net
                count.total += net
                if count.total >= count.goal:
                    crossed.append(count)
    for count in crossed:
        count.settle(last_instant)
