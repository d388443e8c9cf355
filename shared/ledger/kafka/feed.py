"""The feed: the ledger as its topic carries it, read in order whatever the topic repeats, brings late, lacks or garbles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Generic

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError, KafkaTimeoutError

from shared.errors import Unavailable
from shared.ledger.encoding import Stored, decode
from shared.ledger.follow import TFact
from shared.ledger.kafka.message import Carried, Undecodable, decoded, opened
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.topics import PATIENCE_MS, PUBLISHED, RECONNECTING, RELAY, SPOKEN
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import Position

PAGE: Final = 500
LOOK_BACK: Final = 2 * PUBLISHED
"""So many messages before a place may be repeats of what was published before it."""
FETCHED: Final = 1 << 22


class TopicFeed(Generic[TFact]):
    """The ledger as its topic carries it: the same facts in the same order, from any position on.

    Each message names the fact before its own, so it is seen where one is missing or cannot be read; that one is then read in
    the ledger. What cannot be read is parked.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str,
        ledger: Ledger,
        parking: Parking,
        decode: Callable[[Stored], TFact],
    ) -> None:
        """Facts are `decode`d as whoever reads them takes them in."""
        self._bootstrap, self._topic = bootstrap, topic
        self._decode = decode
        self._ledger, self._parking = ledger, parking
        self._lock = threading.RLock()
        self._partition: _Partition | None = None
        self._after = self._offset = self._head = self._looked = self._recorded = 0

    def read(self, after: Position, *, limit: int = PAGE) -> list[TFact]:
        """The next facts after a position. Raises Unavailable, and LookupError for a fact that this version does not know."""
        with self._lock, self._connected() as partition:
            first, end = partition.bounds()
            known = after == self._after and first <= self._offset <= end
            offset = self._offset if known else self._search(partition, first, end, after)
            page, offset, upto = self._next(partition, offset, end, after, limit)
            if not page and upto > after:
                rows = self._ledger.rows(after, to=upto, limit=limit)
                page = [self._decode(Stored(*row)) for row in rows]
            self._after = page[-1].position if page else after
            self._offset = offset
            return page

    def head(self) -> Position:
        """The last position that is in the topic, or was: a broker may have lost it. Raises Unavailable."""
        return max(self.last_in_topic(), self._ledger.handled(RELAY))

    def last_in_topic(self) -> Position:
        """The last position in the topic. Raises Unavailable."""
        with self._lock, self._connected() as partition:
            first, end = partition.bounds()
            # The last message alone may be a repeat of an earlier one.
            offset = max(first, end - LOOK_BACK, self._looked if self._looked <= end else 0)
            while offset < end:
                for message in partition.messages(offset, end - offset):
                    # What is no fact is the concern of whoever comes to read it.
                    with suppress(Undecodable):
                        self._head = max(self._head, self._opened(message).stored.id)
                    offset = message.offset + 1
            self._looked = end
            return self._head

    def _next(
        self, partition: _Partition, offset: int, end: int, after: Position, limit: int
    ) -> tuple[list[TFact], int, Position]:
        """The facts that follow a position, the offset to go on from, and up to where there are more if there are none."""
        page: list[TFact] = []
        garbled = False
        while offset < end and len(page) < limit:
            for message in partition.messages(offset, limit - len(page)):
                try:
                    previous, stored = self._opened(message)
                    if stored.id > after:
                        if previous != after:
                            return page, message.offset, stored.id
                        page.append(decoded(message, stored, self._decode))
                        after = stored.id
                except Undecodable as problem:
                    if page:
                        return page, message.offset, 0
                    self._parking.park(problem)
                    garbled = True
                offset = message.offset + 1
        if page:
            return page, offset, 0
        # What was garbled may have been the last fact.
        return page, offset, self._ledger.head() if garbled else self._ledger.handled(RELAY)

    def _search(self, partition: _Partition, first: int, end: int, after: Position) -> int:
        """An offset shortly before the facts after a position, found by halving: but for repeats, positions rise."""
        low, high = first, end if after > 0 else first
        while low < high:
            middle = at = (low + high) // 2
            place = None
            while place is None and at < high:
                with suppress(Undecodable):
                    place = self._opened(partition.messages(at, 1)[0]).stored.id
                at += 1
            if place is None or place > after:
                high = middle
            else:
                low = at
        return max(first, low - LOOK_BACK)

    def _opened(self, message: ConsumerRecord) -> Carried:
        """The fact in a message. Raises Undecodable, also where its position is not on record."""
        carried = opened(message)
        place = carried.stored.id
        if place > self._recorded:
            # The relay publishes what is committed, and nothing else.
            self._recorded = self._ledger.head()
        if not 0 < place <= self._recorded:
            raise Undecodable(message, LookupError(f"position {place} is not on record"))
        return carried

    @contextmanager
    def _connected(self) -> Iterator[_Partition]:
        try:
            self._partition = self._partition or _Partition(self._bootstrap, self._topic)
            yield self._partition
        except KafkaError as problem:
            self.close()
            raise Unavailable(
                f"Kafka cannot be read now ({problem}). Try again later."
            ) from problem

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._partition is not None:
                self._partition.close()
            self._partition = None


class KafkaFeed(TopicFeed[Recorded]):
    """The same, each fact as it was recorded."""

    def __init__(self, bootstrap: str, *, topic: str, ledger: Ledger, parking: Parking) -> None:
        super().__init__(bootstrap, topic=topic, ledger=ledger, parking=parking, decode=decode)


class _Partition:
    """The one partition of the topic, read from any offset."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._partition = TopicPartition(topic, 0)
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            api_version=SPOKEN,
            **RECONNECTING,
            allow_auto_create_topics=False,
            enable_auto_commit=False,
            auto_offset_reset="none",
            # Asked only for what is there; to wait for more would hold up every other question on the connection.
            fetch_max_wait_ms=1,
            # A page of declarations at a time, and not the half of one.
            max_partition_fetch_bytes=FETCHED,
        )
        self._consumer.assign([self._partition])
        self._at = -1

    def bounds(self) -> tuple[int, int]:
        """The first offset, and the one after the last."""
        first = self._consumer.beginning_offsets([self._partition], timeout_ms=PATIENCE_MS)
        end = self._consumer.end_offsets([self._partition], timeout_ms=PATIENCE_MS)
        return first[self._partition], end[self._partition]

    def messages(self, offset: int, most: int) -> list[ConsumerRecord]:
        """The next messages from an offset that there is."""
        if offset != self._at:
            self._consumer.seek(self._partition, offset)
        found = self._consumer.poll(timeout_ms=PATIENCE_MS, max_records=most)
        if not found:
            raise KafkaTimeoutError(f"nothing came from offset {offset} on")
        self._at = found[self._partition][-1].offset + 1
        return list(found[self._partition])

    def close(self) -> None:
        with suppress(KafkaError):
            self._consumer.close(timeout_ms=PATIENCE_MS)
