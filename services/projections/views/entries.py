"""What boards are summed from: signed entries on two axes, when recorded and when true, and every idea as it stands.

As known at a position is the sum of the entries up to it; as corrected at an instant, the sum of what is true by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder, encode
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    RowMapping,
    SmallInteger,
    Table,
    Text,
    func,
    select,
)

from services.projections.views.columns import KEY, column_table
from services.projections.views.facts import Fact
from services.projections.views.lean import Declared
from services.projections.views.standing import (
    TOPICS,
    Standing,
    cause,
    concerned,
    declared,
    difference,
    evolve,
)
from services.projections.views.view import Columns, Tables, Writing, latest

ENTRIES: Final = "entries"
COLUMNS: Final = {
    "position": "<i8",
    "recorded": "<i8",
    "effective": "<i8",
    "filed": "<i8",
    "cell": "<i4",
    "idea": "<i4",
    "cause": "|u1",
    "entered": "|u1",
    "gross": "|i1",
    "net": "|i1",
    "duplicate": "|i1",
    "people": "<i2",
    "benefit": "<i8",
    "posts": "<i2",
    "direct": "<i2",
    "recognised": "<i8",
    "verified": "<i8",
}
"""An entry: where and when it is on record, from when it is true, when its idea was filed, in which cell (a programme's
unit) it counts, on account of which idea (by number), why (a place in CAUSES), whether somebody entered the idea for its
author, and by how much each measure changes."""
STANDING: Final = Decoder(Standing).decode


def as_stored(standing: Standing) -> str:
    """How an idea stands, as it is stored."""
    return encode(standing).decode()


class Kept(Struct, frozen=True, gc=False):
    """An idea in hand: its number in the order of declarations, its programme, who entered it, and how it stands."""

    number: int
    programme: str
    entered: int
    standing: Standing


@dataclass
class Memory:
    """What the folding of further facts needs to know; all of it, or just what concerns them."""

    ideas: dict[str, Kept] = field(default_factory=dict)
    cells: dict[tuple[str, str], int] = field(default_factory=dict)
    next_idea: int = 0
    next_cell: int = 0


@dataclass
class Change:
    """What a stretch of facts adds to the view."""

    entries: Columns = ()
    """Column by column."""
    ideas: list[tuple[object, ...]] = field(default_factory=list)
    cells: list[tuple[object, ...]] = field(default_factory=list)
    changed: dict[int, str] = field(default_factory=dict)
    """How ideas now stand, as it is stored."""


class Entries:
    """The view that quotas, leaderboards and milestones are summed from."""

    def __init__(self) -> None:
        self.name = "quota"
        self.version = 4
        self.topics = TOPICS

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`columns` with the entries, their `cells`, `ideas` as declared, and how those stand that have `changed`."""
        ideas = Table(
            f"quota_ideas{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("idea", KEY, nullable=False, index=True, unique=True),
            Column("sender", Text, nullable=False),
            Column("external_id", Text, nullable=False),
            Column("programme", KEY, nullable=False),
            Column("entered", SmallInteger, nullable=False),
            Column("standing", Text, nullable=False),
        )
        changed = Table(
            f"quota_changed{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("standing", Text, nullable=False),
        )
        cells = Table(
            f"quota_cells{suffix}",
            metadata,
            Column("cell", Integer, primary_key=True, autoincrement=False),
            Column("programme", KEY, nullable=False),
            Column("unit", KEY, nullable=False, index=True),
        )
        return {
            "columns": column_table(f"quota_columns{suffix}", metadata, {ENTRIES: COLUMNS}),
            "ideas": ideas,
            "changed": changed,
            "cells": cells,
        }

    def recall(self, write: Writing, facts: Sequence[Fact] | None) -> Memory:
        """What is known of everything, or of what some facts concern."""
        memory = Memory()
        ideas, cells = write.tables["ideas"], write.tables["cells"]
        if facts is None:
            rows: Sequence[RowMapping] = write.all("ideas")
            changed = write.all("changed")
            places: Sequence[RowMapping] = write.all("cells")
        else:
            new = {fact.stream for fact in facts if type(fact.event) is Declared}
            known = sorted({idea for fact in facts for idea in concerned(fact)} - new)
            rows = write.having("ideas", "idea", known)
            changed = write.having("changed", "number", [row["number"] for row in rows])
        standings = {row["number"]: row["standing"] for row in changed}
        for row in rows:
            standing = STANDING(standings.get(row["number"], row["standing"]))
            kept = Kept(row["number"], row["programme"], row["entered"], standing)
            memory.ideas[row["idea"]] = kept
        if facts is not None:
            units = {kept.standing.unit for kept in memory.ideas.values()}
            units.update(unit for fact in facts if (unit := getattr(fact.event, "unit", "")))
            places = write.having("cells", "unit", sorted(units))
        memory.cells = {(row["programme"], row["unit"]): row["cell"] for row in places}
        last = write.connection.execute(
            select(
                select(func.max(ideas.c.number)).scalar_subquery(),
                select(func.max(cells.c.cell)).scalar_subquery(),
            )
        ).one()
        memory.next_idea, memory.next_cell = (0 if n is None else n + 1 for n in last)
        return memory

    def fold(self, memory: Memory, facts: Sequence[Fact]) -> Change:
        """Fold each idea that is concerned, and enter the difference that each fact makes."""
        change = Change()
        ideas, cells = memory.ideas, memory.cells
        entries: list[tuple[int, ...]] = []
        changed: dict[int, Standing] = {}
        for fact in facts:
            if fact.topic not in TOPICS:
                continue
            if type(fact.event) is Declared:
                entries.append(self._declare(memory, change, fact, fact.event))
                continue
            for idea in concerned(fact):
                before = ideas.get(idea)
                if before is None:
                    raise ValueError(
                        f"Position {fact.position}: {fact.topic} follows no declaration."
                    )
                standing = evolve(before.standing, fact)
                number, programme, entered = before.number, before.programme, before.entered
                ideas[idea] = Kept(number, programme, entered, standing)
                changed[number] = standing
                for instant, unit, *by in difference(before.standing, standing):
                    cell = cells.get((programme, unit))
                    if cell is None:
                        cell = _cell(memory, change, programme, unit)
                    entries.append(
                        (
                            fact.position,
                            fact.recorded,
                            instant,
                            standing.filed,
                            cell,
                            number,
                            cause(fact),
                            entered,
                            *by,
                        )
                    )
        change.entries = list(zip(*entries, strict=True))
        change.changed = {number: as_stored(standing) for number, standing in changed.items()}
        return change

    @staticmethod
    def _declare(memory: Memory, change: Change, fact: Fact, event: Declared) -> tuple[int, ...]:
        """The entry of a new idea, which is one step; it is made without a detour, being most of every ledger."""
        standing = declared(event)
        unit, filed, ineligible = standing.unit, standing.filed, standing.ineligible
        programme, entered = event.programme, int(event.entered_by is not None)
        number = memory.next_idea
        memory.next_idea = number + 1
        memory.ideas[fact.stream] = Kept(number, programme, entered, standing)
        cell = memory.cells.get((programme, unit))
        if cell is None:
            cell = _cell(memory, change, programme, unit)
        _, *brought = standing.amounts[0]
        position = fact.position
        change.ideas.append(
            (
                number,
                fact.stream,
                event.sender,
                event.external_id,
                programme,
                entered,
                as_stored(standing),
            )
        )
        return (
            position,
            fact.recorded,
            filed,
            filed,
            cell,
            number,
            0,
            entered,
            1,
            0 if ineligible else 1,
            0,
            *brought,
        )

    def store(self, write: Writing, changes: Sequence[Change]) -> None:
        """Write what stretches of facts add."""
        write.add("cells", [cell for change in changes for cell in change.cells])
        write.add("ideas", [idea for change in changes for idea in change.ideas])
        write.replace("changed", latest(change.changed for change in changes))
        write.append(ENTRIES, (change.entries for change in changes))


def _cell(memory: Memory, change: Change, programme: str, unit: str) -> int:
    cell = memory.next_cell
    memory.next_cell += 1
    memory.cells[programme, unit] = cell
    change.cells.append((cell, programme, unit))
    return cell


QUOTA: Final = Entries()
