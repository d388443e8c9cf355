"""Where a benchmark works: a directory of its own, the input it was given or one made of the sample's sentences."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.texts import declaration, programme_file, units_file
from tests.grown import Grown, grown
from tests.servers import Kafka, Postgres

SANGKIEN = [sys.executable, "-m", "services.cli"]


class Input(NamedTuple):
    """The three files that `init` and `import` take."""

    units: Path
    programme: Path
    declarations: Path
    rows: int


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def made(home: Path, rows: int) -> Input:
    """An input of so many declarations with bodies of about 185 words."""
    file = home / "declarations.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for n in range(rows):
            out.write(json.dumps(declaration(f"d{n:07d}"), ensure_ascii=False) + "\n")
    return Input(units_file(home), programme_file(home), file, rows)


def given(folder: Path) -> Input:
    """The input of a folder that holds units.jsonl, programme.json and declarations.jsonl."""
    file = folder / "declarations.jsonl"
    with file.open("rb") as lines:
        rows = sum(1 for line in lines if line.strip())
    return Input(folder / "units.jsonl", folder / "programme.json", file, rows)


@contextmanager
def grown_at_home() -> Iterator[tuple[Path, Grown]]:
    """A directory, and an empty grown system over a PostgreSQL with fsync and a Kafka of its own."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        Postgres(fsync=True) as postgres,
        Kafka() as kafka,
        grown(postgres, kafka, Path(scratch)) as system,
    ):
        yield Path(scratch), system


def sangkien(*words: object) -> dict[str, object]:
    """What a command answers with --json; its process is timed from inside by the command itself."""
    done = subprocess.run(
        [*SANGKIEN, *map(str, words), "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr or done.stdout)
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def measured(
    name: str, unit: str, meaning: str | None, run: Callable[[Input, Path], float]
) -> None:
    """Run a benchmark as often as asked and print its median as one JSON object."""
    parser = argparse.ArgumentParser(
        description=meaning, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--input", type=Path, help="a folder with units.jsonl, programme.json, declarations.jsonl"
    )
    parser.add_argument(
        "--rows", type=int, default=20_000, help="how many declarations to make without --input"
    )
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    rates = []
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        source = given(asked.input) if asked.input else made(home, asked.rows)
        for turn in range(asked.rounds):
            rates += [run(source, home / f"data{turn}")]
    print(
        json.dumps(
            {
                "name": name,
                "machine": machine(),
                "ours": round(statistics.median(rates)),
                "unit": unit,
                "rows": source.rows,
                "rounds": [round(rate) for rate in rates],
            }
        )
    )


def loaded(source: Input, data: Path) -> float:
    """Initialise a ledger and import the input; answers the seconds that the import took."""
    sangkien(
        "init",
        "--data",
        data,
        "--units",
        source.units,
        "--programme",
        source.programme,
        "--simulated",
    )
    report = sangkien("import", source.declarations, "--data", data, "--simulate-clock")
    if report["accepted"] != source.rows:
        raise RuntimeError(
            f"{report['rejected']} rows were rejected: {str(report['errors'])[:500]}"
        )
    return float(str(report["seconds"]))
