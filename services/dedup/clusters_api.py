"""The door for mending cases: exclude a member, split a case, join two, and rule on a list of members in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from services.dedup.case import Case
from services.dedup.cluster import exclude, join, split
from services.dedup.reach import CaseId, nearest, permit_members
from services.dedup.rulings import CAP, Effects, Given, RulingList, Wanted, give
from services.dedup.undoing import undo
from shared.access import Action, Caller
from shared.door import Acknowledgement, Decision, Door, answer
from shared.errors import Refusal
from shared.events.mending import RulingsGiven, RulingsUndone
from shared.form import RequiredText
from shared.http import body_of, etag, expect_version
from shared.ledger.write import Claimed
from shared.openapi import described
from shared.vocabulary import LeftAlone, RuledPlace, Value

ListId = Annotated[UUID, Path(description="The id of the list of rulings, from its receipt.")]
T = TypeVar("T")

LONGEST_LIST: Final = 5000


class ExclusionRequest(Value):
    """Who does not belong to the case, and why."""

    member: UUID
    reason: RequiredText


class SplitRequest(Value):
    """Who goes into a case of its own, and why."""

    members: Annotated[tuple[UUID, ...], Field(min_length=1)]
    reason: RequiredText


class JoinRequest(Value):
    """Which other case is one with this one, and why."""

    case: UUID
    reason: RequiredText


class RulingsRequest(Value):
    """Rulings to be given in one go, and how many there may be at most: all of them are recorded, or none."""

    rulings: Annotated[tuple[Wanted, ...], Field(min_length=1)]
    cap: Annotated[int, Field(ge=1, le=LONGEST_LIST)] = CAP


class UndoRequest(Value):
    """Why a list of rulings is undone."""

    reason: RequiredText


class RulingsReceipt(BaseModel):
    """What was recorded: the list's id, by which it can be undone as a whole, each ruling, and the position to wait for."""

    id: UUID
    version: int
    position: int
    rulings: tuple[RuledPlace, ...]


class RulingsShown(BaseModel):
    """A list of rulings: where each of them is on record, and whether the list was undone."""

    id: UUID
    version: int
    undone: bool
    rulings: tuple[RuledPlace, ...]


class UndoReceipt(BaseModel):
    """Which rulings of the list were undone, which were left alone and why, and the position to wait for."""

    id: UUID
    version: int
    position: int
    undone: tuple[RuledPlace, ...]
    left_alone: tuple[LeftAlone, ...]


