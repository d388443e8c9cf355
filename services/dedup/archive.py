"""The archive: everything declared so far as the matcher keeps it: words, texts, and which sentences have become standard."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.dedup.distinct import DistinctPairs
from services.dedup.kept import Arrays, kept, of, restore, under
from services.dedup.lesson import end_of
from services.dedup.lexicon import Lexicon
from services.dedup.own import own
from services.dedup.reading import Due, Read, read, told
from services.dedup.score import Said
from services.dedup.shelf import Entry, Shelf
from services.dedup.standard import StandardSentences, standard_among
from services.dedup.texts import Numbers, Texts, words_of
from services.dedup.vouching import stands_by_itself
from shared.events.case import MemberRuled
from shared.events.idea import IdeaRerouted, RecognitionRecorded
from shared.events.mending import MemberExcluded, RulingUndone
from shared.ledger.model import Event, Recorded
from shared.vocabulary import Position

Flagged = Mapping[Position, Sequence[Position]]
"""By where a text stands in the ledger, where those stand that it was flagged as a copy of when it came."""

_KEPT: Final = ("_copied", "_learned", "_units")
NOBODY: Final = np.empty(0, dtype=np.uint32)


class Weighed(NamedTuple):
    """A declaration as it is scored when some row comes, and which of its sentences are standard by then."""

    said: Said
    standard: tuple[int, ...]


class Archive:
    """The declarations of a ledger, by row in the order in which they came."""

    def __init__(self, standard_units: int) -> None:
        self.lexicon = Lexicon()
        self.shelf = Shelf(self.lexicon)
        self.standard = StandardSentences(standard_units)
        self.distinct = DistinctPairs()
        self._copied: dict[int, list[int]] = {}
        self._learned = 0
        # Who said what is not learned yet, as it was when it came: somebody may re-route it meanwhile.
        self._units = NOBODY

    def __len__(self) -> int:
        return len(self.shelf)

    def kept(self) -> Arrays:
        """What a snapshot holds of it."""
        return (
            kept(self, _KEPT)
            | under("lexicon", self.lexicon.kept())
            | under("shelf", self.shelf.kept())
            | under("standard", self.standard.kept())
            | under("distinct", self.distinct.kept())
        )

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        restore(self, _KEPT, arrays)
        self.lexicon.restore(of("lexicon", arrays))
        self.shelf.restore(of("shelf", arrays))
        self.standard.restore(of("standard", arrays))
        self.distinct.restore(of("distinct", arrays))

    def due(self, recorded: Recorded) -> Due:
        """What a declared or amended idea says."""
        said = told(recorded, self._known)
        return Due(said, recorded.recorded, recorded.event.by.correlation)

    def read(self, run: Sequence[Due]) -> Read:
        """Read texts, without keeping them."""
        return read(self.lexicon, [due.told for due in run])

    def put(self, found: Read) -> int:
        """Keep what was read; answers the row of the first."""
        first = self.shelf.put(found.entries, found.solutions, found.titles, found.situations)
        self._units = np.concatenate((self._units, self.shelf.units(first, len(self))))
        return first

    def take(self, event: Event) -> None:
        """Take in a fact that neither brings a text nor takes one away."""
        match event:
            case IdeaRerouted(originator_id=idea, unit=unit):
                if (row := self.shelf.find(idea)) is not None:
                    self.shelf.reroute(row, unit)
            case RecognitionRecorded(originator_id=idea, ineligible=ineligible):
                if (row := self.shelf.find(idea)) is not None:
                    self.shelf.mark(row, ineligible)
            case MemberRuled() | MemberExcluded() | RulingUndone():
                self.distinct.take(event)
            case _:
                pass

    def ruled_distinct(self, one: int, other: int) -> bool:
        """Whether a person found two rows distinct, in just these words."""
        if not self.distinct:
            return False
        ruled = self.distinct.words(self.shelf.idea(one), self.shelf.idea(other))
        return ruled is not None and ruled == frozenset(map(self.shelf.digest, (one, other)))

    def recall(self, found: Read, flagged: Flagged) -> int:
        """Keep and learn from ideas that were read and whose flags are on record; answers the row of the first."""
        first = self.put(found)
        self._note(range(first, len(self)), flagged)
        self.learn(flagged)
        return first

    def copies(self, row: int, copied: list[int]) -> None:
        """Note which earlier rows a row was flagged as a copy of, before its lesson is learned."""
        if copied:
            self._copied[row] = copied

    def over(self) -> range | None:
        """The rows of the oldest lesson that is complete and not learned yet."""
        last = end_of(self._learned)
        return range(self._learned, last) if last <= len(self) else None

    def learn(self, flagged: Flagged | None = None) -> None:
        """Learn every lesson that is complete; with `flagged`, whom its texts copy is on record, not only noted here."""
        while lesson := self.over():
            if flagged is not None:
                self._note(lesson, flagged)
            self._learn(lesson.start, lesson.stop, self._units[: len(lesson)])
            self._learned, self._units = lesson.stop, self._units[len(lesson) :]

    def room(self) -> int:
        """How many texts there may come until the lesson is complete that the next one is in."""
        return end_of(len(self)) - len(self)

    def by_lesson(self, texts: Sequence[Due]) -> Iterator[Sequence[Due]]:
        """Texts that come next, as far as they are of one lesson together; each is kept before the next is asked for."""
        while texts:
            room = self.room()
            yield texts[:room]
            texts = texts[room:]

    def begun(self) -> Position:
        """Where the first text stands that is not learned yet, or 0 where there is none."""
        return self.shelf.position(self._learned) if self._learned < len(self) else 0

    def texts_after(self, position: Position) -> Iterator[tuple[Position, UUID]]:
        """The texts that stand behind a position, and whose they are."""
        for row in range(self._row_at(position + 1), len(self)):
            yield self.shelf.position(row), self.shelf.idea(row)

    def _row_at(self, position: Position) -> int:
        """The first row whose text stands at a position or behind it."""
        return bisect_left(range(len(self)), position, key=self.shelf.position)

    def _note(self, rows: range, flagged: Flagged) -> None:
        for row in rows:
            if copied := flagged.get(self.shelf.position(row)):
                self._copied[row] = [self._row_at(of) for of in copied]

    def learn_anew(self, standard_units: int) -> None:
        """Forget which sentences are standard, and learn by another number of units."""
        self.standard = StandardSentences(standard_units)
        first = 0
        while first < self._learned:
            last = end_of(first)
            self._learn(first, last, self.shelf.units(first, last))
            first = last

    def correct(self, recorded: Recorded) -> bool:
        """Bring an idea up to date whose amendment changed nothing that is compared; answers whether that was so."""
        row = self.shelf.find(recorded.event.originator_id)
        found = self.read([self.due(recorded)])
        texts = (found.titles, found.solutions, found.situations)
        before = (self.shelf.title, self.shelf.solution, self.shelf.situation)
        if row is None or not all(
            np.array_equal(text.words, held(row)) for text, held in zip(texts, before, strict=True)
        ):
            return False
        self.shelf.correct(row, found.entries[0])
        return True

    def weighed(self, of: int, when: int) -> Weighed:
        """What a row says, as it weighs when another row comes."""
        shelf = self.shelf
        return self.weigh(shelf.title(of), shelf.solution(of), shelf.situation(of), when)

    def weigh(self, title: Numbers, solution: Numbers, situation: Numbers, when: int) -> Weighed:
        """The same of texts that nobody declared."""
        known, spelled = self.standard.known, self.lexicon.spelled
        words = own(solution, spelled, known, when)
        standard: tuple[int, ...] = ()
        if len(words) < len(solution):
            standard = tuple(standard_among(solution, spelled, known, when).tolist())
        return Weighed(Said(words_of(title), words, words_of(situation)), standard)

    def _learn(self, first: int, last: int, units: NDArray[np.uint32]) -> None:
        solutions = self.shelf.solutions(first, last)
        copies = [row for row in range(first, last) if row in self._copied]
        # Copies are few, so all else is learned in one go.
        for begin, end in pairwise(sorted({first, last, *copies, *(row + 1 for row in copies)})):
            texts = solutions.some(begin - first, end - first)
            copied = self._copied_by(begin, texts)
            self.standard.learn(
                texts,
                self.lexicon.spelled,
                units[begin - first : end - first],
                copied,
                last=last - 1,
            )

    def _copied_by(self, row: int, texts: Texts) -> Numbers:
        """The solutions that a row repeats, one after the other; not those in whose frame it says something of its own."""
        spelled, known = self.lexicon.spelled, self.standard.known
        solutions = map(self.shelf.solution, self._copied.get(row, ()))
        repeated = [
            of for of in solutions if not stands_by_itself(texts.words, of, spelled, known, row)
        ]
        return np.concatenate([np.empty(0, dtype=np.uint32), *repeated])

    def _known(self, idea: UUID) -> Entry:
        row = self.shelf.find(idea)
        if row is None:
            raise LookupError(f"Idea {idea} was amended, but it is not on record or was withdrawn.")
        return self.shelf.entry(row)
