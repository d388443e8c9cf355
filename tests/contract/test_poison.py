"""Messages that nobody can read are parked, and no follower misses a fact, stops or sees one twice for it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from kafka import KafkaProducer

from shared.events.register import EVENTS
from shared.ledger import encoding
from shared.ledger.follow import catch_up
from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.kafka.parking import Fate, Parking, fate
from shared.ledger.kafka.relay import Relay, messages_of
from shared.ledger.kafka.topics import Topics
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from tests.contract.engines import add, whole
from tests.servers import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

Message = dict[str, Any]
Send = Callable[[Message], int]
"""Answers the offset."""


def with_header(name: str, value: bytes) -> Callable[[Message], Message]:
    def spoil(message: Message) -> Message:
        headers = [(key, value if key == name else old) for key, old in message["headers"]]
        return {**message, "headers": headers}

    return spoil


def with_second(name: str) -> Callable[[Message], Message]:
    return lambda message: {**message, "headers": [*message["headers"], (name, b"\xfe?")]}


def without_header(name: str) -> Callable[[Message], Message]:
    return lambda message: {**message, "headers": [h for h in message["headers"] if h[0] != name]}


def with_value(change: Callable[[bytes], bytes | None]) -> Callable[[Message], Message]:
    return lambda message: {**message, "value": change(message["value"])}


def with_field(name: str, value: object) -> Callable[[Message], Message]:
    """The same instant in front, and one field otherwise."""

    def change(state: bytes) -> bytes:
        told = json.loads(state)
        return json.dumps({**told, name: value}, separators=(",", ":")).encode()

    return with_value(change)


HEADERS: Final = ("position", "previous", "ce_id", "ce_type")
KINDS: Final[dict[str, Callable[[Message], Message]]] = {
    "no headers": lambda message: {**message, "headers": []},
    **{f"no {name}": without_header(name) for name in HEADERS},
    **{f"{name} twice, the second in noise": with_second(name) for name in HEADERS},
    **{f"empty {name}": with_header(name, b"") for name in HEADERS},
    **{f"{name} no text": with_header(name, b"\xff\xfe\x00") for name in HEADERS},
    **{f"{name} of many letters": with_header(name, b"x" * 5_000) for name in HEADERS},
    "position in words": with_header("position", "mười".encode()),
    "position a fraction": with_header("position", b"1.5"),
    "position below nought": with_header("position", b"-3"),
    "position nought": with_header("position", b"0"),
    "position far ahead": with_header("position", b"1000000000"),
    "position beyond all integers": with_header("position", b"9" * 400),
    "previous in words": with_header("previous", b"before"),
    "id without version": with_header("ce_id", b"0190a1b2-0000-7000-8000-000000000000"),
    "id without stream": with_header("ce_id", b"/1"),
    "id of nobody": with_header("ce_id", b"nobody/1"),
    "version in words": with_header("ce_id", b"0190a1b2-0000-7000-8000-000000000000/first"),
    "unknown type": with_header("ce_type", b"idea.teleported"),
    "another type": with_header("ce_type", b"programme.planned"),
    "type in capitals": with_header("ce_type", b"COHORT.FORMED"),
    "null value": with_value(lambda _: None),
    "empty value": with_value(lambda _: b""),
    "value of zeros": with_value(lambda state: bytes(len(state))),
    "value of noise": with_value(lambda state: random.Random(7).randbytes(len(state))),
    "value cut short": with_value(lambda state: state[:-1]),
    "value cut in the instant": with_value(lambda state: state[:20]),
    "value with a tail": with_value(lambda state: state + b"}"),
    "value twice": with_value(lambda state: state * 2),
    "value not JSON": with_value(lambda _: b"<xml/>"),
    "value a list": with_value(lambda state: b"[%s]" % state),
    "value a number": with_value(lambda _: b"42"),
    "value a string": with_value(lambda _: b'"recorded"'),
    "value null in JSON": with_value(lambda _: b"null"),
    "value of an empty object": with_value(lambda _: b"{}"),
    "value in UTF-16": with_value(lambda state: state.decode().encode("utf-16")),
    "value with a bad letter": with_value(lambda state: state.replace(b'"by"', b'"b\xff"')),
    "value of a million bytes": with_value(lambda _: b"[" * 1_000_000),
    "instant in words": with_value(lambda state: state.replace(b"2022-01-08T", b"hom qua nay")),
    "nobody did it": with_field("by", None),
    "somebody else's fields": with_field("teleported", True),
    "a field of another kind": with_field("name", {"vi": 1}),
}


@pytest.fixture
def send(kafka_server: Kafka) -> Iterator[Send]:
    producer = KafkaProducer(bootstrap_servers=kafka_server.bootstrap, max_request_size=1_100_000)
    yield lambda message: int(producer.send(**message).get(timeout=30).offset)
    producer.close()


class Collector:
    """A follower that keeps what it handles."""

    name: str = "collector"
    page: int = 7

    def __init__(self) -> None:
        self.kept: list[Recorded] = []

    def position(self) -> int:
        return self.kept[-1].position if self.kept else 0

    def handle(self, page: Any) -> None:
        self.kept.extend(page)


def messages(relay: Relay, ledger: Ledger) -> list[Message]:
    """What the relay would send for all of the ledger."""
    found: list[Message] = []
    previous = 0
    for stored in relay.feed.read(0, limit=10_000):
        found += messages_of(stored, previous, relay._topics)
        previous = stored.position
    return found


def test_fifty_kinds_of_poison_are_parked_and_nothing_is_missed(
    ledger: Ledger,
    relay: Relay,
    feed: KafkaFeed,
    parking: Parking,
    send: Send,
    record_property: Callable[[str, object], None],
) -> None:
    """Between real facts, in place of real facts, and at the end: each kind in all three ways."""
    assert len(KINDS) >= 50
    add(ledger, 3 * len(KINDS))
    facts = iter(messages(relay, ledger))
    sent = 0
    follower = Collector()
    kinds = list(KINDS)
    random.Random(11).shuffle(kinds)
    before: dict[int, str] = {}
    for kind in kinds:
        spoil = KINDS[kind]
        first, second, third = (next(facts) for _ in range(3))
        before[send(spoil(first))] = kind  # before the fact itself
        send(first)
        send(spoil(second))  # in place of the fact
        send(third)
        sent += 2
        catch_up(follower, feed)
    for kind in kinds:
        send(KINDS[kind](third))  # at the end, after everything
        sent += 1
    catch_up(follower, feed)

    assert follower.kept == ledger.read(0, limit=10_000)
    assert whole(feed) == ledger.read(0, limit=10_000)
    lying = parking.messages()
    parked = {before.get(int(one.place.rpartition("/")[2])) for one in lying}
    assert parked >= set(KINDS)
    assert set(Fate) >= {fate(one, ledger) for one in lying}
    counted = f"{len(KINDS)} kinds, {sent} messages, {len(lying)} parked, 0 facts missed, 0 twice"
    record_property("R7", counted)


def test_a_fact_that_is_garbled_at_the_very_end_is_read_in_the_ledger(
    ledger: Ledger, relay: Relay, feed: KafkaFeed, send: Send
) -> None:
    add(ledger, 4)
    *good, last = messages(relay, ledger)
    for message in good:
        send(message)
    send(KINDS["value cut short"](last))
    assert feed.read(0, limit=3) == ledger.read(0, limit=3)
    assert feed.read(3) == ledger.read(3)


def test_a_fact_of_a_later_version_is_parked_and_stops_its_reader_in_the_open_until_an_upgrade(
    ledger: Ledger,
    relay: Relay,
    feed: KafkaFeed,
    parking: Parking,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(ledger, 3)
    catch_up(relay, relay.feed)
    with monkeypatch.context() as older:
        # Not taken out of it: the register's own order would be another afterwards.
        known = {topic: kind for topic, kind in EVENTS.items() if topic != "cohort.formed"}
        older.setattr(encoding, "EVENTS", known)
        for _ in range(2):
            with pytest.raises(LookupError, match=r"holds cohort\.formed, which this version"):
                feed.read(0)
        (lying,) = parking.messages()
        assert "cohort.formed" in lying.reason
        assert fate(lying, ledger) is Fate.LATER
    assert fate(lying, ledger) is Fate.SETTLED
    parking.clear([lying.place])
    assert parking.messages() == []
    assert feed.read(0) == ledger.read(0)


def test_what_came_from_elsewhere_is_left_for_people_to_drop(
    ledger: Ledger, relay: Relay, feed: KafkaFeed, parking: Parking, send: Send
) -> None:
    add(ledger, 2)
    one, other = messages(relay, ledger)
    send(one)
    send({**one, "headers": [], "value": b"chuyen khac"})
    send(KINDS["position far ahead"](other))
    send(other)
    catch_up(Collector(), feed)
    lying = parking.messages()
    assert [fate(message, ledger) for message in lying] == [Fate.FOREIGN, Fate.FOREIGN]
    assert lying[0].message.value == b"chuyen khac"
    assert "position 1000000000 is not on record" in lying[1].reason


def test_what_somebody_else_wrote_into_the_lot_is_shown_and_can_be_dropped(
    parking: Parking, topics: Topics, send: Send
) -> None:
    send({"topic": topics.parked, "key": b"\xff", "value": b"?", "headers": [("x", b"\xff")]})
    (strange,) = parking.messages()
    assert strange.reason == "Nobody of this system parked it."
    send({"topic": topics.parked, "key": b"somewhere", "value": b"?", "headers": [("x", b"y")]})
    parking.clear(["somewhere"])
    assert [one.place for one in parking.messages()] == [strange.place]


def test_a_message_is_parked_once_however_often_and_by_whomever_it_is_met(
    ledger: Ledger,
    relay: Relay,
    feed: KafkaFeed,
    parking: Parking,
    topics: Topics,
    kafka_server: Kafka,
    send: Send,
) -> None:
    add(ledger, 1)
    (fact,) = messages(relay, ledger)
    send({**fact, "headers": []})
    send(fact)
    elsewhere = Parking(kafka_server.bootstrap, topics)
    other = KafkaFeed(kafka_server.bootstrap, topic=topics.ledger, ledger=ledger, parking=elsewhere)
    for reader in (feed, feed, other):
        assert reader.read(0) == ledger.read(0)
    assert (parking.count, elsewhere.count) == (1, 1)
    assert len(parking.messages()) == 1
    other.close()
    elsewhere.close()
