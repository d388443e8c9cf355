"""What boards are summed from: every idea as it stands, and signed entries on two axes, when recorded and when true.

As known at a position is the sum of the entries up to it; as corrected at an instant, the sum of what is true by then.
Running totals at every so many positions spare most of the adding up; they follow from the entries alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from pydantic_core import from_json, to_json
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    RowMapping,
    SmallInteger,
    Table,
    Text,
    func,
    insert,
    literal,
    select,
    union_all,
)

from services.projections.facts import Declared, Fact
from services.projections.standing import Amount, Standing, concerned, difference, evolve
from services.projections.view import KEY, Tables, Writing
from shared.events import IdeaAmended
from shared.vocabulary import Position, TextField

STRIDE: Final = 131_072
BILLION: Final = 1_000_000_000
SUMMED: Final = ("gross", "net", "duplicate", "people", "billions", "rest")
"""What is added up. Benefits go in two parts: a few absurdly large ones would together not fit the engines' integers."""


def summands(entries: Table) -> list[ColumnElement[int]]:
    """What one entry adds to each sum."""
    benefit = entries.c.benefit
    plain = [entries.c[name] for name in SUMMED[:-2]]
    return [*plain, (benefit // BILLION).label("billions"), (benefit % BILLION).label("rest")]


class Kept(NamedTuple):
    """An idea in hand while a page is taken in."""

    sender: str
    external_id: str
    programme: str
    title: str
    position: Position
    recorded: int
    standing: Standing


class Entries:
    """The view that quotas, leaderboards and milestones are summed from."""

    def __init__(self, stride: int = STRIDE) -> None:
        self.name = "quota"
        self.version = 2
        self._stride = stride

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`ideas` as they stand now, `entries` by which measures of units changed, `totals` of these at marks."""
        ideas = Table(
            f"quota_ideas{suffix}",
            metadata,
            Column("idea", KEY, primary_key=True),
            Column("sender", Text, nullable=False),
            Column("external_id", Text, nullable=False),
            Column("programme", KEY, nullable=False),
            Column("unit", KEY, nullable=False),
            Column("title", Text, nullable=False),
            Column("filed_at", BigInteger, nullable=False),
            Column("declared_position", BigInteger, nullable=False),
            Column("declared_recorded", BigInteger, nullable=False),
            Column("people", Integer, nullable=False),
            Column("benefit", BigInteger, nullable=False),
            Column("ineligible", Text, nullable=False),
            Column("duplicate", SmallInteger, nullable=False),
            Column("withdrawn_at", BigInteger),
            Column("ruled_out", Text, nullable=False),
            Column("amounts", Text, nullable=False),
            sqlite_with_rowid=False,
        )
        Index(f"quota_ideas_in_order{suffix}", ideas.c.declared_position, ideas.c.programme)
        entries = Table(
            f"quota_entries{suffix}",
            metadata,
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("n", Integer, primary_key=True, autoincrement=False),
            Column("idea", KEY, nullable=False),
            Column("programme", KEY, nullable=False),
            Column("unit", KEY, nullable=False),
            Column("recorded", BigInteger, nullable=False),
            Column("effective", BigInteger, nullable=False),
            Column("filed", BigInteger, nullable=False),
            Column("gross", SmallInteger, nullable=False),
            Column("net", SmallInteger, nullable=False),
            Column("duplicate", SmallInteger, nullable=False),
            Column("people", Integer, nullable=False),
            Column("benefit", BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )
        totals = Table(
            f"quota_totals{suffix}",
            metadata,
            Column("mark", BigInteger, primary_key=True, autoincrement=False),
            Column("programme", KEY, primary_key=True),
            Column("unit", KEY, primary_key=True),
            *(Column(name, BigInteger, nullable=False) for name in SUMMED),
            sqlite_with_rowid=False,
        )
        return {"ideas": ideas, "entries": entries, "totals": totals}

    def apply(self, write: Writing, facts: Sequence[Fact]) -> None:
        """Fold each idea that is concerned, and enter the difference that each fact makes."""
        pairs = [(idea, fact) for fact in facts for idea in concerned(fact)]
        new = {idea for idea, fact in pairs if isinstance(fact.event, Declared)}
        known = sorted({idea for idea, _ in pairs} - new)
        ideas = {str(row["idea"]): _kept(row) for row in write.having("ideas", "idea", known)}
        entries: list[tuple[object, ...]] = []
        # A fact may concern several ideas: its entries are numbered through.
        at = n = 0
        for idea, fact in pairs:
            before = ideas.get(idea)
            after = ideas[idea] = _after(before, fact)
            standing, position, recorded = after.standing, fact.position, fact.recorded
            changes = difference(before.standing if before is not None else None, standing)
            if position != at:
                at, n = position, 0
            for instant, unit, *by in changes:
                entries.append(
                    (
                        position,
                        n,
                        idea,
                        after.programme,
                        unit,
                        recorded,
                        instant,
                        standing.filed,
                        *by,
                    )
                )
                n += 1
        write.replace("ideas", [_row(idea, ideas[idea]) for idea in known])
        write.add("ideas", [_row(idea, kept) for idea, kept in ideas.items() if idea in new])
        write.add("entries", entries)
        self._mark(write, facts[-1].position)

    def _mark(self, write: Writing, last: Position) -> None:
        """Add up what every unit has at each mark that was passed: the totals of the mark before, and what came since."""
        totals, entries = write.tables["totals"], write.tables["entries"]
        marked = write.connection.scalar(select(func.max(totals.c.mark))) or 0
        for mark in range(marked + self._stride, last + 1, self._stride):
            before = select(
                totals.c.programme, totals.c.unit, *(totals.c[name] for name in SUMMED)
            ).where(totals.c.mark == marked)
            since = select(entries.c.programme, entries.c.unit, *summands(entries)).where(
                entries.c.position > marked, entries.c.position <= mark
            )
            both = union_all(before, since).subquery()
            sums = select(
                literal(mark, BigInteger),
                both.c.programme,
                both.c.unit,
                *(func.sum(both.c[name]) for name in SUMMED),
            ).group_by(both.c.programme, both.c.unit)
            write.connection.execute(
                insert(totals).from_select(["mark", "programme", "unit", *SUMMED], sums)
            )
            marked = mark


def _after(before: Kept | None, fact: Fact) -> Kept:
    standing = evolve(before.standing if before is not None else None, fact)
    event = fact.event
    if isinstance(event, Declared):
        return Kept(
            event.sender,
            event.external_id,
            event.programme,
            event.title,
            fact.position,
            fact.recorded,
            standing,
        )
    assert before is not None
    if isinstance(event, IdeaAmended):
        title = event.content.shown(TextField.TITLE)
        return before._replace(standing=standing, title=title)
    return before._replace(standing=standing)


def _row(idea: str, kept: Kept) -> tuple[object, ...]:
    standing = kept.standing
    amounts = standing.amounts
    return (
        idea,
        kept.sender,
        kept.external_id,
        kept.programme,
        standing.unit,
        kept.title,
        standing.filed,
        kept.position,
        kept.recorded,
        amounts[-1].people,
        amounts[-1].benefit,
        " ".join(standing.ineligible),
        1 if standing.ruled_out else 0,
        standing.withdrawn,
        " ".join(standing.ruled_out),
        to_json(amounts).decode() if len(amounts) > 1 else "",
    )


def _kept(row: RowMapping) -> Kept:
    amounts = [Amount(*amount) for amount in from_json(row["amounts"])] if row["amounts"] else None
    return Kept(
        row["sender"],
        row["external_id"],
        row["programme"],
        row["title"],
        row["declared_position"],
        row["declared_recorded"],
        Standing(
            row["unit"],
            row["filed_at"],
            tuple(row["ineligible"].split()),
            tuple(row["ruled_out"].split()),
            row["withdrawn_at"],
            tuple(amounts or [Amount(row["filed_at"], row["people"], row["benefit"])]),
        ),
    )


QUOTA: Final = Entries()
