"""Commands that read: boards as of any instant, cases, an idea's timeline. They catch the views up first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.heads import head
from services.cli.ranking import RANKING, OfUnit
from services.cli.sayings import WHOLE, of_moment, part_of, said, span, titled
from services.cli.terminal import AsLines, At, Data, opened
from services.projections.boards.cases import cases as case_queue
from services.projections.boards.leaderboard import (
    Leaderboard,
    LeaderboardRow,
    Measure,
    leaderboard,
)
from services.projections.boards.milestones import Milestone, milestone
from services.projections.boards.quota import (
    QuotaBehind,
    QuotaBoard,
    QuotaRow,
    phase_asked,
    quota,
    under,
)
from services.projections.boards.ranking import Ranking
from services.projections.presentation.words import word
from services.projections.reckoning.asof import moment
from shared.calibration import percent
from shared.docket import DocketState
from shared.figures import EXACT, PLAIN, Figures, percentage
from shared.messages import BANDS, spoken
from shared.vocabulary import Level, TargetKind

app = typer.Typer()
board_app = typer.Typer(
    help="Bảng số liệu, tính đến mọi thời điểm (boards as of any instant).", no_args_is_help=True
)

OfPhase = Annotated[
    str | None, typer.Option("--phase", help="Mã giai đoạn, hoặc 'whole' là cả chương trình.")
]
OfKind = Annotated[TargetKind | None, typer.Option("--kind", help="Loại chỉ tiêu (which kind).")]
OfLevel = Annotated[Level, typer.Option("--level")]


SHOWN_ANYWAY = {Measure.GROSS, Measure.NET, Measure.PERCENT}


def show_leaderboard(board: Leaderboard, figures: Figures = PLAIN) -> None:
    """The leaderboard for people."""
    part = part_of(board.phase, board.wave, figures)
    position = said(figures, "số thứ tự", "position")
    title = f"{titled(board, figures, part)}, {position} {board.position}"
    show_leaders(title, board.rows, board.measure, figures)
    terminal.out.print(
        said(
            figures,
            "Tổng {0} bản kê khai, {1} hợp lệ; {2} chưa đối chiếu.",
            "{0} declarations in all, {1} of them valid; {2} not yet matched.",
        ).format(*map(figures.number, (board.total, board.net_total, board.not_yet_matched)))
    )


def show_leaders(
    title: str, rows: Sequence[LeaderboardRow], measure: Measure, figures: Figures
) -> None:
    """A leaderboard's rows for people; what it ranks by has a column where no other one says it."""
    by = [] if measure in SHOWN_ANYWAY else [spoken(word(measure), figures.language)]
    terminal.table(
        title,
        (
            *("hạng", "đơn vị", "đã kê khai", "hợp lệ", "tỷ lệ trùng %", "tỷ trọng %"),
            *("% chỉ tiêu", *by),
        ),
        (
            (
                r.rank,
                r.name,
                r.gross,
                r.net,
                percentage(r.duplicate_rate),
                percentage(r.share),
                r.percent,
                *(r.value for _ in by),
            )
            for r in rows
        ),
        figures,
    )


@board_command(board_app, "leaderboard", show_leaderboard, gathered=RANKING)
def board_leaderboard(
    asked: Asked,
    ranking: Ranking,
    top: Annotated[int, typer.Option("--top", min=1)] = 10,
) -> Leaderboard:
    """Bảng xếp hạng (who leads)."""
    return leaderboard(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        top=top,
        matched=asked.matched,
        **ranking.options,
    )


def show_quota(title: str, rows: Sequence[QuotaRow], figures: Figures) -> None:
    """Quota rows for people."""
    terminal.table(
        title,
        (
            *("đơn vị", "giai đoạn", "thời gian", "loại", "chỉ tiêu", "đã kê khai", "hợp lệ", "%"),
            *("vượt", "đạt lúc"),
        ),
        (
            (
                r.name,
                r.phase or WHOLE,
                span(r.begins, r.ends, figures),
                r.kind,
                r.target,
                r.gross,
                r.net,
                r.percent,
                r.exceeded_by,
                r.reached_at,
            )
            for r in rows
        ),
        figures,
    )


