"""`sangkien simulate`: a whole programme's history, written under a simulated clock through the same decisions as any other."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened

app = typer.Typer()


class Scenario(StrEnum):
    """What can be simulated."""

    NATIONAL = "national"
    SEEDS = "seeds"


@app.command()
def simulate(
    scenario: Annotated[Scenario, typer.Option("--scenario", help="Kịch bản (what is simulated).")],
    data: Data = None,
    ideas: Annotated[
        int | None,
        typer.Option(
            "--ideas",
            min=1,
            help="Số sáng kiến (how many ideas the scenario national has; seeds has its own number).",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Cùng số, cùng lịch sử (the same seed, the same history).")
    ] = 1,
    as_json: AsJSON = False,
) -> None:
    """Mô phỏng cả một chương trình trong sổ ghi mới (a whole programme's history in a ledger of its own)."""
    if scenario is Scenario.SEEDS and ideas is not None:
        raise typer.BadParameter(
            "kịch bản seeds có số sáng kiến của nó (seeds has its own number of ideas)",
            param_hint="--ideas",
        )
    # What writes a history loads the matcher too, which no other command is to wait for.
    from services.simulation import national, seeds

    with opened(data, new=True, chance=national.chance_of(seed)) as system:
        began = time.perf_counter()
        with terminal.progress("mô phỏng", "sự kiện") as advance:
            if scenario is Scenario.SEEDS:
                done = seeds.simulate_seeds(system, seed=seed, progress=advance)
            else:
                many = national.IDEAS if ideas is None else ideas
                done = national.simulate(system, ideas=many, seed=seed, progress=advance)
        seconds = time.perf_counter() - began
        if as_json:
            answer = {"scenario": scenario.value, "ideas": done.ideas, "events": done.events}
            terminal.say(answer | {"seed": seed, "seconds": round(seconds, 3)})
        else:
            terminal.out.print(
                f"{done.ideas} sáng kiến, {done.events} sự kiện mô phỏng trong {seconds:.1f} giây."
            )
