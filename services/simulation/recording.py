"""A simulated history on its way to the disk: transactions of thousands, in a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Queue
from typing import Final

from services.simulation.decided import Decided
from shared.errors import Conflict
from shared.ledger.store import Ledger
from shared.vocabulary import Position

TRANSACTION: Final = 20_000
"""So many events or more are recorded in one transaction: twenty megabytes, against which waiting for the disk is little."""
FOLLOWERS: Final = ("dedup", "cases")
"""Who would have decided the flags and cases of this history: they are done with whatever is recorded."""

Progress = Callable[[Position], None]
"""Told up to which position the history is on disk."""


class SomebodyElseWrote(Conflict):
    """A flag says at which positions its two ideas stand; in a ledger that others write to these would be others."""

    code = "simulation-disturbed"

    def __init__(self, expected: Position, found: Position) -> None:
        super().__init__(
            f"Position {expected} was to be this simulation's and is another's ({found} came instead). Nobody else "
            "may write to a ledger while it is simulated. Remove the directory and simulate again."
        )


class Recording:
    """Puts decisions on disk in a thread of its own, in transactions of thousands, while the next are being merged."""

    def __init__(self, ledger: Ledger, progress: Progress) -> None:
        self._ledger = ledger
        self._progress = progress
        self.position = ledger.head()
        self._waiting = Decided()
        self._full: Queue[Decided | None] = Queue(maxsize=2)
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._commit_all, name="recording")
        self._thread.start()

    def take(self, decided: Decided) -> None:
        """Record this next; on disk once this was closed. Raises what the ledger raised."""
        self._waiting.rows += decided.rows
        self._waiting.claims += decided.claims
        if len(self._waiting.rows) >= TRANSACTION:
            self._hand_over()

    def close(self) -> None:
        """Wait until everything is on disk. Raises what the ledger raised."""
        self._hand_over()
        self._full.put(None)
        self._thread.join()
        if self._problem is not None:
            raise self._problem

    def abandon(self) -> None:
        """Record nothing more."""
        self._full.put(None)
        self._thread.join()

    def _hand_over(self) -> None:
        if self._problem is None and self._waiting.rows:
            self._full.put(self._waiting)
            self.position += len(self._waiting.rows)
            self._waiting = Decided()
        if self._problem is not None:
            raise self._problem

    def _commit_all(self) -> None:
        at = self.position
        while (batch := self._full.get()) is not None:
            if self._problem is not None:
                continue
            try:
                at = self._commit(batch, at)
            except BaseException as problem:
                self._problem = problem

    def _commit(self, batch: Decided, at: Position) -> Position:
        last = at + len(batch.rows)
        positions = self._ledger.put(batch.rows, batch.claims, followers=FOLLOWERS, handled=last)
        if positions[0] != at + 1 or positions[-1] != last:
            raise SomebodyElseWrote(at + 1, positions[0])
        self._progress(last)
        return last
