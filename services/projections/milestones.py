"""Milestones: which idea was the millionth handed in, and which event brought the millionth valid one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from services.projections.asof import AsOf, Moment, at_home, heading
from services.projections.database import Views
from services.projections.entries import QUOTA
from services.projections.reckoning import Scope, measured
from services.projections.view import Snapshot
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

    count: int
    gross: Reached | None
    net: Reached | None


def milestone(views: Views, programme: str, count: int, at: Moment) -> Milestone:
    """The count-th idea ever declared, and the idea whose event first made so many valid ones, as of a moment.

    Raises NotACount for a number below one.
    """
    if count < 1:
        raise NotACount(count)
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        if scope.true_by is not None:
            gross, net = (_true(snapshot, scope, count, measure) for measure in ("gross", "net"))
        else:
            gross = _declared(snapshot, scope, count)
            # So many cannot have been valid before so many were declared.
            net = _valid(snapshot, scope, count, since=gross.position) if gross else None
    return Milestone(**heading(at, scope.position), count=count, gross=gross, net=net)


def _true(snapshot: Snapshot, scope: Scope, count: int, measure: str) -> Reached | None:
    """The idea with which so many first were true, by when each became so; at one instant, the first on record."""
    entries = snapshot.tables["entries"].c
    # What an idea enters and leaves at one instant is one step, however often it was corrected.
    steps = (
        select(
            entries.effective,
            entries.idea,
            func.min(entries.position).label("position"),
            func.sum(entries[measure]).label("by"),
        )
        .where(*scope.of(snapshot))
        .group_by(entries.effective, entries.idea)
        .having(func.sum(entries[measure]) != 0)
        .subquery()
    )
    order = (steps.c.effective, steps.c.position, steps.c.idea)
    running = func.sum(steps.c.by)
    moved = select(
        steps,
        running.over(order_by=order).label("count"),
        # Over equal instants this is the sum after all of them: only that ever stood.
        running.over(order_by=steps.c.effective).label("stood"),
    ).subquery()
    found = snapshot.connection.execute(
        select(moved.c.idea, moved.c.position, moved.c.effective)
        .where(moved.c.stood >= count, moved.c["count"] >= count)
        .order_by(moved.c.effective, moved.c.position, moved.c.idea)
        .limit(1)
    ).first()
    return _reached(snapshot, *found) if found is not None else None


def _declared(snapshot: Snapshot, scope: Scope, count: int) -> Reached | None:
    ideas, totals = snapshot.tables["ideas"].c, snapshot.tables["totals"].c
    declared = func.sum(totals.gross)
    passed = snapshot.connection.execute(
        select(totals.mark, declared)
        .where(totals.programme == scope.programme, totals.mark <= scope.position)
        .group_by(totals.mark)
        .having(declared < count)
        .order_by(totals.mark.desc())
        .limit(1)
    ).first()
    mark, before = passed or (0, 0)
    found = snapshot.connection.execute(
        select(ideas.idea, ideas.declared_position, ideas.declared_recorded)
        .where(
            ideas.programme == scope.programme,
            ideas.declared_position.between(mark + 1, scope.position),
        )
        .order_by(ideas.declared_position)
        .offset(count - 1 - int(before))
        .limit(1)
    ).first()
    return _reached(snapshot, *found) if found is not None else None


def _valid(snapshot: Snapshot, scope: Scope, count: int, *, since: Position) -> Reached | None:
    entries, totals = snapshot.tables["entries"].c, snapshot.tables["totals"].c
    before = measured(snapshot, scope._replace(position=since - 1)).values()
    # At the first mark where so many are valid they have been reached, if perhaps lost again in between.
    passed = (
        select(totals.mark)
        .where(totals.programme == scope.programme, totals.mark.between(since, scope.position))
        .group_by(totals.mark)
        .having(func.sum(totals.net) >= count)
        .order_by(totals.mark)
        .limit(1)
    )
    until = snapshot.connection.scalar(passed) or scope.position
    # One event may enter an idea in two units or take it out of both: only what it comes to in the end is a count.
    moved = (
        select(
            entries.position,
            func.min(entries.recorded).label("recorded"),
            func.min(entries.idea).label("idea"),
            func.sum(func.sum(entries.net)).over(order_by=entries.position).label("valid"),
        )
        .where(*scope._replace(position=until).of(snapshot), entries.position >= since)
        .group_by(entries.position)
        .subquery()
    )
    found = snapshot.connection.execute(
        select(moved.c.idea, moved.c.position, moved.c.recorded)
        .where(moved.c.valid >= count - sum(measures.net for measures in before))
        .order_by(moved.c.position)
        .limit(1)
    ).first()
    return _reached(snapshot, *found) if found is not None else None


def _reached(snapshot: Snapshot, idea: str, position: Position, when: int) -> Reached:
    ideas = snapshot.tables["ideas"].c
    sender, external_id = snapshot.connection.execute(
        select(ideas.sender, ideas.external_id).where(ideas.idea == idea)
    ).one()
    return Reached(
        at=at_home(when), position=position, idea=external_id, sender=sender, id=UUID(idea)
    )
