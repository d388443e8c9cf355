"""Counting towards goals: what every unit has, and when it first came to each goal.

When a unit first stood at a number never changes as known, as long as the same units stand under it; so it is looked up
once and remembered: for the lines that are asked for again, and, on other trees, by what stands under the unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from services.projections.reckoning.counts import Span
from services.projections.reckoning.places import REGISTER, Numbers, Places
from services.projections.reckoning.reckoning import ROOM, Reckoning, Scope, disjoint, run
from services.projections.reckoning.totals import span_of
from services.projections.views.view import Snapshot
from shared.terms import Window
from shared.tree import Tree

MEASURES: Final = ("gross", "net")
NOT_YET: Final = -1


class Line(NamedTuple):
    """What a unit and all below it declared within a span (None: all time), held against a goal, where there is one."""

    unit: str
    span: Span | None
    goal: int | None = None


class Progress(NamedTuple):
    """What one measure comes to, line by line, and when each count first stood at its goal, unless it has fallen since.

    Instants are in microseconds: of recording, or, once corrected, of when it became true.
    """

    totals: list[int]
    reached: list[int | None]


class Lines:
    """Lines on one tree, put in order once, so that whoever asks for them at another moment has them only added up."""

    def __init__(self, lines: Sequence[Line], tree: Tree) -> None:
        self._lines = lines
        self._places = Places.of(tree)
        self._numbers = REGISTER.numbers(line.unit for line in lines)
        # No count comes to more than there is room for, nor to a goal that is none.
        goals = (ROOM if line.goal is None else min(line.goal, ROOM) for line in lines)
        self._goals = np.fromiter(goals, dtype=np.int64, count=len(lines))
        spans: dict[Span | None, list[int]] = {}
        for n, line in enumerate(lines):
            spans.setdefault(line.span, []).append(n)
        self._spans = {span: np.array(found) for span, found in spans.items()}
        units = dict.fromkeys(line.unit for line in lines)
        self._lots = [together for together, _ in disjoint(units, self._places)]
        group = {unit: n for together in self._lots for n, unit in enumerate(together)}
        self._group = [group[line.unit] for line in lines]
        lot = {unit: number for number, together in enumerate(self._lots) for unit in together}
        self._lot = np.array([lot[line.unit] for line in lines], dtype=np.int64)

    def progress(self, reckoning: Reckoning, measure: str) -> Progress:
        """What a measure comes to: in the order of the ledger, or, once corrected, of when things became true."""
        totals = np.zeros(len(self._lines), dtype=np.int64)
        for span, lines in self._spans.items():
            sums = reckoning.by_place(measure, self._places, span)[0]
            numbers = self._numbers[lines]
            known = numbers < len(sums)
            totals[lines[known]] = sums[numbers[known]]
        counts, scope, rows = reckoning
        known_then = scope.true_by is None
        everything = (
            reckoning._replace(rows=counts.rows(counts.snapshot.position))
            if known_then
            else reckoning
        )
        remembered = self._remembered(reckoning, measure)
        # Another thread, whose snapshot is older, may remember less at any time.
        found = remembered.copy()
        standing = self._goals <= totals
        missing = standing & (found < 0) & (found > _unseen(everything.rows))
        if missing.any():
            self._look_up(everything, measure, found, missing)
            remembered[missing] = found[missing]
        standing &= found >= 0
        if known_then:
            standing &= found < rows
        (when,) = counts.columns("recorded" if known_then else "effective")
        there = np.flatnonzero(standing)
        reached: list[int | None] = [None] * len(totals)
        for n, instant in zip(there.tolist(), when[found[there]].tolist(), strict=True):
            reached[n] = instant
        return Progress(totals.tolist(), reached)

    def _remembered(self, reckoning: Reckoning, measure: str) -> Numbers:
        """The row with which each line came to its goal, or how many rows were looked through in vain (`_unseen`).

        Rows are only ever added, so what was the first stays the first.
        """
        counts, scope, _ = reckoning
        fresh = np.full(len(self._lines), _unseen(0), dtype=np.int64)
        if scope.true_by is not None:
            return fresh
        loaded = counts.snapshot.loaded
        with loaded.lock:
            kept: WeakKeyDictionary[Lines, dict[tuple[str, str], Numbers]]
            kept = loaded.derived.setdefault("lines", WeakKeyDictionary())
            return kept.setdefault(self, {}).setdefault((scope.programme, measure), fresh)

    def _look_up(
        self, everything: Reckoning, measure: str, found: Numbers, missing: NDArray[np.bool_]
    ) -> None:
        """Note for the lines that are missing with which row each first came to its goal."""
        corrected = everything.scope.true_by is not None
        kept = {} if corrected else everything.counts.snapshot.loaded.derived
        known: dict[tuple[object, ...], tuple[int, int]] = kept.setdefault("reached", {})
        for number, units in enumerate(self._lots):
            of_lot = missing & (self._lot == number)
            if not of_lot.any():
                continue
            groups = self._places.groups(units)
            standing = _standing(everything, units, groups)
            for span, lines in self._spans.items():
                asked = [
                    (n, self._group[n], int(self._goals[n])) for n in lines[of_lot[lines]].tolist()
                ]
                answers: dict[tuple[int, int], tuple[int, int]] = {}
                goals: dict[int, set[int]] = {}
                for _, group, goal in asked:
                    answer = known.get((standing[group], measure, span, goal), (NOT_YET, -1))
                    if answer[0] == NOT_YET and answer[1] < everything.rows:
                        goals.setdefault(group, set()).add(goal)
                    else:
                        answers[group, goal] = answer
                if goals:
                    needed = np.where(np.isin(groups, list(goals)), groups, NOT_YET)
                    wanted = {group: sorted(those) for group, those in sorted(goals.items())}
                    first = run(everything, measure, needed, span).first(wanted)
                    for group, those in wanted.items():
                        for goal in those:
                            answer = (first.get((group, goal), NOT_YET), everything.rows)
                            answers[group, goal] = answer
                            known[standing[group], measure, span, goal] = answer
                for n, group, goal in asked:
                    row, seen = answers[group, goal]
                    found[n] = _unseen(seen) if row == NOT_YET else row


def _unseen(rows: int) -> int:
    """That so many rows were looked through and none was it, in the place of the row that would be."""
    return NOT_YET - rows


class Count:
    """A count, and the instants at which it first stood at its goals."""

    __slots__ = ("reached", "total")

    def __init__(self) -> None:
        self.total = 0
        self.reached: dict[int, int] = {}

    def at(self, goal: int) -> int | None:
        """When the count first stood at a goal, unless it has fallen below it again."""
        return self.reached.get(goal)


class Tally:
    """What a unit and all below it have declared within one window."""

    __slots__ = ("goals", "gross", "net", "span")

    def __init__(self, window: Window | None, goals: Iterable[int]) -> None:
        self.span = span_of(window)
        self.goals = tuple(goals)
        self.gross = Count()
        self.net = Count()

    def of(self, measure: str) -> Count:
        """The count of a measure."""
        return self.gross if measure == "gross" else self.net


def count_all(
    snapshot: Snapshot, scope: Scope, tallies: Mapping[str, list[Tally]], tree: Tree
) -> None:
    """Fill the tallies of all units: in the order of the ledger, or, once corrected, of when things became true."""
    asked = [
        (tally, Line(unit, tally.span, goal))
        for unit, found in tallies.items()
        for tally in found
        for goal in (None, *tally.goals)
    ]
    lines = Lines([line for _, line in asked], tree)
    reckoning = Reckoning.of(snapshot, scope)
    for measure in MEASURES:
        told = lines.progress(reckoning, measure)
        for (tally, line), total, reached in zip(asked, *told, strict=True):
            count = tally.of(measure)
            count.total = total
            if line.goal is not None and reached is not None:
                count.reached[line.goal] = reached


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
