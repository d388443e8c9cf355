"""What a batch finds does not depend on when other threads come to look, nor on how many texts come together."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import UUID

import numpy as np
import pytest

from services.dedup import batch as batch_module
from services.dedup import index as index_module
from services.dedup.archive import Archive
from services.dedup.batch import Batch
from services.dedup.index import Index, belong_together
from services.dedup.model import BITS, Model
from services.dedup.reading import Read
from services.dedup.shelf import Entry
from services.dedup.texts import Numbers
from tests.unit.test_index import DAY, LEXICON, NO_TEXT, Comparer, _bits, _texts

MANY: Final = 500
WEIGHTS: Final = np.array([1, 40, 100, 250, 300, 900], dtype=np.uint16)


def _words(chance: random.Random) -> Callable[[int, int], list[str]]:
    known = [f"{a}{b}" for a in "tnhkmls" for b in ("an", "oi", "ung", "ep")]
    return lambda least, most: [chance.choice(known) for _ in range(chance.randint(least, most))]


def _bodies(chance: random.Random) -> list[Numbers]:
    """Texts of sentences of which some come again and again, and copies of such texts."""
    words = _words(chance)
    common = [words(6, 9) for _ in range(60)]
    bodies: list[list[list[str]]] = []
    for _ in range(MANY):
        body = [
            chance.choice(common) if chance.random() < 0.6 else words(1, 9)
            for _ in range(chance.randint(0, 5))
        ]
        if bodies and chance.random() < 0.25:
            body = [*chance.choice(bodies), *body[:1]]
        bodies.append(body)
    return [LEXICON.read(["\n".join(map(" ".join, body))]).text(0) for body in bodies]


class Town(Comparer):
    """Texts that come from several units, so that what many of them say becomes standard."""

    def _put(self, batch: Sequence[Numbers]) -> int:
        first = len(self.shelf)
        entries = [
            Entry(UUID(int=n), 1, n, "a", "b", "c", f"u{n % 7}", DAY, DAY, (), frozenset())
            for n in range(first + 1, first + 1 + len(batch))
        ]
        nothing = _texts([NO_TEXT] * len(batch))
        return self.archive.put(Read(entries, _texts(batch), nothing, nothing))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_batch_finds_the_same_whenever_others_look(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    bodies = _bodies(chance)
    table = np.random.default_rng(seed).choice(WEIGHTS, 2**BITS)
    model = Model(table, table, common=100, rare=300, normaliser="0")
    looked, late = Index.look, random.Random(seed)
    asked: list[int] = []

    def look(index: Index, *given: Any) -> None:
        time.sleep(late.choice((0, 0, 0.01)))
        looked(index, *given)
        time.sleep(late.choice((0, 0, 0.01)))
        asked.append(len(given[1]))

    def answers(size: int, threads: int, together: int, tail: int) -> tuple[Any, int, int]:
        monkeypatch.setattr(index_module, "TAIL", tail)
        monkeypatch.setattr(index_module, "LARGEST", 5 * tail)
        monkeypatch.setattr(batch_module, "_TOGETHER", together)
        monkeypatch.setattr(batch_module, "_SHORTEST", 2)
        town = Town(model, 0.4, 0.12, lexicon=LEXICON, units=3)
        with ThreadPoolExecutor(threads) as cores:
            monkeypatch.setattr(batch_module, "CORES", cores)
            found = town.compare(bodies, size)
        return _bits(found), town.standard.standard, len(town.index._segments)

    expected, standard, _ = answers(1, 1, 32, 1 << 14)
    assert standard > 20
    monkeypatch.setattr(Index, "look", look)
    for size, threads, together, tail in (
        *((7, 2, 3, 20), (64, 3, 3, 20), (500, 1, 1, 60)),
        *((500, 2, 3, 60), (500, 3, 32, 100), (200, 2, 7, 30)),
    ):
        asked.clear()
        found, also, segments = answers(size, threads, together, tail)
        assert (found == expected, also) == (True, standard), (size, threads, together, tail)
        assert segments
        assert sum(asked) == MANY


@pytest.mark.parametrize("runs", [(1024, 1024), (1, 40), (300, 700), (1, 1024)])
def test_of_runs_of_all_lengths_no_more_segments_are_left_than_a_search_is_compiled_for(
    runs: tuple[int, int],
) -> None:
    chance = random.Random(3)
    segments: list[int] = []
    young = most = rows = 0
    while rows < 1_200_000:
        run = chance.randint(*runs)
        rows, young = rows + run, young + run
        if young < index_module.TAIL:
            continue
        segments.append(young)
        young = 0
        while len(segments) > 1 and belong_together(*segments[-2:]):
            segments[-2:] = [sum(segments[-2:])]
        most = max(most, len(segments))
    assert most <= index_module._ROUND


def test_a_batch_that_is_not_the_next_rows_is_refused() -> None:
    table = np.full(2**BITS, 500, dtype=np.uint16)
    model = Model(table, table, common=100, rare=300, normaliser="0")
    archive = Archive(3)
    index = Index(model, archive, cosine=0.7, containment=0.15)
    with pytest.raises(AssertionError, match="order of their rows"):
        Batch(index, _texts([LEXICON.read(["một hai"]).text(0)]), 3)
