"""Disguises: the ways in which somebody hands in another's text as his own, each of them drawn by lot and repeatable."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from random import Random
from typing import Any, Final, NamedTuple
from unicodedata import combining, normalize

from pydantic import BaseModel, ConfigDict

from services.dedup.normalise import sentences
from shared.form import TEXT_LIMIT, TITLE_LIMIT, RequiredLine, RequiredText
from shared.form import Text as AnyText

TABLES: Final[dict[str, Any]] = tomllib.loads(
    files(__package__).joinpath("planting.toml").read_text("utf-8")
)
PARAGRAPHS: Final[tuple[str, ...]] = tuple(TABLES["standard"]["paragraphs"])

_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"\d+")
_INNER_SPACE: Final = re.compile(r"(?<=[^\W\d_]) (?=[^\W\d_])")
_RATE_OF_LOST_SPACES: Final = 0.1
_RATE_OF_HOMOGLYPHS: Final = 0.3
_FEWEST_SENTENCES: Final = 3


class Text(BaseModel):
    """What a declaration says, apart from who says it: all that a copyist looks at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: RequiredLine
    situation_before: AnyText = ""
    solution: RequiredText

    def with_(self, **changes: str) -> Text:
        """The same with other words in some fields."""
        return self.model_copy(update=changes)

    @property
    def fits(self) -> bool:
        """Whether the form has room for it."""
        return (
            len(self.title) <= TITLE_LIMIT
            and max(len(self.situation_before), len(self.solution)) <= TEXT_LIMIT
        )


class Hand(NamedTuple):
    """What a copyist has at hand: the lot, a text nobody else uses, and the texts that words are taken from."""

    chance: Random
    donor: Text
    others: Sequence[Text]


Disguise = Callable[[Text, Hand], Text]
"""A text as its copyist hands it in; the solution unchanged where the disguise finds nothing to change."""

_Change = Callable[[str, Random], str]


def standard_paragraphs(count: int, chance: Random) -> list[str]:
    """So many of the paragraphs that stand in everybody's declaration, in any order."""
    return chance.sample(PARAGRAPHS, count)


def edited(text: str, share: float, hand: Hand) -> str:
    """That share of the words replaced by a word of another text, and now and then dropped or given a neighbour."""
    words = text.split()
    chosen = hand.chance.sample(range(len(words)), round(len(words) * share))
    for at in chosen:
        match hand.chance.randrange(10):
            case 0:
                words[at] = ""
            case 1:
                words[at] += f" {_another_word(hand)}"
            case _:
                words[at] = _in_place_of(words[at], _another_word(hand))
    return " ".join(filter(None, words))


def _another_word(hand: Hand) -> str:
    words = _WORD.findall(hand.chance.choice(hand.others).solution)
    return hand.chance.choice(words) if words else "và"


def _in_place_of(word: str, other: str) -> str:
    """The other word with the punctuation of the one it replaces."""
    core = word.strip(".,;:!?…\"'“”‘’()[]")
    if not core:
        return other
    before, _, after = word.partition(core)
    return before + other + after


def _everywhere(change: _Change) -> Disguise:
    """A disguise of all three texts."""

    def disguise(text: Text, hand: Hand) -> Text:
        return Text.model_construct(
            title=change(text.title, hand.chance),
            situation_before=change(text.situation_before, hand.chance),
            solution=change(text.solution, hand.chance),
        )

    return disguise


def _edited(share: float) -> Disguise:
    def disguise(text: Text, hand: Hand) -> Text:
        return text.with_(
            title=edited(text.title, share, hand) or text.title,
            situation_before=edited(text.situation_before, share, hand),
            solution=edited(text.solution, share, hand),
        )

    return disguise


def _case_tone(text: str, chance: Random) -> str:
    spelled = _WORD.sub(lambda found: _respelled(found[0]), text)
    return chance.choice((str.upper, str.lower, _capitalised))(spelled)


def _capitalised(text: str) -> str:
    return _WORD.sub(lambda found: found[0][0].upper() + found[0][1:], text)


def _respelled(word: str) -> str:
    """The other spelling of a syllable: the tone on the other vowel, i for y."""
    bare = word.lower()
    other = _LETTERS.get(bare) or bare[:-2] + _TONES.get(bare[-2:], bare[-2:])
    return other if other != bare else word


def _both_ways(table: Mapping[str, str]) -> dict[str, str]:
    return {**table, **{meant: typed for typed, meant in table.items()}}


_TONES: Final = _both_ways(TABLES["spelling"]["tones"])
_LETTERS: Final = _both_ways(TABLES["spelling"]["letters"])


def _decomposed(text: str, _: Random) -> str:
    return normalize("NFD", text)


def _reordered(text: Text, hand: Hand) -> Text:
    found = [text.solution[start:end] for start, end in sentences(text.solution)]
    if len(found) < _FEWEST_SENTENCES:
        return text
    order = list(found)
    while order == found and len(set(found)) > 1:
        hand.chance.shuffle(order)
    return text.with_(solution=" ".join(order))


