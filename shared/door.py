"""The door: every request is somebody's, is permitted or refused, and is carried out once however often it is sent."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from shared.access import Action, Caller, may, permit
from shared.directory import Directory
from shared.errors import AlreadyClaimed, Refusal, Unauthenticated
from shared.http import (
    etag,
    expect_known_parameters,
    idempotency_key,
    key_claim,
    raw_body,
    request_digest,
)
from shared.ledger.model import Actor, Event, Recorded
from shared.ledger.scribe import Scribe
from shared.ledger.store import Ledger
from shared.ledger.write import Claim, Claimed, Write
from shared.ledger.writer import Writer
from shared.metrics import REQUESTS_LIMITED
from shared.problem import IdempotencyKeyReused, TooManyRequests
from shared.tree import Tree
from shared.vocabulary import Position

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS: Final = 0.2
"""How long units, programmes and keys that another process recorded may stay unseen here."""
BURST_SECONDS: Final = 2.0
STRANGERS: Final = 4096
READS: Final = frozenset(Action) - {
    Action.DECLARE,
    Action.CHANGE_IDEA,
    Action.RULE,
    Action.ERASE,
    Action.SET_RULES,
    Action.MANAGE_UNITS,
    Action.MANAGE_TARGETS,
    Action.MANAGE_PROGRAMMES,
    Action.FREEZE_BOARD,
}
"""Writing is on record in the ledger; reading is on record in the log (C18)."""


class Decision(NamedTuple):
    """What a command comes to: the event that answers it, what else is recorded with it, and the names it claims besides.

    What stands `before` the event is recorded before it: whoever waits for the answer's position then sees all of it.
    """

    event: Event
    more: Sequence[Event] = ()
    claims: Sequence[tuple[str, bytes]] = ()
    before: Sequence[Event] = ()


class Acknowledgement(BaseModel):
    """What was recorded, where: the thing's id, its version after it, and the position to wait for in a view."""

    id: UUID
    version: int
    position: Position


