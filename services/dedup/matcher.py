"""The matcher: everything that comparing needs to know of the ledger so far, and the step from one fact to the next.

It records nothing. The same facts in the same order raise the same flags, in whatever pages they come and whether what
came before was compared just now or is only recalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from services.dedup.flag import MATCHER, Suspicion, flag
from services.dedup.index import MOST_CANDIDATES, Index, Measures, together
from services.dedup.lexicon import Lexicon, Numbers, Texts
from services.dedup.measure import Alike, Spelled, own
from services.dedup.model import Model, Models
from services.dedup.reading import Read, read
from services.dedup.score import Judge, Said, words_of
from services.dedup.shelf import Entry, Shelf
from services.dedup.standard import Digests, StandardSentences, digests_of, standard_among
from shared.directory import Directory
from shared.events import (
    FlagRaised,
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberExcluded,
    MemberRuled,
    ModelAdopted,
    RecognitionRecorded,
    RulesAdopted,
    RulingUndone,
)
from shared.ledger.model import Recorded
from shared.vocabulary import Band, MatchingRules, Position, Tier

Flagged = Mapping[tuple[UUID, int], Sequence[UUID]]
"""By idea and version, the earlier ideas that it was flagged against when it came."""

_NO_DIGESTS: Final[Digests] = np.empty(0, dtype=np.uint64)
_ROUNDING: Final = 1e-6
_STRIDE: Final = 16
"""After a sentence has become standard so few texts are looked for together, then ever more."""
_BUILT_TOGETHER: Final = 4096


class Raised(NamedTuple):
    """A flag, and the rows that it is about."""

    flag: FlagRaised
    later: int
    earlier: int


class Matcher:
    """What was declared so far, under the model and the rules in force at each place of the ledger."""

    def __init__(
        self,
        models: Models,
        directory: Directory,
        *,
        raised_by: str = MATCHER,
        held_to: Iterable[ModelAdopted | RulesAdopted] = (),
    ) -> None:
        """With `held_to`, that model and those rules are in force from first to last, whatever the ledger adopts."""
        self._models = models
        self._directory = directory
        self._raised_by = raised_by
        self._lexicon = Lexicon()
        self._shelf = Shelf(self._lexicon)
        self._copied: dict[int, list[int]] = {}
        self._distinct: dict[frozenset[UUID], frozenset[str]] = {}
        self._rules, self._rules_version = MatchingRules(), 0
        self._standard = StandardSentences(self._rules.standard_units)
        self._adopted: str | None = None
        self._model: Model | None = None
        self._index: Index | None = None
        self._judge: Judge | None = None
        self._held = False
        for event in held_to:
            self._adopt(event)
            self._held = True

    def walk(self, page: Sequence[Recorded]) -> Iterator[Raised]:
        """Take a page in, fact by fact, comparing each text with all before it."""
        for run in self._texts(page):
            yield from self._compare(run)

    def recall(self, page: Sequence[Recorded], flagged: Flagged) -> None:
        """Take in a page that was compared before, trusting the flags on record instead of comparing anew."""
        self._index = None
        for run in self._texts(page):
            found = self._read(run)
            first = self._put(found)
            for n, entry in enumerate(found.entries):
                copied = flagged.get((entry.idea, entry.version), ())
                rows = (self._shelf.find(idea) for idea in copied)
                self._learn(first + n, [row for row in rows if row is not None])

    def make_ready(self) -> None:
        """Have everything in place for the next text."""
        if self._adopted is not None:
            self._in_force()

    def take(self, recorded: Recorded) -> None:
        """Take in a fact that brings no text."""
        match recorded.event:
            case IdeaWithdrawn(originator_id=idea):
                self._take_down(idea)
            case IdeaRerouted(originator_id=idea, unit=unit):
                if (row := self._shelf.find(idea)) is not None:
                    self._shelf.reroute(row, unit)
            case RecognitionRecorded(originator_id=idea, ineligible=ineligible):
                if (row := self._shelf.find(idea)) is not None:
                    self._shelf.mark(row, ineligible)
            case MemberRuled(member=member, canonical=canonical) as ruled:
                pair = frozenset((member, canonical))
                if ruled.ruling.distinct:
                    self._distinct[pair] = frozenset(
                        (ruled.member_solution, ruled.canonical_solution)
                    )
                else:
                    self._distinct.pop(pair, None)
            case MemberExcluded(member=member, solution=solution, apart=others):
                for other in others:
                    self._distinct[frozenset((member, other.idea))] = frozenset(
                        (solution, other.solution)
                    )
            case RulingUndone(member=member, canonical=canonical, apart=words):
                self._distinct.pop(frozenset((member, canonical)), None)
                if words:
                    self._distinct[frozenset((member, canonical))] = frozenset(words)
            case ModelAdopted() | RulesAdopted() as event if not self._held:
                self._adopt(event)
            case _:
                pass

    def search(
        self,
        title: str,
        solution: str,
        situation: str,
        *,
        unit: str,
        programme: str,
        at: Position,
        on: datetime,
    ) -> list[Suspicion]:
        """What a text that nobody declared would be suspected of."""
        index, _ = self._in_force()
        row = len(self._shelf)
        texts = self._lexicon.read([solution])
        _, found = index.find(texts, row)
        later = self._later(
            self._lexicon.read([title]).words,
            texts.words,
            self._lexicon.read([situation]).words,
            row,
        )
        return self._suspect(later, found.of(0), unit, programme, at=at, on=on)

    def stands(self, row: int) -> bool:
        """Whether a text is what its idea says now: neither amended nor withdrawn."""
        return self._shelf.stands(row)

    def ruled_distinct(self, one: int, other: int) -> bool:
        """Whether a person found the two distinct, in just these words."""
        if not self._distinct:
            return False
        pair = frozenset((self._shelf.idea(one), self._shelf.idea(other)))
        ruled = self._distinct.get(pair)
        return ruled is not None and ruled == frozenset(map(self._shelf.digest, (one, other)))

    def _texts(self, page: Sequence[Recorded]) -> Iterator[list[Recorded]]:
        """The texts of a page to compare, the facts between them taken in on the way.

        Declarations in a row are read and looked up together, which saves work and changes no answer.
        """
        for are_declared, run in groupby(page, lambda r: isinstance(r.event, IdeaDeclared)):
            if are_declared:
                yield list(run)
                continue
            for recorded in run:
                if not isinstance(recorded.event, IdeaAmended):
                    self.take(recorded)
                elif not self._correct(recorded):
                    yield [recorded]

    def _compare(self, run: Sequence[Recorded]) -> Iterator[Raised]:
        index, judge = self._in_force()
        found = self._read(run)
        for entry in found.entries:
            # An amended text is compared with all others as they stood, not with what it said before.
            self._take_down(entry.idea)
        first = self._put(found)
        done, stride = 0, _STRIDE
        while done < len(run):
            part = _some(found.solutions, done, min(done + stride, len(run)))
            prepared, candidates = index.find(part, first + done)
            hopeful = candidates.chosen(judge.believed(candidates.alike) >= judge.least - _ROUNDING)
            known, start = self._standard.standard, done
            for n in range(len(hopeful)):
                row = first + done
                measures = hopeful[n]
                if n:
                    recent = index.recent(part.text(n), prepared, n, first + start)
                    if candidates.counts[n] + len(recent.rows) > MOST_CANDIDATES:
                        measures = candidates.of(n)
                    measures = together(measures, recent)
                index.post(prepared, n, n + 1)
                yield from self._flagged(run[done], row, measures)
                done += 1
                if self._standard.standard != known:
                    # What has just become standard weighs nothing in the next text: look for the rest anew.
                    break
            stride = min(2 * stride, len(run)) if self._standard.standard == known else _STRIDE
            index.seal()

    def _flagged(self, recorded: Recorded, row: int, measures: Measures) -> Iterator[Raised]:
        suspicions: list[Suspicion] = []
        if len(measures.rows):
            later = self._later(
                self._shelf.title(row), self._shelf.solution(row), self._shelf.situation(row), row
            )
            unit, programme = self._shelf.unit(row), self._shelf.programme(row)
            suspicions = self._suspect(
                later,
                measures,
                unit,
                programme,
                at=recorded.position,
                on=recorded.recorded,
                row=row,
            )
        self._learn(row, [s.row for s in suspicions if s.scored.band.is_copy])
        if not suspicions:
            return
        declared = self._shelf.declared(row)
        model, _ = self._in_force()
        for suspicion in suspicions:
            raised = flag(
                recorded,
                declared,
                suspicion,
                model=model.model.id,
                rules_version=self._rules_version,
                raised_by=self._raised_by,
                standard=later.standard,
            )
            yield Raised(raised, row, suspicion.row)

    def _suspect(
        self,
        later: _Later,
        measures: Measures,
        unit: str,
        programme: str,
        *,
        at: Position,
        on: datetime,
        row: int | None = None,
    ) -> list[Suspicion]:
        """The candidates above the line, the likeliest first, by the tree of that day as known at a position."""
        _, judge = self._in_force()
        tree = self._directory.tree(at=at, on=on)
        found = []
        for n, other in enumerate(measures.rows.tolist()):
            if row is not None and self.ruled_distinct(row, other):
                continue
            is_same = self._shelf.programme(other) == programme
            tier = tree.tier(unit, self._shelf.unit(other)) if is_same else Tier.PROGRAMME
            earlier = self._later(
                self._shelf.title(other),
                self._shelf.solution(other),
                self._shelf.situation(other),
                later.row,
            )
            scored = judge.score(
                later.said,
                earlier.said,
                Alike(*measures.alike[n].tolist()),
                tier,
                changed=bool(later.standard or earlier.standard),
            )
            if scored.band is not Band.CLEAR:
                found.append((scored, tier, other, earlier.standard))
        found.sort(key=lambda f: (-f[0].score, f[2]))
        return [
            Suspicion(self._shelf.declared(other), other, scored, tier, standard)
            for scored, tier, other, standard in found[: self._rules.most_flags]
        ]

    def _later(self, title: Numbers, solution: Numbers, situation: Numbers, row: int) -> _Later:
        """A declaration as it is scored when a row comes, and which of its sentences are standard by then."""
        known = self._standard.known
        spelled = Spelled(self._lexicon.hashes, self._lexicon.bare)
        words = own(solution, spelled, known, row)
        out: tuple[int, ...] = ()
        if len(words) < len(solution):
            out = standard_among(solution, spelled.hashes, spelled.bare, known, row)
        return _Later(Said(words_of(title), words, words_of(situation)), out, row)

    def _learn(self, row: int, copied: Sequence[int]) -> None:
        if copied:
            self._copied[row] = list(copied)
        digests = [self._digests(of) for of in copied]
        self._standard.learn(
            row,
            self._digests(row),
            self._shelf.call(self._shelf.unit(row)),
            np.concatenate(digests) if digests else _NO_DIGESTS,
        )

    def _digests(self, row: int) -> Digests:
        return digests_of(self._shelf.solution(row), self._lexicon.hashes, self._lexicon.bare)[0]

    def _put(self, found: Read) -> int:
        return self._shelf.put(found.entries, found.solutions, found.titles, found.situations)

    def _take_down(self, idea: UUID) -> None:
        row = self._shelf.find(idea)
        if row is not None:
            self._shelf.take_down(row)
            if self._index is not None:
                self._index.drop(row)

    def _read(self, run: Sequence[Recorded]) -> Read:
        return read(self._lexicon, run, self._known)

    def _known(self, idea: UUID) -> Entry:
        row = self._shelf.find(idea)
        if row is None:
            raise LookupError(f"Idea {idea} was amended, but it is not on record or was withdrawn.")
        return self._shelf.entry(row)

    def _correct(self, recorded: Recorded) -> bool:
        """Bring an idea up to date whose amendment changed nothing that is compared; answers whether that was so."""
        row = self._shelf.find(recorded.event.originator_id)
        found = self._read([recorded])
        texts = (found.titles, found.solutions, found.situations)
        before = (self._shelf.title, self._shelf.solution, self._shelf.situation)
        if row is None or not all(
            np.array_equal(text.words, held(row)) for text, held in zip(texts, before, strict=True)
        ):
            return False
        self._shelf.correct(row, found.entries[0])
        return True

    def _adopt(self, event: ModelAdopted | RulesAdopted) -> None:
        if isinstance(event, ModelAdopted):
            if event.model != self._adopted:
                self._adopted, self._index = event.model, None
            return
        before, self._rules = self._rules, event.rules
        self._rules_version, self._judge = event.originator_version, None
        if self._standard.needed != self._rules.standard_units:
            self._standard = StandardSentences(self._rules.standard_units)
            self._index = None
            for row in range(len(self._shelf)):
                self._learn(row, self._copied.get(row, ()))
        if (before.candidate_cosine, before.candidate_containment) != (
            self._rules.candidate_cosine,
            self._rules.candidate_containment,
        ):
            self._index = None

    def _in_force(self) -> tuple[Index, Judge]:
        """The index of all that stands under the model in force, and the rules, made when first needed after a change."""
        if self._index is None:
            self._index, self._judge = self._built(), None
        if self._judge is None:
            self._judge = Judge(self._lexicon, self._index.model, self._rules)
        return self._index, self._judge

    def _built(self) -> Index:
        if self._adopted is None:
            raise LookupError("Texts came before any model was adopted.")
        if self._model is None or self._model.id != self._adopted:
            self._model = self._models.load(self._adopted)
        index = Index(
            self._model,
            self._lexicon,
            self._shelf,
            self._standard,
            cosine=self._rules.candidate_cosine,
            containment=self._rules.candidate_containment,
        )
        for first in range(0, len(self._shelf), _BUILT_TOGETHER):
            last = min(first + _BUILT_TOGETHER, len(self._shelf))
            index.post(index.prepare(self._shelf.solutions(first, last), first), 0, last - first)
            index.seal()
        for row in self._shelf.fallen():
            index.drop(row)
        return index


class _Later(NamedTuple):
    """A declaration as it is scored, and which of its sentences are standard when that row comes."""

    said: Said
    standard: tuple[int, ...]
    row: int


def _some(texts: Texts, first: int, last: int) -> Texts:
    starts = texts.starts[first : last + 1]
    return Texts(texts.words[starts[0] : starts[-1]], starts - starts[0])
