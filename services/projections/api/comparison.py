"""The door of comparisons and frozen boards: two moments of a board, and boards put on record as they stood."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from types import EllipsisType
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.projections.api.answer import BoardRoute
from services.projections.api.ranking import OfRanking
from services.projections.api.reader import (
    Asked,
    At,
    InProgramme,
    KnownAt,
    OfMoment,
    Reader,
    Seen,
    Since,
    answered,
)
from services.projections.boards.quota import phase_asked
from services.projections.history.comparison import (
    LeaderComparison,
    QuotaComparison,
    both_axes,
    compare_leaderboards,
    compare_quotas,
)
from services.projections.history.frozen import FrozenBoards, claim
from services.projections.history.proof import FrozenBoard, FrozenList, frozen_board, frozen_boards
from services.projections.history.question import BoardKind, Options, Question
from services.projections.reckoning.asof import Axis, Moment
from shared.access import Action
from shared.door import Acknowledgement, Decision
from shared.form import Code, RequiredText
from shared.http import body_of
from shared.ledger.write import Claimed
from shared.openapi import described
from shared.vocabulary import Position, TargetKind, Value

Top = Annotated[int | None, Query(ge=1, le=100_000)]


class BothAxes(NamedTuple):
    """An instant of which both axes are asked for, the corrected one up to when."""

    programme: str | None
    at: str | None
    known_at: str | None
    seen: Position | None


class Earlier(NamedTuple):
    """The earlier of two moments."""

    at: str | None
    axis: Axis
    known_at: str | None


class Targets(NamedTuple):
    """The targets of a unit, a phase or a kind; without any of these, all."""

    unit: str | None
    phase: str | EllipsisType | None
    kind: TargetKind | None


async def _both_axes(
    programme: InProgramme = None, at: At = None, known_at: KnownAt = None, seen: Seen = None
) -> BothAxes:
    return BothAxes(programme, at, known_at, seen)


async def _earlier(
    since: Since = None,
    since_axis: Axis = Axis.KNOWN,
    since_known_at: Annotated[
        str | None, Query(max_length=40, description="The same of the earlier moment.")
    ] = None,
) -> Earlier:
    return Earlier(since, since_axis, since_known_at)


async def _targets(
    unit: Annotated[str | None, Query(max_length=64)] = None,
    phase: Annotated[
        str | None, Query(max_length=64, description="A phase's code, or 'whole'.")
    ] = None,
    kind: TargetKind | None = None,
) -> Targets:
    return Targets(unit, phase_asked(phase), kind)


OfBothAxes = Annotated[BothAxes, Depends(_both_axes)]
OfEarlier = Annotated[Earlier, Depends(_earlier)]
OfTargets = Annotated[Targets, Depends(_targets)]


class Freezing(Value):
    """A board to be put on record: which, as of when, under which name, and for what."""

    name: Code
    board: Annotated[BoardKind, Field(strict=False)]
    programme: Annotated[str | None, Field(max_length=64)] = None
    options: Options = Options()
    at: Annotated[str | None, Field(max_length=40)] = None
    axis: Annotated[Axis, Field(strict=False)] = Axis.KNOWN
    known_at: Annotated[str | None, Field(max_length=40)] = None
    reason: RequiredText
    corrects: Code | None = None


def routes(reader: Reader) -> APIRouter:
    """The endpoints that compare and freeze."""
    router = APIRouter(tags=["history"], route_class=BoardRoute)
    views, directory, ledger = reader.views, reader.directory, reader.ledger

    async def compared(
        make: Callable[..., BaseModel],
        moments: tuple[Moment, Moment],
        programme: str | None,
        options: Mapping[str, object],
    ) -> Response:
        one, other = moments
        code = reader.programme(programme)
        of = partial(make, programme=code, one=one, other=other, **options)
        return answered(await asyncio.to_thread(of, views, directory, ledger))

    async def differing(
        request: Request, asked: BothAxes, make: Callable[..., BaseModel], **options: object
    ) -> Response:
        """The two axes of one instant beside each other."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moments = both_axes(reader.moment(asked.at), reader.moment(asked.known_at))
        return await compared(make, moments, asked.programme, options)

    async def apart(
        request: Request,
        asked: Asked,
        earlier: Earlier,
        make: Callable[..., BaseModel],
        **options: object,
    ) -> Response:
        """Two moments beside each other."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moments = reader.moment(*earlier), reader.asked_at(asked)
        return await compared(make, moments, asked.programme, options)

    @router.get(
        "/boards/leaderboard/difference",
        **described(Action.READ_BOARDS, answers={200: LeaderComparison}, refusals=(409, 503)),
    )
    async def leaderboard_difference(
        request: Request, asked: OfBothAxes, ranking: OfRanking, top: Top = None
    ) -> Response:
        """A leaderboard as known then and as corrected since, and what made the difference."""
        return await differing(request, asked, compare_leaderboards, ranking=ranking, top=top)

    @router.get(
        "/boards/leaderboard/comparison",
        **described(Action.READ_BOARDS, answers={200: LeaderComparison}, refusals=(409, 503)),
    )
    async def leaderboard_comparison(
        request: Request,
        asked: OfMoment,
        earlier: OfEarlier,
        ranking: OfRanking,
        top: Top = None,
    ) -> Response:
        """A leaderboard as of two moments: who stands elsewhere, and why."""
        return await apart(request, asked, earlier, compare_leaderboards, ranking=ranking, top=top)

    @router.get(
        "/boards/quota/difference",
        **described(Action.READ_BOARDS, answers={200: QuotaComparison}, refusals=(409, 503)),
    )
    async def quota_difference(request: Request, asked: OfBothAxes, targets: OfTargets) -> Response:
        """Progress as known then and as corrected since, and what made the difference."""
        return await differing(request, asked, compare_quotas, **targets._asdict())

    @router.get(
        "/boards/quota/comparison",
        **described(Action.READ_BOARDS, answers={200: QuotaComparison}, refusals=(409, 503)),
    )
    async def quota_comparison(
        request: Request, asked: OfMoment, earlier: OfEarlier, targets: OfTargets
    ) -> Response:
        """Progress as of two moments, and why it differs."""
        return await apart(request, asked, earlier, compare_quotas, **targets._asdict())

    @router.get(
        "/boards/frozen",
        **described(Action.READ_BOARDS, answers={200: FrozenList}, refusals=(503,)),
    )
    async def frozen_list(request: Request) -> Response:
        """The boards that were frozen, in the order in which they were."""
        await reader.enter(request, Action.READ_BOARDS)
        return answered(await asyncio.to_thread(frozen_boards, ledger))

    @router.get(
        "/boards/frozen/{name}",
        **described(Action.READ_BOARDS, answers={200: FrozenBoard}, refusals=(503,)),
    )
    async def frozen(
        request: Request,
        name: Annotated[str, Path(max_length=64, description="The name of the frozen board.")],
        seen: Seen = None,
    ) -> Response:
        """A frozen board as it stood, proven by its digest; what came since stands beside it."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        return answered(await asyncio.to_thread(frozen_board, views, directory, ledger, name))

    @router.post(
        "/boards/frozen",
        **described(
            Action.FREEZE_BOARD, body=Freezing, answers={201: Acknowledgement}, refusals=(503,)
        ),
    )
    async def freeze(request: Request) -> Response:
        """Put a board on record as it stands at a moment; a name stands for one board for ever."""
        door = reader.door
        caller = door.caller(request)
        body = await body_of(request, Freezing)
        # A board of one unit, or of what is below it, is that unit's; every other is the nation's.
        door.permit(caller, Action.FREEZE_BOARD, body.options.unit or body.options.under)
        await reader.wait()
        question = Question.of(body.board, reader.programme(body.programme), body.options)
        at = reader.moment(body.at, body.axis, body.known_at)
        rows = await asyncio.to_thread(question.rows, views, directory, at)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            event = FrozenBoards.of(ledger).freeze(
                body.name,
                question,
                at,
                rows,
                reason=body.reason,
                by=door.actor(caller, request),
                corrects=body.corrects,
            )
            known = claim(event)
            return Decision(event, claims=[(known.name, known.digest)])

        return door.acknowledged(await door.once(request, caller, decide))

    return router
