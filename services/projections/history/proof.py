"""The proof of a frozen board: asked again as of its moment, it must be what was frozen; what came since stands beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Literal

from services.projections.history.causes import Portion
from services.projections.history.cells import Then
from services.projections.history.differences import Side, differences
from services.projections.history.frozen import FrozenBoards, claim_name, digest
from services.projections.history.question import BoardKind, Question, Row, key
from services.projections.reckoning.asof import AsOf, Axis, Moment, heading
from services.projections.reckoning.counts import Span
from services.projections.reckoning.movements import Movement
from services.projections.reckoning.reckoning import Scope
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.projector import ViewIsBehind
from shared.directory import Directory
from shared.events.board import BoardFrozen
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, Position, Value

log = logging.getLogger(__name__)


class Frozen(AsOf):
    """What is on record of a frozen board: what was asked as of when, by whom and for what, and the digest of it all."""

    frozen: Literal[True] = True
    name: str
    board: str
    programme: str
    arguments: dict[str, str]
    frozen_at: datetime
    frozen_position: Position
    frozen_by: str
    role: str
    reason: str
    corrects: str | None
    corrected_by: tuple[str, ...]
    digest: str


class FrozenList(Value):
    """All frozen boards, in the order in which they were frozen."""

    boards: tuple[Frozen, ...]


class Since(Value):
    """What came on record after the board was frozen and would change it, were it asked for anew: none of it is in its rows.

    `rows` is how many of its rows would be others, `corrections` how many events of which cause. A leaderboard is changed
    by what counts for the units that it ranks; that a unit's share moves because others count more is not such a change.
    """

    position: Position
    rows: int
    corrections: int
    by_cause: tuple[Portion, ...]


class FrozenBoard(Frozen):
    """A frozen board with its rows, computed again; `proven` says that it has the digest that was put on record."""

    simulated: bool
    proven: bool
    found_digest: str
    rows: tuple[dict[str, object], ...]
    since: Since


def frozen_boards(ledger: Ledger) -> FrozenList:
    """Every frozen board."""
    register = FrozenBoards.of(ledger)
    return FrozenList(boards=tuple(_told(ledger, register, board) for board in register.boards))


def frozen_board(views: Views, directory: Directory, ledger: Ledger, name: str) -> FrozenBoard:
    """A frozen board as it stood, proven, and beside it what later events would have changed.

    Raises FrozenBoardIsUnknown, and ViewIsBehind as long as the views have not come to its position.
    """
    register = FrozenBoards.of(ledger)
    frozen = register.board(name)
    reached = views.positions([QUOTA])[QUOTA.name].position
    if reached < frozen.at_position:
        raise ViewIsBehind(frozen.at_position, reached)
    then = _moment(frozen)
    question = Question.read(frozen.board, frozen.programme, frozen.arguments)
    rows = question.rows(views, directory, then)
    found = digest(frozen, rows)
    proven = found == frozen.digest
    if not proven:
        log.error(
            "A frozen board is not what was frozen",
            extra={"action": "prove_board", "board": name, "digest": found},
        )
    told = _told(ledger, register, name)
    return FrozenBoard(
        **dict(told),
        simulated=directory.simulated,
        proven=proven,
        found_digest=found,
        rows=tuple({column: row.get(column) for column in frozen.columns} for row in rows),
        since=_since(views, directory, ledger, question, then, reached),
    )


def _moment(frozen: BoardFrozen) -> Moment:
    return Moment(frozen.at_position, frozen.at, Axis(frozen.axis), frozen.known_at)


def _since(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    question: Question,
    then: Moment,
    reached: Position,
) -> Since:
    # Both are asked on the corrected axis: an instant of the other one is a difference that no event made.
    before, now = (
        Moment(position, then.instant, Axis.CORRECTED) for position in (then.position, reached)
    )
    was, is_ = (
        {key(row): _own(row) for row in question.rows(views, directory, at)} for at in (before, now)
    )
    with views.read(QUOTA) as snapshot:
        held = Then.at(snapshot, directory, question.programme, now)
        concerned = _concerned(question, held)
        made = differences(
            snapshot,
            ledger,
            Side(Scope.at(question.programme, before, snapshot), concerned),
            Side(held.scope, concerned),
            # On a board of several units a re-routing from one to the other changes both.
            idle=question.options.unit is None,
        )
    portions = made.of.get(question.board)
    by_cause = portions.told() if portions is not None else ()
    return Since(
        position=now.position,
        rows=sum(was.get(one) != is_.get(one) for one in {*was, *is_}),
        corrections=sum(portion.events for portion in by_cause),
        by_cause=by_cause,
    )


def _own(row: Row) -> Row:
    return {column: value for column, value in row.items() if column != "share"}


def _concerned(question: Question, held: Then) -> Callable[[Movement], tuple[BoardKind, ...]]:
    """Whether a movement counts for anybody whom the board is about."""
    asked, tree, unit = (question.board,), held.tree, question.options.unit
    if question.board is not BoardKind.LEADERBOARD:
        return lambda moved: asked if unit is None or tree.inside(moved.unit, unit) else ()

    @cache
    def spans(of: str) -> tuple[Span, ...]:
        return tuple(held.entrants(question.ranking, tree.path(of)).values())

    def concerned(moved: Movement) -> tuple[BoardKind, ...]:
        counts = any(begins <= moved.filed < ends for begins, ends in spans(moved.unit))
        return asked if counts else ()

    return concerned


def _told(ledger: Ledger, register: FrozenBoards, name: str) -> Frozen:
    frozen = register.board(name)
    recorded = ledger.find([claim_name(name)])[claim_name(name)].recorded
    return Frozen(
        **heading(_moment(frozen), frozen.at_position),
        name=name,
        board=frozen.board,
        programme=frozen.programme,
        # In the words of today, whatever an option was called when it was frozen.
        arguments=Question.read(frozen.board, frozen.programme, frozen.arguments).arguments(),
        frozen_at=recorded.recorded.astimezone(HOME),
        frozen_position=recorded.position,
        frozen_by=frozen.by.name,
        role=frozen.by.role,
        reason=frozen.reason,
        corrects=frozen.corrects,
        corrected_by=register.corrected_by(name),
        digest=frozen.digest,
    )
