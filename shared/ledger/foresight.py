"""Foresight: the operating system is told which part of a ledger's file a replay comes to next.

Between the pages of events lie pages of indexes, over which a replay jumps. The operating system takes every jump for the
end of reading in order, and begins anew with sixteen kilobytes: a nation's ledger came from the disk at 60 MB/s that way,
and at 300 to 1,000 when asked for beforehand.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from shared.vocabulary import Position

LEAD_BYTES: Final = 1 << 29
"""So far ahead is asked for: where an event lies is guessed from its share of the positions, which is right to a few hundredths."""
STEP_BYTES: Final = 1 << 26
PIECE_BYTES: Final = 1 << 21
"""Linux reads no more at one asking than the disk takes at once, and forgets the rest."""
HELD_OPEN: Final = Path("/proc/self/fd")


class Foresight:
    """What of a file was asked for so far, in a replay that goes from position to position."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._next: Position = -1
        self._asked = 0

    def comes_to(self, position: Position, through: Position, head: Position) -> None:
        """Somebody reads on behind a position, up to another one; the file ends with the head."""
        if through - position < 1 or head < 1:
            return
        with suppress(OSError):
            size = os.stat(self._path).st_size
            at = size * position // head
            if position != self._next:
                # Another replay than the last one: what lies a little before is as likely needed.
                self._asked = max(0, at - STEP_BYTES)
            self._next = through
            wanted = min(size, size * through // head + LEAD_BYTES)
            if wanted - self._asked >= STEP_BYTES or self._asked < wanted == size:
                self._ask(wanted)

    def _ask(self, wanted: int) -> None:
        # The file is not opened here: whoever closes it again gives up all locks that SQLite holds in this process.
        with os.scandir(HELD_OPEN) as entries:
            ours = os.path.realpath(self._path)
            found = [int(entry.name) for entry in entries if os.path.realpath(entry.path) == ours]
        for begin in range(self._asked, wanted, PIECE_BYTES) if found else ():
            os.posix_fadvise(found[0], begin, PIECE_BYTES, os.POSIX_FADV_WILLNEED)
            self._asked = begin + PIECE_BYTES
