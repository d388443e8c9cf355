"""What is a text's own: its words less the sentences that were standard when it came, or when another is compared with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.lexicon import Spelled
from services.dedup.standard import Digests, Known, digests_of, since
from services.dedup.texts import Numbers, Words
from shared.compiled import compiled


class Sentences(NamedTuple):
    """The sentences of a text that may be standard: first word, the word after the last, and after which row they are."""

    digests: Digests
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    since: NDArray[np.int64]


@compiled
def sentences_of(words: Numbers, spelled: Spelled, known: Known) -> Sentences:
    """The sentences of a text that are long enough to be standard."""
    digests, starts, ends = digests_of(words, spelled)
    after = np.empty(len(digests), dtype=np.int64)
    for n in range(len(digests)):
        after[n] = since(known, digests[n])
    return Sentences(digests, starts, ends, after)


@compiled
def less(words: Numbers, sentences: Sentences, row: int) -> Words:
    """The words of a text less the sentences that were standard when a row came."""
    kept = np.empty(len(words), dtype=np.uint32)
    count = at = 0
    for n in range(len(sentences.since)):
        if sentences.since[n] < row:
            for place in range(at, sentences.starts[n]):
                kept[count] = words[place] >> np.uint32(1)
                count += 1
            at = sentences.ends[n]
    for place in range(at, len(words)):
        kept[count] = words[place] >> np.uint32(1)
        count += 1
    return kept[:count]


@compiled
def own(words: Numbers, spelled: Spelled, known: Known, row: int) -> Words:
    """The own words of a text when a row comes."""
    return less(words, sentences_of(words, spelled, known), row)
