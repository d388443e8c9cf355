"""The batch: texts that come one after the other, looked for together while those before them are being scored.

What is found among sealed rows takes the time, and other threads see to it ahead; what is found among the youngest, the
texts of the batch before it among them, is added when a text's turn has come. All are of one lesson, so that what is
standard is the same for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from services.dedup.found import Found, nothing_found
from services.dedup.index import CORES, Index
from services.dedup.prepared import room_for
from services.dedup.texts import Texts

_TOGETHER: Final = 32
"""So many texts are handed to a thread at a time."""
_SHORTEST: Final = 16
_LONGEST: Final = 512
"""So many texts are settled at a time: few at first, so that scoring begins while others are looked for."""


class Batch:
    """Texts, the first of which is row `row`, that are on the shelf and not posted yet; to be left before the next is begun."""

    def __init__(
        self, index: Index, texts: Texts, row: int, mine: NDArray[np.bool_] | None = None
    ) -> None:
        """With `mine`, only those of the texts are looked for; the others are posted, too."""
        assert row == len(index), "texts are posted in the order of their rows"
        self._index = index
        self._texts = texts
        self._row = row
        self._many = many = len(texts.starts) - 1
        self._mine = np.ones(many, dtype=np.bool_) if mine is None else mine
        self._prepared, self._sealed = room_for(texts), nothing_found(many)
        index.reserve(texts)
        self._parts: list[Future[None]] = []
        for first in range(0, many, _TOGETHER):
            which = np.arange(first, min(first + _TOGETHER, many))
            self._parts.append(CORES.submit(self._look, which))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nobody looks any longer into what may move from now on."""
        for part in self._parts:
            part.cancel()
        for part in self._parts:
            if not part.cancelled():
                part.exception()

    def settled(self) -> Iterator[tuple[int, Found]]:
        """Post the texts, some at a time; answers the first of these, counted from 0, and what is found for them."""
        first, stride = 0, _SHORTEST
        while first < self._many:
            last = min(first + stride, self._many)
            for part in self._parts[first // _TOGETHER : -(-last // _TOGETHER)]:
                part.result()
            found = self._index.settle(
                self._texts, first, last, self._row, self._prepared, self._sealed, self._mine
            )
            yield first, found
            first, stride = last, min(2 * stride, _LONGEST)

    def _look(self, which: NDArray[np.int64]) -> None:
        mine = self._mine[which]
        self._index.look(self._texts, which[mine], self._row, self._prepared, self._sealed)
        self._index.ready(self._texts, which[~mine], self._row, self._prepared)
