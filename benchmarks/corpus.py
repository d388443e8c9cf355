"""The texts on which exactness is measured: documents and joined sentences of very different lengths, and a crowd of copies."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from benchmarks.sparse import Rows, rows_of
from benchmarks.walks import Walks, real_sentences
from services.dedup.archive import Archive
from services.dedup.index import Index
from services.dedup.measure import bare_of, hashes_of
from services.dedup.model import Model
from services.dedup.shelf import Entry
from services.dedup.texts import Texts
from shared.vocabulary import MatchingRules

SEED: Final = 11
QUIET: Final = 3_000
"""So many texts come before the crowd, which stands among as many more."""
SENTENCES: Final = 200_000
CROWD: Final = 0.008
MOST_EDITED: Final = 0.4
PAGE: Final = 4_096
OUT_OF_REACH: Final = 2.0
"""No text contains twice its rare words, so that only the cosine makes candidates."""


class Corpus(NamedTuple):
    """The texts, read, on a shelf, under a model fitted on them; and their telling features."""

    archive: Archive
    model: Model
    rows: Rows

    def empty_index(self, least: Fraction) -> Index:
        """An empty index of what is on the shelf."""
        return Index(
            self.model,
            self.archive,
            cosine=float(least),
            containment=OUT_OF_REACH,
        )


def texts_of(material: Path, many: int) -> list[str]:
    """So many texts, in an order that follows from the seed; after the first few, the crowd stands among the next."""
    chance = random.Random(SEED)
    crowded = int(many * CROWD)
    documents = material / "viet_news_docs.jsonl.gz"
    if documents.exists():
        with gzip.open(documents, "rt", encoding="utf-8") as lines:
            found = [json.loads(line)["body"] for line in islice(lines, many // 2)]
        sentences = real_sentences(material, SENTENCES)
        while len(found) < many - crowded:
            found.append(". ".join(chance.choices(sentences, k=chance.randint(1, 10))))
    else:
        walks = Walks(real_sentences(None), SEED).texts(many - crowded)
        found = [text.solution for text in walks]
    chance.shuffle(found)
    among = found[QUIET : 2 * QUIET - crowded] + _crowd(found[:QUIET], crowded, chance)
    chance.shuffle(among)
    return [*found[:QUIET], *among, *found[2 * QUIET - crowded :]]


def _crowd(texts: Sequence[str], many: int, chance: random.Random) -> list[str]:
    """So many copies of the longest text, each with another share of its words taken from other texts."""
    copied = max(texts, key=len).split()
    words = " ".join(texts).split()
    return [
        " ".join(chance.choice(words) if chance.random() < edited else word for word in copied)
        for edited in (chance.uniform(0, MOST_EDITED) for _ in range(many))
    ]


def read(texts: Sequence[str]) -> Corpus:
    """Read texts, put them on a shelf, and fit a model on them."""
    archive = Archive(MatchingRules().standard_units)
    lexicon, shelf = archive.lexicon, archive.shelf
    nothing = np.empty(0, dtype=np.uint32)
    day = datetime(2022, 3, 1, tzinfo=UTC)
    for first in range(0, len(texts), PAGE):
        part = texts[first : first + PAGE]
        entries = [
            Entry(UUID(int=n + 1), 1, n, "", "", "", "", day, day, (), frozenset())
            for n in range(first, first + len(part))
        ]
        empty = Texts(nothing, np.zeros(len(part) + 1, dtype=np.int64))
        shelf.put(entries, lexicon.read(part), empty, empty)
    spelled = lexicon.spelled
    model = Model.fit(
        (
            hashes_of(words, spelled),
            hashes_of(bare_of(words, spelled), spelled),
        )
        for words in (shelf.solution(row) >> np.uint32(1) for row in range(len(shelf)))
    )
    parts = (
        shelf.solutions(first, min(first + PAGE, len(shelf)))
        for first in range(0, len(shelf), PAGE)
    )
    rows = rows_of(parts, spelled, archive.standard.known, model.weighed)
    return Corpus(archive, model, rows)
