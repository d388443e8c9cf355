"""A client that is not ours reads the topic, and understands every message from the document alone."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from shared.errors import Conflict
from shared.events.register import EVENTS
from shared.ledger.follow import catch_up
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import PREFIX, Topics
from shared.ledger.stamp import Row
from shared.ledger.store import Ledger
from tests.contract.engines import Engine, Hands, add, formed
from tests.foreign import Document
from tests.samples import sample
from tests.servers import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "read-the-topic.md"
LIMIT = 200
"""Seconds: far more than kcat ever takes."""


class Heard(NamedTuple):
    """A message as kcat prints it."""

    offset: int
    partition: int
    key: str
    headers: dict[str, str]
    value: str


class Stranger:
    """Somebody with kcat and the document, who knows nothing else of us."""

    def __init__(self, kcat: str, brokers: str, topics: Topics) -> None:
        self._command = [kcat, "-b", brokers, "-q", "-u", "-J", "-C"]
        self._topics = topics
        self.document = Document(closed=True)
        self.seen, self.offset = 0, -1
        self.repeats = self.gaps = 0

    def heard(self, address: str, *begin: str) -> list[Heard]:
        """What is in a topic of the document, up to its end."""
        # Where brokers are shared, topics begin with another word, as the document says.
        there = {f"{PREFIX}.ledger": self._topics.ledger, f"{PREFIX}.matching": self._topics.matching}  # fmt: skip
        done = subprocess.run(
            [*self._command, "-t", there[address], "-e", *(begin or ("-o", "beginning"))],
            capture_output=True,
            check=True,
            timeout=LIMIT,
        )
        found = []
        for line in done.stdout.decode().splitlines():
            told: dict[str, Any] = json.loads(line)
            names, values = told["headers"][::2], told["headers"][1::2]
            headers = dict(zip(names, values, strict=True))
            assert len(headers) == len(names)
            found.append(Heard(told["offset"], told["partition"], told["key"], headers, told["payload"]))  # fmt: skip
        return found

    def understood(self, address: str, message: Heard) -> Any:
        """The payload, every part of the message being as the document says."""
        kind = self.document.message(address, message.headers)
        common = "DueHeaders" if "previous" not in message.headers else "Headers"
        named = self.document.said["components"]["schemas"][common]["properties"]
        assert list(message.headers) == list(named)
        kind.key.validate(message.key)
        assert message.headers["ce_id"].rpartition("/")[0] == message.key
        payload = json.loads(message.value)
        kind.payload.validate(payload)
        return payload

    def taken(self) -> Iterator[tuple[Heard, Any]]:
        """What comes next, by the three rules of the document; it goes on where it was."""
        begin = ("-o", str(self.offset + 1)) if self.offset >= 0 else ()
        for message in self.heard(f"{PREFIX}.ledger", *begin):
            payload = self.understood(f"{PREFIX}.ledger", message)
            position, previous = (int(message.headers[name]) for name in ("position", "previous"))
            if position <= self.seen:
                self.repeats += 1
            elif previous > self.seen:
                self.gaps += 1
            else:
                self.seen, self.offset = position, message.offset
                yield message, payload


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    place = Engine(postgres_url)
    yield place
    place.close()


@pytest.fixture
def stranger(kcat: str, kafka_server: Kafka, topics: Topics) -> Stranger:
    return Stranger(kcat, kafka_server.bootstrap, topics)


def everything(ledger: Ledger, clock: Hands) -> None:
    """Put every kind of event on record, saying the least and the most, with some positions left out."""
    for kind in EVENTS.values():
        for full in (False, True):
            clock.move(1.5)
            ledger.append(sample(kind, full=full, stream=uuid4(), version=1))
        there = formed(ledger)
        ledger.append(there)
        with pytest.raises(Conflict):
            ledger.append(there)


def as_stored(heard: list[Heard]) -> list[Row]:
    """What was heard as the ledger keeps it."""
    rows = []
    for message in heard:
        stream, _, version = message.headers["ce_id"].partition("/")
        place, topic = int(message.headers["position"]), message.headers["ce_type"]
        rows.append((place, UUID(stream).hex, int(version), topic, message.value.encode()))
    return rows


def test_a_stranger_understands_every_kind_of_message(
    ledger: Ledger, clock: Hands, relay: Relay, stranger: Stranger
) -> None:
    everything(ledger, clock)
    catch_up(relay, relay.feed)
    taken = list(stranger.taken())
    assert {message.headers["ce_type"] for message, _ in taken} == set(EVENTS)
    assert as_stored([message for message, _ in taken]) == ledger.rows(0, limit=10_000)
    for message, payload in taken:
        assert next(iter(payload)) == "recorded"
        assert message.partition == 0
    positions = [int(message.headers["position"]) for message, _ in taken]
    chain = [int(message.headers["previous"]) for message, _ in taken]
    assert chain == [0, *positions[:-1]]
    assert positions != list(range(1, len(positions) + 1)), "some numbers should have been left out"
    assert sorted(p["recorded"] for _, p in taken) == [p["recorded"] for _, p in taken]
    assert (stranger.repeats, stranger.gaps) == (0, 0)


def test_repeats_and_what_comes_early_do_not_lead_a_stranger_astray(
    ledger: Ledger, relay: Relay, stranger: Stranger
) -> None:
    add(ledger, 40)
    places = [row[0] for row in ledger.rows(0, limit=40)]
    relay.publish(after=0, to=places[9])
    relay.publish(after=places[4], to=places[9])
    relay.publish(after=places[19], to=places[29])  # the first part of a page was lost
    assert [int(m.headers["position"]) for m, _ in stranger.taken()] == places[:10]
    assert (stranger.repeats, stranger.gaps) == (5, 10)
    relay.publish(after=places[9], to=places[39])
    assert [int(m.headers["position"]) for m, _ in stranger.taken()] == places[10:]


def test_a_stranger_goes_on_after_a_stop(ledger: Ledger, relay: Relay, stranger: Stranger) -> None:
    add(ledger, 5)
    catch_up(relay, relay.feed)
    assert len(list(stranger.taken())) == 5
    assert list(stranger.taken()) == []
    add(ledger, 3)
    catch_up(relay, relay.feed)
    assert as_stored([m for m, _ in stranger.taken()]) == ledger.rows(0, limit=10)[5:]


def test_the_how_tos_commands_and_code_give_the_ledger(
    ledger: Ledger, relay: Relay, kcat: str, kafka_server: Kafka, topics: Topics
) -> None:
    told = HOW_TO.read_text("utf-8")
    add(ledger, 30)
    catch_up(relay, relay.feed)
    relay.publish(after=0, to=12)
    first, follow, go_on = [
        shlex.split(line.replace("BROKER:9092", kafka_server.bootstrap).replace("OFFSET+1", "30"))
        for line in re.findall(r"^kcat .*", told, re.MULTILINE)
    ]

    def printed(command: list[str]) -> list[str]:
        arguments = [topics.ledger if word == "sangkien.ledger" else word for word in command[1:]]
        done = subprocess.run(
            [kcat, *arguments, "-e"], capture_output=True, check=True, timeout=LIMIT
        )
        return done.stdout.decode().splitlines()

    looked = printed(first)
    assert looked[0].startswith("0 ")
    assert "ce_type=cohort.formed" in looked[0]
    assert len([line for line in looked if line.startswith("{")]) == 3
    code: dict[str, Any] = {}
    exec(re.findall(r"^```python\n(.*?)^```$", told, re.MULTILINE | re.DOTALL)[0], code)
    facts = [row[0] for row in ledger.rows(0, limit=100)]
    taken = list(code["events"](printed(follow)))
    assert [position for position, *_ in taken] == facts
    assert {kind for _, _, kind, _ in taken} == {"cohort.formed"}
    assert [payload["code"] for *_, payload in taken] == ["C1"] * 30
    add(ledger, 4)
    catch_up(relay, relay.feed)
    later = list(code["events"](printed(go_on), seen=taken[-1][0]))
    assert [position for position, *_ in later] == [r[0] for r in ledger.rows(0, limit=100)][30:]


def test_texts_that_are_due_are_understood_as_well(
    ledger: Ledger, clock: Hands, relay: Relay, stranger: Stranger
) -> None:
    everything(ledger, clock)
    catch_up(relay, relay.feed)
    address = f"{PREFIX}.matching"
    due = stranger.heard(address)
    said = sorted(stranger.understood(address, m)["position"] for m in due)
    texts = {"idea.declared", "idea.amended"}
    assert said == [row[0] for row in ledger.rows(0, limit=10_000) if row[3] in texts]
    parts = stranger.document.channel(address)["bindings"]["kafka"]["partitions"]
    assert all(0 <= m.partition < parts for m in due)


def test_the_broker_keeps_the_topics_as_the_document_says(
    kafka_server: Kafka, topics: Topics
) -> None:
    document = Document()
    client = KafkaAdminClient(bootstrap_servers=kafka_server.bootstrap)
    try:
        for said, made in zip(Topics.of(), topics, strict=True):
            kafka = document.channel(said)["bindings"]["kafka"]
            [described] = client.describe_topics([made])
            assert len(described["partitions"]) == kafka["partitions"]
            resource = ConfigResource(ConfigResourceType.TOPIC, made)
            kept = client.describe_configs([resource])["topic"][made]
            assert {name: kept[name]["value"] for name in kafka["topicConfiguration"]} == {
                name: ",".join(value) if isinstance(value, list) else str(value)
                for name, value in kafka["topicConfiguration"].items()
            }
    finally:
        client.close()
