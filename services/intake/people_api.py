"""The intake's door for people: who may know an author's name, and a person's erasure."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from services.intake.changes import IdeaId
from services.intake.idea import Idea
from services.intake.person import erase as erase_person
from shared.access import Action
from shared.door import Acknowledgement, Decision, Door
from shared.events.access import PersonRevealed
from shared.form import RequiredText
from shared.http import body_of
from shared.ledger.write import Claimed, Write
from shared.openapi import described
from shared.vault import Vault
from shared.vocabulary import Value


class Erasure(Value):
    """On what ground a person is erased."""

    reason: RequiredText


class AuthorNamed(BaseModel):
    """A person with the name, or null where the person was erased."""

    person: UUID
    name: str | None


class AuthorsNamed(BaseModel):
    """The authors of an idea, and who typed it for them, named to somebody who may know."""

    authors: tuple[AuthorNamed, ...]
    entered_by: AuthorNamed | None


def routes(door: Door, vault: Vault) -> APIRouter:
    """The endpoints for people."""
    router = APIRouter(tags=["people"])
    ledger = door.ledger

    @router.post(
        "/ideas/{idea}/authors/revelation",
        **described(Action.REVEAL, answers={201: AuthorsNamed}),
    )
    async def reveal(request: Request, idea: IdeaId) -> Response:
        """Read the names of an idea's authors; that they were read goes on record."""
        caller = door.caller(request)
        standing = ledger.load(Idea, idea)
        door.permit(caller, Action.REVEAL, standing.unit)

        def revealed() -> PersonRevealed:
            return PersonRevealed(
                originator_id=ledger.new_id(),
                originator_version=1,
                by=door.actor(caller, request),
                idea=idea,
            )

        def decide(_: Mapping[str, Claimed]) -> Decision:
            return Decision(revealed())

        _, before = await door.once(request, caller, decide)
        if before:
            # A retry reads the names once more, and every reading goes on record.
            await door.writer.append(Write([revealed()]))
        named = AuthorsNamed(
            authors=tuple(
                AuthorNamed(person=a.person, name=vault.unseal(a.person, a.sealed_name))
                for a in standing.authors
            ),
            entered_by=AuthorNamed(
                person=standing.entered_by,
                name=vault.unseal(standing.entered_by, standing.entered_by_name),
            )
            if standing.entered_by is not None
            else None,
        )
        return JSONResponse(named.model_dump(mode="json"), 201)

    @router.post(
        "/people/{person}/erasure",
        **described(Action.ERASE, body=Erasure, answers={201: Acknowledgement}),
    )
    async def erase(request: Request, person: UUID) -> Response:
        """Destroy a person's keys: names can never be read again, and everything else still verifies."""
        caller = door.caller(request)
        door.permit(caller, Action.ERASE, None)
        body = await body_of(request, Erasure)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            by = door.actor(caller, request)
            return Decision(
                erase_person(person, reason=body.reason, by=by, ledger=ledger, keys=vault)
            )

        # A retry must not destroy what the person has brought since.
        return door.acknowledged(await door.once(request, caller, decide, deciding_acts=True))

    return router
