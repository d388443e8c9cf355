"""The topics of one system, and what both sides of them agree on."""

from __future__ import annotations

from contextlib import closing
from typing import Final, NamedTuple

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from shared.errors import Unavailable
from shared.ledger.parts import PARTS

PREFIX: Final = "sangkien"
PATIENCE_MS: Final = 3000
RELAY: Final = "relay"
"""The checkpoint in the ledger up to which Kafka has acknowledged all facts."""
PUBLISHED: Final = 1_000
"""So many facts at most are published before all are waited for: waiting for Kafka and the ledger's disk then costs little."""
SPOKEN: Final = (3, 0)
"""The protocol, said beforehand: a client that asks a dead broker for it fails half made and leaves a thread behind."""
RECONNECTING: Final = {"reconnect_backoff_max_ms": 1000}
"""How soon any client looks again for a broker that was away; left alone, only every half minute in the end."""
_FOR_EVER: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_EACH_ONCE: Final = {"cleanup.policy": "compact"}
_A_WEEK: Final = {"cleanup.policy": "delete", "retention.ms": str(7 * 86_400_000)}


class Topics(NamedTuple):
    """Where a system's facts are, where it is said which texts are to be compared, and where lies what nobody could read."""

    ledger: str
    matching: str
    parked: str

    @classmethod
    def of(cls, prefix: str = PREFIX) -> Topics:
        """The topics of the system whose topics begin so."""
        return cls(f"{prefix}.ledger", f"{prefix}.matching", f"{prefix}.parked")

    def wanted(self) -> tuple[NewTopic, NewTopic, NewTopic]:
        """All of them as they are made: the ledger's has one partition, so that its order is the ledger's, and is kept for ever."""
        return (
            NewTopic(self.ledger, 1, -1, topic_configs=_FOR_EVER),
            NewTopic(self.matching, PARTS, -1, topic_configs=_A_WEEK),
            NewTopic(self.parked, 1, -1, topic_configs=_EACH_ONCE),
        )

    def create(self, bootstrap: str) -> None:
        """Make sure of all of them. Raises Unavailable."""
        try:
            with closing(KafkaAdminClient(bootstrap_servers=bootstrap, **RECONNECTING)) as client:
                for topic in self.wanted():
                    try:
                        client.create_topics([topic])
                    except TopicAlreadyExistsError:
                        continue
        except KafkaError as problem:
            raise Unavailable(
                f"Kafka at {bootstrap} gives no answer ({problem}). Try again later."
            ) from problem
