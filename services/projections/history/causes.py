"""Causes: what kind of event moved a number, and how much each kind comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice, pairwise
from typing import Final

from services.projections.reckoning.movements import AT_ONCE, MEASURES, Movement
from services.projections.reckoning.reckoning import NEVER
from shared.events.case import MemberRuled
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.events.mending import CaseSplitOff, CaseTookIn, MemberExcluded, RulingUndone
from shared.ledger.store import Ledger
from shared.vocabulary import Position, Value

STRETCH: Final = 256
"""Positions that lie no farther apart are looked for in one reading of the ledger."""


class Cause(StrEnum):
    """Why a number is another than it was."""

    DECLARED = "declared"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"
    REROUTED = "rerouted"
    RECOGNISED = "recognised"
    RULED = "ruled"
    RULING_UNDONE = "ruling-undone"
    EXCLUDED = "excluded"
    CASE_MENDED = "case-mended"
    REORGANISED = "reorganised"
    """Units moved or merged, or phases got other ends: the same ideas count elsewhere."""


CAUSES: Final[Mapping[str, Cause]] = {
    IdeaDeclared.TOPIC: Cause.DECLARED,
    IdeaAmended.TOPIC: Cause.AMENDED,
    IdeaWithdrawn.TOPIC: Cause.WITHDRAWN,
    IdeaRerouted.TOPIC: Cause.REROUTED,
    RecognitionRecorded.TOPIC: Cause.RECOGNISED,
    MemberRuled.TOPIC: Cause.RULED,
    RulingUndone.TOPIC: Cause.RULING_UNDONE,
    MemberExcluded.TOPIC: Cause.EXCLUDED,
    CaseSplitOff.TOPIC: Cause.CASE_MENDED,
    CaseTookIn.TOPIC: Cause.CASE_MENDED,
}
OTHERS: Final = tuple(topic for topic, cause in CAUSES.items() if cause is not Cause.DECLARED)


class Portion(Value):
    """What one cause comes to: by how many events, and by how much each measure changed; benefit in VND."""

    cause: Cause
    events: int
    gross: int
    net: int
    duplicate: int
    people: int
    benefit: int


class Portions:
    """Adds movements up by cause, event by event as they come in the order of the record.

    An event that comes to nothing here, such as a re-routing inside one unit, is not counted, unless `idle` ones are.
    """

    def __init__(self, *, idle: bool = False) -> None:
        self._idle = idle
        self._events: dict[Cause, int] = {}
        self._sums: dict[Cause, list[int]] = {}
        self._last: tuple[Cause, Position] | None = None
        self._of_last = [0] * len(MEASURES)

    def add(self, cause: Cause, by: Sequence[int], position: Position | None = None) -> None:
        """Take in what one movement adds to each measure; without a position, what no event of an idea changed."""
        if position is not None:
            if self._last != (cause, position):
                self._settle()
                self._last = cause, position
            _add(self._of_last, by)
        sums = self._sums.get(cause)
        if sums is None:
            sums = self._sums[cause] = [0] * len(MEASURES)
        _add(sums, by)

    def _settle(self) -> None:
        if self._last is not None and (self._idle or any(self._of_last)):
            cause, _ = self._last
            self._events[cause] = self._events.get(cause, 0) + 1
        self._last, self._of_last = None, [0] * len(MEASURES)

    def told(self) -> tuple[Portion, ...]:
        """Every cause that there was, in the order of the glossary."""
        self._settle()
        return tuple(
            Portion(
                cause=cause,
                events=self._events.get(cause, 0),
                **dict(zip(MEASURES, self._sums[cause], strict=True)),
            )
            for cause in Cause
            if cause in self._events or any(self._sums.get(cause, ()))
        )


def _add(sums: list[int], by: Sequence[int]) -> None:
    # This is done for every movement there is: written out, it takes a third of the time.
    gross, net, duplicate, people, benefit = by
    sums[0] += gross
    sums[1] += net
    sums[2] += duplicate
    sums[3] += people
    sums[4] += benefit


def minus(by: Sequence[int]) -> list[int]:
    """The same taken away."""
    return [-one for one in by]


def caused(ledger: Ledger, moved: Iterable[Movement]) -> Iterator[tuple[Movement, Cause]]:
    """Each movement with the kind of event that made it, read in batches from the ledger."""
    waiting = iter(moved)
    while batch := list(islice(waiting, AT_ONCE)):
        others = _others(ledger, sorted({one.position for one in batch}))
        for one in batch:
            yield one, others.get(one.position, Cause.DECLARED)


def _others(ledger: Ledger, positions: Sequence[Position]) -> Mapping[Position, Cause]:
    """What made the movements that no declaration made: most are declarations, which need not be read for that."""
    found: dict[Position, Cause] = {}
    begin = 0
    for end, (here, following) in enumerate(pairwise([*positions, NEVER]), 1):
        if following - here <= STRETCH:
            continue
        after, last = positions[begin] - 1, positions[end - 1]
        while page := ledger.notifications(after, limit=AT_ONCE, topics=OTHERS, to=last):
            found.update({one.id: CAUSES[one.topic] for one in page})
            after = page[-1].id
        begin = end
    return found
