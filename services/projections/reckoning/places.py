"""Places: the tree of one moment as arrays, so that what thousands of units count is added up along it at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.tree import DEPTH_LIMIT, Tree
from shared.vocabulary import Level

Numbers = NDArray[np.int64]
NOWHERE: Final = -1
LEVELS: Final = tuple(Level)


class Register:
    """A number for every code that was ever asked about; it holds as long as the process does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self.codes: list[str] = []

    def __len__(self) -> int:
        return len(self.codes)

    def number(self, code: str) -> int:
        """The code's number."""
        found = self._numbers.get(code)
        if found is None:
            with self._lock:
                found = self._numbers.get(code)
                if found is None:
                    # Whoever reads a number finds its code, so the code comes first.
                    self.codes.append(code)
                    found = self._numbers[code] = len(self.codes) - 1
        return found

    def numbers(self, codes: Iterable[str]) -> Numbers:
        """The codes' numbers."""
        return np.array([self.number(code) for code in codes], dtype=np.int64)


REGISTER: Final = Register()


class Siblings(NamedTuple):
    """Units of one depth, those of one parent side by side: where each parent's begin, and the parents."""

    places: Numbers
    begins: Numbers
    parents: Numbers


class Places:
    """Which unit counts towards which, by the numbers of the register."""

    def __init__(self, tree: Tree, like: Places | None = None, changed: Iterable[str] = ()) -> None:
        """The places of a tree; where it is like another one but for some units, only these are looked at."""
        self._tree = tree
        self._ancestors: dict[Level, Numbers] = {}
        units = list(tree.units.values() if like is None else map(tree.units.__getitem__, changed))
        numbers = REGISTER.numbers(unit.code for unit in units)
        above = [unit.merged_into or unit.parent for unit in units]
        parents = np.array(
            [NOWHERE if code is None else REGISTER.number(code) for code in above], dtype=np.int64
        )
        self.size = len(REGISTER)
        self._parents = np.full(self.size, NOWHERE, dtype=np.int64)
        self._level = np.full(self.size, NOWHERE, dtype=np.int8)
        if like is not None:
            self._parents[: like.size], self._level[: like.size] = like._parents, like._level
        self._parents[numbers] = parents
        self._level[numbers] = [LEVELS.index(unit.level) for unit in units]
        self.above = self._parents.copy()
        self._break_circles()
        depth = self._depth()
        # The deepest first: what a unit was given has to be complete before it is handed on.
        self._by_depth = [
            self._siblings(np.flatnonzero(depth == d))
            for d in range(int(depth.max(initial=0)), 0, -1)
        ]

    def _siblings(self, places: Numbers) -> Siblings:
        above = self.above[places]
        order = np.argsort(above, kind="stable")
        parents, begins = np.unique(above[order], return_index=True)
        return Siblings(places[order], begins, parents)

    @classmethod
    def of(cls, tree: Tree) -> Places:
        """The places of a tree, made once for each."""
        with _LOCK:
            found = tree.derived.get("places")
            if not isinstance(found, Places):
                before = tree.grown_from() if tree.grown_from is not None else None
                like = before.derived.get("places") if before is not None else None
                known = like if isinstance(like, Places) else None
                found = tree.derived["places"] = cls(tree, known, tree.changed)
        return found

    def _depth(self) -> Numbers:
        depth = np.zeros(self.size, dtype=np.int64)
        at = self.above.copy()
        for _ in range(DEPTH_LIMIT + 1):
            there = at >= 0
            if not there.any():
                break
            depth += there
            at = np.where(there, self.above[at], NOWHERE)
        return depth

    def _break_circles(self) -> None:
        """Two moves recorded at one moment may have made a circle; each unit in it follows its own path to the end."""
        at = np.arange(self.size)
        for _ in range(DEPTH_LIMIT + 1):
            at = np.where(at >= 0, self.above[at], NOWHERE)
        self._odd: dict[int, Numbers] = {}
        for number in np.flatnonzero(at >= 0).tolist():
            path = self._tree.path(REGISTER.codes[number])
            self._odd[number] = REGISTER.numbers(path[:-1])
        for number in self._odd:
            self.above[number] = NOWHERE

    def rolled(self, by_place: Numbers) -> Numbers:
        """What each unit and all below it count, of what each counts itself, by part and place."""
        found = by_place.copy()
        for places, begins, parents in self._by_depth:
            found[:, parents] += np.add.reduceat(found[:, places], begins, axis=1)
        for number, path in self._odd.items():
            found.T[path] += by_place.T[number]
        return found

    def groups(self, units: Iterable[str]) -> Numbers:
        """For each place the first of these units (by its place among them) that it stands under or is, else -1.

        No unit may stand under another one of them.
        """
        found = np.full(self.size, NOWHERE, dtype=np.int64)
        marked = REGISTER.numbers(units)
        found[marked[marked < self.size]] = np.flatnonzero(marked < self.size)
        for places, _, _ in reversed(self._by_depth):
            inherited = found[self.above[places]]
            found[places] = np.where(found[places] >= 0, found[places], inherited)
        for number, path in self._odd.items():
            if found[number] < 0:
                found[number] = max(found[path], default=NOWHERE)
        return found

    def is_odd(self, unit: str) -> bool:
        """Whether a unit is in a circle, or under one, where each may stand under the other."""
        return REGISTER.number(unit) in self._odd

    def depth(self, unit: str) -> int:
        """How many units stand above one."""
        return len(self._tree.path(unit)) - 1

    def ancestors(self, level: Level) -> Numbers:
        """For each place the unit of that level which it counts towards, else -1; nobody may write to it."""
        known = self._ancestors.get(level)
        if known is None:
            known = self._found_above(level)
            known.flags.writeable = False
            self._ancestors[level] = known
        return known

    def _found_above(self, level: Level) -> Numbers:
        found = np.full(self.size, NOWHERE, dtype=np.int64)
        at = np.arange(self.size)
        for _ in range(DEPTH_LIMIT):
            there = at >= 0
            if not there.any():
                break
            found = np.where(there & (self._level[at] == LEVELS.index(level)), at, found)
            at = np.where(there, self.above[at], NOWHERE)
        for number in self._odd:
            above = self._tree.ancestor(REGISTER.codes[number], level)
            found[number] = NOWHERE if above is None else REGISTER.number(above)
        return found


_LOCK: Final = threading.Lock()