def _swapped(text: str, chance: Random) -> str:
    """Another name after "trường" or "huyện", another number wherever one stands: class, age, year, amount."""
    named = _NAME.sub(lambda found: found[1] + chance.choice(TABLES["slots"]["names"]), text)
    return _NUMBER.sub(lambda found: _another_number(found[0], chance), named)


def _another_number(number: str, chance: Random) -> str:
    if re.fullmatch("(?:19|20)[0-9]{2}", number):
        return str(chance.choice([year for year in range(1995, 2024) if str(year) != number]))
    first = "123456789" if number[0] != "0" or len(number) == 1 else "0"
    while True:
        other = chance.choice(first) + "".join(chance.choices("0123456789", k=len(number) - 1))
        if other != number:
            return other


_CAPITAL: Final = f"[{''.join(filter(str.isupper, map(chr, range(0x1EFA))))}]"
_NAME: Final = re.compile(
    rf"\b((?i:{'|'.join(TABLES['slots']['before_a_name'])}) )"
    rf"{_CAPITAL}[^\W\d_]*(?: {_CAPITAL}[^\W\d_]*){{0,2}}"
)


def _abbreviated(text: str, chance: Random) -> str:
    """What is abbreviated written out, or what is written out abbreviated, by what the text holds more of."""
    short, long = (sum(1 for _ in way.finditer(text)) for way in (_SHORT, _LONG))
    if short > long or (short == long and chance.randrange(2)):
        return _SHORT.sub(lambda found: _ABBREVIATIONS[found[0]], text)
    return _LONG.sub(lambda found: _CONTRACTIONS[found[0].lower()], text)


_ABBREVIATIONS: Final[dict[str, str]] = TABLES["abbreviations"]
_CONTRACTIONS: Final = {meant.lower(): typed for typed, meant in _ABBREVIATIONS.items()}
_SHORT: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(_ABBREVIATIONS, key=len, reverse=True))})(?![\w.])"
)
_LONG: Final = re.compile(rf"(?i:\b(?:{'|'.join(sorted(_CONTRACTIONS, key=len, reverse=True))})\b)")


def _without_diacritics(text: str, _: Random) -> str:
    bare = "".join(letter for letter in normalize("NFD", text) if not combining(letter))
    return normalize("NFC", bare).replace("đ", "d").replace("Đ", "D")


_LOOKALIKES: Final[dict[str, str]] = TABLES["homoglyphs"]


def _lookalike(text: str, chance: Random) -> str:
    """One letter in some words taken from another alphabet, never so many that a word is no longer Latin."""

    def disguised(found: re.Match[str]) -> str:
        word = found[0]
        places = [at for at, letter in enumerate(word) if letter in _LOOKALIKES]
        if len(word) < 2 or not places or chance.random() >= _RATE_OF_HOMOGLYPHS:
            return word
        at = chance.choice(places)
        return word[:at] + _LOOKALIKES[word[at]] + word[at + 1 :]

    return _WORD.sub(disguised, text)


def _damaged(text: str, _: Random) -> str:
    for right, wrong in TABLES["font-damage"]["letters"]:
        text = text.replace(right, wrong)
    return text


def _run_together(text: str, chance: Random) -> str:
    return _INNER_SPACE.sub(
        lambda space: "" if chance.random() < _RATE_OF_LOST_SPACES else space[0], text
    )


def _retitled(text: Text, hand: Hand) -> Text:
    return text.with_(title=hand.donor.title)


def _surrounded(text: Text, hand: Hand) -> Text:
    before, after = hand.chance.randrange(1, 4), hand.chance.randrange(1, 4)
    drawn = standard_paragraphs(before + after, hand.chance)
    parts = [*drawn[:before], text.solution, *drawn[before:]]
    return text.with_(solution="\n".join(parts))


def _half(text: Text, hand: Hand) -> Text:
    """Half of the body under another's title, beside half of that other's body."""
    copied, own = (
        _one_half(source.solution, hand.chance.randrange(2)) for source in (text, hand.donor)
    )
    halves = [copied, own] if hand.chance.randrange(2) else [own, copied]
    return hand.donor.with_(solution=" ".join(halves))


def _one_half(text: str, which: int) -> str:
    words = text.split()
    middle = len(words) // 2
    return " ".join(words[middle:] if which else words[:middle])


DISGUISES: Final[Mapping[str, Disguise]] = {
    "exact": lambda text, _: text,
    "case-tone": _everywhere(_case_tone),
    "nfd": _everywhere(_decomposed),
    "reorder": _reordered,
    "slots": _everywhere(_swapped),
    "abbreviations": _everywhere(_abbreviated),
    "no-diacritics": _everywhere(_without_diacritics),
    "homoglyphs": _everywhere(_lookalike),
    "font-damage": _everywhere(_damaged),
    "lost-spaces": _everywhere(_run_together),
    "edited-10": _edited(0.1),
    "edited-30": _edited(0.3),
    "edited-50": _edited(0.5),
    "new-title": _retitled,
    "boilerplate": _surrounded,
    "half": _half,
}
"""Every kind of copy by its name."""
