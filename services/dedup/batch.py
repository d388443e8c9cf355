"""The batch: texts that come one after the other, looked for together while those before them are being scored.

What is found among sealed rows takes the time, and other threads see to it ahead; what is found among the youngest, the
texts of the batch before it among them, is added when a text's turn has come. A sentence that becomes standard on the way
weighs nothing from then on: a text that says it is looked for anew, and where a candidate says it that is measured anew.
"""

from __future__ import annotations

from concurrent.futures import Future
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from services.dedup.archive import Archive
from services.dedup.bearing import first_bearing, outdated
from services.dedup.found import Found, nothing_found
from services.dedup.index import BUILT_TOGETHER, CORES, Index
from services.dedup.prepared import room_for
from services.dedup.standard import Digests
from services.dedup.texts import Texts

LONGEST: Final = BUILT_TOGETHER
"""A batch has no more texts: it is posted as a whole before the index may seal."""
_TOGETHER: Final = 32
"""So many texts are handed to a thread at a time."""
_SHORTEST: Final = 16
_LONGEST: Final = 512
"""So many texts are settled at a time; fewer after some had to be settled anew."""
_NONE: Final[Digests] = np.empty(0, dtype=np.uint64)


class Batch:
    """Texts, the first of which is row `row`, that are on the shelf and not posted yet; to be left before the next is begun."""

    def __init__(self, index: Index, archive: Archive, texts: Texts, row: int) -> None:
        assert row == len(index), "texts are posted in the order of their rows"
        self._index = index
        self._archive = archive
        self._texts = texts
        self._row = row
        many = len(texts.starts) - 1
        self._prepared, self._sealed = room_for(texts), nothing_found(many)
        self._stride = _SHORTEST
        self._standard = _NONE
        # How many of those digests were standard already when a text was looked for.
        self._regarded: NDArray[np.int64] = np.zeros(many, dtype=np.int64)
        index.reserve(texts)
        archive.standard.reserve(texts)
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

    def settle(self, first: int) -> tuple[Found, int]:
        """Post the next texts, and answer what is found for them, and up to which they go."""
        last = min(first + self._stride, len(self._regarded))
        for part in self._parts[first // _TOGETHER : -(-last // _TOGETHER)]:
            part.result()
        if len(self._standard):
            self._bring_up_to_date(first, last)
        found = self._index.settle(
            self._texts, first, last, self._row, self._prepared, self._sealed
        )
        return found, last

    def learned(self, n: int, last: int) -> int:
        """Regard that text n was learned; answers up to which of the texts before `last` what was found for them holds."""
        text = self._texts.text(n)
        became = self._archive.standard.became(text, self._archive.lexicon.spelled, self._row + n)
        if not len(became):
            return last
        self._standard = np.concatenate([self._standard, became])
        return first_bearing(self._sealed.bearings, n + 1, last, became)

    def hold(self, held: int, last: int) -> None:
        """Hold on to texts that were settled; those behind them are taken back, to be settled again."""
        self._index.take_back(self._prepared, held, last)
        self._stride = min(2 * self._stride, _LONGEST) if held == last else _SHORTEST

    def _bring_up_to_date(self, first: int, last: int) -> None:
        anew, measured = outdated(
            self._sealed.bearings, first, last, self._regarded, self._standard, self._texts,
            self._archive.lexicon.spelled,
        )  # fmt: skip
        if len(anew):
            self._look(anew)
        if len(measured):
            self._index.measure(self._texts, measured, self._row, self._sealed)
        self._regarded[first:last] = len(self._standard)

    def _look(self, which: NDArray[np.int64]) -> None:
        # What becomes standard while this is under way may have been missed.
        self._regarded[which] = len(self._standard)
        self._index.look(self._texts, which, self._row, self._prepared, self._sealed)
