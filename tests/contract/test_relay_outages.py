"""Whatever dies, relay or broker, every fact reaches the topic, and a reader sees each once and in order."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from shared.errors import Conflict, Unavailable
from shared.ledger.follow import Loop, catch_up
from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.ledger.store import Ledger
from tests.contract.engines import Engine, add, whole
from tests.servers import Kafka, Wire

CHECKOUT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.kafka,
    # kafka-python leaves its sockets to the garbage collector when a broker went away.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

ONE_ENGINE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what says nothing about the ledger, and takes its time."""


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_relays_at_once_still_carry_every_fact_once(
    engine: Engine, ledger: Ledger, feed: KafkaFeed, kafka_server: Kafka, topics: Topics
) -> None:
    add(ledger, 2_000)

    def follow() -> None:
        own = engine.open()
        relay = Relay(own, kafka_server.bootstrap, topics)
        relay.page = 70
        while relay.position() < own.head():
            with suppress(Conflict):
                catch_up(relay, relay.feed)
        relay.close()

    with ThreadPoolExecutor(2) as threads:
        for following in [threads.submit(follow) for _ in range(2)]:
            following.result()
    assert whole(feed) == ledger.read(0, limit=2_000)


@pytest.mark.fault
def test_whoever_waits_for_a_broker_finds_it_within_two_seconds_however_long_it_was_away(
    kafka_server: Kafka, topics: Topics
) -> None:
    away = 8.0
    with closing(Wire(kafka_server.port)) as wire, ThreadPoolExecutor(1) as waiting:
        wire.hang_up()
        found = waiting.submit(topics.create, f"127.0.0.1:{wire.port}")
        time.sleep(away)
        assert not found.done()
        wire.mend()
        found.result(2)


RELAY = """
import sys
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from tests.contract.engines import Engine

ledger = Engine(sys.argv[1]).open()
relay = Relay(ledger, sys.argv[2], Topics(*sys.argv[3:]))
while page := relay.feed.read(relay.position(), limit=40):
    relay.handle(page)
    print(relay.position(), flush=True)
"""


@pytest.mark.fault
def test_a_relay_that_is_killed_again_and_again_publishes_everything(
    engine: Engine, ledger: Ledger, feed: KafkaFeed, kafka_server: Kafka, topics: Topics
) -> None:
    add(ledger, 4_000)
    chance = random.Random(7)
    command = [sys.executable, "-c", RELAY, engine.url, kafka_server.bootstrap, *topics]
    for _ in range(4):
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert running.stdout.readline()
            time.sleep(chance.random() / 10)
            running.kill()
    assert 0 < ledger.handled("relay") < 4_000
    subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, check=True)
    assert ledger.handled("relay") == ledger.head()
    assert whole(feed) == ledger.read(0, limit=4_000)


@pytest.mark.fault
@ONE_ENGINE
@pytest.mark.parametrize("seconds", [0.0, 3.0])
def test_a_relay_goes_on_when_its_broker_was_killed(
    seconds: float, ledger: Ledger, relay: Relay, feed: KafkaFeed, kafka_server: Kafka
) -> None:
    relay.page = 50
    add(ledger, 200)
    loop = Loop(relay, relay.feed)
    loop.start()
    eventually(lambda: relay.position() == ledger.head())
    kafka_server.kill()
    add(ledger, 200)
    time.sleep(seconds)
    kafka_server.start()
    add(ledger, 200)
    eventually(lambda: relay.position() == ledger.head())
    loop.stop()
    assert whole(feed) == ledger.read(0)
    assert loop.last_error == ""


@pytest.mark.fault
@ONE_ENGINE
def test_a_broker_that_is_down_moves_no_checkpoint_and_is_said_to_be_down(
    ledger: Ledger, relay: Relay, feed: KafkaFeed, kafka_server: Kafka
) -> None:
    add(ledger, 3)
    catch_up(relay, relay.feed)
    assert feed.head() == 3
    add(ledger, 3)
    kafka_server.kill()
    try:
        with pytest.raises(Unavailable, match="The relay stays after position 3 and tries again"):
            catch_up(relay, relay.feed)
        assert relay.position() == 3
        with pytest.raises(Unavailable, match="Kafka cannot be read now"):
            feed.read(0)
    finally:
        kafka_server.start()
    catch_up(relay, relay.feed)
    assert whole(feed) == ledger.read(0)
