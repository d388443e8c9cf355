"""The lesson: rows whose sentences are learned together, once all of them were compared.

What has become standard in a lesson holds from the next one on. So within a lesson no answer depends on whether a text
before it was found to be a copy, and workers who share it out need not wait for each other's flags until it ends. Lessons
are short while there is little to go by, and grow with the ledger: what is learned comes a ninth of it too late at most.
"""

from __future__ import annotations

from bisect import bisect
from typing import Final

LONGEST: Final = 1024
_PART: Final = 8


def _first_begins() -> list[int]:
    begins = [0]
    while begins[-1] < _PART * LONGEST:
        begins.append(begins[-1] + max(1, begins[-1] // _PART))
    return begins


_BEGINS: Final = _first_begins()


def begin_of(row: int) -> int:
    """The first row of the lesson that a row is in."""
    if row < _BEGINS[-1]:
        return _BEGINS[bisect(_BEGINS, row) - 1]
    return row - (row - _BEGINS[-1]) % LONGEST


def end_of(row: int) -> int:
    """The row behind the last of the lesson that a row is in."""
    if row < _BEGINS[-1]:
        return _BEGINS[bisect(_BEGINS, row)]
    return begin_of(row) + LONGEST