def routes(door: Door) -> APIRouter:
    """The endpoints for the make-up of cases and for lists of rulings."""
    router = APIRouter(tags=["dedup"])
    ledger = door.ledger

    @router.post(
        "/cases/{case}/exclusions",
        **described(
            Action.RULE, body=ExclusionRequest, answers={201: Acknowledgement}, versioned=True
        ),
    )
    async def take_out(request: Request, case: CaseId) -> Response:
        """Take out a member that does not belong to the case; the machine does not bring it back to those in it."""
        caller = door.caller(request)
        body = await body_of(request, ExclusionRequest)
        permit_members(door, caller, ledger.load(Case, case), [body.member])

        def decide(current: Case) -> Decision:
            *earlier, last = exclude(
                current, body.member, reason=body.reason, by=door.actor(caller, request)
            )
            return Decision(last, before=earlier)

        return await mended(request, caller, case, decide)

    @router.post(
        "/cases/{case}/splits",
        **described(Action.RULE, body=SplitRequest, answers={201: Acknowledgement}, versioned=True),
    )
    async def divide(request: Request, case: CaseId) -> Response:
        """Take members into a case of their own; the answer holds the new case's id."""
        caller = door.caller(request)
        body = await body_of(request, SplitRequest)
        permit_members(door, caller, ledger.load(Case, case), body.members)

        def decide(current: Case) -> Decision:
            behind, begun = split(
                current, body.members, reason=body.reason, by=door.actor(caller, request)
            )
            return Decision(begun, before=[behind])

        return await mended(request, caller, case, decide)

    @router.post(
        "/cases/{case}/joins",
        **described(Action.RULE, body=JoinRequest, answers={201: Acknowledgement}, versioned=True),
    )
    async def unite(request: Request, case: CaseId) -> Response:
        """Join another case into this one, which keeps its id; the other is read only from then on."""
        caller = door.caller(request)
        body = await body_of(request, JoinRequest)
        found = ledger.load(Case, case)
        door.permit(caller, Action.RULE, nearest(door, caller, Action.RULE, found))
        other = ledger.load(Case, body.case)
        permit_members(door, caller, other, [m.idea for m in other.docket.present()])

        def decide(current: Case) -> Decision:
            closed, grown = join(
                current,
                ledger.load(Case, body.case),
                reason=body.reason,
                by=door.actor(caller, request),
            )
            return Decision(grown, before=[closed])

        return await mended(request, caller, case, decide)

    async def mended(
        request: Request, caller: Caller, case: UUID, mend: Callable[[Case], Decision]
    ) -> Response:
        def decide(_: Mapping[str, Claimed]) -> Decision:
            current = ledger.load(Case, case)
            expect_version(request, current.version)
            return mend(current)

        return door.acknowledged(await door.once(request, caller, decide))

    @router.post(
        "/rulings/rehearsal",
        **described(
            Action.RULE, body=RulingsRequest, answers={200: Effects}, safe=True, refusals=(409,)
        ),
    )
    async def rehearse(request: Request) -> Response:
        """Ask what a list of rulings would change in which counts; nothing is recorded."""
        caller = door.caller(request)
        door.permit(caller, Action.RULE, caller.unit)
        body = await body_of(request, RulingsRequest)
        given = await asyncio.to_thread(_given, door, request, caller, body)
        return JSONResponse(given.effects.model_dump(mode="json"))

    @router.post(
        "/rulings",
        **described(Action.RULE, body=RulingsRequest, answers={201: RulingsReceipt}),
    )
    async def rule_on_all(request: Request) -> Response:
        """Rule on a list of members in one go, all or none; its id undoes it as a whole."""
        caller = door.caller(request)
        door.permit(caller, Action.RULE, caller.unit)
        body = await body_of(request, RulingsRequest)

        # A long list takes a while: away from the loop that answers everybody.
        given = await _decided(lambda: _given(door, request, caller, body))

        def decide(_: Mapping[str, Claimed]) -> Decision:
            return Decision(given().together, before=given().rulings)

        outcome = await door.once(request, caller, decide)
        together = outcome[0].event
        assert isinstance(together, RulingsGiven)
        receipt = RulingsReceipt(
            id=together.originator_id,
            version=together.originator_version,
            position=outcome[0].position,
            rulings=together.rulings,
        )
        return answer(receipt, 201, outcome)

    @router.get("/rulings/{rulings}", **described(Action.READ_CASES, answers={200: RulingsShown}))
    async def read(request: Request, rulings: ListId) -> Response:
        """A list of rulings by its id, for whoever may read one of the cases in it."""
        caller = door.caller(request)
        found = ledger.load(RulingList, rulings)
        cases = dict.fromkeys(place.case for place in found.rulings)
        units = [
            nearest(door, caller, Action.READ_CASES, ledger.load(Case, case)) for case in cases
        ]
        nearby = next((u for u in units if door.may(caller, Action.READ_CASES, u)), units[0])
        door.permit(caller, Action.READ_CASES, nearby)
        shown = RulingsShown(
            id=found.id, version=found.version, undone=found.undone, rulings=found.rulings
        )
        return JSONResponse(shown.model_dump(mode="json"), headers={"ETag": etag(found.version)})

    @router.post(
        "/rulings/{rulings}/undoing",
        **described(Action.RULE, body=UndoRequest, answers={201: UndoReceipt}),
    )
    async def take_back(request: Request, rulings: ListId) -> Response:
        """Undo a list of rulings: what stood before stands again, but where somebody decided anew since."""
        caller = door.caller(request)
        door.permit(caller, Action.RULE, caller.unit)
        body = await body_of(request, UndoRequest)

        undone = await _decided(
            lambda: undo(
                ledger.load(RulingList, rulings),
                ledger,
                reason=body.reason,
                permit=lambda unit: door.permit(caller, Action.RULE, unit),
                by=door.actor(caller, request),
            )
        )

        def decide(_: Mapping[str, Claimed]) -> Decision:
            return Decision(undone().together, before=undone().restored)

        outcome = await door.once(request, caller, decide)
        together = outcome[0].event
        assert isinstance(together, RulingsUndone)
        receipt = UndoReceipt(
            id=together.originator_id,
            version=together.originator_version,
            position=outcome[0].position,
            undone=together.undone,
            left_alone=together.left_alone,
        )
        return answer(receipt, 201, outcome)

    return router


def _given(door: Door, request: Request, caller: Caller, body: RulingsRequest) -> Given:
    return give(
        body.rulings,
        door.ledger,
        rulings=door.ledger.new_id(),
        cap=body.cap,
        permit=lambda unit: door.permit(caller, Action.RULE, unit),
        by=door.actor(caller, request),
    )


async def _decided(decide: Callable[[], T]) -> Callable[[], T]:
    """Decide away from the loop; what comes of it, a refusal as well, is had when it is asked for.

    A refusal may be what this very request, sent before, has brought about: the door looks for that first.
    """
    try:
        found = await asyncio.to_thread(decide)
    except Refusal as refusal:
        refused = refusal

        def refuse() -> T:
            raise refused

        return refuse
    return lambda: found
