"""The relay publishes what is committed, in order; it repeats rather than skips, and a reader never notices."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from shared.ledger.follow import catch_up
from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.ledger.store import Ledger
from tests.contract.engines import Engine, add, whole
from tests.servers import Kafka

pytestmark = pytest.mark.kafka


def test_creating_the_topics_again_changes_nothing(kafka_server: Kafka, topics: Topics) -> None:
    topics.create(kafka_server.bootstrap)


def test_the_checkpoint_is_the_ledgers(ledger: Ledger, relay: Relay, feed: KafkaFeed) -> None:
    add(ledger, 7)
    assert relay.position() == 0
    catch_up(relay, relay.feed)
    assert relay.position() == ledger.head()
    assert whole(feed) == ledger.read(0)


def test_a_topic_that_a_broker_lost_is_filled_again(
    ledger: Ledger, relay: Relay, kafka_server: Kafka, topics: Topics, parking: Parking
) -> None:
    add(ledger, 1_200)
    catch_up(relay, relay.feed)
    empty = Topics.of(f"{topics.ledger}-anew")
    successor = Relay(ledger, kafka_server.bootstrap, empty)
    successor.prepare()
    add(ledger, 3)
    catch_up(successor, successor.feed)
    successor.close()
    feed = KafkaFeed(kafka_server.bootstrap, topic=empty.ledger, ledger=ledger, parking=parking)
    assert whole(feed) == ledger.read(0, limit=2_000)
    feed.close()


def test_what_a_broker_lost_is_read_in_the_ledger_meanwhile(
    ledger: Ledger, relay: Relay, kafka_server: Kafka, topics: Topics, parking: Parking
) -> None:
    add(ledger, 30)
    catch_up(relay, relay.feed)
    add(ledger, 3)  # these were never acknowledged
    empty = Topics.of(f"{topics.ledger}-lost")
    empty.create(kafka_server.bootstrap)
    feed = KafkaFeed(kafka_server.bootstrap, topic=empty.ledger, ledger=ledger, parking=parking)
    assert feed.head() == 30
    assert whole(feed) == ledger.read(0, to=30)
    successor = Relay(ledger, kafka_server.bootstrap, empty)
    successor.prepare()
    catch_up(successor, successor.feed)
    assert feed.read(30) == ledger.read(30)
    assert whole(feed) == ledger.read(0)
    successor.close()
    feed.close()


def test_a_relay_that_begins_over_a_topic_that_has_everything_repeats_nothing(
    ledger: Ledger, relay: Relay, kafka_server: Kafka, topics: Topics
) -> None:
    add(ledger, 30)
    catch_up(relay, relay.feed)
    relay.prepare()
    consumer = KafkaConsumer(bootstrap_servers=kafka_server.bootstrap)
    partition = TopicPartition(topics.ledger, 0)
    assert consumer.end_offsets([partition]) == {partition: 30}
    consumer.close()


def test_a_message_is_a_cloud_event_with_its_position(
    ledger: Ledger, relay: Relay, kafka_server: Kafka, topics: Topics
) -> None:
    add(ledger, 2)
    catch_up(relay, relay.feed)
    consumer = KafkaConsumer(bootstrap_servers=kafka_server.bootstrap, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topics.ledger, 0)])
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
    topics = Topics.of(f"relay-{uuid4().hex}")
    topics.create(kafka_server.bootstrap)
    parking = Parking(kafka_server.bootstrap, topics)
    feed = KafkaFeed(kafka_server.bootstrap, topic=topics.ledger, ledger=ledger, parking=parking)
    relay = Relay(ledger, kafka_server.bootstrap, topics)
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
    catch_up(relay, relay.feed)
    assert whole(feed) == ledger.read(0)
    assert feed.head() == 20


def test_a_repeat_at_the_end_does_not_hide_the_head(
    ledger: Ledger, relay: Relay, feed: KafkaFeed
) -> None:
    add(ledger, 20)
    catch_up(relay, relay.feed)
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
    assert feed.read(10, limit=4) == ledger.read(10, limit=4)
    assert feed.read(14) == ledger.read(14, to=21)
    relay.publish(after=10, to=30)
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
        page = feed.read(after, limit=20)
        assert page == facts[after : after + len(page)]
        assert page or after == len(facts)
    assert whole(feed) == facts
