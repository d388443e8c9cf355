"""How much each unit counts as of a moment, on either axis, and when a count first stood where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple, Self

from sqlalchemy import ColumnElement, func, select

from services.projections.asof import Axis, Moment
from services.projections.entries import BILLION, SUMMED, summands
from services.projections.facts import micros
from services.projections.view import Snapshot
from shared.vocabulary import Position

NEVER: Final = float("inf")
FEW: Final = 1000
"""Up to so many units are named to the database; the entries of more are all looked at."""


class Measures(NamedTuple):
    """What boards count; benefit is in VND."""

    gross: int = 0
    net: int = 0
    duplicate: int = 0
    people: int = 0
    benefit: int = 0

    @classmethod
    def of(cls, sums: Sequence[int]) -> Measures:
        """What the sums of entries come to, the benefit put together again."""
        gross, net, duplicate, people, billions, rest = map(int, sums)
        return cls(gross, net, duplicate, people, billions * BILLION + rest)

    def plus(self, other: Measures) -> Measures:
        """Both together."""
        return Measures(*(a + b for a, b in zip(self, other, strict=True)))


class Scope(NamedTuple):
    """Which entries count: of one programme, up to a position, and on the corrected axis those true by an instant."""

    programme: str
    position: Position
    true_by: int | None = None

    @classmethod
    def at(cls, programme: str, at: Moment, snapshot: Snapshot) -> Self:
        """What counts at a moment, as far as the view has come."""
        return cls(
            programme,
            min(at.position, snapshot.position),
            micros(at.instant) if at.axis is Axis.CORRECTED else None,
        )

    def of(self, snapshot: Snapshot) -> list[ColumnElement[bool]]:
        """The same as conditions on the entries."""
        entries = snapshot.tables["entries"]
        conditions = [
            entries.c.programme == self.programme,
            entries.c.position <= self.position,
        ]
        if self.true_by is not None:
            conditions.append(entries.c.effective <= self.true_by)
        return conditions


def measured(snapshot: Snapshot, scope: Scope) -> dict[str, Measures]:
    """What each grassroots unit counts."""
    entries, totals = snapshot.tables["entries"], snapshot.tables["totals"]
    conditions = scope.of(snapshot)
    found: dict[str, Measures] = {}
    if scope.true_by is None:
        of_programme = totals.c.programme == scope.programme
        mark = snapshot.connection.scalar(
            select(func.max(totals.c.mark)).where(of_programme, totals.c.mark <= scope.position)
        )
        if mark is not None:
            conditions.append(entries.c.position > mark)
            marked = select(totals.c.unit, *(totals.c[name] for name in SUMMED))
            for row in snapshot.connection.execute(
                marked.where(of_programme, totals.c.mark == mark)
            ):
                found[row[0]] = Measures.of(row[1:])
    rows = snapshot.connection.execute(
        select(entries.c.unit, *map(func.sum, summands(entries)))
        .where(*conditions)
        .group_by(entries.c.unit)
    )
    for row in rows:
        found[row[0]] = found.get(row[0], Measures()).plus(Measures.of(row[1:]))
    return found


def first_stood(
    snapshot: Snapshot,
    scope: Scope,
    measure: str,
    present: Mapping[str, int],
    group_of: Mapping[str, str],
) -> dict[str, int]:
    """When the count of each group of units first came to where it is now: a position, or an instant once corrected."""
    entries = snapshot.tables["entries"]
    conditions = scope.of(snapshot)
    if len(group_of) <= FEW:
        conditions.append(entries.c.unit.in_(group_of))
    when = entries.c.position if scope.true_by is None else entries.c.effective
    rows = snapshot.connection.execute(
        select(when, entries.c.unit, entries.c[measure])
        .where(*conditions, entries.c[measure] != 0)
        .order_by(when)
    )
    counts = dict.fromkeys(present, 0)
    found: dict[str, int] = {}
    # What happened at once is counted together, so that no count is seen that never stood.
    for at, together in groupby(rows, key=itemgetter(0)):
        moved = set()
        for _, unit, by in together:
            group = group_of.get(unit)
            if group is not None:
                counts[group] += by
                moved.add(group)
        for group in moved:
            if counts[group] >= present[group]:
                found.setdefault(group, at)
    return found
