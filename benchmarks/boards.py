"""The boards of a long history: how fast they are built anew, how soon any past is answered, how soon a commit is seen.

    python -m benchmarks.boards [--data DIR | --ideas 300000] [--requests 200] [--rounds 2] [--postgres] [--answers]

On one ledger (given, or a simulated national programme of so many ideas), one after the other: reading its file as bytes,
from the disk or from what the machine remembers of it; reading its rows as they lie; decoding and folding all of it for every
view without writing; a rebuild, writing included; then over HTTP, at instants drawn evenly over the history, the national top
ten and the quota table of all targets for the whole programme (of all phases too, where these are fewer than 700), as known
then, and the top ten as corrected since, with how many rows the answers had; at last, in a small ledger of its own, from the
acknowledgement of a declaration until the board that was asked to wait for it has answered. With `--postgres` the ledger is
copied into a PostgreSQL of its own, and the views are rebuilt there too. With `--answers` nothing is folded or rebuilt: only
how soon any past is answered over HTTP, from the views that stand. Where SANGKIEN_VIEWS_URL says so the views stand elsewhere.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from benchmarks import on_postgres
from benchmarks.home import SANGKIEN, machine, sangkien
from benchmarks.texts import declaration, programme_file, units_file
from services.projections.views.beside import ahead, collector_at_rest, wholesale
from services.projections.views.database import Views
from services.projections.views.projector import STRETCH, VIEWS
from services.wiring import System
from shared.settings import Settings

TARGETS: Final = 700
"""So many targets at least are asked for in a quota table, where there are as many."""
PIECE_BYTES: Final = 1 << 22
Store = Literal["ledger", "views", "vault"]
STORES: Final[tuple[Store, ...]] = ("ledger", "views", "vault")


def raw(data: Path) -> tuple[int, float]:
    """How many rows there are, and the seconds that reading all of them takes."""
    with System(Settings(data=data)) as system:
        head, at, count = system.ledger.head(), 0, 0
        began = time.perf_counter()
        while at < head:
            rows = system.ledger.rows(at, limit=STRETCH)
            at, count = rows[-1][0], count + len(rows)
        return count, time.perf_counter() - began


def file_of(data: Path, store: Store) -> Path:
    """Where a store's file is."""
    return Path(Settings(data=data).address(store).removeprefix("sqlite:///"))


def as_bytes(data: Path) -> float:
    """How many megabytes of the ledger's file are read in a second: no rebuild is faster than that."""
    size, began = 0, time.perf_counter()
    with file_of(data, "ledger").open("rb") as file:
        while part := file.read(PIECE_BYTES):
            size += len(part)
    return size / 1e6 / (time.perf_counter() - began)


def folded(data: Path) -> float:
    """The seconds that reading and folding the whole ledger takes for all views, as a rebuild does, and writing nothing."""
    with tempfile.TemporaryDirectory() as scratch, System(Settings(data=data)) as system:
        views = Views(f"sqlite:///{scratch}/views.db")
        with views.write() as connection:
            begun = [(kind, views.begin(connection, kind)) for kind in VIEWS]
            mind = wholesale(
                {kind.name: (kind, views.of(connection, kind, at)) for kind, at in begun}
            )
        head, at = system.ledger.head(), 0
        began = time.perf_counter()
        with collector_at_rest(), closing(ahead(mind, system.ledger, 0, STRETCH, head)) as coming:
            while at < head:
                stretch = next(coming)
                for kind in VIEWS:
                    mind.change(kind, stretch, at)
                at = stretch.last
        seconds = time.perf_counter() - began
        views.close()
        return seconds


@contextmanager
def served(data: Path, *rooms: str) -> Iterator[Callable[..., bytes]]:
    """A server of its own over a ledger; called with a path, it answers."""
    made = sangkien("key", "create", "--role", "client", "--unit", "vn", "--data", data)
    server = subprocess.Popen(
        [*SANGKIEN, "serve", *rooms, "--data", str(data), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    where = json.loads(server.stdout.readline())["serving"]

    def ask(path: str, body: object = None, **query: object) -> bytes:
        headers = {"Authorization": f"Bearer {made['key']}"}
        if body is not None:
            headers |= {
                "Content-Type": "application/json",
                "Idempotency-Key": str(time.monotonic_ns()),
            }
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        asked = Request(f"{where}{path}?{urlencode(query)}", data=sent, headers=headers)
        with urlopen(asked) as answer:
            found: bytes = answer.read()
            return found

    try:
        yield ask
    finally:
        server.terminate()
        server.wait()


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Half and 95 of 100 below, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 2),
        "p95_ms": round(1000 * ordered[int(0.95 * (len(ordered) - 1))], 2),
    }


