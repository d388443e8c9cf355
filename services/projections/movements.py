"""Movements: the single changes that every number is the sum of, read one by one by whoever asks why.

All that this room's history knows of how entries are stored stands here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from services.projections.reckoning import Scope
from services.projections.view import Snapshot
from shared.vocabulary import Position

MEASURES: Final = ("gross", "net", "duplicate", "people", "benefit")
FEW: Final = 1000
"""Up to so many units are named to the database; the entries of more are all looked at."""
AT_ONCE: Final = 5000
ASKED_AT_ONCE: Final = 500


class Movement(NamedTuple):
    """By how much one idea changed what a unit counts, by which event; instants are in microseconds since 1970."""

    position: Position
    recorded: int
    effective: int
    filed: int
    idea: str
    unit: str
    gross: int
    net: int
    duplicate: int
    people: int
    benefit: int

    @property
    def measures(self) -> tuple[int, ...]:
        """What it adds to each of the measures."""
        return self[6:]

    def place(self, scope: Scope) -> int:
        """Where it stands on the axis of the scope: at its position, or at the instant from which it is true."""
        return self.position if scope.true_by is None else self.effective


class Named(NamedTuple):
    """An idea by the name that its sender gave it."""

    id: UUID
    sender: str
    external_id: str


def movements(
    snapshot: Snapshot,
    scope: Scope,
    units: Collection[str] | None = None,
    *,
    outside: Scope | None = None,
    after: Position = 0,
    as_true: bool = False,
) -> Iterator[Movement]:
    """What moved within a scope, in the order of the record, or, `as_true`, of the instants from which it was true.

    `units` are the grassroots units asked for (default: all), `outside` is a scope that must not hold it already, and
    `after` the position behind which to begin.
    """
    entries = snapshot.tables["entries"].c
    conditions = scope.of(snapshot)
    if after:
        conditions.append(entries.position > after)
    if outside is not None:
        beyond = [entries.position > outside.position]
        if outside.true_by is not None:
            beyond.append(entries.effective > outside.true_by)
        conditions.append(or_(*beyond))
    wanted = frozenset(units) if units is not None else None
    if wanted is not None and len(wanted) <= FEW:
        conditions.append(entries.unit.in_(wanted))
    order = (entries.effective,) if as_true else ()
    rows = snapshot.connection.execute(
        select(*(entries[name] for name in Movement._fields))
        .where(*conditions)
        .order_by(*order, entries.position, entries.n),
        execution_options={"yield_per": AT_ONCE},
    )
    found = map(Movement._make, rows)
    if wanted is None or len(wanted) <= FEW:
        yield from found
    else:
        yield from (one for one in found if one.unit in wanted)


def movements_of(
    snapshot: Snapshot, idea: UUID, positions: Collection[Position]
) -> Iterator[Movement]:
    """What moved on account of one idea by the events at these positions, in the order of the record."""
    entries = snapshot.tables["entries"].c
    ordered = sorted(positions)
    for begin in range(0, len(ordered), ASKED_AT_ONCE):
        rows = snapshot.connection.execute(
            select(*(entries[name] for name in Movement._fields))
            .where(
                entries.position.in_(ordered[begin : begin + ASKED_AT_ONCE]),
                entries.idea == idea.hex,
            )
            .order_by(entries.position, entries.n)
        )
        yield from (Movement(*row) for row in rows)


def named_ideas(snapshot: Snapshot, ideas: Collection[str]) -> Mapping[str, Named]:
    """Each idea, given by its id in hex, with the name that its sender knows it by."""
    table = snapshot.tables["ideas"].c
    ordered, found = sorted(set(ideas)), {}
    for begin in range(0, len(ordered), ASKED_AT_ONCE):
        rows = snapshot.connection.execute(
            select(table.idea, table.sender, table.external_id).where(
                table.idea.in_(ordered[begin : begin + ASKED_AT_ONCE])
            )
        )
        found.update({idea: Named(UUID(idea), *names) for idea, *names in rows})
    return found
