"""Recollection: what was matched before, read again from the ledger only as far as comparing needs it.

A million declarations are read again after a restart, and to decode all of each would take most of that time. Of a stored
declaration this takes the texts where they lie, between the quotes, and decodes what stands before them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Final, NamedTuple, NotRequired
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter
from pydantic_core import from_json
from typing_extensions import TypedDict

from services.dedup.lexicon import Lexicon
from services.dedup.reading import Read, Told, read, told
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

_HEAD: Final = b',"sender":'
_TITLE: Final = b',"content":{"title":"'
_SITUATION: Final = b',"situation_before":"'
_SOLUTION: Final = b',"solution":"'


class Recollected(NamedTuple):
    """A stretch of the ledger: declarations in a row are read together, all else is as recorded."""

    parts: list[Recorded | Read]
    facts: int
    last: Position


class _Author(TypedDict):
    person: UUID


class _Declared(TypedDict):
    sender: str
    external_id: str
    programme: str
    unit: str
    filed_at: AwareDatetime
    priority: AwareDatetime
    ineligible: NotRequired[tuple[Ineligible, ...]]
    authors: list[_Author]


_DECLARED: Final = TypeAdapter(_Declared)


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


def declared(row: Row) -> Told:
    """What a stored declaration says, the same as decoding all of it would tell.

    Inside a JSON string every quote is escaped; so a comma, a bare quote and a field's name, in this order, are that field
    and never a part of somebody's text.
    """
    position, stream, version, _, state = row
    head, content = state.find(_HEAD), state.find(_TITLE)
    if head < 0 or content < 0:
        return _decoded(row)
    title, at = _text(state, content + len(_TITLE))
    situation = b""
    if state.startswith(_SITUATION, at):
        situation, at = _text(state, at + len(_SITUATION))
    if not state.startswith(_SOLUTION, at):
        return _decoded(row)
    solution, _ = _text(state, at + len(_SOLUTION))
    found = _DECLARED.validate_json(b"{%s}" % state[head + 1 : content])
    entry = Entry(
        UUID(stream),
        version,
        position,
        found["sender"],
        found["external_id"],
        found["programme"],
        found["unit"],
        found["filed_at"],
        found["priority"],
        found.get("ineligible", ()),
        frozenset(author["person"] for author in found["authors"]),
    )
    return Told(entry, title, solution, situation)


def _decoded(row: Row) -> Told:
    return told(decode(Stored(*row)), _nobody)


def _nobody(idea: UUID) -> Entry:
    raise LookupError(f"Idea {idea} is declared here; there is nothing to know of it before.")


def _text(state: bytes, begin: int) -> tuple[bytes, int]:
    """The JSON string whose letters begin there, and the place behind its closing quote."""
    end = state.index(b'"', begin)
    while state[end - 1] == _BACKSLASH and _is_escaped(state, begin, end):
        end = state.index(b'"', end + 1)
    typed = state[begin:end]
    if b"\\" in typed:
        # Nearly always it is only the ends of lines that are escaped.
        plain = typed.replace(b"\\n", b"\n")
        typed = from_json(b'"%s"' % typed).encode() if b"\\" in plain else plain
    return typed, end + 1


_BACKSLASH: Final = ord("\\")


def _is_escaped(state: bytes, begin: int, quote: int) -> bool:
    before = state[begin:quote]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1
