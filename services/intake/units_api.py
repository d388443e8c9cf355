"""The intake's door for the organisation: units by name, founding, head counts, moves, cohorts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from services.intake.changes import CodePath, one, recorded
from services.intake.unit import Cohort, HeadCountRecord, Unit, UnitRecord, unit_id
from shared.access import Action
from shared.door import Acknowledgement, Decision, Door
from shared.errors import Conflict
from shared.form import Code, RequiredLine
from shared.http import body_of
from shared.ledger.write import Claimed
from shared.openapi import described
from shared.tree import Tree
from shared.tree import Unit as UnitAsOf
from shared.vocabulary import Value, named


class UnitShown(BaseModel):
    """A unit with the names of the units above it, so that a person can tell the right one (A08)."""

    code: str
    name: str
    level: str
    path: tuple[str, ...]
    takes_ideas: bool
    closed: date | None = None
    merged_into: str | None = None


class UnitsFound(BaseModel):
    """Units that match a search, the nearest names first."""

    units: tuple[UnitShown, ...]


class Renaming(Value):
    """A unit's new name from a day on."""

    name: RequiredLine
    valid_from: date


class Move(Value):
    """A unit's new parent from a day on."""

    parent: Code
    valid_from: date


class Closure(Value):
    """From which day a unit is closed, and what it was merged into."""

    merged_into: Code | None = None
    valid_from: date


class CohortRecord(Value):
    """A named set of units."""

    code: Code
    name: RequiredLine


class Membership(Value):
    """A unit in, or out of, a cohort from a day on."""

    unit: Code
    valid_from: date
    leaves: bool = False


