"""The trail: the ledger's events searched by position, type, unit, actor and time, without texts and names (C15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import BaseModel

from shared.directory import Directory
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


class Trail(BaseModel):
    """Events, and the cursor of the next page where there is one."""

    events: tuple[dict[str, object], ...]
    next: str | None


def trail(
    ledger: Ledger,
    directory: Directory,
    *,
    after: Position = 0,
    topic: str | None = None,
    unit: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: str | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, object]]:
    """Events after a position, narrowed by what is given; `unit` takes its subtree in, `until` is inclusive."""
    if since is not None:
        # Everything recorded before an instant lies at or under the position of the microsecond before it.
        after = max(after, ledger.position_at(max(since, FIRST) - MICROSECOND))
    to = ledger.position_at(until) if until is not None else None
    tree = directory.tree()
    if unit is not None:
        unit = tree[unit].code
    given = 0
    while page := ledger.read(after, topics=(topic,) if topic else (), to=to):
        for recorded in page:
            if actor is not None and recorded.event.by.name != actor:
                continue
            if unit is not None and not any(tree.inside(u, unit) for u in units_of(recorded, tree)):
                continue
            yield line(recorded)
            given += 1
            if limit is not None and given >= limit:
                return
        after = page[-1].position


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
