"""Group commit: what concurrent callers hand in between two turns of the loop is recorded in one transaction.

A quick commit is done where the callers are: handing it to a thread would cost more than the commit itself, since the two
would fight for the interpreter's lock at every row. It goes to a thread where it might take long: on a slow disk, or while
somebody else is writing; more callers then gather for the one after. Over a network it goes to the scribe, a process of its
own, as soon as callers gather, and to a thread until then.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Final

from shared.errors import AlreadyClaimed, Unavailable
from shared.ledger.scribe import Scribe, ScribeIsGone
from shared.ledger.stamp import StoreIsBusy
from shared.ledger.store import Ledger
from shared.ledger.write import Write
from shared.vocabulary import Position

GROUP: Final = 200
QUICK_SECONDS: Final = 0.02
GROUPS_AFTER_SLOW: Final = 5
"""After one commit that was not quick, so many go to a thread before another is tried here."""
COMPANY: Final = 4
"""So many callers at once make it worth while to have a process that writes, or to hand it a second group."""
UNDER_WAY: Final = 2
"""So many groups are with the scribe at once: it finds the next one when it has written one."""

_Waiting = tuple[Write, asyncio.Future[list[Position]]]


class Writer:
    """Appends for all concurrent callers of a door; each is answered only after its bytes are on disk."""

    def __init__(self, ledger: Ledger, scribe: Scribe | None = None) -> None:
        self._ledger = ledger
        self._scribe = scribe
        self._waiting: deque[_Waiting] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._slow = 0

    async def append(self, write: Write) -> list[Position]:
        """Record the write with whatever else is waiting. Raises what `Ledger.append` raises, for this write alone."""
        answer: asyncio.Future[list[Position]] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, answer))
        self._tasks = [task for task in self._tasks if not task.done()]
        if not self._tasks or (
            len(self._tasks) < UNDER_WAY
            and len(self._waiting) >= COMPANY
            and self._scribe is not None
            and self._scribe.ready
        ):
            self._tasks.append(asyncio.create_task(self._drain()))
        return await answer

    async def _drain(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            try:
                positions = await self._record([write for write, _ in group])
            except Unavailable as problem:
                for _, answer in group:
                    _refuse(answer, problem)
            except AlreadyClaimed:
                await self._without_repeated(group)
            except Exception as problem:
                if len(group) == 1:
                    _refuse(group[0][1], problem)
                else:
                    await self._one_by_one(group)
            else:
                for (_, answer), given in zip(group, positions, strict=True):
                    if not answer.done():
                        answer.set_result(given)

    async def _without_repeated(self, group: list[_Waiting]) -> None:
        # A retry of what is on record: only its own caller waits; the others go with the next transaction.
        names = [claim.name for write, _ in group for claim in write.claims]
        try:
            found = await asyncio.to_thread(self._ledger.claimed, names)
        except Unavailable as problem:
            for _, answer in group:
                _refuse(answer, problem)
            return
        others = []
        for write, answer in group:
            taken = [claim.name for claim in write.claims if claim.name in found]
            if taken:
                _refuse(answer, AlreadyClaimed(taken[0]))
            else:
                others.append((write, answer))
        if len(others) < len(group):
            self._waiting.extendleft(reversed(others))
        else:
            # Two of them claim the same.
            await self._one_by_one(group)

    async def _record(self, writes: list[Write]) -> list[list[Position]]:
        if self._ledger.near and not self._slow:
            began = time.perf_counter()
            with suppress(StoreIsBusy):
                positions = self._ledger.write(writes, wait=False)
                if time.perf_counter() - began > QUICK_SECONDS:
                    self._slow = GROUPS_AFTER_SLOW
                return positions
        self._slow = max(0, self._slow - 1)
        if self._scribe is not None and not self._ledger.simulated:
            if self._scribe.ready:
                with suppress(ScribeIsGone):
                    positions = await self._scribe.write(writes, self._ledger.now())
                    self._ledger.committed()
                    return positions
            elif len(writes) >= COMPANY:
                self._scribe.call()
        return await asyncio.to_thread(self._ledger.write, writes)

    async def _one_by_one(self, group: list[_Waiting]) -> None:
        # One write of the group contradicts the record or cannot be written; alone, only that one is refused.
        for write, answer in group:
            try:
                positions = (await asyncio.to_thread(self._ledger.write, [write]))[0]
            except Exception as problem:
                _refuse(answer, problem)
            else:
                if not answer.done():
                    answer.set_result(positions)

    async def drained(self) -> None:
        """Everything handed in so far is on disk or refused."""
        while running := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(running)

    async def close(self) -> None:
        """End when everything is on disk or refused."""
        await self.drained()
        if self._scribe is not None:
            await self._scribe.close()


def _refuse(answer: asyncio.Future[list[Position]], problem: Exception) -> None:
    if not answer.done():
        answer.set_exception(problem)
