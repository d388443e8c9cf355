"""The parts into which matching is divided, so that several workers can share it: all texts of an idea are in one."""

from __future__ import annotations

from typing import Final
from uuid import UUID
from zlib import crc32

from shared.events.idea import IdeaAmended, IdeaDeclared

PARTS: Final = 12
"""For good: more workers than parts would have nothing to do."""
MATCHED: Final = frozenset({IdeaDeclared.TOPIC, IdeaAmended.TOPIC})
"""What brings a text that is to be compared."""


def part_of(idea: UUID) -> int:
    """The part that an idea is in."""
    return crc32(idea.bytes) % PARTS
