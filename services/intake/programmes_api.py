"""The intake's door for programmes: their terms, opening one, and targets."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from services.intake.changes import CodePath, NothingChanged, one, recorded
from services.intake.programme import Programme, ProgrammeRecord, TargetRecord, programme_id
from services.intake.split import Split, SplitRecord, SplitShown, split
from shared.access import Action, Caller
from shared.door import Acknowledgement, Decision, Door
from shared.errors import Conflict
from shared.http import body_of
from shared.ledger.model import Event
from shared.ledger.write import Claimed
from shared.openapi import described
from shared.terms import Terms
from shared.vocabulary import midnight


class ProgrammeShown(BaseModel):
    """A programme's terms."""

    code: str
    name: str
    terms: Terms


class ProgrammesShown(BaseModel):
    """All programmes."""

    programmes: tuple[ProgrammeShown, ...]


def routes(door: Door) -> APIRouter:
    """The endpoints for programmes and targets."""
    router = APIRouter(tags=["programmes"])
    ledger = door.ledger

    @router.get("/programmes", **described(Action.READ_UNITS, answers={200: ProgrammesShown}))
    async def programmes(request: Request) -> Response:
        """All programmes with their terms."""
        caller = door.caller(request)
        door.permit(caller, Action.READ_UNITS, caller.unit)
        found = [door.directory.programme(code) for code in door.directory.programmes()]
        body = ProgrammesShown(
            programmes=tuple(ProgrammeShown(code=p.code, name=p.name, terms=p.terms) for p in found)
        )
        return JSONResponse(body.model_dump(mode="json", by_alias=True))

    @router.post(
        "/programmes",
        **described(Action.MANAGE_PROGRAMMES, body=ProgrammeRecord, answers={201: Acknowledgement}),
    )
    async def open_programme(request: Request) -> Response:
        """Let another programme take declarations, with its targets."""
        caller = door.caller(request)
        body = await body_of(request, ProgrammeRecord)
        door.permit(caller, Action.MANAGE_PROGRAMMES, None)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            if body.code in door.directory.programmes():
                raise Conflict(f"Programme {body.code} is open already.", field="code")
            by = door.actor(caller, request)
            opened = Programme.open(body, by=by)
            programme, more = Programme.evolve(None, opened), list[Event]()
            for target in body.targets:
                event = programme.set_target(target, tree=door.tree(), by=by)
                if event is not None:
                    more.append(event)
                    programme = Programme.evolve(programme, event)
            return Decision(opened, more)

        return await recorded(door, request, decide)

    @router.post(
        "/programmes/{code}/targets",
        **described(Action.MANAGE_TARGETS, body=TargetRecord, answers={201: Acknowledgement}),
    )
    async def set_target(request: Request, code: CodePath) -> Response:
        """Set a unit's target; the old one stays true for its time."""
        caller = door.caller(request)
        body = await body_of(request, TargetRecord)
        door.permit(caller, Action.MANAGE_TARGETS, body.unit)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            programme = ledger.load(Programme, programme_id(code))
            event = programme.set_target(body, tree=door.tree(), by=door.actor(caller, request))
            return one([event] if event is not None else [])

        return await recorded(door, request, decide)

    def splitting(request: Request, caller: Caller, code: str, body: SplitRecord) -> Split:
        return split(
            ledger.load(Programme, programme_id(code)),
            body,
            tree=door.directory.tree(on=midnight(body.dated)),
            by=door.actor(caller, request),
        )

    @router.post(
        "/programmes/{code}/splits/rehearsal",
        **described(
            Action.MANAGE_TARGETS,
            body=SplitRecord,
            answers={200: SplitShown},
            safe=True,
            refusals=(409,),
        ),
    )
    async def rehearse_split(request: Request, code: CodePath) -> Response:
        """Ask what each child would be given of a unit's target; nothing is recorded."""
        caller = door.caller(request)
        body = await body_of(request, SplitRecord)
        door.permit(caller, Action.MANAGE_TARGETS, body.unit)
        return JSONResponse(splitting(request, caller, code, body).shown.model_dump(mode="json"))

    @router.post(
        "/programmes/{code}/splits",
        **described(Action.MANAGE_TARGETS, body=SplitRecord, answers={201: Acknowledgement}),
    )
    async def split_target(request: Request, code: CodePath) -> Response:
        """Split a unit's target over the units directly below it, or split it anew; only what changed is recorded."""
        caller = door.caller(request)
        body = await body_of(request, SplitRecord)
        door.permit(caller, Action.MANAGE_TARGETS, body.unit)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            events = splitting(request, caller, code, body).events
            if not events:
                raise NothingChanged
            # Whoever waits for the answer's position sees all of the split.
            return Decision(events[-1], before=events[:-1])

        return await recorded(door, request, decide)

    return router
