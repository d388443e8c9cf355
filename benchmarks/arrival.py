"""How long after its commit a declaration stands on a board, through PostgreSQL, the relay and Kafka.

    python -m benchmarks.arrival [--requests 300] [--rate 20]

Intake, relay and projections are processes of their own, over a real PostgreSQL with fsync and a real Kafka. Declarations are
sent at random moments, so many a second on average. The clock runs from when a receipt has come until a board has come that
was asked for with the receipt's position (`seen`), which is answered as soon as the view has reached it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import time

from benchmarks.home import grown_at_home, machine
from benchmarks.texts import declaration, programme_file, units_file

WARM = 30
BEHIND = 503
"""The board waits two seconds for the view, then says so."""


def asked_of(port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    return connection


def arrivals(
    intake: int, boards: int, keys: tuple[str, str], requests: int, rate: float
) -> list[float]:
    """Seconds from receipt to board."""
    client, manager = keys
    declaring, reading = asked_of(intake), asked_of(boards)
    taken = []
    chance = random.Random(7)
    for n in range(requests + WARM):
        time.sleep(chance.expovariate(rate))
        name = f"a{n:06d}"
        body = json.dumps(declaration(name), ensure_ascii=False).encode()
        headers = {
            "Authorization": f"Bearer {client}",
            "Idempotency-Key": name,
            "Content-Type": "application/json",
        }
        declaring.request("POST", "/ideas", body, headers)
        answer = declaring.getresponse()
        receipt = json.loads(answer.read())
        if answer.status != 201:
            raise RuntimeError(receipt)
        began = time.perf_counter()
        path = f"/boards/leaderboard?level=nation&seen={receipt['position']}"
        status = BEHIND
        while status == BEHIND:
            reading.request("GET", path, headers={"Authorization": f"Bearer {manager}"})
            board = reading.getresponse()
            shown, status = json.loads(board.read()), board.status
        if status != 200 or shown["position"] < receipt["position"]:
            raise RuntimeError(shown)
        if n >= WARM:
            taken.append(time.perf_counter() - began)
    return sorted(taken)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--rate", type=float, default=20)
    asked = parser.parse_args()
    with grown_at_home() as (home, system):
        system.run("init", "--units", units_file(home), "--programme", programme_file(home))
        keys = system.key(label="bench"), system.key("manager")
        ports = {room: system.start(room).port for room in ("relay", "projections", "intake")}
        taken = arrivals(ports["intake"], ports["projections"], keys, asked.requests, asked.rate)
    share = {name: taken[int(len(taken) * part)] for name, part in (("p50", 0.5), ("p95", 0.95))}
    answer = {
        "name": "arrival",
        "machine": machine(),
        "unit": "ms from receipt to board, p95",
        "ours": round(1000 * share["p95"], 1),
        "p50_ms": round(1000 * share["p50"], 1),
        "most_ms": round(1000 * taken[-1], 1),
        "requests": len(taken),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
