"""The servers of the tests are real, keep what they were given, and do not outlive the tests."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from signal import SIGKILL

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from tests.servers import Kafka, Postgres

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.postgres
def test_a_database_made_for_a_test_answers(postgres_server: Postgres) -> None:
    with psycopg.connect(postgres_server.create_database("answers")) as connection:
        assert connection.execute("SELECT 1, lower('SÁNG KIẾN')").fetchone() == (1, "sáng kiến")


@pytest.mark.postgres
@pytest.mark.fault
def test_a_commit_survives_the_crash_of_its_server(postgres_server: Postgres) -> None:
    address = postgres_server.create_database("survives")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    postgres_server.kill()
    postgres_server.start()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (7,)


@pytest.mark.kafka
def test_a_message_comes_back_from_the_broker(kafka_server: Kafka) -> None:
    create_topic(kafka_server, "comes-back")
    produce(kafka_server, "comes-back", b"one", b"two")
    assert consume(kafka_server, "comes-back", 2) == [b"one", b"two"]


@pytest.mark.kafka
@pytest.mark.fault
def test_an_acknowledged_message_survives_the_crash_of_its_broker(kafka_server: Kafka) -> None:
    create_topic(kafka_server, "survives")
    produce(kafka_server, "survives", b"before")
    kafka_server.kill()
    kafka_server.start()
    produce(kafka_server, "survives", b"after")
    assert consume(kafka_server, "survives", 2) == [b"before", b"after"]


@pytest.mark.postgres
@pytest.mark.fault
@pytest.mark.usefixtures("postgres_server")
def test_a_server_ends_when_the_tests_are_killed() -> None:
    story = (
        "import os; from tests.servers import Postgres; server = Postgres(); server.start();"
        "print(server.url, server.directory, flush=True); os.kill(os.getpid(), 9)"
    )
    told = subprocess.run(
        [sys.executable, "-c", story], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert told.returncode == -SIGKILL, told.stderr
    url, directory = told.stdout.split()
    deadline = time.monotonic() + 10
    while Path(directory).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(directory).exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def create_topic(broker: Kafka, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        admin.close()


def produce(broker: Kafka, topic: str, *values: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    try:
        for value in values:
            producer.send(topic, value).get(timeout=10)
    finally:
        producer.close()


def consume(broker: Kafka, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=f"{topic}-readers",
        auto_offset_reset="earliest",
        consumer_timeout_ms=10_000,
    )
    try:
        return [message.value for message in islice(consumer, count)]
    finally:
        consumer.close()
