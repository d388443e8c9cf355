"""The relay: publishes what is committed, and says in a second topic which texts are to be compared."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from uuid import UUID

from kafka import KafkaProducer
from kafka.errors import KafkaError

from shared.errors import Unavailable
from shared.ledger.encoding import Stored
from shared.ledger.feed import LedgerFeed
from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.kafka.letting_go import let_go
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.topics import (
    PATIENCE_MS,
    PUBLISHED,
    RECONNECTING,
    RELAY,
    SPOKEN,
    Topics,
)
from shared.ledger.parts import MATCHED, part_of
from shared.ledger.stamp import stamped
from shared.ledger.store import Ledger
from shared.vocabulary import Position

log = logging.getLogger(__name__)


class Relay:
    """The follower that publishes the ledger: what is committed, in order, at least once, and nothing else.

    Its checkpoint is kept in the ledger and moves only when every message of a page is acknowledged.
    """

    name: str = RELAY
    page: int = PUBLISHED

    def __init__(self, ledger: Ledger, bootstrap: str, topics: Topics) -> None:
        self._ledger = ledger
        self.feed = LedgerFeed[Stored](ledger, lambda stored: stored)
        """Where it reads: nothing has to be decoded to be published."""
        self._bootstrap, self._topics = bootstrap, topics
        self._producer: KafkaProducer | None = None
        self._doubtful = False

    def prepare(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Make sure of the topics, and that what was acknowledged is still there: a broker may have lost it. Raises Unavailable."""
        self._topics.create(self._bootstrap)
        parking = Parking(self._bootstrap, self._topics)
        topic = self._topics.ledger
        with closing(
            KafkaFeed(self._bootstrap, topic=topic, ledger=self._ledger, parking=parking)
        ) as feed:
            after = feed.last_in_topic()
        while after < (acknowledged := self.position()) and not stopping():
            lost = [
                stored
                for stored in self.feed.read(after, limit=self.page)
                if stored.position <= acknowledged
            ]
            log.warning("The topic is filled again", extra={"action": "relay", "after": after})
            self._publish(after, lost)
            after = lost[-1].position

    def position(self) -> Position:
        """The last position that Kafka acknowledged."""
        return self._ledger.handled(self.name)

    def handle(self, page: Sequence[Stored]) -> None:
        """Publish the page, then move the checkpoint. Raises Unavailable where Kafka does not answer."""
        doubtful, self._doubtful = self._doubtful, True
        if doubtful:
            # A broker that was away may have come back without its topics, or without the end of one.
            self.prepare()
        after = min(self.position(), page[0].position - 1)
        if doubtful:
            # Meanwhile the ledger's own server may have been replaced: only what is on record now is published.
            self.publish(after=after, to=page[-1].position)
        else:
            self._publish(after, page)
        self._doubtful = False
        self._ledger.append(follower=self.name, handled=page[-1].position)

    def publish(self, *, after: Position, to: Position) -> None:
        """Send the facts between two positions; `after` is a fact's position, or 0. Raises as `handle` does."""
        rows = self._ledger.rows(after, to=to, limit=to - after)
        self._publish(after, [Stored(*row) for row in rows])

    def _publish(self, after: Position, page: Sequence[Stored]) -> None:
        """Send the facts as they are stored and wait until all are acknowledged."""
        messages: list[dict[str, object]] = []
        previous = after
        for stored in page:
            messages += messages_of(stored, previous, self._topics)
            previous = stored.position
        try:
            self._send(messages)
        except KafkaError:
            # After an outage a producer can hang for good while Kafka has long been back: a new one shows which it is.
            log.warning(
                "Page sent again", extra={"action": "relay", "after": after, "to": previous}
            )
            try:
                self._send(messages)
            except KafkaError as again:
                raise Unavailable(
                    f"Kafka gave no answer in {PATIENCE_MS} ms ({again}). The relay stays after position {after} and tries again."
                ) from again

    def _send(self, messages: Sequence[dict[str, object]]) -> None:
        try:
            self._producer = producer = self._producer or KafkaProducer(
                bootstrap_servers=self._bootstrap,
                api_version=SPOKEN,
                **RECONNECTING,
                max_block_ms=PATIENCE_MS,
                allow_auto_create_topics=False,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
            )
            sent = [producer.send(**message) for message in messages]
            for acknowledgement in sent:
                acknowledgement.get(timeout=PATIENCE_MS / 1000)
        except KafkaError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the producer, in the background: one that hangs takes its time."""
        producer, self._producer = self._producer, None
        let_go(producer)


def messages_of(stored: Stored, previous: Position, topics: Topics) -> list[dict[str, object]]:
    """A fact as it lies in the topics: whole in the ledger's, and where it brings a text to compare, named in the other."""
    position, stream, version, topic, state = stored
    idea = UUID(str(stream))
    key = str(idea).encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"%s/%d" % (key, version)),
        ("ce_source", b"/sangkien/ledger"),
        ("ce_type", topic.encode()),
        ("ce_time", stamped(state).isoformat().encode()),
        ("content-type", b"application/json"),
        ("position", b"%d" % position),
    ]
    whole = {
        "topic": topics.ledger,
        "partition": 0,
        "key": key,
        "value": state,
        "headers": [*headers, ("previous", b"%d" % previous)],
    }
    if topic not in MATCHED:
        return [whole]
    # Who compares it reads it in the ledger, after everything before it.
    named = {"idea": str(idea), "version": version, "position": position}
    due = {
        "topic": topics.matching,
        "partition": part_of(idea),
        "key": key,
        "value": json.dumps(named).encode(),
        "headers": headers,
    }
    return [whole, due]
