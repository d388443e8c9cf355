"""The corpus: the ledger's solutions as hashes of their words, which is what a model is fitted on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.dedup.lexicon import Lexicon
from services.dedup.model import Hashes
from services.dedup.texts import words_of
from shared.events.idea import IdeaDeclared
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger

MOST: Final = 100_000
"""A model is fitted on at most so many solutions, evenly spread: more change no weight that matters."""


def corpus(ledger: Ledger, progress: Progress) -> Iterator[tuple[Hashes, Hashes]]:
    """Declared solutions, as the hashes of their words with and without diacritics, in the ledger's order."""
    lexicon = Lexicon()
    head = ledger.head()
    step = max(1, -(-sum(1 for _ in _declared(ledger, head)) // MOST))
    wanted = (event for n, event in enumerate(_declared(ledger, head, progress)) if n % step == 0)
    for event in wanted:
        words = words_of(lexicon.read([event.content.solution]).words)
        yield lexicon.hashes[words], lexicon.hashes[lexicon.bare[words]]


def _declared(
    ledger: Ledger, head: int, progress: Progress = lambda *_: None
) -> Iterator[IdeaDeclared]:
    at = 0
    while page := ledger.read(at, topics=(IdeaDeclared.TOPIC,), to=head):
        for recorded in page:
            assert isinstance(recorded.event, IdeaDeclared)
            yield recorded.event
        at = page[-1].position
        progress(at, head)
