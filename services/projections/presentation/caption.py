"""Captions: what a field is called in both languages, and what its numbers are."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a number is, where its type does not say it."""

    PLAIN = "plain"
    PERCENT = "percent"
    SHARE = "share"
    MONEY = "money"


class Column(NamedTuple):
    """A field's title in both languages, and what its numbers are."""

    vi: str
    en: str
    kind: Kind = Kind.PLAIN

    def within(self, outer: Column) -> Column:
        """The same as part of another field."""
        return Column(f"{outer.vi}: {self.vi}", f"{outer.en}: {self.en}", self.kind)
