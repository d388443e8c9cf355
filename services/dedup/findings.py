"""Findings: what people found of pairs of declarations, in the words that both had, as it stands now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from shared.events.case import MemberRuled
from shared.events.mending import MemberExcluded, RulingUndone
from shared.ledger.model import Event
from shared.vocabulary import Ruling

Pair = frozenset[UUID]
"""Two ideas, whichever came first."""
Words = frozenset[str]
"""The digests of both solutions: one digest where they are the same."""


class Finding(NamedTuple):
    """What a person said of a member and another; an exclusion puts the two apart without a code."""

    member: UUID
    ruling: Ruling | None
    words: Words

    @property
    def distinct(self) -> bool:
        """Whether the two may not be brought together again in these words."""
        return self.ruling is None or self.ruling.distinct


class Findings:
    """The pairs that people judged: an idea leaves net as the copy of one other, and may be distinct from many."""

    def __init__(self) -> None:
        self._found: dict[Pair, Finding] = {}
        self._copies: dict[UUID, Pair] = {}

    def __iter__(self) -> Iterator[tuple[Pair, Finding]]:
        """Every pair that was judged, and what stands of it."""
        return iter(self._found.items())

    def of(self, pair: Pair, words: Words) -> Finding | None:
        """What was found of a pair in just these words."""
        found = self._found.get(pair)
        return found if found is not None and found.words == words else None

    def take(self, event: Event) -> None:
        """Note what a person decided, in place of what was decided of the same member before."""
        match event:
            case MemberRuled(member=member, canonical=canonical, ruling=ruling):
                self._take_back(member)
                self._say(
                    member, canonical, ruling, event.member_solution, event.canonical_solution
                )
            case MemberExcluded(member=member, solution=solution, apart=others):
                self._take_back(member)
                for other in others:
                    self._say(member, other.idea, None, solution, other.solution)
            case RulingUndone(member=member, canonical=canonical, apart=apart, before=before):
                self._take_back(member)
                self._found.pop(frozenset((member, canonical)), None)
                if apart:
                    self._say(member, canonical, None, *apart)
                if before is not None and before.ruling.leaves_net:
                    words = before.solution, before.against_solution
                    self._say(member, before.against, before.ruling, *words)
            case _:
                pass

    def _say(self, member: UUID, other: UUID, ruling: Ruling | None, *words: str) -> None:
        pair = frozenset((member, other))
        found = self._found[pair] = Finding(member, ruling, frozenset(words))
        if not found.distinct:
            self._copies[member] = pair

    def _take_back(self, member: UUID) -> None:
        """A copy is one no more of what it was found to be a copy of; what it is distinct from, it stays."""
        pair = self._copies.pop(member, None)
        found = self._found.get(pair) if pair is not None else None
        if pair is not None and found is not None and found.member == member and not found.distinct:
            del self._found[pair]
