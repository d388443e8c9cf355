"""Simulated declarations a second on record, on all cores.

"ours" is the import of declarations that were drawn beforehand, by the processes that will decide them: each is decided
by `Idea.declare`, its names are sealed, its content hashed and fingerprinted; it is handed over, merged with the others by time,
claimed by name, and on disk. Beside it the same with the drawing of the forms, from nothing to the last commit; and, of
a whole history (declarations and all that becomes of them), events a second and bytes on disk an idea.

python -m benchmarks.simulation [--ideas 100000] [--rounds 3] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from benchmarks.home import machine
from services.simulation import national
from services.wiring import System
from shared.settings import Settings


class Kind(Enum):
    """What is timed."""

    IMPORTED = "imported"
    DECLARED = "drawn and imported"
    WHOLE = "whole history"


class Run(NamedTuple):
    """One history: events on record, wall and processor seconds of all processes, bytes of ledger and vault."""

    events: int
    seconds: float
    processor_seconds: float
    bytes_on_disk: int


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def run(home: Path, ideas: int, seed: int, kind: Kind) -> Run:
    with System(Settings(data=home), chance=national.chance_of(seed)) as system:
        began = time.perf_counter()

        def drawn() -> None:
            nonlocal began
            began = time.perf_counter()

        used = processor_seconds()
        done = national.simulate(
            system,
            ideas=ideas,
            seed=seed,
            progress=lambda *_: None,
            declared_only=kind is not Kind.WHOLE,
            drawn=drawn if kind is Kind.IMPORTED else None,
        )
        seconds, used = time.perf_counter() - began, processor_seconds() - used
    size = sum(file.stat().st_size for file in home.glob("*.db"))
    return Run(done.events, seconds, used, size)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ideas", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    runs: dict[Kind, list[Run]] = {kind: [] for kind in Kind}
    for turn in range(asked.rounds):
        for kind, found in runs.items():
            with tempfile.TemporaryDirectory() as scratch:
                found.append(run(Path(scratch), asked.ideas, asked.seed, kind))
            sys.stderr.write(f"round {turn + 1}, {kind.value}: {found[-1]}\n")
    imported, declared = (
        [asked.ideas / one.seconds for one in runs[kind]] for kind in (Kind.IMPORTED, Kind.DECLARED)
    )
    lives = runs[Kind.WHOLE]
    answer = {
        "name": "simulation",
        "machine": machine(),
        "unit": "declarations/s",
        "ours": round(statistics.median(imported)),
        "peers": {},
        "ratio": {},
        "rounds": [round(rate) for rate in imported],
        "ideas": asked.ideas,
        "drawn_and_imported": round(statistics.median(declared)),
        "drawn_and_imported_rounds": [round(rate) for rate in declared],
        "processor_us_drawn_and_imported": round(
            statistics.median(one.processor_seconds for one in runs[Kind.DECLARED])
            / asked.ideas
            * 1e6,
            1,
        ),
        "events": lives[0].events,
        "events_per_second": round(statistics.median(one.events / one.seconds for one in lives)),
        "processor_us_an_event": round(
            statistics.median(one.processor_seconds / one.events for one in lives) * 1e6, 1
        ),
        "bytes_an_idea": round(lives[0].bytes_on_disk / asked.ideas),
        "bytes_an_event": round(lives[0].bytes_on_disk / lives[0].events),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
