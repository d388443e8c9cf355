"""A simulated history on its way into the ledger: what the parts of the country decide, in one order of time.

Each part may decide in a process of its own, while this one has the ledger put what was decided before on disk. The
parts' decisions are merged by their instants, so that the order does not depend on who was faster.
"""

from __future__ import annotations

import gc
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Final, Protocol

from msgspec.msgpack import Decoder, Encoder

from services.simulation.curve import Slice
from services.simulation.decided import Decided, merged
from services.simulation.organisation import Change
from services.simulation.recording import Progress, Recording
from shared.errors import Unavailable
from shared.ledger.store import Ledger
from shared.sealing import NewKey
from shared.vault import Vault
from shared.vocabulary import Position

AHEAD: Final = 2
"""A part decides so many stretches before it must know where the declarations of the first of them came to stand."""
_PACKING: Final = Encoder()
_UNPACKING: Final = Decoder(tuple[list[NewKey], Decided])


class Part(Protocol):
    """What decides for a part of the country."""

    def draw_ahead(self, stretches: Iterable[Slice]) -> None: ...
    @property
    def needs_places(self) -> bool: ...
    def run(self, stretch: Slice) -> Decided: ...
    def place(self, positions: Sequence[Position]) -> None: ...
    def new_keys(self) -> list[NewKey]: ...


class Feed(Protocol):
    """What hands over the decisions of a part, stretch by stretch."""

    def wait_until_drawn(self) -> None: ...
    def hand_in(self) -> None: ...
    def next(self) -> Decided: ...
    def place(self, positions: Sequence[Position]) -> None: ...


class Here:
    """A part that decides in this process."""

    def __init__(self, vault: Vault, part: Part, stretches: Sequence[Slice]) -> None:
        self._vault = vault
        self._part = part
        self._all = stretches
        self._stretches = iter(stretches)
        self._placed: deque[Sequence[Position]] = deque()

    def wait_until_drawn(self) -> None:
        """All forms are filled in before the first is handed in."""
        self._part.draw_ahead(self._all)

    def hand_in(self) -> None:
        """Nothing waits for it: forms are handed in when the next stretch is asked for."""

    def next(self) -> Decided:
        """The decisions of the next stretch."""
        if len(self._placed) == AHEAD:
            places = self._placed.popleft()
            if self._part.needs_places:
                self._part.place(places)
        decided = self._part.run(next(self._stretches))
        self._vault.take_over(self._part.new_keys())
        return decided

    def place(self, positions: Sequence[Position]) -> None:
        """Say where the declarations of a stretch came to stand."""
        self._placed.append(positions)


class Elsewhere:
    """A part that decides in a process of its own, some stretches ahead."""

    def __init__(
        self,
        vault: Vault,
        part: Part,
        stretches: Sequence[Slice],
        beside: Sequence[Elsewhere],
        *,
        drawn_ahead: bool,
    ) -> None:
        """The vault is the one that is flushed before a commit: the keys of names that are sealed there come to it.

        `beside` are the processes that were begun before, whose pipes this one must not hold open.
        """
        self._vault = vault
        # The other process begins as a copy of this one, which knows the country and has read the code. Of the
        # databases that are open here it touches none.
        context = get_context("fork")
        self._happened, their_happened = context.Pipe(duplex=False)
        their_places, self._places = context.Pipe(duplex=False)
        self._process = context.Process(
            target=serve,
            args=(
                part,
                stretches,
                their_happened,
                their_places,
                [self._happened, self._places, *(c for other in beside for c in other.pipes)],
                drawn_ahead,
            ),
            daemon=True,
        )
        self._process.start()
        their_happened.close()
        their_places.close()

    @property
    def pipes(self) -> tuple[Connection, Connection]:
        """This side's ends."""
        return self._happened, self._places

    def wait_until_drawn(self) -> None:
        """The process fills in all forms first, and then waits."""
        self._received()

    def hand_in(self) -> None:
        """Let it begin to hand them in."""
        self.place(())

    def next(self) -> Decided:
        """The decisions of the next stretch. Raises Unavailable where the process has ended."""
        keys, decided = unpacked(self._received())
        self._vault.take_over(keys)
        return decided

    def _received(self) -> bytes:
        try:
            return self._happened.recv_bytes()
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
    happened: Connection,
    places: Connection,
    not_ours: Sequence[Connection],
    drawn_ahead: bool,
) -> None:
    """What the other process does: decide stretch by stretch, where places are needed never more than a few ahead of them.

    It ends when whoever asks for it has ended, however that came about.
    """
    for pipe in not_ours:
        pipe.close()
    placed: SimpleQueue[Sequence[Position] | None] = SimpleQueue()
    # What is decided is held in no circles; looking for them takes a tenth of the time.
    gc.disable()

    def listen() -> None:
        with suppress(EOFError):
            while True:
                placed.put(places.recv())
        placed.put(None)

    # Somebody must always be listening: both sides would wait for each other with their pipes full.
    threading.Thread(target=listen, daemon=True).start()
    with suppress(BrokenPipeError):
        if drawn_ahead:
            part.draw_ahead(stretches)
            happened.send_bytes(b"")
            if placed.get() is None:
                return
        for n, stretch in enumerate(stretches):
            if n >= AHEAD and part.needs_places:
                positions = placed.get()
                if positions is None:
                    return
                part.place(positions)
            decided = part.run(stretch)
            happened.send_bytes(packed(part.new_keys(), decided))
    happened.close()


def packed(keys: Sequence[NewKey], decided: Decided) -> bytes:
    """New keys and decisions as bytes."""
    return _PACKING.encode((keys, decided))


def unpacked(sent: bytes) -> tuple[list[NewKey], Decided]:
    """The keys and decisions that were packed."""
    return _UNPACKING.decode(sent)


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
            first = Decided()
            while coming and coming[0].at <= stretch.begins:
                change = coming.popleft()
                for event in change.events:
                    first.add(change.at, event)
            recording.take(first)
            at += len(first.rows)
            found, positions = merged([feed.next() for feed in feeds], at)
            for feed, places in zip(feeds, positions, strict=True):
                feed.place(places)
            recording.take(found)
            at += len(found.rows)
    except BaseException:
        recording.abandon()
        raise
    recording.close()
    return at
