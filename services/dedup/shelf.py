"""The shelf: every version of every declaration that was read, by row, in as little room as a million of them leaves.

Texts lie as the numbers of their words, most of them in two bytes: a number and the bit that ends a sentence fit where
the word is one of the 32,000 met first. What a flag must say of a declaration lies beside them in fixed fields.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.dedup.column import Column
from services.dedup.kept import Arrays, kept, restore
from services.dedup.lexicon import Lexicon
from services.dedup.placed import Placed, pack, solutions_of, unpacked
from services.dedup.texts import Numbers, Texts, words_of
from shared.compiled import compiled
from shared.vocabulary import Ineligible, Member, Position

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST_ROOM: Final = 1 << 12
_INELIGIBLE: Final = tuple(Ineligible)

_PACKED: Final = struct.Struct("=QQqqqIIIIqIqIBB")
_ROW: Final = np.dtype(
    [
        ("idea", "u8", 2), ("position", "i8"), ("filed", "i8"), ("priority", "i8"),
        ("unit", "u4"), ("sender", "u4"), ("programme", "u4"), ("version", "u4"),
        ("name", "i8"), ("name_size", "u4"), ("persons", "i8"), ("persons_count", "u4"),
        ("ineligible", "u1"), ("stands", "u1"),
    ]
)  # fmt: skip
_MOST_DIGESTS: Final = 1 << 12
_KEPT: Final = (
    "_rows", "_slots", "_codes", "_starts", "_titles", "_situations", "_names", "_persons", "_called",
)  # fmt: skip


class Entry(NamedTuple):
    """One version of a declaration as it is put on the shelf, beside its texts."""

    idea: UUID
    version: int
    position: Position
    sender: str
    external_id: str
    programme: str
    unit: str
    filed_at: datetime
    priority: datetime
    ineligible: tuple[Ineligible, ...]
    persons: frozenset[UUID]


class Declared(NamedTuple):
    """What a flag says of one version of a declaration, and who its authors are."""

    member: Member
    version: int
    persons: frozenset[UUID]


class Shelf:
    """Declarations by row; a row is never taken away, only no longer asked for."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._rows: Column[np.void] = Column(_ROW)
        self._slots: NDArray[np.int32] = np.full(_FIRST_ROOM, -1, dtype=np.int32)
        self._codes = Column(np.uint16)
        self._starts = Column(np.int64)
        self._starts.append(0)
        self._titles = Column(np.uint32)
        self._situations = Column(np.uint32)
        self._names = bytearray()
        self._persons = bytearray()
        self._called: list[str] = []
        # A row never says anything else, and of a cluster the same ones are asked for again and again.
        self._digests: dict[int, str] = {}
        self._calls: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def kept(self) -> Arrays:
        """What a snapshot holds of it."""
        return kept(self, _KEPT)

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        restore(self, _KEPT, arrays)
        self._calls = {name: number for number, name in enumerate(self._called)}

    @property
    def placed(self) -> Placed:
        """Where all texts lie."""
        return Placed(self._codes.room, self._starts.room, self._titles.room, self._situations.room)

    def call(self, name: str) -> int:
        """The number of a unit, sender or programme."""
        known = self._calls.get(name)
        if known is None:
            known = self._calls[name] = len(self._called)
            self._called.append(name)
        return known

    def put(
        self, entries: Sequence[Entry], solutions: Texts, titles: Texts, situations: Texts
    ) -> int:
        """Put declarations on the shelf; answers the row of the first."""
        first, last = len(self), len(self) + len(entries)
        words = len(solutions.words) + len(titles.words) + len(situations.words)
        self._codes.reserve(3 * words)
        for column in (self._starts, self._titles, self._situations):
            column.reserve(len(entries) + 1)
        self._codes.grown(pack(solutions, titles, situations, first, self.placed))
        self._starts.grown(last + 1)
        self._titles.grown(last)
        self._situations.grown(last)
        self._rows.extend(np.frombuffer(b"".join(map(self._row, entries)), dtype=_ROW))
        if 2 * last > len(self._slots):
            self._slots = np.full(4 * last, -1, dtype=np.int32)
            _enter(self._slots, self._rows.room, 0, last)
        else:
            _enter(self._slots, self._rows.room, first, last)
        return first

    def find(self, idea: UUID) -> int | None:
        """The row of what an idea says now, or None where it is not on the shelf or was withdrawn."""
        high, low = _halves(idea)
        at = low % len(self._slots)
        while (row := int(self._slots[at])) >= 0:
            held = self._rows.all[row]
            if held["idea"].tolist() == [high, low]:
                return row if held["stands"] else None
            at = (at + 1) % len(self._slots)
        return None

    def take_down(self, row: int) -> None:
        """Note that an idea no longer says this, or anything."""
        self._rows.all[row]["stands"] = 0

    def stands(self, row: int) -> bool:
        """Whether a row is what its idea says now."""
        return bool(self._rows.all[row]["stands"])

    def solution(self, row: int) -> Numbers:
        """The words of a row's solution."""
        start, _, end = self._bounds(row)
        return unpacked(self._codes.all, start, end)

    def solutions(self, first: int, last: int) -> Texts:
        """The words of the solutions of some rows."""
        return Texts(*solutions_of(self.placed, first, last))

    def units(self, first: int, last: int) -> NDArray[np.uint32]:
        """The numbers of the units that some rows count for."""
        found: NDArray[np.uint32] = np.ascontiguousarray(self._rows.all["unit"][first:last])
        return found

    def fallen(self) -> list[int]:
        """The rows that no longer stand."""
        found: list[int] = np.flatnonzero(self._rows.all["stands"] == 0).tolist()
        return found

    def title(self, row: int) -> Numbers:
        """The words of a row's title."""
        start, _, _ = self._bounds(row)
        at = start + int(self._titles.all[row])
        return unpacked(self._codes.all, at, start + int(self._situations.all[row]))

    def situation(self, row: int) -> Numbers:
        """The words of a row's situation."""
        start = int(self._starts.all[row])
        return unpacked(
            self._codes.all, start + int(self._situations.all[row]), int(self._starts.all[row + 1])
        )

    def _bounds(self, row: int) -> tuple[int, int, int]:
        start = int(self._starts.all[row])
        return start, int(self._starts.all[row + 1]), start + int(self._titles.all[row])

    def unit(self, row: int) -> str:
        """The unit that a row counts for."""
        return self._called[int(self._rows.all[row]["unit"])]

    def programme(self, row: int) -> str:
        """The programme that a row was declared in."""
        return self._called[int(self._rows.all[row]["programme"])]

    def position(self, row: int) -> Position:
        """Where a row's declaration stands in the ledger."""
        return int(self._rows.all[row]["position"])

    def idea(self, row: int) -> UUID:
        """Whose version a row is."""
        high, low = self._rows.all[row]["idea"].tolist()
        return UUID(int=high << 64 | low)

    def digest(self, row: int) -> str:
        """The sha256 of a row's normalised solution: what a lasting "distinct" holds on to."""
        known = self._digests.get(row)
        if known is None:
            if len(self._digests) == _MOST_DIGESTS:
                self._digests.clear()
            words = self._lexicon.text(words_of(self.solution(row)))
            known = self._digests[row] = hashlib.sha256(words.encode()).hexdigest()
        return known

    def reroute(self, row: int, unit: str) -> None:
        """Count a row for another unit."""
        self._rows.all[row]["unit"] = self.call(unit)

    def mark(self, row: int, ineligible: tuple[Ineligible, ...]) -> None:
        """Say why a row's idea is not eligible."""
        self._rows.all[row]["ineligible"] = _bits(ineligible)

    def correct(self, row: int, entry: Entry) -> None:
        """Say otherwise what is known of a row beside its texts; it stays the version and the position that it was."""
        held = self._rows.all[row]
        version, position = int(held["version"]), int(held["position"])
        packed = self._row(entry._replace(version=version, position=position))
        self._rows.all[row : row + 1] = np.frombuffer(packed, dtype=_ROW)

    def entry(self, row: int) -> Entry:
        """What was put on the shelf as a row, as it was changed since."""
        held = self._rows.all[row]
        name, persons = int(held["name"]), int(held["persons"])
        ids = (
            UUID(bytes=bytes(self._persons[at : at + 16]))
            for at in range(persons, persons + 16 * int(held["persons_count"]), 16)
        )
        return Entry(
            self.idea(row),
            int(held["version"]),
            int(held["position"]),
            self._called[held["sender"]],
            self._names[name : name + int(held["name_size"])].decode("utf-8", "surrogatepass"),
            self._called[held["programme"]],
            self._called[held["unit"]],
            _instant(held["filed"]),
            _instant(held["priority"]),
            tuple(code for n, code in enumerate(_INELIGIBLE) if held["ineligible"] >> n & 1),
            frozenset(ids),
        )

    def declared(self, row: int) -> Declared:
        """What a flag says of a row."""
        entry = self.entry(row)
        member = Member.model_construct(
            idea=entry.idea,
            sender=entry.sender,
            external_id=entry.external_id,
            programme=entry.programme,
            unit=entry.unit,
            filed_at=entry.filed_at,
            priority=entry.priority,
            by_application=entry.priority < entry.filed_at,
            position=entry.position,
            solution_hash=self.digest(row),
            ineligible=entry.ineligible,
        )
        return Declared(member, entry.version, entry.persons)

    def _row(self, entry: Entry) -> bytes:
        name = entry.external_id.encode("utf-8", "surrogatepass")
        name_at, persons_at = len(self._names), len(self._persons)
        self._names += name
        for person in sorted(entry.persons):
            self._persons += person.bytes
        return _PACKED.pack(
            *_halves(entry.idea),
            entry.position,
            (entry.filed_at - _EPOCH) // _MICROSECOND,
            (entry.priority - _EPOCH) // _MICROSECOND,
            self.call(entry.unit),
            self.call(entry.sender),
            self.call(entry.programme),
            entry.version,
            name_at,
            len(name),
            persons_at,
            len(entry.persons),
            _bits(entry.ineligible),
            1,
        )


def _halves(idea: UUID) -> tuple[int, int]:
    return idea.int >> 64, idea.int & 0xFFFFFFFFFFFFFFFF


def _bits(codes: Iterable[Ineligible]) -> int:
    return sum(1 << _INELIGIBLE.index(code) for code in codes)


def _instant(microseconds: np.int64) -> datetime:
    return _EPOCH + int(microseconds) * _MICROSECOND


@compiled
def _enter(slots: NDArray[np.int32], held: NDArray[np.void], first: int, last: int) -> None:
    """Note where each idea's latest row is."""
    for row in range(first, last):
        idea = held[row]["idea"]
        at = np.int64(idea[1] % np.uint64(len(slots)))
        while slots[at] >= 0:
            other = held[slots[at]]["idea"]
            if other[0] == idea[0] and other[1] == idea[1]:
                break
            at = (at + 1) % len(slots)
        slots[at] = row
