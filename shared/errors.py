"""Refusals: how the domain says no. Each kind says what, why, and what to do next; doors map kinds to status codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar


class Refusal(Exception):
    """A command was not carried out, for a reason the caller can act on."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, object] = facts

    def __reduce__(self) -> tuple[Callable[..., Refusal], tuple[object, ...]]:
        # It may have to be said in another process, and many kinds are made of other things than they say.
        return _said_again, (type(self), self.args, self.__dict__)


def _said_again(kind: type[Refusal], args: tuple[object, ...], said: dict[str, object]) -> Refusal:
    refusal = kind.__new__(kind, *args)
    refusal.__dict__ |= said
    return refusal


class NotFound(Refusal):
    """The thing named does not exist (or is hidden from this caller)."""

    code = "not-found"


class Conflict(Refusal):
    """The command contradicts what is already on record."""

    code = "contradiction"


class VersionConflict(Conflict):
    """Somebody else changed the same thing in between; load it again and decide anew."""

    code = "version-conflict"


class AlreadyClaimed(Conflict):
    """A name that must be unique (a sender's own id, an idempotency key) is already on record."""

    code = "already-claimed"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is already on record.", name=name)
        self.name = name


class Several(Conflict):
    """A list was sent of which some entries cannot be carried out, each for a reason of its own; nothing of it was."""

    code = "several-refused"

    def __init__(self, message: str, refused: Mapping[str, Refusal]) -> None:
        super().__init__(message)
        self.refused = refused


class NotAllowed(Refusal):
    """The caller's role, or its place in the tree, does not permit this."""

    code = "not-allowed"


class Unauthenticated(Refusal):
    """The caller did not say who it is, or its key is not (or no longer) valid."""

    code = "unauthenticated"


class Invalid(Refusal):
    """The request itself is malformed; sending it again unchanged cannot succeed."""

    code = "invalid"


class Unavailable(Refusal):
    """The system cannot keep its promise now (a full disk, a locked store); nothing was recorded."""

    code = "unavailable"
