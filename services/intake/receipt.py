"""The receipt: what the declarer holds in hand."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from shared.events.idea import IdeaDeclared
from shared.vocabulary import (
    Ineligible,
    Position,
    Value,
    months_later,
)


class Receipt(Value):
    """biên nhận: what the declarer holds in hand; all of it follows from the recorded event."""

    idea: UUID
    version: int
    position: Position
    filed_at: AwareDatetime
    priority: AwareDatetime
    answer_due: str
    content_hash: str
    ineligible: tuple[Ineligible, ...] = ()
    late: bool = False

    @classmethod
    def of(cls, declared: IdeaDeclared, position: Position) -> Receipt:
        """The receipt of a declaration recorded at a position."""
        return cls.model_construct(
            idea=declared.originator_id,
            version=declared.originator_version,
            position=position,
            filed_at=declared.filed_at,
            priority=declared.priority,
            answer_due=months_later(declared.filed_at).isoformat(),
            content_hash=declared.content_hash,
            ineligible=declared.ineligible,
            late=declared.late,
        )
