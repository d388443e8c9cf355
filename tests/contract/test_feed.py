"""Where followers read, the ledger itself or its Kafka topic: the same facts, in the same order, from anywhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from shared.ledger.follow import Feed, catch_up
from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from tests.contract.engines import Engine, Hands, formed, joined


@dataclass
class Carried:
    """A ledger, and a feed that carries it once `bring` was called."""

    ledger: Ledger
    feed: Feed[Recorded]
    bring: Callable[[], object]

    def add(self, count: int) -> None:
        """Some streams of three events each, a second apart."""
        for _ in range(count):
            stream = self.ledger.new_id()
            events = [formed(self.ledger, stream), joined(self.ledger, stream, 2)]
            self.ledger.append(*events, joined(self.ledger, stream, 3, "CĐCS-03"))
        self.bring()


@pytest.fixture(params=["ledger", pytest.param("kafka", marks=pytest.mark.kafka)])
def carried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Carried]:
    place = Engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger = place.open(Hands())
    if request.param == "ledger":
        yield Carried(ledger, ledger, lambda: None)
    else:
        server = request.getfixturevalue("kafka_server")
        topics = Topics.of(f"feed-{uuid4().hex}")
        topics.create(server.bootstrap)
        relay = Relay(ledger, server.bootstrap, topics)
        parking = Parking(server.bootstrap, topics)
        feed = KafkaFeed(server.bootstrap, topic=topics.ledger, ledger=ledger, parking=parking)
        yield Carried(ledger, feed, lambda: catch_up(relay, relay.feed))
        feed.close()
        relay.close()
    place.close()


def test_an_empty_feed_has_nothing_to_read(carried: Carried) -> None:
    assert carried.feed.head() == 0
    assert carried.feed.read(0, limit=10) == []
    assert carried.feed.read(7, limit=10) == []


def test_a_feed_gives_the_facts_of_the_ledger_in_its_order(carried: Carried) -> None:
    carried.add(20)
    assert carried.feed.read(0, limit=100) == carried.ledger.read(0)
    assert carried.feed.head() == carried.ledger.head()


def test_a_feed_is_read_on_from_any_position_in_any_order(carried: Carried) -> None:
    carried.add(10)
    facts = carried.ledger.read(0)
    places = list(range(len(facts) + 1))
    random.Random(7).shuffle(places)
    for place in places:
        after = facts[place - 1].position if place else 0
        assert carried.feed.read(after, limit=100) == facts[place:]
        assert carried.feed.read(after, limit=4) == facts[place : place + 4]


def test_a_feed_is_read_page_by_page_to_its_end_and_on_from_there(carried: Carried) -> None:
    seen: list[Recorded] = []

    def read_on() -> None:
        while page := carried.feed.read(seen[-1].position if seen else 0, limit=7):
            assert len(page) <= 7
            seen.extend(page)

    for _ in range(3):
        carried.add(8)
        read_on()
        assert carried.feed.head() == seen[-1].position
    assert seen == carried.ledger.read(0)


def test_a_position_beyond_the_end_waits_for_what_comes(carried: Carried) -> None:
    carried.add(2)
    ahead = carried.feed.head() + 2
    assert carried.feed.read(ahead, limit=10) == []
    carried.add(2)
    assert carried.feed.read(ahead, limit=10) == carried.ledger.read(ahead)


class Collector:
    """A follower that keeps what it handles."""

    name: str = "collector"
    page: int = 5

    def __init__(self) -> None:
        self.kept: list[Recorded] = []

    def position(self) -> int:
        return self.kept[-1].position if self.kept else 0

    def handle(self, page: object) -> None:
        assert isinstance(page, list)
        self.kept.extend(page)


def test_a_follower_catches_up_with_every_fact_once(carried: Carried) -> None:
    collector = Collector()
    carried.add(7)
    assert catch_up(collector, carried.feed) == 21
    carried.add(1)
    assert catch_up(collector, carried.feed) == 3
    assert collector.kept == carried.ledger.read(0)
