"""The story of an idea: everything that concerned it, what each amendment changed, and where it counted when (C09, C20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from pydantic_core import to_jsonable_python

from services.projections.history.timeline import Happening, IdeaIsUnknown, timeline
from services.projections.reckoning.asof import Moment, at_home
from services.projections.reckoning.movements import Movement, movements_of
from services.projections.reckoning.reckoning import Scope
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.declaration import Content, SealedAuthor
from shared.directory import Directory
from shared.events.idea import IdeaAmended, IdeaDeclared, IdeaRerouted
from shared.ledger.store import Ledger
from shared.vocabulary import Position, Value


class FieldChange(Value):
    """A field that an amendment changed; a text that is confidential, before or after, is `hidden` and not said."""

    field: str
    hidden: bool
    before: object
    after: object


class Chapter(Happening):
    """One event of the story, on both axes.

    `late` says that it came on record on a later day at home than the one from which it is true, `days_late` by how
    many days; `marked_late` is the mark that the declaration itself carries.
    """

    late: bool
    days_late: int
    marked_late: bool
    changed: tuple[FieldChange, ...]


class Span(Value):
    """From when to when an idea counted in a unit; `until` is null while it lasts. The position is that of the change."""

    unit: str
    gross: int
    net: int
    since: datetime
    position: Position
    until: datetime | None


class Story(Value):
    """An idea's whole history as known at a position, and where it counted: as it stood on record, and as it was true."""

    idea: UUID
    at: datetime
    position: Position
    sender: str
    external_id: str
    programme: str
    chapters: tuple[Chapter, ...]
    known: tuple[Span, ...]
    corrected: tuple[Span, ...]


def story(ledger: Ledger, views: Views, idea: UUID, at: Moment) -> Story:
    """The story of an idea up to a position. Raises IdeaIsUnknown."""
    found = timeline(ledger, views, idea, at)
    written: list[IdeaDeclared | IdeaAmended] = []
    chapters, declared = [], None
    for happening in found.happenings:
        changed: tuple[FieldChange, ...] = ()
        if happening.topic in {IdeaDeclared.TOPIC, IdeaAmended.TOPIC}:
            (recorded,) = ledger.read(happening.position - 1, limit=1)
            event = recorded.event
            assert isinstance(event, IdeaDeclared | IdeaAmended)
            if isinstance(event, IdeaDeclared):
                declared = event
            else:
                changed = _changed(written[-1], event)
            written.append(event)
        chapters.append(_chapter(happening, changed))
    assert declared is not None
    with views.read(QUOTA) as snapshot:
        scope = Scope(declared.programme, min(at.position, snapshot.position))
        moved = [
            one
            for one in movements_of(snapshot, idea, [c.position for c in chapters])
            if one.position <= scope.position
        ]
    return Story(
        idea=idea,
        at=found.at,
        position=found.position,
        sender=declared.sender,
        external_id=declared.external_id,
        programme=declared.programme,
        chapters=tuple(chapters),
        known=_spans([(one.recorded, one) for one in moved]),
        corrected=_spans(sorted(((one.effective, one) for one in moved), key=lambda m: m[:1])),
    )


def unit_of(ledger: Ledger, idea: UUID) -> str:
    """Where the idea stands now, which says who may read of it, as everywhere. Raises IdeaIsUnknown."""
    unit = None
    for event in ledger.stream(idea):
        if isinstance(event, IdeaDeclared | IdeaRerouted):
            unit = event.unit
    if unit is None:
        raise IdeaIsUnknown(idea, ledger.head())
    return unit


def _chapter(happening: Happening, changed: tuple[FieldChange, ...]) -> Chapter:
    days = Directory.day(happening.recorded) - Directory.day(happening.effective)
    return Chapter(
        **dict(happening),
        late=days.days > 0,
        days_late=max(0, days.days),
        marked_late=bool(happening.detail.get("late")),
        changed=changed,
    )


def _changed(
    before: IdeaDeclared | IdeaAmended, after: IdeaDeclared | IdeaAmended
) -> tuple[FieldChange, ...]:
    """What an amendment changed, in the order of the form; of authors only how many there are, and what boards count."""
    hidden = {field.value for field in (*before.content.confidential, *after.content.confidential)}
    found = []
    for name in Content.model_fields:
        was, is_ = getattr(before.content, name), getattr(after.content, name)
        if was != is_:
            shown = name not in hidden
            found.append(
                FieldChange(
                    field=name,
                    hidden=not shown,
                    before=to_jsonable_python(was) if shown else None,
                    after=to_jsonable_python(is_) if shown else None,
                )
            )
    if _people(before.authors) != _people(after.authors):
        # Who they are is sealed: that somebody else stands there is all that is said.
        found.append(
            FieldChange(
                field="authors", hidden=True, before=len(before.authors), after=len(after.authors)
            )
        )
    return tuple(found)


def _people(authors: Iterable[SealedAuthor]) -> list[tuple[object, ...]]:
    return [(a.person, a.share_percent, a.holds_post, a.worker_kind) for a in authors]


def _spans(moved: Sequence[tuple[int, Movement]]) -> tuple[Span, ...]:
    """Where the idea counted from when on: what happens at one instant is taken together."""
    standing: dict[str, tuple[int, int]] = {}
    spans: list[Span] = []
    for when, together in groupby(moved, key=lambda one: one[0]):
        before, last = dict(standing), 0
        for _, one in together:
            gross, net = standing.get(one.unit, (0, 0))
            standing[one.unit] = gross + one.gross, net + one.net
            last = max(last, one.position)
        for unit, now in sorted(standing.items()):
            if now == before.get(unit, (0, 0)):
                continue
            spans = [
                span.model_copy(update={"until": at_home(when)})
                if span.unit == unit and span.until is None
                else span
                for span in spans
            ]
            if any(now):
                spans.append(
                    Span(
                        unit=unit,
                        gross=now[0],
                        net=now[1],
                        since=at_home(when),
                        position=last,
                        until=None,
                    )
                )
    return tuple(spans)
