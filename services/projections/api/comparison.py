"""The door of comparisons and frozen boards: two moments of a board, and boards put on record as they stood."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.projections.api.answer import BoardRoute
from services.projections.api.ranking import OfRanking
from services.projections.api.reader import (
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
from shared.ledger.store import Claimed
from shared.openapi import described
from shared.vocabulary import TargetKind, Value

Top = Annotated[int | None, Query(ge=1, le=100_000)]
OfUnit = Annotated[str | None, Query(max_length=64)]
InPhase = Annotated[str | None, Query(max_length=64, description="A phase's code, or 'whole'.")]
SinceKnownAt = Annotated[
    str | None, Query(max_length=40, description="The same of the earlier moment.")
]


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
        **options: object,
    ) -> Response:
        one, other = moments
        found = await asyncio.to_thread(
            make,
            views,
            directory,
            ledger,
            programme=reader.programme(programme),
            one=one,
            other=other,
            **options,
        )
        return answered(found)

    @router.get(
        "/boards/leaderboard/difference",
        **described(Action.READ_BOARDS, answers={200: LeaderComparison}, refusals=(409, 503)),
    )
    async def leaderboard_difference(
        request: Request,
        ranking: OfRanking,
        top: Top = None,
        programme: InProgramme = None,
        at: At = None,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """A leaderboard as known then and as corrected since, and what made the difference."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        moments = both_axes(reader.moment(at), reader.moment(known_at))
        return await compared(
            compare_leaderboards,
            moments,
            programme,
            ranking=ranking,
            top=top,
        )

    @router.get(
        "/boards/leaderboard/comparison",
        **described(Action.READ_BOARDS, answers={200: LeaderComparison}, refusals=(409, 503)),
    )
    async def leaderboard_comparison(
        request: Request,
        asked: OfMoment,
        ranking: OfRanking,
        top: Top = None,
        since: Since = None,
        since_axis: Axis = Axis.KNOWN,
        since_known_at: SinceKnownAt = None,
    ) -> Response:
        """A leaderboard as of two moments: who stands elsewhere, and why."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moments = (
            reader.moment(since, since_axis, since_known_at),
            reader.asked_at(asked),
        )
        return await compared(
            compare_leaderboards,
            moments,
            asked.programme,
            ranking=ranking,
            top=top,
        )

    @router.get(
        "/boards/quota/difference",
        **described(Action.READ_BOARDS, answers={200: QuotaComparison}, refusals=(409, 503)),
    )
    async def quota_difference(
        request: Request,
        unit: OfUnit = None,
        phase: InPhase = None,
        kind: TargetKind | None = None,
        programme: InProgramme = None,
        at: At = None,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """Progress as known then and as corrected since, and what made the difference."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        moments = both_axes(reader.moment(at), reader.moment(known_at))
        return await compared(
            compare_quotas, moments, programme, unit=unit, phase=phase_asked(phase), kind=kind
        )

    @router.get(
        "/boards/quota/comparison",
        **described(Action.READ_BOARDS, answers={200: QuotaComparison}, refusals=(409, 503)),
    )
    async def quota_comparison(
        request: Request,
        asked: OfMoment,
        unit: OfUnit = None,
        phase: InPhase = None,
        kind: TargetKind | None = None,
        since: Since = None,
        since_axis: Axis = Axis.KNOWN,
        since_known_at: SinceKnownAt = None,
    ) -> Response:
        """Progress as of two moments, and why it differs."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moments = (
            reader.moment(since, since_axis, since_known_at),
            reader.asked_at(asked),
        )
        return await compared(
            compare_quotas,
            moments,
            asked.programme,
            unit=unit,
            phase=phase_asked(phase),
            kind=kind,
        )

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
        door.permit(caller, Action.FREEZE_BOARD, body.options.unit or body.options.below)
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
