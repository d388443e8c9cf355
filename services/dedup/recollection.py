"""Recollection: declarations read only as far as comparing needs it.

A million declarations are read again after a restart, and each worker reads those of all others: to decode all of each would
take most of that time. Of a stored declaration this takes its texts and the little else that comparing and flagging need.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import groupby
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder

from services.dedup.lexicon import Lexicon
from services.dedup.reading import Due, Read, Told, read, told
from services.dedup.shelf import Entry
from shared.events.idea import IdeaDeclared
from shared.ledger.encoding import Stored, decode
from shared.ledger.model import Recorded
from shared.ledger.stamp import Row
from shared.ledger.store import Ledger
from shared.vocabulary import Ineligible, Position

PAGE: Final = 2048
AHEAD: Final = 2
"""So many pages are read before they are asked for."""


class Recollected(NamedTuple):
    """A stretch of the ledger: declarations in a row are read together, all else is as recorded."""

    parts: list[Recorded | Read]
    facts: int
    last: Position


_Instant = Annotated[datetime, Meta(tz=True)]


class _Actor(Struct):
    correlation: UUID


class _Author(Struct):
    person: UUID


class _Content(Struct):
    title: str
    solution: str
    situation_before: str = ""


class _Declared(Struct):
    recorded: _Instant
    by: _Actor
    sender: str
    external_id: str
    programme: str
    unit: str
    filed_at: _Instant
    priority: _Instant
    authors: list[_Author]
    content: _Content
    ineligible: tuple[Ineligible, ...] = ()


_DECLARED: Final = Decoder(_Declared)


def recollected(
    ledger: Ledger, lexicon: Lexicon, after: Position, *, to: Position
) -> Iterator[Recollected]:
    """What was recorded after a position and up to another, read while whoever asks handles what was read before."""
    with ThreadPoolExecutor(1, "recall") as reader:
        pages = _recollected(ledger, lexicon, after, to)
        coming = deque(reader.submit(next, pages, None) for _ in range(AHEAD))
        while (page := coming.popleft().result()) is not None:
            coming.append(reader.submit(next, pages, None))
            yield page


def _recollected(
    ledger: Ledger, lexicon: Lexicon, after: Position, to: Position
) -> Iterator[Recollected]:
    while (page := recollect(ledger, lexicon, after, to=to)).parts:
        yield page
        after = page.last


def recollect(ledger: Ledger, lexicon: Lexicon, after: Position, *, to: Position) -> Recollected:
    """The next facts after a position; those on record when this is called are never missed, so none means the end."""
    rows = ledger.rows(after, limit=PAGE, to=to)
    parts: list[Recorded | Read] = []
    for are_declared, run in groupby(rows, lambda row: row[3] == IdeaDeclared.TOPIC):
        if are_declared:
            parts.append(read(lexicon, [*map(declared, run)]))
        else:
            parts += (decode(Stored(*row)) for row in run)
    return Recollected(parts, len(rows), rows[-1][0] if rows else after)


def abridged(stored: Stored) -> Recorded | Due:
    """A fact as a matcher takes it in. Raises LookupError for a topic this version does not know."""
    if stored.topic != IdeaDeclared.TOPIC:
        return decode(stored)
    due = _due(stored)
    return due if due is not None else decode(stored)


def declared(row: Row) -> Told:
    """What a stored declaration says, the same as decoding all of it would tell."""
    stored = Stored(*row)
    due = _due(stored)
    return due.told if due is not None else told(decode(stored), _nobody)


def _due(stored: Stored) -> Due | None:
    """What a declaration says, or None where all of it has to be decoded to tell."""
    position, stream, version, _, state = stored
    try:
        found = _DECLARED.decode(state)
    except (MsgspecError, ValueError, RecursionError):
        return None
    content = found.content
    entry = Entry(
        stream if isinstance(stream, UUID) else UUID(stream),
        version,
        position,
        found.sender,
        found.external_id,
        found.programme,
        found.unit,
        found.filed_at,
        found.priority,
        found.ineligible,
        frozenset([author.person for author in found.authors]),
    )
    said = Told(
        entry,
        content.title.encode(),
        content.solution.encode(),
        content.situation_before.encode(),
    )
    return Due(said, found.recorded, found.by.correlation)


def _nobody(idea: UUID) -> Entry:
    raise LookupError(f"Idea {idea} is declared here; there is nothing to know of it before.")
