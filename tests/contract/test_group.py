"""Kafka deals the parts of the matching out, and deals anew when a worker comes, leaves or is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from shared.ledger.kafka.group import MOST_FAILURES, SESSION_MS, Group
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.topics import Topics
from shared.ledger.parts import PARTS
from tests.journey.town import eventually
from tests.servers import Kafka

pytestmark = [
    pytest.mark.kafka,
    # kafka-python leaves its sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

HEAD = 12


class Join(Protocol):
    """One more worker, and how often in a row its work failed."""

    def __call__(self, failures: Callable[[], int] = ...) -> Group: ...


@pytest.fixture
def dealt(topics: Topics) -> Topics:
    """Topics of a system whose relay has not begun yet: no worker waits for it."""
    return Topics.of(f"{topics.ledger}-dealt")


@pytest.fixture
def join(kafka_server: Kafka, dealt: Topics, parking: Parking) -> Iterator[Join]:
    with ExitStack() as members:

        def another(failures: Callable[[], int] = lambda: 0) -> Group:
            group = Group(kafka_server.bootstrap, dealt, parking, lambda: HEAD)
            members.callback(group.close)
            group.enter(lambda: True, failures)
            return group

        yield another


def test_every_part_is_one_workers_whoever_comes_and_goes(join: Join) -> None:
    first = join()
    eventually(lambda: len(first.parts()) == PARTS)
    second = join()
    eventually(lambda: len(first.parts()) == len(second.parts()) == PARTS // 2)
    assert not first.parts() & second.parts()
    before = first.parts(), second.parts()
    third = join()
    eventually(lambda: [len(m.parts()) for m in (first, second, third)] == [PARTS // 3] * 3)
    assert (first.parts() < before[0], second.parts() < before[1]) == (True, True)
    third.close()
    first.close()
    assert first.parts() == frozenset()
    eventually(lambda: len(second.parts()) == PARTS)


def test_a_worker_whose_work_fails_leaves_its_parts_to_others_until_it_goes_on(join: Join) -> None:
    failed = [0]
    failing, other = join(lambda: failed[0]), join()
    eventually(lambda: len(failing.parts()) == len(other.parts()) == PARTS // 2)
    failed[0] = MOST_FAILURES - 1
    time.sleep(1)
    assert len(failing.parts()) == PARTS // 2
    failed[0] += 1
    # At once, and not only when it has been silent for as long as the group waits.
    eventually(lambda: (len(failing.parts()), len(other.parts())) == (0, PARTS), seconds=5)
    failed[0] += 1
    time.sleep(1)
    assert len(other.parts()) == PARTS
    failed[0] = 0
    eventually(lambda: len(failing.parts()) == len(other.parts()) == PARTS // 2)

    # What fails only with parts in hand goes on as soon as it has none: it stays away for a while.
    failed[0] = MOST_FAILURES
    eventually(lambda: len(other.parts()) == PARTS)
    failed[0] = 0
    time.sleep(SESSION_MS / 2000)
    assert len(other.parts()) == PARTS
    eventually(lambda: len(failing.parts()) == len(other.parts()) == PARTS // 2)


def test_kafka_shows_as_lag_what_is_not_on_record_and_a_message_that_names_no_text_stops_nobody(
    join: Join, kafka_server: Kafka, dealt: Topics, parking: Parking
) -> None:
    worker = join()
    eventually(lambda: len(worker.parts()) == PARTS)
    producer = KafkaProducer(bootstrap_servers=kafka_server.bootstrap)
    strange = (b"no text", b"[]", b'{"position": 1e999}', b"[" * 100_000, b'{"position": 13}')
    for value in (b'{"position": 5}', *strange, b'{"position": 9}', b'{"position": 12}'):
        producer.send(dealt.matching, value, partition=3)
    producer.close()
    worker.done({3: 9})
    partition = TopicPartition(dealt.matching, 3)
    looking = KafkaConsumer(bootstrap_servers=kafka_server.bootstrap, group_id=dealt.matching)
    eventually(lambda: looking.committed(partition) == 7)
    worker.done({3: 12})
    eventually(lambda: looking.committed(partition) == 8)
    looking.close()
    assert parking.count == len(strange)
