"""As of: the instant or position that a board is asked for, found in the ledger, and what was unmatched by then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from sqlalchemy import func, select

from services.projections.database import Views
from services.projections.entries import QUOTA
from services.projections.facts import instant
from services.projections.view import Snapshot
from shared.errors import Invalid
from shared.vocabulary import HOME, Position


class NotAnInstant(Invalid):
    """What was given is neither a position nor an instant."""

    code = "not-an-instant"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{given[:64]!r} is neither a position nor an instant. "
            "Give a whole number, or ISO 8601 with an offset, such as 2022-04-20T08:00:00+07:00.",
            field="at",
            value=given[:64],
        )


class Record(Protocol):
    """What instants and positions are looked up in: the ledger."""

    def now(self) -> datetime: ...
    def head(self) -> Position: ...
    def position_at(self, instant: datetime) -> Position: ...
    def recorded_at(self, position: Position) -> datetime | None: ...


class Moment(NamedTuple):
    """Up to which position, and which instant that stands for; both inclusive."""

    position: Position
    instant: datetime

    @property
    def at_home(self) -> datetime:
        """The instant on the programme's own clock."""
        return self.instant.astimezone(HOME)


def moment(record: Record, at: str | None = None) -> Moment:
    """The moment that `--at` names: a position, an instant with its offset, or, when nothing is given, now.

    Raises NotAnInstant.
    """
    if at is None:
        return Moment(record.head(), record.now())
    given = at.strip()
    if given.isascii() and given.isdigit():
        # What is still to come is the head; no position has more digits than these.
        position = min(int(given[:19]), record.head())
        return Moment(position, record.recorded_at(position) or record.now())
    try:
        named = datetime.fromisoformat(given)
        if named.tzinfo is None:
            raise NotAnInstant(at)
        in_utc = named.astimezone(UTC)
        in_utc.astimezone(HOME)
    except (ValueError, OverflowError):
        raise NotAnInstant(at) from None
    return Moment(record.position_at(in_utc), in_utc)


def at_home(microseconds: int) -> datetime:
    """A stored instant on the programme's own clock."""
    return instant(microseconds).astimezone(HOME)


def not_yet_matched(
    views: Views, position: Position, *, matched: Position, programme: str | None = None
) -> int:
    """How many declarations up to a position the matcher, which has come to `matched`, has not scored yet."""
    with views.read(QUOTA) as snapshot:
        return unmatched(snapshot, position, matched=matched, programme=programme)


def unmatched(
    snapshot: Snapshot, position: Position, *, matched: Position, programme: str | None = None
) -> int:
    """The same, beside the other numbers of one board."""
    ideas = snapshot.tables["ideas"]
    waiting = (
        select(func.count())
        .select_from(ideas)
        .where(ideas.c.declared_position > matched, ideas.c.declared_position <= position)
    )
    if programme is not None:
        waiting = waiting.where(ideas.c.programme == programme)
    return snapshot.connection.scalar(waiting) or 0
