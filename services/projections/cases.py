"""The queue of cases, as of any position: each case after every event of its own, each member after every change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import numpy as np
from msgspec.json import Decoder, encode
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, func, select

from services.projections.asof import Moment
from services.projections.columns import KEY, column_table
from services.projections.database import Views
from services.projections.dockets import Case, begun, evolve
from services.projections.facts import (
    Changed,
    Fact,
    Joined,
    Opened,
    SplitOff,
    TookIn,
    Who,
)
from services.projections.view import Snapshot, Tables, Writing
from shared.docket import Docket, DocketState
from shared.events import EVENTS
from shared.ledger.store import Ledger
from shared.vocabulary import Band, Position, Ruling, Value

AT_ONCE: Final = 500
TOPICS: Final = frozenset(topic for topic in EVENTS if topic.startswith("case."))
CASE: Final = Decoder(Case).decode


class CaseMember(Value):
    """One declaration in a case, as the queue shows it; `ruling` is null until a person judged it."""

    idea: UUID
    sender: str
    external_id: str
    unit: str
    ruling: Ruling | None
    text_changed: bool
    left: bool
    excluded: bool = False
    moved_to: UUID | None = None


class CaseRow(Value):
    """A case as known at a moment; its position is that at which it was opened."""

    case: UUID
    ideas: tuple[str, ...]
    senders: tuple[str, ...]
    canonical: str | None
    state: DocketState
    band: Band
    score: float
    position: Position
    members: tuple[CaseMember, ...]
    units: tuple[str, ...]
    joined_into: UUID | None = None


class CaseQueue(BaseModel):
    """Cases in the order they were opened, and the cursor of the next page where there is one."""

    rows: tuple[CaseRow, ...]
    next: str | None


STATES: Final = tuple(DocketState)
"""A case's state is stored as its place here; add at the end only."""
OF_STATES: Final = {"position": "<i8", "case": "<i4", "state": "|u1"}
OF_MEMBERS: Final = {"position": "<i8", "case": "<i4", "unit": "<i4"}


