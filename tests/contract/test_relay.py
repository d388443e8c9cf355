"""The relay repeats rather than skips, whatever dies; and a reader of its topic never notices."""

from __future__ import annotations

import gc
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from shared.errors import Conflict, Unavailable
from shared.ledger.follow import Loop, catch_up
from shared.ledger.kafka import KafkaFeed, Relay, Undecodable, create_topics
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from tests.contract.engines import Engine, formed
from tests.servers import Kafka

CHECKOUT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.kafka,
    # kafka-python leaves its sockets to the garbage collector when a broker went away.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

ONE_ENGINE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what says nothing about the ledger, and takes its time."""


@pytest.fixture
def topic(kafka_server: Kafka) -> Iterator[str]:
    """The topic of one test; what it leaves open goes while that is expected."""
    name = f"relay-{uuid4().hex}"
    create_topics(kafka_server.bootstrap, topic=name)
    yield name
    for thread in threading.enumerate():
        if thread.name == "relay-close":
            thread.join()
    gc.collect()


@pytest.fixture
def relay(ledger: Ledger, kafka_server: Kafka, topic: str) -> Iterator[Relay]:
    publisher = Relay(ledger, kafka_server.bootstrap, topic=topic)
    yield publisher
    publisher.close()


@pytest.fixture
def feed(kafka_server: Kafka, topic: str) -> Iterator[KafkaFeed]:
    reader = KafkaFeed(kafka_server.bootstrap, topic=topic)
    yield reader
    reader.close()


def add(ledger: Ledger, count: int) -> list[int]:
    return ledger.append(*(formed(ledger) for _ in range(count)))


def whole(feed: KafkaFeed) -> list[Recorded]:
    return feed.read(0, limit=1_000_000)


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_creating_the_topic_again_changes_nothing(kafka_server: Kafka, topic: str) -> None:
    create_topics(kafka_server.bootstrap, topic=topic)


def test_the_checkpoint_is_the_ledgers_and_says_how_far_the_topic_is_behind(
    ledger: Ledger, relay: Relay, feed: KafkaFeed
) -> None:
    add(ledger, 7)
    assert (relay.position(), relay.lag()) == (0, 7)
    catch_up(relay, ledger)
    assert (relay.position(), relay.lag()) == (ledger.head(), 0)
    assert whole(feed) == ledger.read(0)


def test_a_message_is_a_cloud_event_with_its_position(
    ledger: Ledger, relay: Relay, kafka_server: Kafka, topic: str
) -> None:
    add(ledger, 2)
    catch_up(relay, ledger)
    consumer = KafkaConsumer(bootstrap_servers=kafka_server.bootstrap, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topic, 0)])
    [messages] = consumer.poll(timeout_ms=5000).values()
    consumer.close()
    stored = ledger.notifications(0)[1]
    assert len(messages) == 2
    assert messages[1].key == str(stored.originator_id).encode()
    assert messages[1].value == stored.state
    assert dict(messages[1].headers) == {
        "ce_specversion": b"1.0",
        "ce_id": f"{stored.originator_id}/1".encode(),
        "ce_source": b"/sangkien/ledger",
        "ce_type": b"cohort.formed",
        "ce_time": b"2022-01-08T00:00:00+00:00",
        "content-type": b"application/json",
        "position": b"2",
        "previous": b"1",
    }


def test_what_is_not_committed_is_not_published(tmp_path: Path, kafka_server: Kafka) -> None:
    place = Engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger = place.open()
    add(ledger, 1)
    writer = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    writer.execute("BEGIN")
    writer.execute("INSERT INTO stored_events SELECT 'x', 1, topic, state FROM stored_events")
    topic = f"relay-{uuid4().hex}"
    create_topics(kafka_server.bootstrap, topic=topic)
    feed = KafkaFeed(kafka_server.bootstrap, topic=topic)
    relay = Relay(ledger, kafka_server.bootstrap, topic=topic)
    relay.publish(after=0, to=10)
    assert (feed.head(), len(whole(feed))) == (1, 1)
    writer.execute("ROLLBACK")
    writer.close()
    relay.close()
    feed.close()
    place.close()


# Repeats, and what comes late.


def test_a_page_published_twice_is_read_once(ledger: Ledger, relay: Relay, feed: KafkaFeed) -> None:
    add(ledger, 20)
    relay.publish(after=0, to=12)
    relay.publish(after=0, to=12)
    assert feed.read(0, limit=5) == ledger.read(0, limit=5)
    catch_up(relay, ledger)
    assert whole(feed) == ledger.read(0)
    assert feed.head() == 20


def test_a_repeat_at_the_end_does_not_hide_the_head(
    ledger: Ledger, relay: Relay, feed: KafkaFeed
) -> None:
    add(ledger, 20)
    catch_up(relay, ledger)
    relay.publish(after=0, to=5)
    assert feed.head() == 20
    assert whole(feed) == ledger.read(0)


def test_the_later_part_of_a_page_that_comes_first_makes_nobody_skip_the_earlier(
    ledger: Ledger, relay: Relay, feed: KafkaFeed
) -> None:
    add(ledger, 30)
    relay.publish(after=0, to=10)
    relay.publish(after=20, to=30)  # its first batch was lost, its second was not
    assert feed.read(0, limit=50) == ledger.read(0, to=10)
    for _ in range(2):
        with pytest.raises(Unavailable, match="nothing after position 10 but goes on at offset 10"):
            feed.read(10)
    relay.publish(after=10, to=30)
    assert feed.read(10) == ledger.read(10)
    assert whole(feed) == ledger.read(0)


def test_a_topic_full_of_repeats_is_still_searched_rightly(
    ledger: Ledger, relay: Relay, feed: KafkaFeed
) -> None:
    add(ledger, 3_000)
    chance = random.Random(7)
    published = 0
    while published < 3_000:
        if published and chance.random() < 0.3:
            relay.publish(after=chance.randrange(published), to=published)
        until = min(3_000, published + chance.randrange(1, 500))
        relay.publish(after=published, to=until)
        published = until
    relay.publish(after=100, to=900)
    facts = ledger.read(0, limit=3_000)
    for after in (0, 1, 99, 850, 1_500, 2_999, 3_000, *chance.sample(range(3_000), 10)):
        assert feed.read(after, limit=20) == facts[after : after + 20]
    assert whole(feed) == facts


def test_a_message_that_is_no_fact_is_named_after_the_facts_before_it(
    ledger: Ledger, relay: Relay, feed: KafkaFeed, kafka_server: Kafka, topic: str
) -> None:
    add(ledger, 3)
    catch_up(relay, ledger)
    headers = [("position", b"4"), ("previous", b"3"), ("ce_id", f"{uuid4()}/1".encode())]
    producer = KafkaProducer(bootstrap_servers=kafka_server.bootstrap)
    known = [*headers, ("ce_type", b"cohort.formed")]
    producer.send(topic, b'{"recorded":"2022-01-08T00:00:00.000000Z","by":{}}', headers=known)
    producer.close()
    assert feed.read(0) == ledger.read(0)
    with pytest.raises(Undecodable, match=f"{topic} partition 0 offset 3 cannot be decoded") as bad:
        feed.read(3)
    assert (bad.value.partition, bad.value.offset) == (0, 3)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param({}, id="no headers"),
        pytest.param({"position": b"first"}, id="no number"),
        pytest.param({"ce_id": b"nobody/1"}, id="no stream"),
        pytest.param({"ce_type": b"idea.teleported"}, id="unknown topic"),
    ],
)
def test_a_strange_message_is_never_passed_over(
    spoilt: dict[str, bytes], feed: KafkaFeed, kafka_server: Kafka, topic: str
) -> None:
    good = {"position": b"1", "previous": b"0", "ce_id": f"{uuid4()}/1".encode()}
    headers = {**good, "ce_type": b"cohort.formed", **spoilt} if spoilt else {}
    producer = KafkaProducer(bootstrap_servers=kafka_server.bootstrap)
    producer.send(topic, b'{"recorded":"2022-01-08T00:00:00.000000Z",', headers=[*headers.items()])
    producer.close()
    with pytest.raises(Undecodable, match="offset 0 cannot be decoded"):
        feed.read(0)


# Deaths.


def test_two_relays_at_once_still_carry_every_fact_once(
    engine: Engine, ledger: Ledger, feed: KafkaFeed, kafka_server: Kafka, topic: str
) -> None:
    add(ledger, 2_000)

    def follow() -> None:
        own = engine.open()
        relay = Relay(own, kafka_server.bootstrap, topic=topic)
        relay.page = 70
        while relay.lag():
            with suppress(Conflict):
                catch_up(relay, own)
        relay.close()

    with ThreadPoolExecutor(2) as threads:
        for following in [threads.submit(follow) for _ in range(2)]:
            following.result()
    assert whole(feed) == ledger.read(0, limit=2_000)


RELAY = """
import sys
from shared.ledger.kafka import Relay
from tests.contract.engines import Engine

