"""Selection: which units a board is about, by level, by cohort, or below one unit; without any, all of them."""

from __future__ import annotations

from typing import NamedTuple, Self

from services.projections.leaderboard import CohortIsUnknown
from shared.tree import Tree
from shared.vocabulary import Level


class Selection(NamedTuple):
    """Units of one level, of one cohort, below one unit: all that are named must hold. Levels may mix (D36)."""

    level: Level | None = None
    cohort: str | None = None
    below: str | None = None

    @classmethod
    def asked(cls, level: Level | None, cohort: str | None, below: str | None) -> Self:
        """What was asked for; where nothing was, the first level, which leaders compare by."""
        if level is None and cohort is None and below is None:
            level = Level.FIRST
        return cls(level, cohort, below)

    def check(self, tree: Tree) -> None:
        """Raise UnitIsUnknown or CohortIsUnknown where the tree of that day does not hold what is named."""
        if self.below is not None:
            tree[self.below]
        if self.cohort is not None and self.cohort not in tree.cohorts:
            raise CohortIsUnknown(self.cohort, sorted(tree.cohorts))

    def holds(self, unit: str, tree: Tree) -> bool:
        """Whether the board is about a unit; a unit does not stand below itself."""
        found = tree.units.get(unit)
        return (
            found is not None
            and self.level in {None, found.level}
            and (self.cohort is None or unit in tree.cohorts[self.cohort])
            and (self.below is None or (unit != self.below and tree.inside(unit, self.below)))
        )
