"""The matcher: everything that comparing needs to know of the ledger so far, and the step from one fact to the next.

It records nothing. The same facts in the same order raise the same flags, in whatever pages they come and whether what
came before was compared just now or is only recalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np

from services.dedup.archive import Archive, Flagged, Weighed
from services.dedup.batch import Batch
from services.dedup.company import Company
from services.dedup.flag import MATCHER, Suspicion, flag
from services.dedup.found import Measures
from services.dedup.index import Index
from services.dedup.kept import Arrays, of, told, under, written
from services.dedup.lexicon import Lexicon
from services.dedup.model import Model, Models
from services.dedup.reading import Due, Read
from services.dedup.score import Judge
from services.dedup.shelf import Declared
from services.dedup.suspecting import suspected
from shared.directory import Directory
from shared.events.idea import IdeaAmended, IdeaDeclared, IdeaWithdrawn
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
from shared.ledger.model import Recorded
from shared.vocabulary import MatchingRules, Position


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
        company: Company | None = None,
    ) -> None:
        """With `held_to`, that model and those rules are in force from first to last, whatever the ledger adopts.

        In company only some of the texts are compared here, and what they copy is learned from the record.
        """
        self._models = models
        self._directory = directory
        self._raised_by = raised_by
        self._company = company
        self._rules, self._rules_version = MatchingRules(), 0
        self._archive = Archive(self._rules.standard_units)
        self._adopted: str | None = None
        self._model: Model | None = None
        self._index: Index | None = None
        self._judge: Judge | None = None
        self._held = False
        for event in held_to:
            self._adopt(event)
            self._held = True

    @property
    def archive(self) -> Archive:
        """What was read so far; for whoever settles with others what is learned of it."""
        return self._archive

    @property
    def lexicon(self) -> Lexicon:
        """Where words are looked up, for whoever reads texts ahead."""
        return self._archive.lexicon

    def walk(self, page: Sequence[Recorded | Due]) -> Iterator[Raised]:
        """Take a page in, fact by fact, comparing each text with all before it."""
        for run in self._texts(page):
            yield from self._compare(run)

    def recall(
        self, page: Sequence[Recorded | Read], flagged: Flagged, *, model: str | None = None
    ) -> None:
        """Take in what was compared before, trusting the flags on record instead of comparing anew.

        What comes is posted at once where `model`, in the end in force, is so by now; a model of old need not be at hand.
        """
        for part in page:
            if isinstance(part, Read):
                self._recall(part, flagged, model)
            elif not isinstance(part.event, IdeaDeclared | IdeaAmended):
                self.take(part)
            elif isinstance(part.event, IdeaDeclared) or not self._archive.correct(part):
                self._recall(self._archive.read([self._archive.due(part)]), flagged, model)

    def make_ready(self) -> None:
        """Have everything in place for the next text."""
        if self._adopted is not None:
            self._in_force()

    def take(self, recorded: Recorded) -> None:
        """Take in a fact that brings no text."""
        match recorded.event:
            case IdeaWithdrawn(originator_id=idea):
                self._take_down(idea)
            case ModelAdopted() | RulesAdopted() as event if not self._held:
                self._adopt(event)
            case event:
                self._archive.take(event)

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
        row, lexicon = len(self._archive), self._archive.lexicon
        with lexicon.passing():
            read = lexicon.read([title, solution, situation])
            found = index.find(read.some(1, 2), row)
            later = self._archive.weigh(read.text(0), read.text(1), read.text(2), row)
            return self._suspect(later, found.of(0), row, unit, programme, at=at, on=on)

    def row(self, idea: UUID) -> int | None:
        """Where an idea's text lies, as it stands now."""
        return self._archive.shelf.find(idea)

    def declared(self, row: int) -> Declared:
        """What is known of a text beside its words."""
        return self._archive.shelf.declared(row)

    def stands(self, row: int) -> bool:
        """Whether a text is what its idea says now: neither amended nor withdrawn."""
        return self._archive.shelf.stands(row)

    def ruled_distinct(self, one: int, other: int) -> bool:
        """Whether a person found the two distinct, in just these words."""
        return self._archive.ruled_distinct(one, other)

    def __len__(self) -> int:
        return len(self._archive)

    @property
    def matching(self) -> tuple[str | None, MatchingRules, int]:
        """The model and the rules in force, and the version of these."""
        return self._adopted, self._rules, self._rules_version

    def kept(self) -> Arrays:
        """What a snapshot holds of it; nothing may be taken in until that is written."""
        rules = self._rules.model_dump_json()
        arrays = {"matching": written([self._adopted, rules, self._rules_version])}
        arrays |= under("archive", self._archive.kept())
        return arrays | (under("index", self._index.kept()) if self._index is not None else {})

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept; to be asked of one that has seen nothing yet."""
        self._adopted, rules, self._rules_version = told(arrays["matching"])
        self._rules = MatchingRules.model_validate_json(rules)
        self._archive.restore(of("archive", arrays))
        if index := of("index", arrays):
            self._index, self._judge = self._empty(), None
            self._index.restore(index)

    def _texts(self, page: Sequence[Recorded | Due]) -> Iterator[Sequence[Due]]:
        """The texts of a page to compare, the facts between them taken in on the way.

        Declarations in a row, as far as they are of one lesson, are read and looked up together.
        """
        texts: list[Due] = []
        for fact in page:
            if isinstance(fact, Due):
                texts.append(fact)
            elif isinstance(fact.event, IdeaDeclared):
                texts.append(self._archive.due(fact))
            else:
                yield from self._archive.by_lesson(texts)
                texts = []
                if not isinstance(fact.event, IdeaAmended):
                    self.take(fact)
                elif not self._archive.correct(fact):
                    yield [self._archive.due(fact)]
        yield from self._archive.by_lesson(texts)

    def _recall(self, found: Read, flagged: Flagged, model: str | None) -> None:
        if self._adopted == model:
            self._in_force()
        else:
            self._index = None
        for entry in found.entries:
            if entry.version > 1:
                self._take_down(entry.idea)
        first = self._archive.recall(found, flagged)
        if self._index is not None:
            self._index.grow(first, len(self._archive))

    def _compare(self, run: Sequence[Due]) -> Iterator[Raised]:
        """Compare texts of one lesson."""
        company, mine = self._company, None
        # Others may not have come to the end of the lesson before; until then there is this to do.
        read = self._archive.read(run)
        if company is not None:
            if lesson := self._archive.over():
                upto = self._archive.shelf.position(lesson[-1])
                self._archive.learn(company.agreed(upto, run[0].position - 1))
            mine = np.array([company.compares(due.idea, due.position) for due in run])
        index, judge = self._in_force()
        for entry in read.entries:
            # An amended text is compared with all others as they stood, not with what it said before.
            self._take_down(entry.idea)
        row = self._archive.put(read)
        with Batch(index, read.solutions, row, mine) as batch:
            for first, found in batch.settled():
                hopeful = judge.hopeful(found)
                for n in np.flatnonzero(hopeful.any(axis=1)).tolist():
                    measures = found.chosen(n, hopeful[n])
                    yield from self._flagged(run[first + n], row + first + n, measures)
        index.seal()
        if company is None:
            self._archive.learn()

    def _flagged(self, due: Due, row: int, measures: Measures) -> Iterator[Raised]:
        shelf = self._archive.shelf
        later = self._archive.weighed(row, row)
        unit, programme = shelf.unit(row), shelf.programme(row)
        suspicions = self._suspect(
            later, measures, row, unit, programme, at=due.position, on=due.recorded
        )
        self._archive.copies(row, [s.row for s in suspicions if s.scored.band.is_copy])
        if not suspicions:
            return
        declared = shelf.declared(row)
        index, _ = self._in_force()
        for suspicion in suspicions:
            raised = flag(
                due,
                declared,
                suspicion,
                model=index.model.id,
                rules_version=self._rules_version,
                raised_by=self._raised_by,
                standard=later.standard,
            )
            yield Raised(raised, row, suspicion.row)

    def _suspect(
        self,
        later: Weighed,
        measures: Measures,
        row: int,
        unit: str,
        programme: str,
        *,
        at: Position,
        on: datetime,
    ) -> list[Suspicion]:
        """What is suspected by the tree of that day as known at a position."""
        _, judge = self._in_force()
        tree = self._directory.tree(at=at, on=on)
        return suspected(self._archive, judge, tree, later, row, unit, programme, measures)

    def _take_down(self, idea: UUID) -> None:
        if (row := self._archive.shelf.find(idea)) is not None:
            self._archive.shelf.take_down(row)
            if self._index is not None:
                self._index.drop(row)

    def _adopt(self, event: ModelAdopted | RulesAdopted) -> None:
        if isinstance(event, ModelAdopted):
            if event.model != self._adopted:
                self._adopted, self._index = event.model, None
            return
        before, self._rules = self._rules, event.rules
        self._rules_version, self._judge = event.originator_version, None
        if self._archive.standard.needed != self._rules.standard_units:
            self._archive.learn_anew(self._rules.standard_units)
            self._index = None
        if (before.candidate_cosine, before.candidate_containment) != (
            self._rules.candidate_cosine,
            self._rules.candidate_containment,
        ):
            self._index = None

    def _in_force(self) -> tuple[Index, Judge]:
        """The index of all that stands under the model in force, and the rules, made when first needed after a change."""
        if self._index is None:
            self._index, self._judge = self._empty(), None
            self._index.catch_up()
        if self._judge is None:
            self._judge = Judge(self._archive.lexicon, self._index.model, self._rules)
        return self._index, self._judge

    def _empty(self) -> Index:
        """An index under the model and the rules in force."""
        if self._adopted is None:
            raise LookupError("Texts came before any model was adopted.")
        if self._model is None or self._model.id != self._adopted:
            self._model = self._models.load(self._adopted)
        return Index(
            self._model,
            self._archive,
            cosine=self._rules.candidate_cosine,
            containment=self._rules.candidate_containment,
        )
