"""The group: Kafka deals the parts of the matching out among the workers there are, and deals anew when one comes or goes.

What a worker is told here decides only who has the work. What is left to do, and what is done, stands in the ledger: two
workers that both take a part for theirs compare the same, and one of them records it.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Final

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from kafka.errors import KafkaError

from shared.errors import Unavailable
from shared.ledger.kafka.message import Undecodable
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.topics import PATIENCE_MS, RECONNECTING, SPOKEN, Topics
from shared.vocabulary import Position

log = logging.getLogger(__name__)

SESSION_MS: Final = 6000
"""So long after its last sign of life a worker's parts are given to others."""
POLL_MS: Final = 200
COMMIT_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1.0
ENTER_SECONDS: Final = 10.0
MOST_FAILURES: Final = 6
"""So often in a row, over some six seconds and more, the work may fail before its parts are left to others."""
STEADY_SECONDS: Final = 60.0
LONGEST_REST_SECONDS: Final = 60.0
MOST_HELD: Final = 20_000
"""So many messages are held until what they name is done; the others wait in the topic."""


class Group(threading.Thread):
    """This process's membership, kept up in the background."""

    def __init__(
        self, bootstrap: str, topics: Topics, parking: Parking, head: Callable[[], Position]
    ) -> None:
        """`head` says the last position on record."""
        super().__init__(name="share", daemon=True)
        self._brokers, self._topics, self._parking = bootstrap, topics, parking
        self._head, self._recorded = head, 0
        self._failures: Callable[[], int] = lambda: 0
        self._rest, self._back = 0.0, -STEADY_SECONDS
        self._stopping = threading.Event()
        self._parts: frozenset[int] = frozenset()
        self._done: Mapping[int, Position] = {}
        self._held: defaultdict[int, deque[tuple[int, Position]]] = defaultdict(deque)

    def enter(self, stopping: Callable[[], bool], failures: Callable[[], int] = lambda: 0) -> None:
        """Begin to take part, and wait until something is dealt out here, though not for long: others may have it all.

        `failures` says how often in a row the work failed here.
        """
        self._failures = failures
        self.start()
        until = time.monotonic() + ENTER_SECONDS
        while not self._parts and time.monotonic() < until and not stopping():
            time.sleep(POLL_MS / 1000)

    def parts(self) -> frozenset[int]:
        """The parts that are this process's now."""
        return self._parts

    def done(self, upto: Mapping[int, Position]) -> None:
        """Say up to which positions everything of some parts is on record: Kafka's own tools show the rest as lag."""
        self._done = {**self._done, **upto}

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._fails():
                    self._stand_aside()
                # Whoever subscribes to a topic that is not there learns of it minutes later.
                self._topics.create(self._brokers)
                consumer = self._consumer()
                try:
                    self._follow(consumer)
                finally:
                    consumer.close(timeout_ms=PATIENCE_MS)
            except (KafkaError, Unavailable, OSError) as problem:
                log.warning(
                    "Kafka deals out no work now",
                    extra={"action": "share", "problem": str(problem)},
                )
                self._stopping.wait(RETRY_SECONDS)
            except Exception:
                # Whatever it is: a worker without this thread would be dead, and look alive.
                log.exception("Dealing failed and is tried again", extra={"action": "share"})
                self._stopping.wait(RETRY_SECONDS)
        self._parts = frozenset()

    def _fails(self) -> bool:
        return self._failures() >= MOST_FAILURES

    def _stand_aside(self) -> None:
        """Leave the parts to others until the work goes on here.

        What fails only with parts in hand goes on without any, and would come and go for ever: then it stays away longer
        each time.
        """
        log.warning("The work fails here: its parts are left to others", extra={"action": "share"})
        self._dealt(frozenset())
        most = left = self._failures()
        while (failures := self._failures()) and not self._stopping.is_set():
            most = max(most, failures)
            self._stopping.wait(POLL_MS / 1000)
        if most > left or time.monotonic() - self._back > STEADY_SECONDS:
            self._rest = 0.0
        else:
            self._rest = min(LONGEST_REST_SECONDS, max(SESSION_MS / 1000, 2 * self._rest))
        log.info("Parts are taken again", extra={"action": "share", "after_seconds": self._rest})
        self._stopping.wait(self._rest)
        self._back = time.monotonic()

    def _consumer(self) -> KafkaConsumer:
        consumer = KafkaConsumer(
            bootstrap_servers=self._brokers,
            api_version=SPOKEN,
            **RECONNECTING,
            group_id=self._topics.matching,
            allow_auto_create_topics=False,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # Whoever keeps a part need not find out what was left undone in it.
            partition_assignment_strategy=[StickyPartitionAssignor],
            session_timeout_ms=SESSION_MS,
            # So long the broker holds the dealing open for a worker that it expects and that does not come.
            max_poll_interval_ms=2 * SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 4,
        )
        consumer.subscribe([self._topics.matching])
        return consumer

    def _follow(self, consumer: KafkaConsumer) -> None:
        self._held.clear()
        committed = time.monotonic()
        while not self._stopping.is_set() and not (self._fails() and self._answered(consumer)):
            page = consumer.poll(timeout_ms=POLL_MS, max_records=1000)
            mine = consumer.assignment()
            self._dealt(frozenset(partition.partition for partition in mine))
            for partition, messages in page.items():
                self._held[partition.partition] += ((m.offset, self._place(m)) for m in messages)
            if time.monotonic() - committed >= COMMIT_SECONDS:
                self._commit(consumer)
                committed = time.monotonic()
            if mine:
                held = sum(map(len, self._held.values()))
                (consumer.pause if held > MOST_HELD else consumer.resume)(*mine)
        self._commit(consumer)

    def _answered(self, consumer: KafkaConsumer) -> bool:
        """Whether Kafka is there: while it is away all work fails, and whoever left unheard would be waited for."""
        try:
            consumer.beginning_offsets(
                [TopicPartition(self._topics.matching, 0)], timeout_ms=5 * POLL_MS
            )
        except KafkaError:
            return False
        return True

    def _dealt(self, parts: frozenset[int]) -> None:
        if parts == self._parts:
            return
        log.info("Parts dealt out", extra={"action": "share", "parts": sorted(parts)})
        for lost in self._parts - parts:
            self._held.pop(lost, None)
        self._parts = parts

    def _commit(self, consumer: KafkaConsumer) -> None:
        """Tell Kafka which messages are done with; what is read again after a failure is done with at once."""
        counts: dict[int, int] = {}
        offsets: dict[TopicPartition, OffsetAndMetadata] = {}
        for part, held in self._held.items():
            for count, (offset, place) in enumerate(held, 1):
                if place > self._done.get(part, 0):
                    break
                counts[part] = count
                partition = TopicPartition(self._topics.matching, part)
                offsets[partition] = OffsetAndMetadata(offset + 1, "", -1)
        if not offsets:
            return
        try:
            consumer.commit(offsets, timeout_ms=PATIENCE_MS)
        except KafkaError as problem:
            # While parts are dealt anew nobody may commit; to leave for it would make them be dealt once more.
            log.info("Not committed now", extra={"action": "share", "problem": str(problem)})
            return
        for part, count in counts.items():
            for _ in range(count):
                self._held[part].popleft()

    def _place(self, message: ConsumerRecord) -> Position:
        """Where the text stands that a message names; what is no such message is done with once it is parked."""
        try:
            place = int(json.loads(message.value)["position"])
            if place > self._recorded:
                self._recorded = self._head()
            if place > self._recorded:
                raise LookupError(f"position {place} is not on record")
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as problem:
            self._parking.park(Undecodable(message, problem))
            return 0
        return place

    def close(self) -> None:
        """Leave the group, so that others have the work at once."""
        self._stopping.set()
        if self.is_alive():
            self.join(10)
