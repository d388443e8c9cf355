"""Declarations through HTTP, PostgreSQL, Kafka and two matching workers to the boards, beside one process over a file.

    python -m benchmarks.grown [--input FOLDER] [--rows 2000] [--connections 16] [--workers 2]

Each room is a process of its own, over a real PostgreSQL with fsync and a real Kafka. When all is matched, kept and counted,
`sangkien digest` and `sangkien verify` are asked; then the same declarations, in the order in which the ledger has them,
are imported and matched by one process over SQLite, and its digests are put beside. Ends with 1 where they differ.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from benchmarks.home import given, grown_at_home, machine, made, sangkien
from benchmarks.http import posted
from tests.grown import IN_ORDER, Grown

SENDER = "cong-tinh"
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 1800


async def declared(port: int, key: str, rows: list[bytes], connections: int) -> list[str]:
    """Send the declarations, each connection its next one when the last was answered; answers what was refused."""
    waiting = iter(rows)
    refused: list[str] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in waiting:
            name = json.loads(body)["external_id"]
            status, answer = await posted(reader, writer, key, name, body)
            if status != 201:
                refused.append(f"{name}: {answer.decode()}")
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return refused


def drained(system: Grown) -> None:
    """Wait until every follower has handled all there is, twice: what is recorded between two looks may be missed by one."""
    until = time.monotonic() + PATIENCE_SECONDS
    still = 0
    with system.opened() as looking:
        before = -1
        while still < 2:
            if time.monotonic() > until:
                raise RuntimeError("the followers did not come to the end")
            head = looking.ledger.head()
            at = [*looking.ledger.all_handled(("dedup", "cases")).values()]
            at.append(looking.projector.position())
            still = still + 1 if min(at) == head == before else 0
            before = head
            time.sleep(LOOK_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--input", type=Path, help="units.jsonl, programme.json, declarations.jsonl"
    )
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with grown_at_home() as (home, system):
        source = given(asked.input) if asked.input else made(home, asked.rows)
        founded = ("--units", source.units, "--programme", source.programme)
        system.run("init", *founded)
        ports = {room: system.start(room).port for room in IN_ORDER}
        for _ in range(asked.workers - 1):
            system.start("matching")
        rows = source.declarations.read_bytes().splitlines()
        began = time.perf_counter()
        key = system.key(label=SENDER)
        refused = asyncio.run(declared(ports["intake"], key, rows, asked.connections))
        accepting = time.perf_counter() - began
        drained(system)
        draining = time.perf_counter() - began - accepting
        verified = system.run("verify")
        digests = {"grown": system.run("digest")}
        file = home / "in-order.jsonl"
        file.write_bytes(b"".join(row + b"\n" for row in recorded(system, rows)))
        data = ("--data", home / "embedded")
        sangkien("init", *data, *founded)
        sangkien("import", file, "--sender", SENDER, *data)
        sangkien("match", *data)
        digests["embedded"] = sangkien("digest", *data)
    same = digests["grown"] == digests["embedded"]
    answer = {
        "name": "grown",
        "machine": machine(),
        "unit": "declarations/s",
        "ours": round((len(rows) - len(refused)) / accepting),
        "declarations": len(rows) - len(refused),
        "refused": refused[:5],
        "workers": asked.workers,
        "drained_after_seconds": round(draining, 1),
        "verified": verified["ok"],
        "same": same,
        "digests": digests,
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if same and verified["ok"] else 1


def recorded(system: Grown, rows: list[bytes]) -> list[bytes]:
    """The declarations that are on record, in the ledger's order."""
    named = {json.loads(row)["external_id"]: row for row in rows}
    with system.opened() as looking:
        declared = looking.ledger.rows(0, limit=10 * len(rows) + 100_000)
        names = (
            json.loads(row[4]).get("external_id") for row in declared if row[3] == "idea.declared"
        )
        return [named[name] for name in names]


if __name__ == "__main__":
    sys.exit(main())
