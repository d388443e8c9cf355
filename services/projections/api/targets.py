"""The door to what is asked of targets: cascade, margins, early finishers, conflicts, cohorts, national averages."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.api.answer import BoardRoute
from services.projections.api.reader import Cursor, OfMoment, Reader
from services.projections.api.selection import InCohort, OfSome, Under
from services.projections.presentation.sentences import ConflictKind
from services.projections.reckoning.selection import Selection
from services.projections.targets.averages import Averages, averages
from services.projections.targets.cascade import Cascade, cascade
from services.projections.targets.cohorts import Cohorts, cohorts
from services.projections.targets.conflicts import Conflicts, conflicts
from services.projections.targets.finishers import Finishers, finishers
from services.projections.targets.margins import Margins, margins
from shared.access import Action
from shared.cursor import after_cursor
from shared.openapi import described
from shared.vocabulary import Level, TargetKind

Unit = Annotated[str | None, Query(max_length=64, description="This unit and all below it.")]
OfLevel = Annotated[
    Level | None, Query(description="Only units of a level; without it, of every level.")
]
OfPhase = Annotated[
    str | None, Query(max_length=64, description="A phase's code; without it, the whole programme.")
]
FirstPhase = Annotated[
    str | None,
    Query(max_length=64, description="A phase's code; without it, the first that a unit has."),
]

PAGE: Final = 1000
Limit = Annotated[int, Query(ge=1, le=10_000)]


def routes(reader: Reader) -> APIRouter:
    """The endpoints that read targets."""
    router = APIRouter(tags=["targets"], route_class=BoardRoute)
    views, directory = reader.views, reader.directory

    @router.get(
        "/boards/cascade",
        **described(Action.READ_BOARDS, answers={200: Cascade}, refusals=(409, 503)),
    )
    async def board_cascade(
        request: Request,
        asked: OfMoment,
        unit: Unit = None,
        kind: TargetKind | None = None,
        cursor_: Cursor = None,
        limit: Limit = PAGE,
    ) -> Response:
        """Whether each unit's target is what the units below it were given together, and what remains."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        begin = after_cursor(cursor_)
        return await reader.board(
            asked, cascade, directory, unit=unit, kind=kind, begin=begin, limit=limit
        )

    @router.get(
        "/boards/margins",
        **described(Action.READ_BOARDS, answers={200: Margins}, refusals=(409, 503)),
    )
    async def board_margins(
        request: Request,
        asked: OfMoment,
        selection: OfSome,
        phase: OfPhase = None,
    ) -> Response:
        """What units registered against what they were oriented towards, and who registered less."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(asked, margins, directory, selection=selection, phase=phase)

    @router.get(
        "/boards/finishers",
        **described(Action.READ_BOARDS, answers={200: Finishers}, refusals=(409, 503)),
    )
    async def board_finishers(
        request: Request,
        asked: OfMoment,
        level: OfLevel = None,
        cohort: InCohort = None,
        under: Under = None,
        phase: FirstPhase = None,
        kind: TargetKind | None = None,
        near: Annotated[
            float, Query(gt=0, le=1, description="From which share of the target on it is near.")
        ] = 0.9,
        so_far: Annotated[
            bool, Query(description="Against the whole counts whatever was declared by the moment.")
        ] = False,
    ) -> Response:
        """Units that came to their target for the whole programme, or near it, within one phase."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            finishers,
            views,
            directory,
            selection=Selection(level, cohort, under),
            phase=phase,
            kind=kind,
            near=near,
            so_far=so_far,
        )

    @router.get(
        "/boards/conflicts",
        **described(Action.READ_BOARDS, answers={200: Conflicts}, refusals=(409, 503)),
    )
    async def board_conflicts(
        request: Request,
        asked: OfMoment,
        unit: Unit = None,
        kind: Annotated[ConflictKind | None, Query(description="Only conflicts of a kind.")] = None,
        cursor_: Cursor = None,
        limit: Limit = PAGE,
    ) -> Response:
        """Targets and phases that contradict each other, each side with its document; nothing is repaired."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        begin = after_cursor(cursor_)
        return await reader.board(
            asked, conflicts, directory, unit=unit, kind=kind, begin=begin, limit=limit
        )

    @router.get(
        "/boards/cohorts",
        **described(Action.READ_BOARDS, answers={200: Cohorts}, refusals=(409, 503)),
    )
    async def board_cohorts(
        request: Request,
        asked: OfMoment,
        cohort: Annotated[str | None, Query(max_length=64, description="Only this cohort.")] = None,
        phase: OfPhase = None,
    ) -> Response:
        """What cohorts of units aim at and have declared, and their share of the nation."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(asked, cohorts, views, directory, cohort=cohort, phase=phase)

    @router.get(
        "/boards/averages",
        **described(Action.READ_BOARDS, answers={200: Averages}, refusals=(409, 503)),
    )
    async def board_averages(
        request: Request,
        asked: OfMoment,
        selection: OfSome,
        kind: TargetKind | None = None,
        band: Annotated[
            float, Query(ge=0, lt=1, description="Within this share of the nation's rate: average.")
        ] = 0.1,
    ) -> Response:
        """Units beside the nation's rate, and what they would have declared at that rate."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            averages,
            views,
            directory,
            selection=selection,
            kind=kind,
            band=band,
        )

    return router
