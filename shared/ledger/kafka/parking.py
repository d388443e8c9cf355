"""The parking lot: messages that could not be read are put here with the reason, and readers go on without them.

That nothing of the ledger is missed does not depend on it: a reader that finds a fact missing reads it in the ledger.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError, KafkaTimeoutError

from shared.errors import Unavailable
from shared.ledger.encoding import Stored, decode
from shared.ledger.kafka.letting_go import let_go
from shared.ledger.kafka.message import SAID, Undecodable
from shared.ledger.kafka.topics import PATIENCE_MS, RECONNECTING, SPOKEN, Topics
from shared.ledger.store import Ledger

log = logging.getLogger(__name__)

REASON: Final = "parked-reason"
PARKED_AT: Final = "parked-at"
OURS: Final = frozenset({REASON, PARKED_AT})
MOST_OF_A_REASON: Final = 500
MOST_OF_A_HEADER: Final = 1_000
MOST_OF_A_VALUE: Final = 1 << 16
"""The lot must take what was just small enough for its own topic, where the whole of it stays."""


class Parked(NamedTuple):
    """A message in the lot: where it came from, why it lies here and since when, and the message itself."""

    place: str
    reason: str
    parked: datetime
    message: ConsumerRecord


class Parking:
    """The lot of one system; to be asked from several threads."""

    def __init__(self, bootstrap: str, topics: Topics) -> None:
        self._brokers, self._topics = bootstrap, topics
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None
        self._here: set[str] = set()

    @property
    def count(self) -> int:
        """How many messages this process has parked."""
        return len(self._here)

    def park(self, problem: Undecodable) -> None:
        """Put a message into the lot, once. Raises Unavailable."""
        message = problem.message
        place = f"{message.topic}/{message.partition}/{message.offset}"
        if place in self._here:
            return
        noted = [
            (name, value)
            for name, value in message.headers
            if name in SAID and value is not None and len(value) <= MOST_OF_A_HEADER
        ]
        noted.append((REASON, str(problem).encode()[:MOST_OF_A_REASON]))
        noted.append((PARKED_AT, datetime.now(UTC).isoformat().encode()))
        self._send([(place, (message.value or b"")[:MOST_OF_A_VALUE], noted)])
        self._here.add(place)
        log.warning(
            "A message cannot be read and is parked",
            extra={"action": "park", "place": place, "problem": str(problem)},
        )

    def messages(self) -> list[Parked]:
        """What lies here now, in the order in which it came. Raises Unavailable."""
        found: dict[str, Parked] = {}
        try:
            for message in self._whole():
                place = (message.key or b"").decode(errors="replace")
                found.pop(place, None)
                if message.headers:
                    found[place] = _parked(place, message)
        except KafkaError as problem:
            raise _unanswered(problem) from problem
        return list(found.values())

    def clear(self, places: Iterable[str]) -> None:
        """Take messages out for good. Raises Unavailable."""
        self._send([(place, None, []) for place in places])

    def _send(self, messages: Iterable[tuple[str, bytes | None, list[tuple[str, bytes]]]]) -> None:
        try:
            with self._lock:
                self._producer = self._producer or KafkaProducer(
                    bootstrap_servers=self._brokers,
                    api_version=SPOKEN,
                    **RECONNECTING,
                    max_block_ms=PATIENCE_MS,
                    allow_auto_create_topics=False,
                )
                sent = [
                    self._producer.send(
                        self._topics.parked, key=place.encode(), value=value, headers=headers
                    )
                    for place, value, headers in messages
                ]
                for acknowledgement in sent:
                    acknowledgement.get(timeout=PATIENCE_MS / 1000)
        except KafkaError as problem:
            self.close()
            raise _unanswered(problem) from problem

    def _whole(self) -> Iterable[ConsumerRecord]:
        partition = TopicPartition(self._topics.parked, 0)
        with closing(
            KafkaConsumer(
                bootstrap_servers=self._brokers,
                api_version=SPOKEN,
                **RECONNECTING,
                allow_auto_create_topics=False,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
        ) as consumer:
            consumer.assign([partition])
            end = consumer.end_offsets([partition], timeout_ms=PATIENCE_MS)[partition]
            while (at := consumer.position(partition, timeout_ms=PATIENCE_MS)) < end:
                found = consumer.poll(timeout_ms=PATIENCE_MS)
                for page in found.values():
                    yield from page
                if not found and consumer.position(partition, timeout_ms=PATIENCE_MS) == at:
                    raise KafkaTimeoutError(f"nothing came from offset {at} on")

    def close(self) -> None:
        """Let go of the producer."""
        producer, self._producer = self._producer, None
        let_go(producer)


class Fate(StrEnum):
    """What is to become of a parked message."""

    SETTLED = "settled"
    """What it carries, or was to carry, this version reads in the ledger: it can be forgotten."""
    LATER = "later"
    """It is of a fact on record that this version cannot read: after an upgrade it can be forgotten."""
    FOREIGN = "foreign"
    """It names no fact of this ledger, and came from elsewhere; whether it can be dropped is for people to say."""


def fate(parked: Parked, ledger: Ledger) -> Fate:
    """What is to become of a message, by what stands in the ledger where it says that it belongs."""
    try:
        place = int(dict(parked.message.headers)["position"])
    except (LookupError, ValueError, TypeError):
        return Fate.FOREIGN
    if not 0 < place <= ledger.head():
        return Fate.FOREIGN
    rows = ledger.rows(place - 1, to=place, limit=1)
    try:
        return Fate.SETTLED if [decode(Stored(*row)) for row in rows] else Fate.FOREIGN
    except (LookupError, ValueError):
        return Fate.LATER


def _parked(place: str, message: ConsumerRecord) -> Parked:
    told = {name: (value or b"").decode(errors="replace") for name, value in message.headers}
    headers = [pair for pair in message.headers if pair[0] not in OURS]
    try:
        at = datetime.fromisoformat(told[PARKED_AT])
    except (LookupError, ValueError):
        # Somebody else wrote into the lot.
        at = datetime.fromtimestamp(message.timestamp / 1000, UTC)
    reason = told.get(REASON, "Nobody of this system parked it.")
    return Parked(place, reason, at, message._replace(headers=headers))


def _unanswered(problem: KafkaError) -> Unavailable:
    return Unavailable(f"Kafka gives no answer about parked messages ({problem}). Try again later.")
