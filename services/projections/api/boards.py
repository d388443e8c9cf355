"""The boards' door: leaderboard, quota, units behind, milestones, the queue of cases, timelines and the trail of events."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from services.projections.api.answer import BoardRoute
from services.projections.api.ranking import OfRanking
from services.projections.api.reader import (
    At,
    Cursor,
    OfMoment,
    Reader,
    Seen,
    answered,
)
from services.projections.boards.cases import CaseQueue, cases
from services.projections.boards.leaderboard import Leaderboard, leaderboard
from services.projections.boards.milestones import Milestone, milestone
from services.projections.boards.phases import Phases, phases
from services.projections.boards.quota import QuotaBehind, QuotaBoard, phase_asked, quota, under
from services.projections.history.timeline import Timeline, timeline
from services.projections.history.trail import Trail, trail
from shared.access import Action
from shared.cursor import after_cursor, cursor
from shared.docket import DocketState
from shared.errors import Invalid
from shared.events.register import EVENTS
from shared.form import Instant
from shared.openapi import described
from shared.vocabulary import Level, TargetKind

TITLES_A_PAGE: Final = 50_000


def routes(reader: Reader) -> APIRouter:
    """The endpoints that read."""
    router = APIRouter(tags=["boards"], route_class=BoardRoute)
    views, directory, ledger, door = reader.views, reader.directory, reader.ledger, reader.door

    @router.get(
        "/boards/leaderboard",
        **described(Action.READ_BOARDS, answers={200: Leaderboard}, refusals=(409, 503)),
    )
    async def board_leaderboard(
        request: Request,
        asked: OfMoment,
        ranking: OfRanking,
        top: Annotated[int, Query(ge=1, le=100_000)] = 10,
    ) -> Response:
        """Who leads, by any measure, as of any instant, as known then or as corrected since."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            leaderboard,
            views,
            directory,
            top=top,
            matched=ledger.handled("dedup"),
            **ranking.options,
        )

    @router.get(
        "/boards/quota",
        **described(Action.READ_BOARDS, answers={200: QuotaBoard}, refusals=(409, 503)),
    )
    async def board_quota(
        request: Request,
        asked: OfMoment,
        unit: Annotated[str | None, Query(max_length=64)] = None,
        phase: Annotated[
            str | None, Query(max_length=64, description="A phase's code, or 'whole'.")
        ] = None,
        kind: TargetKind | None = None,
    ) -> Response:
        """Progress towards each target in force, as of any instant."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked,
            quota,
            views,
            directory,
            unit=unit,
            phase=phase_asked(phase),
            kind=kind,
            matched=ledger.handled("dedup"),
        )

    @router.get(
        "/boards/phases",
        **described(Action.READ_BOARDS, answers={200: Phases}, refusals=(409, 503)),
    )
    async def board_phases(
        request: Request,
        asked: OfMoment,
        unit: Annotated[
            str | None, Query(max_length=64, description="The phases that this unit goes through.")
        ] = None,
    ) -> Response:
        """From when to when the phases of a programme are."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(asked, phases, directory, unit=unit)

    @router.get(
        "/boards/under",
        **described(Action.READ_BOARDS, answers={200: QuotaBehind}, refusals=(409, 503)),
    )
    async def board_under(
        request: Request,
        asked: OfMoment,
        share: Annotated[float, Query(gt=0, le=1)] = 0.5,
        level: Level | None = None,
    ) -> Response:
        """Units under a share (half) of their target for the whole programme."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(asked, under, views, directory, share=share, level=level)

    @router.get(
        "/boards/milestones",
        **described(Action.READ_BOARDS, answers={200: Milestone}, refusals=(409, 503)),
    )
    async def board_milestones(
        request: Request,
        asked: OfMoment,
        count: Annotated[int, Query(ge=1, le=10**9)],
    ) -> Response:
        """Which idea was the n-th handed in, and which the n-th valid one, and when."""
        await reader.enter(request, Action.READ_BOARDS, seen=asked.seen)
        return await reader.board(
            asked, milestone, views, count=count, simulated=directory.simulated
        )

    @router.get("/cases", **described(Action.READ_CASES, answers={200: CaseQueue}, refusals=(503,)))
    async def case_queue(
        request: Request,
        state: DocketState | None = None,
        at: At = None,
        cursor_: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        seen: Seen = None,
    ) -> Response:
        """The cases with a member in the caller's part of the tree, in the order they were opened."""
        caller = await reader.enter(request, Action.READ_CASES, seen=seen)
        found = await asyncio.to_thread(
            cases,
            ledger,
            views,
            reader.moment(at),
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
        seen: Seen = None,
    ) -> Response:
        """Everything that happened to an idea: declared, amended, suspected, ruled, re-routed."""
        await reader.enter_story(request, idea, seen)
        return answered(await asyncio.to_thread(timeline, ledger, views, idea, reader.moment(at)))

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
        title: Annotated[
            str | None,
            Query(
                max_length=500,
                description="Declarations and amendments whose title holds these words, with or without diacritics. A "
                "page looks through 50,000 positions: follow next, even where a page has no events.",
            ),
        ] = None,
        cursor_: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """The ledger's events by type, unit, time, actor and words of a title; never texts or names."""
        caller = door.caller(request)
        door.permit(
            caller, Action.READ_EVENTS, unit if unit is not None else door.tree().root or None
        )
        if type_ is not None and type_ not in EVENTS:
            raise Invalid(f"There is no event type {type_}.", field="type")
        after = after_cursor(cursor_)
        # Titles are read one by one: nobody waits for a whole ledger in one answer.
        to = after + TITLES_A_PAGE if title is not None else None
        found = await asyncio.to_thread(
            lambda: list(
                trail(
                    ledger,
                    directory,
                    views,
                    after=after,
                    topic=type_,
                    unit=unit,
                    since=since,
                    until=until,
                    actor=actor,
                    title=title,
                    to=to,
                    limit=limit,
                )
            )
        )
        following = cursor(int(str(found[-1]["position"]))) if len(found) == limit else None
        if following is None and to is not None and to < ledger.head():
            following = cursor(to)
        return answered(Trail(events=tuple(found), next=following))

    return router
