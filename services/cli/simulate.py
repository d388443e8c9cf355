"""`sangkien simulate`: a whole programme's history, written under a simulated clock through the same decisions as any other."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final, Protocol

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.simulation import national, seeds
from services.simulation.national import Simulated
from services.wiring import System

app = typer.Typer()


class Write(Protocol):
    """What writes a scenario's history into an empty ledger."""

    def __call__(
        self, system: System, *, ideas: int, seed: int, progress: Callable[[int, int], None]
    ) -> Simulated: ...


class Scenario(StrEnum):
    """What can be simulated."""

    NATIONAL = "national"
    SEEDS = "seeds"


SCENARIOS: Final[dict[Scenario, Write]] = {
    Scenario.NATIONAL: national.simulate,
    # The published figures say how many ideas there were.
    Scenario.SEEDS: lambda system, *, ideas, seed, progress: seeds.simulate_seeds(
        system, seed=seed, progress=progress
    ),
}


@app.command()
def simulate(
    scenario: Annotated[Scenario, typer.Option("--scenario", help="Kịch bản (what is simulated).")],
    data: Data = None,
    ideas: Annotated[
        int,
        typer.Option(
            "--ideas",
            min=1,
            max=national.MOST_IDEAS,
            help="Số sáng kiến (how many ideas the scenario national has).",
        ),
    ] = national.IDEAS,
    seed: Annotated[
        int, typer.Option("--seed", help="Cùng số, cùng lịch sử (the same seed, the same history).")
    ] = 1,
    as_json: AsJSON = False,
) -> None:
    """Mô phỏng cả một chương trình trong sổ ghi mới (a whole programme's history in a ledger of its own)."""
    with opened(data, new=True, chance=national.chance_of(seed)) as system:
        began = time.perf_counter()
        with terminal.progress("mô phỏng", "sự kiện") as advance:
            done = SCENARIOS[scenario](system, ideas=ideas, seed=seed, progress=advance)
        seconds = time.perf_counter() - began
        if as_json:
            answer = {"scenario": scenario.value, "ideas": done.ideas, "events": done.events}
            terminal.say(answer | {"seed": seed, "seconds": round(seconds, 3)})
        else:
            terminal.out.print(
                f"{done.ideas} sáng kiến, {done.events} sự kiện mô phỏng trong {seconds:.1f} giây."
            )
