"""Board commands of emulation: the ranking of a month, the recognition of a quarter."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.sayings import of_moment
from services.projections.emulation.emulation import EmulationBoard, emulation
from services.projections.emulation.recognition import Recognition, recognition
from services.projections.presentation.words import word
from services.projections.reckoning.period import period
from services.projections.reckoning.selection import Selection
from shared.figures import Figures, percentage
from shared.vocabulary import Level, Sector

app = typer.Typer()

OfLevelOrFirst = Annotated[
    Level | None,
    typer.Option("--level", help="Cấp; không ghi gì thì là cấp đầu (the first, unless asked)."),
]
InCohort = Annotated[
    str | None, typer.Option("--cohort", help="Chỉ các đơn vị của một cụm, khối (of a cohort).")
]
Under = Annotated[
    str | None, typer.Option("--under", help="Chỉ các đơn vị thuộc đơn vị này (below a unit).")
]
OfSector = Annotated[Sector | None, typer.Option("--sector", help="Khu vực (of a sector).")]
OfKind = Annotated[
    str | None, typer.Option("--kind", help="Loại hình: enterprise, school … (of a kind).")
]


def show_emulation(board: EmulationBoard, figures: Figures) -> None:
    """The ranking of a month for people, a column for each criterion."""
    criteria = [
        f"{word(c.scored).vi} ({word(c.over).vi}, {'trừ ' if c.deduct else ''}{figures.number(c.weight)} đ)"
        for c in board.criteria
    ]
    terminal.table(
        f"Xếp loại thi đua tháng {board.month}, tiêu chí bản {board.version} ({board.document}), "
        f"{of_moment(board, figures)}",
        ("hạng", "đơn vị", "điểm", *criteria, "đã kê khai", "hợp lệ", "tỷ lệ trùng %"),
        (
            (
                r.rank,
                r.name,
                r.points,
                *(f"{figures.number(s.points)} ({figures.number(s.value)})" for s in r.scores),
                r.gross,
                r.net,
                percentage(r.duplicate_rate),
            )
            for r in board.rows
        ),
        figures,
    )
    if not board.complete:
        terminal.out.print("Tháng chưa hết: số liệu còn thay đổi.")


@board_command(app, "emulation", show_emulation)
def board_emulation(
    asked: Asked,
    month: Annotated[
        str | None, typer.Option("--month", help="2022-05; không ghi là tháng trước (which month).")
    ] = None,
    level: OfLevelOrFirst = None,
    cohort: InCohort = None,
    under: Under = None,
    sector: OfSector = None,
    kind: OfKind = None,
) -> EmulationBoard:
    """Xếp loại thi đua tháng theo tiêu chí chấm điểm (a month ranked by the criteria in force for it)."""
    return emulation(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        month=period("month", month, asked.at),
        selection=Selection.asked(level, cohort, under, sector, kind),
    )


def show_recognition(board: Recognition, figures: Figures) -> None:
    """Who is recognised for a quarter, for people; why stands below."""
    terminal.table(
        f"Ghi nhận thành tích quý {board.quarter}, {of_moment(board, figures)}",
        ("cụm, khối", "đơn vị", "hợp lệ", "đã kê khai", "tỷ lệ trùng %", "chỉ tiêu", "kết quả"),
        (
            (
                r.cohort_name,
                r.name,
                r.net,
                r.gross,
                percentage(r.duplicate_rate),
                r.due,
                word(r.outcome).vi,
            )
            for r in board.rows
        ),
        figures,
    )
    for row in board.rows:
        terminal.out.print(row.vi if figures.language == "vi" else row.en, markup=False)


@board_command(app, "recognition", show_recognition)
def board_recognition(
    asked: Asked,
    quarter: Annotated[
        str | None, typer.Option("--quarter", help="2022-Q2; không ghi là quý trước.")
    ] = None,
    cohort: InCohort = None,
) -> Recognition:
    """Đơn vị dẫn đầu từng cụm và vượt chỉ tiêu của mình trong quý (largest in its cohort, and above its target)."""
    return recognition(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        quarter=period("quarter", quarter, asked.at),
        cohort=cohort,
    )
