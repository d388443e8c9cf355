"""Phases: those that a programme has for a unit, in the order in which they begin."""

from __future__ import annotations

from services.projections.quota import PhaseIsUnknown
from shared.directory import Programme
from shared.terms import Phase
from shared.tree import Tree


def chain(programme: Programme, unit: str, tree: Tree) -> tuple[Phase, ...]:
    """The phases a unit goes through (D01).

    A part of the tree with phases of its own goes through those. Where they bear codes of the phases above, each takes
    the place of the phase of its code and the others stay; where all their codes are new, they are a plan of their own.
    """
    by_owner: dict[str | None, dict[str, Phase]] = {}
    for phase in programme.terms.phases:
        by_owner.setdefault(phase.unit, {})[phase.code] = phase
    found = by_owner.get(None, {})
    for step in tree.path(unit):
        own = by_owner.get(step, {})
        found = {**found, **own} if found.keys() & own.keys() else own or found
    return tuple(sorted(found.values(), key=lambda phase: (phase.from_, phase.code)))


def codes(programme: Programme, unit: str, tree: Tree) -> frozenset[str | None]:
    """What a unit may have targets for: the codes of its phases, and None, the whole programme."""
    if not any(phase.unit for phase in programme.terms.phases):
        return frozenset({None, *(phase.code for phase in programme.terms.phases)})
    return frozenset({None, *(phase.code for phase in chain(programme, unit, tree))})


def require(programme: Programme, phase: str | None) -> None:
    """Raise PhaseIsUnknown unless the programme has the phase for some unit; None is the whole programme."""
    if phase is not None and phase not in {p.code for p in programme.terms.phases}:
        raise PhaseIsUnknown(programme, phase)
