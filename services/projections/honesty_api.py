"""The door to whether the numbers are honest: what is worth a look, and why ideas were ruled copies."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.anomalies import Anomalies, anomalies
from services.projections.answer import BoardRoute
from services.projections.asof import Axis
from services.projections.bursts import Window
from services.projections.duplicates import CausesOfDuplicates, causes_of_duplicates
from services.projections.reader import At, InProgramme, KnownAt, Reader, Seen, answered
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
        level: Annotated[
            Level | None, Query(description="Default: the first level, or the unit's own.")
        ] = None,
        unit: Unit = None,
        window: Annotated[
            Window, Query(description="How long a burst lasts at most.")
        ] = Window.DAY,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """What is out of the ordinary and worth a look, each by a stated test; for those who also see the cases."""
        tree = directory.tree()
        await reader.enter(
            request, Action.READ_CASES, unit if unit is not None else tree.root, seen
        )
        if level is None:
            level = tree[unit].level if unit is not None else Level.FIRST
        found = await asyncio.to_thread(
            anomalies,
            views,
            directory,
            ledger,
            programme=reader.programme(programme),
            at=reader.moment(at, axis, known_at),
            level=level,
            unit=unit,
            window=window,
            matched=ledger.handled("dedup"),
        )
        return answered(found)

    @router.get(
        "/boards/causes",
        **described(Action.READ_BOARDS, answers={200: CausesOfDuplicates}, refusals=(409, 503)),
    )
    async def board_causes(
        request: Request,
        level: Level = Level.FIRST,
        unit: Unit = None,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen: Seen = None,
    ) -> Response:
        """What kind of copies the ideas are that were ruled copies, and how many were entered for their authors."""
        await reader.enter(request, Action.READ_BOARDS, seen=seen)
        found = await asyncio.to_thread(
            causes_of_duplicates,
            views,
            directory,
            ledger,
            programme=reader.programme(programme),
            at=reader.moment(at, axis, known_at),
            level=level,
            below=unit,
            matched=ledger.handled("dedup"),
        )
        return answered(found)

    return router
