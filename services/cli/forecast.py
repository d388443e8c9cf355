"""The command that looks ahead: whether and when targets will be reached."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.courses import By, From
from services.cli.ranking import Under
from services.cli.sayings import WHOLE, as_of, part_of, said
from services.projections.boards.course import named_instant
from services.projections.boards.prospect import Prospect
from services.projections.boards.quota import phase_asked
from services.projections.forecast.alerts import Alerts, alerts
from services.projections.forecast.forecast import Forecast, ForecastRow, forecast
from services.projections.forecast.outlook import Outlook
from services.projections.forecast.prospect import prospect
from services.projections.presentation.words import word
from services.projections.reckoning.selection import Selection
from shared.figures import NOTHING, Figures
from shared.messages import spoken
from shared.vocabulary import Level, TargetKind

app = typer.Typer()
EXPLAINED: Final = 5
"""So many are explained in a table; JSON and files explain all."""


def show_forecast(board: Forecast, figures: Figures) -> None:
    """The forecasts for people, by what was declared, and what each rests on; files have the valid ones beside them."""
    terminal.table(
        f"{said(figures, 'Dự báo', 'Forecast')}, {as_of(board, figures)}",
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
        terminal.out.print(f"{_named(row, figures)}: {spoken(row, figures.language)}", markup=False)


def _named(row: ForecastRow, figures: Figures) -> str:
    whole = f", {spoken(WHOLE, figures.language)}"
    part = part_of(row.phase, None, figures) or whole
    return (
        f"{row.name}{part}, {spoken(word(row.kind), figures.language)} {figures.number(row.target)}"
    )


def _reached(found: Outlook, figures: Figures) -> str:
    """The day of reaching with its range; what lies beyond sight has no end."""
    if found.reached_at is not None:
        return f"{said(figures, 'đã đạt', 'reached')} {figures.date(found.reached_at.date())}"
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
    under: Under = None,
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
        selection=Selection(level, None, under) if level or under else None,
        phase=phase_asked(phase),
        kind=kind,
    )


def show_prospect(board: Prospect, figures: Figures) -> None:
    """The course and what is expected for people, and what that rests on."""
    terminal.table(
        f"{said(figures, 'Diễn biến và dự báo', 'Course and forecast')}: {board.name}, {as_of(board, figures)}",
        ("lúc", "đã kê khai", "dự kiến", "mức thấp (10 %)", "mức cao (90 %)"),
        ((row.at, row.gross, row.expected, row.low, row.high) for row in board.rows),
        figures,
    )
    terminal.out.print(spoken(board, figures.language), markup=False)


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
    missed = said(
        figures,
        f"{board.count} trong {board.due} chỉ tiêu đến hạn trong {board.days} ngày sẽ không đạt theo nhịp hiện nay",
        f"{board.count} of {board.due} targets due within {board.days} days will be missed at the present pace",
    )
    title = f"{missed}, {as_of(board, figures)}"
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
    under: Under = None,
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
        selection=Selection.asked(level, None, under) if unit is None else None,
        phase=phase,
        kind=kind,
    )
