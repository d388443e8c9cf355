"""Commands that show a course of time: progress towards targets, and ranks; as a table, a file or a chart."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.ranking import RANKING, InCohort
from services.cli.sayings import said, titled
from services.projections.boards.course import Every, named_instant
from services.projections.boards.progress import Progress, progress
from services.projections.boards.ranking import Ranking
from services.projections.boards.ranks import Ranks, ranks
from services.projections.presentation.words import word
from shared.figures import Figures
from shared.messages import spoken

app = typer.Typer()

From = Annotated[
    str | None,
    typer.Option("--from", help="Từ ngày, thời điểm hoặc số thứ tự nào (default: programme)."),
]
To = Annotated[
    str | None, typer.Option("--to", help="Đến ngày, thời điểm hoặc số thứ tự nào (default: --at).")
]
By = Annotated[
    Every | None,
    typer.Option("--every", help="Mỗi ngày, tuần hay tháng (default: as many as can be read)."),
]


def _instant(asked: Asked, given: str | None) -> datetime | None:
    return None if given is None else named_instant(asked.system.ledger, given)


def show_progress(board: Progress, figures: Figures) -> None:
    """The course of the counts for people, with its targets below."""
    terminal.table(
        titled(board, figures, f": {board.name}"),
        ("lúc", "số thứ tự", "đã kê khai", "hợp lệ"),
        ((row.at, row.position, row.gross, row.net) for row in board.rows),
        figures,
    )
    last = board.rows[-1].gross
    for line in board.targets:
        if line.phase is None and line.target:
            kind = spoken(word(line.kind), figures.language)
            target = figures.number(line.target)
            percent = figures.percent(Fraction(100 * last, line.target))
            terminal.out.print(
                said(
                    figures,
                    f"Chỉ tiêu {kind} {target}: đạt {percent}.",
                    f"The {kind} target {target}: {percent} reached.",
                )
            )


@board_command(app, "progress", show_progress, drawn=True)
def board_progress(
    asked: Asked,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Mã đơn vị (default: the nation).")
    ] = None,
    cohort: InCohort = None,
    every: By = None,
    since: From = None,
    until: To = None,
) -> Progress:
    """Tiến độ theo thời gian (the counts over time, beside the targets)."""
    return progress(
        asked.system.views,
        asked.system.directory,
        asked.system.ledger,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        cohort=cohort,
        since=_instant(asked, since),
        until=_instant(asked, until),
        every=every,
    )


def show_ranks(board: Ranks, figures: Figures) -> None:
    """The ranks for people: a line an instant, a column a unit."""
    of_units: dict[str, list[int | None]] = {}
    instants: dict[datetime, None] = {}
    for row in board.rows:
        of_units.setdefault(row.name, []).append(row.rank)
        instants[row.at] = None
    terminal.table(
        titled(board, figures),
        ("lúc", *of_units),
        ((at, *(found[place] for found in of_units.values())) for place, at in enumerate(instants)),
        figures,
    )


@board_command(app, "ranks", show_ranks, drawn=True, gathered=RANKING)
def board_ranks(
    asked: Asked,
    ranking: Ranking,
    top: Annotated[int, typer.Option("--top", min=1, max=1000)] = 10,
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", help="Chỉ đơn vị này; ghi được nhiều lần (several)."),
    ] = None,
    every: By = None,
    since: From = None,
    until: To = None,
) -> Ranks:
    """Thứ hạng theo thời gian (ranks over time)."""
    return ranks(
        asked.system.views,
        asked.system.directory,
        asked.system.ledger,
        programme=asked.programme,
        at=asked.at,
        ranking=ranking,
        top=top,
        units=unit or (),
        since=_instant(asked, since),
        until=_instant(asked, until),
        every=every,
    )