class Door:
    """Who calls, what it may, and the record behind it: what the rooms' endpoints stand on."""

    def __init__(
        self,
        ledger: Ledger,
        directory: Directory,
        *,
        requests_per_second: float = 0,
        scribe: Scribe | None = None,
    ) -> None:
        self.ledger = ledger
        self.directory = directory
        self.writer = Writer(ledger, scribe)
        self._rate = requests_per_second
        self._allowance: dict[UUID, tuple[float, float]] = {}
        self._looked = 0.0

    def caller(self, request: Request) -> Caller:
        """Whoever sent the request, which asks for nothing that its address does not know.

        Raises Unauthenticated, TooManyRequests, ParameterIsUnknown.
        """
        known: Caller | None = getattr(request.state, "caller", None)
        if known is not None:
            return known
        self._look()
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise Unauthenticated(
                "Send 'Authorization: Bearer <key>' with a key from 'sangkien key create'."
            )
        caller = self.directory.caller(key.strip())
        if self._rate:
            self._spend(caller.key, time.monotonic())
        # Only now: what an address takes is told to nobody who may not ask.
        expect_known_parameters(request)
        request.state.caller = caller
        return caller

    def admit(self, request: Request) -> None:
        """Let anybody in to what is open to all, as often as somebody with a key. Raises TooManyRequests, ParameterIsUnknown."""
        self._look()
        if self._rate:
            address = request.client.host if request.client is not None else ""
            # Addresses share so many allowances, so that there are never more of them to remember.
            self._spend(UUID(int=zlib.crc32(address.encode()) % STRANGERS), time.monotonic())
        expect_known_parameters(request)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked > LOOK_AGAIN_SECONDS:
            self.directory.catch_up()
            self._looked = now

    def _spend(self, key: UUID, now: float) -> None:
        left, since = self._allowance.get(key, (self._rate * BURST_SECONDS, now))
        left = min(self._rate * BURST_SECONDS, left + (now - since) * self._rate)
        if left < 1:
            REQUESTS_LIMITED.inc()
            raise TooManyRequests(
                f"{self._rate:g} requests a second may be sent with one key, or from one place without. "
                "Wait a second."
            )
        self._allowance[key] = (left - 1, now)

    def tree(self) -> Tree:
        """The tree with everything that is on record about it, be it valid only from a later day."""
        return self.directory.tree()

    def may(self, caller: Caller, action: Action, unit: str | None) -> bool:
        """Whether the policy permits it, as the tree stands today."""
        return may(caller, action, unit, self.directory.tree_today(unit))

    def permit(self, caller: Caller, action: Action, unit: str | None) -> None:
        """Raise NotAllowed unless the policy permits it; what is read is logged with who read it (C18)."""
        permit(caller, action, unit, self.directory.tree_today(unit))
        if action in READS:
            log.info(
                "Read permitted",
                extra={
                    "action": action.value,
                    "caller": caller.name,
                    "role": caller.role.value,
                    "unit": unit,
                },
            )

    def actor(self, caller: Caller, request: Request) -> Actor:
        """The caller as this request's events name it; X-Correlation-Id ties several requests together."""
        given = request.headers.get("x-correlation-id")
        try:
            correlation = UUID(given) if given else self.ledger.new_id()
        except ValueError:
            correlation = self.ledger.new_id()
        return caller.actor(source="http", correlation=correlation)

    async def once(
        self,
        request: Request,
        caller: Caller,
        decide: Callable[[Mapping[str, Claimed]], Decision | Recorded],
        *,
        names: Sequence[str] = (),
        deciding_acts: bool = False,
    ) -> tuple[Recorded, bool]:
        """Carry a command out once: the fact it recorded, and whether it was on record already.

        `decide` is given what is on record under `names`; it returns a decision, or the fact that answers already.
        It may be asked about a request that was carried out before, unless `deciding_acts`: already does something.
        Raises IdempotencyKeyMissing, IdempotencyKeyReused, and whatever the decision or the ledger refuses.
        """
        name = key_claim(caller.key, idempotency_key(request))
        digest = request_digest(request, await raw_body(request))
        # Most requests are new, and the record itself refuses a name twice: looking it up first would cost every
        # request what only a repeated one needs.
        looked = deciding_acts
        found: Mapping[str, Claimed] = self.ledger.find([name, *names]) if looked else {}
        while True:
            before = found.get(name)
            if before is not None:
                if before.digest != digest:
                    raise IdempotencyKeyReused(idempotency_key(request))
                return before.recorded, True
            try:
                decision = decide(found)
                if isinstance(decision, Recorded):
                    # From here on the key stands for this request, which it would not if it were on record nowhere.
                    await self.writer.append(Write((), [Claim(name, digest, decision.event)]))
                    return decision, True
                events = (*decision.before, decision.event, *decision.more)
                claims = [
                    Claim(name, digest, decision.event),
                    *(Claim(n, d, decision.event) for n, d in decision.claims),
                ]
                positions = await self.writer.append(Write(events, claims))
            except AlreadyClaimed:
                # The same request, or the same declaration, is on record; looking tells with which answer.
                found, looked = self.ledger.find([name, *names]), True
            except Refusal:
                # What is refused now may be what this very request, sent before, has already brought about.
                if looked or not (found := self.ledger.find([name, *names])):
                    raise
                looked = True
            else:
                position = positions[len(decision.before)]
                return Recorded(position, self.ledger.clock(), decision.event), False

    @staticmethod
    def acknowledged(outcome: tuple[Recorded, bool], status: int = 201) -> Response:
        """The answer to a command: the same bytes the first time and every time after."""
        recorded, _ = outcome
        return answer(
            Acknowledgement(
                id=recorded.event.originator_id,
                version=recorded.event.originator_version,
                position=recorded.position,
            ),
            status,
            outcome,
        )


def answer(body: BaseModel, status: int, outcome: tuple[Recorded, bool]) -> Response:
    """A body with the stream's version as its ETag, marked where it repeats an earlier answer."""
    recorded, replayed = outcome
    headers = {"ETag": etag(recorded.event.originator_version)}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(body.__pydantic_serializer__.to_json(body), status, headers, "application/json")
