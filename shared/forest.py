"""The forest: the tree of any day, as known at any position, each grown from one that is at hand where that can be."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from datetime import date
from itertools import islice
from typing import Final

from shared.ledger.model import Event, Recorded
from shared.tree import Tree, dated
from shared.vocabulary import Position

KEPT: Final = 24
TRIED: Final = 3


class Forest:
    """Every fact about units and cohorts, and the trees that were asked for last."""

    def __init__(self) -> None:
        self._facts: list[Recorded] = []
        self._positions: list[Position] = []
        self._days: list[date] = []
        self._dated: list[tuple[date, int]] = []
        self._trees: OrderedDict[tuple[int, date], Tree] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, recorded: Recorded) -> None:
        """Take in what was recorded next."""
        self._facts.append(recorded)
        self._positions.append(recorded.position)
        when = dated(recorded.event)
        insort(self._dated, (when, len(self._facts) - 1))
        place = bisect_left(self._days, when)
        if self._days[place : place + 1] != [when]:
            self._days.insert(place, when)

    def events(self) -> list[Event]:
        """Every event about units and cohorts, in the order of the ledger."""
        return [recorded.event for recorded in self._facts]

    def tree(self, at: Position | None, day: date) -> Tree:
        """The tree as known at a position (None: now), as it stood on a day."""
        known = len(self._facts) if at is None else bisect_right(self._positions, at)
        reached = bisect_right(self._days, day)
        return self._tree_at(known, self._days[reached - 1] if reached else date.min)

    def _tree_at(self, known: int, day: date) -> Tree:
        """The tree of the first so many facts on a day; a tree of fewer facts or an earlier day is grown, not made anew."""
        with self._lock:
            found = self._trees.get((known, day))
            if found is None:
                found = self._trees[known, day] = self._grown(known, day) or Tree.fold(
                    (r.event for r in self._facts[:known]), day
                )
                if len(self._trees) > KEPT:
                    self._trees.popitem(last=False)
            self._trees.move_to_end((known, day))
            return found

    def _grown(self, known: int, day: date) -> Tree | None:
        """The tree grown from the latest one at hand of which it is a continuation, where there is one."""
        earlier_ones = (key for key in sorted(self._trees, reverse=True) if key[1] <= day)
        fitting = (key for key in earlier_ones if key[0] <= known)
        for before, earlier in islice(fitting, TRIED):
            since = [
                (dated(recorded.event), place)
                for place, recorded in enumerate(self._facts[before:known], before)
                if dated(recorded.event) <= day
            ]
            came = [
                (when, place)
                for when, place in self._dated[bisect_right(self._dated, (earlier, known)) :]
                if when <= day and place < before
            ]
            ordered = sorted([*since, *came])
            first = next((when for when, _ in ordered if when > date.min), date.max)
            if first >= earlier:
                # What is newly known must not belong in the middle of what the earlier tree was made of.
                base = self._trees[before, earlier]
                return base.grown(self._facts[place].event for _, place in ordered)
        return None
