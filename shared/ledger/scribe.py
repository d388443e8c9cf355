"""The scribe: a process of its own that writes for one that serves, where the ledger lies behind a network.

A thread that writes fights with the task that takes requests for the interpreter's lock, at every answer of the server.
A process has a lock of its own. It is called only when callers gather; until it is there, and when it is gone, a thread
writes: what the scribe may have recorded before it went is then found as any other repetition is.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import Any, BinaryIO, Final, Protocol

from shared.errors import Unavailable
from shared.ledger.encoding import encode
from shared.ledger.stamp import Encoded, stream_of
from shared.ledger.store import Ledger
from shared.ledger.write import Claim, Write
from shared.sealing import NewKey
from shared.vocabulary import Position

log = logging.getLogger(__name__)

LENGTH: Final = 4
"""Each message is preceded by its length, in so many bytes."""
SOON_SECONDS: Final = 0.01
LEAVE_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 120.0
"""The stores themselves give up sooner, for two groups in turn; a scribe that says nothing for so long is taken for gone."""

Answer = list[list[Position]] | Exception


class Keys(Protocol):
    """Where the keys are made under which personal data is sealed."""

    def lend(self) -> list[NewKey]: ...
    def take_back(self, keys: Sequence[NewKey], *, kept: bool) -> None: ...


class KeptKeys(Protocol):
    """Where these keys are put on disk, before anything sealed under them is recorded."""

    def take_over(self, keys: Sequence[NewKey]) -> None: ...
    def close(self) -> None: ...


class ScribeIsGone(Exception):
    """There is no scribe (any more); whether it recorded what it was given, the record tells."""


class Scribe:
    """Hands groups of writes to the process that records them, and keeps that process running."""

    def __init__(self, command: Sequence[str], stores: object, keys: Keys) -> None:
        """`stores` is what the process is told first: which stores it writes into."""
        self._command = command
        self._stores = stores
        self._keys = keys
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._under_way: deque[tuple[asyncio.Future[Answer], list[NewKey]]] = deque()
        self._ready = False
        self._called = float("-inf")

    @property
    def ready(self) -> bool:
        """Whether it takes a group."""
        return self._ready

    def call(self) -> None:
        """Have it begin, which takes a second; one that went is not called again at once."""
        alive = self._listening is not None and not self._listening.done()
        if not alive and time.monotonic() - self._called > AGAIN_SECONDS:
            self._called = time.monotonic()
            self._listening = asyncio.create_task(self._listen())

    async def write(self, writes: Sequence[Write], now: datetime) -> list[list[Position]]:
        """Where the writes are on record, in one transaction. Raises ScribeIsGone, and what `Ledger.write` raises."""
        if self._process is None or self._process.stdin is None or not self._ready:
            raise ScribeIsGone
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        encoded = [_encoded(write, now) for write in writes]
        keys = self._keys.lend()
        group = _framed((keys, encoded))
        self._under_way.append((answer, keys))
        # A process that has just ended is noticed below.
        with suppress(OSError, RuntimeError):
            self._process.stdin.write(group)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await answer
        except TimeoutError:
            if self._process is not None:
                self._process.kill()
            self._dismiss()
            raise ScribeIsGone from None
        if isinstance(found, Exception):
            raise found
        return found

    async def close(self) -> None:
        """Let it go when it has written what it was given."""
        while self._process is None and self._listening is not None and not self._listening.done():
            await asyncio.sleep(SOON_SECONDS)
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        if self._listening is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._listening, LEAVE_SECONDS)

    async def _listen(self) -> None:
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, start_new_session=True
            )
        except OSError:
            log.exception("Nobody can be called to write", extra={"action": "write"})
            return
        try:
            await self._hear(process)
        except (OSError, asyncio.IncompleteReadError):
            # What it leaves undone is told below; an orderly end comes here too.
            pass
        except Exception:
            log.exception("Whoever writes said what nobody understands", extra={"action": "write"})
        finally:
            self._dismiss()
        try:
            await asyncio.wait_for(process.wait(), AGAIN_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(_framed(self._stores))
        # The first thing it says is that it has opened the stores.
        while self._process is process:
            length = int.from_bytes(await process.stdout.readexactly(LENGTH))
            answer: Answer = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  (our own process)
            if not self._ready:
                self._ready = self._process is process
                continue
            caller, keys = self._under_way.popleft()
            self._keys.take_back(keys, kept=not isinstance(answer, Exception))
            if not caller.done():
                caller.set_result(answer)

    def _dismiss(self) -> None:
        self._process, self._ready = None, False
        if self._under_way:
            log.warning(
                "Whoever writes in a process of its own is gone; a thread writes meanwhile",
                extra={"action": "write", "groups": len(self._under_way)},
            )
        while self._under_way:
            caller, keys = self._under_way.popleft()
            self._keys.take_back(keys, kept=False)
            if not caller.done():
                caller.set_result(ScribeIsGone())


def work(
    open_stores: Callable[[object], tuple[Ledger, KeptKeys]], given: BinaryIO, answers: BinaryIO
) -> None:
    """Be the scribe: write what is given until there is no more, and say of each group where it is, or why it is not."""
    stores = _read(given)
    if stores is None:
        return
    try:
        ledger, kept = open_stores(stores)
    except (OSError, Unavailable) as problem:
        # Whoever serves writes by itself, and calls again.
        log.warning("Nobody can write now", extra={"action": "write", "problem": str(problem)})
        return
    with closing(kept), closing(ledger):
        _say(answers, None)
        while (group := _read(given)) is not None:
            keys, writes = group
            try:
                kept.take_over(keys)
                _say(answers, ledger.write(writes))
            except BrokenPipeError:
                raise
            except Exception as problem:
                _say(answers, problem)


def _say(answers: BinaryIO, said: list[list[Position]] | Exception | None) -> None:
    try:
        message = _framed(said)
    except Exception:
        message = _framed(RuntimeError(repr(said)))
    answers.write(message)
    answers.flush()


def _encoded(write: Write, now: datetime) -> Write:
    """A write as bytes, so that nothing has to be made of its events again; of what answers a claim, where it stands."""
    stored = [event if isinstance(event, Encoded) else encode(event) for event in write.events]
    claims = [
        Claim(name, digest, Encoded(stream_of(event), event.originator_version, "", b""))
        for name, digest, event in write.claims
    ]
    # Of clocks there is one, which is this process's.
    moments = write.moments or [now] * len(stored)
    return write._replace(events=stored, claims=claims, moments=moments)


def _framed(said: object) -> bytes:
    message = pickle.dumps(said, pickle.HIGHEST_PROTOCOL)
    return len(message).to_bytes(LENGTH) + message


def _read(given: BinaryIO) -> Any:  # noqa: ANN401  (what was said first is another thing than a group)
    length = given.read(LENGTH)
    if len(length) < LENGTH:
        return None
    message = given.read(int.from_bytes(length))
    # Whoever was killed in the middle of a message did not say it.
    return pickle.loads(message) if len(message) == int.from_bytes(length) else None  # noqa: S301  (our own process)
