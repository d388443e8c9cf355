"""The command that looks ahead: whether and when targets will be reached."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.boards import SIMULATED, WHOLE
from services.cli.courses import By, From
from services.projections.boards.course import named_instant
from services.projections.boards.prospect import Prospect
from services.projections.forecast.alerts import Alerts, alerts
from services.projections.forecast.forecast import Forecast, ForecastRow, forecast
from services.projections.forecast.outlook import Outlook
from services.projections.forecast.prospect import prospect
from services.projections.presentation.words import word
from services.projections.reckoning.selection import Selection
from shared.figures import NOTHING, Figures
from shared.vocabulary import Level, TargetKind

app = typer.Typer()
EXPLAINED: Final = 5
"""So many are explained in a table; JSON and files explain all."""


def show_forecast(board: Forecast, figures: Figures) -> None:
    """The forecasts for people, by what was declared, and what each rests on; files have the valid ones beside them."""
    terminal.table(
        f"Dự báo, tính đến {figures.instant(board.at)}{SIMULATED if board.simulated else ''}",
        (
            "đơn vị, chỉ tiêu",
            "đã có",
            "nhịp/ngày",
            "cần/ngày",
            "dự kiến đạt (10–90 %)",
            "sớm (ngày)",
            "đến hạn (10–90 %)",
            "khả năng đạt",
        ),
        ((_named(row, figures), row.gross.count, row.gross.pace, row.gross.needed, _reached(row.gross, figures),
          row.gross.days_ahead, _at_deadline(row.gross, figures), figures.share(row.gross.probability)) for row in board.rows),
        figures,
    )  # fmt: skip
    for row in board.rows[:EXPLAINED]:
        said = row.vi if figures.language == "vi" else row.en
        terminal.out.print(f"{_named(row, figures)}: {said}", markup=False)


def _named(row: ForecastRow, figures: Figures) -> str:
    phase = f"giai đoạn {row.phase}" if row.phase is not None else "cả chương trình"
    return f"{row.name}, {phase}, {word(row.kind).vi} {figures.number(row.target)}"


def _reached(found: Outlook, figures: Figures) -> str:
    """The day of reaching with its range; what lies beyond sight has no end."""
    if found.reached_at is not None:
        return f"đã đạt {figures.date(found.reached_at.date())}"
    if found.earliest is None:
        return NOTHING
    expected, latest = (
        figures.date(day) if day is not None else "…" for day in (found.expected_on, found.latest)
    )
    return f"{expected} ({figures.date(found.earliest)} – {latest})"


def _at_deadline(found: Outlook, figures: Figures) -> str:
    if found.expected is None:
        return NOTHING
    low, high = figures.number(found.low), figures.number(found.high)
    return f"{figures.number(found.expected)} ({low} – {high})"


@board_command(app, "forecast", show_forecast)
def board_forecast(
    asked: Asked,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Mã đơn vị (default: the nation).")
    ] = None,
    level: Annotated[
        Level | None, typer.Option("--level", help="Các đơn vị của một cấp (the units of a level).")
    ] = None,
    below: Annotated[
        str | None, typer.Option("--under", help="Chỉ các đơn vị trực thuộc (below this unit).")
    ] = None,
    phase: Annotated[
        str | None,
        typer.Option("--phase", help="Mã giai đoạn, hoặc 'whole' là cả chương trình."),
    ] = None,
    kind: Annotated[
        TargetKind | None, typer.Option("--kind", help="Loại chỉ tiêu (which kind).")
    ] = None,
) -> Forecast:
    """Dự báo: nhịp, ngày đạt chỉ tiêu, số đến hạn, kèm khoảng (forecast to target, with a range)."""
    return forecast(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        selection=Selection(level, None, below) if level or below else None,
        phase=... if phase is None else None if phase == "whole" else phase,
        kind=kind,
    )


def show_prospect(board: Prospect, figures: Figures) -> None:
    """The course and what is expected for people, and what that rests on."""
    terminal.table(
        f"Diễn biến và dự báo: {board.name}, tính đến {figures.instant(board.at)}"
        f"{SIMULATED if board.simulated else ''}",
        ("lúc", "đã kê khai", "dự kiến", "mức thấp (10 %)", "mức cao (90 %)"),
        ((row.at, row.gross, row.expected, row.low, row.high) for row in board.rows),
        figures,
    )
    terminal.out.print(board.vi if figures.language == "vi" else board.en, markup=False)


@board_command(app, "prospect", show_prospect, drawn=True)
def board_prospect(
    asked: Asked,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Mã đơn vị (default: the nation).")
    ] = None,
    phase: Annotated[
        str | None,
        typer.Option(
            "--phase", help="Đến cuối giai đoạn, đợt này; mặc định: giai đoạn đang diễn ra."
        ),
    ] = None,
    every: By = None,
    since: From = None,
) -> Prospect:
    """Diễn biến đến nay và dự báo tiếp theo, có khoảng (the course and the forecast); --svg vẽ ra."""
    return prospect(
        asked.system.views,
        asked.system.directory,
        asked.system.ledger,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        phase=phase,
        since=None if since is None else named_instant(asked.system.ledger, since),
        every=every,
    )


def show_alerts(board: Alerts, figures: Figures) -> None:
    """Who will miss a target, for people and for the mail that cron sends."""
    said = f"{board.count} trong {board.due} chỉ tiêu đến hạn trong {board.days} ngày sẽ không đạt theo nhịp hiện nay"
    title = f"{said}, tính đến {figures.instant(board.at)}{SIMULATED if board.simulated else ''}"
    if not board.rows:
        terminal.out.print(f"{title}.")
        return
    terminal.table(
        title,
        ("đơn vị", "giai đoạn", "loại", "chỉ tiêu", "đã có", "còn (ngày)", "nhịp/ngày", "cần/ngày", "đến hạn theo nhịp", "thiếu", "dự báo", "khả năng đạt"),
        (
            (
                r.name, r.phase or WHOLE, r.kind, r.target, r.count, r.days_left, r.pace, r.needed,
                r.at_pace, r.short_by, r.expected, figures.share(r.probability),
            )
            for r in board.rows
        ),
        figures,
    )  # fmt: skip


def _alarm(board: Alerts) -> None:
    if board.rows:
        raise typer.Exit(1)


@board_command(app, "alerts", show_alerts, then=_alarm)
def board_alerts(
    asked: Asked,
    days: Annotated[
        int,
        typer.Option("--days", min=1, max=366, help="Đến hạn trong bấy nhiêu ngày (due within)."),
    ] = 30,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Chỉ một đơn vị (one unit alone).")
    ] = None,
    level: Annotated[
        Level | None, typer.Option("--level", help="Các đơn vị của một cấp; mặc định: cấp đầu.")
    ] = None,
    below: Annotated[
        str | None, typer.Option("--under", help="Chỉ các đơn vị thuộc đơn vị này (below it).")
    ] = None,
    phase: Annotated[str | None, typer.Option("--phase", help="Chỉ một giai đoạn, đợt.")] = None,
    kind: Annotated[TargetKind | None, typer.Option("--kind", help="Loại chỉ tiêu.")] = None,
) -> Alerts:
    """Cảnh báo: chỉ tiêu sắp đến hạn sẽ không đạt theo nhịp hiện nay (alerts); có thì mã thoát 1."""
    return alerts(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        days=days,
        unit=unit,
        selection=Selection.asked(level, None, below) if unit is None else None,
        phase=phase,
        kind=kind,
    )
