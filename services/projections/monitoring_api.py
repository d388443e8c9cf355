"""The door to what leaders watch: daily and weekly digests, shares of who takes part, benefits."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.answer import BoardRoute
from services.projections.asof import Axis
from services.projections.benefits import Benefits, benefits
from services.projections.course import Every
from services.projections.digest import Digest, digest
from services.projections.emulation_api import Below, InCohort, OfKind, OfLevel, OfSector
from services.projections.period import one_period, period
from services.projections.reader import At, InProgramme, KnownAt, Reader, Seen, answered
from services.projections.selection import Selection
from services.projections.shares import Shares, shares
from shared.access import Action
from shared.openapi import described

Unit = Annotated[str | None, Query(max_length=64, description="This unit (default: the nation).")]


def routes(reader: Reader) -> APIRouter:
    """The endpoints of monitoring."""
    router = APIRouter(tags=["monitoring"], route_class=BoardRoute)
    views, directory = reader.views, reader.directory

    @router.get(
        "/boards/digest",
        **described(Action.READ_BOARDS, answers={200: Digest}, refusals=(409, 503)),
    )
    async def board_digest(
        request: Request,
        day: Annotated[
            str | None,
            Query(max_length=16, description="2022-05-10; the last that was over, unless given."),
        ] = None,
        week: Annotated[
            str | None, Query(max_length=16, description="2022-W19, instead of a day.")
        ] = None,
        unit: Unit = None,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """What a day or a week brought to a unit and those directly below it, beside the one before."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        moment = reader.moment(at, axis, known_at)
        return answered(
            await asyncio.to_thread(
                digest,
                views,
                directory,
                reader.ledger,
                programme=reader.programme(programme),
                at=moment,
                period=one_period(moment, day=day, week=week),
                unit=unit,
            )
        )

    @router.get(
        "/boards/shares",
        **described(Action.READ_BOARDS, answers={200: Shares}, refusals=(409, 503)),
    )
    async def board_shares(
        request: Request,
        level: OfLevel = None,
        cohort: InCohort = None,
        below: Below = None,
        sector: OfSector = None,
        kind: OfKind = None,
        month: Annotated[
            str | None, Query(max_length=16, description="2022-05; all time, unless given.")
        ] = None,
        unit: Annotated[
            str | None, Query(max_length=64, description="This unit alone; over time with `every`.")
        ] = None,
        every: Every | None = None,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """Who takes part: authors without a leading post, direct workers, the non-state sector, beside the nation."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        moment = reader.moment(at, axis, known_at)
        return answered(
            await asyncio.to_thread(
                shares,
                views,
                directory,
                programme=reader.programme(programme),
                at=moment,
                selection=Selection.asked(level, cohort, below, sector, kind),
                period=period("month", month, moment) if month is not None else None,
                unit=unit,
                every=every,
            )
        )

    @router.get(
        "/boards/benefit",
        **described(Action.READ_BOARDS, answers={200: Benefits}, refusals=(409, 503)),
    )
    async def board_benefit(
        request: Request,
        unit: Unit = None,
        top: Annotated[int, Query(ge=1, le=1000, description="So many of the largest.")] = 20,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """The benefit by class, and the largest values, with a hint at those far from all others."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        return answered(
            await asyncio.to_thread(
                benefits,
                views,
                directory,
                programme=reader.programme(programme),
                at=reader.moment(at, axis, known_at),
                unit=unit,
                top=top,
            )
        )

    return router
