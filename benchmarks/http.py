"""HTTP declarations a second with durable acknowledgement, beside a bare FastAPI endpoint that does one raw INSERT.

    python -m benchmarks.http [--seconds 5] [--rounds 3] [--connections 32] [--postgres]

Both servers run one process each on uvloop and httptools, one at a time in turn, under the same load from a process of
its own: so many connections, each sending its next declaration when the last is answered. The bare endpoint is
`async def`, takes the same body model, and inserts into SQLite in WAL mode with synchronous=FULL, one commit a request; with
`--postgres` into a PostgreSQL with fsync, over psycopg's asynchronous pool with a connection for each of the load's.
Ours authenticates, checks eligibility and the unit, seals the authors' names, keeps the idempotency key and the sender's
id unique, and answers when the event is on disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from benchmarks.texts import declaration, programme_file, units_file
from tests.servers import Postgres

BARE = """
import sqlite3, sys
import uvicorn
from fastapi import FastAPI
from shared.declaration import Author, Content, Declaration, Draft, Recognition
# FastAPI hands a body over as Python values already, where the strict mode made for JSON would refuse every date.
for model in (Author, Recognition, Content, Draft, Declaration):
    model.model_config["strict"] = False
    model.model_rebuild(force=True)
app = FastAPI()
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA synchronous=FULL")
database.execute("CREATE TABLE ideas (id INTEGER PRIMARY KEY, body TEXT)")
@app.post("/ideas", status_code=201)
async def declare(declaration: Declaration):
    cursor = database.execute("INSERT INTO ideas (body) VALUES (?)", (declaration.model_dump_json(),))
    return {"id": cursor.lastrowid}
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", log_config=None, access_log=False)
"""

BARE_POSTGRES = """
import sys
from contextlib import asynccontextmanager
import uvicorn
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from shared.declaration import Author, Content, Declaration, Draft, Recognition
for model in (Author, Recognition, Content, Draft, Declaration):
    model.model_config["strict"] = False
    model.model_rebuild(force=True)
pool = AsyncConnectionPool(
    sys.argv[1], min_size=int(sys.argv[3]), max_size=int(sys.argv[3]), open=False, kwargs={"autocommit": True}
)
@asynccontextmanager
async def running(app):
    await pool.open(wait=True)
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE ideas (id bigserial PRIMARY KEY, body text)")
    yield
    await pool.close()
app = FastAPI(lifespan=running)
@app.post("/ideas", status_code=201)
async def declare(declaration: Declaration):
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "INSERT INTO ideas (body) VALUES (%s) RETURNING id", (declaration.model_dump_json(),)
        )
        return {"id": (await cursor.fetchone())[0]}
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", log_config=None, access_log=False)
"""


async def posted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, name: str, body: bytes
) -> tuple[int, bytes]:
    """Declare once over a connection; answers the status and what was said."""
    head = (
        f"POST /ideas HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: {name}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in answer.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    return int(answer.split(b" ", 2)[1]), await reader.readexactly(length)


async def load(
    port: int, key: str, seconds: float, connections: int, tag: str
) -> tuple[int, list[float]]:
    """Send declarations over so many connections; answers how many were acknowledged, and each one's seconds."""
    taken: list[float] = []
    bodies = [declaration(f"{tag}-{n}") for n in range(500)]
    until = time.perf_counter() + seconds

    async def connection(number: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        done = 0
        while time.perf_counter() < until:
            name = f"{tag}-{number}-{done}"
            body = json.dumps(
                {**bodies[done % len(bodies)], "external_id": name}, ensure_ascii=False
            ).encode()
            began = time.perf_counter()
            status, content = await posted(reader, writer, key, name, body)
            if status != 201:
                raise RuntimeError(f"{status}: {content.decode()}")
            taken.append(time.perf_counter() - began)
            done += 1
        writer.close()
        return done

    total = sum(await asyncio.gather(*(connection(n) for n in range(connections))))
    return total, taken


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing answers on port {port}")


def ours(
    home: Path, postgres: Postgres | None, connections: int
) -> tuple[subprocess.Popen[str], int, str]:
    sangkien = [sys.executable, "-m", "services.cli"]
    data = ["--data", str(home / "ours")] if postgres is None else []
    environment = dict(os.environ)
    if postgres is not None:
        environment |= {
            f"SANGKIEN_{store.upper()}_URL": postgres.create_database(f"{store}_{uuid4().hex}")
            for store in ("ledger", "views", "vault")
        }
    subprocess.run(
        [
            *sangkien,
            "init",
            *data,
            "--units",
            str(units_file(home)),
            "--programme",
            str(programme_file(home)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
    made = subprocess.run(
        [*sangkien, "key", "create", "--role", "client", "--unit", "vn", "--json", *data],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    server = subprocess.Popen(
        [*sangkien, "serve", "intake", *data, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert server.stdout is not None
    where = json.loads(server.stdout.readline())["serving"]
    return server, int(where.rsplit(":", 1)[1]), json.loads(made.stdout)["key"]


def bare(
    home: Path, postgres: Postgres | None, connections: int
) -> tuple[subprocess.Popen[str], int, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (home / "bare.py").write_text(BARE if postgres is None else BARE_POSTGRES)
    store = (
        str(home / "bare.db")
        if postgres is None
        else postgres.create_database(f"bare_{uuid4().hex}")
    )
    server = subprocess.Popen(
        [sys.executable, str(home / "bare.py"), store, str(port), str(connections)],
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    wait_for(port)
    return server, port, "none"


def run(
    seconds: float, rounds: int, connections: int, postgres: Postgres | None
) -> dict[str, object]:
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    latencies: dict[str, list[float]] = {"ours": [], "bare": []}
    for turn in range(rounds):
        for name, start in (("ours", ours), ("bare", bare)):
            with tempfile.TemporaryDirectory() as home:
                server, port, key = start(Path(home), postgres, connections)
                try:
                    asyncio.run(load(port, key, 1, connections, f"warm{turn}"))
                    began = time.perf_counter()
                    count, taken = asyncio.run(load(port, key, seconds, connections, f"run{turn}"))
                    rates[name].append(count / (time.perf_counter() - began))
                    latencies[name] += taken
                finally:
                    server.terminate()
                    server.wait(30)
    median = {name: statistics.median(found) for name, found in rates.items()}
    return {
        "name": "http" if postgres is None else "http on PostgreSQL",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "ours": round(median["ours"]),
        "peers": {"bare endpoint": round(median["bare"])},
        "ratio": {
            "bare endpoint": round(
                statistics.median(a / b for a, b in zip(rates["ours"], rates["bare"], strict=True)),
                3,
            )
        },
        "unit": f"declarations/s at {connections} connections",
        "p95_ms": {
            name: round(sorted(found)[int(len(found) * 0.95)] * 1000, 1)
            for name, found in latencies.items()
        },
        "rounds": {name: [round(r) for r in found] for name, found in rates.items()},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--postgres", action="store_true", help="over PostgreSQL, with fsync")
    given = parser.parse_args()
    with ExitStack() as servers:
        postgres = servers.enter_context(Postgres(fsync=True)) if given.postgres else None
        print(json.dumps(run(given.seconds, given.rounds, given.connections, postgres)))
