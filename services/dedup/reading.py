"""A declaration as the matcher reads it: words of each field, sentences, hashed features, and who is behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from services.dedup.model import Features, hashed
from services.dedup.normalise import sentences, spans, strip
from shared.declaration import Content
from shared.events import IdeaAmended, IdeaDeclared
from shared.ledger.model import Recorded
from shared.vocabulary import Member, TextField

SHORTEST_STANDARD: Final = 6
"""A sentence of fewer words is too common to be called a standard paragraph."""

bare = lru_cache(maxsize=200_000)(strip)


class Sentence(NamedTuple):
    """A sentence as words `start` to `end` of a text, named by the digest of its bare words."""

    digest: bytes
    start: int
    end: int


class Words(NamedTuple):
    """A text as words, with and without diacritics, and its sentences."""

    full: tuple[str, ...]
    bare: tuple[str, ...]
    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """Read a text as typed."""
        found = spans(text)
        full = tuple(word for word, _, _ in found)
        stripped = tuple(bare(word) for word in full)
        ends = [end for _, end in sentences(text)]
        cut: list[Sentence] = []
        first = 0
        for end in ends:
            last = first
            while last < len(found) and found[last][1] < end:
                last += 1
            if last - first >= SHORTEST_STANDARD:
                digest = hashlib.blake2b(
                    " ".join(stripped[first:last]).encode(), digest_size=8
                ).digest()
                cut.append(Sentence(digest, first, last))
            first = last
        return cls(full, stripped, tuple(cut))

    def without(self, standard: Collection[bytes]) -> Words:
        """The text less its standard paragraphs; itself where it has none."""
        out = [s for s in self.sentences if s.digest in standard]
        if not out:
            return self
        dropped = {index for sentence in out for index in range(sentence.start, sentence.end)}
        keep = [index for index in range(len(self.full)) if index not in dropped]
        return Words(tuple(self.full[i] for i in keep), tuple(self.bare[i] for i in keep), ())


@dataclass(slots=True)
class Reading:
    """One version of one declaration, ready to be compared."""

    member: Member
    version: int
    persons: frozenset[UUID]
    solution: Words
    title: tuple[str, ...]
    situation: tuple[str, ...]
    solution_full: Features
    solution_bare: Features
    title_full: Features
    situation_full: Features
    shown_title: str

    @property
    def text(self) -> bytes:
        """The digest of the bare solution: equal for texts that differ in nothing a reader would call different."""
        return hashlib.blake2b(" ".join(self.solution.bare).encode(), digest_size=16).digest()


def solution_hash(words: Sequence[str]) -> str:
    """What a lasting "distinct" holds on to: the sha256 of the normalised solution."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


class Declared(NamedTuple):
    """What is known of an idea from its events so far, apart from its texts."""

    sender: str
    external_id: str
    programme: str
    unit: str
    filed_at: datetime


def read(page: Sequence[tuple[Recorded, Declared]]) -> list[Reading]:
    """Read declared or amended ideas; a batch shares the cost of hashing, and nothing else."""
    solutions: list[Words] = []
    rest: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for recorded, _ in page:
        content = _content(recorded)
        solutions.append(Words.of(content.solution))
        rest.append((_words(content.title), _words(content.situation_before)))
    full = hashed(words.full for words in solutions)
    stripped = hashed(words.bare for words in solutions)
    titles = hashed(title for title, _ in rest)
    situations = hashed(situation for _, situation in rest)
    readings = []
    for n, ((recorded, known), words, (title, situation)) in enumerate(
        zip(page, solutions, rest, strict=True)
    ):
        event = recorded.event
        assert isinstance(event, IdeaDeclared | IdeaAmended)
        readings.append(
            Reading(
                member=Member.model_construct(
                    idea=event.originator_id,
                    sender=known.sender,
                    external_id=known.external_id,
                    programme=known.programme,
                    unit=known.unit,
                    filed_at=known.filed_at,
                    priority=event.priority,
                    by_application=event.priority < known.filed_at,
                    position=recorded.position,
                    solution_hash=solution_hash(words.full),
                    ineligible=event.ineligible,
                ),
                version=event.originator_version,
                persons=frozenset(author.person for author in event.authors),
                solution=words,
                title=title,
                situation=situation,
                solution_full=full[n],
                solution_bare=stripped[n],
                title_full=titles[n],
                situation_full=situations[n],
                shown_title=event.content.shown(TextField.TITLE),
            )
        )
    return readings


def _content(recorded: Recorded) -> Content:
    event = recorded.event
    assert isinstance(event, IdeaDeclared | IdeaAmended)
    return event.content


def asked(title: str, solution: str, situation: str, *, unit: str, programme: str) -> Reading:
    """A text as it would be read, were it declared by somebody now."""
    words = Words.of(solution)
    title_words, situation_words = _words(title), _words(situation)
    full, stripped, title_full, situation_full = hashed(
        [words.full, words.bare, title_words, situation_words]
    )
    now = datetime.now(UTC)
    return Reading(
        member=Member.model_construct(
            idea=UUID(int=0),
            sender="",
            external_id="",
            programme=programme,
            unit=unit,
            filed_at=now,
            priority=now,
            by_application=False,
            position=0,
            solution_hash=solution_hash(words.full),
            ineligible=(),
        ),
        version=0,
        persons=frozenset(),
        solution=words,
        title=title_words,
        situation=situation_words,
        solution_full=full,
        solution_bare=stripped,
        title_full=title_full,
        situation_full=situation_full,
        shown_title=title,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word, _, _ in spans(text))
