"""Checkpoints: how far each generation of a view has come, and which of them readers see."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    and_,
    inspect,
)

from services.projections.views.view import KEY
from shared.errors import Conflict
from shared.vocabulary import Position

UNREAD, LIVE, GIVEN_UP = 0, 1, -1
"""What stands in the column `live`: being built, or replaced; seen by readers; being dropped."""

checkpoints: Final = Table(
    "checkpoints",
    MetaData(),
    Column("view", KEY, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("live", SmallInteger, nullable=False),
)


class Checkpoint(NamedTuple):
    """How far a generation of a view has come. One is live; others are being built, were replaced, or are being dropped."""

    view: str
    generation: int
    version: int
    position: Position
    live: int

    @property
    def is_live(self) -> bool:
        """Whether readers see it."""
        return self.live == LIVE

    @property
    def is_unread(self) -> bool:
        """Whether it is whole as far as it goes, though nobody reads it: what is being dropped is not."""
        return self.live == UNREAD

    @property
    def suffix(self) -> str:
        """What the names of the generation's tables end in."""
        return f"_v{self.version}_g{self.generation}"


class Elsewhere(Conflict):
    """Somebody else moved a checkpoint, or replaced the generation."""

    def __init__(self, at: Checkpoint) -> None:
        super().__init__(
            f"View {at.view}, generation {at.generation}, is no longer at position {at.position}: "
            "another process handles it. Go on from where it is now.",
            view=at.view,
        )


def names_of(connection: Connection, of: Checkpoint) -> list[str]:
    """The tables of a generation, by whichever version of the software they were made."""
    return [
        name
        for name in inspect(connection).get_table_names()
        if name.startswith(f"{of.view}_") and name.endswith(of.suffix)
    ]


def row_of(at: Checkpoint) -> ColumnElement[bool]:
    """Where a checkpoint stands, whatever has become of it."""
    return and_(checkpoints.c.view == at.view, checkpoints.c.generation == at.generation)
