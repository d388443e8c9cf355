"""How many facts a second the relay publishes from a PostgreSQL ledger, beside a bare loop that sends the same messages.

    python -m benchmarks.relay [--declarations 20000] [--rounds 3]

The bare loop has the messages of the ledger's topic ready in memory, sends one after the other by the same client with the
same settings, and waits at the end until all are acknowledged. The relay reads pages in the ledger, makes the messages, names
the texts that are due in the second topic, waits for each page and moves its checkpoint in the ledger.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import psycopg
from kafka import KafkaProducer

from benchmarks.home import loaded, machine
from benchmarks.home import made as input_of
from benchmarks.on_postgres import copy_rows, opened
from services.wiring import System
from shared.ledger.encoding import Stored
from shared.ledger.follow import catch_up
from shared.ledger.kafka.relay import Relay, messages_of
from shared.ledger.kafka.topics import Topics
from shared.ledger.store import Ledger
from shared.settings import Settings
from tests.servers import Kafka, Postgres


def relayed(ledger: Ledger, kafka: Kafka) -> float:
    """Facts a second through a relay that has published nothing yet."""
    relay = Relay(ledger, kafka.bootstrap, Topics.of(f"relay-{uuid4().hex}"))
    # As many checkpoints as rounds: each round begins at the beginning.
    relay.name = f"relay-{uuid4().hex}"
    relay.prepare()
    began = time.perf_counter()
    handled = catch_up(relay, relay.feed)
    taken = time.perf_counter() - began
    relay.close()
    return handled / taken


def bare(ledger: Ledger, kafka: Kafka) -> float:
    """Facts a second through a loop that only sends."""
    topics = Topics.of(f"bare-{uuid4().hex}")
    topics.create(kafka.bootstrap)
    previous, messages = 0, []
    for row in ledger.rows(0, limit=10**6):
        messages += [
            m for m in messages_of(Stored(*row), previous, topics) if m["topic"] == topics.ledger
        ]
        previous = row[0]
    producer = KafkaProducer(
        bootstrap_servers=kafka.bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    producer.partitions_for(topics.ledger)
    began = time.perf_counter()
    for message in messages:
        producer.send(**message)
    producer.flush()
    taken = time.perf_counter() - began
    producer.close()
    return len(messages) / taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--declarations", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        Postgres(fsync=True) as postgres,
        Kafka() as kafka,
    ):
        home = Path(scratch)
        loaded(input_of(home, asked.declarations), home / "data")
        address = postgres.create_database("ledger")
        opened(address).close()

        with System(Settings(data=home / "data")) as embedded, psycopg.connect(address) as into:
            copy_rows(embedded.ledger, into)
        ledger = opened(address)
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(asked.rounds):
            for name, run in (("ours", relayed), ("bare", bare)):
                rates[name].append(run(ledger, kafka))
                sys.stderr.write(f"{name}: {rates[name][-1]:.0f}/s\n")
        ledger.close()
    median = {name: statistics.median(found) for name, found in rates.items()}
    ratio = statistics.median(a / b for a, b in zip(rates["ours"], rates["bare"], strict=True))
    answer = {
        "name": "relay",
        "machine": machine(),
        "unit": "facts/s",
        "ours": round(median["ours"]),
        "peers": {"bare produce loop": round(median["bare"])},
        "ratio": {"bare produce loop": round(ratio, 2)},
        "rounds": {name: [round(rate) for rate in found] for name, found in rates.items()},
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
