"""The turns: flags are handled in the order of the texts they are about, in whatever order several matchers recorded them.

A case is named by its first idea and holds each idea once, so who comes first matters. Where one matcher works alone the
ledger has that order already. Where several do, a flag waits until everything before its text is matched; then come, in the
order of their texts, all flags up to it, wherever they stand in the ledger.
"""

from __future__ import annotations

import heapq
from typing import Final

from services.dedup.flag import RESCORER
from services.dedup.share import NAME, OF_PARTS
from shared.errors import Conflict
from shared.events.matching import FlagRaised
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.ledger.write import Write
from shared.vocabulary import Position

CASES: Final = "cases"
"""Up to where the ledger was handled."""
CHECKPOINT: Final = f"{CASES}-flags"
"""Up to which texts all flags were handled."""


def has_turn(recorded: Recorded) -> bool:
    """Whether a fact is a flag that waits for its turn; one raised afterwards, by a rescoring, comes when it comes."""
    event = recorded.event
    return isinstance(event, FlagRaised) and event.by.name != RESCORER


class Turns:
    """Which flags the case keeper handles next."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._in_company = False
        self._handled: Position = 0
        self._upto: Position = 0
        self._matched: Position = 0
        self._ahead: list[tuple[Position, Position]] = []
        self._read: Position = 0
        self._settled: Position | None = None

    def begin(self, before: Position) -> None:
        """Begin behind a position up to which the ledger was handled. Raises Conflict where it is another by now."""
        self._in_company = self._in_company or any(self._ledger.all_handled(OF_PARTS).values())
        if not self._in_company:
            return
        if self._settled != before:
            # What was read ahead may have been taken for a page that then was not recorded.
            self._ahead, self._read = [], before
        self._settled = None
        found = self._ledger.all_handled((CHECKPOINT, NAME, CASES))
        if found[CASES] != before:
            raise Conflict(f"Another keeper has come to position {found[CASES]} meanwhile.")
        self._handled = self._upto = found[CHECKPOINT]
        self._matched = found[NAME]

    def have_come(self, recorded: Recorded) -> list[Recorded] | None:
        """The flags whose turn it is once a flag is reached, itself among them unless it had its turn; None: not yet."""
        if not self._in_company:
            return [recorded]
        text = _text_of(recorded)
        if text <= self._upto:
            return []
        if self._matched < text:
            return None
        self._look_ahead()
        come: list[Recorded] = []
        while self._ahead and self._ahead[0][0] <= text:
            _, position = heapq.heappop(self._ahead)
            come += (
                [recorded]
                if position == recorded.position
                else self._ledger.read(position - 1, limit=1)
            )
        self._upto = text
        return come

    def checkpoint(self) -> list[Write]:
        """What is to be recorded with what came of these flags."""
        moved = self._upto > self._handled
        return [Write(follower=CHECKPOINT, handled=self._upto)] if moved else []

    def settle(self, reached: Position) -> None:
        """Hear that all of it is on record."""
        self._settled = reached

    def _look_ahead(self) -> None:
        # All flags of a text that is matched are on record by now.
        while page := self._ledger.read(self._read, topics=(FlagRaised.TOPIC,)):
            for recorded in page:
                if has_turn(recorded) and (text := _text_of(recorded)) > self._upto:
                    heapq.heappush(self._ahead, (text, recorded.position))
            self._read = page[-1].position


def _text_of(recorded: Recorded) -> Position:
    flag = recorded.event
    assert isinstance(flag, FlagRaised)
    return flag.idea.position
