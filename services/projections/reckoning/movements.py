"""Movements: the single changes that every number is the sum of, read one by one by whoever asks why.

All that this room's history knows of how entries are stored stands here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from services.projections.reckoning.counts import Counts
from services.projections.reckoning.places import REGISTER
from services.projections.reckoning.reckoning import Scope
from services.projections.views.columns import Array
from services.projections.views.view import Snapshot
from shared.vocabulary import Position

MEASURES: Final = ("gross", "net", "duplicate", "people", "benefit")
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
    counts = Counts(snapshot)
    position, effective, cell = counts.columns(
        "position", "effective", "cell", position=scope.position
    )
    wanted = _cells(counts, scope, units)[cell] & (position > after)
    if scope.true_by is not None:
        wanted &= effective <= scope.true_by
    if outside is not None:
        beyond = position > outside.position
        if outside.true_by is not None:
            beyond |= effective > outside.true_by
        wanted &= beyond
    rows = np.flatnonzero(wanted)
    if as_true:
        rows = rows[np.argsort(effective[rows], kind="stable")]
    yield from _movements(snapshot, counts, rows)


def _cells(counts: Counts, scope: Scope, units: Collection[str] | None) -> NDArray[np.bool_]:
    """Which cells are of the programme, and of the units where they are named."""
    cells = counts.cells()
    wanted = cells.of(scope.programme)
    if units is not None:
        wanted &= np.isin(cells.places, REGISTER.numbers(units))
    return wanted


def _movements(snapshot: Snapshot, counts: Counts, rows: Array) -> Iterator[Movement]:
    cells = counts.cells()
    ideas = snapshot.tables["ideas"].c
    columns = counts.columns(
        *("position", "recorded", "effective", "filed", "idea", "cell"), *MEASURES
    )
    for begin in range(0, len(rows), AT_ONCE):
        here = rows[begin : begin + AT_ONCE]
        *instants, numbers, found = (column[here].tolist() for column in columns[:6])
        names: dict[int, str] = {}
        asked = sorted(set(numbers))
        for first in range(0, len(asked), ASKED_AT_ONCE):
            lot = asked[first : first + ASKED_AT_ONCE]
            known = snapshot.connection.execute(
                select(ideas.number, ideas.idea).where(ideas.number.in_(lot))
            )
            names.update((number, idea) for number, idea in known)
        yield from map(
            Movement,
            *instants,
            (names[number] for number in numbers),
            (REGISTER.codes[place] for place in cells.places[found].tolist()),
            *(column[here].tolist() for column in columns[6:]),
        )


def movements_of(
    snapshot: Snapshot, idea: UUID, positions: Collection[Position]
) -> Iterator[Movement]:
    """What moved on account of one idea by the events at these positions, in the order of the record."""
    counts = Counts(snapshot)
    (position,) = counts.columns("position")
    rows = np.flatnonzero(np.isin(position, sorted(positions)))
    yield from (one for one in _movements(snapshot, counts, rows) if one.idea == idea.hex)


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
