"""Kafka carries the ledger to rooms on other machines: a relay publishes it, a feed reads it back.

The ledger is the truth and Kafka is transport. The relay may repeat a page, and a producer that was given up may still
deliver late or in part; so every message names its position and the one before it, and a reader takes exactly the next
fact. With this file nothing else knows kafka-python.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAlreadyExistsError

from shared.errors import Unavailable
from shared.ledger.model import Recorded
from shared.ledger.stamp import stamped
from shared.ledger.store import Ledger, Stored, decode
from shared.vocabulary import Position

if TYPE_CHECKING:
    from kafka.consumer.fetcher import ConsumerRecord

log = logging.getLogger(__name__)

TOPIC: Final = "sangkien.ledger"
SOURCE: Final = "/sangkien/ledger"
PAGE: Final = 500
PATIENCE_SECONDS: Final = 3.0
LOOK_BACK: Final = 2 * PAGE


class Undecodable(ValueError):
    """A message is not a fact that this version can read; it stays where it is, and nothing after it is read."""

    def __init__(self, message: ConsumerRecord, problem: Exception) -> None:
        super().__init__(
            f"{message.topic} partition {message.partition} offset {message.offset} cannot be decoded "
            f"({type(problem).__name__}: {problem})."
        )
        self.topic: str = message.topic
        self.partition: int = message.partition
        self.offset: int = message.offset
        self.reason = str(problem)


def create_topics(bootstrap: str, *, topic: str = TOPIC) -> None:
    """Make sure of the ledger's topic: one partition, so that its order is the ledger's, and kept for ever."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        with suppress(TopicAlreadyExistsError):
            kept = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
            admin.create_topics(
                [NewTopic(topic, num_partitions=1, replication_factor=-1, topic_configs=kept)]
            )
    finally:
        admin.close()


class Relay:
    """The follower that publishes the ledger: what is committed, in order, at least once, and nothing else.

    Its checkpoint is kept in the ledger and moves only when every message of a page is acknowledged.
    """

    name: str = "relay"
    page: int = PAGE

    def __init__(
        self,
        ledger: Ledger,
        bootstrap: str,
        *,
        topic: str = TOPIC,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._ledger = ledger
        self._bootstrap = bootstrap
        self._topic = topic
        self._patience = patience
        self._producer: KafkaProducer | None = None

    def position(self) -> Position:
        """The last position that Kafka acknowledged."""
        return self._ledger.handled(self.name)

    def lag(self) -> int:
        """How many positions the topic is behind the ledger."""
        return max(0, self._ledger.head() - self.position())

    def handle(self, page: Sequence[Recorded]) -> None:
        """Publish the page, then move the checkpoint. Raises Unavailable where Kafka does not answer."""
        last = page[-1].position
        self.publish(after=min(self.position(), page[0].position - 1), to=last)
        self._ledger.append(follower=self.name, handled=last)

    def publish(self, *, after: Position, to: Position) -> None:
        """Send the facts as they are stored and wait until all are acknowledged; `after` is a fact's position, or 0."""
        stored = self._ledger.notifications(after, to=to, limit=to - after)
        messages = [
            {
                "key": str(fact.originator_id).encode(),
                "value": fact.state,
                "headers": [
                    ("ce_specversion", b"1.0"),
                    ("ce_id", b"%s/%d" % (str(fact.originator_id).encode(), fact.originator_version)),
                    ("ce_source", SOURCE.encode()),
                    ("ce_type", fact.topic.encode()),
                    ("ce_time", stamped(fact.state).isoformat().encode()),
                    ("content-type", b"application/json"),
                    ("position", b"%d" % fact.id),
                    ("previous", b"%d" % previous),
                ],
            }
            for previous, fact in zip([after, *(fact.id for fact in stored)], stored)
        ]
        try:
            self._send(messages)
        except KafkaError as problem:
            # After an outage a producer can hang for good while Kafka has long been back; a new one tells which it is.
            log.warning(
                "Kafka did not acknowledge a page, and a new producer sends it again",
                extra={"action": "relay", "after": after, "to": to, "problem": str(problem)},
            )
            self.close()
            try:
                self._send(messages)
            except KafkaError as again:
                self.close()
                raise Unavailable(
                    f"Kafka acknowledged nothing for {self._patience:g} seconds ({again}). "
                    f"The relay stays after position {after} and tries again."
                ) from again

    def _send(self, messages: Sequence[dict[str, object]]) -> None:
        if self._producer is None:
            wait = int(self._patience * 1000)
            self._producer = KafkaProducer(
                bootstrap_servers=self._bootstrap,
                bootstrap_timeout_ms=wait,
                max_block_ms=wait,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
            )
        sent = [self._producer.send(self._topic, partition=0, **message) for message in messages]
        for acknowledgement in sent:
            acknowledgement.get(timeout=self._patience)

    def close(self) -> None:
        """Let go of the producer; in the background, for a hung one does not close."""
        producer, self._producer = self._producer, None
        if producer is not None:
            threading.Thread(
                target=_bury, args=(producer,), name="relay-close", daemon=True
            ).start()


def _bury(producer: KafkaProducer) -> None:
    try:
        producer.close(timeout=2)
    except KafkaTimeoutError:
        producer._sender.force_close()
        with suppress(KafkaError):
            producer.close(timeout=2)