def asked_at_random(data: Path, requests: int) -> dict[str, object]:
    """How soon boards of any past are answered, the first answer of each kind left out."""
    chance = random.Random(1)
    with System(Settings(data=data)) as system:
        system.catch_up_views()
        ledger, head = system.ledger, system.ledger.head()
        # The founding stands on one instant long before anything was declared.
        begins = next(
            recorded.recorded for recorded in ledger.read(0, limit=1, topics=("idea.declared",))
        )
        ends = ledger.recorded_at(head)
        assert ends is not None
        targets = system.directory.programme("1tr").in_force(ends.date())
        enough = sum(target.phase is None for target in targets) >= TARGETS
    found: dict[str, object] = {}
    with served(data, "projections") as ask:
        span = (ends - begins).total_seconds()
        boards: tuple[tuple[str, str, dict[str, object]], ...] = (
            ("top_ten", "/boards/leaderboard", {"top": 10}),
            ("quota", "/boards/quota", {"phase": "whole"} if enough else {}),
            ("top_ten_corrected", "/boards/leaderboard", {"top": 10, "axis": "corrected"}),
        )
        for name, path, query in boards:
            began = time.perf_counter()
            ask(path, **query, programme="1tr")
            first = time.perf_counter() - began
            taken = []
            rows = []
            for _ in range(requests):
                at = begins + timedelta(seconds=chance.random() * span)
                began = time.perf_counter()
                body = ask(path, **query, programme="1tr", at=at.isoformat())
                taken.append(time.perf_counter() - began)
                rows.append(len(json.loads(body)["rows"]))
            found[name] = {
                **query,
                **percentiles(taken),
                "first_s": round(first, 2),
                "rows": round(statistics.median(rows)),
                "least_rows": min(rows),
            }
    return found


def seen(home: Path, requests: int) -> dict[str, float]:
    """From the acknowledgement of a declaration until a board that waits for it has answered."""
    data = home / "seen"
    sangkien(
        "init", "--data", data, "--units", units_file(home), "--programme", programme_file(home)
    )
    taken = []
    with served(data) as ask:
        for n in range(requests):
            receipt = json.loads(ask("/ideas", declaration(f"seen-{n}")))
            began = time.perf_counter()
            ask("/boards/leaderboard", top=10, seen=receipt["position"])
            taken.append(time.perf_counter() - began)
    return percentiles(taken)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a ledger that stands, e.g. from `simulate`")
    parser.add_argument("--ideas", type=int, default=300_000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--postgres", action="store_true", help="measure a rebuild there as well")
    parser.add_argument("--answers", action="store_true", help="only how soon boards are answered")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        data = asked.data
        if data is None:
            data = home / "data"
            sangkien("simulate", "--scenario", "national", "--ideas", asked.ideas, "--data", data)
        if asked.answers:
            answers = asked_at_random(data, asked.requests)
            print(json.dumps({"name": "boards", "machine": machine(), "http": answers}))
            return
        megabytes = as_bytes(data)
        events, _ = raw(data)
        rounds = []
        for _ in range(asked.rounds):
            _, reading = raw(data)
            folding = folded(data)
            rebuilt = float(str(sangkien("rebuild", "--data", data)["seconds"]))
            rounds.append((reading, folding, rebuilt))
        reading, folding, rebuilt = min(rounds, key=lambda seconds: seconds[2])
        with System(Settings(data=data)) as system:
            ideas = len(system.ledger.read(0, limit=1, topics=("idea.declared",))) and _ideas(
                system
            )
        answer: dict[str, object] = {
            "name": "boards",
            "machine": machine(),
            "events": events,
            "ideas": ideas,
            "file_mb_s": round(megabytes),
            "raw_rows_s": round(events / reading),
            "decoded_and_folded_s": round(events / folding),
            "folded_to_raw": round(reading / folding, 3),
            "rebuild_seconds": round(rebuilt, 1),
            "rebuilt_s": round(events / rebuilt),
            "rounds": [[round(part, 1) for part in taken] for taken in rounds],
            "bytes_an_idea": {
                name: round(file_of(data, name).stat().st_size / max(1, ideas)) for name in STORES
            },
            "http": asked_at_random(data, asked.requests),
            "commit_to_visible": seen(home, asked.requests),
        }
        if asked.postgres:
            answer["postgres"] = on_postgres.measured(data, asked.rounds)
    print(json.dumps(answer))


def _ideas(system: System) -> int:
    from services.projections.reckoning.counts import DECLARED, Counts
    from services.projections.views.entries import QUOTA

    system.catch_up_views()
    with system.views.read(QUOTA) as snapshot:
        counts = Counts(snapshot)
        return int(counts.known(DECLARED, counts.rows(snapshot.position)).sum())


if __name__ == "__main__":
    main()
