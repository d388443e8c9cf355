"""The commands gathered under one name."""

from __future__ import annotations

import typer

from services.cli import (
    backups,
    bench,
    boards,
    claims,
    clusters,
    cohorts,
    comparisons,
    courses,
    criteria,
    digest,
    emulation,
    forecast,
    frozen,
    history,
    honesty,
    keys,
    models,
    monitoring,
    operation,
    organisation,
    parked,
    phases,
    records,
    rules,
    rulings,
    shadow,
    simulate,
    suspicions,
    targets,
    timelines,
    trials,
    units,
)
from services.cli.demo import app as demo_app

app = typer.Typer(
    help="sangkien: sổ ghi sáng kiến (an event-sourced record of workers' initiatives).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
for part in (
    demo_app,
    records.app,
    suspicions.app,
    clusters.app,
    rulings.app,
    trials.app,
    boards.app,
    timelines.app,
    organisation.app,
    claims.app,
    operation.app,
    backups.app,
    digest.app,
    keys.app,
    bench.app,
    simulate.app,
):
    app.registered_commands += part.registered_commands
models.app.registered_commands += shadow.app.registered_commands
for more in (
    courses.app,
    phases.app,
    forecast.app,
    comparisons.app,
    history.app,
    honesty.app,
    frozen.board_app,
    emulation.app,
    monitoring.app,
):
    boards.board_app.registered_commands += more.registered_commands
app.add_typer(boards.board_app, name="board")
app.add_typer(keys.key_app, name="key")
app.add_typer(parked.app, name="parked")
app.add_typer(units.unit_app, name="unit")
app.add_typer(cohorts.cohort_app, name="cohort")
app.add_typer(targets.target_app, name="target")
app.add_typer(criteria.criteria_app, name="criteria")
app.add_typer(criteria.wave_app, name="wave")
app.add_typer(rules.rules_app, name="rules")
app.add_typer(models.app, name="model")


def main() -> None:
    """Run the command that was typed."""
    app()
