"""The boards' door: leaderboard, quota, units behind, milestones, the queue of cases, timelines and the trail of events."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from services.projections.answer import BoardRoute
from services.projections.asof import Axis
from services.projections.cases import CaseQueue, cases
from services.projections.leaderboard import Leaderboard, Measure, leaderboard
from services.projections.milestones import Milestone, milestone
from services.projections.quota import QuotaBehind, QuotaBoard, quota, under
from services.projections.reader import At, InProgramme, KnownAt, Reader, Seen, answered
from services.projections.timeline import IdeaIsUnknown, Timeline, timeline
from services.projections.trail import Trail, trail
from services.projections.views import Projector, Views
from shared.access import Action, Caller
from shared.docket import DocketState
from shared.door import Door
from shared.errors import Invalid
from shared.events import EVENTS, IdeaDeclared, IdeaRerouted
from shared.form import Instant
from shared.http import after_cursor, cursor
from shared.openapi import described
from shared.vocabulary import Level, TargetKind


def routes(door: Door, views: Views, projector: Projector) -> APIRouter:
    """The endpoints that read."""
    router = APIRouter(tags=["boards"], route_class=BoardRoute)
    ledger, directory = door.ledger, door.directory
    reader = Reader(door, views, projector)
    seen, resolved = reader.wait, reader.moment

    def entered(request: Request, action: Action) -> Caller:
        caller = door.caller(request)
        door.permit(caller, action, caller.unit)
        return caller

    def unit_of(idea: UUID) -> str:
        # Whoever may read of an idea follows from where it stands now, as everywhere.
        unit = None
        for event in ledger.stream(idea):
            if isinstance(event, IdeaDeclared | IdeaRerouted):
                unit = event.unit
        if unit is None:
            raise IdeaIsUnknown(idea, ledger.head())
        return unit

    @router.get(
        "/boards/leaderboard",
        **described(Action.READ_BOARDS, answers={200: Leaderboard}, refusals=(409, 503)),
    )
    async def board_leaderboard(
        request: Request,
        level: Level = Level.FIRST,
        measure: Measure = Measure.GROSS,
        top: Annotated[int, Query(ge=1, le=100_000)] = 10,
        cohort: Annotated[str | None, Query(max_length=64)] = None,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen_: Seen = None,
    ) -> Response:
        """Who leads, by any measure, as of any instant, as known then or as corrected since."""
        entered(request, Action.READ_BOARDS)
        await seen(seen_)
        board = await asyncio.to_thread(
            leaderboard,
            views,
            directory,
            programme=directory.the_programme(programme),
            at=resolved(at, axis, known_at),
            level=level,
            measure=measure,
            top=top,
            cohort=cohort,
            matched=ledger.handled("dedup"),
        )
        return answered(board)

    @router.get(
        "/boards/quota",
        **described(Action.READ_BOARDS, answers={200: QuotaBoard}, refusals=(409, 503)),
    )
    async def board_quota(
        request: Request,
        unit: Annotated[str | None, Query(max_length=64)] = None,
        phase: Annotated[
            str | None, Query(max_length=64, description="A phase's code, or 'whole'.")
        ] = None,
        kind: TargetKind | None = None,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen_: Seen = None,
    ) -> Response:
        """Progress towards each target in force, as of any instant."""
        entered(request, Action.READ_BOARDS)
        await seen(seen_)
        board = await asyncio.to_thread(
            quota,
            views,
            directory,
            programme=directory.the_programme(programme),
            at=resolved(at, axis, known_at),
            unit=unit,
            phase=... if phase is None else None if phase == "whole" else phase,
            kind=kind,
            matched=ledger.handled("dedup"),
        )
        return answered(board)

    @router.get(
        "/boards/under",
        **described(Action.READ_BOARDS, answers={200: QuotaBehind}, refusals=(409, 503)),
    )
    async def board_under(
        request: Request,
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        share: Annotated[float, Query(gt=0, le=1)] = 0.5,
        level: Level | None = None,
        seen_: Seen = None,
    ) -> Response:
        """Units under a share (half) of their target for the whole programme."""
        entered(request, Action.READ_BOARDS)
        await seen(seen_)
        found = await asyncio.to_thread(
            under,
            views,
            directory,
            programme=directory.the_programme(programme),
            at=resolved(at, axis, known_at),
            share=share,
            level=level,
        )
        return answered(found)

    @router.get(
        "/boards/milestones",
        **described(Action.READ_BOARDS, answers={200: Milestone}, refusals=(409, 503)),
    )
    async def board_milestones(
        request: Request,
        count: Annotated[int, Query(ge=1, le=10**9)],
        programme: InProgramme = None,
        at: At = None,
        axis: Axis = Axis.KNOWN,
        known_at: KnownAt = None,
        seen_: Seen = None,
    ) -> Response:
        """Which idea was the n-th handed in, and which the n-th valid one, and when."""
        entered(request, Action.READ_BOARDS)
        await seen(seen_)
        found = await asyncio.to_thread(
            milestone,
            views,
            directory.the_programme(programme),
            count,
            resolved(at, axis, known_at),
        )
        return answered(found)

    @router.get("/cases", **described(Action.READ_CASES, answers={200: CaseQueue}, refusals=(503,)))
    async def case_queue(
        request: Request,
        state: DocketState | None = None,
        at: At = None,
        cursor_: Annotated[str | None, Query(alias="cursor", max_length=64)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        seen_: Seen = None,
    ) -> Response:
        """The cases with a member in the caller's part of the tree, in the order they were opened."""
        caller = entered(request, Action.READ_CASES)
        await seen(seen_)
        found = await asyncio.to_thread(
            cases,
            ledger,
            views,
            resolved(at),
            state=state,
            inside=lambda unit: door.may(caller, Action.READ_CASES, unit),
            after=after_cursor(cursor_),
            limit=limit,
        )
        following = cursor(found[-1].position) if len(found) == limit else None
        return answered(CaseQueue(rows=tuple(found), next=following))

    @router.get(
        "/ideas/{idea}/timeline",
        **described(Action.READ_IDEA, answers={200: Timeline}, refusals=(503,)),
    )
    async def idea_timeline(
        request: Request,
        idea: Annotated[UUID, Path(description="The idea's id.")],
        at: At = None,
        seen_: Seen = None,
    ) -> Response:
        """Everything that happened to an idea: declared, amended, suspected, ruled, re-routed."""
        caller = door.caller(request)
        door.permit(caller, Action.READ_IDEA, unit_of(idea))
        await seen(seen_)
        return answered(await asyncio.to_thread(timeline, ledger, views, idea, resolved(at)))

    @router.get("/events", **described(Action.READ_EVENTS, answers={200: Trail}))
    async def events(
        request: Request,
        type_: Annotated[str | None, Query(alias="type", max_length=64)] = None,
        unit: Annotated[str | None, Query(max_length=64)] = None,
        since: Annotated[
            Instant | None, Query(description="Recorded at this instant or later.")
        ] = None,
        until: Annotated[
            Instant | None, Query(description="Recorded at this instant or earlier.")
        ] = None,
        actor: Annotated[str | None, Query(max_length=200)] = None,
        cursor_: Annotated[str | None, Query(alias="cursor", max_length=64)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """The ledger's events by type, unit, time and actor; never texts or names."""
        caller = door.caller(request)
        door.permit(
            caller, Action.READ_EVENTS, unit if unit is not None else door.tree().root or None
        )
        if type_ is not None and type_ not in EVENTS:
            raise Invalid(f"There is no event type {type_}.", field="type")
        found = await asyncio.to_thread(
            lambda: list(
                trail(
                    ledger,
                    directory,
                    views,
                    after=after_cursor(cursor_),
                    topic=type_,
                    unit=unit,
                    since=since,
                    until=until,
                    actor=actor,
                    limit=limit,
                )
            )
        )
        following = cursor(int(str(found[-1]["position"]))) if len(found) == limit else None
        return answered(Trail(events=tuple(found), next=following))

    return router
