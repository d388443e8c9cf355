"""The feed: the ledger as its topic carries it, read in order whatever the topic repeats or brings late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError, KafkaTimeoutError

from shared.errors import Unavailable
from shared.ledger.encoding import Stored, decode
from shared.ledger.kafka.topics import PATIENCE_MS, SPOKEN
from shared.ledger.model import Recorded
from shared.vocabulary import Position

PAGE: Final = 500
LOOK_BACK: Final = 2 * PAGE


class Undecodable(ValueError):
    """A message is not a fact that this version can read; it stays where it is, and nothing after it is read."""

    def __init__(self, message: ConsumerRecord, problem: Exception) -> None:
        super().__init__(
            f"{message.topic} partition {message.partition} offset {message.offset} cannot be decoded ({problem!r})."
        )
        self.partition: int = message.partition
        self.offset: int = message.offset


class KafkaFeed:
    """The ledger as its topic carries it: the same facts in the same order, from any position on."""

    def __init__(self, bootstrap: str, *, topic: str) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self._lock = threading.RLock()
        self._partition: _Partition | None = None
        self._after = self._offset = self._head = self._looked = 0

    def read(self, after: Position, *, limit: int = PAGE) -> list[Recorded]:
        """The next facts after a position. Raises Unavailable, and Undecodable for what is not a fact."""
        with self._lock, self._connected() as partition:
            first, end = partition.bounds()
            known = after == self._after and first <= self._offset <= end
            offset = self._offset if known else _search(partition, first, end, after)
            page, offset, early = _next(partition, offset, end, after, limit)
            if early is not None and not page and not known:
                # What the search found had come late from a producer that was given up; the whole topic knows better.
                page, offset, early = _next(partition, first, end, after, limit)
            if early is not None and not page:
                raise Unavailable(
                    f"The topic {self._topic} has nothing after position {after} but goes on at offset {early}. The "
                    "relay is about to publish what lies between, or the topic lost it and is to be filled again."
                )
            self._after = page[-1].position if page else after
            self._offset = offset if early is None else early
            return page

    def head(self) -> Position:
        """The last position in the topic. Raises Unavailable."""
        with self._lock, self._connected() as partition:
            first, end = partition.bounds()
            # The last message alone may be a repeat of an earlier one.
            offset = max(first, end - LOOK_BACK, self._looked if self._looked <= end else 0)
            while offset < end:
                for message in partition.messages(offset, end - offset):
                    # What is no fact is the concern of whoever comes to read it.
                    with suppress(Undecodable):
                        self._head = max(self._head, _opened(message)[1].id)
                    offset = message.offset + 1
            self._looked = end
            return self._head

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


class _Partition:
    """The one partition of the topic, read from any offset."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._partition = TopicPartition(topic, 0)
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            api_version=SPOKEN,
            allow_auto_create_topics=False,
            enable_auto_commit=False,
            auto_offset_reset="none",
            # Asked only for what is there; to wait for more would hold up every other question on the connection.
            fetch_max_wait_ms=1,
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


def _opened(message: ConsumerRecord) -> tuple[Position, Stored]:
    """The position before the message's fact, and the fact as it is stored."""
    try:
        headers = dict(message.headers)
        place, topic = int(headers["position"]), headers["ce_type"].decode()
        stream, _, version = headers["ce_id"].decode().partition("/")
        stored = Stored(place, UUID(stream), int(version), topic, message.value)
        return int(headers["previous"]), stored
    except (LookupError, ValueError) as problem:
        raise Undecodable(message, problem) from problem


def _next(
    partition: _Partition, offset: int, end: int, after: Position, limit: int
) -> tuple[list[Recorded], int, int | None]:
    """The facts that follow a position, the offset to go on from, and that of a message that came too early."""
    page: list[Recorded] = []
    early = None
    while offset < end and len(page) < limit:
        for message in partition.messages(offset, limit - len(page)):
            try:
                previous, stored = _opened(message)
                if previous <= after < stored.id:
                    page.append(decode(stored))
                    after, early = stored.id, None
                elif after < previous and early is None:
                    early = message.offset
            except (LookupError, ValueError, TypeError) as problem:
                if page:
                    return page, message.offset, early
                if isinstance(problem, Undecodable):
                    raise
                raise Undecodable(message, problem) from problem
            offset = message.offset + 1
    return page, offset, early


def _search(partition: _Partition, first: int, end: int, after: Position) -> int:
    """An offset shortly before the facts after a position, found by halving: but for repeats, positions rise."""
    low, high = first, end if after > 0 else first
    while low < high:
        middle = (low + high) // 2
        if _opened(partition.messages(middle, 1)[0])[1].id <= after:
            low = middle + 1
        else:
            high = middle
    return max(first, low - LOOK_BACK)
