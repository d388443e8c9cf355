"""The door of history: why a number is what it is, what changed it, and the story of an idea and of the tree."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from services.projections.api.answer import BoardRoute
from services.projections.api.reader import (
    At,
    Cursor,
    KnownAt,
    OfMoment,
    Reader,
    Seen,
    Since,
    answered,
)
from services.projections.boards.lead import Lead, lead
from services.projections.history.organisation import (
    Organisation,
    OrganisationDifference,
    organisation,
    organisation_difference,
)
from services.projections.history.overtakings import LISTED, Overtakings, overtakings
from services.projections.history.reasons import PAGE, Counted, Reasons, reasons
from services.projections.history.story import Story, story
from services.projections.reckoning.asof import Axis, moment
from shared.access import Action
from shared.cursor import after_cursor
from shared.openapi import described
from shared.vocabulary import Level, TargetKind

UnitCode = Annotated[str, Query(max_length=64, description="The unit, with all below it.")]
OptionalUnit = Annotated[str | None, Query(max_length=64)]
InPhase = Annotated[str | None, Query(max_length=64, description="A phase's code, or 'whole'.")]


def routes(reader: Reader) -> APIRouter:
    """The endpoints that say why."""
    router = APIRouter(tags=["history"], route_class=BoardRoute)
    views, directory, ledger = reader.views, reader.directory, reader.ledger

    @router.get(
        "/boards/why",
        **described(Action.READ_IDEA, answers={200: Reasons}, refusals=(409, 503)),
    )
    async def why(
        request: Request,
        asked: OfMoment,
        unit: UnitCode,
        measure: Counted = Counted.GROSS,
        phase: Annotated[str | None, Query(max_length=64)] = None,
        cursor_: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = PAGE,
    ) -> Response:
        """The events that make a unit's number, page by page: together they are the number."""
        await reader.enter(request, Action.READ_IDEA, unit, asked.seen)
        return await reader.board(
            asked,
            reasons,
            views,
            directory,
            ledger,
            unit=unit,
            measure=measure,
            phase=phase,
            after=after_cursor(cursor_),
            limit=limit,
        )

    @router.get(
        "/boards/overtakings",
        **described(Action.READ_BOARDS, answers={200: Overtakings}, refusals=(409, 503)),
    )
    async def board_overtakings(
        request: Request,
        asked: OfMoment,
        unit: UnitCode,
        against: OptionalUnit = None,
        level: Level = Level.FIRST,
        measure: Counted = Counted.GROSS,
        since: Since = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = LISTED,
    ) -> Response:
        """Who passed a unit and whom it passed in a period, when, and by which event."""
        caller = await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            overtakings,
            views,
            directory,
            ledger,
            unit=unit,
            against=against,
            level=level,
            measure=measure,
            since=reader.moment(since) if since is not None else None,
            readable=reader.ideas_of(caller),
            limit=limit,
        )

    @router.get(
        "/boards/lead",
        **described(Action.READ_BOARDS, answers={200: Lead}, refusals=(409, 503)),
    )
    async def board_lead(
        request: Request,
        asked: OfMoment,
        unit: OptionalUnit = None,
        phase: InPhase = None,
        kind: TargetKind | None = None,
        early: bool = False,
    ) -> Response:
        """How many days before its deadline each target was reached; the earliest first."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked, lead, views, directory, unit=unit, phase=phase, kind=kind, early=early
        )

    @router.get(
        "/ideas/{idea}/story",
        **described(Action.READ_IDEA, answers={200: Story}, refusals=(503,)),
    )
    async def idea_story(
        request: Request,
        idea: Annotated[UUID, Path(description="The idea's id.")],
        at: At = None,
        seen: Seen = None,
    ) -> Response:
        """Everything that concerned an idea, what each amendment changed, and where it counted when, on both axes."""
        await reader.enter_story(request, idea, seen)
        return answered(await asyncio.to_thread(story, ledger, views, idea, reader.moment(at)))

    @router.get(
        "/organisation",
        **described(Action.READ_UNITS, answers={200: Organisation}, refusals=(503,)),
    )
    async def tree(
        request: Request,
        under: OptionalUnit = None,
        level: Level | None = None,
        cohort: Annotated[str | None, Query(max_length=64)] = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        cursor_: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    ) -> Response:
        """The units as they stood on a day: as known then, or as corrected since."""
        await reader.enter(request, Action.READ_UNITS)
        found = await asyncio.to_thread(
            organisation,
            directory,
            at=moment(ledger, at, axis, known_at),
            under=under,
            level=level,
            cohort=cohort,
            begin=after_cursor(cursor_),
            limit=limit,
        )
        return answered(found)

    @router.get(
        "/organisation/difference",
        **described(Action.READ_UNITS, answers={200: OrganisationDifference}, refusals=(503,)),
    )
    async def tree_difference(
        request: Request,
        since: Since = None,
        under: OptionalUnit = None,
        level: Level | None = None,
        cohort: Annotated[str | None, Query(max_length=64)] = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
    ) -> Response:
        """What was founded, closed, merged, moved, renamed and counted anew between two moments."""
        await reader.enter(request, Action.READ_UNITS)
        found = await asyncio.to_thread(
            organisation_difference,
            directory,
            one=moment(ledger, since or "0", axis, known_at),
            other=moment(ledger, at, axis, known_at),
            under=under,
            level=level,
            cohort=cohort,
        )
        return answered(found)

    return router
