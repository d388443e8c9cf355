"""Ideas: where each one counts at a moment, what it brings, and how it came on record; a place in an array each."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from services.projections.reckoning.counts import Counts
from services.projections.reckoning.places import NOWHERE, Places
from services.projections.reckoning.reckoning import Scope
from services.projections.views.columns import Array
from services.projections.views.view import Snapshot
from shared.vocabulary import Level


class Ideas(NamedTuple):
    """The ideas of a scope, by the number that each has in the view; one that does not count there is at no place.

    `place` is the number of its grassroots unit in the register, `benefit` in VND, `entered` whether somebody typed it
    for its author, `duplicate` whether it is ruled a copy, `when` the instant of the declaration in microseconds: that of
    recording, or, on the corrected axis, that of filing.
    """

    place: Array
    benefit: Array
    entered: Array
    duplicate: Array
    when: Array

    @classmethod
    def of(cls, snapshot: Snapshot, scope: Scope) -> Self:
        """The ideas that count in a scope."""
        counts = Counts(snapshot)
        names = (
            *("cell", "idea", "gross", "benefit", "duplicate", "entered"),
            *("recorded", "effective", "filed"),
        )
        columns = counts.columns(*names, position=scope.position)
        cells = counts.cells()
        chosen = cells.of(scope.programme)[columns[0]]
        if scope.true_by is not None:
            chosen &= columns[7] <= scope.true_by
        cell, idea, gross, by, duplicate, entered, recorded, _, filed = (
            column[chosen] for column in columns
        )
        size = int(columns[1].max(initial=-1)) + 1
        place = np.full(size, NOWHERE, dtype=np.int64)
        when, benefit, copies = (np.zeros(size, dtype=np.int64) for _ in range(3))
        typed = np.zeros(size, dtype=bool)
        # Where an idea came to last, it is; of several values for one place the last one stays.
        came = np.flatnonzero(gross > 0)
        place[idea[came]] = cells.places[cell[came]]
        # The first that came of an idea is its declaration: the others are re-routings.
        first = came[::-1]
        when[idea[first]] = (recorded if scope.true_by is None else filed)[first]
        typed[idea] = entered > 0
        np.add.at(benefit, idea, by)
        np.add.at(copies, idea, duplicate)
        return cls(place, benefit, typed, copies > 0, when)

    def units(self, places: Places, level: Level) -> Array:
        """The unit of a level, by its number in the register, that each idea counts towards, else NOWHERE."""
        above = np.append(places.ancestors(level), NOWHERE)
        known = (self.place >= 0) & (self.place < len(above) - 1)
        return above[np.where(known, self.place, len(above) - 1)]
