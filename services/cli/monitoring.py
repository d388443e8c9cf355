"""Board commands for what leaders watch: daily and weekly digests, shares of who takes part, benefits."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command, listed
from services.cli.ranking import SOME_OF_A_KIND
from services.cli.sayings import WHOLE, said, span, titled
from services.projections.boards.course import Every
from services.projections.emulation.benefits import Benefits, benefits
from services.projections.emulation.digest import Digest, digest
from services.projections.emulation.shares import Shares, shares
from services.projections.presentation.words import word
from services.projections.reckoning.period import one_period, period
from services.projections.reckoning.selection import Selection
from shared.figures import Figures, percentage
from shared.messages import spoken

app = typer.Typer()


def show_digest(board: Digest, figures: Figures) -> None:
    """A digest for people: the unit and those below it, then what was reached and who got ahead."""
    terminal.table(
        titled(board, figures, f" {board.period}"),
        (
            "đơn vị",
            "mới",
            "kỳ trước",
            "tăng giảm",
            "hợp lệ",
            "trùng",
            "hồ sơ",
            "tổng đã kê khai",
            "tổng hợp lệ",
            "tỷ lệ trùng %",
        ),
        (
            (
                r.name,
                r.gross,
                r.gross_before,
                r.change,
                r.net,
                r.ruled,
                r.cases,
                r.gross_total,
                r.net_total,
                percentage(r.duplicate_rate),
            )
            for r in board.rows
        ),
        figures,
    )
    for target in board.reached:
        terminal.out.print(
            said(
                figures,
                "{0} đạt chỉ tiêu {1} {2} ({3}).",
                "{0} has reached the {1} target {2} ({3}).",
            ).format(
                target.name,
                spoken(word(target.kind), figures.language),
                figures.number(target.target),
                target.phase or spoken(WHOLE, figures.language),
            ),
            markup=False,
        )
    for passed in board.overtakings:
        terminal.out.print(
            f"{passed.passer_name} {said(figures, 'vượt', 'passed')} {passed.passed_name}.",
            markup=False,
        )
    terminal.out.print(
        f"{figures.number(board.without_count)} "
        + said(figures, "đơn vị chưa có sáng kiến trong kỳ.", "units had no idea in the period.")
    )


@board_command(app, "digest", show_digest)
def board_digest(
    asked: Asked,
    day: Annotated[
        str | None, typer.Option("--day", help="2022-05-10; không ghi là ngày trước.")
    ] = None,
    week: Annotated[str | None, typer.Option("--week", help="2022-W19, thay cho ngày.")] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Đơn vị và các đơn vị trực thuộc; hoặc cả nước.")
    ] = None,
) -> Digest:
    """Bản tin ngày, tuần: có gì mới so với kỳ trước (what a day or week brought, beside the one before)."""
    return digest(
        asked.system.views,
        asked.system.directory,
        asked.system.ledger,
        programme=asked.programme,
        at=asked.at,
        period=one_period(asked.at, day=day, week=week),
        unit=unit,
    )


def show_shares(board: Shares, figures: Figures) -> None:
    """Who takes part for people, each share beside the nation's in the same time."""
    over_time = board.every is not None
    terminal.table(
        titled(board, figures, f" {board.period}" if board.period is not None else ""),
        (
            "thời gian" if over_time else "đơn vị",
            *("đã kê khai", "hợp lệ", "tỷ lệ trùng %", "lượt người"),
            "không giữ chức vụ % (cả nước)",
            "lao động trực tiếp % (cả nước)",
            "ngoài nhà nước % (cả nước)",
        ),
        (
            (
                span(r.begins, r.ends, figures) if over_time and r.begins and r.ends else r.name,
                r.gross,
                r.net,
                percentage(r.duplicate_rate),
                r.people,
                _beside(r.non_leader_share, r.national_non_leader_share, figures),
                _beside(r.direct_share, r.national_direct_share, figures),
                _beside(r.non_state_share, r.national_non_state_share, figures),
            )
            for r in board.rows
        ),
        figures,
    )


def _beside(own: float | None, nation: float | None, figures: Figures) -> str:
    written = (
        figures.number(None if share is None else percentage(share)) for share in (own, nation)
    )
    return "{} ({})".format(*written)


@board_command(app, "shares", show_shares, gathered=SOME_OF_A_KIND)
def board_shares(
    asked: Asked,
    selection: Selection,
    month: Annotated[
        str | None, typer.Option("--month", help="2022-05; không ghi là mọi thời gian (all time).")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Chỉ một đơn vị (one unit).")] = None,
    every: Annotated[
        Every | None, typer.Option("--every", help="Một đơn vị theo thời gian (over time).")
    ] = None,
) -> Shares:
    """Tỷ lệ tác giả không giữ chức vụ, lao động trực tiếp, khu vực ngoài nhà nước (who takes part)."""
    return shares(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        selection=selection,
        period=period("month", month, asked.at) if month is not None else None,
        unit=unit,
        every=every,
    )


@board_command(app, "benefit", listed)
def board_benefit(
    asked: Asked,
    unit: Annotated[str | None, typer.Option("--unit", help="Đơn vị; hoặc cả nước.")] = None,
    top: Annotated[
        int, typer.Option("--top", min=1, max=1000, help="Bao nhiêu giá trị lớn nhất.")
    ] = 20,
) -> Benefits:
    """Giá trị làm lợi theo độ tin cậy, và các giá trị lớn nhất (benefit by class, and the largest values)."""
    return benefits(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        top=top,
    )
