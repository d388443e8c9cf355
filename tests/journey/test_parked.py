"""An operator finds messages that nobody could read, has them read again, and drops what came from elsewhere."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaProducer

from services.wiring import System
from shared.ledger.follow import catch_up
from shared.ledger.kafka.relay import messages_of
from shared.ledger.kafka.topics import Topics
from shared.settings import Settings
from tests.journey.test_command_line import SAMPLE, done, refused, sangkien
from tests.servers import Kafka

pytestmark = pytest.mark.kafka


@pytest.fixture
def where(tmp_path: Path, kafka_server: Kafka) -> dict[str, str]:
    """The settings of a home whose ledger is on a topic with two strange messages behind it: a fact cut short, and no fact."""
    home = tmp_path / "home"
    founded = ("--units", SAMPLE / "units.jsonl", "--programme", SAMPLE / "programme.json")
    done("init", "--data", home, *founded)
    prefix = f"parked-{uuid4().hex}"
    with System(Settings(data=home, kafka=kafka_server.bootstrap, kafka_prefix=prefix)) as system:
        system.relay.prepare()
        catch_up(system.relay, system.relay.feed)
        [last] = system.relay.feed.read(system.ledger.head() - 1, limit=1)
        (fact, *_) = messages_of(last, last.position - 1, Topics.of(prefix))
        with closing(KafkaProducer(bootstrap_servers=kafka_server.bootstrap)) as producer:
            producer.send(**{**fact, "value": b"{"})
            producer.send(Topics.of(prefix).ledger, b"thu lac")
        for after in (last.position - 1, last.position):
            # Whoever has the fact already drops the message that was cut short as a repeat.
            assert system.feed().read(after, limit=5) == system.ledger.read(after)
    return {
        "DATA": str(home),
        "KAFKA": kafka_server.bootstrap,
        "KAFKA_PREFIX": prefix,
    }


def test_parked_messages_are_listed_read_again_and_dropped(where: dict[str, str]) -> None:
    (listed,) = done("parked", "list", "--jsonl", **where).rows
    assert listed["place"].startswith(f"{where['KAFKA_PREFIX']}.ledger/0/")
    assert "KeyError: 'position'" in listed["reason"]
    assert listed["place"] in done("parked", "list", **where).out
    assert done("doctor", "--json", **where).json["parked"] == 1

    again = sangkien("parked", "retry", "--json", **where)
    assert again.code == 1
    assert again.json == {"settled": 0, "left": 1}
    assert "sangkien parked drop" in again.err
    assert "sangkien parked list" in refused("parked", "drop", "nowhere/0/7", **where)
    assert done("parked", "drop", listed["place"], "--json", **where).json == {"dropped": 1}
    assert done("parked", "retry", "--json", **where).json == {"settled": 0, "left": 0}
    assert done("doctor", "--json", **where).json["parked"] == 0


def test_without_kafka_nothing_can_be_parked(tmp_path: Path) -> None:
    home = tmp_path / "home"
    founded = ("--units", SAMPLE / "units.jsonl", "--programme", SAMPLE / "programme.json")
    done("init", "--data", home, *founded)
    assert "không dùng Kafka" in done("parked", "list", "--data", home).out
    assert done("parked", "list", "--data", home, "--jsonl").rows == []
    assert done("parked", "retry", "--data", home, "--json").json == {"settled": 0, "left": 0}
