"""What one token says: its words in one spelling, whatever way they were typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, chain, groupby, pairwise
from typing import Any, Final, NamedTuple
from unicodedata import normalize

from services.dedup import syllable
from services.dedup.variants import TABLES

Place = tuple[int, int]
Span = tuple[str, int, int]


class Reading(NamedTuple):
    """The words of a chunk of text with their places in it, and the kinds of damage they show."""

    words: tuple[Span, ...]
    damage: tuple[str, ...]


FONT, LEGACY = "font", "legacy"
"""The two kinds of damage that words are mended of alone, each in its own way."""
ENCODINGS: Final = {name: str.maketrans(to) for name, to in TABLES["encodings"].items()}

_TOKEN: Final = re.compile(
    r"[^\W_][\w\u0300-\u036f]*"
    r"(?:(?:[-/\u2010-\u2015\u2212](?=\w)|(?<=[0-9])[.,×](?=[0-9]))[\w\u0300-\u036f]+)*"
)
_PIECE: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f]|(?<=[0-9])[.,×](?=[0-9]))+")
_DIGIT: Final = re.compile("[0-9]")
_RUN: Final = re.compile("[0-9][0-9.,]*|[^0-9]+")

_COMPATIBLE: Final = {
    chr(code): normalize("NFKC", chr(code))
    for first, last in TABLES["characters"]["compatible"]
    for code in range(ord(first), ord(last) + 1)
}
_LETTERS: Final = str.maketrans(_COMPATIBLE | TABLES["characters"]["letters"])
_HOMOGLYPHS: Final = str.maketrans(TABLES["characters"]["homoglyphs"])
_LOOKALIKES: Final = _HOMOGLYPHS | str.maketrans(TABLES["characters"]["doubtful_homoglyphs"])
_SHORTEST_LOOKALIKE: Final = 3
_LATIN: Final = re.compile("[a-zà-ɏḁ-ỿ]")
_NOT_LATIN: Final = re.compile(r"(?![a-zà-ɏḁ-ỿ])[^\W\d_]")
_MARKS: Final = re.compile("[\u0300-\u036f]+")

_WORDS: Final[dict[str, str]] = TABLES["abbreviations"] | TABLES["words"] | TABLES["run_together"]
_UNITS: Final[dict[str, str]] = TABLES["measures"]
_MEASURE: Final = re.compile(
    rf"([0-9]+(?:[.,][0-9]+)*)({'|'.join(sorted(_UNITS, key=len, reverse=True))})?"
)
_TELEX: Final = dict(zip("fsxrjz", [*syllable.TONES, ""], strict=True))
_AROUND: Final = """.,;:!?…()[]{}"'“”‘’«»/-–*"""
_LONGEST_SYLLABLE: Final = 7
_LONGEST_RUN_TOGETHER: Final = 80


def read(chunk: str, encoding: str = "") -> Reading:
    """Work out what a chunk without spaces says, in the encoding its text turned out to be in."""
    core = chunk.strip(_AROUND)
    if core == chunk or not core.isalpha():
        return _read(chunk, encoding)
    # The same word comes with a comma, with a full stop and in quotes.
    found = _read_again(core, encoding)
    further = chunk.index(core)
    return Reading(
        tuple((word, start + further, end + further) for word, start, end in found.words),
        found.damage,
    )


def _read(chunk: str, encoding: str) -> Reading:
    words: list[Span] = []
    damage: list[str] = []
    for token in _TOKEN.finditer(chunk):
        for told, shown, start, end in _tell(token[0], encoding):
            said = [word for typed in told for word in _WORDS.get(typed, typed).split()]
            words += _placed(said, token.start() + start, token.start() + end)
            damage += filter(None, [shown])
    return Reading(tuple(words), tuple(damage))


_read_again = lru_cache(maxsize=1 << 15)(_read)


def _tell(token: str, encoding: str) -> Iterator[tuple[list[str], str, int, int]]:
    """The words of each part of a token, the damage that the part shows, and its place."""
    pieces = [(fold(found[0]), *found.span()) for found in _PIECE.finditer(token)]
    if known := _WORDS.get("".join(piece for piece, _, _ in pieces)):
        yield known.split(), "", 0, len(token)
        return
    for is_prose, group in groupby(pieces, key=lambda piece: _is_prose(piece[0])):
        run = [piece for piece in group if piece[0]]
        if not is_prose and _is_code([piece for piece, _, _ in run]):
            yield [_joined(token, run)], "", run[0][1], run[-1][2]
        else:
            yield from ((*_say(piece, encoding), start, end) for piece, start, end in run)


def fold(piece: str) -> str:
    """Bring the letters to one case, one alphabet and one composition."""
    word = normalize("NFC", piece.casefold()).translate(_LETTERS)
    latin = word.translate(_HOMOGLYPHS)
    if _LATIN.search(word) and not _NOT_LATIN.search(latin):
        word = latin
    elif not word.isascii() and len(word) >= _SHORTEST_LOOKALIKE:
        word = _looks_vietnamese(word) or word
    word = normalize("NFC", _MARKS.sub("", normalize("NFC", word)))
    return word if word == piece else fold(word)


def _looks_vietnamese(word: str) -> str | None:
    """A word of other letters that reads as a Vietnamese syllable: "Βiện", or "сао" in Cyrillic all through."""
    latin = normalize("NFC", word.translate(_LOOKALIKES))
    return latin if latin != word and syllable.spell(latin) else None


