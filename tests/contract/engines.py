"""The engines that a ledger may stand on, and small facts to put on it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Final, Self
from uuid import UUID

from shared.events.organisation import CohortFormed, CohortJoined
from shared.ledger.clock import UUID7, Clock, wall_clock
from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.model import Actor, Aggregate, Event, Recorded, Unfoldable
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.vocabulary import Position

START: Final = datetime(2022, 1, 8, tzinfo=UTC)


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Engine:
    """Where the ledgers of one test are kept: `open` gives one more, with connections of its own, on the same record."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: list[Ledger] = []

    def open(self, clock: Clock = wall_clock) -> Ledger:
        ledger = Ledger(
            open_recorder(self.url), clock=clock, new_id=UUID7(clock, random.getrandbits)
        )
        self._opened.append(ledger)
        return ledger

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()


class Cohort(Aggregate):
    """An emulation cluster, as little of it as a ledger's test needs."""

    NOUN: ClassVar[str] = "cohort"

    units: tuple[str, ...] = ()

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, CohortFormed():
                return cls(id=event.originator_id, version=1)
            case Cohort(), CohortJoined():
                return state.after(event, units=(*state.units, event.unit))
        raise Unfoldable(state, event)


def by(ledger: Ledger) -> Actor:
    return Actor(name="tester", role="admin", source="tests", correlation=ledger.new_id())


def formed(ledger: Ledger, stream: UUID | None = None) -> CohortFormed:
    """A new stream's first event."""
    return CohortFormed(
        originator_id=stream or ledger.new_id(),
        originator_version=1,
        by=by(ledger),
        code="C1",
        cohort_name="Cụm thi đua số 1",
    )


def joined(ledger: Ledger, stream: UUID, version: int, unit: str = "U1") -> CohortJoined:
    """A later event of the stream."""
    return CohortJoined(
        originator_id=stream,
        originator_version=version,
        by=by(ledger),
        code="C1",
        unit=unit,
        valid_from=date(2022, 1, 8),
    )


def add(ledger: Ledger, count: int) -> list[Position]:
    """Record as many new streams in one transaction."""
    return ledger.append(*(formed(ledger) for _ in range(count)))


def whole(feed: KafkaFeed) -> list[Recorded]:
    """All that a reader of the topic sees."""
    seen: list[Recorded] = []
    while page := feed.read(seen[-1].position if seen else 0, limit=1_000_000):
        seen += page
    return seen
