"""The door to courses of time: progress towards targets, and ranks, as rows or as charts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.api.answer import BoardRoute
from services.projections.api.ranking import OfRanking
from services.projections.api.reader import OfMoment, Reader
from services.projections.boards.course import Every, named_instant
from services.projections.boards.progress import Progress, progress
from services.projections.boards.ranks import Ranks, ranks
from shared.access import Action
from shared.openapi import described

From = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=40,
        description="From a day, an instant or a position (default: where the programme begins).",
    ),
]
To = Annotated[
    str | None,
    Query(
        alias="to",
        max_length=40,
        description="Up to a day, an instant or a position (default, and at the latest: at).",
    ),
]
By = Annotated[
    Every | None,
    Query(description="How far apart the instants are (default: as near as can be read)."),
]
Unit = Annotated[str | None, Query(max_length=64, description="A unit's code; else the nation.")]
Units = Annotated[list[str] | None, Query(max_length=100, description="These units only.")]
Cohort = Annotated[str | None, Query(max_length=64, description="The units of a cohort only.")]


def routes(reader: Reader) -> APIRouter:
    """The endpoints that read along a course of time."""
    router = APIRouter(tags=["boards"], route_class=BoardRoute)
    views, ledger, directory = reader.views, reader.ledger, reader.directory

    def instant(given: str | None) -> datetime | None:
        return None if given is None else named_instant(ledger, given)

    @router.get(
        "/boards/progress",
        **described(Action.READ_BOARDS, answers={200: Progress}, refusals=(409, 503)),
    )
    async def board_progress(
        request: Request,
        asked: OfMoment,
        unit: Unit = None,
        cohort: Cohort = None,
        every: By = None,
        since: From = None,
        until: To = None,
    ) -> Response:
        """What had been declared at regular instants, beside the targets; format=svg draws it."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            progress,
            views,
            directory,
            ledger,
            unit=unit,
            cohort=cohort,
            since=instant(since),
            until=instant(until),
            every=every,
        )

    @router.get(
        "/boards/ranks",
        **described(Action.READ_BOARDS, answers={200: Ranks}, refusals=(409, 503)),
    )
    async def board_ranks(
        request: Request,
        asked: OfMoment,
        ranking: OfRanking,
        top: Annotated[int, Query(ge=1, le=1000)] = 10,
        unit: Units = None,
        every: By = None,
        since: From = None,
        until: To = None,
    ) -> Response:
        """Who stood where at regular instants: those who lead in the end, or the units named; format=svg draws it."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            ranks,
            views,
            directory,
            ledger,
            ranking=ranking,
            top=top,
            units=unit or (),
            since=instant(since),
            until=instant(until),
            every=every,
        )

    return router
