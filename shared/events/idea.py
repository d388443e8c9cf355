"""The events of an idea: from its declaration to its recognition."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.declaration import Content, Recognition, SealedAuthor
from shared.form import Code
from shared.ledger.model import Event
from shared.vocabulary import (
    Ineligible,
)


class IdeaDeclared(Event):
    """An idea is on record for the unit where it arose; its authors are sealed, its texts are as typed."""

    TOPIC: ClassVar[str] = "idea.declared"
    SCHEMA: ClassVar[int] = 2

    sender: str
    external_id: str
    programme: Code
    unit: Code
    filed_at: AwareDatetime
    priority: AwareDatetime
    content_hash: str
    ineligible: tuple[Ineligible, ...] = ()
    late: bool = False
    entered_by: UUID | None = None
    entered_by_name: str = ""
    """Sealed, as the authors' names are."""
    authors: tuple[SealedAuthor, ...]
    content: Content


class IdeaAmended(Event):
    """The declarer corrected the idea's texts or authors; the priority follows from the corrected dates."""

    TOPIC: ClassVar[str] = "idea.amended"

    programme: Code
    unit: Code
    priority: AwareDatetime
    content_hash: str
    ineligible: tuple[Ineligible, ...] = ()
    authors: tuple[SealedAuthor, ...]
    content: Content


class IdeaWithdrawn(Event):
    """The declarer took the idea back."""

    TOPIC: ClassVar[str] = "idea.withdrawn"

    programme: Code
    unit: Code
    reason: str


class IdeaRerouted(Event):
    """The idea belonged to another unit all along; its priority stays."""

    TOPIC: ClassVar[str] = "idea.rerouted"

    programme: Code
    came_from: Code
    unit: Code
    reason: str


class RecognitionRecorded(Event):
    """The competent authority's decision reached the record after the declaration."""

    TOPIC: ClassVar[str] = "idea.recognition-recorded"

    programme: Code
    unit: Code
    recognition: Recognition
    ineligible: tuple[Ineligible, ...] = ()
