"""A corpus for the matcher's benchmarks: bodies of about 185 words that walk over real sentences.

A walk follows a sentence and, at one word in five, goes on from another place where that word stands: the pairs of
neighbours are those of real Vietnamese, the sentences are new. Half of the declarations carry standard paragraphs of one
of forty templates (15-65 % of the body), and one in ten copies an earlier one with a tenth to a third of its words edited.
The same seed gives the same corpus.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.texts import sentences as sample_sentences
from services.dedup.syllable import spell
from services.dedup.variants import TABLES

BATCH: Final = 2_000
JUMPS: Final = 0.2
BODY: Final = (120, 250)
TITLE: Final = (12, 34)
TEMPLATES: Final = 40
WITH_TEMPLATE: Final = 0.5
TEMPLATE_SHARE: Final = (0.15, 0.65)
COPIES: Final = 0.1
REMEMBERED: Final = 20_000
INVENTED: Final = 20_000
"""So many words are invented where there is no folder of material."""
OPENING: Final = "Một số biện pháp nâng cao chất lượng"


class Text(NamedTuple):
    """A declaration's texts, and which earlier one (by number) it copies, if any."""

    title: str
    solution: str
    of: int | None


def real_sentences(folder: Path | None, most: int = 300_000) -> list[str]:
    """The sentences of a folder of material; without one, sentences of invented words."""
    found = folder / "viet_short_1m.txt.gz" if folder is not None else None
    if found is not None and found.exists():
        with gzip.open(found, "rt", encoding="utf-8") as lines:
            return [line.strip() for line in islice(lines, most)]
    return _invented()


def _invented(many: int = 100_000) -> list[str]:
    """Sentences of invented words: syllables of the language, one to three a word, drawn as often as words are (Zipf).

    A sixth of the words are those of the sample's sentences, which gives them the small words that hold sentences together.
    """
    chance = np.random.default_rng(1)
    onsets = TABLES["syllables"]["onsets"]["before_any"].split()
    rimes = TABLES["syllables"]["rimes"]["back"].split()
    every = (onset + rime for onset in onsets for rime in rimes)
    syllables = [syllable for syllable in every if spell(syllable) == syllable]
    words = [
        " ".join(chance.choice(syllables, size))
        for size in chance.choice([1, 2, 2, 2, 3], INVENTED).tolist()
    ]
    known = [word for sentence in sample_sentences() for word in sentence.split()]
    share = 1 / np.arange(10, INVENTED + 10)
    drawn = chance.choice(INVENTED, (many, 9), p=share / share.sum())
    is_known = chance.random(drawn.shape) < 1 / 6
    told = chance.integers(len(known), size=drawn.shape)
    return [
        " ".join(known[k] if take else words[n] for n, k, take in zip(*row, strict=True))
        for row in zip(drawn.tolist(), told.tolist(), is_known.tolist(), strict=True)
    ]


class Walks:
    """All walks over some sentences."""

    def __init__(self, sentences: Sequence[str], seed: int) -> None:
        words = [sentence.rstrip(" .").split() for sentence in sentences]
        words = [sentence for sentence in words if len(sentence) >= 4]
        ids: dict[str, int] = {}
        flat = [ids.setdefault(word, len(ids)) for sentence in words for word in sentence]
        self._words = list(ids)
        self._flat: NDArray[np.int64] = np.array(flat)
        ends = np.cumsum([len(sentence) for sentence in words])
        self._starts = np.concatenate([[0], ends[:-1]])
        self._is_end = np.zeros(len(flat), dtype=bool)
        self._is_end[ends - 1] = True
        self._places = np.argsort(self._flat, kind="stable")
        counts = np.bincount(self._flat, minlength=len(ids))
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._chance = np.random.default_rng(seed)
        self._templates = [
            [" ".join(words[n]) for n in self._chance.choice(len(words), 12)]
            for _ in range(TEMPLATES)
        ]

    def texts(self, many: int) -> Iterator[Text]:
        """So many declarations, in batches that are walked together."""
        recent: list[str] = []
        made = 0
        while made < many:
            chance = self._chance
            bodies = self._walk(chance.integers(*BODY, size=BATCH))
            titles = self._walk(chance.integers(*TITLE, size=BATCH))
            for body, title in zip(bodies[: many - made], titles, strict=False):
                of = None
                if recent and chance.random() < COPIES:
                    back = int(chance.integers(1, len(recent) + 1))
                    of, said = made - back, self._edited(recent[-back])
                else:
                    said = self._with_template(body)
                recent.append(said)
                yield Text(f"{OPENING} {title}" if made % 2 else title, said, of)
                made += 1
            del recent[:-REMEMBERED]

    def _walk(self, lengths: NDArray[np.int64]) -> list[str]:
        chance, walkers = self._chance, len(lengths)
        at = chance.choice(self._starts, walkers)
        longest = int(lengths.max())
        path = np.empty((longest, walkers), dtype=np.int64)
        stops = np.zeros((longest, walkers), dtype=bool)
        for step in range(longest):
            word = self._flat[at]
            path[step], stops[step] = word, self._is_end[at]
            count = self._first[word + 1] - self._first[word]
            elsewhere = self._places[
                self._first[word] + (chance.random(walkers) * count).astype(int)
            ]
            jumps = chance.random(walkers) < JUMPS
            at = np.where(jumps, elsewhere, at)
            stops[step] |= self._is_end[at]
            at = np.where(stops[step], chance.choice(self._starts, walkers), at + 1)
        return [
            "".join(
                self._words[word] + (". " if stop else " ")
                for word, stop in zip(path[:n, w].tolist(), stops[:n, w].tolist(), strict=True)
            ).strip()
            for w, n in enumerate(lengths.tolist())
        ]

    def _with_template(self, body: str) -> str:
        chance = self._chance
        if chance.random() >= WITH_TEMPLATE:
            return body
        words = body.split()
        standard = self._templates[int(chance.integers(TEMPLATES))]
        room = int(len(words) * chance.uniform(*TEMPLATE_SHARE))
        taken: list[str] = []
        for sentence in standard:
            if room <= 0:
                break
            taken.append(sentence)
            room -= len(sentence.split())
        rest = words[: max(20, len(words) - sum(len(s.split()) for s in taken))]
        return ". ".join([*taken, " ".join(rest)])

    def _edited(self, body: str) -> str:
        chance = self._chance
        words = body.split()
        for n in np.flatnonzero(chance.random(len(words)) < chance.uniform(0.1, 0.33)).tolist():
            words[n] = self._words[int(self._flat[int(chance.integers(len(self._flat)))])]
        return " ".join(words)
