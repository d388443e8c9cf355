"""Whom a case concerns: the right that this room's doors ask for, over a case as a whole and over each of its members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import Path

from services.dedup.case import Case
from shared.access import Action, Caller
from shared.door import Door

CaseId = Annotated[UUID, Path(description="The case's id.")]


def nearest(door: Door, caller: Caller, action: Action, case: Case) -> str:
    """The unit by which a caller may do something to a case as a whole, if there is one among its members'."""
    units = [m.member.unit for m in case.docket.members]
    return next((unit for unit in units if door.may(caller, action, unit)), units[0])


def permit_members(door: Door, caller: Caller, case: Case, members: Iterable[UUID]) -> None:
    """Whoever moves a member needs the right over it, as for a ruling; over a stranger, the right over the case."""
    for idea in members:
        standing = case.docket.member(idea)
        unit = (
            standing.member.unit
            if standing is not None
            else nearest(door, caller, Action.RULE, case)
        )
        door.permit(caller, Action.RULE, unit)
