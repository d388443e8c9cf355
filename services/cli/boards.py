"""Commands that read: boards as of any instant, cases, an idea's timeline. They catch the views up first."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.glossary import STATES
from services.cli.terminal import AsJSON, AsLines, At, Data, opened
from services.projections.asof import Axis, moment
from services.projections.cases import cases as case_queue
from services.projections.leaderboard import Leaderboard, Measure, leaderboard
from services.projections.milestones import milestone
from services.projections.quota import QuotaRow, quota, under
from services.projections.timeline import timeline as idea_timeline
from shared.calibration import percent
from shared.docket import DocketState
from shared.messages import BANDS
from shared.vocabulary import Level, TargetKind

app = typer.Typer()
board_app = typer.Typer(
    help="Bảng số liệu, tính đến mọi thời điểm (boards as of any instant).", no_args_is_help=True
)

Programme = Annotated[
    str | None,
    typer.Option("--programme", help="Mã chương trình, khi có nhiều (where there are several)."),
]
OnAxis = Annotated[
    Axis,
    typer.Option("--axis", help="known: như đã biết lúc đó; corrected: như đã sửa từ đó đến nay."),
]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="Sửa đến thời điểm nào.")]
SIMULATED = " (mô phỏng)"


@board_app.command("leaderboard")
def board_leaderboard(
    data: Data = None,
    level: Annotated[Level, typer.Option("--level")] = Level.FIRST,
    measure: Annotated[Measure, typer.Option("--measure")] = Measure.GROSS,
    top: Annotated[int, typer.Option("--top", min=1)] = 10,
    cohort: Annotated[
        str | None, typer.Option("--cohort", help="Chỉ các đơn vị của một cụm, khối.")
    ] = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Bảng xếp hạng (who leads)."""
    with opened(data) as system:
        terminal.catch_up(system)
        board = leaderboard(
            system.views,
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            level=level,
            measure=measure,
            top=top,
            cohort=cohort,
            matched=system.ledger.handled("dedup"),
        )
        if as_json:
            terminal.say(board.model_dump(mode="json"))
        else:
            show_leaderboard(board)


def show_leaderboard(board: Leaderboard) -> None:
    """The leaderboard for people."""
    terminal.table(
        f"Bảng xếp hạng tính đến {board.at:%H:%M ngày %d/%m/%Y}, số thứ tự {board.position}"
        f"{SIMULATED if board.simulated else ''}",
        ("hạng", "đơn vị", "đã kê khai", "hợp lệ", "tỷ lệ trùng %", "tỷ trọng %", "% chỉ tiêu"),
        (
            (r.rank, r.name, r.gross, r.net, r.duplicate_rate * 100, r.share * 100, r.percent)
            for r in board.rows
        ),
    )
    terminal.out.print(
        f"Tổng {board.total} bản kê khai, {board.net_total} hợp lệ; {board.not_yet_matched} chưa đối chiếu."
    )


@board_app.command("quota")
def board_quota(
    data: Data = None,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    phase: Annotated[
        str | None, typer.Option("--phase", help="Mã giai đoạn, hoặc 'whole' là cả chương trình.")
    ] = None,
    kind: Annotated[TargetKind | None, typer.Option("--kind")] = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Tiến độ chỉ tiêu (progress towards each target in force)."""
    with opened(data) as system:
        terminal.catch_up(system)
        board = quota(
            system.views,
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            unit=unit,
            phase=... if phase is None else None if phase == "whole" else phase,
            kind=kind,
            matched=system.ledger.handled("dedup"),
        )
        if as_json:
            terminal.say(board.model_dump(mode="json"))
        else:
            show_quota(
                f"Tiến độ chỉ tiêu tính đến {board.at:%H:%M ngày %d/%m/%Y}{SIMULATED if board.simulated else ''}",
                board.rows,
            )


def show_quota(title: str, rows: tuple[QuotaRow, ...]) -> None:
    """Quota rows for people."""
    terminal.table(
        title,
        ("đơn vị", "giai đoạn", "loại", "chỉ tiêu", "đã kê khai", "hợp lệ", "%", "vượt", "đạt lúc"),
        (
            (
                r.name,
                r.phase or "cả chương trình",
                KINDS_VI[r.kind],
                r.target,
                r.gross,
                r.net,
                r.percent,
                r.exceeded_by,
                f"{r.reached_at:%d/%m/%Y %H:%M}" if r.reached_at else None,
            )
            for r in rows
        ),
    )


KINDS_VI = {
    TargetKind.ORIENTATION: "định hướng",
    TargetKind.REGISTERED: "đăng ký",
    TargetKind.ASSIGNED: "giao",
    TargetKind.STRIVING: "phấn đấu",
}


@board_app.command("under")
def board_under(
    data: Data = None,
    share: Annotated[float, typer.Option("--share", min=0.0, max=1.0)] = 0.5,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Đơn vị đạt dưới một nửa chỉ tiêu cả chương trình (units under half of their target)."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = under(
            system.views,
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            share=share,
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
        else:
            show_quota(
                f"{found.count} đơn vị đạt dưới {share * 100:.0f} % chỉ tiêu cả chương trình",
                found.rows,
            )


@board_app.command("milestones")
def board_milestones(
    count: Annotated[int, typer.Option("--count", min=1)],
    data: Data = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Sáng kiến thứ n, và sáng kiến hợp lệ thứ n (the n-th idea, and the n-th valid one)."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = milestone(
            system.views,
            system.directory.the_programme(programme),
            count,
            moment(system.ledger, at, axis, known_at),
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
            return
        for name, reached in (("đã kê khai", found.gross), ("hợp lệ", found.net)):
            terminal.out.print(
                f"Thứ {count} {name}: chưa đạt."
                if reached is None
                else f"Thứ {count} {name}: {reached.idea} lúc {reached.at:%H:%M:%S ngày %d/%m/%Y}, số thứ tự {reached.position}."
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
                        STATES[r.state],
                        BANDS[r.band].vi,
                        percent(r.score, 1),
                        r.canonical,
                        ", ".join(r.ideas),
                    )
                    for r in queue
                ),
            )


@app.command()
def timeline(
    idea: Annotated[str, typer.Argument(help="external_id của sáng kiến.")],
    sender: Annotated[str, typer.Option("--sender")] = "cli",
    data: Data = None,
    at: At = None,
    as_json: AsJSON = False,
) -> None:
    """Toàn bộ diễn biến của một sáng kiến (everything that happened to an idea)."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = idea_timeline(
            system.ledger,
            system.views,
            system.idea_named(sender, idea),
            moment(system.ledger, at),
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
        else:
            terminal.table(
                f"Diễn biến của {idea}",
                ("số thứ tự", "ghi lúc", "có hiệu lực từ", "sự kiện", "ai", "chi tiết"),
                (
                    (
                        h.position,
                        f"{h.recorded:%d/%m/%Y %H:%M}",
                        f"{h.effective:%d/%m/%Y %H:%M}",
                        h.topic,
                        h.actor,
                        ", ".join(f"{k}: {v}" for k, v in h.detail.items()),
                    )
                    for h in found.happenings
                ),
            )