def routes(door: Door) -> APIRouter:
    """The endpoints for units and cohorts."""
    router = APIRouter(tags=["units"])
    ledger = door.ledger

    @router.get("/units", **described(Action.READ_UNITS, answers={200: UnitsFound}))
    async def search(
        request: Request,
        search: Annotated[
            str, Query(max_length=200, description="A part of the name or code.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
    ) -> Response:
        """Find units by name, with or without diacritics; the path shows which is meant."""
        caller = door.caller(request)
        door.permit(caller, Action.READ_UNITS, caller.unit)
        found = UnitsFound(units=tuple(find_units(door.directory.tree_today(), search, limit)))
        return JSONResponse(found.model_dump(mode="json"))

    @router.get("/units/{code}", **described(Action.READ_UNITS, answers={200: UnitShown}))
    async def read(request: Request, code: CodePath) -> Response:
        """One unit, with its path."""
        caller = door.caller(request)
        door.permit(caller, Action.READ_UNITS, caller.unit)
        tree = door.directory.tree_today(code)
        return JSONResponse(shown(tree, tree[code]).model_dump(mode="json"))

    @router.post(
        "/units",
        **described(Action.MANAGE_UNITS, body=UnitRecord, answers={201: Acknowledgement}),
    )
    async def found(request: Request) -> Response:
        """Put a unit and its head count on record."""
        caller = door.caller(request)
        body = await body_of(request, UnitRecord)
        door.permit(caller, Action.MANAGE_UNITS, body.parent)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            tree = door.tree()
            if body.code in tree:
                raise Conflict(f"Unit {body.code} is on record already.", field="code")
            above = None if body.parent is None else tree[body.parent].level
            events = Unit.found(body, above=above, root=tree.root, by=door.actor(caller, request))
            return Decision(events[0], events[1:])

        return await recorded(door, request, decide)

    @router.post(
        "/units/{code}/head-counts",
        **described(Action.MANAGE_UNITS, body=HeadCountRecord, answers={201: Acknowledgement}),
    )
    async def count(request: Request, code: CodePath) -> Response:
        """Record a head count; the old one stays true for its time."""
        caller = door.caller(request)
        body = await body_of(request, HeadCountRecord)
        door.permit(caller, Action.MANAGE_UNITS, code)
        return await recorded(
            door,
            request,
            lambda _: one(
                ledger.load(Unit, unit_id(code)).count(body, by=door.actor(caller, request))
            ),
        )

    @router.post(
        "/units/{code}/names",
        **described(Action.MANAGE_UNITS, body=Renaming, answers={201: Acknowledgement}),
    )
    async def rename(request: Request, code: CodePath) -> Response:
        """Give a unit another name from a day on."""
        caller = door.caller(request)
        body = await body_of(request, Renaming)
        door.permit(caller, Action.MANAGE_UNITS, code)
        return await recorded(
            door,
            request,
            lambda _: Decision(
                ledger.load(Unit, unit_id(code)).rename(
                    body.name, valid_from=body.valid_from, by=door.actor(caller, request)
                )
            ),
        )

    @router.post(
        "/units/{code}/moves",
        **described(Action.MANAGE_UNITS, body=Move, answers={201: Acknowledgement}),
    )
    async def move(request: Request, code: CodePath) -> Response:
        """Put a unit under another parent from a day on."""
        caller = door.caller(request)
        body = await body_of(request, Move)
        door.permit(caller, Action.MANAGE_UNITS, code)
        door.permit(caller, Action.MANAGE_UNITS, body.parent)
        return await recorded(
            door,
            request,
            lambda _: Decision(
                ledger.load(Unit, unit_id(code)).move(
                    body.parent,
                    valid_from=body.valid_from,
                    tree=door.tree(),
                    by=door.actor(caller, request),
                )
            ),
        )

    @router.post(
        "/units/{code}/closure",
        **described(Action.MANAGE_UNITS, body=Closure, answers={201: Acknowledgement}),
    )
    async def close(request: Request, code: CodePath) -> Response:
        """Close a unit, or merge it into another, from a day on."""
        caller = door.caller(request)
        body = await body_of(request, Closure)
        door.permit(caller, Action.MANAGE_UNITS, code)
        if body.merged_into is not None:
            door.permit(caller, Action.MANAGE_UNITS, body.merged_into)
        return await recorded(
            door,
            request,
            lambda _: Decision(
                ledger.load(Unit, unit_id(code)).close(
                    merged_into=body.merged_into,
                    valid_from=body.valid_from,
                    tree=door.tree(),
                    by=door.actor(caller, request),
                )
            ),
        )

    @router.post(
        "/cohorts",
        **described(Action.MANAGE_PROGRAMMES, body=CohortRecord, answers={201: Acknowledgement}),
    )
    async def form(request: Request) -> Response:
        """Name a set of units."""
        caller = door.caller(request)
        body = await body_of(request, CohortRecord)
        door.permit(caller, Action.MANAGE_PROGRAMMES, None)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            if body.code in door.tree().cohort_names:
                raise Conflict(f"Cohort {body.code} is on record already.", field="code")
            return Decision(Cohort.form(body.code, body.name, by=door.actor(caller, request)))

        return await recorded(door, request, decide)

    @router.post(
        "/cohorts/{code}/members",
        **described(Action.MANAGE_PROGRAMMES, body=Membership, answers={201: Acknowledgement}),
    )
    async def member(request: Request, code: CodePath) -> Response:
        """Take a unit into a cohort, or out of it, from a day on."""
        caller = door.caller(request)
        body = await body_of(request, Membership)
        door.permit(caller, Action.MANAGE_PROGRAMMES, None)

        def decide(_: Mapping[str, Claimed]) -> Decision:
            cohort = ledger.load(Cohort, named("cohort", code))
            unit = door.tree()[body.unit].code
            by = door.actor(caller, request)
            if body.leaves:
                return Decision(cohort.leave(unit, valid_from=body.valid_from, by=by))
            return Decision(cohort.join(unit, valid_from=body.valid_from, by=by))

        return await recorded(door, request, decide)

    return router


def shown(tree: Tree, unit: UnitAsOf) -> UnitShown:
    """A unit as people see it."""
    return UnitShown(
        code=unit.code,
        name=unit.name,
        level=unit.level.value,
        path=tuple(tree.name(step) for step in tree.path(unit.code)),
        takes_ideas=unit.level.value == "grassroots" and unit.closed is None,
        closed=unit.closed,
        merged_into=unit.merged_into,
    )


def plain(text: str) -> str:
    """A name as people type it in a hurry: lower case, no diacritics."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d")


def find_units(tree: Tree, search: str, limit: int) -> list[UnitShown]:
    """Units whose name or code holds all the words, shortest names first."""
    wanted = plain(search).split()
    found = [
        unit
        for unit in tree.units.values()
        if all(word in f"{plain(unit.name)} {unit.code.casefold()}" for word in wanted)
    ]
    found.sort(key=lambda unit: (len(unit.name), unit.code))
    return [shown(tree, unit) for unit in found[:limit]]
