"""As of: the instant or position that a board is asked for, on which axis, and what was unmatched by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol, TypedDict

import numpy as np

from services.projections.reckoning.counts import DECLARED, Counts
from services.projections.views.facts import instant
from services.projections.views.view import Snapshot
from shared.errors import Invalid
from shared.vocabulary import HOME, Position, Value


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


class KnownAtIsOfCorrected(Invalid):
    """What was known later is asked of the corrected axis only."""

    code = "known-at-without-corrected"

    def __init__(self) -> None:
        super().__init__(
            "known_at says up to when corrections count, which the known axis has none of. "
            "Ask with the axis 'corrected', or leave it out.",
            field="known_at",
        )


class Axis(StrEnum):
    """Known: by what was on record then. Corrected: by what was true then, as is known later."""

    KNOWN = "known"
    CORRECTED = "corrected"


class Record(Protocol):
    """What instants and positions are looked up in: the ledger."""

    def now(self) -> datetime: ...
    def head(self) -> Position: ...
    def position_at(self, instant: datetime) -> Position: ...
    def recorded_at(self, position: Position) -> datetime | None: ...


class Moment(NamedTuple):
    """Up to which position the record is read, and which instant is asked for; both inclusive.

    On the corrected axis that is what was true by the instant, by all that stands up to the position; `known_at` is
    the instant of that position, where it was asked for. What is `ahead` is still to come: more will be recorded by then.
    """

    position: Position
    instant: datetime
    axis: Axis = Axis.KNOWN
    known_at: datetime | None = None
    ahead: bool = False

    @property
    def at_home(self) -> datetime:
        """The instant on the programme's own clock."""
        return self.instant.astimezone(HOME)


class AsOf(Value):
    """What every board says of itself first: as of when, up to which position, on which axis.

    What is `ahead` was asked for as of an instant that is still to come, and will be answered otherwise then.
    """

    at: datetime
    position: Position
    axis: Axis
    known_at: datetime | None
    ahead: bool = False


class Heading(TypedDict):
    """The same before there is a board."""

    at: datetime
    position: Position
    axis: Axis
    known_at: datetime | None
    ahead: bool


def heading(at: Moment, position: Position) -> Heading:
    """What a board says of itself first, for the moment asked for and the position that the view had come to."""
    known = at.known_at.astimezone(HOME) if at.known_at is not None else None
    return {
        "at": at.at_home,
        "position": position,
        "axis": at.axis,
        "known_at": known,
        "ahead": at.ahead,
    }


def moment(
    record: Record, at: str | None = None, axis: Axis = Axis.KNOWN, known_at: str | None = None
) -> Moment:
    """The moment that `--at` names, as known then, or as corrected by what was recorded up to `--known-at` (or now).

    Raises NotAnInstant, KnownAtIsOfCorrected.
    """
    if axis is Axis.KNOWN:
        if known_at is not None:
            raise KnownAtIsOfCorrected
        return _named(record, at)
    bound = _named(record, known_at)
    known = bound.instant if known_at else None
    return Moment(bound.position, _instant(record, at), axis, known, bound.ahead)


def _named(record: Record, at: str | None) -> Moment:
    """A position, an instant with its offset, or, when nothing is given, now."""
    if at is None:
        # Where a clock was wrong, what is on record may bear an instant that is still to come: now is never before it.
        head = record.head()
        last, now = record.recorded_at(head), record.now()
        present = max(last, now) if last is not None else now
        return Moment(head, present, ahead=present > now)
    if _is_position(at):
        # What is still to come is the head; no position has more digits than these.
        position = min(int(at.strip()[:19]), record.head())
        return Moment(position, instant_of(record, position))
    written = _written(at)
    return Moment(record.position_at(written), written, ahead=written > record.now())


def _instant(record: Record, at: str | None) -> datetime:
    """The instant that is named; one that is written out is not looked up in the record."""
    return _named(record, at).instant if at is None or _is_position(at) else _written(at)


def _is_position(at: str) -> bool:
    given = at.strip()
    return given.isascii() and given.isdigit()


def _written(at: str) -> datetime:
    """An instant with its offset, in UTC. Raises NotAnInstant."""
    try:
        named = datetime.fromisoformat(at.strip())
        if named.tzinfo is None:
            raise NotAnInstant(at)
        in_utc = named.astimezone(UTC)
        in_utc.astimezone(HOME)
    except (ValueError, OverflowError):
        raise NotAnInstant(at) from None
    return in_utc


def instant_of(record: Record, position: Position) -> datetime:
    """When the last fact up to a position was recorded; before the first fact, the instant before it, and on an empty record now."""
    found = record.recorded_at(position)
    if found is not None:
        return found
    later = (record.recorded_at(at) for at in range(position + 1, record.head() + 1))
    first = next((instant for instant in later if instant is not None), None)
    return first - timedelta(microseconds=1) if first is not None else record.now()


def at_home(microseconds: int) -> datetime:
    """A stored instant on the programme's own clock."""
    return instant(microseconds).astimezone(HOME)


def unmatched(
    snapshot: Snapshot, position: Position, *, matched: Position, programme: str | None = None
) -> int:
    """How many declarations up to a position the matcher, which has come to `matched`, has not scored yet."""
    counts = Counts(snapshot)
    cells = counts.cells()
    chosen = cells.of(programme) if programme is not None else np.ones(len(cells.places), bool)
    through, before = (
        int(counts.known(DECLARED, counts.rows(at))[0][chosen].sum())
        for at in (position, min(position, matched))
    )
    return through - before
