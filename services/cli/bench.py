"""`sangkien bench`: the figures of the README, measured again by the benchmarks that stand beside the packages."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.terminal import refuse

ROOT: Final = Path(__file__).parents[2]

app = typer.Typer()


class Benchmark(StrEnum):
    """What can be measured."""

    IMPORTS = "imports"
    MATCHING = "matching"
    BOARDS = "boards"
    REBUILD = "rebuild"
    HTTP = "http"
    MATCH = "match"
    EXACTNESS = "exactness"
    QUALITY = "quality"
    SIMULATION = "simulation"
    FORECAST = "forecast"
    TRAIL = "trail"
    WORKERS = "workers"
    SIZES = "sizes"
    GROWN = "grown"
    RELAY = "relay"
    ARRIVAL = "arrival"


@app.command(
    context_settings={
        "allow_extra_args": True,
        "allow_interspersed_args": False,
        "ignore_unknown_options": True,
    }
)
def bench(
    name: Annotated[Benchmark, typer.Argument(help="Phép đo (what is measured).")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            help="Tham số của phép đo, đường dẫn tính từ thư mục gốc của dự án "
            "(its own options, e.g. --help; paths from the project's root)."
        ),
    ] = None,
) -> None:
    """Đo lại một con số của README, in một đối tượng JSON (measure a figure again)."""
    if not ROOT.joinpath("benchmarks", f"{name}.py").exists():
        refuse(
            f"Không có thư mục benchmarks trong {ROOT} (the benchmarks are not installed with the package). "
            "Chạy trong bản sao của kho mã (run it in a checkout of the project): "
            f".venv/bin/sangkien bench {name}"
        )
    done = subprocess.run(  # noqa: S603  (a program of ours, by a name of ours)
        [sys.executable, "-m", f"benchmarks.{name}", *(arguments or ())],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
    )
    sys.stdout.write(done.stdout)
    if done.returncode:
        raise typer.Exit(2 if done.returncode == 2 else 1)
