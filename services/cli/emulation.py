"""Board commands of emulation: the ranking of a month, the recognition of a quarter."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.ranking import SOME_OF_A_KIND, InCohort
from services.cli.sayings import said, titled
from services.projections.emulation.emulation import EmulationBoard, emulation
from services.projections.emulation.recognition import Recognition, recognition
from services.projections.presentation.words import word
from services.projections.reckoning.period import period
from services.projections.reckoning.selection import Selection
from shared.figures import Figures, percentage
from shared.messages import spoken

app = typer.Typer()


def show_emulation(board: EmulationBoard, figures: Figures) -> None:
    """The ranking of a month for people, a column for each criterion."""
    language = figures.language
    criteria = [
        f"{spoken(word(c.scored), language)} ({spoken(word(c.over), language)}, "
        f"{said(figures, 'trừ ', 'less ') if c.deduct else ''}{figures.number(c.weight)} {said(figures, 'đ', 'points')})"
        for c in board.criteria
    ]
    terminal.table(
        titled(
            board,
            figures,
            f" {board.month}, {said(figures, 'tiêu chí bản', 'criteria, version')} {board.version} ({board.document})",
        ),
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
        terminal.out.print(
            said(
                figures,
                "Tháng chưa hết: số liệu còn thay đổi.",
                "The month is not over: the figures will change.",
            )
        )


@board_command(app, "emulation", show_emulation, gathered=SOME_OF_A_KIND)
def board_emulation(
    asked: Asked,
    selection: Selection,
    month: Annotated[
        str | None, typer.Option("--month", help="2022-05; không ghi là tháng trước (which month).")
    ] = None,
) -> EmulationBoard:
    """Xếp loại thi đua tháng theo tiêu chí chấm điểm (a month ranked by the criteria in force for it)."""
    return emulation(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        month=period("month", month, asked.at),
        selection=selection,
    )


def show_recognition(board: Recognition, figures: Figures) -> None:
    """Who is recognised for a quarter, for people; why stands below."""
    terminal.table(
        titled(board, figures, f" {board.quarter}"),
        ("cụm, khối", "đơn vị", "hợp lệ", "đã kê khai", "tỷ lệ trùng %", "chỉ tiêu", "kết quả"),
        (
            (
                r.cohort_name,
                r.name,
                r.net,
                r.gross,
                percentage(r.duplicate_rate),
                r.due,
                r.outcome,
            )
            for r in board.rows
        ),
        figures,
    )
    for row in board.rows:
        terminal.out.print(spoken(row, figures.language), markup=False)


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
