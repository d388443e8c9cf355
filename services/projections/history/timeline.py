"""The timeline: everything that concerned an idea, in order, with who did it; never a text, never a sealed name.

The view keeps which events concern which idea; what they say is read from the ledger, which says it once and for all.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import numpy as np
from pydantic_core import to_jsonable_python

from services.projections.history.telling import told
from services.projections.reckoning.asof import Moment
from services.projections.views.database import Views
from services.projections.views.mentions import MENTIONS, OF_CASES, OF_MENTIONS, TIMELINE, short
from services.projections.views.view import Snapshot
from shared.errors import NotFound
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, Position, Value


class Happening(Value):
    """One event that concerned the idea: when it was recorded, from when it is true, and who did it for whom."""

    position: Position
    topic: str
    recorded: datetime
    effective: datetime
    actor: str
    role: str
    source: str
    on_behalf_of: str | None
    correlation: UUID
    case: UUID | None
    detail: dict[str, object]


class Timeline(Value):
    """An idea's history as known at a position."""

    idea: UUID
    at: datetime
    position: Position
    happenings: tuple[Happening, ...]


class IdeaIsUnknown(NotFound):
    """Nothing concerned this idea up to the position."""

    code = "unknown-idea"

    def __init__(self, idea: UUID, position: Position) -> None:
        super().__init__(
            f"No idea {idea} is on record as of position {position}. Check the id, or ask for a later one.",
            idea=str(idea),
        )


def _elsewhere(snapshot: Snapshot, idea: UUID, until: Position) -> list[Position]:
    """The positions of what happened to an idea in flags and cases."""
    position, who, case, came = snapshot.columns(MENTIONS, list(OF_MENTIONS), until)
    me = short(idea.hex)
    mine = np.flatnonzero(who == np.uint64(me))
    cases = np.unique(case[mine])
    told = np.flatnonzero((who == 0) & np.isin(case, cases[cases != 0]))
    found: dict[Position, None] = {}
    inside: set[int] = set()
    for row in np.sort(np.concatenate([mine, told])).tolist():
        at, there = int(position[row]), int(case[row])
        if who[row] == 0:
            if there in inside:
                found[at] = None
            continue
        found[at] = None
        if came[row] > 0:
            inside.add(there)
        elif came[row] < 0:
            inside.discard(there)
    return list(found)


def timeline(ledger: Ledger, views: Views, idea: UUID, at: Moment) -> Timeline:
    """What concerned the idea up to a position, the oldest first. Raises IdeaIsUnknown."""
    with views.read(TIMELINE) as snapshot:
        position = min(at.position, snapshot.position)
        elsewhere = _elsewhere(snapshot, idea, position)
    own = [recorded for recorded in ledger.history(idea) if recorded.position <= position]
    if not own:
        raise IdeaIsUnknown(idea, position)
    told = [found for place in elsewhere for found in ledger.read(place - 1, limit=1)]
    return Timeline(
        idea=idea,
        at=at.at_home,
        position=position,
        happenings=tuple(
            _happening(recorded, idea)
            for recorded in sorted([*own, *told], key=lambda recorded: recorded.position)
        ),
    )


def _happening(recorded: Recorded, idea: UUID) -> Happening:
    event = recorded.event
    by = event.by
    return Happening(
        position=recorded.position,
        topic=event.TOPIC,
        recorded=recorded.recorded.astimezone(HOME),
        effective=recorded.effective.astimezone(HOME),
        actor=by.name,
        role=by.role,
        source=by.source,
        on_behalf_of=by.on_behalf_of,
        correlation=by.correlation,
        case=event.originator_id if event.TOPIC in OF_CASES else None,
        detail=to_jsonable_python(told(event, idea)),
    )
