"""The queue of cases: each as it stood after every event of its own, so that any past is its latest row by then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Float, Index, MetaData, Table, Text, func, select

from services.projections.asof import Moment
from services.projections.database import Views
from services.projections.facts import Fact
from services.projections.view import KEY, Tables, Writing
from shared.docket import Docket, DocketState
from shared.ledger.model import Event
from shared.vocabulary import Band, Position, Ruling, Value


class CaseMember(Value):
    """One declaration in a case, as the queue shows it; `ruling` is null until a person judged it."""

    idea: UUID
    sender: str
    external_id: str
    unit: str
    ruling: Ruling | None
    text_changed: bool
    left: bool


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


class Dockets:
    """The view of all cases: one row for each event of a case, holding the docket after it."""

    def __init__(self) -> None:
        self.name = "cases"
        self.version = 1

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """One table, in the order of the ledger, with the latest of each case at hand."""
        dockets = Table(
            f"cases_dockets{suffix}",
            metadata,
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("case", KEY, nullable=False),
            Column("opened", BigInteger, nullable=False),
            Column("state", KEY, nullable=False),
            Column("band", KEY, nullable=False),
            Column("score", Float(53), nullable=False),
            Column("canonical", KEY),
            Column("docket", Text, nullable=False),
        )
        Index(f"cases_dockets_of_case{suffix}", dockets.c.case, dockets.c.position)
        return {"dockets": dockets}

    def apply(self, write: Writing, facts: Sequence[Fact]) -> None:
        """Fold each event of a case into its docket, and keep the docket as it then is."""
        concerned = [f for f in facts if f.topic.startswith("case.") and isinstance(f.event, Event)]
        if not concerned:
            return
        known = _latest(write, sorted({fact.stream for fact in concerned}))
        rows: list[tuple[object, ...]] = []
        for fact in concerned:
            opened, before = known.get(fact.stream, (fact.position, None))
            assert isinstance(fact.event, Event)
            docket = Docket.evolve(before, fact.event)
            known[fact.stream] = (opened, docket)
            rows.append(
                (
                    fact.position,
                    fact.stream,
                    opened,
                    docket.state.value,
                    docket.band.value,
                    docket.score,
                    docket.canonical.hex if docket.canonical is not None else None,
                    docket.model_dump_json(exclude_defaults=True),
                )
            )
        write.add("dockets", rows)


CASES: Final = Dockets()


def _latest(write: Writing, cases: Sequence[str]) -> dict[str, tuple[Position, Docket | None]]:
    """When each case was opened, and its docket as it is now."""
    dockets = write.tables["dockets"].c
    last = select(func.max(dockets.position)).where(dockets.case.in_(cases)).group_by(dockets.case)
    rows = write.connection.execute(
        select(dockets.case, dockets.opened, dockets.docket).where(dockets.position.in_(last))
    )
    return {case: (opened, Docket.model_validate_json(text)) for case, opened, text in rows}


def cases(
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
    found: list[CaseRow] = []
    with views.read(CASES) as snapshot:
        dockets = snapshot.tables["dockets"].c
        position = min(at.position, snapshot.position)
        latest = (
            select(func.max(dockets.position))
            .where(dockets.position <= position, dockets.opened > after)
            .group_by(dockets.case)
        )
        wanted = (
            select(dockets.case, dockets.opened, dockets.docket)
            .where(dockets.position.in_(latest))
            .order_by(dockets.opened)
        )
        if state is not None:
            wanted = wanted.where(dockets.state == state.value)
        for case, opened, text in snapshot.connection.execute(wanted):
            if limit is not None and len(found) >= limit:
                break
            row = _shown(UUID(case), opened, Docket.model_validate_json(text))
            if inside is None or any(inside(unit) for unit in row.units):
                found.append(row)
    return found


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
        )
        for m in docket.members
    )
    canonical = next((m.external_id for m in members if m.idea == docket.canonical), None)
    return CaseRow(
        case=case,
        ideas=tuple(m.external_id for m in members),
        senders=tuple(m.sender for m in members),
        canonical=canonical,
        state=docket.state,
        band=docket.band,
        score=docket.score,
        position=opened,
        members=members,
        units=tuple(dict.fromkeys(m.unit for m in members)),
    )
