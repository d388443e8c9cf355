"""The dedup door: check before declaring, see a case with its explanation, rule on a member, read and set the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from services.dedup.case import Case
from services.dedup.detect import Detector
from services.dedup.hearing import CaseShown, content_of, hearing
from services.dedup.matching import Matching, matching_id
from services.dedup.reach import CaseId, nearest
from shared.access import Action, Caller
from shared.door import Acknowledgement, Decision, Door
from shared.errors import Unavailable
from shared.form import Code, RequiredLine, RequiredText, Text
from shared.http import body_of, etag, expect_version
from shared.ledger.write import Claimed
from shared.openapi import described
from shared.vocabulary import MatchingRules, Ruling, TextField, Value

MOST_HITS = 5


class CheckRequest(Value):
    """A text somebody is about to declare."""

    title: RequiredLine
    solution: RequiredText
    situation_before: Text = ""
    unit: Code | None = None
    programme: Code | None = None


class Hit(BaseModel):
    """An earlier declaration that the text may repeat; advisory, it blocks nothing."""

    idea: UUID
    external_id: str
    unit: str
    unit_name: str
    title: str
    band: str
    score: float
    tier: str


class Hits(BaseModel):
    """At most five hits, the likeliest first, and the position up to which was compared."""

    hits: tuple[Hit, ...]
    compared_up_to: int


class RulingRequest(Value):
    """A person's judgement on one member of a case; the reason goes to the author in writing."""

    member: UUID
    ruling: Ruling
    reason: RequiredText


class CanonicalRequest(Value):
    """Which member comes first after all, and why."""

    member: UUID
    reason: RequiredText


class RulesShown(BaseModel):
    """The model and the matching rules in force."""

    version: int
    model: str
    rules: MatchingRules


class RulesRequest(Value):
    """Other rules from here on, and why."""

    rules: MatchingRules
    reason: RequiredText


class MatcherIsBehind(Unavailable):
    code = "matcher-behind"

    def __init__(self) -> None:
        super().__init__(
            "The matcher is still reading the ledger. Declare without a check, or try again in a minute."
        )


def routes(door: Door, detector: Detector) -> APIRouter:
    """The endpoints for checks, cases and rules."""
    router = APIRouter(tags=["dedup"])
    ledger = door.ledger

    @router.post(
        "/checks",
        **described(
            Action.CHECK, body=CheckRequest, answers={200: Hits}, safe=True, refusals=(409,)
        ),
    )
    async def check(request: Request) -> Response:
        """Ask what a text may repeat, before declaring it; nothing is recorded, nothing is blocked."""
        caller = door.caller(request)
        body = await body_of(request, CheckRequest)
        unit = body.unit or caller.unit
        door.permit(caller, Action.CHECK, unit)
        if not detector.ready():
            raise MatcherIsBehind
        programme = door.directory.the_programme(body.programme)
        tree = door.tree()
        # Away from the loop that answers everybody: the detector may be at work on a page of its own.
        found = await asyncio.to_thread(
            detector.check,
            title=body.title,
            solution=body.solution,
            situation=body.situation_before,
            unit=unit,
            programme=programme,
            most=MOST_HITS,
        )
        hits = []
        for suspicion in found:
            member = suspicion.earlier.member
            hits.append(
                Hit(
                    idea=member.idea,
                    external_id=member.external_id,
                    unit=member.unit,
                    unit_name=tree.name(member.unit),
                    title=content_of(member.idea, ledger).shown(TextField.TITLE),
                    band=suspicion.scored.band.value,
                    score=suspicion.scored.score,
                    tier=suspicion.tier.value,
                )
            )
        answer = Hits(hits=tuple(hits), compared_up_to=detector.position())
        return JSONResponse(answer.model_dump(mode="json"))

    @router.get("/cases/{case}", **described(Action.READ_CASES, answers={200: CaseShown}))
    async def read(request: Request, case: CaseId) -> Response:
        """A case with its members, the rulings so far, and for each suspicion the explanation."""
        caller = door.caller(request)
        found = ledger.load(Case, case)
        door.permit(caller, Action.READ_CASES, nearest(door, caller, Action.READ_CASES, found))
        shown = await asyncio.to_thread(hearing, found, ledger, detector.models, door.tree())
        return JSONResponse(shown.model_dump(mode="json"), headers={"ETag": etag(found.version)})

    @router.post(
        "/cases/{case}/rulings",
        **described(
            Action.RULE, body=RulingRequest, answers={201: Acknowledgement}, versioned=True
        ),
    )
    async def rule(request: Request, case: CaseId) -> Response:
        """Rule on one member; a later ruling may turn it, and both stay on record."""
        caller = door.caller(request)
        body = await body_of(request, RulingRequest)
        return await judged(
            request,
            caller,
            case,
            body.member,
            lambda found: Decision(
                found.rule(
                    body.member,
                    body.ruling,
                    reason=body.reason,
                    by=door.actor(caller, request),
                )
            ),
        )

    @router.post(
        "/cases/{case}/canonical",
        **described(
            Action.RULE, body=CanonicalRequest, answers={201: Acknowledgement}, versioned=True
        ),
    )
    async def choose(request: Request, case: CaseId) -> Response:
        """Put another member first than the priority dates do, with a reason."""
        caller = door.caller(request)
        body = await body_of(request, CanonicalRequest)
        return await judged(
            request,
            caller,
            case,
            body.member,
            lambda found: Decision(
                found.choose_canonical(
                    body.member, reason=body.reason, by=door.actor(caller, request)
                )
            ),
        )

    async def judged(
        request: Request,
        caller: Caller,
        case: UUID,
        member: UUID,
        judge: Callable[[Case], Decision],
    ) -> Response:
        found = ledger.load(Case, case)
        standing = found.docket.member(member)
        unit = (
            nearest(door, caller, Action.RULE, found) if standing is None else standing.member.unit
        )
        door.permit(caller, Action.RULE, unit)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            current = ledger.load(Case, case)
            expect_version(request, current.version)
            return judge(current)

        return door.acknowledged(await door.once(request, caller, decide))

    @router.get("/matching", **described(Action.READ_UNITS, answers={200: RulesShown}))
    async def rules(request: Request) -> Response:
        """The model and rules in force."""
        caller = door.caller(request)
        door.permit(caller, Action.READ_UNITS, caller.unit)
        found = ledger.load(Matching, matching_id())
        shown = RulesShown(version=found.version, model=found.model, rules=found.rules)
        return JSONResponse(shown.model_dump(mode="json"), headers={"ETag": etag(found.version)})

    @router.post(
        "/matching/rules",
        **described(
            Action.SET_RULES, body=RulesRequest, answers={201: Acknowledgement}, versioned=True
        ),
    )
    async def adopt(request: Request) -> Response:
        """Suspect under other thresholds, guards or stop phrases from here on."""
        caller = door.caller(request)
        body = await body_of(request, RulesRequest)
        door.permit(caller, Action.SET_RULES, None)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            found = ledger.load(Matching, matching_id())
            expect_version(request, found.version)
            return Decision(
                found.adopt_rules(body.rules, reason=body.reason, by=door.actor(caller, request))
            )

        return door.acknowledged(await door.once(request, caller, decide))

    return router
