"""Differences: what changed the numbers between two moments, by cause, for each cell of a board (C02, C16).

Two moments hold two sets of movements. What only the later one holds was added, what only the earlier one holds was
taken away, and what both hold may count elsewhere, because units moved or phases got other ends. The three together are
the difference of the two numbers, exactly, whatever the axes are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Generic, NamedTuple, TypeVar

from services.projections.history.causes import Cause, Portions, caused, minus
from services.projections.reckoning.movements import Movement, movements
from services.projections.reckoning.reckoning import Scope
from services.projections.views.view import Snapshot
from shared.ledger.store import Ledger
from shared.tree import Tree

Key = TypeVar("Key", bound=Hashable)


class Side(NamedTuple, Generic[Key]):
    """One of the two moments: what it holds, and in which cells of the board a movement counts then."""

    scope: Scope
    cells: Callable[[Movement], Collection[Key]]


class Differences(NamedTuple, Generic[Key]):
    """What changed each cell, and what changed at all."""

    of: dict[Key, Portions]
    all: Portions


def differences(
    snapshot: Snapshot,
    ledger: Ledger,
    one: Side[Key],
    other: Side[Key],
    resettled: Collection[str] = (),
    *,
    idle: bool = False,
) -> Differences[Key]:
    """What leads from one side to the other; `resettled` are the units whose ideas may count in other cells by then.

    Events that come to nothing in a cell, such as a re-routing inside it, are counted there only where `idle` ones are.
    """
    of: dict[Key, Portions] = {}
    everything = Portions(idle=True)
    came = movements(snapshot, other.scope, outside=one.scope)
    for moved, cause in caused(ledger, came):
        everything.add(cause, moved.measures, moved.position)
        for key in other.cells(moved):
            of.setdefault(key, Portions(idle=idle)).add(cause, moved.measures, moved.position)
    went = movements(snapshot, one.scope, outside=other.scope)
    for moved, cause in caused(ledger, went):
        everything.add(cause, minus(moved.measures), moved.position)
        for key in other.cells(moved):
            of.setdefault(key, Portions(idle=idle)).add(
                cause, minus(moved.measures), moved.position
            )
    for moved in movements(snapshot, one.scope, resettled) if resettled else ():
        before, after = set(one.cells(moved)), set(other.cells(moved))
        for key in after - before:
            of.setdefault(key, Portions(idle=idle)).add(Cause.REORGANISED, moved.measures)
        for key in before - after:
            of.setdefault(key, Portions(idle=idle)).add(Cause.REORGANISED, minus(moved.measures))
    return Differences(of, everything)


def resettled(one: Tree, other: Tree) -> frozenset[str]:
    """The units that stand at another place in the one tree than in the other."""
    if one is other or one.units == other.units:
        return frozenset()
    return frozenset(
        unit for unit in {*one.units, *other.units} if one.path(unit) != other.path(unit)
    )
