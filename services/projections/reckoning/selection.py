"""Selection: which units a board is about, by level, cohort, sector, kind, or below one unit; without any, all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from shared.errors import NotFound
from shared.tree import Tree
from shared.vocabulary import Level, Sector


class CohortIsUnknown(NotFound):
    """No cohort carries this code on that day."""

    code = "unknown-cohort"

    def __init__(self, cohort: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no cohort {cohort}. Cohorts: {', '.join(known) or 'none'}.", cohort=cohort
        )


class Selection(NamedTuple):
    """Units of one level, cohort, sector or kind, or below one unit: all that are named must hold. Levels may mix (D36)."""

    level: Level | None = None
    cohort: str | None = None
    below: str | None = None
    sector: Sector | None = None
    kind: str | None = None

    @classmethod
    def asked(
        cls,
        level: Level | None,
        cohort: str | None,
        below: str | None,
        sector: Sector | None = None,
        kind: str | None = None,
    ) -> Self:
        """What was asked for; where nothing was, the first level, which leaders compare by."""
        if level is None and cohort is None and below is None and sector is None and kind is None:
            level = Level.FIRST
        return cls(level, cohort, below, sector, kind)

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
            and self.sector in {None, found.sector}
            and self.kind in {None, found.kind}
            and (self.cohort is None or unit in tree.cohorts[self.cohort])
            and (self.below is None or (unit != self.below and tree.inside(unit, self.below)))
        )

    def of(self, tree: Tree) -> list[str]:
        """The open units that the board is about, by code."""
        among: Iterable[str] = tree.units
        if self.cohort is not None:
            among = tree.cohorts[self.cohort]
        elif self.below is not None:
            among = tree.below(self.below)
        return sorted(
            unit for unit in among if self.holds(unit, tree) and tree.units[unit].closed is None
        )
