"""The corpus: the ledger's solutions as words, which is what a model is fitted on."""

from __future__ import annotations

from collections.abc import Iterator

from services.dedup.reading import Words
from shared.events import IdeaDeclared
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger


def corpus(ledger: Ledger, progress: Progress) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each declared solution, as words with and without diacritics, in the ledger's order."""
    at, head = 0, ledger.head()
    while page := ledger.read(at, topics=(IdeaDeclared.TOPIC,), to=head):
        for recorded in page:
            event = recorded.event
            assert isinstance(event, IdeaDeclared)
            words = Words.of(event.content.solution)
            yield words.full, words.bare
        at = page[-1].position
        progress(at, head)
