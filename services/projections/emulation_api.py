"""The door to emulation: the ranking of a month, the recognition of a quarter."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.answer import BoardRoute
from services.projections.asof import Axis
from services.projections.emulation import EmulationBoard, emulation
from services.projections.period import period
from services.projections.reader import At, InProgramme, KnownAt, Reader, Seen, answered
from services.projections.recognition import Recognition, recognition
from services.projections.selection import Selection
from shared.access import Action
from shared.openapi import described
from shared.vocabulary import Level, Sector

Below = Annotated[str | None, Query(max_length=64, description="Only units below this one.")]
InCohort = Annotated[str | None, Query(max_length=64, description="Only members of a cohort.")]
OfLevel = Annotated[
    Level | None,
    Query(description="Only units of a level; where no units are named at all: of the first."),
]
OfSector = Annotated[Sector | None, Query(description="Only units of a sector.")]
OfKind = Annotated[
    str | None, Query(max_length=64, description="Only units of a kind: enterprise, school …")
]


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
        month: Annotated[
            str | None,
            Query(max_length=16, description="2022-05; the last that was over, unless given."),
        ] = None,
        level: OfLevel = None,
        cohort: InCohort = None,
        below: Below = None,
        sector: OfSector = None,
        kind: OfKind = None,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """A month's ranking by the criteria that were in force for it, with every criterion's points."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        moment = reader.moment(at, axis, known_at)
        return answered(
            await asyncio.to_thread(
                emulation,
                views,
                directory,
                programme=reader.programme(programme),
                at=moment,
                month=period("month", month, moment),
                selection=Selection.asked(level, cohort, below, sector, kind),
            )
        )

    @router.get(
        "/boards/recognition",
        **described(Action.READ_BOARDS, answers={200: Recognition}, refusals=(409, 503)),
    )
    async def board_recognition(
        request: Request,
        quarter: Annotated[
            str | None,
            Query(max_length=16, description="2022-Q2; the last that was over, unless given."),
        ] = None,
        cohort: InCohort = None,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """Who is first in each cohort by a quarter's valid ideas, and whether it is above its own target."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        moment = reader.moment(at, axis, known_at)
        return answered(
            await asyncio.to_thread(
                recognition,
                views,
                directory,
                programme=reader.programme(programme),
                at=moment,
                quarter=period("quarter", quarter, moment),
                cohort=cohort,
            )
        )

    return router
