"""The caseload: in which state every case was after each event of its own, and in which units its members were."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec.json import Decoder, encode
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, func, select

from services.projections.views.columns import KEY, column_table
from services.projections.views.dockets import Case, begun, evolve
from services.projections.views.facts import Fact
from services.projections.views.lean import Changed, Joined, Opened, SplitOff, TookIn, Who
from services.projections.views.view import Columns, Tables, Writing, latest
from shared.docket import DocketState
from shared.events.register import EVENTS

TOPICS: Final = frozenset(topic for topic in EVENTS if topic.startswith("case."))
CASE: Final = Decoder(Case).decode
STATES: Final = tuple(DocketState)
"""A case's state is stored as its place here; add at the end only."""
PLACES: Final = {state: place for place, state in enumerate(STATES)}
OF_STATES: Final = {"position": "<i8", "case": "<i4", "state": "|u1"}
OF_MEMBERS: Final = {"position": "<i8", "case": "<i4", "unit": "<i4"}


@dataclass
class Change:
    """What a stretch of facts adds."""

    states: Columns = ()
    members: Columns = ()
    """Both column by column."""
    units: list[tuple[object, ...]] = field(default_factory=list)
    cases: list[tuple[object, ...]] = field(default_factory=list)
    dockets: dict[int, str] = field(default_factory=dict)


@dataclass
class Memory:
    """The cases that further facts concern, and the numbers of units."""

    cases: dict[str, Case]
    units: dict[str, int]
    next_case: int
    next_unit: int


class Dockets:
    """The view of all cases: in which state each was after every event of its own, and in which units its members were.

    What a case says in full is read from the ledger when it is shown.
    """

    def __init__(self) -> None:
        self.name = "cases"
        self.version = 5
        self.topics = TOPICS

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`columns` of states and members, the `cases` in the order they were opened, `dockets` as they now stand."""
        cases = Table(
            f"cases_cases{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("case", KEY, nullable=False, index=True, unique=True),
            Column("position", BigInteger, nullable=False),
        )
        dockets = Table(
            f"cases_dockets{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("docket", Text, nullable=False),
        )
        units = Table(
            f"cases_units{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("unit", KEY, nullable=False, index=True, unique=True),
        )
        return {
            "columns": column_table(
                f"cases_columns{suffix}", metadata, {"states": OF_STATES, "members": OF_MEMBERS}
            ),
            "cases": cases,
            "dockets": dockets,
            "units": units,
        }

    def recall(self, write: Writing, facts: Sequence[Fact] | None) -> Memory:
        """The cases as they stand, all of them or those that some facts concern."""
        if facts is None:
            cases, dockets, units = (write.all(name) for name in ("cases", "dockets", "units"))
        else:
            concerned = [fact for fact in facts if fact.topic in TOPICS]
            cases = write.having("cases", "case", sorted({fact.stream for fact in concerned}))
            dockets = write.having("dockets", "number", [row["number"] for row in cases])
            named = {who.unit for fact in concerned for who in whos(fact)}
            units = write.having("units", "unit", sorted(named))
        stands = {row["number"]: row["docket"] for row in dockets}
        last = write.connection.execute(
            select(
                select(func.max(write.tables["cases"].c.number)).scalar_subquery(),
                select(func.max(write.tables["units"].c.number)).scalar_subquery(),
            )
        ).one()
        return Memory(
            {row["case"]: CASE(stands[row["number"]]) for row in cases},
            {row["unit"]: row["number"] for row in units},
            *(0 if number is None else number + 1 for number in last),
        )

    def fold(self, memory: Memory, facts: Sequence[Fact]) -> Change:
        """Note the state of each case after each event of its own, and the units of who comes or is another than before."""
        change = Change()
        states: list[tuple[int, ...]] = []
        members: list[tuple[int, ...]] = []
        concerned: dict[int, Case] = {}
        for fact in facts:
            if fact.topic not in TOPICS:
                continue
            case = memory.cases.get(fact.stream)
            if case is None:
                case = memory.cases[fact.stream] = begun(fact, memory.next_case)
                change.cases.append((case.number, fact.stream, fact.position))
                memory.next_case += 1
            else:
                evolve(case, fact)
            concerned[case.number] = case
            states.append((fact.position, case.number, PLACES[case.state()]))
            for who in whos(fact):
                unit = memory.units.get(who.unit)
                if unit is None:
                    unit = memory.units[who.unit] = memory.next_unit
                    change.units.append((unit, who.unit))
                    memory.next_unit += 1
                members.append((fact.position, case.number, unit))
        change.states, change.members = (
            list(zip(*rows, strict=True)) for rows in (states, members)
        )
        # Written here, and not while others wait for this to be stored.
        change.dockets = {number: encode(case).decode() for number, case in concerned.items()}
        return change

    def store(self, write: Writing, changes: Sequence[Change]) -> None:
        """Write what stretches of facts add."""
        write.add("units", [unit for change in changes for unit in change.units])
        write.add("cases", [case for change in changes for case in change.cases])
        write.replace("dockets", latest(change.dockets for change in changes))
        write.append("states", (change.states for change in changes))
        write.append("members", (change.members for change in changes))


CASES: Final = Dockets()


def whos(fact: Fact) -> Sequence[Who]:
    """The members that an event says something of."""
    find = _WHOS.get(type(fact.event))
    return find(fact.event) if find is not None else ()


_WHOS: Final[Mapping[type, Callable[[Any], Sequence[Who]]]] = {
    Opened: lambda opened: opened.members,
    Joined: lambda joined: (joined.member,),
    Changed: lambda changed: (changed.member,),
    SplitOff: lambda split: [brought.member for brought in split.members],
    TookIn: lambda taken: [brought.member for brought in taken.members],
}