def show_quota_board(board: QuotaBoard, figures: Figures) -> None:
    """The quota board for people."""
    show_quota(titled(board, figures), board.rows, figures)


@board_command(board_app, "quota", show_quota_board)
def board_quota(
    asked: Asked,
    unit: OfUnit = None,
    phase: OfPhase = None,
    kind: OfKind = None,
) -> QuotaBoard:
    """Tiến độ chỉ tiêu (progress towards each target in force)."""
    return quota(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        phase=phase_asked(phase),
        kind=kind,
        matched=asked.matched,
    )


def show_behind(board: QuotaBehind, figures: Figures) -> None:
    """The units that are behind, for people."""
    share = EXACT._replace(language=figures.language).share(board.share)
    few, all_ = figures.number(board.count), figures.number(board.units)
    title = said(
        figures,
        f"{few} trong {all_} đơn vị có chỉ tiêu đạt dưới {share} chỉ tiêu cả chương trình",
        f"{few} of {all_} units with a target are under {share} of it for the whole programme",
    )
    show_quota(f"{title}, {of_moment(board, figures)}", board.rows, figures)


@board_command(board_app, "under", show_behind)
def board_under(
    asked: Asked,
    share: Annotated[float, typer.Option("--share", min=0.0, max=1.0)] = 0.5,
    level: Annotated[Level | None, typer.Option("--level")] = None,
) -> QuotaBehind:
    """Đơn vị đạt dưới một nửa chỉ tiêu cả chương trình (units under half of their target)."""
    return under(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        share=share,
        level=level,
    )


def show_milestone(found: Milestone, figures: Figures) -> None:
    """A milestone for people."""
    count = figures.number(found.count)
    when = of_moment(found, figures)
    terminal.out.print(f"{when[:1].upper()}{when[1:]}:", markup=False)
    for name, reached in (("đã kê khai", found.gross), ("hợp lệ", found.net)):
        nth = said(
            figures, f"Thứ {count} {name}", f"{head(name, 'en').capitalize()} number {count}"
        )
        if reached is None:
            terminal.out.print(f"{nth}: {said(figures, 'chưa đạt', 'not reached')}.")
            continue
        instant = figures.instant(reached.at, seconds=True)
        terminal.out.print(
            said(
                figures,
                f"{nth}: {reached.idea} lúc {instant}, số thứ tự {reached.position}.",
                f"{nth}: {reached.idea} at {instant}, position {reached.position}.",
            )
        )


@board_command(board_app, "milestones", show_milestone)
def board_milestones(
    asked: Asked, count: Annotated[int, typer.Option("--count", min=1)]
) -> Milestone:
    """Sáng kiến thứ n, và sáng kiến hợp lệ thứ n (the n-th idea, and the n-th valid one)."""
    return milestone(
        asked.system.views,
        asked.programme,
        count,
        asked.at,
        simulated=asked.system.directory.simulated,
    )


@app.command()
def cases(
    data: Data = None,
    state: Annotated[DocketState | None, typer.Option("--state")] = None,
    at: At = None,
    as_lines: AsLines = False,
) -> None:
    """Liệt kê hồ sơ thẩm định (a line a case)."""
    with opened(data) as system:
        terminal.catch_up(system)
        queue = case_queue(system.ledger, system.views, moment(system.ledger, at), state=state)
        if as_lines:
            terminal.lines(row.model_dump(mode="json") for row in queue)
        else:
            terminal.table(
                "Hồ sơ thẩm định",
                ("hồ sơ", "trạng thái", "mức", "điểm %", "gốc", "sáng kiến"),
                (
                    (
                        r.case,
                        r.state,
                        BANDS[r.band],
                        percent(r.score, 1),
                        r.canonical,
                        ", ".join(r.ideas),
                    )
                    for r in queue
                ),
                terminal.plain(system),
            )
