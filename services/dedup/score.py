"""The score: what share of pairs as alike as this one are duplicates, and the band that it falls in.

How alike two declarations are is measured field by field and comes to one number (`likeness`); the calibration of the rules
makes a score of it, their thresholds a band. Standard paragraphs and stop phrases weigh nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from services.dedup.fields import Beside
from services.dedup.found import MOST_CANDIDATES, Found
from services.dedup.lexicon import Lexicon
from services.dedup.likeness import SOLUTION_WEIGHT, Numbered, all_believed, combine
from services.dedup.matching import STOP_FIELDS
from services.dedup.measure import (
    Alike,
    alike_by_themselves,
    cosine,
)
from services.dedup.model import Model, Weights
from services.dedup.normalise import normalise
from services.dedup.texts import Words, words_of
from shared.calibration import STEP
from shared.vocabulary import Band, MatchingRules, Parts, Thresholds, Tier

Phrase = tuple[int, ...]
"""The numbers of a phrase's words without diacritics."""

ROUNDING: Final = 1e-5
"""By how much a likeness of rounded parts may be above that of the parts as they were measured."""
FEWEST_WORDS: Final = 5
"""With fewer words left after standard paragraphs there is nothing to compare."""


class Scored(NamedTuple):
    """A score, 0 to 1, its parts, the band, and why the band is not what the score alone would say."""

    score: float
    parts: Parts
    band: Band
    reasons: tuple[str, ...]


class Said(NamedTuple):
    """What a declaration says, as the numbers of its words; of the solution only its own, less standard paragraphs."""

    title: Words
    solution: Words
    situation: Words


