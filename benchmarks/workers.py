"""How much faster two workers match a backlog than one, each on a core of its own, over PostgreSQL and Kafka.

    python -m benchmarks.workers [--declarations 100000] [--waiting 30000] [--rounds 3] [--material FOLDER]

A ledger as `match` makes it, whose last declarations wait, is copied into a real PostgreSQL and published to a real Kafka
beforehand; what names them to the workers is unread in every round. A worker is a process held to one core. The clock runs
from when Kafka has dealt each worker the same number of parts and two lessons were recorded since, so that whoever came
first has no start, to when all is matched. What was matched before is read, and what is not compiled yet is compiled, in a
round that counts for nothing or before the clock runs. One core more is never at hand: the servers, and this process, which
looks at the checkpoints, share the two with the workers.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg
from kafka import OffsetAndMetadata, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError

from benchmarks.home import SANGKIEN, machine
from benchmarks.match import made
from benchmarks.on_postgres import copy_rows, opened
from services.dedup.share import NAME, OF_PARTS
from services.wiring import System
from shared.events.matching import FlagRaised
from shared.ledger.follow import catch_up
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.ledger.parts import MATCHED, PARTS, part_of
from shared.settings import Settings
from tests.servers import Kafka, Postgres

LOOK_SECONDS = 0.05
SETTLED_LESSONS = 2


class Backlog(NamedTuple):
    """What waits: in which topics it is published, and how many messages of each part name texts before it."""

    topics: Topics
    matched: Counter[int]


def filled(postgres: Postgres, kafka: Kafka, data: Path, waiting: int) -> Backlog:
    """Copy the ledger into a database that others are copied from, and publish it; so many of its last facts wait."""
    address = postgres.create_database("pattern")
    topics = Topics.of(f"bench-{uuid4().hex}")
    ledger = opened(address)
    with System(Settings(data=data)) as embedded, psycopg.connect(address) as into:
        copy_rows(embedded.ledger, into)
    first = ledger.head() - waiting
    ledger.append(follower=NAME, handled=first)
    rows = ledger.rows(0, limit=first, to=first, topics=tuple(MATCHED))
    relay = Relay(ledger, kafka.bootstrap, topics)
    relay.prepare()
    catch_up(relay, relay.feed)
    relay.close()
    ledger.close()
    return Backlog(topics, Counter(part_of(UUID(row[1])) for row in rows))


def unread(admin: KafkaAdminClient, backlog: Backlog) -> None:
    """Have the group go on from where the backlog begins, once all who read it before have left."""
    group = backlog.topics.matching
    begins = {
        TopicPartition(group, part): OffsetAndMetadata(backlog.matched[part], "", -1)
        for part in range(PARTS)
    }
    while True:
        # A young broker makes the place where offsets are kept when it is first asked for it.
        with suppress(CoordinatorNotAvailableError):
            if not dealt(admin, group):
                admin.alter_group_offsets(group, begins)
                return
        time.sleep(LOOK_SECONDS)


def dealt(admin: KafkaAdminClient, group: str) -> list[int]:
    """How many parts each member of a group has."""
    members = admin.describe_groups([group])[group]["members"]
    shares = [
        (member["member_assignment"] or {}).get("assigned_partitions", ()) for member in members
    ]
    return [sum(len(topic["partitions"]) for topic in share) for share in shares]


def matched(postgres: Postgres, kafka: Kafka, backlog: Backlog, workers: int, home: Path) -> float:
    """How many of the waiting facts so many workers match in a second."""
    topics = backlog.topics
    name = f"run_{uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE pattern")
    address = f"{postgres.url.rpartition('/')[0]}/{name}"
    vault = postgres.create_database(f"vault_{name}")
    environment = {
        **{key: value for key, value in os.environ.items() if key != "SANGKIEN_DATA"},
        "SANGKIEN_LEDGER_URL": address,
        "SANGKIEN_VIEWS_URL": postgres.create_database(f"views_{name}"),
        "SANGKIEN_VAULT_URL": vault,
        "SANGKIEN_MODELS": str(home / "models"),
        "SANGKIEN_KAFKA": kafka.bootstrap,
        "SANGKIEN_KAFKA_PREFIX": topics.ledger.removesuffix(".ledger"),
        "SANGKIEN_LOG_LEVEL": "ERROR",
    }
    ledger = opened(address)
    head, first = ledger.head(), ledger.handled(NAME)
    with ExitStack() as running:
        admin = running.enter_context(closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)))
        unread(admin, backlog)
        for core in range(workers):
            command = [*SANGKIEN, "serve", "matching", "--port", "0"]
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            running.callback(process.wait)
            running.callback(process.terminate)
            os.sched_setaffinity(process.pid, {core % (os.cpu_count() or 1)})

        def reached() -> int:
            return min(max(first, at) for at in ledger.all_handled(OF_PARTS).values())

        while dealt(admin, topics.matching) != [PARTS // workers] * workers:
            time.sleep(LOOK_SECONDS)
        for _ in range(SETTLED_LESSONS):
            first = reached()
            while reached() == first:
                time.sleep(LOOK_SECONDS)
        first, began = reached(), time.perf_counter()
        assert first < head, "more has to wait"
        while reached() < head:
            time.sleep(LOOK_SECONDS)
        taken = time.perf_counter() - began
    flags = len(ledger.read(head, limit=10**6, topics=(FlagRaised.TOPIC,)))
    ledger.close()
    sys.stderr.write(
        f"{workers} workers: {(head - first) / taken:.0f}/s of {head - first}, {flags} flags\n"
    )
    return (head - first) / taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--declarations", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=30_000, help="how many are to be matched")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--material", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="where ledgers are kept for the next run")
    asked = parser.parse_args()
    material = asked.material if asked.material.exists() else None
    with (
        tempfile.TemporaryDirectory() as scratch,
        Postgres(fsync=True) as postgres,
        Kafka() as kafka,
    ):
        home = asked.home or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        data = made(home, asked.declarations, material)
        backlog = filled(postgres, kafka, data, asked.waiting)
        matched(postgres, kafka, backlog, 2, Path(scratch))
        rates: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(asked.rounds):
            for workers, found in rates.items():
                found.append(matched(postgres, kafka, backlog, workers, Path(scratch)))
    one, two = (statistics.median(rates[workers]) for workers in (1, 2))
    answer = {
        "name": "workers",
        "machine": machine(),
        "unit": "declarations/s",
        "ours": round(two),
        "peers": {"one worker": round(one)},
        "ratio": {"one worker": round(two / one, 2)},
        "rounds": {workers: [round(rate) for rate in found] for workers, found in rates.items()},
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
