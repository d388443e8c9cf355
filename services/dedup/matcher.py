"""The matcher: everything that comparing needs to know of the ledger so far, and the step from one fact to the next.

It records nothing. The same facts in the same order raise the same flags, in whatever pages they come and whether what
came before was compared just now or is only recalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from services.dedup.flag import MATCHER, Suspicion, flag
from services.dedup.index import Candidate, Index
from services.dedup.model import Model, Models
from services.dedup.reading import Declared, Reading, read
from services.dedup.score import NO_PHRASES, StopPhrases, score
from services.dedup.standard import StandardSentences
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


class Raised(NamedTuple):
    """A flag, and the two readings that it is about."""

    flag: FlagRaised
    later: Reading
    earlier: Reading


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
        self._readings: list[Reading] = []
        self._rows: dict[UUID, int] = {}
        self._copied: dict[int, list[Reading]] = {}
        self._distinct: dict[frozenset[UUID], frozenset[str]] = {}
        self._rules, self._rules_version = MatchingRules(), 0
        self._stop = NO_PHRASES
        self._standard = StandardSentences(self._rules.standard_units)
        self._adopted: str | None = None
        self._model: Model | None = None
        self._index: Index | None = None
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
            for reading in self._read(run):
                copied = flagged.get((reading.member.idea, reading.version), ())
                rows = [self._rows[of] for of in copied if of in self._rows]
                self._keep(reading, [self._readings[row] for row in rows])

    def take(self, recorded: Recorded) -> None:
        """Take in a fact that brings no text."""
        match recorded.event:
            case IdeaWithdrawn(originator_id=idea):
                row = self._rows.pop(idea, None)
                if row is not None and self._index is not None:
                    self._index.drop(row)
            case IdeaRerouted(originator_id=idea, unit=unit):
                self._update(idea, unit=unit)
            case RecognitionRecorded(originator_id=idea, ineligible=ineligible):
                self._update(idea, ineligible=ineligible)
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

    def suspect(
        self, reading: Reading, candidates: Iterable[Candidate], *, at: Position, on: datetime
    ) -> list[Suspicion]:
        """The candidates above the line, the likeliest first, by the tree of that day as known at a position."""
        model, _ = self._in_force()
        tree = self._directory.tree(at=at, on=on)
        found = []
        for candidate in candidates:
            earlier = self._readings[candidate.row]
            if self.ruled_distinct(reading, earlier):
                continue
            tier = (
                Tier.PROGRAMME
                if earlier.member.programme != reading.member.programme
                else tree.tier(reading.member.unit, earlier.member.unit)
            )
            scored = score(
                reading,
                earlier,
                model=model,
                rules=self._rules,
                standard=self._standard.among(reading, earlier),
                tier=tier,
                stop=self._stop,
            )
            if scored.band is not Band.CLEAR:
                found.append(Suspicion(earlier, scored, tier))
        found.sort(key=lambda s: (-s.scored.score, s.earlier.member.position))
        return found[: self._rules.most_flags]

    def search(self, reading: Reading, *, at: Position, on: datetime) -> list[Suspicion]:
        """What a text that nobody declared would be suspected of."""
        _, index = self._in_force()
        return self.suspect(
            reading, index.search(reading.solution_bare, reading.text), at=at, on=on
        )

    def stands(self, reading: Reading) -> bool:
        """Whether a text is what its idea says now: neither amended nor withdrawn."""
        row = self._rows.get(reading.member.idea)
        return row is not None and self._readings[row] is reading

    def ruled_distinct(self, one: Reading, other: Reading) -> bool:
        """Whether a person found the two distinct, in just these words."""
        ruled = self._distinct.get(frozenset((one.member.idea, other.member.idea)))
        return ruled == frozenset((one.member.solution_hash, other.member.solution_hash))

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
        model, index = self._in_force()
        readings = self._read(run)
        for reading in readings:
            # An amended text is compared with all others as they stood, not with what it said before.
            if reading.member.idea in self._rows:
                index.drop(self._rows[reading.member.idea])
        found = index.extend([r.solution_bare for r in readings], [r.text for r in readings])
        for recorded, reading, candidates in zip(run, readings, found, strict=True):
            suspicions = self.suspect(
                reading, candidates, at=recorded.position, on=recorded.recorded
            )
            self._keep(reading, [s.earlier for s in suspicions if s.scored.band.is_copy])
            for suspicion in suspicions:
                raised = flag(
                    recorded,
                    reading,
                    suspicion,
                    model=model.id,
                    rules_version=self._rules_version,
                    raised_by=self._raised_by,
                )
                yield Raised(raised, reading, suspicion.earlier)

    def _keep(self, reading: Reading, copied: list[Reading]) -> None:
        self._standard.learn(reading, copied)
        row = self._rows[reading.member.idea] = len(self._readings)
        self._readings.append(reading)
        if copied:
            self._copied[row] = copied

    def _read(self, run: Sequence[Recorded]) -> list[Reading]:
        return read([(recorded, self._declared(recorded)) for recorded in run])

    def _declared(self, recorded: Recorded) -> Declared:
        event = recorded.event
        said = (
            event
            if isinstance(event, IdeaDeclared)
            else self._readings[self._rows[event.originator_id]].member
        )
        return Declared(said.sender, said.external_id, said.programme, said.unit, said.filed_at)

    def _correct(self, recorded: Recorded) -> bool:
        """Bring an idea up to date whose amendment changed nothing that is compared; answers whether that was so."""
        (reading,) = self._read([recorded])
        before = self._readings[self._rows[reading.member.idea]]
        if (before.title, before.solution, before.situation) != (
            reading.title,
            reading.solution,
            reading.situation,
        ):
            return False
        before.member = reading.member.model_copy(update={"position": before.member.position})
        before.persons, before.shown_title = reading.persons, reading.shown_title
        return True

    def _update(self, idea: UUID, **changes: object) -> None:
        row = self._rows.get(idea)
        if row is not None:
            reading = self._readings[row]
            reading.member = reading.member.model_copy(update=changes)

    def _adopt(self, event: ModelAdopted | RulesAdopted) -> None:
        if isinstance(event, ModelAdopted):
            if event.model != self._adopted:
                self._adopted, self._index = event.model, None
            return
        self._rules, self._rules_version = event.rules, event.originator_version
        self._stop = StopPhrases.of(self._rules)
        if self._index is not None:
            self._index.admit(
                cosine=self._rules.candidate_cosine, containment=self._rules.candidate_containment
            )
        if self._standard.needed != self._rules.standard_units:
            self._standard = StandardSentences(self._rules.standard_units)
            for row, reading in enumerate(self._readings):
                self._standard.learn(reading, self._copied.get(row, ()))

    def _in_force(self) -> tuple[Model, Index]:
        """The model in force and the index of all that stands, built when they are first needed after a change."""
        if self._model is not None and self._index is not None:
            return self._model, self._index
        if self._adopted is None:
            raise LookupError("Texts came before any model was adopted.")
        if self._model is None or self._model.id != self._adopted:
            self._model = self._models.load(self._adopted)
        self._index = Index(
            self._model,
            cosine=self._rules.candidate_cosine,
            containment=self._rules.candidate_containment,
        )
        if self._readings:
            self._index.extend(
                [r.solution_bare for r in self._readings],
                [r.text for r in self._readings],
                search=False,
            )
        standing = set(self._rows.values())
        for row in range(len(self._readings)):
            if row not in standing:
                self._index.drop(row)
        return self._model, self._index
