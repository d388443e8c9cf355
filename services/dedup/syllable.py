"""The grammar of a Vietnamese syllable: an onset, a rime and one tone, spelled in one way."""

from __future__ import annotations

from typing import Final
from unicodedata import normalize

from services.dedup.variants import TABLES

_VOWELS: Final = frozenset("aeiouy")
_SHAPES: Final = "\u0302\u0306\u031b"
GRAVE, ACUTE, TILDE, HOOK, DOT = TONES = "\u0300\u0301\u0303\u0309\u0323"


def spell(word: str) -> str | None:
    """The one spelling of a syllable, or None for what Vietnamese cannot say."""
    return tone(*untone(word))


def untone(word: str) -> tuple[str, str]:
    """A word without its tone, and the tone; a word with two tones gives both."""
    if word.isascii():
        return word, ""
    bare, tones = "", ""
    for letter in normalize("NFD", word):
        # A mark on a consonant is no tone: the ñ of "niño".
        if letter in TONES and bare[-2:].rstrip(_SHAPES)[-1:] in _VOWELS:
            tones += letter
        else:
            bare += letter
    return normalize("NFC", bare), "".join(mark for mark in TONES if mark in tones)


def tone(bare: str, mark: str) -> str | None:
    """The syllable with the tone where it is written, or None when there is no such syllable."""
    if (parsed := _SYLLABLES.get(bare)) is None or len(mark) > 1:
        return None
    onset, rime = parsed
    if rime.endswith(("c", "ch", "p", "t")) and mark not in {ACUTE, DOT}:
        return None
    at = _place(rime) + 1
    return normalize("NFC", onset + rime[:at] + mark + rime[at:])


def is_cut_short(bare: str) -> bool:
    """Whether toneless letters are the beginning of a syllable, as at the end of a cropped title."""
    return bare in _BEGINNINGS


def _place(rime: str) -> int:
    for letter in "êâăơôư":
        if letter in rime:
            return rime.index(letter)
    vowels = len(rime) - len(rime.lstrip("aeiouy"))
    closed = len(rime) > vowels
    return vowels - 1 if closed else (vowels - 1) // 2


def _every_syllable() -> dict[str, tuple[str, str]]:
    """Onset and rime of each toneless spelling; "ki" and "ky", "qui" and "quy" are the same two."""
    onsets = {name: found.split() for name, found in TABLES["syllables"]["onsets"].items()}
    rimes = {name: found.split() for name, found in TABLES["syllables"]["rimes"].items()}
    plain = [*rimes["back"], *rimes["front"]]
    followed: list[tuple[list[str], list[str]]] = [
        ([""], [*plain, *rimes["y"]]),
        (onsets["before_back"], rimes["back"]),
        (onsets["before_front"], [*rimes["front"], *rimes["inner"]]),
        (onsets["before_any"], [*plain, *rimes["inner"]]),
        (["", *onsets["before_glide"]], rimes["glide"]),
        (["g"], rimes["after_g"]),
        (["gi"], [rime for rime in plain if rime[0] != "i"]),
        (["qu"], [rime for rime in plain if rime[0] not in "iouư"] + rimes["after_qu"]),
    ]
    found = {
        onset + rime: (onset, rime) for some, all_ in followed for onset in some for rime in all_
    }
    found |= {"qu" + rime.replace("y", "i"): ("qu", rime) for rime in rimes["after_qu"]}
    for onset in onsets["before_i_or_y"]:
        found |= {onset + "i": (onset, "y"), onset + "y": (onset, "y")}
    return found | {onset + rime: (onset, rime) for onset, rime in TABLES["syllables"]["loans"]}


_SYLLABLES: Final = _every_syllable()
_BEGINNINGS: Final = {bare[:length] for bare in _SYLLABLES for length in range(1, len(bare))}
