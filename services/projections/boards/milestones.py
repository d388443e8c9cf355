"""Milestones: which idea was the millionth handed in, and which event brought the millionth valid one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import select

from services.projections.reckoning.asof import AsOf, Moment, at_home, heading
from services.projections.reckoning.counts import Counts
from services.projections.reckoning.reckoning import Scope
from services.projections.views.columns import Array
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.errors import Invalid
from shared.vocabulary import Position, Value


class NotACount(Invalid):
    """A milestone is a number of ideas."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} is no milestone. Give a whole number from 1 on.", field="count")


class Reached(Value):
    """The idea that brought the count, and when: on the known axis as recorded there, on the corrected one as true."""

    at: datetime
    position: Position
    idea: str
    sender: str
    id: UUID


class Milestone(AsOf):
    """When a programme came to a number of ideas: declared, and valid; null where it has not yet."""

    simulated: bool = False
    count: int
    gross: Reached | None
    net: Reached | None


def milestone(
    views: Views, programme: str, count: int, at: Moment, *, simulated: bool = False
) -> Milestone:
    """The count-th idea ever declared, and the idea whose event first made so many valid ones, as of a moment.

    Raises NotACount for a number below one.
    """
    if count < 1:
        raise NotACount(count)
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        counts = Counts(snapshot)
        if scope.true_by is not None:
            gross, net = (_true(counts, scope, count, measure) for measure in ("gross", "net"))
        else:
            gross, net = _declared(counts, scope, count), _valid(counts, scope, count)
    return Milestone(
        **heading(at, scope.position), simulated=simulated, count=count, gross=gross, net=net
    )


def _true(counts: Counts, scope: Scope, count: int, measure: str) -> Reached | None:
    """The idea with which so many first were true, by when each became so; at one instant, the first on record."""
    assert scope.true_by is not None
    rows = counts.rows(scope.position)
    position, effective, idea, cell, by = (
        column[:rows] for column in counts.columns("position", "effective", "idea", "cell", measure)
    )
    counting = np.flatnonzero(
        (by != 0) & (effective <= scope.true_by) & counts.cells().of(scope.programme)[cell]
    )
    order = counting[np.argsort(effective[counting], kind="stable")]
    running = np.cumsum(by[order].astype(np.int64))
    place = _first(effective[order], running, count)
    if place is None:
        return None
    # What an idea enters and leaves at that instant is one step, however often it was corrected.
    when = int(effective[order[place]])
    begin = int(np.searchsorted(effective[order], when))
    stood = int(running[begin - 1]) if begin else 0
    together: dict[int, tuple[int, int]] = {}
    for row in order[begin : place + 1].tolist():
        first, so_far = together.get(int(idea[row]), (int(position[row]), 0))
        together[int(idea[row])] = (min(first, int(position[row])), so_far + int(by[row]))
    for number, (first, moved) in sorted(
        together.items(), key=lambda found: (found[1][0], found[0])
    ):
        stood += moved
        if moved and stood >= count:
            return _reached(counts, number, first, when)
    raise AssertionError


def _first(key: Array, running: Array, count: int) -> int | None:
    """The last of the first rows with one key after which a running count is so much."""
    ends = np.ones(len(key), dtype=bool)
    ends[:-1] = key[1:] != key[:-1]
    stood = np.flatnonzero(ends & (running >= count))
    return int(stood[0]) if len(stood) else None


def _declared(counts: Counts, scope: Scope, count: int) -> Reached | None:
    position, recorded, idea, cell, cause = counts.columns(
        "position", "recorded", "idea", "cell", "cause", position=scope.position
    )
    found = np.flatnonzero((cause == 0) & counts.cells().of(scope.programme)[cell])
    if len(found) < count:
        return None
    row = found[count - 1]
    return _reached(counts, int(idea[row]), int(position[row]), int(recorded[row]))


def _valid(counts: Counts, scope: Scope, count: int) -> Reached | None:
    position, recorded, idea, cell, net = counts.columns(
        "position", "recorded", "idea", "cell", "net", position=scope.position
    )
    found = np.flatnonzero((net != 0) & counts.cells().of(scope.programme)[cell])
    # One event may enter an idea in two units or take it out of both: only what it comes to in the end is a count.
    last = _first(position[found], np.cumsum(net[found].astype(np.int64)), count)
    if last is None:
        return None
    row = found[last]
    came = found[(position[found] == position[row]) & (net[found] > 0)]
    return _reached(counts, int(idea[came].min()), int(position[row]), int(recorded[row]))


def _reached(counts: Counts, number: int, position: Position, when: int) -> Reached:
    ideas = counts.snapshot.tables["ideas"].c
    idea, sender, external_id = counts.snapshot.connection.execute(
        select(ideas.idea, ideas.sender, ideas.external_id).where(ideas.number == number)
    ).one()
    return Reached(
        at=at_home(when), position=position, idea=external_id, sender=sender, id=UUID(idea)
    )
