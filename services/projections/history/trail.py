"""The trail: the ledger's events searched by position, type, unit, actor and time, without texts and names (C15)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, TextIO

import numpy as np
from pydantic import BaseModel

from services.projections.history.titles import TOPICS, Words
from services.projections.presentation.export import harmless
from services.projections.views.event_index import EVENT_INDEX
from services.projections.views.index import AT_ONCE, Wanted, positions, positions_of, rows_at
from services.projections.views.projector import Views
from shared.directory import Directory
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.ledger.encoding import Stored, decode
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.tree import Tree
from shared.vocabulary import HOME, Brought, Member, Position

UNSHOWN: Final = frozenset(
    {
        "originator_id",
        "originator_version",
        "by",
        "effective",
        "content",
        "authors",
        "entered_by",
        "entered_by_name",
        "key_hash",
    }
)
FIRST: Final = datetime(2, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
UNIT_FIELDS: Final = ("unit", "came_from", "code", "parent")
COLUMNS: Final = (
    "position",
    "recorded",
    "effective",
    "type",
    "id",
    "version",
    "actor",
    "role",
    "source",
    "on_behalf_of",
    "correlation",
    "causation",
    "facts",
)
"""What stands of each event in a file: what `line` tells of it."""


class Trail(BaseModel):
    """Events, and the cursor of the next page where there is one."""

    events: tuple[dict[str, object], ...]
    next: str | None


def trail(
    ledger: Ledger,
    directory: Directory,
    views: Views,
    *,
    after: Position = 0,
    topic: str | None = None,
    unit: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: str | None = None,
    title: str | None = None,
    to: Position | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, object]]:
    """Events after a position, narrowed by what is given; `unit` takes its subtree in, `until` is inclusive. With
    words of a title, only declarations and amendments that give an idea such a title; `to` is the last position.

    The index of events says which may be meant; what it has not taken in yet is read through. Either way each
    event is looked at itself before it is told. Raises UnitIsUnknown, NoWords.
    """
    words = Words.of(title) if title is not None else None
    if since is not None:
        # Everything recorded before an instant lies at or under the position of the microsecond before it.
        after = max(after, ledger.position_at(max(since, FIRST) - MICROSECOND))
    if until is not None:
        last = ledger.position_at(until)
        to = last if to is None else min(to, last)
    tree = directory.tree()
    if unit is not None:
        unit = tree[unit].code

    def meant(recorded: Recorded) -> bool:
        event = recorded.event
        return (
            (topic is None or topic == event.TOPIC)
            and (actor is None or event.by.name == actor)
            and (unit is None or any(tree.inside(u, unit) for u in units_of(recorded, tree)))
            and (
                words is None
                or (isinstance(event, IdeaDeclared | IdeaAmended) and words.told(event, ledger))
            )
        )

    found = _facts(ledger, views, Wanted(topic, actor, unit), words, tree, after, to, limit)
    for recorded in islice(filter(meant, found), limit):
        yield line(recorded)


def _facts(
    ledger: Ledger,
    views: Views,
    wanted: Wanted,
    words: Words | None,
    tree: Tree,
    after: Position,
    to: Position | None,
    limit: int | None,
) -> Iterator[Recorded]:
    """The facts that may be meant, in order: those that the view points to, then all that came after it."""
    if any(wanted) or words is not None:
        with views.read(EVENT_INDEX) as snapshot:
            reached = snapshot.position if to is None else min(snapshot.position, to)
            places = positions(snapshot, wanted, tree, after, reached)
            if words is not None:
                titled = positions_of(snapshot, TOPICS, after, reached)
                places = places[np.isin(places, titled)]
        # Whoever asks for a page need not wait for what stands behind it.
        for begin in range(
            0, len(places), lot := AT_ONCE if words is not None else min(limit or AT_ONCE, AT_ONCE)
        ):
            for row in rows_at(ledger, places[begin : begin + lot].tolist()):
                if words is None or words.in_row(row):
                    yield decode(Stored(*row))
        after = max(after, reached)
    topics = (wanted.topic,) if wanted.topic else TOPICS if words is not None else ()
    while page := ledger.read(after, topics=topics, to=to):
        yield from page
        after = page[-1].position


def table(events: Iterable[Mapping[str, object]], into: TextIO) -> int:
    """Write events as CSV (RFC 4180), a row each, with what is particular to each as JSON; answers how many.

    What people typed can never act as a formula in a spreadsheet program.
    """
    rows = csv.writer(into, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    count = 0
    for event in events:
        cells = {**event, "facts": json.dumps(event["facts"], ensure_ascii=False)}
        rows.writerow(
            harmless(cell) if isinstance(cell := cells[name], str) else cell for name in COLUMNS
        )
        count += 1
    return count


def line(recorded: Recorded) -> dict[str, object]:
    """An event as it is listed: who, when, on both axes, and its facts without texts, names and secrets."""
    event = recorded.event
    facts = event.model_dump(mode="json", exclude=set(UNSHOWN), exclude_defaults=True)
    return {
        "position": recorded.position,
        "recorded": recorded.recorded.astimezone(HOME).isoformat(),
        "effective": recorded.effective.astimezone(HOME).isoformat(),
        "type": event.TOPIC,
        "id": str(event.originator_id),
        "version": event.originator_version,
        "actor": event.by.name,
        "role": event.by.role,
        "source": event.by.source,
        "on_behalf_of": event.by.on_behalf_of,
        "correlation": str(event.by.correlation),
        "causation": event.by.causation,
        "facts": facts,
    }


def units_of(recorded: Recorded, tree: Tree) -> list[str]:
    """The units that an event is about."""
    event = recorded.event
    found = [value for name in UNIT_FIELDS if isinstance(value := getattr(event, name, None), str)]
    for name in ("idea", "of", "member"):
        member = getattr(event, name, None)
        if isinstance(member, Member):
            found.append(member.unit)
    members = getattr(event, "members", ())
    if isinstance(members, tuple):
        # Of a case; the members that a head count counts are a number.
        found += [
            m.member.unit if isinstance(m, Brought) else m.unit
            for m in members
            if isinstance(m, Brought | Member)
        ]
    return [unit for unit in found if unit in tree]
