"""What only its neighbours, or damage elsewhere in the text, can tell about a word."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any, Final

from services.dedup.spelling import Span
from services.dedup.variants import TABLES

Phrase = tuple[str, ...]
Rule = tuple[Phrase, Phrase]
Rules = dict[str, dict[str, list[Rule]]]

_MOST_LOOKS: Final = 10
_YEARS: Final = frozenset(TABLES["numbers"]["not_after_a_number"])
_SIGNS: Final[dict[Phrase, str]] = {
    tuple(sign.split()): kind for kind, table in TABLES["damage"].items() for sign in table["signs"]
}


def settled(found: list[Span], damage: frozenset[str]) -> list[Span]:
    """The words as they were meant, each where it was typed, in a text that shows such damage."""
    for _ in range(_MOST_LOOKS):
        said = [word for word, _, _ in found]
        if not damage and telling_pairs().keys().isdisjoint(pairwise(said)):
            break
        damage |= {_SIGNS[pair] for pair in pairwise(said) if pair in _SIGNS}
        before, found = found, _rewritten(found, said, _phrases(damage))
        if found == before:
            break
    return found


def _rewritten(found: list[Span], said: list[str], phrases: Rules) -> list[Span]:
    rewritten: list[Span] = []
    done = kept = 0
    for at, (word, next_) in enumerate(pairwise([*said, ""])):
        if word not in phrases or at < done:
            continue
        by_next = phrases[word]
        for typed, meant in (*by_next.get(next_, ()), *by_next.get("", ())):
            end = at + len(typed)
            if end <= kept or tuple(said[at:end]) != typed:
                continue
            if typed == meant or (typed[0] in _YEARS and _is_counted(said, at)):
                kept = end
                continue
            rewritten += [*found[done:at], *_replaced(found[at:end], meant)]
            done = end
            break
    return rewritten + found[done:]


def _is_counted(said: list[str], at: int) -> bool:
    return at > 0 and said[at - 1][0].isdigit()


def _replaced(typed: list[Span], meant: Phrase) -> list[Span]:
    if len(typed) == len(meant):
        return [(word, start, end) for word, (_, start, end) in zip(meant, typed, strict=True)]
    return [(word, typed[0][1], typed[-1][2]) for word in meant]


@cache
def _phrases(damage: frozenset[str]) -> Rules:
    """The groups of words to write otherwise in a text so damaged, by first word and second ("" for none), longest first."""
    rules = dict(_plain_rules())
    for kind in sorted(damage & TABLES["damage"].keys()):
        rules |= _rules(TABLES["damage"][kind])
    found: Rules = {}
    for typed in sorted(rules, key=len, reverse=True):
        first, second, *_ = (*typed, "")
        found.setdefault(first, {}).setdefault(second, []).append((typed, rules[typed]))
    return found


@cache
def telling_pairs() -> dict[Phrase, bool]:
    """The neighbours that a text without damage must have before any group of words is rewritten; True for a sign of damage."""
    counters = TABLES["numbers"]["counters"]
    changing = [typed for typed, meant in _plain_rules().items() if typed != meant]
    pairs = {typed[:2] if typed[0] in counters else typed[-2:] for typed in changing}
    return dict.fromkeys(sorted(pairs), False) | dict.fromkeys(sorted(_SIGNS), True)


@cache
def words_of_rules() -> frozenset[str]:
    """Every word that a group of words, in a text without damage, may hold or be rewritten to."""
    return frozenset(word for rule in _plain_rules().items() for phrase in rule for word in phrase)


@cache
def _plain_rules() -> dict[Phrase, Phrase]:
    return _number_rules() | _rules(TABLES["phrases"])


def _rules(table: dict[str, Any]) -> dict[Phrase, Phrase]:
    rules = {_phrase(typed): _phrase(meant) for typed, meant in table["to"].items()}
    return rules | {phrase: phrase for phrase in map(_phrase, table["keep"])}


def _number_rules() -> dict[Phrase, Phrase]:
    """Number words are digits by a counter or a unit: "lớp bốn", "năm tuổi", "năm sáu tuổi"."""
    table = TABLES["numbers"]
    ones = {(word,): value for value, word in enumerate(table["ones"], start=1)}
    tens = {("mười",): 10} | {(*word, "mươi"): value * 10 for word, value in ones.items()}
    after_ten = ones | {(word,): value for word, value in table["after_ten"].items()}
    values = ones | tens | {(word,): value for word, value in table["alone"].items()}
    values |= {(*ten, *one): tens[ten] + after_ten[one] for ten in tens for one in after_ten}
    digits = {typed: (str(value),) for typed, value in values.items()}
    ranges = {(*low, *high): (*digits[low], *digits[high]) for low, high in pairwise(ones)}
    rules: dict[Phrase, Phrase] = {}
    for counter in table["counters"]:
        rules |= {(counter, *typed): (counter, *meant) for typed, meant in digits.items()}
        for word, followers in table["not_before"].items():
            rules |= {(counter, word, next_): (counter, word, next_) for next_ in followers}
    for unit in table["units"]:
        rules |= {(*typed, unit): (*meant, unit) for typed, meant in (digits | ranges).items()}
    return rules | {phrase: phrase for phrase in map(_phrase, table["keep"])}


def _phrase(text: str) -> Phrase:
    return tuple(text.split())
