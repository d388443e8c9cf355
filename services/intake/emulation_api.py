"""The intake's door for emulation: the waves of a programme, and the criteria that its months are ranked by."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.intake.changes import CodePath, one, recorded
from services.intake.emulation import CriteriaRecord, VersionsShown, WavesShown, adopt
from services.intake.programme import Programme, WaveRecord, programme_id
from shared.access import Action
from shared.door import Acknowledgement, Decision, Door
from shared.http import body_of
from shared.openapi import described


def routes(door: Door) -> APIRouter:
    """The endpoints for waves and criteria."""
    router = APIRouter(tags=["emulation"])
    ledger = door.ledger

    @router.get(
        "/programmes/{code}/waves", **described(Action.READ_UNITS, answers={200: WavesShown})
    )
    async def waves(request: Request, code: CodePath) -> Response:
        """The waves of emulation of a programme, as they stand."""
        caller = door.caller(request)
        door.permit(caller, Action.READ_UNITS, caller.unit)
        body = WavesShown.of(door.directory.programme(code).waves)
        return JSONResponse(body.model_dump(mode="json", by_alias=True))

    @router.post(
        "/programmes/{code}/waves",
        **described(Action.MANAGE_TARGETS, body=WaveRecord, answers={201: Acknowledgement}),
    )
    async def open_wave(request: Request, code: CodePath) -> Response:
        """Hold a wave of emulation, of the nation or of one unit, or correct its days; targets are for it by its code."""
        caller = door.caller(request)
        body = await body_of(request, WaveRecord)
        door.permit(caller, Action.MANAGE_TARGETS, body.unit)

        def decide(_: Mapping[str, object]) -> Decision:
            programme = ledger.load(Programme, programme_id(code))
            by = door.actor(caller, request)
            event = programme.open_wave(body.wave(), tree=door.tree(), by=by)
            return one([event] if event is not None else [])

        return await recorded(door, request, decide)

    @router.get(
        "/programmes/{code}/criteria", **described(Action.READ_UNITS, answers={200: VersionsShown})
    )
    async def criteria(request: Request, code: CodePath) -> Response:
        """Every version of the criteria that months are ranked by, each with the day from which it holds."""
        caller = door.caller(request)
        door.permit(caller, Action.READ_UNITS, caller.unit)
        body = VersionsShown.of(code, door.directory.programme(code).criteria)
        return JSONResponse(body.model_dump(mode="json"))

    @router.post(
        "/programmes/{code}/criteria",
        **described(Action.MANAGE_TARGETS, body=CriteriaRecord, answers={201: Acknowledgement}),
    )
    async def adopt_criteria(request: Request, code: CodePath) -> Response:
        """Rank months by other criteria from a day on; what was ranked before is ranked as it was."""
        caller = door.caller(request)
        body = await body_of(request, CriteriaRecord)
        door.permit(caller, Action.MANAGE_TARGETS, None)

        def decide(_: Mapping[str, object]) -> Decision:
            event = adopt(ledger, code, body, by=door.actor(caller, request))
            return one([event] if event is not None else [])

        return await recorded(door, request, decide)

    return router
