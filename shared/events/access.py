"""The events of who may read what: keys, sealed names, and a ledger that holds a simulation."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared.form import Code
from shared.ledger.model import Event


class PersonErased(Event):
    """A person's keys were destroyed, so that nothing sealed under them can be read again."""

    TOPIC: ClassVar[str] = "person.erased"

    reason: str


class PersonRevealed(Event):
    """Somebody read a person's sealed name."""

    TOPIC: ClassVar[str] = "person.revealed"

    idea: UUID


class KeyIssued(Event):
    """An API key with a role in a part of the tree exists; only its hash is kept."""

    TOPIC: ClassVar[str] = "key.issued"

    label: str
    role: str
    unit: Code
    key_hash: str


class KeyRevoked(Event):
    """The key opens nothing any more."""

    TOPIC: ClassVar[str] = "key.revoked"

    reason: str


class SimulationMarked(Event):
    """This ledger holds a simulation, for good: its clock stands at what was last recorded, and boards say so."""

    TOPIC: ClassVar[str] = "ledger.marked-as-simulation"
