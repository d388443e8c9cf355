"""The company: those among whom the texts are shared out, as a matcher sees them."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from services.dedup.archive import Flagged
from shared.vocabulary import Position


class Company(Protocol):
    """Those among whom the texts are shared out."""

    def compares(self, idea: UUID, position: Position) -> bool:
        """Whether an idea's text at a position is compared here."""
        ...

    def agreed(self, upto: Position, before: Position) -> Flagged:
        """Whom the texts up to a position copy, by all who compare; `before` is how far it was compared here."""
        ...
