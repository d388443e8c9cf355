"""The command that shows when the phases of a programme are."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.sayings import span, titled
from services.projections.boards.phases import Phases, phases
from shared.figures import Figures

app = typer.Typer()


def show_phases(board: Phases, figures: Figures) -> None:
    """The windows for people, the last day of each as a document names it."""
    terminal.table(
        titled(board, figures, f" {board.programme} ({span(board.begins, board.ends, figures)})"),
        ("giai đoạn", "thời gian", "riêng của"),
        ((r.phase, span(r.begins, r.ends, figures), r.window_of) for r in board.rows),
        figures,
    )


@board_command(app, "phases", show_phases)
def board_phases(
    asked: Asked,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Các giai đoạn mà đơn vị này đi qua (of a unit).")
    ] = None,
) -> Phases:
    """Các giai đoạn của chương trình, từ ngày nào đến ngày nào (the phases and their days)."""
    return phases(asked.system.directory, programme=asked.programme, at=asked.at, unit=unit)
