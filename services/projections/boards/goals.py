"""Goals: the targets in force at a moment by unit, phase and kind, and the nation's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, Self

from services.projections.boards.quota import KINDS, PhaseIsUnknown
from shared.directory import InForce, Programme
from shared.events.programme import TargetSet
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind, Value

Source = Literal["own", "sum"]


class NationalTarget(Value):
    """What the nation aims at: the target it was set itself, or else the sum of those of its first-level units."""

    target: int
    source: Source


class Goals(NamedTuple):
    """The targets in force on a day, and what follows from them."""

    in_force: InForce

    @property
    def by_place(self) -> Mapping[tuple[str, str | None, TargetKind], TargetSet]:
        """Each target by its unit, phase and kind."""
        return self.in_force.by_place

    @property
    def by_unit(self) -> Mapping[str, Sequence[TargetSet]]:
        """The targets of each unit that has any."""
        return self.in_force.by_unit

    @classmethod
    def on(cls, programme: Programme, day: date) -> Self:
        """The targets in force on a day."""
        return cls(programme.standing(day))

    def of(
        self, unit: str, phase: str | None = None, kind: TargetKind | None = None
    ) -> TargetSet | None:
        """A unit's target of a kind; where none is asked for, of the first kind that it has one of (KINDS)."""
        kinds = KINDS if kind is None else (kind,)
        found = (self.in_force.by_place.get((unit, phase, which)) for which in kinds)
        return next((target for target in found if target is not None), None)

    def of_nation(
        self, tree: Tree, kind: TargetKind | None, phase: str | None = None
    ) -> NationalTarget | None:
        """What the nation aims at; of several kinds, each first-level unit's first one is added up."""
        own = self.of(tree.root, phase, kind)
        if own is not None:
            return NationalTarget(target=own.value, source="own")
        first = (self.of(unit.code, phase, kind) for unit in tree.at_level(Level.FIRST))
        values = [target.value for target in first if target is not None]
        return NationalTarget(target=sum(values), source="sum") if values else None


def codes(programme: Programme, tree: Tree) -> Callable[[str], frozenset[str | None]]:
    """What a unit may be expected to have targets for: the codes of its phases and waves, and None, the whole programme."""
    waves = programme.waves.values()
    owners = {*(phase.unit for phase in programme.terms.phases), *(wave.unit for wave in waves)}
    found: dict[tuple[str, ...], frozenset[str | None]] = {}

    def of(unit: str) -> frozenset[str | None]:
        # A hundred thousand units go through the few plans that some unit above them has of its own.
        path = tuple(step for step in tree.path(unit) if step in owners)
        if path not in found:
            phases = programme.terms.chain(path)
            held = (wave.code for wave in waves if wave.unit is None or wave.unit in path)
            found[path] = frozenset({None, *(phase.code for phase in phases), *held})
        return found[path]

    return of


def check_phase(programme: Programme, phase: str | None) -> None:
    """Raise PhaseIsUnknown unless the programme has the phase for some unit; None is the whole programme."""
    if phase is not None and phase not in programme.parts:
        raise PhaseIsUnknown(programme, phase)
