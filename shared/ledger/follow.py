"""Everyone else is a follower: read after my checkpoint, handle, move my checkpoint in the same transaction."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Never, Protocol, TypeVar

from shared.errors import Conflict
from shared.ledger.leadership import Leadership
from shared.vocabulary import Position

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 0.05
GATHER_SECONDS: Final = 0.01
STANDBY_SECONDS: Final = 0.5
LONGEST_BACKOFF_SECONDS: Final = 5.0
"""What was repaired is found within ten seconds, the work that waited included."""
CONFLICTS_IN_A_ROW: Final = 5

Progress = Callable[[Position, Position], None]
"""Told after each page: the position reached, and the head."""


class Positioned(Protocol):
    """A fact, as much of it as somebody wants to know."""

    @property
    def position(self) -> Position:
        """Where it stands in the ledger."""
        ...


TFact = TypeVar("TFact", bound=Positioned)
TRead_co = TypeVar("TRead_co", bound=Positioned, covariant=True)
THandled_contra = TypeVar("THandled_contra", bound=Positioned, contravariant=True)


class Feed(Protocol[TRead_co]):
    """Where a follower reads: the ledger itself, or a topic that carries it."""

    def read(self, after: Position, *, limit: int) -> Sequence[TRead_co]:
        """The next facts after a position, in the ledger's order."""
        ...

    def head(self) -> Position:
        """The last position there is to read."""
        ...


class Follower(Protocol[THandled_contra]):
    """What handles pages of facts and remembers how far it has come."""

    name: str

    @property
    def page(self) -> int:
        """So many facts at most are handled at a time."""
        ...

    def position(self) -> Position:
        """The last position handled, from where it is stored with the effects."""
        ...

    def handle(self, page: Sequence[THandled_contra]) -> None:
        """Handle the page and move the checkpoint to its last position, both or neither."""
        ...


def catch_up(
    follower: Follower[TFact],
    feed: Feed[TFact],
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Handle everything up to the head as it was when called, unless stopped; answers how many facts were handled."""
    head = feed.head()
    handled = 0
    while (at := follower.position()) < head and not stopping():
        page = feed.read(at, limit=follower.page)
        if not page:
            break
        follower.handle(page)
        handled += len(page)
        if progress is not None:
            progress(page[-1].position, head)
    return handled


class Loop(threading.Thread):
    """A follower kept up to date in the background: it backs off when it fails, shows its lag, and never skips."""

    def __init__(
        self,
        follower: Follower[TFact],
        feed: Feed[TFact],
        prepare: Callable[[Callable[[], bool]], None] | None = None,
        *,
        leadership: Leadership | None = None,
    ) -> None:
        """`prepare` is called once in the thread, before anything is followed, with what tells it to leave off.

        With `leadership`, nothing is done while another process has it.
        """
        super().__init__(name=f"follow-{follower.name}", daemon=True)
        self.follower: Follower[Never] = follower
        self.feed: Feed[Positioned] = feed
        self._catch_up = partial(catch_up, follower, feed)
        self._prepare = prepare
        self._leadership = leadership
        self.leads = leadership is None
        self.failures = 0
        self.last_error = ""
        self.progressed = time.time()
        """When something was handled last, or the loop was made, in seconds since 1970."""
        self._stopping = threading.Event()
        self._news = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._leadership is not None:
                    self.leads = self._leadership.held()
                    if not self.leads:
                        self._stopping.wait(STANDBY_SECONDS)
                        continue
                if self._prepare is not None:
                    self._prepare(self._stopping.is_set)
                    self._prepare = None
                worked = self._turn()
            except Exception as problem:
                self.failures += 1
                self.last_error = f"{type(problem).__name__}: {problem}"
                wait = min(LONGEST_BACKOFF_SECONDS, IDLE_SECONDS * 2.0**self.failures)
                log.exception(
                    "Follower failed and will try again",
                    extra={
                        "action": "follow",
                        "follower": self.follower.name,
                        "wait_seconds": wait,
                    },
                )
                self._stopping.wait(wait)
                continue
            self.failures, self.last_error = 0, ""
            if worked:
                self.progressed = time.time()
            elif self._news.wait(IDLE_SECONDS):
                self._news.clear()
                # What is committed together with it is handled in the same page.
                self._stopping.wait(GATHER_SECONDS)

    def _turn(self) -> int:
        conflicts, at = 0, self.follower.position()
        while True:
            try:
                return self._catch_up(self._handled, self._stopping.is_set)
            except Conflict:
                # Another process handled the page first, or somebody decided in between: go on from where it now stands.
                before, at = at, self.follower.position()
                conflicts = conflicts + 1 if at == before else 0
                if conflicts == CONFLICTS_IN_A_ROW or self._stopping.is_set():
                    raise

    def _handled(self, _at: Position, _head: Position) -> None:
        # Who works off a long backlog, or waits for others, does not fail any more.
        self.failures, self.last_error = 0, ""

    def lag(self, head: Position) -> int:
        """How many positions there are between the ledger's head and what was handled."""
        return max(0, head - self.follower.position())

    def wake(self) -> None:
        """Look for news now: something was committed."""
        self._news.set()

    def leave_off(self) -> None:
        """Stop after the page in hand; does not wait for it."""
        self._stopping.set()
        self._news.set()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the page in hand and stop."""
        self.leave_off()
        if self.is_alive():
            self.join(timeout)
        if self._leadership is not None:
            self._leadership.resign()
