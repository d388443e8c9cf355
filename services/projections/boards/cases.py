"""The queue of cases, as of any position: each case after every event of its own, each member after every change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import numpy as np
from pydantic import BaseModel
from sqlalchemy import select

from services.projections.reckoning.asof import Moment
from services.projections.views.caseload import CASES, OF_MEMBERS, OF_STATES, STATES
from services.projections.views.database import Views
from services.projections.views.view import Snapshot
from shared.docket import Docket, DocketState
from shared.ledger.store import Ledger
from shared.vocabulary import Band, Position, Ruling, Value

AT_ONCE: Final = 500


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
