"""The listener: hears that something was committed, whichever process did it, so that followers look at once.

It is a wake-up and nothing more: a follower that hears nothing looks all the same, a little later.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Final

import psycopg

from shared.ledger.connection import connected
from shared.ledger.postgres import CHANNEL

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
AGAIN_SECONDS: Final = 1.0


class Listener(threading.Thread):
    """Listens to the server of one ledger until it is stopped; where it cannot, it goes on trying."""

    def __init__(self, url: str, news: Callable[[], object]) -> None:
        """`news` is called after each commit there may have been, in this thread."""
        super().__init__(name="listen", daemon=True)
        self._url, self._news = url, news
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(connected(self._url)) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    # Something may have been committed before anybody listened.
                    self._news()
                    while not self._stopping.is_set():
                        for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                            self._news()
            except psycopg.Error as problem:
                log.warning(
                    "News of commits cannot be heard now",
                    extra={"action": "listen", "problem": str(problem)},
                )
                self._stopping.wait(AGAIN_SECONDS)

    def stop(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self.is_alive():
            self.join(10)
