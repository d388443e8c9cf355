"""Likenesses: which declarations the matcher found to have the very text of an earlier one."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder

from services.projections.reckoning.reckoning import Scope
from services.projections.views.facts import micros
from services.projections.views.index import positions_of, rows_at
from services.projections.views.standing import hexed
from services.projections.views.view import Snapshot
from shared.events.matching import FlagRaised
from shared.ledger.store import Ledger
from shared.vocabulary import Band, Position


class Flagged(Struct, gc=False):
    """The later of two declarations that are alike."""

    idea: str
    filed_at: datetime


class Flag(Struct, gc=False):
    """A flag as far as it says whose text it is, and how alike."""

    band: str
    idea: Flagged


FLAG: Final = Decoder(Flag).decode


def exact_copies(ledger: Ledger, mentions: Snapshot, scope: Scope) -> Set[str]:
    """The ideas (ids in hex) flagged as exact copies up to the scope's position, of any programme.

    On the corrected axis, of those filed by then. What a process has read once it keeps: no event ever changes.
    """
    with mentions.loaded.lock:
        kept: tuple[Position, list[tuple[Position, str, int]]] = mentions.loaded.derived.get(
            "exact", (0, [])
        )
        reached, found = kept
        if reached < scope.position:
            new = []
            at = positions_of(mentions, (FlagRaised.TOPIC,), reached, scope.position)
            for position, _, _, _, state in rows_at(ledger, at):
                flag = FLAG(state)
                if flag.band == Band.EXACT:
                    new.append((position, hexed(flag.idea.idea), micros(flag.idea.filed_at)))
            found = [*found, *new]
            mentions.loaded.derived["exact"] = (scope.position, found)
    true_by = scope.true_by
    return {
        idea
        for position, idea, filed in found
        if position <= scope.position and (true_by is None or filed <= true_by)
    }
