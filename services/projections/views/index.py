"""The index of the ledger: at which positions stand the events of a type, an actor or a unit, and what stands there.

The view of events keeps of each what it can be found by; the events themselves are in the ledger alone.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import select

from services.projections.views.columns import Array
from services.projections.views.event_index import EVENTS, MANY
from services.projections.views.view import Snapshot
from shared.ledger.stamp import Row
from shared.ledger.store import Ledger
from shared.tree import Tree
from shared.vocabulary import Position

AT_ONCE: Final = 2000
NEAR: Final = 8
"""Positions that lie no farther apart are read in one go: rows that nobody wants cost less than one more question."""
NOBODY: Final = -1


class Wanted(NamedTuple):
    """What events are looked for by; a unit stands for everything below it as well."""

    topic: str | None = None
    actor: str | None = None
    unit: str | None = None


def positions(
    snapshot: Snapshot, wanted: Wanted, tree: Tree, after: Position, to: Position
) -> Array:
    """The positions of the events in a stretch that may be meant; of one about more than two units, only it says which."""
    names = _names(snapshot)
    (position,) = snapshot.columns(EVENTS, ["position"], to)
    begin = int(np.searchsorted(position, after, side="right"))
    chosen = np.ones(len(position) - begin, dtype=bool)
    for column, name in (("topic", wanted.topic), ("actor", wanted.actor)):
        if name is not None:
            (numbers,) = snapshot.columns(EVENTS, [column], to)
            chosen &= numbers[begin:] == names.get(name, NOBODY)
    if wanted.unit is not None:
        inside = np.zeros(len(names), dtype=bool)
        inside[[names[u] for u in tree.units if u in names and tree.inside(u, wanted.unit)]] = True
        if MANY in names:
            inside[names[MANY]] = True
        first, second = snapshot.columns(EVENTS, ["unit", "other"], to)
        chosen &= inside[first[begin:]] | inside[second[begin:]]
    return position[begin:][chosen]


def positions_of(
    snapshot: Snapshot, topics: Collection[str], after: Position, to: Position
) -> Sequence[Position]:
    """The positions of the events of some types in a stretch, behind the first and up to the last position."""
    names = _names(snapshot)
    position, topic = snapshot.columns(EVENTS, ["position", "topic"], to)
    begin = int(np.searchsorted(position, after, side="right"))
    numbers = [names[name] for name in topics if name in names]
    found: list[Position] = position[begin:][np.isin(topic[begin:], numbers)].tolist()
    return found


def rows_at(ledger: Ledger, positions: Sequence[Position]) -> Iterator[Row]:
    """What stands at these positions, in order; what lies close together is read in one go."""
    wanted, begin = set(positions), 0
    for end, (here, following) in enumerate(pairwise([*positions, sys.maxsize]), 1):
        if following - here <= NEAR:
            continue
        after, last = positions[begin] - 1, positions[end - 1]
        while rows := ledger.rows(after, limit=AT_ONCE, to=last):
            yield from (row for row in rows if row[0] in wanted)
            after = rows[-1][0]
        begin = end


def _names(snapshot: Snapshot) -> Mapping[str, int]:
    """The numbers of types, actors and units, read once for all."""
    with snapshot.loaded.lock:
        known: dict[str, int] = snapshot.loaded.derived.setdefault("names", {})
        table = snapshot.tables["names"].c
        found = snapshot.connection.execute(
            select(table.name, table.number).where(table.number >= len(known))
        )
        known.update((name, number) for name, number in found)
        return known
