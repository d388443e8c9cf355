"""Commands that ask why, all of them boards: what a number is made of, what changed it, and who passed whom."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import typer

from services.cli import terminal
from services.cli.asked import Asked, KnownAt, board_command
from services.cli.boards import OfKind, OfLevel, OfPhase
from services.cli.ranking import QUESTION, OfUnit
from services.cli.sayings import (
    WHOLE,
    both,
    causes,
    of_moment,
    part_of,
    said,
    show_causes,
    simulated,
)
from services.cli.terminal import At
from services.projections.boards.lead import Lead, LeadRow, lead
from services.projections.boards.quota import phase_asked
from services.projections.history.comparison import (
    LeaderChange,
    LeaderComparison,
    QuotaChange,
    QuotaComparison,
    both_axes,
    compare_leaderboards,
    compare_quotas,
)
from services.projections.history.overtakings import LISTED, Overtakings, overtakings
from services.projections.history.question import BoardKind, Options, Question
from services.projections.history.reasons import PAGE, Counted, Reasons, reasons
from services.projections.presentation.words import word
from services.projections.reckoning.asof import Axis, Moment, moment
from shared.cursor import after_cursor
from shared.figures import Figures
from shared.messages import spoken
from shared.vocabulary import Level

app = typer.Typer()
OF_LEADERS: Final = ("hạng",)
OF_QUOTAS: Final = ("giai đoạn", "loại", "chỉ tiêu")
"""The columns of a comparison that only one of the two boards has."""

UnitCode = Annotated[str, typer.Option("--unit", help="Mã đơn vị; tính cả các đơn vị bên dưới.")]
CountedMeasure = Annotated[Counted, typer.Option("--measure")]
Since = Annotated[str | None, typer.Option("--since", help="Thời điểm trước (the earlier moment).")]
Board = Annotated[
    Literal["leaderboard", "quota"], typer.Option("--board", help="Bảng được so sánh.")
]


def show_reasons(board: Reasons, figures: Figures) -> None:
    """What a number is made of, for people."""
    phase = part_of(board.phase, None, figures)
    terminal.table(
        f"{board.name}, {spoken(word(board.measure), figures.language)}{phase}, {of_moment(board, figures)}",
        ("số thứ tự", "ghi lúc", "có hiệu lực từ", "muộn", "nguyên nhân", "thay đổi", "sáng kiến", "ai"),
        (
            (c.position, c.recorded, c.effective, c.late, c.cause, c.by, c.idea, c.actor)
            for c in board.changes
        ),
        figures,
    )  # fmt: skip
    if board.total is not None:
        show_causes(
            f"{said(figures, 'Cộng lại', 'In all')}: {figures.number(board.total)}",
            board.by_cause,
            figures,
        )
    terminal.more(board.next)


@board_command(app, "why", show_reasons)
def board_why(
    asked: Asked,
    unit: UnitCode,
    measure: CountedMeasure = Counted.GROSS,
    phase: Annotated[str | None, typer.Option("--phase", help="Mã giai đoạn.")] = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Trang tiếp theo.")] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="Số dòng mỗi trang; ghi ra tệp thì đủ cả (a page)."),
    ] = None,
) -> Reasons:
    """Vì sao có con số này (why this number): các sự kiện làm nên nó, cộng lại đúng bằng nó."""
    return reasons(
        asked.system.views,
        asked.system.directory,
        asked.system.ledger,
        programme=asked.programme,
        unit=unit,
        at=asked.at,
        measure=measure,
        phase=phase,
        after=after_cursor(cursor),
        limit=limit or (sys.maxsize if asked.taken_home else PAGE),
    )


def show_overtakings(board: Overtakings, figures: Figures) -> None:
    """Who passed whom, for people."""
    terminal.table(
        f"{board.name}: {said(figures, 'hạng', 'rank')} {board.rank_then} → {board.rank}, {spoken(word(board.measure), figures.language)} "
        f"{figures.number(board.count_then)} → {figures.number(board.count)}, {of_moment(board, figures)}",
        ("lúc", "số thứ tự", "đơn vị vượt lên", "vượt qua", "cách trước", "cách sau", "hạng", "bởi"),
        (
            (
                o.at, o.position, o.passer_name, o.passed_name, o.gap_before, o.gap_after,
                f"{o.rank_before} → {o.rank_after}",
                ", ".join(f"{b.idea} ({spoken(word(b.cause), figures.language)} {b.by:+})" for b in o.brought_by),
            )
            for o in board.overtakings
        ),
        figures,
    )  # fmt: skip
    if board.more:
        terminal.out.print(
            said(
                figures,
                f"Còn {board.more} lần vượt nữa về sau; hãy hỏi khoảng ngắn hơn.",
                f"{board.more} more came later; ask for a shorter time.",
            )
        )


@board_command(app, "overtakings", show_overtakings)
def board_overtakings(
    asked: Asked,
    unit: UnitCode,
    against: Annotated[
        str | None, typer.Option("--against", help="Chỉ giữa hai đơn vị (these two alone).")
    ] = None,
    level: OfLevel = Level.FIRST,
    measure: CountedMeasure = Counted.GROSS,
    since: Since = None,
) -> Overtakings:
    """Vì sao có thứ hạng này (why this rank): ai vượt ai, lúc nào, bởi sự kiện nào."""
    return overtakings(
        asked.system.views,
        asked.system.directory,
        asked.system.ledger,
        programme=asked.programme,
        unit=unit,
        against=against,
        level=level,
        measure=measure,
        since=moment(asked.system.ledger, since) if since is not None else None,
        at=asked.at,
        limit=LISTED,
    )


def show_lead(board: Lead, figures: Figures) -> None:
    """The days ahead, for people."""
    early = said(figures, "chỉ tiêu đạt trước hạn", "targets reached early")
    show_days_ahead(f"{board.early} {early}, {of_moment(board, figures)}", board.rows, figures)


def show_days_ahead(title: str, rows: Sequence[LeadRow], figures: Figures) -> None:
    """Targets with when they were reached, for people."""
    terminal.table(
        title,
        ("đơn vị", "giai đoạn", "loại", "chỉ tiêu", "hạn", "đạt lúc", "sớm (ngày)", "hợp lệ đạt lúc", "sớm (ngày)"),
        (
            (
                r.name, r.phase or WHOLE, r.kind, r.target, r.deadline,
                r.reached_at, r.days_ahead, r.net_reached_at, r.net_days_ahead,
            )
            for r in rows
        ),
        figures,
    )  # fmt: skip


@board_command(app, "lead", show_lead)
def board_lead(
    asked: Asked,
    unit: OfUnit = None,
    phase: OfPhase = None,
    kind: OfKind = None,
    early: Annotated[
        bool, typer.Option("--early", help="Chỉ những chỉ tiêu đạt trước hạn.")
    ] = False,
) -> Lead:
    """Số ngày về đích sớm (days ahead of each target's deadline); số âm là muộn."""
    return lead(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        phase=phase,
        kind=kind,
        early=early,
    )


def _own(row: LeaderChange | QuotaChange, figures: Figures) -> tuple[object, ...]:
    if isinstance(row, LeaderChange):
        return (both("rank", row.before, row.after, figures),)
    return row.phase or WHOLE, row.kind, both("target", row.before, row.after, figures)


def show_comparison(board: LeaderComparison | QuotaComparison, figures: Figures) -> None:
    """Two moments of a board, for people."""
    title = (
        f"{of_moment(board.before, figures)} → {of_moment(board.after, figures)}"
        f"{simulated(board.simulated, figures)}"
    )
    rows: Sequence[LeaderChange | QuotaChange] = board.rows
    terminal.table(
        title,
        (
            "đơn vị",
            *(OF_LEADERS if isinstance(board, LeaderComparison) else OF_QUOTAS),
            "đã kê khai",
            "hợp lệ",
            "nguyên nhân",
        ),
        (
            (
                r.name,
                *_own(r, figures),
                both("gross", r.before, r.after, figures),
                both("net", r.before, r.after, figures),
                causes(r.by_cause, figures),
            )
            for r in rows
        ),
        figures,
    )
    show_causes(said(figures, "Cả chương trình", "The whole programme"), board.by_cause, figures)


@board_command(app, "difference", show_comparison, timed=False, gathered=QUESTION)
def board_difference(
    asked: Asked,
    options: Options,
    board: Board = "leaderboard",
    at: At = None,
    known_at: KnownAt = None,
) -> LeaderComparison | QuotaComparison:
    """Như đã biết lúc đó và như đã sửa từ đó (the difference of the two axes), kèm nguyên nhân từng đơn vị."""
    ledger = asked.system.ledger
    moments = both_axes(moment(ledger, at), moment(ledger, known_at))
    return _compared(asked, moments, board, options)


@board_command(app, "comparison", show_comparison, gathered=QUESTION)
def board_comparison(
    asked: Asked,
    options: Options,
    since: Since = None,
    since_axis: Annotated[Axis, typer.Option("--since-axis")] = Axis.KNOWN,
    since_known_at: Annotated[str | None, typer.Option("--since-known-at")] = None,
    board: Board = "leaderboard",
) -> LeaderComparison | QuotaComparison:
    """So sánh một bảng ở hai thời điểm (compare two moments of a board): dòng nào khác, vì sao."""
    before = moment(asked.system.ledger, since, since_axis, since_known_at)
    return _compared(asked, (before, asked.at), board, options)


def _compared(
    asked: Asked, moments: tuple[Moment, Moment], board: str, options: Options
) -> LeaderComparison | QuotaComparison:
    held = asked.system.views, asked.system.directory, asked.system.ledger
    one, other = moments
    question = Question.of(BoardKind(board), asked.programme, options)
    if question.board is BoardKind.QUOTA:
        return compare_quotas(
            *held,
            programme=asked.programme,
            one=one,
            other=other,
            unit=options.unit,
            phase=phase_asked(options.phase),
            kind=question.target_kind,
        )
    return compare_leaderboards(
        *held,
        programme=asked.programme,
        one=one,
        other=other,
        ranking=question.ranking,
        top=options.top,
    )
