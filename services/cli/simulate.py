"""The command that writes a whole programme history under a simulated clock."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened

app = typer.Typer()


class Scenario(StrEnum):
    """Which history is written."""

    SEEDS = "seeds"


@app.command()
def simulate(
    data: Data = None,
    scenario: Annotated[
        Scenario,
        typer.Option("--scenario", help="seeds: lịch sử có mọi số liệu đã công bố."),
    ] = Scenario.SEEDS,
    seed: Annotated[int, typer.Option("--seed", help="Cùng số thì cùng lịch sử.")] = 1,
    as_json: AsJSON = False,
) -> None:
    """Viết cả một lịch sử chương trình bằng đồng hồ mô phỏng (a whole history, under a simulated clock)."""
    from services.simulation.seeds import simulate_seeds

    with opened(data, new=True) as system:
        began = time.perf_counter()
        with terminal.progress("mô phỏng", "sáng kiến") as advance:
            written = simulate_seeds(system, seed=seed, progress=advance)
        answer = {
            "scenario": scenario.value,
            "ideas": written.ideas,
            "events": written.events,
            "seconds": round(time.perf_counter() - began, 3),
        }
        if as_json:
            terminal.say(answer)
        else:
            terminal.out.print(
                f"{written.ideas} bản kê khai, {written.events} sự kiện trong {answer['seconds']} giây."
            )
