"""The queue of cases, as of any position: each case after every event of its own, each member after every change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    exists,
    func,
    select,
)

from services.projections.asof import Moment
from services.projections.database import Views
from services.projections.facts import Fact
from services.projections.view import KEY, Tables, Writing
from shared.docket import Docket, DocketMember, DocketState
from shared.events import CaseTookIn, MemberJoined
from shared.ledger.model import Event
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


class Kept(NamedTuple):
    """A case in hand: where it was opened, what its events came to, and each member's place in it."""

    opened: Position
    docket: Docket
    places: dict[UUID, tuple[Position, int]]


class Dockets:
    """The view of all cases."""

    def __init__(self) -> None:
        self.name = "cases"
        self.version = 2

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        """`dockets`, a row for each event of a case; `members`, a row for each change of a member."""
        dockets = Table(
            f"cases_dockets{suffix}",
            metadata,
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("case", KEY, nullable=False),
            Column("opened", BigInteger, nullable=False),
            Column("state", KEY, nullable=False),
            Column("band", KEY, nullable=False),
            Column("score", Float(53), nullable=False),
            Column("chosen", KEY),
            Column("moot", SmallInteger, nullable=False),
            Column("reopened", SmallInteger, nullable=False),
            Column("joined_into", KEY),
        )
        Index(f"cases_dockets_of_case{suffix}", dockets.c.case, dockets.c.position)
        members = Table(
            f"cases_members{suffix}",
            metadata,
            Column("case", KEY, primary_key=True),
            Column("idea", KEY, primary_key=True),
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("joined", BigInteger, nullable=False),
            Column("n", Integer, nullable=False),
            Column("member", Text, nullable=False),
            sqlite_with_rowid=False,
        )
        return {"dockets": dockets, "members": members}

    def apply(self, write: Writing, facts: Sequence[Fact]) -> None:
        """Fold each event of a case into its docket, and keep what is another than before."""
        concerned = [(f.position, f.stream, f.event) for f in facts if f.topic.startswith("case.")]
        if not concerned:
            return
        cases = sorted({case for _, case, _ in concerned})
        kept = _as_of(write.connection, write.tables, cases, concerned[-1][0])
        dockets: list[tuple[object, ...]] = []
        members: list[tuple[object, ...]] = []
        for position, case, event in concerned:
            assert isinstance(event, Event)
            before = kept.get(case)
            after = kept[case] = _after(before, position, event)
            known = set(map(id, before.docket.members)) if before is not None else set()
            members += [
                (
                    case,
                    member.member.idea.hex,
                    position,
                    *after.places[member.member.idea],
                    member.model_dump_json(exclude_defaults=True),
                )
                for member in after.docket.members
                if id(member) not in known
            ]
            docket = after.docket
            dockets.append(
                (
                    position,
                    case,
                    after.opened,
                    docket.state.value,
                    docket.band.value,
                    docket.score,
                    docket.chosen.hex if docket.chosen is not None else None,
                    int(docket.moot),
                    int(docket.reopened),
                    docket.joined_into.hex if docket.joined_into is not None else None,
                )
            )
        write.add("dockets", dockets)
        write.add("members", members)


CASES: Final = Dockets()


def _after(before: Kept | None, position: Position, event: Event) -> Kept:
    """The case after an event; what did not change in it stays the very same object."""
    if before is None:
        docket = Docket.evolve(None, event)
        places = {m.member.idea: (position, n) for n, m in enumerate(docket.members)}
        return Kept(position, docket, places)
    docket = Docket.evolve(before.docket, event)
    if isinstance(event, MemberJoined | CaseTookIn):
        # Who joins, be it again, comes last.
        came = 1 if isinstance(event, MemberJoined) else len(event.members)
        first = len(docket.members) - came
        joined = {
            m.member.idea: (position, first + n) for n, m in enumerate(docket.members[first:])
        }
        return Kept(before.opened, docket, before.places | joined)
    return before._replace(docket=docket)


def _as_of(
    connection: Connection, tables: Tables, cases: Sequence[str], position: Position
) -> dict[str, Kept]:
    """The cases as they stood at a position."""
    dockets, members = tables["dockets"].c, tables["members"].c
    later = tables["members"].alias()
    standing = connection.execute(
        select(members.case, members.joined, members.n, members.member)
        .where(
            members.case.in_(cases),
            members.position <= position,
            ~exists().where(
                later.c.case == members.case,
                later.c.idea == members.idea,
                later.c.position > members.position,
                later.c.position <= position,
            ),
        )
        .order_by(members.joined, members.n)
    )
    found: dict[str, list[tuple[DocketMember, tuple[Position, int]]]] = {}
    for case, joined, n, text in standing:
        member = DocketMember.model_validate_json(text)
        found.setdefault(case, []).append((member, (joined, n)))
    last = (
        select(func.max(dockets.position))
        .where(dockets.case.in_(cases), dockets.position <= position)
        .group_by(dockets.case)
    )
    rows = connection.execute(
        select(tables["dockets"]).where(dockets.position.in_(last)).order_by(dockets.opened)
    ).mappings()
    return {
        row["case"]: Kept(
            row["opened"],
            Docket(
                members=tuple(member for member, _ in found[row["case"]]),
                band=Band(row["band"]),
                score=row["score"],
                chosen=UUID(row["chosen"]) if row["chosen"] else None,
                moot=bool(row["moot"]),
                reopened=bool(row["reopened"]),
                joined_into=UUID(row["joined_into"]) if row["joined_into"] else None,
            ),
            {member.member.idea: place for member, place in found[row["case"]]},
        )
        for row in rows
    }


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
    shown: list[CaseRow] = []
    with views.read(CASES) as snapshot:
        dockets = snapshot.tables["dockets"].c
        position = min(at.position, snapshot.position)
        latest = (
            select(func.max(dockets.position))
            .where(dockets.position <= position, dockets.opened > after)
            .group_by(dockets.case)
        )
        wanted = (
            select(dockets.case)
            .where(dockets.position.in_(latest))
            .where(*([dockets.state.in_(_covered(state))] if state is not None else []))
            .order_by(dockets.opened)
        )
        queue = list(snapshot.connection.scalars(wanted))
        for begin in range(0, len(queue), AT_ONCE):
            together = queue[begin : begin + AT_ONCE]
            found = _as_of(snapshot.connection, snapshot.tables, together, position)
            rows = (_shown(UUID(case), kept) for case, kept in found.items())
            shown += [row for row in rows if inside is None or any(map(inside, row.units))]
            if limit is not None and len(shown) >= limit:
                return shown[:limit]
    return shown


def _covered(state: DocketState) -> list[str]:
    """The states that one asks for: a reopened case is open, since it waits for a person again."""
    reopened = [DocketState.REOPENED] if state is DocketState.OPEN else []
    return [covered.value for covered in (state, *reopened)]


def _shown(case: UUID, kept: Kept) -> CaseRow:
    docket = kept.docket
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
        position=kept.opened,
        members=members,
        units=tuple(dict.fromkeys(m.unit for m in members)),
        joined_into=docket.joined_into,
    )
