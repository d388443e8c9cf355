"""Commands that ask whether the numbers are honest: what is worth a look, and why ideas were ruled copies."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.sayings import said, titled
from services.projections.honesty.anomalies import Anomalies, anomalies
from services.projections.honesty.bursts import Window
from services.projections.honesty.duplicates import (
    CODES,
    CausesOfDuplicates,
    CopyCounts,
    causes_of_duplicates,
)
from services.projections.presentation.words import word
from shared.figures import Figures
from shared.messages import spoken
from shared.vocabulary import Level, Ruling

app = typer.Typer()

OfLevel = Annotated[
    Level | None, typer.Option("--level", help="Cấp đơn vị (default: first, or the unit's own).")
]


def show_anomalies(board: Anomalies, figures: Figures) -> None:
    """The findings for people: a sentence each, and what to type to see more."""
    terminal.table(
        titled(board, figures),
        ("mức", "đơn vị", "thấy gì", "xem tiếp"),
        ((row.severity, row.unit, spoken(row, figures.language), row.drill) for row in board.rows),
        figures,
    )
    terminal.out.print(spoken(board, figures.language), markup=False)
    terminal.table(
        said(figures, "Phép thử", "Tests"),
        ("xét gì", "đã xét", "tìm thấy", "cách xét"),
        (
            (test.kind, test.tested, test.found, spoken(test, figures.language))
            for test in board.tests
        ),
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
    (whole,) = board.all
    terminal.table(
        titled(board, figures),
        ("đơn vị", "kê khai", "trùng", "tỷ lệ", "nguyên nhân", "nhập thay"),
        (
            (
                name,
                row.gross,
                row.duplicate,
                figures.share(row.duplicate_rate),
                _kinds(row, figures),
                figures.share(row.entered_share),
            )
            for name, row in [
                *((row.name, row) for row in board.rows),
                (said(figures, "Tất cả", "All"), whole),
            ]
        ),
        figures,
    )
    terminal.out.print(
        said(
            figures,
            "Nhập thay: tỷ trọng bản trùng do người khác nhập; của mọi bản kê khai là {0}.",
            "Entered for others: the share of the duplicates that somebody else entered; of all declarations it is {0}.",
        ).format(figures.share(whole.entered_share_of_all)),
        markup=False,
    )


def _kinds(row: CopyCounts, figures: Figures) -> str:
    found = []
    for code in CODES:
        name = code.value.replace("-", "_")
        if code.leaves_net and (count := getattr(row, name)):
            share = figures.share(getattr(row, f"{name}_share"))
            found.append(
                f"{spoken(word(code), figures.language)} {figures.number(count)} ({share})"
            )
    if row.template_only:
        words = spoken(word(Ruling.TEMPLATE_ONLY), figures.language)
        aside = said(figures, "không tính là trùng", "no duplicate")
        found.append(f"{words} {figures.number(row.template_only)} ({aside})")
    return "; ".join(found)


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
