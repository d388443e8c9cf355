"""A simulated history on its way into the ledger: what the parts of the country decide, in one order of time.

Each part may decide in a process of its own, while this one has the ledger put what was decided before on disk. The
parts' decisions are merged by their instants, so that the order does not depend on who was faster.
"""

from __future__ import annotations

import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import Queue, SimpleQueue
from typing import Final, Protocol

from services.simulation.curve import Slice
from services.simulation.organisation import Change
from services.simulation.shard import Happened, Named
from shared.errors import Conflict, Unavailable
from shared.ledger.encoding import encode
from shared.ledger.stamp import Encoded
from shared.ledger.store import Claim, Ledger, Write
from shared.vault import Vault
from shared.vocabulary import Position

AHEAD: Final = 2
"""A part decides so many stretches before it must know where the declarations of the first of them came to stand."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
TRANSACTION: Final = 8000
"""So many events or more are recorded in one transaction."""
FOLLOWERS: Final = ("dedup", "cases")
"""Who would have decided the flags and cases of this history: they are done with whatever is recorded."""

Progress = Callable[[Position], None]
"""Told up to which position the history is on disk."""


class SomebodyElseWrote(Conflict):
    """A flag says at which positions its two ideas stand; in a ledger that others write to these would be others."""

    code = "simulation-disturbed"

    def __init__(self, expected: Position, found: Position) -> None:
        super().__init__(
            f"Position {expected} was to be this simulation's and is another's ({found} came instead). Nobody else "
            "may write to a ledger while it is simulated. Remove the directory and simulate again."
        )


class Part(Protocol):
    """What decides for a part of the country."""

    def run(self, stretch: Slice) -> list[Happened]: ...
    def place(self, positions: Sequence[Position]) -> None: ...


class Feed(Protocol):
    """What hands over the decisions of a part, stretch by stretch."""

    def next(self) -> list[Happened]: ...
    def place(self, positions: Sequence[Position]) -> None: ...


class Here:
    """A part that decides in this process."""

    def __init__(self, part: Part, stretches: Sequence[Slice]) -> None:
        self._part = part
        self._stretches = iter(stretches)
        self._placed: deque[Sequence[Position]] = deque()

    def next(self) -> list[Happened]:
        """The decisions of the next stretch."""
        if len(self._placed) == AHEAD:
            self._part.place(self._placed.popleft())
        return self._part.run(next(self._stretches))

    def place(self, positions: Sequence[Position]) -> None:
        """Say where the declarations of a stretch came to stand."""
        self._placed.append(positions)


class Elsewhere:
    """A part that decides in a process of its own, some stretches ahead."""

    def __init__(self, vault: Vault, decide: Callable[..., None], *arguments: object) -> None:
        """`decide` is called there with the arguments, a connection to send to, and one to receive from.

        The vault is the one that is flushed before a commit: the keys under which names were sealed there come to it.
        """
        self._vault = vault
        context = get_context("spawn")
        self._happened, their_happened = context.Pipe(duplex=False)
        their_places, self._places = context.Pipe(duplex=False)
        self._process = context.Process(
            target=decide, args=(*arguments, their_happened, their_places), daemon=True
        )
        self._process.start()
        their_happened.close()
        their_places.close()

    def next(self) -> list[Happened]:
        """The decisions of the next stretch. Raises Unavailable where the process has ended."""
        try:
            self._vault.take_over(pickle.loads(self._happened.recv_bytes()))  # noqa: S301
            return unpacked(self._happened.recv_bytes())
        except EOFError:
            raise Unavailable(
                "A part of the simulation ended before its time; what it said stands above. Nothing more is recorded."
            ) from None

    def place(self, positions: Sequence[Position]) -> None:
        """Say where the declarations of a stretch came to stand."""
        with suppress(BrokenPipeError):
            self._places.send(positions)

    def close(self) -> None:
        """End the process, whether or not it has come to its end."""
        self._process.terminate()
        self._process.join()
        self._happened.close()
        self._places.close()


def serve(
    part: Part,
    stretches: Sequence[Slice],
    vault: Vault,
    happened: Connection,
    places: Connection,
) -> None:
    """What the other process does: decide stretch by stretch, never more than a few ahead of what is in order."""
    placed: SimpleQueue[Sequence[Position]] = SimpleQueue()

    def listen() -> None:
        with suppress(EOFError):
            while True:
                placed.put(places.recv())

    # Somebody must always be listening: both sides would wait for each other with their pipes full.
    threading.Thread(target=listen, daemon=True).start()
    for n, stretch in enumerate(stretches):
        if n >= AHEAD:
            part.place(placed.get())
        decided = part.run(stretch)
        happened.send_bytes(pickle.dumps(vault.handed_over()))
        happened.send_bytes(packed(decided))
    happened.close()


def packed(happened: Sequence[Happened]) -> bytes:
    """Decisions as bytes; plain tuples and numbers take a third of the time that named ones do."""
    return pickle.dumps(
        [
            (
                (at - EPOCH) // MICROSECOND,
                *event,
                *(claim or (None, b"")),
            )
            for at, event, claim in happened
        ],
        pickle.HIGHEST_PROTOCOL,
    )


def unpacked(sent: bytes) -> list[Happened]:
    """What was packed by a process of ours."""
    return [
        Happened(
            EPOCH + at * MICROSECOND,
            Encoded(stream, version, topic, state),
            Named(name, digest) if name is not None else None,
        )
        for at, stream, version, topic, state, name, digest in pickle.loads(sent)  # noqa: S301
    ]


class Recording:
    """Puts decisions on disk in a thread of its own, in transactions of thousands, while the next are being merged."""

    def __init__(self, ledger: Ledger, progress: Progress) -> None:
        self._ledger = ledger
        self._progress = progress
        self.position = ledger.head()
        self._waiting: list[Happened] = []
        self._full: Queue[list[Happened] | None] = Queue(maxsize=2)
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._commit_all, name="recording")
        self._thread.start()

    def take(self, happened: Iterable[Happened]) -> None:
        """Record these next; on disk once this was closed. Raises what the ledger raised."""
        self._waiting += happened
        if len(self._waiting) >= TRANSACTION:
            self._hand_over()

    def close(self) -> None:
        """Wait until everything is on disk. Raises what the ledger raised."""
        self._hand_over()
        self._full.put(None)
        self._thread.join()
        if self._problem is not None:
            raise self._problem

    def abandon(self) -> None:
        """Record nothing more."""
        self._full.put(None)
        self._thread.join()

    def _hand_over(self) -> None:
        if self._problem is None and self._waiting:
            self._full.put(self._waiting)
            self.position += len(self._waiting)
            self._waiting = []
        if self._problem is not None:
            raise self._problem

    def _commit_all(self) -> None:
        at = self.position
        while (batch := self._full.get()) is not None:
            if self._problem is not None:
                continue
            try:
                at = self._commit(batch, at)
            except BaseException as problem:
                self._problem = problem

    def _commit(self, batch: Sequence[Happened], at: Position) -> Position:
        last = at + len(batch)
        [positions, *_] = self._ledger.write(
            [
                Write(
                    [h.event for h in batch],
                    [Claim(*h.claim, h.event) for h in batch if h.claim is not None],
                    moments=[h.at for h in batch],
                ),
                *(Write(follower=follower, handled=last) for follower in FOLLOWERS),
            ]
        )
        if positions[0] != at + 1 or positions[-1] != last:
            raise SomebodyElseWrote(at + 1, positions[0])
        self._progress(last)
        return last


def write(
    ledger: Ledger,
    feeds: Sequence[Feed],
    stretches: Iterable[Slice],
    changes: Sequence[Change],
    progress: Progress,
) -> Position:
    """Put the decisions of all parts on record in the order of their instants; answers the last position.

    Raises SomebodyElseWrote, and what the ledger raises.
    """
    recording = Recording(ledger, progress)
    coming = deque(changes)
    at = recording.position
    try:
        for stretch in stretches:
            first: list[Happened] = []
            while coming and coming[0].at <= stretch.begins:
                change = coming.popleft()
                first += [Happened(change.at, encode(event), None) for event in change.events]
            merged = sorted(
                ((n, h) for n, feed in enumerate(feeds) for h in feed.next()),
                key=lambda entry: entry[1].at,
            )
            at += len(first)
            positions: list[list[Position]] = [[] for _ in feeds]
            for n, happened in merged:
                at += 1
                if happened.claim is not None:
                    positions[n].append(at)
            for feed, found in zip(feeds, positions, strict=True):
                feed.place(found)
            recording.take(first)
            recording.take(happened for _, happened in merged)
    except BaseException:
        recording.abandon()
        raise
    recording.close()
    return at
