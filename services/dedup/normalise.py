"""One comparison form for the many ways in which the same Vietnamese words are typed.

What a chunk of text says is worked out once and remembered (`spelling`). Only a text that shows damage, or
words that are written wrong together, is looked at again as a whole (`phrases`).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final
from unicodedata import category, is_normalized, normalize

from services.dedup.phrases import settled
from services.dedup.spelling import ENCODINGS, Memory, Place, Span, read
from services.dedup.variants import TABLES, VERSION

__all__ = ["VERSION", "normalise", "sentences", "spans", "strip", "words"]

_MEMORY: Final = Memory()
_INVISIBLE: Final = re.compile(f"[{TABLES['characters']['invisible']}]")
_OTHER_SPACE: Final = re.compile("[\t\n\r\xa0]")
_STOP: Final = re.compile(r"[.!?…]+[\"'”’»)\]]*|[;\n]")
_NUMBERING: Final = re.compile(r"\s*(?:[0-9]+(?:\.[0-9]+)*|[IVX]+)")
_LONGEST_NUMBERING: Final = 20
_NO_STOP_AFTER: Final = frozenset(TABLES["sentences"]["abbreviations"])


def normalise(text: str) -> str:
    """The text in the form in which two declarations are compared, with its diacritics."""
    return " ".join([word for word, _, _ in _read(_compose(text))])


def strip(text: str) -> str:
    """The same without diacritics, of a text that is already normalised."""
    return " ".join(map(_bare, text.split(" ")))


def words(text: str) -> list[str]:
    """The words of a text that is already normalised."""
    return text.split()


def spans(text: str) -> list[Span]:
    """Each normalised word with its place in the text as typed, so that a page can highlight it."""
    composed = _compose(text)
    found = _read(composed)
    if composed == text:
        return found
    places = _places(text)
    return [(word, places[start][0], places[end - 1][1]) for word, start, end in found]


def sentences(text: str) -> list[Place]:
    """Where each sentence of the text as typed begins and ends."""
    ends = [0]
    for found in _STOP.finditer(text):
        if _is_stop(text, ends[-1], found):
            ends.append(found.end())
    places = [_trim(text, start, end) for start, end in pairwise([*ends, len(text)])]
    return [(start, end) for start, end in places if any(map(str.isalnum, text[start:end]))]


def _is_stop(text: str, begin: int, found: re.Match[str]) -> bool:
    at, after = found.start(), text[found.end() : found.end() + 1]
    if found[0][0] != ".":
        return True
    if after.strip():
        return text[at - 1 : at].islower() and after.isupper()
    before = text[max(begin, at - _LONGEST_NUMBERING) : at]
    last = re.split(r"\W", before)[-1]
    return not (_NUMBERING.fullmatch(before) or len(last) == 1 or last.casefold() in _NO_STOP_AFTER)


def _trim(text: str, start: int, end: int) -> Place:
    inner = text[start:end]
    return end - len(inner.lstrip()), start + len(inner.rstrip())


def _compose(text: str) -> str:
    if is_normalized("NFC", text) and not _INVISIBLE.search(text):
        return text
    return normalize("NFC", _INVISIBLE.sub("", text))


def _places(text: str) -> list[Place]:
    """Where each character of the composed text was typed: a letter and its marks may be several."""
    clusters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, character in enumerate(text):
        if _INVISIBLE.match(character):
            continue
        joins = character >= "\u0300" and (
            category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
        )
        if joins and clusters:
            clusters[-1] += character
            ends[-1] = at + 1
        else:
            clusters.append(character)
            starts.append(at)
            ends.append(at + 1)
    composed = (normalize("NFC", cluster) for cluster in clusters)
    typed = zip(composed, starts, ends, strict=True)
    return [(start, end) for cluster, start, end in typed for _ in cluster]


@lru_cache(maxsize=1 << 17)
def _bare(word: str) -> str:
    letters = (letter for letter in normalize("NFD", word) if category(letter) != "Mn")
    return normalize("NFC", "".join(letters)).replace("đ", "d")


def _read(composed: str) -> list[Span]:
    chunks = _OTHER_SPACE.sub(" ", composed).split(" ")
    readings = list(map(_MEMORY.__getitem__, chunks))
    damage = Counter([kind for reading in readings if reading.damage for kind in reading.damage])
    for encoding in ENCODINGS:
        if damage[encoding] > max(1, len(chunks) // 4):
            readings = [read(chunk, encoding) for chunk in chunks]
    starts = accumulate([len(chunk) + 1 for chunk in chunks], initial=0)
    found = [
        (word, at + start, at + end)
        for at, reading in zip(starts, readings, strict=False)
        for word, start, end in reading.words
    ]
    return settled(found, frozenset(damage))
