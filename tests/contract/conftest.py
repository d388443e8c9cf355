"""The ledger, over each engine that it may stand on."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.ledger.rights import let_in
from shared.ledger.store import Ledger
from tests.contract.engines import Engine, Hands
from tests.servers import Kafka, Postgres


@pytest.fixture(scope="session")
def postgres_database(postgres_server: Postgres) -> str:
    """One database for all that leave it as they found it: a hundred would take a minute to make and to remove."""
    return postgres_server.create_database("contract")


@pytest.fixture
def postgres_url(postgres_database: str) -> Iterator[str]:
    """The address of an empty database."""
    yield postgres_database
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


@pytest.fixture
def appender_url(postgres_url: str) -> str:
    """The address of an empty ledger for a role that may append to it and read it, and nothing else."""
    with (
        suppress(psycopg.errors.DuplicateObject),
        psycopg.connect(postgres_url, autocommit=True) as connection,
    ):
        connection.execute("CREATE ROLE appender LOGIN")
    let_in(postgres_url, "appender")
    return postgres_url.replace("//postgres@", "//appender@")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty place for ledgers; a test may open several on the same record."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    place = Engine(url if request.param == "sqlite" else request.getfixturevalue("appender_url"))
    yield place
    place.close()


@pytest.fixture
def clock() -> Hands:
    """The ledger's clock, which stands still until the test moves it."""
    return Hands()


@pytest.fixture
def ledger(engine: Engine, clock: Hands) -> Ledger:
    """An empty ledger."""
    return engine.open(clock)


@pytest.fixture
def topics(kafka_server: Kafka, caplog: pytest.LogCaptureFixture) -> Iterator[Topics]:
    """The topics of one test; what it leaves open goes while that is expected."""
    name = f"relay-{uuid4().hex}"
    found = Topics.of(name)
    found.create(kafka_server.bootstrap)
    yield found
    for thread in threading.enumerate():
        if thread.name == "let-go":
            thread.join()
    caplog.get_records("call").clear()  # for the errors in it keep alive what failed
    gc.collect()


@pytest.fixture
def relay(ledger: Ledger, kafka_server: Kafka, topics: Topics) -> Iterator[Relay]:
    publisher = Relay(ledger, kafka_server.bootstrap, topics)
    yield publisher
    publisher.close()


@pytest.fixture
def parking(kafka_server: Kafka, topics: Topics) -> Iterator[Parking]:
    lot = Parking(kafka_server.bootstrap, topics)
    yield lot
    lot.close()


@pytest.fixture
def feed(
    kafka_server: Kafka, topics: Topics, ledger: Ledger, parking: Parking
) -> Iterator[KafkaFeed]:
    reader = KafkaFeed(kafka_server.bootstrap, topic=topics.ledger, ledger=ledger, parking=parking)
    yield reader
    reader.close()
