"""The truth about flags, as far as labels and the texts themselves tell it: which are false, and who copies whom.

A false flag is one whose two solutions, standard paragraphs removed, share less than a fifth of the shorter one's word
3-grams. Whoever suspects five copies of one text wrongly has made one mistake: it counts once per family of copies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from services.dedup.labels import Label
from services.dedup.reading import Words
from shared.vocabulary import Band

SHARED_BY_COPIES: Final = 0.2
GRAM: Final = 3


class Said(NamedTuple):
    """A declaration's own words and its unit, by the name that labels and flags call it."""

    name: str
    unit: str
    solution: str


class Suspected(NamedTuple):
    """A flag on record, as far as it can be right or wrong."""

    idea: str
    of: str
    band: Band
    score: float


Flags = Mapping[tuple[str, str], Suspected]
"""The latest flag of each pair, the later idea first."""


class Truth:
    """Which flags are false: never between labelled copies of one text, else by what the two share."""

    def __init__(
        self, labels: Sequence[Label], said: Iterable[Said], flags: Flags, standard_units: int
    ) -> None:
        self._families = _Families()
        for label in labels:
            if label.same and label.of is not None:
                self._families.join(label.idea, label.of)
        self._known = {
            _pair(label.idea, label.of): label.same for label in labels if label.of is not None
        }
        compared = {name for pair in flags for name in pair}
        self._words: dict[str, Words] = {}
        units: defaultdict[bytes, set[str]] = defaultdict(set)
        families: defaultdict[bytes, set[str]] = defaultdict(set)
        names = set()
        for name, unit, solution in said:
            names.add(name)
            words = Words.of(solution)
            if name in compared:
                self._words[name] = words
            for sentence in words.sentences:
                units[sentence.digest].add(unit)
                families[sentence.digest].add(self._families.of(name))
        self.ideas = len(names)
        # The copies of one text, however many, make no standard paragraph of it.
        self._standard = {
            digest
            for digest in units
            if min(len(units[digest]), len(families[digest])) >= standard_units
        }
        self._grams = cache(self._own_grams)
        self.false = {pair: flag for pair, flag in flags.items() if self._is_false(*pair)}
        # Only now: copies that nobody labelled are one family too, but excuse no flag that shares too little.
        for pair in sorted(flags.keys() - self.false.keys()):
            self._families.join(*pair)
        self._mistakes: dict[str, dict[str, float]] = defaultdict(dict)
        for (idea, of), flag in self.false.items():
            of_the_idea, family = self._mistakes[idea], self._families.of(of)
            of_the_idea[family] = max(flag.score, of_the_idea.get(family, 0.0))

    def false_flags(self, ideas: Iterable[str], least: float = 0.0) -> int:
        """How often these ideas are wrongly suspected from a score on, once per family."""
        return sum(
            1 for idea in ideas for score in self._mistakes.get(idea, {}).values() if score >= least
        )

    def _is_false(self, idea: str, of: str) -> bool:
        known = self._known.get(_pair(idea, of))
        if known is not None:
            return not known
        if self._families.of(idea) == self._families.of(of):
            return False
        return self._share(idea, of) < SHARED_BY_COPIES

    def _share(self, one: str, other: str) -> float:
        """What share of the shorter text's 3-grams stands in the other; none where nothing of its own is left."""
        few, many = sorted((self._grams(one), self._grams(other)), key=len)
        return len(few & many) / len(few) if few else 0.0

    def _own_grams(self, name: str) -> frozenset[tuple[str, ...]]:
        own = self._words[name].without(self._standard).bare
        return frozenset(zip(*(own[n:] for n in range(GRAM)), strict=False))


class _Families:
    """Texts that copy each other, however long the way from one to the other."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, name: str) -> str:
        """One name for all of a family."""
        while (above := self._above.get(name, name)) != name:
            name = above
        return name

    def join(self, one: str, other: str) -> None:
        """Make two families one, named by the lesser name so that the order does not matter."""
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first


def _pair(one: str, other: str) -> frozenset[str]:
    return frozenset((one, other))
