"""The door to emulation and what leaders watch: months, quarters, digests, shares of who takes part, benefits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.api.answer import BoardRoute
from services.projections.api.reader import OfMoment, Reader
from services.projections.api.selection import InCohort, OfSomeOfAKind
from services.projections.boards.course import Every
from services.projections.emulation.benefits import Benefits, benefits
from services.projections.emulation.digest import Digest, digest
from services.projections.emulation.emulation import EmulationBoard, emulation
from services.projections.emulation.recognition import Recognition, recognition
from services.projections.emulation.shares import Shares, shares
from services.projections.reckoning.period import one_period, period
from shared.access import Action
from shared.openapi import described

Unit = Annotated[str | None, Query(max_length=64, description="This unit (default: the nation).")]


def routes(reader: Reader) -> APIRouter:
    """The endpoints of emulation."""
    router = APIRouter(tags=["emulation"], route_class=BoardRoute)
    views, directory = reader.views, reader.directory

    @router.get(
        "/boards/emulation",
        **described(Action.READ_BOARDS, answers={200: EmulationBoard}, refusals=(409, 503)),
    )
    async def board_emulation(
        request: Request,
        asked: OfMoment,
        selection: OfSomeOfAKind,
        month: Annotated[
            str | None,
            Query(max_length=16, description="2022-05; the last that was over, unless given."),
        ] = None,
    ) -> Response:
        """A month's ranking by the criteria that were in force for it, with every criterion's points."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moment = reader.asked_at(asked)
        return await reader.board(
            asked,
            emulation,
            views,
            directory,
            month=period("month", month, moment),
            selection=selection,
        )

    @router.get(
        "/boards/recognition",
        **described(Action.READ_BOARDS, answers={200: Recognition}, refusals=(409, 503)),
    )
    async def board_recognition(
        request: Request,
        asked: OfMoment,
        quarter: Annotated[
            str | None,
            Query(max_length=16, description="2022-Q2; the last that was over, unless given."),
        ] = None,
        cohort: InCohort = None,
    ) -> Response:
        """Who is first in each cohort by a quarter's valid ideas, and whether it is above its own target."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moment = reader.asked_at(asked)
        return await reader.board(
            asked,
            recognition,
            views,
            directory,
            quarter=period("quarter", quarter, moment),
            cohort=cohort,
        )

    @router.get(
        "/boards/digest",
        **described(Action.READ_BOARDS, answers={200: Digest}, refusals=(409, 503)),
    )
    async def board_digest(
        request: Request,
        asked: OfMoment,
        day: Annotated[
            str | None,
            Query(max_length=16, description="2022-05-10; the last that was over, unless given."),
        ] = None,
        week: Annotated[
            str | None, Query(max_length=16, description="2022-W19, instead of a day.")
        ] = None,
        unit: Unit = None,
    ) -> Response:
        """What a day or a week brought to a unit and those directly below it, beside the one before."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moment = reader.asked_at(asked)
        return await reader.board(
            asked,
            digest,
            views,
            directory,
            reader.ledger,
            period=one_period(moment, day=day, week=week),
            unit=unit,
        )

    @router.get(
        "/boards/shares",
        **described(Action.READ_BOARDS, answers={200: Shares}, refusals=(409, 503)),
    )
    async def board_shares(
        request: Request,
        asked: OfMoment,
        selection: OfSomeOfAKind,
        month: Annotated[
            str | None, Query(max_length=16, description="2022-05; all time, unless given.")
        ] = None,
        unit: Annotated[
            str | None, Query(max_length=64, description="This unit alone; over time with `every`.")
        ] = None,
        every: Every | None = None,
    ) -> Response:
        """Who takes part: authors without a leading post, direct workers, the non-state sector, beside the nation."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        moment = reader.asked_at(asked)
        return await reader.board(
            asked,
            shares,
            views,
            directory,
            selection=selection,
            period=period("month", month, moment) if month is not None else None,
            unit=unit,
            every=every,
        )

    @router.get(
        "/boards/benefit",
        **described(Action.READ_BOARDS, answers={200: Benefits}, refusals=(409, 503)),
    )
    async def board_benefit(
        request: Request,
        asked: OfMoment,
        unit: Unit = None,
        top: Annotated[int, Query(ge=1, le=1000, description="So many of the largest.")] = 20,
    ) -> Response:
        """The benefit by class, and the largest values, with a hint at those far from all others."""
        caller = await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            benefits,
            views,
            directory,
            unit=unit,
            top=top,
            readable=reader.ideas_of(caller),
        )

    return router
