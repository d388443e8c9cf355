"""The intake's door for ideas: declare, amend, withdraw, re-route, record recognition, read."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from services.intake.bulk import DeclaredOtherwise, claim_name, fingerprint
from services.intake.changes import IdeaId
from services.intake.idea import Idea
from services.intake.receipt import Receipt
from shared.access import Action, Caller
from shared.declaration import Content, Declaration, Draft, Recognition
from shared.door import Acknowledgement, Decision, Door, answer
from shared.events.idea import IdeaDeclared
from shared.form import Code, RequiredText
from shared.http import body_of, etag, expect_version
from shared.ledger.model import Recorded
from shared.ledger.write import Claimed
from shared.openapi import described
from shared.vault import Vault
from shared.vocabulary import Ineligible, Value, months_later


class Withdrawal(Value):
    """Why an idea is taken back."""

    reason: RequiredText


class Rerouting(Value):
    """The unit an idea belonged to all along, and why it stood elsewhere."""

    unit: Code
    reason: RequiredText


class AuthorShown(BaseModel):
    """An author without a name: a pseudonym and what boards may count."""

    person: UUID
    share_percent: str
    holds_post: bool
    worker_kind: str


class IdeaShown(BaseModel):
    """An idea as it stands; confidential texts are empty."""

    idea: UUID
    version: int
    external_id: str
    sender: str
    programme: str
    unit: str
    filed_at: str
    priority: str
    answer_due: str
    content_hash: str
    ineligible: tuple[Ineligible, ...]
    withdrawn: bool
    content: Content
    authors: tuple[AuthorShown, ...]


def routes(door: Door, vault: Vault) -> APIRouter:
    """The endpoints for ideas."""
    router = APIRouter(tags=["intake"])
    ledger, directory = door.ledger, door.directory

    def permitted(request: Request, idea: UUID) -> Caller:
        caller = door.caller(request)
        door.permit(caller, Action.CHANGE_IDEA, ledger.load(Idea, idea).unit)
        return caller

    def changed(request: Request, idea: UUID) -> Idea:
        standing = ledger.load(Idea, idea)
        expect_version(request, standing.version)
        return standing

    @router.post("/ideas", **described(Action.DECLARE, body=Declaration, answers={201: Receipt}))
    async def declare(request: Request) -> Response:
        """Put an idea on record; the receipt comes when it is on disk."""
        caller = door.caller(request)
        declaration = await body_of(request, Declaration)
        door.permit(caller, Action.DECLARE, declaration.unit)
        name = claim_name(caller.name, declaration.external_id)
        digest = fingerprint(declaration, vault)

        def decide(found: Mapping[str, Claimed]) -> Decision | Recorded:
            standing = found.get(name)
            if standing is not None:
                if standing.digest != digest:
                    raise DeclaredOtherwise(declaration.external_id)
                return standing.recorded
            declared = Idea.declare(
                ledger.new_id(),
                declaration,
                sender=caller.name,
                terms=directory.terms(declaration.programme),
                tree=door.tree(),
                seals=vault,
                by=door.actor(caller, request),
                at=ledger.now(),
            )
            return Decision(declared, claims=[(name, digest)])

        outcome = await door.once(request, caller, decide, names=[name])
        recorded = outcome[0]
        assert isinstance(recorded.event, IdeaDeclared)
        return answer(Receipt.of(recorded.event, recorded.position), 201, outcome)

    @router.get("/ideas/{idea}", **described(Action.READ_IDEA, answers={200: IdeaShown}))
    async def read(request: Request, idea: IdeaId) -> Response:
        """An idea as it stands now."""
        caller = door.caller(request)
        found = ledger.load(Idea, idea)
        door.permit(caller, Action.READ_IDEA, found.unit)
        return JSONResponse(
            shown(found).model_dump(mode="json"), headers={"ETag": etag(found.version)}
        )

    @router.post(
        "/ideas/{idea}/amendments",
        **described(Action.CHANGE_IDEA, body=Draft, answers={201: Acknowledgement}, versioned=True),
    )
    async def amend(request: Request, idea: IdeaId) -> Response:
        """Correct an idea's texts, dates or authors; it is matched again."""
        caller = permitted(request, idea)
        draft = await body_of(request, Draft)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            standing = changed(request, idea)
            terms = directory.terms(standing.programme)
            return Decision(
                standing.amend(draft, terms=terms, seals=vault, by=door.actor(caller, request))
            )

        return door.acknowledged(await door.once(request, caller, decide))

    @router.post(
        "/ideas/{idea}/withdrawal",
        **described(
            Action.CHANGE_IDEA, body=Withdrawal, answers={201: Acknowledgement}, versioned=True
        ),
    )
    async def withdraw(request: Request, idea: IdeaId) -> Response:
        """Take an idea back; it stays in gross and leaves net."""
        caller = permitted(request, idea)
        body = await body_of(request, Withdrawal)
        return door.acknowledged(
            await door.once(
                request,
                caller,
                lambda _: Decision(
                    changed(request, idea).withdraw(
                        reason=body.reason, by=door.actor(caller, request)
                    )
                ),
            )
        )

    @router.post(
        "/ideas/{idea}/rerouting",
        **described(
            Action.CHANGE_IDEA, body=Rerouting, answers={201: Acknowledgement}, versioned=True
        ),
    )
    async def reroute(request: Request, idea: IdeaId) -> Response:
        """Move an idea to the unit it belonged to all along; its priority stays."""
        caller = permitted(request, idea)
        body = await body_of(request, Rerouting)
        # Nobody puts into a part of the tree what it could not have declared there.
        door.permit(caller, Action.CHANGE_IDEA, body.unit)
        return door.acknowledged(
            await door.once(
                request,
                caller,
                lambda _: Decision(
                    changed(request, idea).reroute(
                        body.unit,
                        reason=body.reason,
                        tree=door.tree(),
                        by=door.actor(caller, request),
                    )
                ),
            )
        )

    @router.post(
        "/ideas/{idea}/recognition",
        **described(
            Action.CHANGE_IDEA, body=Recognition, answers={201: Acknowledgement}, versioned=True
        ),
    )
    async def recognise(request: Request, idea: IdeaId) -> Response:
        """Record the authority's decision; eligibility is judged again."""
        caller = permitted(request, idea)
        body = await body_of(request, Recognition)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            standing = changed(request, idea)
            terms = directory.terms(standing.programme)
            return Decision(
                standing.record_recognition(body, terms=terms, by=door.actor(caller, request))
            )

        return door.acknowledged(await door.once(request, caller, decide))

    return router


def shown(idea: Idea) -> IdeaShown:
    """An idea as people may see it."""
    return IdeaShown(
        idea=idea.id,
        version=idea.version,
        external_id=idea.external_id,
        sender=idea.sender,
        programme=idea.programme,
        unit=idea.unit,
        filed_at=idea.filed_at.isoformat(),
        priority=idea.priority.isoformat(),
        answer_due=months_later(idea.filed_at).isoformat(),
        content_hash=idea.content_hash,
        ineligible=idea.ineligible,
        withdrawn=idea.withdrawn,
        content=idea.content.disclosed(),
        authors=tuple(
            AuthorShown(
                person=a.person,
                share_percent=a.share_percent,
                holds_post=a.holds_post,
                worker_kind=a.worker_kind.value,
            )
            for a in idea.authors
        ),
    )
