"""How much faster two workers match a backlog than one, each on a core of its own, over PostgreSQL and Kafka.

    python -m benchmarks.workers [--declarations 100000] [--rounds 3] [--material FOLDER]

A ledger as `match` makes it, whose last declarations wait, is copied into a real PostgreSQL and published to a real Kafka
beforehand. The clock runs from when every worker has moved its checkpoints to the end; reading what was matched before is
not measured. One core more is never at hand: servers share the two with the workers.
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
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg

from benchmarks.home import SANGKIEN, machine
from benchmarks.match import made
from benchmarks.on_postgres import copy_rows, opened
from services.dedup.share import NAME, OF_PARTS
from services.wiring import System
from shared.events.matching import FlagRaised
from shared.ledger.follow import catch_up
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.settings import Settings
from tests.servers import Kafka, Postgres

LOOK_SECONDS = 0.02


def filled(postgres: Postgres, kafka: Kafka, data: Path) -> Topics:
    """Copy the ledger into a database that others are copied from, and publish it."""
    address = postgres.create_database("pattern")
    topics = Topics.of(f"bench-{uuid4().hex}")
    ledger = opened(address)
    with System(Settings(data=data)) as embedded, psycopg.connect(address) as into:
        copy_rows(embedded.ledger, into)
        ledger.append(follower=NAME, handled=embedded.ledger.handled(NAME))
    relay = Relay(ledger, kafka.bootstrap, topics)
    relay.prepare()
    catch_up(relay, ledger)
    relay.close()
    ledger.close()
    return topics


def matched(postgres: Postgres, kafka: Kafka, topics: Topics, workers: int, home: Path) -> float:
    """How many of the waiting facts so many workers match in a second."""
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
        for core in range(workers):
            command = [*SANGKIEN, "serve", "matching", "--port", "0"]
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            running.callback(process.wait)
            running.callback(process.kill)
            os.sched_setaffinity(process.pid, {core % (os.cpu_count() or 1)})
        began: float | None = None
        done = {first}
        while min(done) < head:
            time.sleep(LOOK_SECONDS)
            done = {max(first, at) for at in ledger.all_handled(OF_PARTS).values()}
            if began is None and min(done) > first:
                began, first = time.perf_counter(), min(done)
        assert began is not None
        taken = time.perf_counter() - began
    flags = len(ledger.read(head, limit=10**6, topics=(FlagRaised.TOPIC,)))
    ledger.close()
    sys.stderr.write(f"{workers} workers: {(head - first) / taken:.0f}/s, {flags} flags\n")
    return (head - first) / taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--declarations", type=int, default=100_000)
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
        topics = filled(postgres, kafka, made(home, asked.declarations, material))
        rates: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(asked.rounds):
            for workers, found in rates.items():
                found.append(matched(postgres, kafka, topics, workers, Path(scratch)))
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
