"""The door to forecasts: whether and when targets will be reached."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.api.answer import BoardRoute
from services.projections.api.courses import By, From
from services.projections.api.reader import OfMoment, Reader
from services.projections.api.selection import Under
from services.projections.boards.course import named_instant
from services.projections.boards.prospect import Prospect
from services.projections.boards.quota import phase_asked
from services.projections.forecast.alerts import Alerts, alerts
from services.projections.forecast.forecast import Forecast, forecast
from services.projections.forecast.prospect import prospect
from services.projections.reckoning.selection import Selection
from shared.access import Action
from shared.openapi import described
from shared.vocabulary import Level, TargetKind

Unit = Annotated[
    str | None,
    Query(max_length=64, description="A unit's code; without it, a level or `under`: the nation."),
]
OfLevel = Annotated[Level | None, Query(description="The units of a level.")]
Phase = Annotated[
    str | None,
    Query(max_length=64, description="A phase's code, or whole; without it, every target."),
]


def routes(reader: Reader) -> APIRouter:
    """The endpoint that looks ahead."""
    router = APIRouter(tags=["boards"], route_class=BoardRoute)

    @router.get(
        "/boards/forecast",
        **described(Action.READ_BOARDS, answers={200: Forecast}, refusals=(409, 503)),
    )
    async def board_forecast(
        request: Request,
        asked: OfMoment,
        unit: Unit = None,
        level: OfLevel = None,
        under: Under = None,
        phase: Phase = None,
        kind: TargetKind | None = None,
    ) -> Response:
        """Pace, what is needed a day, the day of reaching, and the count at the deadline, each with a range."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            forecast,
            reader.views,
            reader.directory,
            unit=unit,
            selection=Selection(level, None, under) if level or under else None,
            phase=phase_asked(phase),
            kind=kind,
        )

    @router.get(
        "/boards/alerts",
        **described(Action.READ_BOARDS, answers={200: Alerts}, refusals=(409, 503)),
    )
    async def board_alerts(
        request: Request,
        asked: OfMoment,
        days: Annotated[int, Query(ge=1, le=366, description="Due within so many days.")] = 30,
        unit: Annotated[str | None, Query(max_length=64, description="Only this unit.")] = None,
        level: OfLevel = None,
        under: Under = None,
        phase: Annotated[str | None, Query(max_length=64, description="Only of a phase.")] = None,
        kind: TargetKind | None = None,
    ) -> Response:
        """Whose target will be missed at the present pace; without a unit or `under`, of the first level."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            alerts,
            reader.views,
            reader.directory,
            days=days,
            unit=unit,
            selection=Selection.asked(level, None, under) if unit is None else None,
            phase=phase,
            kind=kind,
        )

    @router.get(
        "/boards/prospect",
        **described(Action.READ_BOARDS, answers={200: Prospect}, refusals=(409, 503)),
    )
    async def board_prospect(
        request: Request,
        asked: OfMoment,
        unit: Unit = None,
        phase: Annotated[
            str | None,
            Query(
                max_length=64,
                description="Up to the end of this phase or wave; else the one that runs.",
            ),
        ] = None,
        every: By = None,
        since: From = None,
    ) -> Response:
        """How a count rose, and how it is expected to go on, day by day; format=svg draws it."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            prospect,
            reader.views,
            reader.directory,
            reader.ledger,
            unit=unit,
            phase=phase,
            since=None if since is None else named_instant(reader.ledger, since),
            every=every,
        )

    return router