ledger = Engine(sys.argv[1]).open()
relay = Relay(ledger, sys.argv[2], topic=sys.argv[3])
while page := ledger.read(relay.position(), limit=40):
    relay.handle(page)
    print(relay.position(), flush=True)
"""


@pytest.mark.fault
def test_a_relay_that_is_killed_again_and_again_publishes_everything(
    engine: Engine, ledger: Ledger, feed: KafkaFeed, kafka_server: Kafka, topic: str
) -> None:
    add(ledger, 4_000)
    chance = random.Random(7)
    command = [sys.executable, "-c", RELAY, engine.url, kafka_server.bootstrap, topic]
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
    loop = Loop(relay, ledger)
    loop.start()
    eventually(lambda: relay.lag() == 0)
    kafka_server.kill()
    add(ledger, 200)
    time.sleep(seconds)
    kafka_server.start()
    add(ledger, 200)
    eventually(lambda: relay.lag() == 0)
    loop.stop()
    assert whole(feed) == ledger.read(0)
    assert loop.last_error == ""


@pytest.mark.fault
@ONE_ENGINE
def test_a_broker_that_is_down_moves_no_checkpoint_and_is_said_to_be_down(
    ledger: Ledger, relay: Relay, feed: KafkaFeed, kafka_server: Kafka
) -> None:
    add(ledger, 3)
    catch_up(relay, ledger)
    assert feed.head() == 3
    add(ledger, 3)
    kafka_server.kill()
    try:
        with pytest.raises(Unavailable, match="The relay stays after position 3 and tries again"):
            catch_up(relay, ledger)
        assert relay.position() == 3
        with pytest.raises(Unavailable, match="Kafka cannot be read now"):
            feed.read(0)
    finally:
        kafka_server.start()
    catch_up(relay, ledger)
    assert whole(feed) == ledger.read(0)
