"""The share: which texts a matcher compares itself, where several share the work, and by which checkpoints that is noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

from shared.ledger.parts import PARTS, part_of
from shared.vocabulary import Position

NAME: Final = "dedup"
"""The checkpoint up to which everything is matched, whoever did it."""
OF_PARTS: Final = tuple(f"{NAME}-{part}" for part in range(PARTS))


class Share(Protocol):
    """What falls to a matcher."""

    checkpoints: Sequence[str]
    """Those that say together how far matching has come."""
    alone: bool
    """Whether nobody shares: all texts are this matcher's."""

    def mine(self) -> frozenset[str]:
        """The checkpoints that are this matcher's to move now."""
        ...

    def of(self, idea: UUID) -> str:
        """The checkpoint for which an idea's texts count."""
        ...

    def recorded(self, upto: Mapping[str, Position]) -> None:
        """Hear how far each checkpoint of this matcher's was moved."""
        ...


class Everything:
    """One matcher, which compares all texts."""

    checkpoints: Sequence[str] = (NAME,)
    alone: bool = True

    def mine(self) -> frozenset[str]:
        return frozenset(self.checkpoints)

    def of(self, idea: UUID) -> str:
        return NAME

    def recorded(self, upto: Mapping[str, Position]) -> None:
        """Nobody else needs to know."""


class Dealing(Protocol):
    """Whoever deals out the parts."""

    def parts(self) -> frozenset[int]: ...

    def done(self, upto: Mapping[int, Position]) -> None: ...


class Always:
    """Deals out the same parts for ever: none to one who only looks on, all to a command that helps for a while."""

    def __init__(self, *parts: int) -> None:
        self._parts = frozenset(parts)

    def parts(self) -> frozenset[int]:
        return self._parts

    def done(self, upto: Mapping[int, Position]) -> None:
        """Nobody else needs to know."""


class Dealt:
    """The parts that were dealt to one of several matchers, which may be others the next time it is asked."""

    checkpoints: Sequence[str] = OF_PARTS
    alone: bool = False

    def __init__(self, dealing: Dealing) -> None:
        self._dealing = dealing

    def mine(self) -> frozenset[str]:
        return frozenset(OF_PARTS[part] for part in self._dealing.parts())

    def of(self, idea: UUID) -> str:
        return OF_PARTS[part_of(idea)]

    def recorded(self, upto: Mapping[str, Position]) -> None:
        self._dealing.done({OF_PARTS.index(name): position for name, position in upto.items()})
