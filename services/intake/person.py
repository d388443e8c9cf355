"""A person's erasure: the keys go first, then the fact is put on record; cut short in between, it can be repeated."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from shared.errors import Invalid, NotFound
from shared.events.access import PersonErased
from shared.ledger.model import Actor
from shared.ledger.store import Ledger
from shared.vault import Destroyed


class Keys(Protocol):
    """What holds the keys: the vault."""

    def erase(self, person: UUID) -> Destroyed: ...


def erase(person: UUID, *, reason: str, by: Actor, ledger: Ledger, keys: Keys) -> PersonErased:
    """Make a person's names unreadable for good; everything else on record stays as it is and still verifies."""
    if not reason.strip():
        raise Invalid("Say on what ground; the reason stays on record.", field="reason")
    destroyed = keys.erase(person)
    before = sum(1 for _ in ledger.stream(person))
    # Keys that are gone without a record of it are those of an erasure that was cut short.
    if not destroyed.now and (before or not destroyed.ever):
        raise NotFound(
            f"Nothing sealed for person {person} can still be read: unknown, or erased already."
        )
    return PersonErased(originator_id=person, originator_version=before + 1, by=by, reason=reason)
