"""What a declaration with all that becomes of it takes: events, bytes in PostgreSQL and in Kafka, and the way through backup and drill.

python -m benchmarks.sizes [--data DIR | --ideas 30000]

The figures that `docs/explanation/sizing.md` reckons with. Servers are the tests' own, on the same machine.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from benchmarks.home import machine, sangkien
from benchmarks.on_postgres import opened
from services.cli.drill import tried
from services.wiring import System
from shared.backup.backup import back_up
from shared.backup.restore import restore
from shared.backup.tables import on_server
from shared.ledger.kafka.relay import Relay
from shared.ledger.kafka.topics import Topics
from shared.ledger.stamp import PREFIX, Encoded
from shared.settings import Settings
from tests.servers import Kafka, Postgres


def on_postgres(data: Path, scratch: Path) -> tuple[float, float, dict[str, int]]:
    """Seconds that a backup and its restore into PostgreSQL take, and what ledger and keys then lie in."""
    embedded = Settings(data=data)
    began = time.perf_counter()
    kept, keys = scratch / "kept", scratch / "keys"
    back_up(embedded, kept, keys, now=datetime.now(UTC), advance=quiet)
    copied = time.perf_counter()
    with Postgres(fsync=True) as server:
        urls = {store: server.create_database(store) for store in ("ledger", "views", "vault")}
        grown = Settings(
            ledger_url=SecretStr(urls["ledger"]),
            views_url=SecretStr(urls["views"]),
            vault_url=SecretStr(urls["vault"]),
        )
        restore(grown, kept, keys, advance=quiet)
        restored = time.perf_counter()
        sizes = {}
        for store in ("ledger", "vault"):
            with on_server(urls[store]) as connection:
                [(size,)] = connection.execute(
                    "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class "
                    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                ).fetchall()
                sizes[store] = int(size)
    return round(copied - began, 2), round(restored - copied, 2), sizes


def committed(data: Path, groups: int = 100, size: int = 200) -> int:
    """Events a second that one writer commits to PostgreSQL in groups, each on disk before the next begins."""
    with Postgres(fsync=True) as server, System(Settings(data=data)) as system:
        rows = system.ledger.rows(0, limit=groups * size)
        events = [Encoded(row[1], row[2], row[3], b"{" + row[4][PREFIX:]) for row in rows]
        with closing(opened(server.create_database("ledger"))) as ledger:
            began = time.perf_counter()
            for at in range(0, len(events), size):
                ledger.append(*events[at : at + size])
            return round(len(events) / (time.perf_counter() - began))


def on_kafka(data: Path, most: int) -> dict[str, object]:
    """Events that a relay publishes in a second, and the bytes that one lies in, its place among the due included."""
    with Kafka() as broker, System(Settings(data=data)) as system:
        topics = Topics.of("sizes")
        relay = Relay(system.ledger, broker.bootstrap, topics)
        with closing(relay):
            relay.prepare()
            last = min(most, system.ledger.head())
            began = time.perf_counter()
            for after in range(0, last, relay.page):
                relay.publish(after=after, to=min(after + relay.page, last))
            seconds = time.perf_counter() - began
        logs = {
            topic: sum(
                segment.stat().st_size
                for segment in (broker.directory / "data").glob(f"{topic}-*/*.log")
            )
            for topic in (topics.ledger, topics.matching)
        }
    return {
        "published_s": round(last / seconds),
        "bytes_an_event": round(logs[topics.ledger] / last),
        "bytes_an_event_due": round(logs[topics.matching] / last),
    }


def quiet(_done: int, _all: int) -> None:
    """Nobody watches."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a ledger that stands, e.g. from `simulate`")
    parser.add_argument("--ideas", type=int, default=30_000)
    parser.add_argument("--published", type=int, default=50_000, help="events, at most")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        data = asked.data
        if data is None:
            data = home / "data"
            sangkien("simulate", "--scenario", "national", "--ideas", asked.ideas, "--data", data)
        with System(Settings(data=data)) as system:
            head = system.ledger.head()
            ideas = sum(
                1
                for after in range(0, head, 50_000)
                for row in system.ledger.rows(after, limit=50_000)
                if row[3] == "idea.declared"
            )
            system.catch_up_views()
            drill = tried(system, home, quiet)
        copied, seconds, size = on_postgres(data, home)
        postgres = {"backup_seconds": copied, "committed_s": committed(data)}
        kafka = on_kafka(data, asked.published)
    print(
        json.dumps(
            {
                "name": "sizes",
                "machine": machine(),
                "events": head,
                "ideas": ideas,
                "events_an_idea": round(head / ideas, 2),
                "drill_seconds": drill.seconds,
                "drill_ok": drill.ok,
                "ledger_bytes_an_idea": round(size["ledger"] / ideas),
                "restored_s": round(head / seconds),
                "postgres": {**postgres, "bytes": size, "restore_seconds": seconds},
                "kafka": kafka,
            }
        )
    )


if __name__ == "__main__":
    main()
