"""Titles: which declarations and amendments say certain words in the title that they give an idea (C15).

No index of words is kept: titles are read from the ledger, one by one. So who searches narrows by unit or time, or waits.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple, Self
from uuid import UUID

from msgspec import Struct
from msgspec.json import Decoder

from shared.errors import Invalid
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.ledger.stamp import Row
from shared.ledger.store import Ledger
from shared.vocabulary import TextField

TOPICS: Final = (IdeaDeclared.TOPIC, IdeaAmended.TOPIC)
MOST_WORDS: Final = 20
WORDS: Final = re.compile(r"[^\W_]+")


class Title(Struct, gc=False):
    """The title of an idea, and which of its texts are confidential."""

    title: str
    confidential: list[str] = []


class Titled(Struct, gc=False):
    """A declaration or an amendment without all else."""

    content: Title


TITLED: Final = Decoder(Titled).decode


class NoWords(Invalid):
    """Nothing was asked for in a title, or a whole text."""

    code = "no-words"

    def __init__(self) -> None:
        super().__init__(
            f"A title is searched for one to {MOST_WORDS} words. Write some of the words of the title.",
            field="title",
        )


def plain(text: str) -> str:
    """A text as people type it in a hurry: lower case, no diacritics."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c)).replace("đ", "d")


class Words(NamedTuple):
    """The words that a title must hold, in any order: those typed with diacritics as they are, others with or without."""

    exact: frozenset[str]
    bare: frozenset[str]

    @classmethod
    def of(cls, given: str) -> Self:
        """The words of what was typed. Raises NoWords."""
        words = frozenset(WORDS.findall(unicodedata.normalize("NFC", given).casefold()))
        if not 0 < len(words) <= MOST_WORDS:
            raise NoWords
        bare = frozenset(word for word in words if plain(word) == word)
        return cls(words - bare, bare)

    def within(self, title: str) -> bool:
        """Whether a title holds them all."""
        if self.exact:
            whole = unicodedata.normalize("NFC", title).casefold()
            # Most titles are out by this, which costs next to nothing.
            if not all(word in whole for word in self.exact):
                return False
            if not self.exact <= set(WORDS.findall(whole)):
                return False
        if not self.bare:
            return True
        folded = plain(title)
        return all(word in folded for word in self.bare) and self.bare <= set(WORDS.findall(folded))

    def in_row(self, row: Row) -> bool:
        """Whether an event of the ledger gives an idea such a title, and does not keep it confidential."""
        if row[3] not in TOPICS:
            return False
        content = TITLED(row[4]).content
        return TextField.TITLE.value not in content.confidential and self.within(content.title)

    def told(self, event: IdeaDeclared | IdeaAmended, ledger: Ledger) -> bool:
        """The same of an event; what is confidential by now is not found in what was said before."""
        return not hidden(ledger, event.originator_id) and self.within(event.content.title)


def hidden(ledger: Ledger, idea: UUID) -> bool:
    """Whether an idea's title was ever asked to be kept confidential."""
    return any(
        TextField.TITLE in event.content.confidential
        for event in ledger.stream(idea)
        if isinstance(event, IdeaDeclared | IdeaAmended)
    )