class Judge:
    """Scores pairs under a model and matching rules; standard paragraphs and stop phrases weigh nothing."""

    def __init__(self, lexicon: Lexicon, model: Model, rules: MatchingRules) -> None:
        self._lexicon = lexicon
        self._model = model
        self._rules = rules
        self._phrases = {
            field: self._read(rules.stop_phrases.get(field, ())) for field in STOP_FIELDS
        }

    def _read(self, phrases: Iterable[str]) -> list[Phrase]:
        """Stop phrases, read as texts are; what holds no word is no phrase."""
        read = (normalise(phrase).split() for phrase in phrases)
        numbered = [words_of(self._lexicon.numbers(words)) for words in read if words]
        # Some of the words may be new: where their bare forms stand is known only now.
        bare = self._lexicon.bare
        return [tuple(bare[words].tolist()) for words in numbered]

    @property
    def stops(self) -> Collection[str]:
        """The fields in which some phrases weigh nothing: these are to be compared as they read without them."""
        return [field for field, phrases in self._phrases.items() if phrases]

    @property
    def full(self) -> Weights:
        """What each feature with diacritics weighs."""
        return self._model.weighed.full

    @property
    def least(self) -> float:
        """The likeness, not yet a score, under which a flag is raised in no tier."""
        if self._phrases["solution"]:
            # What is left without the phrases may be more alike than the whole: all candidates are looked at.
            return 0.0
        line = min(limits.similar for limits in map(self._rules.limits, Tier))
        # A step lower, so that no rounding of a score on the line can leave its pair out.
        return self._rules.calibration.likeness(line - STEP)

    def believed(self, alike: Numbered) -> Numbered:
        """How far the solutions of candidates are believed to be one; `alike` ends in the five numbers of `Alike`."""
        pairs = alike.reshape(-1, alike.shape[-1])
        return all_believed(pairs, self._rules.short_words).reshape(alike.shape[:-1])

    def hopeful(self, found: Found) -> NDArray[np.bool_]:
        """By text and candidate, which pairs may come to a flag."""
        hopeful: NDArray[np.bool_] = np.arange(MOST_CANDIDATES) < found.counts[:, np.newaxis]
        hopeful[hopeful] = self.believed(found.alike[hopeful]) >= self.least - ROUNDING
        return hopeful

    @property
    def most_flags(self) -> int:
        """So many flags, the likeliest, are raised for one declaration."""
        return self._rules.most_flags

    def promising(self, alike: Numbered) -> NDArray[np.bool_]:
        """Which of these candidates may be among the likeliest; all others score less than enough of them for certain.

        Situation and title add nothing to a score that the solution alone has not, and take little from it.
        """
        everyone = np.ones(len(alike), dtype=np.bool_)
        if len(alike) <= self.most_flags or self._phrases["solution"]:
            return everyone
        believed, share = self.believed(alike), self._rules.calibration.share
        least = np.sort(believed[alike[:, -1] >= FEWEST_WORDS])[::-1][: self.most_flags]
        line = max(limits.similar for limits in map(self._rules.limits, Tier))
        if len(least) < self.most_flags:
            return everyone
        score = share(float(least[-1]) * SOLUTION_WEIGHT - ROUNDING)
        if score < line:
            return everyone
        return np.array([share(most + ROUNDING) >= score for most in believed.tolist()])

    def alike(self, one: Words, other: Words) -> Alike:
        """Compare two solutions, given as their own words."""
        return alike_by_themselves(
            self._stopped(one, "solution"),
            self._stopped(other, "solution"),
            self._lexicon.spelled,
            self._model.weighed,
        )

    def said(
        self, title: str, solution: str, situation: str, standard: Collection[int] = ()
    ) -> Said:
        """Read a declaration's texts; those sentences of the solution, counted from 0, weigh nothing."""
        read = self._lexicon.read([title, solution, situation])
        words = read.text(1)
        sentence = np.cumsum(words & np.uint32(1)) - (words & np.uint32(1))
        own = words[~np.isin(sentence, list(standard))]
        return Said(words_of(read.text(0)), words_of(own), words_of(read.text(2)))

    def compare(self, later: Said, earlier: Said, tier: Tier, *, changed: bool = False) -> Scored:
        """Compare and score two declarations."""
        alike = self.alike(later.solution, earlier.solution)
        return self.score(alike, self.beside(later, earlier), tier, changed=changed)

    def beside(self, later: Said, earlier: Said) -> Beside:
        """Compare what two declarations say beside their solutions."""
        spelled, full = self._lexicon.spelled, self.full
        title, other_title = (self._stopped(said.title, "title") for said in (later, earlier))
        before, also = (
            self._stopped(said.situation, "situation_before") for said in (later, earlier)
        )
        return Beside(
            cosine(title, other_title, spelled, full),
            fuzzy(*map(self._lexicon.text, (title, other_title))),
            cosine(before, also, spelled, full),
            bool(len(before) and len(also)),
        )

    def score(self, alike: Alike, beside: Beside, tier: Tier, *, changed: bool) -> Scored:
        """Score two declarations that are so alike; `changed` says that standard paragraphs were left out."""
        parts = Parts.model_construct(
            title_cosine=_round(beside.title),
            title_fuzzy=_round(beside.title_fuzzy),
            situation_cosine=_round(beside.situation),
            solution_cosine=_round(alike.full),
            solution_bare_cosine=_round(alike.bare),
            solution_containment=_round(alike.contained),
            solution_fuzzy=_round(alike.order),
        )
        long_enough = alike.fewest >= self._rules.short_words
        likeness = _round(
            combine(
                parts,
                has_situation=beside.has_situation,
                trust_containment=long_enough,
            )
        )
        return _banded(
            self._rules.calibration.share(likeness),
            parts,
            self._rules.limits(tier),
            int(alike.fewest),
            is_short=not long_enough,
            changed=changed,
        )

    def _stopped(self, words: Words, field: str) -> Words:
        """Words less the stop phrases of a field."""
        for phrase in self._phrases[field]:
            words = _without(words, self._lexicon.bare[words].tolist(), phrase)
        return words


def fuzzy(title: str, other: str) -> float:
    """How alike two titles are as strings, whatever the order of their words (rapidfuzz's token set ratio), 0 to 1."""
    return fuzz.token_set_ratio(title, other) / 100


def _banded(
    total: float, parts: Parts, limits: Thresholds, words: int, *, is_short: bool, changed: bool
) -> Scored:
    reasons = ["template-removed"] if changed else []
    if words < FEWEST_WORDS:
        return Scored(total, parts, Band.CLEAR, (*reasons, "template-only"))
    band = (
        Band.EXACT
        if total >= limits.exact
        else Band.NEAR
        if total >= limits.near
        else Band.SIMILAR
        if total >= limits.similar
        else Band.CLEAR
    )
    if is_short and band in {Band.EXACT, Band.NEAR}:
        reasons.append("short-text")
        band = Band.SIMILAR
    return Scored(total, parts, band, tuple(reasons))


def _without(words: Words, bare: list[int], phrase: Phrase) -> Words:
    """Words less a phrase, wherever it stands."""
    size = len(phrase)
    keep = []
    at = 0
    while at < len(bare):
        if tuple(bare[at : at + size]) == phrase:
            at += size
        else:
            keep.append(at)
            at += 1
    return words[np.array(keep, dtype=np.int64)] if len(keep) < len(bare) else words


def _round(value: float) -> float:
    # Six places are far below what any threshold can tell, and the same on every machine.
    return round(min(1.0, float(value)), 6)
