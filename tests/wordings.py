"""Texts as a model is fitted on them: the hashes of their words, with and without diacritics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.dedup.lexicon import Lexicon
from services.dedup.model import Hashes
from services.dedup.texts import words_of


def hashes(
    texts: Iterable[str], lexicon: Lexicon | None = None, *, together: int = 512
) -> Iterator[tuple[Hashes, Hashes]]:
    """The hashes of each text, so many of them read together."""
    lexicon = lexicon or Lexicon()
    texts = list(texts)
    for first in range(0, len(texts), together):
        read = lexicon.read(texts[first : first + together])
        for n in range(len(read.starts) - 1):
            words = words_of(read.text(n))
            yield lexicon.hashes[words], lexicon.hashes[lexicon.bare[words]]
