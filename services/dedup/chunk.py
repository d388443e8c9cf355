"""The chunk: a stretch of typed text without spaces, what it says, and whether a sentence ends in it.

What a chunk says follows from the chunk alone, so it is worked out once and remembered: most of a text is chunks that
were read before.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from unicodedata import category, is_normalized, normalize

from services.dedup import syllable
from services.dedup.spelling import Place, Span, fold, read
from services.dedup.variants import TABLES

BYTES: Final = {name: str.maketrans(to) for name, to in TABLES["bytes"].items()}
_AROUND: Final = """.,;:!?…()[]{}"'“”‘’/-–*"""
_INVISIBLE: Final = re.compile(f"[{TABLES['characters']['invisible']}]")
_STOP: Final = re.compile(r"[.!?…]+[\"'”’»)\]]*|;")
_NUMBERING: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*|[IVX]+")
_NO_STOP_AFTER: Final = frozenset(TABLES["sentences"]["abbreviations"])
# Letters of such an encoding that would be taken for invisible characters.
_SEEN: Final = {
    name: {code: letter for code, letter in to.items() if _INVISIBLE.match(chr(code))}
    for name, to in BYTES.items()
}
_SHORTEST_SHOWN: Final = 3
_LONGEST_REMEMBERED: Final = 40
_MOST_REMEMBERED: Final = 1 << 17


class Chunk(NamedTuple):
    """The words of a chunk with their places in it, the kinds of damage they show, and after which characters a sentence ends.

    A chunk that is only a number, "2." or "IV.", ends no sentence that begins with it.
    """

    words: tuple[Span, ...]
    damage: tuple[str, ...]
    stops: tuple[int, ...]
    is_numbering: bool


class Memory(dict[str, Chunk]):
    """What the chunks of earlier texts said."""

    def __missing__(self, typed: str) -> Chunk:
        """Read a chunk; remember it, unless it is so long that it will hardly come again."""
        chunk = read_chunk(typed)
        if len(typed) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[typed] = chunk
        return chunk


def read_chunk(typed: str, encoding: str = "") -> Chunk:
    """What a chunk says, in the encoding its text turned out to be in; every place is one in the chunk as typed."""
    composed = typed = typed.translate(_SEEN.get(encoding, {}))
    if not is_normalized("NFC", typed) or _INVISIBLE.search(typed):
        composed = normalize("NFC", _INVISIBLE.sub("", typed))
    reading = read(composed.translate(BYTES.get(encoding, {})), encoding)
    stops, is_numbering = _stops(composed)
    words = reading.words
    if composed != typed:
        places = _places(typed)
        words = tuple((word, places[a][0], places[b - 1][1]) for word, a, b in words)
        stops = tuple(places[stop - 1][1] for stop in stops)
    shown = () if encoding or typed.isascii() else _bytes_shown(normalize("NFC", typed))
    return Chunk(words, (*reading.damage, *shown), stops, is_numbering)


def _bytes_shown(typed: str) -> tuple[str, ...]:
    """The encodings whose bytes a chunk shows: it is no word as it stands, and one when they are read."""
    core = typed.strip(_AROUND)
    if len(core) < _SHORTEST_SHOWN or syllable.spell(fold(core)):
        return ()
    read_so = ((name, core.translate(to)) for name, to in BYTES.items())
    return tuple(name for name, said in read_so if said != core and syllable.spell(fold(said)))


def _stops(chunk: str) -> tuple[tuple[int, ...], bool]:
    """After which characters a sentence ends, and whether the chunk is the number of a paragraph."""
    stops = []
    for found in _STOP.finditer(chunk):
        before, after = chunk[: found.start()], chunk[found.end() :]
        if found[0][0] != ".":
            is_stop = True
        elif after:
            is_stop = before[-1:].islower() and after[0].isupper()
        else:
            last = re.split(r"\W", before)[-1]
            is_stop = len(last) != 1 and last.casefold() not in _NO_STOP_AFTER
            is_stop = is_stop or bool(_NUMBERING.fullmatch(before))
        if is_stop:
            stops.append(found.end())
    is_numbering = bool(_NUMBERING.fullmatch(chunk.rstrip("."))) and chunk.endswith(".")
    return tuple(stops), is_numbering


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
