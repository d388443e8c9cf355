"""Who is calling, and what a role may do in which part of the tree: one policy function, deny by default."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple, Self
from uuid import UUID

from shared.errors import Conflict, Invalid, NotAllowed
from shared.events.access import KeyIssued, KeyRevoked
from shared.ledger.model import Actor, Aggregate, Event, Unfoldable
from shared.tree import Tree, UnitIsUnknown
from shared.vocabulary import named

COMMAND_LINE: Final = "cli"
"""Who sends what is imported from files, unless told otherwise."""
KEY_PREFIX: Final = "sk_"


class Role(StrEnum):
    CLIENT = "client"
    REVIEWER = "reviewer"
    MANAGER = "manager"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Action(StrEnum):
    """What a door may ask the policy for; every route names exactly one."""

    DECLARE = "declare"
    CHANGE_IDEA = "change-idea"
    READ_IDEA = "read-idea"
    CHECK = "check"
    READ_CASES = "read-cases"
    RULE = "rule"
    READ_BOARDS = "read-boards"
    FREEZE_BOARD = "freeze-board"
    READ_EVENTS = "read-events"
    READ_UNITS = "read-units"
    MANAGE_UNITS = "manage-units"
    MANAGE_TARGETS = "manage-targets"
    MANAGE_PROGRAMMES = "manage-programmes"
    SET_RULES = "set-rules"
    REVEAL = "reveal"
    ERASE = "erase"
    OBSERVE = "observe"


class Grant(NamedTuple):
    """Which roles may, and whether only inside the caller's own part of the tree (auditors see all of it)."""

    roles: frozenset[Role]
    scoped: bool


def _grant(*roles: Role, scoped: bool = True) -> Grant:
    return Grant(frozenset(roles), scoped)


POLICY: Final[dict[Action, Grant]] = {
    Action.DECLARE: _grant(Role.CLIENT),
    Action.CHANGE_IDEA: _grant(Role.CLIENT),
    Action.READ_IDEA: _grant(Role.CLIENT, Role.REVIEWER, Role.MANAGER, Role.AUDITOR),
    Action.CHECK: _grant(Role.CLIENT, Role.REVIEWER, scoped=False),
    Action.READ_CASES: _grant(Role.REVIEWER, Role.MANAGER, Role.AUDITOR),
    Action.RULE: _grant(Role.REVIEWER),
    Action.READ_BOARDS: _grant(*Role, scoped=False),
    Action.FREEZE_BOARD: _grant(Role.MANAGER, Role.OPERATOR),
    Action.READ_EVENTS: _grant(Role.AUDITOR, Role.OPERATOR),
    Action.READ_UNITS: _grant(*Role, scoped=False),
    Action.MANAGE_UNITS: _grant(Role.OPERATOR),
    Action.MANAGE_TARGETS: _grant(Role.MANAGER, Role.OPERATOR),
    Action.MANAGE_PROGRAMMES: _grant(Role.OPERATOR),
    Action.SET_RULES: _grant(Role.OPERATOR),
    Action.REVEAL: _grant(Role.CLIENT, Role.REVIEWER, Role.AUDITOR),
    # A person stands in no part of the tree: only who holds the whole of it may erase one.
    Action.ERASE: _grant(Role.OPERATOR),
    Action.OBSERVE: _grant(Role.OPERATOR, Role.AUDITOR, scoped=False),
}


class Caller(NamedTuple):
    """Whoever holds a valid key: its name, its role and the unit whose subtree it may touch."""

    key: UUID
    name: str
    role: Role
    unit: str

    def actor(self, *, source: str, correlation: UUID, on_behalf_of: str | None = None) -> Actor:
        """The caller as events name it."""
        return Actor(
            name=self.name,
            role=self.role.value,
            source=source,
            correlation=correlation,
            on_behalf_of=on_behalf_of,
        )


def may(caller: Caller, action: Action, unit: str | None, tree: Tree) -> bool:
    """The policy: whether the caller may do this to something that belongs to `unit` (None: to no unit)."""
    grant = POLICY.get(action)
    if grant is None or caller.role not in grant.roles:
        return False
    if not grant.scoped or (caller.role is Role.AUDITOR and unit is not None):
        return True
    return tree.inside(unit if unit is not None else tree.root, caller.unit)


def anybody(unit: str) -> bool:
    """Whether somebody may read of ideas of a unit, where nobody in particular asks."""
    return True


def permit(caller: Caller, action: Action, unit: str | None, tree: Tree) -> None:
    """Raise NotAllowed unless the policy permits it, and UnitIsUnknown to a role that may, where there is no such unit."""
    if may(caller, action, unit, tree):
        return
    grant = POLICY.get(action)
    if grant is None or caller.role not in grant.roles:
        needed = ", ".join(sorted(grant.roles)) if grant is not None else "none"
        raise NotAllowed(
            f"A key with role {caller.role} may not {action}. It takes one of: {needed}.",
            action=action.value,
        )
    if unit is not None and unit not in tree:
        raise UnitIsUnknown(unit)
    raise NotAllowed(
        f"Unit {unit or 'of the whole nation'} is outside the subtree of {caller.unit}, which is all that this key "
        "may touch. Ask the level above.",
        action=action.value,
    )


class LabelTaken(Conflict):
    """A label is the sender's name; two owners of one would take each other's declarations for their own."""

    code = "label-taken"

    def __init__(self, label: str) -> None:
        super().__init__(
            f"Label {label} names another sender. Choose one of your own, such as the portal and its unit.",
            field="label",
        )


class AccessKey(Aggregate):
    """An API key: the secret is shown once and never kept."""

    NOUN: ClassVar[str] = "key"

    revoked: bool = False

    @classmethod
    def issue(
        cls,
        role: Role,
        unit: str,
        *,
        label: str,
        by: Actor,
        callers: Iterable[Caller] = (),
        secret: Callable[[], str] | None = None,
    ) -> tuple[str, KeyIssued]:
        """A new key for a role in a unit's subtree: the secret to hand over, and the event that keeps its hash.

        `callers` are the owners of the keys there are. Raises LabelTaken; `cli` is the command line's own.
        """
        if label == COMMAND_LINE or any(c.name == label and c.unit != unit for c in callers):
            raise LabelTaken(label)
        key = KEY_PREFIX + (secret or (lambda: secrets.token_urlsafe(32)))()
        digest = key_hash(key)
        return key, KeyIssued(
            originator_id=named("key", digest),
            originator_version=1,
            by=by,
            label=label or f"{role}@{unit}",
            role=role.value,
            unit=unit,
            key_hash=digest,
        )

    def revoke(self, *, reason: str, by: Actor) -> KeyRevoked:
        """Close what the key opened."""
        if self.revoked:
            raise Conflict("This key is revoked already.")
        if not reason.strip():
            raise Invalid("Say why the key is revoked; the reason stays on record.")
        return self.next(KeyRevoked, by=by, reason=reason)

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, KeyIssued():
                return cls(id=event.originator_id, version=1)
            case AccessKey(), KeyRevoked():
                return state.after(event, revoked=True)
        raise Unfoldable(state, event)


def key_hash(key: str) -> str:
    """What is kept of a key; 256 random bits need no salt."""
    return hashlib.sha256(key.encode()).hexdigest()