@dataclass
class Change:
    """What a stretch of facts adds."""

    states: list[tuple[int, ...]] = field(default_factory=list)
    members: list[tuple[int, ...]] = field(default_factory=list)
    units: list[tuple[object, ...]] = field(default_factory=list)
    cases: list[tuple[object, ...]] = field(default_factory=list)
    dockets: dict[int, Case] = field(default_factory=dict)


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
        self.version = 3
        self.topics = TOPICS

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`columns` of states and members, the `cases` in the order they were opened, `dockets` as they now stand."""
        cases = Table(
            f"cases_cases{suffix}",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("case", KEY, nullable=False, unique=True),
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
            Column("unit", KEY, nullable=False, unique=True),
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
            named = {who.unit for fact in concerned for who in _whos(fact)}
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
            change.dockets[case.number] = case
            change.states.append((fact.position, case.number, STATES.index(case.state())))
            for who in _whos(fact):
                unit = memory.units.get(who.unit)
                if unit is None:
                    unit = memory.units[who.unit] = memory.next_unit
                    change.units.append((unit, who.unit))
                    memory.next_unit += 1
                change.members.append((fact.position, case.number, unit))
        return change

    def store(self, write: Writing, change: Change) -> None:
        """Write what a stretch of facts adds."""
        write.add("units", change.units)
        write.add("cases", change.cases)
        write.replace(
            "dockets",
            [(number, encode(case).decode()) for number, case in change.dockets.items()],
        )
        write.append("states", list(zip(*change.states, strict=True)))
        write.append("members", list(zip(*change.members, strict=True)))


CASES: Final = Dockets()


def _whos(fact: Fact) -> Sequence[Who]:
    """The members that an event says something of."""
    event = fact.event
    if isinstance(event, Opened):
        return event.members
    if isinstance(event, Joined | Changed):
        return (event.member,)
    if isinstance(event, SplitOff | TookIn):
        return [brought.member for brought in event.members]
    return ()


def cases(
    ledger: Ledger,
    views: Views,
    at: Moment,
    *,
    state: DocketState | None = None,
    inside: Callable[[str], bool] | None = None,
    after: Position = 0,
    limit: int | None = None,
) -> list[CaseRow]:
    """The cases as known at a moment, the oldest first; with `inside`, those that have a member in such a unit.

    `after` is the position of the last one already seen, and `limit` how many are wanted.
    """
    shown: list[CaseRow] = []
    with views.read(CASES) as snapshot:
        until = min(at.position, snapshot.position)
        waiting = _wanted(snapshot, state, after, until)
        reach = _Reach(snapshot, inside, until) if inside is not None else None
        for begin in range(0, len(waiting), AT_ONCE):
            together = waiting[begin : begin + AT_ONCE]
            chosen = together if reach is None else [n for n in together if reach.holds(n)]
            for stream in _streams(snapshot, chosen):
                row = _as_of(ledger, stream, until)
                if inside is None or any(map(inside, row.units)):
                    shown.append(row)
                    if len(shown) == limit:
                        return shown
    return shown


def _wanted(
    snapshot: Snapshot, state: DocketState | None, after: Position, until: Position
) -> list[int]:
    """The numbers of the cases opened behind a position that are in a state at another, in the order they were opened."""
    position, case, states = snapshot.columns("states", list(OF_STATES), until)
    if not len(case):
        return []
    count = int(case.max()) + 1
    opened = np.zeros(count, dtype=np.int64)
    opened[case[::-1]] = position[::-1]
    last = np.zeros(count, dtype=np.uint8)
    # Of several values for one place the last one stays.
    last[case] = states
    wanted = opened > after
    if state is not None:
        wanted &= np.isin(last, [STATES.index(covered) for covered in _covered(state)])
    found: list[int] = np.flatnonzero(wanted).tolist()
    return found


class _Reach:
    """Which cases may have a member in units that somebody may see; who was there once counts until it is looked at."""

    def __init__(self, snapshot: Snapshot, inside: Callable[[str], bool], until: Position) -> None:
        _, case, unit = snapshot.columns("members", list(OF_MEMBERS), until)
        order = np.argsort(case, kind="stable")
        self._units = unit[order]
        self._begins = np.searchsorted(case[order], np.arange(int(case.max(initial=-1)) + 2))
        table = snapshot.tables["units"].c
        rows = snapshot.connection.execute(select(table.number, table.unit))
        self._codes: dict[int, str] = {row.number: row.unit for row in rows}
        self._inside: dict[int, bool] = {}
        self._asked = inside

    def holds(self, case: int) -> bool:
        """Whether a member of the case is, or was, in such a unit."""
        units = self._units[self._begins[case] : self._begins[case + 1]].tolist()
        for unit in units:
            known = self._inside.get(unit)
            if known is None:
                known = self._inside[unit] = self._asked(self._codes[unit])
            if known:
                return True
        return False


def _streams(snapshot: Snapshot, numbers: Sequence[int]) -> list[UUID]:
    table = snapshot.tables["cases"].c
    found = snapshot.connection.execute(
        select(table.case).where(table.number.in_(numbers)).order_by(table.number)
    )
    return [UUID(hex=case) for case in found.scalars()]


def _as_of(ledger: Ledger, stream: UUID, until: Position) -> CaseRow:
    """A case as its events up to a position made it."""
    history = [recorded for recorded in ledger.history(stream) if recorded.position <= until]
    docket: Docket | None = None
    for recorded in history:
        docket = Docket.evolve(docket, recorded.event)
    assert docket is not None
    return _shown(stream, history[0].position, docket)


def _covered(state: DocketState) -> list[DocketState]:
    """The states that one asks for: a reopened case is open, since it waits for a person again."""
    reopened = [DocketState.REOPENED] if state is DocketState.OPEN else []
    return [state, *reopened]


def _shown(case: UUID, opened: Position, docket: Docket) -> CaseRow:
    members = tuple(
        CaseMember(
            idea=m.member.idea,
            sender=m.member.sender,
            external_id=m.member.external_id,
            unit=m.member.unit,
            ruling=m.ruling,
            text_changed=m.text_changed,
            left=m.left,
            excluded=m.excluded,
            moved_to=m.moved_to,
        )
        for m in docket.members
    )
    return CaseRow(
        case=case,
        ideas=tuple(m.external_id for m in members),
        senders=tuple(m.sender for m in members),
        canonical=next((m.external_id for m in members if m.idea == docket.canonical), None),
        state=docket.state,
        band=docket.band,
        score=docket.score,
        position=opened,
        members=members,
        units=tuple(dict.fromkeys(m.unit for m in members)),
        joined_into=docket.joined_into,
    )
