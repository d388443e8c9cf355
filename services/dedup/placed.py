"""Where texts lie: the numbers of their words, most of them in two bytes.

A number, and the bit that ends a sentence, fit into two bytes where the word is one of the 32,000 met first; others take
six.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.texts import Numbers, Texts
from shared.compiled import compiled

_WIDE: Final = 0xFFFF


class Placed(NamedTuple):
    """Where the texts of rows lie, as compiled functions take it: `codes` from `starts[row]` on, solution first.

    The solution ends where the title begins, and the title where the situation begins.
    """

    codes: NDArray[np.uint16]
    starts: NDArray[np.int64]
    titles: NDArray[np.uint32]
    situations: NDArray[np.uint32]


@compiled
def pack(solutions: Texts, titles: Texts, situations: Texts, first: int, placed: Placed) -> int:
    """Write texts behind what is there; answers where they end."""
    at = placed.starts[first]
    for n in range(len(solutions.starts) - 1):
        row = first + n
        begin = at
        at = _write(solutions.words, solutions.starts[n], solutions.starts[n + 1], placed.codes, at)
        placed.titles[row] = at - begin
        at = _write(titles.words, titles.starts[n], titles.starts[n + 1], placed.codes, at)
        placed.situations[row] = at - begin
        at = _write(
            situations.words, situations.starts[n], situations.starts[n + 1], placed.codes, at
        )
        placed.starts[row + 1] = at
    return int(at)


@compiled
def _write(words: Numbers, begin: int, end: int, codes: NDArray[np.uint16], at: int) -> int:
    for n in range(begin, end):
        number = words[n]
        if number < _WIDE:
            codes[at] = number
            at += 1
        else:
            codes[at] = _WIDE
            codes[at + 1] = number & np.uint32(0xFFFF)
            codes[at + 2] = number >> np.uint32(16)
            at += 3
    return at


@compiled
def unpacked(codes: NDArray[np.uint16], begin: int, end: int) -> Numbers:
    """The words that lie between two places."""
    words = np.empty(end - begin, dtype=np.uint32)
    count = 0
    at = begin
    while at < end:
        code = np.uint32(codes[at])
        if code == _WIDE:
            code = np.uint32(codes[at + 1]) | (np.uint32(codes[at + 2]) << np.uint32(16))
            at += 2
        words[count] = code
        count += 1
        at += 1
    return words[:count]


@compiled
def solutions_of(placed: Placed, first: int, last: int) -> tuple[Numbers, NDArray[np.int64]]:
    words = np.empty(placed.starts[last] - placed.starts[first], dtype=np.uint32)
    starts = np.zeros(last - first + 1, dtype=np.int64)
    for row in range(first, last):
        begin = placed.starts[row]
        found = unpacked(placed.codes, begin, begin + placed.titles[row])
        at = starts[row - first]
        words[at : at + len(found)] = found
        starts[row - first + 1] = at + len(found)
    return words[: starts[last - first]], starts
