"""Counting towards targets: what every unit has, and when it first came to each target.

When a unit first stood at a number never changes as known, as long as the same units stand under it; so it is looked up
once and remembered by what stands under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from services.projections.reckoning.counts import Span
from services.projections.reckoning.places import REGISTER, Numbers, Places
from services.projections.reckoning.reckoning import Reckoning, Scope, disjoint, run
from services.projections.reckoning.totals import span_of
from services.projections.views.view import Snapshot
from shared.terms import Window
from shared.tree import Tree

MEASURES: Final = ("gross", "net")
NOT_YET: Final = -1


class Count:
    """A count, and the instants at which it first stood at its goals."""

    __slots__ = ("goals", "reached", "total")

    def __init__(self, goals: Iterable[int]) -> None:
        self.total = 0
        self.goals = tuple(sorted(set(goals)))
        self.reached: dict[int, int] = {}

    def at(self, goal: int) -> int | None:
        """When the count first stood at a goal, unless it has fallen below it again."""
        return self.reached.get(goal) if self.total >= goal else None


class Tally:
    """What a unit and all below it have declared within one window."""

    __slots__ = ("gross", "net", "span")

    def __init__(self, window: Window | None, goals: Iterable[int]) -> None:
        goals = list(goals)
        self.span = span_of(window)
        self.gross = Count(goals)
        self.net = Count(goals)

    def of(self, measure: str) -> Count:
        """The count of a measure."""
        return self.gross if measure == "gross" else self.net


def count_all(
    snapshot: Snapshot, scope: Scope, tallies: Mapping[str, list[Tally]], tree: Tree
) -> None:
    """Fill the tallies of all units: in the order of the ledger, or, once corrected, of when things became true."""
    reckoning = Reckoning.of(snapshot, scope)
    places = Places.of(tree)
    numbers = {unit: REGISTER.number(unit) for unit in tallies}
    spans = dict.fromkeys(tally.span for found in tallies.values() for tally in found)
    for span in spans:
        for measure in MEASURES:
            sums = reckoning.by_place(measure, places, span)[0]
            for unit, found in tallies.items():
                number = numbers[unit]
                for tally in found:
                    if tally.span == span and number < len(sums):
                        tally.of(measure).total = int(sums[number])
    for units, groups in disjoint(tallies, places):
        standing = _standing(reckoning, units, groups)
        for span in spans:
            for measure in MEASURES:
                wanted = {
                    n: [tally.of(measure) for tally in tallies[unit] if tally.span == span]
                    for n, unit in enumerate(units)
                }
                _reach(reckoning, measure, span, wanted, groups, standing)


def _reach(
    reckoning: Reckoning,
    measure: str,
    span: Span | None,
    wanted: Mapping[int, Sequence[Count]],
    groups: Numbers,
    standing: Sequence[int],
) -> None:
    """Note when each count first came to those of its goals at which it stands."""
    counts, scope, rows = reckoning
    everything = (
        reckoning
        if scope.true_by is not None
        else reckoning._replace(rows=counts.rows(counts.snapshot.position))
    )
    kept = {} if scope.true_by is not None else counts.snapshot.loaded.derived
    known: dict[tuple[object, ...], tuple[int, int]] = kept.setdefault("reached", {})
    missing: dict[int, set[int]] = {}
    asked = [
        (n, goal, count)
        for n, found in wanted.items()
        for count in found
        for goal in count.goals
        if goal <= count.total
    ]
    for n, goal, _ in asked:
        row, seen = known.get((standing[n], measure, span, goal), (NOT_YET, -1))
        if row == NOT_YET and seen < everything.rows:
            missing.setdefault(n, set()).add(goal)
    if missing:
        needed = np.where(np.isin(groups, list(missing)), groups, NOT_YET)
        goals = {n: sorted(found) for n, found in sorted(missing.items())}
        first = run(everything, measure, needed, span).first(goals)
        for n, found in goals.items():
            for goal in found:
                row = first.get((n, goal), NOT_YET)
                known[standing[n], measure, span, goal] = (row, everything.rows)
    (when,) = counts.columns("recorded" if scope.true_by is None else "effective")
    for n, goal, count in asked:
        row, _ = known[standing[n], measure, span, goal]
        if row != NOT_YET and (row < rows or scope.true_by is not None):
            count.reached[goal] = int(when[row])


def _standing(reckoning: Reckoning, units: Sequence[str], groups: Numbers) -> list[int]:
    """For each unit a number that tells the cells that count for it from any others (a Zobrist hash)."""
    chosen, places = reckoning.cells()
    inside = places < len(groups)
    group = groups[places[inside]]
    mixed = _mixed(chosen[inside][group >= 0])
    found = np.zeros(len(units), dtype=np.uint64)
    np.add.at(found, group[group >= 0], mixed)
    return [int(number) for number in found.tolist()]


def _mixed(numbers: Numbers) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    """A well-mixed number for each cell (splitmix64, Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        z = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
