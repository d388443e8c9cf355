"""Pairs that a person found distinct: lasting, as long as both say just what was judged."""

from __future__ import annotations

from uuid import UUID

from services.dedup.kept import Arrays, told, written
from shared.events.case import MemberRuled
from shared.events.mending import MemberExcluded, RulingUndone


class DistinctPairs:
    """The pairs of ideas that no score brings together again, each with the solutions that were judged."""

    def __init__(self) -> None:
        self._words: dict[frozenset[UUID], frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self._words)

    def take(self, event: MemberRuled | MemberExcluded | RulingUndone) -> None:
        """Take in what a person decided."""
        match event:
            case MemberRuled(member=member, canonical=canonical):
                pair = frozenset((member, canonical))
                if event.ruling.distinct:
                    words = (event.member_solution, event.canonical_solution)
                    self._words[pair] = frozenset(words)
                else:
                    self._words.pop(pair, None)
            case MemberExcluded(member=member, solution=solution, apart=others):
                for other in others:
                    self._words[frozenset((member, other.idea))] = frozenset(
                        (solution, other.solution)
                    )
            case RulingUndone(member=member, canonical=canonical, apart=apart):
                self._words.pop(frozenset((member, canonical)), None)
                if apart:
                    self._words[frozenset((member, canonical))] = frozenset(apart)

    def words(self, one: UUID, other: UUID) -> frozenset[str] | None:
        """In which words two ideas were found distinct, if they were."""
        return self._words.get(frozenset((one, other)))

    def kept(self) -> Arrays:
        """What a snapshot holds of it."""
        pairs = [(sorted(map(str, pair)), sorted(words)) for pair, words in self._words.items()]
        return {"words": written(pairs)}

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        self._words = {
            frozenset(map(UUID, pair)): frozenset(words) for pair, words in told(arrays["words"])
        }