def _is_prose(piece: str) -> bool:
    """A word of a sentence is no part of a number, of a part's name or of a document's number."""
    if _DIGIT.search(piece):
        return len(_parted_from_digits(piece)) > 1
    return len(piece) > 2 or _is_accented(piece)


def _is_code(pieces: list[str]) -> bool:
    return any(map(_DIGIT.search, pieces)) and not all(map(_MEASURE.fullmatch, pieces))


def _is_accented(word: str) -> bool:
    return not word.isascii() and syllable.spell(word) is not None


def _joined(token: str, pieces: list[Span]) -> str:
    """A part number stays one word: "6205-2RS", "1-P-481A/B"."""
    code = pieces[0][0]
    for (_, _, end), (piece, start, _) in pairwise(pieces):
        code += ("/" if "/" in token[end:start] else "-") + piece
    return code.replace(",", ".")


def _placed(said: list[str], start: int, end: int) -> list[Span]:
    if sum(map(len, said)) != end - start:
        return [(word, start, end) for word in said]
    stops = accumulate(map(len, said), initial=start)
    return [(word, *place) for word, place in zip(said, pairwise(stops), strict=True)]


def _say(piece: str, encoding: str) -> tuple[list[str], str]:
    """The words that one piece stands for, and the kind of damage that it shows."""
    if found := _MEASURE.fullmatch(piece):
        return [*_number(found[1]), *_UNITS.get(found[2], "").split()], ""
    if _DIGIT.search(piece):
        parts = _parted_from_digits(piece)
        if len(parts) == 1:
            return [piece.replace(",", ".")], ""
        said, damage = zip(*(_say(fold(part), encoding) for part in parts), strict=True)
        return list(chain(*said)), next(filter(None, damage), "")
    if known := _WORDS.get(piece):
        return known.split(), ""
    if encoding in ENCODINGS and (decoded := _decode(piece, encoding)):
        return [decoded], encoding
    if spelled := syllable.spell(piece):
        return [spelled], ""
    return ([piece], "") if piece.isascii() else _mend(piece, encoding)


def _number(typed: str) -> list[str]:
    """A quantity is one word, "1.250,5"; anything else between points is several, "30.4.1975"."""
    groups, points = re.split("[.,]", typed), re.sub("[0-9]", "", typed)
    if len(groups) == 1 and len(typed) <= 2:
        return [str(int(typed))]
    in_thousands = len(groups[0]) <= 3 and typed[0] != "0" and {*map(len, groups[1:-1])} <= {3}
    if in_thousands and len(groups[-1]) == 3 and len(set(points)) <= 1:
        return ["".join(groups)]
    if len(groups) <= 2 or (in_thousands and points.count(points[-1]) == 1):
        return [".".join(filter(None, ["".join(groups[:-1]), groups[-1]]))]
    return [word for group in groups for word in _number(group)]


def _parted_from_digits(piece: str) -> list[str]:
    """What a lost space ran together: "lớp4A" is "lớp" and "4A", "6tuổi" is "6" and "tuổi"."""
    runs = groupby(_RUN.findall(piece), key=_is_accented)
    return ["".join(part) for _, part in runs]


def _mend(word: str, encoding: str) -> tuple[list[str], str]:
    """What a word that Vietnamese cannot say was before it was mistyped, damaged or run together."""
    bare, _ = syllable.untone(word)
    for repair in TABLES["repairs"]:
        damage = repair.get("damage", "")
        # "Thơng" is "thông" where a font did the damage, and "thương" where the letter ư was lost.
        is_meant = damage != FONT or not encoding or encoding in ENCODINGS
        if is_meant and (mended := _repaired(word, bare, repair)):
            return [mended], damage
    if syllable.is_cut_short(bare):
        return [word], ""
    decoded = {name: said for name in ENCODINGS if (said := _decode(word, name))}
    if len(set(decoded.values())) == 1:
        said, *_ = decoded.values()
        return [said], "" if len(decoded) > 1 else next(iter(decoded))
    return [word] if decoded else _parted(word) or [word], ""


def _repaired(word: str, bare: str, repair: dict[str, Any]) -> str | None:
    wrong, right = repair["letters"]
    if "tones" not in repair:
        if wrong not in bare:
            return None
        return syllable.tone(bare.replace(wrong, right, 1), syllable.untone(word)[1])
    # The damaged letter is the one that bears the tone: "giĩ" was "gió", "gĩi" was "gói".
    before, after = (_TELEX[tone] for tone in repair["tones"])
    typed, meant = (
        normalize("NFC", letter + mark) for letter, mark in [(wrong, before), (right, after)]
    )
    return syllable.spell(word.replace(typed, meant, 1)) if typed in word else None


def _decode(word: str, encoding: str) -> str | None:
    decoded = normalize("NFC", word.translate(ENCODINGS[encoding]))
    return syllable.spell(decoded) if decoded != word else None


def _parted(word: str) -> list[str]:
    """The syllables of "phòngchống", as few as it takes; of two ways, the one with the shorter first: "cóthể"."""
    if len(word) > _LONGEST_RUN_TOGETHER:
        return []
    rest: dict[int, list[str]] = {len(word): []}
    for start in reversed(range(len(word))):
        for end in range(start + 1, min(start + _LONGEST_SYLLABLE, len(word)) + 1):
            part = word[start:end]
            is_letter = end == start + 1 and (start > 0 or part in "aeiou")
            if end not in rest or is_letter or not (first := syllable.spell(part)):
                continue
            if start not in rest or len(rest[end]) + 1 < len(rest[start]):
                rest[start] = [first, *rest[end]]
    return rest.get(0, [])
