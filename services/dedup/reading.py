"""Reading: what a declaration on record says, as words for people to see or as numbers to be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.dedup.lexicon import Lexicon
from services.dedup.normalise import spans_and_sentences, strip_word
from services.dedup.shelf import Entry
from services.dedup.standard import SHORTEST_STANDARD
from services.dedup.texts import Texts
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.ledger.model import Recorded
from shared.vocabulary import Position


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
        found, places = spans_and_sentences(text)
        full = tuple(word for word, _, _ in found)
        stripped = tuple(strip_word(word) for word in full)
        ends = [end for _, end in places]
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


def solution_hash(words: Sequence[str]) -> str:
    """What a lasting "distinct" holds on to: the sha256 of the normalised solution."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


class Told(NamedTuple):
    """What one version of a declaration says: what is known of it beside its texts, and the texts as typed, in UTF-8."""

    entry: Entry
    title: bytes
    solution: bytes
    situation: bytes


class Due(NamedTuple):
    """A text that is to be compared: what it says, and what a flag that follows from it says of how it came about."""

    told: Told
    recorded: datetime
    correlation: UUID

    @property
    def position(self) -> Position:
        """Where it stands in the ledger."""
        return self.told.entry.position

    @property
    def idea(self) -> UUID:
        """Whose text it is."""
        return self.told.entry.idea

    @property
    def event(self) -> str:
        """The name of the event that brought it."""
        return f"{self.told.entry.idea}/{self.told.entry.version}"


class Read(NamedTuple):
    """Several declarations: what is known of each beside its texts, and the texts."""

    entries: list[Entry]
    solutions: Texts
    titles: Texts
    situations: Texts


def told(recorded: Recorded, known: Callable[[UUID], Entry]) -> Told:
    """What a declared or amended idea says; an amended one is `known` by its sender, name, unit and programme."""
    event = recorded.event
    assert isinstance(event, IdeaDeclared | IdeaAmended)
    said = event if isinstance(event, IdeaDeclared) else known(event.originator_id)
    entry = Entry(
        event.originator_id,
        event.originator_version,
        recorded.position,
        said.sender,
        said.external_id,
        said.programme,
        said.unit,
        said.filed_at,
        event.priority,
        event.ineligible,
        frozenset(author.person for author in event.authors),
    )
    content = event.content
    texts = (content.title, content.solution, content.situation_before)
    return Told(entry, *(text.encode("utf-8", "surrogatepass") for text in texts))


def read(lexicon: Lexicon, run: Sequence[Told]) -> Read:
    """Read what declarations say."""
    return Read(
        [one.entry for one in run],
        lexicon.read_encoded([one.solution for one in run]),
        lexicon.read_encoded([one.title for one in run]),
        lexicon.read_encoded([one.situation for one in run]),
    )
