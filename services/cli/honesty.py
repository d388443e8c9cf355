"""Commands that ask whether the numbers are honest: what is worth a look, and why ideas were ruled copies."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.boards import SIMULATED
from services.projections.anomalies import Anomalies, anomalies
from services.projections.bursts import Window
from services.projections.duplicates import CODES, CausesOfDuplicates, causes_of_duplicates
from services.projections.words import word
from shared.figures import Figures
from shared.vocabulary import Level

app = typer.Typer()

OfLevel = Annotated[
    Level | None, typer.Option("--level", help="Cấp đơn vị (default: first, or the unit's own).")
]


def show_anomalies(board: Anomalies, figures: Figures) -> None:
    """The findings for people: a sentence each, and what to type to see more."""
    terminal.table(
        f"Điểm bất thường nên xem, tính đến {figures.instant(board.at)}"
        f"{SIMULATED if board.simulated else ''}",
        ("mức", "đơn vị", "thấy gì", "xem tiếp"),
        ((word(row.severity).vi, row.unit, row.vi, row.drill) for row in board.rows),
        figures,
    )
    terminal.out.print(board.vi, markup=False)
    terminal.table(
        "Phép thử",
        ("xét gì", "đã xét", "tìm thấy", "cách xét"),
        ((word(test.kind).vi, test.tested, test.found, test.vi) for test in board.tests),
        figures,
    )


@board_command(app, "anomalies", show_anomalies)
def board_anomalies(
    asked: Asked,
    level: OfLevel = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Chỉ đơn vị này và cấp dưới (only this part).")
    ] = None,
    window: Annotated[
        Window, typer.Option("--window", help="Kê khai dồn dập trong một ngày hay một giờ.")
    ] = Window.DAY,
) -> Anomalies:
    """Điểm bất thường nên xem (what is worth a look); không phải kết luận ai làm sai (no accusation)."""
    system = asked.system
    if level is None:
        level = system.directory.tree()[unit].level if unit is not None else Level.FIRST
    return anomalies(
        system.views,
        system.directory,
        system.ledger,
        programme=asked.programme,
        at=asked.at,
        level=level,
        unit=unit,
        window=window,
        matched=asked.matched,
    )


def show_causes(board: CausesOfDuplicates, figures: Figures) -> None:
    """The kinds of copies for people, a line a unit, the whole programme last."""
    kinds = [code for code in CODES if code.leaves_net]
    (whole,) = board.all
    lines = [*((row.name, row) for row in board.rows), ("Cả chương trình", whole)]
    terminal.table(
        f"Nguyên nhân trùng, tính đến {figures.instant(board.at)}"
        f"{SIMULATED if board.simulated else ''}",
        (
            *("đơn vị", "đã kê khai", "trùng", "tỷ lệ"),
            *(word(code).vi for code in kinds),
            *("nhập thay (của bản trùng)", "nhập thay (của mọi bản)", "chỉ giống mẫu"),
        ),
        (
            (
                name,
                row.gross,
                row.duplicate,
                figures.share(row.duplicate_rate),
                *(getattr(row, code.value.replace("-", "_")) for code in kinds),
                figures.share(row.entered_share),
                figures.share(row.entered_share_of_all),
                row.template_only,
            )
            for name, row in lines
        ),
        figures,
    )


@board_command(app, "causes", show_causes)
def board_causes(
    asked: Asked,
    level: Annotated[Level, typer.Option("--level")] = Level.FIRST,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Chỉ các đơn vị trong đơn vị này (below this one).")
    ] = None,
) -> CausesOfDuplicates:
    """Vì sao bị kết luận trùng, theo đơn vị (causes of duplicates)."""
    system = asked.system
    return causes_of_duplicates(
        system.views,
        system.directory,
        system.ledger,
        programme=asked.programme,
        at=asked.at,
        level=level,
        below=unit,
        matched=asked.matched,
    )
