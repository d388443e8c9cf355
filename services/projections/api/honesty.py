"""The door to whether the numbers are honest: what is worth a look, and why ideas were ruled copies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.api.answer import BoardRoute
from services.projections.api.reader import OfMoment, Reader
from services.projections.honesty.anomalies import Anomalies, anomalies
from services.projections.honesty.bursts import Window
from services.projections.honesty.duplicates import CausesOfDuplicates, causes_of_duplicates
from shared.access import Action
from shared.openapi import described
from shared.vocabulary import Level

Unit = Annotated[str | None, Query(max_length=64, description="Only this unit and those below it.")]


def routes(reader: Reader) -> APIRouter:
    """The endpoints that an auditor begins with."""
    router = APIRouter(tags=["boards"], route_class=BoardRoute)
    views, ledger, directory = reader.views, reader.ledger, reader.directory

    @router.get(
        "/boards/anomalies",
        **described(Action.READ_CASES, answers={200: Anomalies}, refusals=(409, 503)),
    )
    async def board_anomalies(
        request: Request,
        asked: OfMoment,
        level: Annotated[
            Level | None, Query(description="Default: the first level, or the unit's own.")
        ] = None,
        unit: Unit = None,
        window: Annotated[
            Window, Query(description="How long a burst lasts at most.")
        ] = Window.DAY,
    ) -> Response:
        """What is out of the ordinary and worth a look, each by a stated test; for those who also see the cases."""
        tree = directory.tree()
        await reader.enter(
            request, Action.READ_CASES, unit if unit is not None else tree.root, asked.seen
        )
        if level is None:
            level = tree[unit].level if unit is not None else Level.FIRST
        return await reader.board(
            asked,
            anomalies,
            views,
            directory,
            ledger,
            level=level,
            unit=unit,
            window=window,
            matched=ledger.handled("dedup"),
        )

    @router.get(
        "/boards/causes",
        **described(Action.READ_BOARDS, answers={200: CausesOfDuplicates}, refusals=(409, 503)),
    )
    async def board_causes(
        request: Request,
        asked: OfMoment,
        level: Level = Level.FIRST,
        unit: Unit = None,
    ) -> Response:
        """What kind of copies the ideas are that were ruled copies, and how many were entered for their authors."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            causes_of_duplicates,
            views,
            directory,
            ledger,
            level=level,
            below=unit,
            matched=ledger.handled("dedup"),
        )

    return router
