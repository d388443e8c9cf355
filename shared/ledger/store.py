"""The one ordered log: append facts, load what they make, read on from a position.

It is held by eventsourcing's process recorders (`recorder.py`); nothing outside this folder knows the library.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from eventsourcing.persistence import (
    IntegrityError,
    Notification,
    PersistenceError,
    StoredEvent,
    Tracking,
)

from shared.errors import AlreadyClaimed, Conflict, Unavailable, VersionConflict
from shared.ledger.calendar import Calendar
from shared.ledger.clock import Clock
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.model import Aggregate, Event, Recorded, TAggregate, fold
from shared.ledger.recorder import LedgerRecorder, answered
from shared.ledger.stamp import (
    ClaimRow,
    ClaimValues,
    Encoded,
    EventRow,
    Joined,
    Row,
    StoreIsBusy,
    Taken,
    stream_of,
)
from shared.ledger.write import Claim, Claimed, Write
from shared.vocabulary import Position

PAGE: Final = 2000
KEPT_AGGREGATES: Final = 20_000


class Ledger:
    """The record of everything: append facts, load what they make, read on from a position."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        *,
        clock: Clock,
        new_id: Callable[[], UUID],
        before_commit: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._recorder = recorder
        self.clock = clock
        self._before_commit = before_commit
        self._lock = threading.Lock()
        self._kept: OrderedDict[UUID, Aggregate] = OrderedDict()
        self._kept_lock = threading.Lock()
        self._calendar = Calendar(recorder)
        self.simulated = False
        self.new_id = new_id
        self.after_commit: list[Callable[[], None]] = []
        """Told of each commit of this process, so that followers in it need not look for news all the time."""

    @property
    def near(self) -> bool:
        """Whether a commit is quick, and can be refused instead of waited for."""
        return self._recorder.NEAR

    @answered
    def now(self) -> datetime:
        """The present: the clock's, or, on a simulated ledger, where its history stands."""
        if self.simulated:
            last = self._calendar.stood()
            if last is not None:
                return last[1]
        return self.clock()

    def append(
        self,
        *events: Event | Encoded,
        claims: Sequence[Claim] = (),
        follower: str | None = None,
        handled: Position = 0,
        moments: Sequence[datetime] | None = None,
    ) -> list[Position]:
        """Record events, claims and a follower's progress in one transaction, on disk when this returns.

        Raises VersionConflict when another event took a stream's place, AlreadyClaimed when a name is taken,
        Conflict when the follower has passed that position, Unavailable when the store cannot write.
        """
        return self.write([Write(events, claims, follower, handled, moments)])[0]

    def write(self, writes: Sequence[Write], *, wait: bool = True) -> list[list[Position]]:
        """Record several writes in one transaction: the group commit. All of them, or, on a conflict, none.

        Without `wait` it raises StoreIsBusy where somebody else is writing; only a `near` ledger can tell.
        """
        stored = [
            event if isinstance(event, Encoded) else encode(event)
            for write in writes
            for event in write.events
        ]
        claims = [
            (c.name, c.digest, stream_of(c.event), c.event.originator_version)
            for write in writes
            for c in write.claims
        ]
        trackings = [Tracking(w.follower, w.handled) for w in writes if w.follower is not None]
        patience = {} if wait else {"wait": False}
        positions = self._on_disk(
            Taken(stored, claims, trackings),
            lambda: self._recorder.insert_events(
                stored,
                claims=claims,
                moments=self._moments(writes),
                trackings=trackings,
                **patience,
            ),
            wait=wait,
        )
        rest = iter(positions)
        return [[next(rest) for _ in write.events] for write in writes]

    def put(
        self,
        rows: Sequence[EventRow],
        claims: Sequence[ClaimValues],
        *,
        followers: Sequence[str],
        handled: Position,
    ) -> Sequence[Position]:
        """Record in one transaction what was written elsewhere as it will lie here, and that followers handled it.

        The instants in front are raised where they lie before the last one on record. Raises what `append` raises.
        """
        trackings = [Tracking(follower, handled) for follower in followers]
        taken = Taken(rows, claims, trackings)
        return self._on_disk(taken, lambda: self._recorder.insert_rows(*taken))

    def _on_disk(
        self, taken: Taken, insert: Callable[[], Sequence[Position] | None], *, wait: bool = True
    ) -> Sequence[Position]:
        for prepare in self._before_commit:
            prepare()
        if not self._lock.acquire(blocking=wait):
            raise StoreIsBusy
        try:
            positions = insert()
        except IntegrityError as problem:
            raise self._explained(problem, taken) from problem
        except PersistenceError as problem:
            raise Unavailable(
                f"The ledger cannot write now ({problem}). Nothing was recorded; send the same again later."
            ) from problem
        finally:
            self._lock.release()
        self.committed()
        return positions or ()

    def committed(self) -> None:
        """Tell the followers in this process that there is something new."""
        for told in self.after_commit:
            told()

    def _moments(self, writes: Sequence[Write]) -> list[datetime]:
        # Asked for with the lock in hand: what waited for another write is recorded after it.
        present = self.now()
        return [
            moment
            for write in writes
            for moment in (write.moments or [present] * len(write.events))
        ]

    @answered
    def _explained(self, problem: IntegrityError, taken: Taken) -> Conflict:
        for name in self.claimed([name for name, *_ in taken.claims]):
            return AlreadyClaimed(name)
        for stream, version, *_ in taken.rows:
            if self._at(UUID(stream), version) is not None:
                return VersionConflict(
                    f"Version {version} of {UUID(stream)} is already on record. Load it again and decide anew."
                )
        for done in taken.trackings:
            if self.handled(done.application_name) >= done.notification_id:
                return Conflict(
                    f"{done.application_name} has already handled position {done.notification_id}."
                )
        return Conflict(f"The ledger refused the write: {problem}")

    @answered
    def load(self, kind: type[TAggregate], stream: UUID) -> TAggregate:
        """The aggregate as of now. Raises NotFound."""
        with self._kept_lock:
            found = self._kept.get(stream)
        kept = found if isinstance(found, kind) else None
        stored = self._recorder.select_events(stream, gt=kept.version if kept else None)
        state = fold(kind, (self._decoded(s).event for s in stored), kept)
        with self._kept_lock:
            self._kept[stream] = state
            self._kept.move_to_end(stream)
            if len(self._kept) > KEPT_AGGREGATES:
                self._kept.popitem(last=False)
        return state

    @staticmethod
    def _decoded(s: StoredEvent, position: Position = 0) -> Recorded:
        return decode(Stored(position, s.originator_id, s.originator_version, s.topic, s.state))

    def _at(self, stream: UUID, version: int) -> StoredEvent | None:
        found = self._recorder.select_events(stream, gt=version - 1, lte=version)
        return found[0] if found else None

    @answered
    def stream(self, stream: UUID) -> Iterator[Event]:
        """The events of one stream, oldest first."""
        return (self._decoded(s).event for s in self._recorder.select_events(stream))

    @answered
    def history(self, stream: UUID) -> list[Recorded]:
        """The facts of one stream at their places in the ledger, oldest first."""
        return [decode(Stored(*row)) for row in self._recorder.select_stream(stream)]

    @answered
    def event(self, stream: UUID, version: int) -> Event | None:
        """One event by its stream and version, if it is on record."""
        return self._decoded(stored).event if (stored := self._at(stream, version)) else None

    @answered
    def find(self, names: Sequence[str]) -> Mapping[str, Claimed]:
        """The claims on record among these names, with the events that answer them."""
        result = {}
        for row in self._recorder.select_claims(names):
            stored = self._at(row.originator_id, row.originator_version)
            if stored is not None:
                result[row.name] = Claimed(row.digest, self._decoded(stored, row.position))
        return result

    @answered
    def claimed(self, names: Sequence[str]) -> Mapping[str, ClaimRow]:
        """The claims on record among these names, without their events: what a bulk lane asks."""
        return {row.name: row for row in self._recorder.select_claims(names)}

    def read(
        self,
        after: Position,
        *,
        limit: int = PAGE,
        topics: Sequence[str] = (),
        to: Position | None = None,
    ) -> list[Recorded]:
        """The next facts after a position, in order; with topics, only those."""
        rows = self.rows(after, limit=limit, topics=topics, to=to)
        return [decode(Stored(*row)) for row in rows]

    @answered
    def notifications(
        self,
        after: Position,
        *,
        limit: int = PAGE,
        topics: Sequence[str] = (),
        to: Position | None = None,
    ) -> Sequence[Notification]:
        """The same, still encoded: what a relay publishes."""
        return self._recorder.select_notifications(
            after, limit, stop=to, topics=topics, inclusive_of_start=False
        )

    @answered
    def rows(
        self,
        after: Position,
        *,
        limit: int,
        to: Position | None = None,
        topics: Sequence[str] = (),
    ) -> Sequence[Row]:
        """The same as they lie in the store, for a replay that decodes only a part of each."""
        return self._recorder.select_rows(after, limit, to, topics)

    @answered
    def joined(self, after: Position, *, limit: int, to: Position | None = None) -> Joined:
        """The same of all types joined column by column, for a replay that makes no object of an event."""
        return self._recorder.select_joined(after, limit, to)

    @answered
    def head(self) -> Position:
        """The last position on record."""
        return self._recorder.max_notification_id() or 0

    @answered
    def handled(self, follower: str) -> Position:
        """How far a follower that writes into the ledger has come."""
        return self._recorder.max_tracking_id(follower) or 0

    @answered
    def all_handled(self, followers: Sequence[str]) -> dict[str, Position]:
        """How far each of several followers that write into the ledger has come."""
        found = self._recorder.select_trackings(followers)
        return {name: found.get(name, 0) for name in followers}

    @answered
    def position_at(self, instant: datetime) -> Position:
        """The last position recorded at or before the instant."""
        return self._calendar.position_at(instant)

    @answered
    def recorded_at(self, position: Position) -> datetime | None:
        """The instant of the last fact at or before a position."""
        return found[1] if (found := self._calendar.stood(position)) is not None else None

    def close(self) -> None:
        """Give the files and connections back."""
        self._recorder.close()
