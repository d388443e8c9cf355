"""Why this rank: who passed a unit and whom it passed, when, and by which event (C07).

The order is the leaderboard's: by count, then by who first stood there, then by code. It is followed from place to
place of the axis, a position or an instant, and what happens at one place is counted together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from services.projections.history.causes import Cause, caused
from services.projections.history.race import Passing, Race
from services.projections.history.reasons import Counted
from services.projections.reckoning.asof import AsOf, Axis, Moment, at_home, heading
from services.projections.reckoning.movements import movements, named_ideas
from services.projections.reckoning.reckoning import Scope
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.facts import micros
from shared.access import anybody
from shared.directory import Directory
from shared.errors import Invalid
from shared.ledger.store import Ledger
from shared.vocabulary import Level, Position, Value

LISTED: Final = 1000
SHOWN: Final = 20
"""Of the events at one instant, so many are named."""


BEFORE_EVERYTHING: Final = -(1 << 63)
"""Paper may be older than the record, so that no instant of the record comes before all that was true."""


class NotOfThatLevel(Invalid):
    """Units are ranked among those of their own level."""

    code = "unit-not-of-level"

    def __init__(self, unit: str, level: Level) -> None:
        super().__init__(
            f"Unit {unit} has no rank among units of level {level}. Name a unit of that level, or its own level.",
            field="unit",
            value=unit,
        )


class AgainstItself(Invalid):
    """No unit passes itself."""

    code = "against-itself"

    def __init__(self, unit: str) -> None:
        super().__init__(
            f"Unit {unit} is held against itself. Name another unit, or none for all that passed it.",
            field="against",
            value=unit,
        )


class BroughtBy(Value):
    """An event that brought it about, on account of an idea: by how much it changed which of the two units."""

    position: Position
    recorded: datetime
    effective: datetime
    cause: Cause
    unit: str
    by: int
    idea: str
    sender: str
    id: UUID


class Overtaking(Value):
    """One unit came before another: from there on, `passed` ranks after `passer`.

    The gaps are the passer's count less the other's; ranks are those of the unit asked for. What brought it about in units
    whose ideas the reader may not read is left out, and counted in `hidden`.
    """

    at: datetime
    position: Position
    passer: str
    passer_name: str
    passed: str
    passed_name: str
    gap_before: int
    gap_after: int
    rank_before: int
    rank_after: int
    brought_by: tuple[BroughtBy, ...]
    hidden: int = 0


class Overtakings(AsOf):
    """Everything that changed a unit's rank in a period, on the axis asked for; the tree is that of its end.

    `rank_then` and `rank` are those at the period's two ends, which without `since` begins before everything; `more` is how many later overtakings are not listed.
    """

    since: datetime | None
    since_position: Position
    simulated: bool
    programme: str
    level: Level
    measure: Counted
    unit: str
    name: str
    against: str | None
    rank_then: int
    rank: int
    count_then: int
    count: int
    overtakings: tuple[Overtaking, ...]
    more: int


def overtakings(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    unit: str,
    at: Moment,
    since: Moment | None = None,
    against: str | None = None,
    level: Level = Level.FIRST,
    measure: Counted = Counted.GROSS,
    limit: int = LISTED,
    readable: Callable[[str], bool] = anybody,
) -> Overtakings:
    """Who passed a unit and whom it passed, after one moment and up to another; with `against`, between these two alone.

    `readable` says of a unit whether whoever asks may read its ideas. Raises ProgrammeIsUnknown, UnitIsUnknown, NotOfThatLevel, AgainstItself.
    """
    if against == unit:
        raise AgainstItself(unit)
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        tree = directory.tree(at=scope.position, on=at.instant)
        directory.programme(programme, at=scope.position)
        for code in (unit, *([against] if against is not None else [])):
            if tree[code].level is not level:
                raise NotOfThatLevel(code, level)
        group_of = {code: tree.ancestor(code, level) for code in tree.units}
        race = Race(unit, (found.code for found in tree.at_level(level)))
        begins = 0 if since is None else since.position
        if at.axis is Axis.CORRECTED:
            begins = micros(since.instant) if since is not None else BEFORE_EVERYTHING
        rank_then = count_then = None
        passings: list[Passing] = []
        ordered = movements(snapshot, scope, as_true=at.axis is Axis.CORRECTED)
        for place, together in groupby(ordered, key=lambda one: one.place(scope)):
            if rank_then is None and place > begins:
                rank_then, count_then = race.rank, race.unit.count
            moved = [
                (group, one) for one in together if (group := group_of.get(one.unit)) is not None
            ]
            found = race.run(place, moved, measure.value)
            if place > begins:
                passings += [p for p in found if against in {None, p.passer, p.passed}]
        told = [
            (passing, list(caused(ledger, passing.moved[:SHOWN]))) for passing in passings[:limit]
        ]
        names = named_ideas(snapshot, {one.idea for _, moved in told for one, _ in moved})
    return Overtakings(
        **heading(at, scope.position),
        since=since.at_home if since is not None else None,
        since_position=min(since.position, scope.position) if since is not None else 0,
        simulated=directory.simulated,
        programme=programme,
        level=level,
        measure=measure,
        unit=unit,
        name=tree.name(unit),
        against=against,
        rank_then=race.rank if rank_then is None else rank_then,
        rank=race.rank,
        count_then=race.unit.count if count_then is None else count_then,
        count=race.unit.count,
        overtakings=tuple(
            Overtaking(
                at=at_home(passing.moved[-1].recorded if at.axis is Axis.KNOWN else passing.place),
                position=passing.moved[-1].position,
                passer=passing.passer,
                passer_name=tree.name(passing.passer),
                passed=passing.passed,
                passed_name=tree.name(passing.passed),
                gap_before=passing.gaps[0],
                gap_after=passing.gaps[1],
                rank_before=passing.ranks[0],
                rank_after=passing.ranks[1],
                brought_by=tuple(
                    BroughtBy(
                        position=one.position,
                        recorded=at_home(one.recorded),
                        effective=at_home(one.effective),
                        cause=cause,
                        unit=one.unit,
                        by=getattr(one, measure.value),
                        idea=names[one.idea].external_id,
                        sender=names[one.idea].sender,
                        id=names[one.idea].id,
                    )
                    for one, cause in moved
                    if readable(one.unit)
                ),
                hidden=sum(not readable(one.unit) for one, _ in moved),
            )
            for passing, moved in told
        ),
        more=max(0, len(passings) - limit),
    )
