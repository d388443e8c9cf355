"""A topic in turmoil: facts come twice, before their turn, and all again; followers handle each once, in the ledger's order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from services.wiring import System
from shared.errors import Unavailable
from shared.ledger.follow import Follower, catch_up
from shared.ledger.kafka.feed import KafkaFeed
from shared.ledger.kafka.parking import Parking
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.settings import Settings
from shared.vocabulary import Position
from tests.fault.nation import SENDER, founded_at, matched
from tests.fault.processes import lines
from tests.fault.size import chances, times
from tests.journey.test_command_line import done
from tests.servers import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.fault, pytest.mark.timeout(times(600, 7200))]

SHARE: Final = 0.1
"""So many of a hundred messages are repeated, and as many change places with the next."""


class Mischief(Relay):
    """Publishes what the relay would publish, but not as it should."""

    page: int = 40

    def __init__(
        self, ledger: Ledger, bootstrap: str, topics: Topics, chance: random.Random
    ) -> None:
        super().__init__(ledger, bootstrap, topics)
        self._record, self._chance, self._calm = ledger, chance, False
        self.sent = self.repeated = self.moved = 0

    def _send(self, messages: Sequence[dict[str, object]]) -> None:
        disturbed = list(messages)
        if not self._calm:
            for at in range(1, len(messages)):
                if self._chance.random() < SHARE:
                    disturbed[at - 1 : at + 1] = disturbed[at], disturbed[at - 1]
                    self.moved += 1
            for message in messages:
                if self._chance.random() < SHARE:
                    disturbed.insert(self._chance.randrange(len(disturbed) + 1), message)
                    self.repeated += 1
        self.sent += len(disturbed)
        super()._send(disturbed)

    def all_again(self) -> None:
        """The whole topic once more, in its order."""
        self._calm = True
        after, head = 0, self.position()
        while after < head:
            to = self._record.read(after, limit=500, to=head)[-1].position
            self.publish(after=after, to=to)
            after = to
        self._calm = False


class Watched:
    """A follower of which it is noted what it handles."""

    def __init__(self, follower: Follower[Recorded], feed: KafkaFeed) -> None:
        self.name, self.page = follower.name, follower.page
        self._follower, self._feed = follower, feed
        self.handled: list[Position] = []
        self.held_up = 0

    def position(self) -> Position:
        return self._follower.position()

    def handle(self, page: Sequence[Recorded]) -> None:
        self._follower.handle(page)
        self.handled += [recorded.position for recorded in page]

    def follow(self) -> None:
        """As far as the topic goes without a gap."""
        try:
            catch_up(self, self._feed)
        except Unavailable:
            self.held_up += 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "rows.jsonl"
    found.write_text(lines(range(times(300, 20_000))), "utf-8")
    return found


@pytest.fixture
def disturbed(kafka_server: Kafka, tmp_path: Path, file: Path) -> Iterator[System]:
    """A system in which everything is declared, and nothing followed yet."""
    home = founded_at(tmp_path / "disturbed")
    done("import", file, "--sender", SENDER, "--data", home)
    prefix = f"turmoil-{uuid4().hex}"
    with System(Settings(data=home, kafka=kafka_server.bootstrap, kafka_prefix=prefix)) as system:
        yield system


def test_a_topic_that_repeats_reorders_and_comes_all_again_is_followed_fact_by_fact(
    disturbed: System,
    kafka_server: Kafka,
    tmp_path: Path,
    file: Path,
    record_property: Callable[[str, object], None],
) -> None:
    chance, ledger = chances(), disturbed.ledger
    topics = Topics.of(disturbed.settings.kafka_prefix)
    topics.create(kafka_server.bootstrap)

    parking = Parking(kafka_server.bootstrap, topics)

    def feed() -> KafkaFeed:
        return KafkaFeed(
            kafka_server.bootstrap, topic=topics.ledger, ledger=ledger, parking=parking
        )

    disturbed.detector.adopt_first_model()
    with (
        closing(Mischief(ledger, kafka_server.bootstrap, topics, chance)) as mischief,
        closing(feed()) as one,
        closing(feed()) as two,
        closing(feed()) as three,
        closing(feed()) as four,
    ):
        followers = [
            Watched(disturbed.detector, one),
            Watched(disturbed.keeper, two),
            Watched(disturbed.projector, three),
        ]
        while mischief.position() < ledger.head():
            while due := mischief.feed.read(mischief.position(), limit=mischief.page):
                mischief.handle(due)
                for follower in followers:
                    follower.follow()
            for _ in range(2):
                mischief.all_again()
                for follower in followers:
                    follower.follow()
        facts = ledger.read(0, limit=10**6)
        places = [fact.position for fact in facts]
        for follower in followers:
            assert follower.handled == places, follower.name
        for _ in range(10):
            after = chance.randrange(len(facts))
            page = four.read(places[after], limit=100)
            assert page == facts[after + 1 : after + 1 + len(page)]
            assert page or after == len(facts) - 1
    assert done("digest", "--data", disturbed.settings.home, "--json").json == matched(
        tmp_path / "undisturbed", file
    )
    record_property(
        "R5",
        f"{len(facts)} facts in {mischief.sent} messages, {mischief.repeated} repeated, {mischief.moved} before their turn, "
        f"all again twice; each handled once by {len(followers)} followers",
    )
