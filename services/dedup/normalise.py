"""One comparison form for the many ways in which the same Vietnamese words are typed.

What a chunk of text says is worked out once and remembered (`chunk`, `spelling`). Only a text that shows damage, or
words that are written wrong together, is looked at again as a whole (`phrases`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final
from unicodedata import category, normalize

from services.dedup.chunk import BYTES, Chunk, Memory, read_chunk
from services.dedup.phrases import settled
from services.dedup.spelling import ENCODINGS, FONT, LEGACY, Place, Span
from services.dedup.variants import VERSION

__all__ = ["VERSION", "normalise", "sentences", "spans", "strip", "words"]

_MEMORY: Final = Memory()
_WORDS_TO_ONE_DAMAGED: Final = 100
_CHUNK: Final = re.compile("[^ \t\n\r\xa0]+|\n")


def normalise(text: str) -> str:
    """The text in the form in which two declarations are compared, with its diacritics."""
    return " ".join([word for word, _, _ in spans(text)])


@lru_cache(maxsize=1 << 17)
def strip_word(word: str) -> str:
    """A normalised word without diacritics."""
    letters = (letter for letter in normalize("NFD", word) if category(letter) != "Mn")
    return normalize("NFC", "".join(letters)).replace("đ", "d")


def strip(text: str) -> str:
    """A text that is already normalised, without diacritics."""
    return " ".join(map(strip_word, text.split(" ")))


def words(text: str) -> list[str]:
    """The words of a text that is already normalised."""
    return text.split()


def spans(text: str) -> list[Span]:
    """Each normalised word with its place in the text as typed, so that a page can highlight it."""
    return _said(_chunks(text))


def sentences(text: str) -> list[Place]:
    """Where each sentence of the text as typed begins and ends."""
    return _sentences(text, _chunks(text))


def spans_and_sentences(text: str) -> tuple[list[Span], list[Place]]:
    """The words and the sentences of a text, for the price of one reading."""
    chunks = _chunks(text)
    return _said(chunks), _sentences(text, chunks)


def _chunks(text: str) -> list[tuple[int, str, Chunk]]:
    """Each chunk, and each end of a line, with its place in the text and what it says."""
    found = [(match.start(), match[0]) for match in _CHUNK.finditer(text)]
    chunks = [(at, typed, _MEMORY[typed]) for at, typed in found]
    damage = _damage(chunks)
    encoding = max((*ENCODINGS, *BYTES), key=lambda name: damage[name])
    if damage[encoding] > max(1, len(chunks) // 4):
        chunks = [(at, typed, read_chunk(typed, encoding)) for at, typed in found]
    elif damage[LEGACY] > damage[FONT] > 0:
        chunks = [(at, typed, read_chunk(typed, LEGACY)) for at, typed in found]
    return chunks


def _damage(chunks: Iterable[tuple[int, str, Chunk]]) -> Counter[str]:
    return Counter(chain.from_iterable(chunk.damage for _, _, chunk in chunks if chunk.damage))


def _said(chunks: Sequence[tuple[int, str, Chunk]]) -> list[Span]:
    found = [
        (word, at + start, at + end) for at, _, chunk in chunks for word, start, end in chunk.words
    ]
    # One such word in a long text is a name or a slip: it says nothing of the words around it.
    damage = _damage(chunks)
    shown = {kind for kind in damage if damage[kind] * _WORDS_TO_ONE_DAMAGED >= len(found)}
    return settled(found, frozenset(shown))


def _sentences(text: str, chunks: Iterable[tuple[int, str, Chunk]]) -> list[Place]:
    ends = [0]
    is_begun = False
    for at, typed, chunk in chunks:
        stops = chunk.stops
        if typed == "\n":
            stops = (1,)
        elif chunk.is_numbering and not is_begun:
            stops = stops[:-1]
        is_begun = is_begun or bool(chunk.words)
        if stops:
            ends += [at + stop for stop in stops]
            last = at + stops[-1]
            is_begun = any(at + start >= last for _, start, _ in chunk.words)
    places = [_trim(text, start, end) for start, end in pairwise([*ends, len(text)])]
    return [(start, end) for start, end in places if any(map(str.isalnum, text[start:end]))]


def _trim(text: str, start: int, end: int) -> Place:
    inner = text[start:end]
    return end - len(inner.lstrip()), start + len(inner.rstrip())
