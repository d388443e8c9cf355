"""Board commands that compare: margins, early finishers, conflicts, cohorts, national averages."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.boards import KINDS_VI, KnownAt, OnAxis, Programme
from services.cli.terminal import AsJSON, At, Data, opened
from services.projections.asof import Axis, moment
from services.projections.averages import Beside, averages
from services.projections.cohorts import cohorts
from services.projections.conflicts import conflicts
from services.projections.finishers import Finish, finishers
from services.projections.margins import margins
from services.projections.selection import Selection
from services.projections.sentences import ConflictKind
from shared.vocabulary import Level, TargetKind

app = typer.Typer()
FINISHES_VI = {
    Finish.FINISHED: "hoàn thành cả chương trình",
    Finish.NEAR: "gần hoàn thành",
    Finish.OVER_PHASE: "vượt giai đoạn",
}
BESIDE_VI = {Beside.ABOVE: "trên", Beside.AVERAGE: "bằng", Beside.BELOW: "dưới"}

OfLevelOrFirst = Annotated[
    Level | None,
    typer.Option("--level", help="Cấp; không ghi gì thì là cấp đầu (the first, unless asked)."),
]
OfLevel = Annotated[
    Level | None, typer.Option("--level", help="Cấp; không ghi là mọi cấp (any level).")
]
InCohort = Annotated[
    str | None, typer.Option("--cohort", help="Chỉ các đơn vị của một cụm, khối (of a cohort).")
]
Below = Annotated[
    str | None, typer.Option("--below", help="Chỉ các đơn vị thuộc đơn vị này (below a unit).")
]
OfPhase = Annotated[
    str | None, typer.Option("--phase", help="Giai đoạn; không ghi là cả chương trình (phase).")
]
OfKind = Annotated[TargetKind | None, typer.Option("--kind", help="Loại chỉ tiêu (which kind).")]


@app.command("margins")
def board_margins(
    data: Data = None,
    level: OfLevelOrFirst = None,
    cohort: InCohort = None,
    below: Below = None,
    phase: OfPhase = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Đăng ký so với định hướng, vượt hay thấp hơn bao nhiêu (registered against orientation)."""
    with opened(data) as system:
        board = margins(
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            selection=Selection.asked(level, cohort, below),
            phase=phase,
        )
    if as_json:
        terminal.say(board.model_dump(mode="json"))
        return
    terminal.table(
        f"Đăng ký so với định hướng: {board.below_count}/{board.compared} đơn vị đăng ký thấp hơn",
        ("đơn vị", "đăng ký", "định hướng", "vượt", "%"),
        ((r.name, r.registered, r.orientation, r.margin, r.percent) for r in board.rows),
    )


@app.command("finishers")
def board_finishers(
    data: Data = None,
    level: OfLevel = None,
    cohort: InCohort = None,
    below: Below = None,
    phase: Annotated[
        str | None, typer.Option("--phase", help="Giai đoạn; không ghi là giai đoạn đầu (first).")
    ] = None,
    kind: OfKind = None,
    near: Annotated[
        float, typer.Option("--near", min=0.0, max=1.0, help="Từ tỷ lệ này là gần hoàn thành.")
    ] = 0.9,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Đơn vị về đích sớm, gần về đích, hoặc vượt chỉ tiêu giai đoạn (early finishers)."""
    with opened(data) as system:
        terminal.catch_up(system)
        board = finishers(
            system.views,
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            selection=Selection(level, cohort, below),
            phase=phase,
            kind=kind,
            near=near,
        )
    if as_json:
        terminal.say(board.model_dump(mode="json"))
        return
    terminal.table(
        f"{board.finished + board.nearly} đơn vị đã và gần hoàn thành chỉ tiêu cả chương trình; "
        f"{board.over_phase} đơn vị khác vượt chỉ tiêu giai đoạn",
        ("đơn vị", "", "giai đoạn", "đã kê khai", "% cả chương trình", "% giai đoạn", "đạt lúc"),
        (
            (
                r.name,
                FINISHES_VI[r.state],
                r.phase,
                r.gross,
                r.programme_percent,
                r.phase_percent,
                f"{r.reached_at:%d/%m/%Y %H:%M}" if r.reached_at else None,
            )
            for r in board.rows
        ),
    )


@app.command("conflicts")
def board_conflicts(
    data: Data = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Đơn vị và cấp dưới (a unit and all below it).")
    ] = None,
    kind: Annotated[ConflictKind | None, typer.Option("--kind")] = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Chỉ tiêu và giai đoạn mâu thuẫn nhau, kèm văn bản của cả hai bên; chỉ báo, không sửa (conflicts)."""
    with opened(data) as system:
        found = conflicts(
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            unit=unit,
            kind=kind,
        )
        vietnamese = system.settings.language == "vi"
    if as_json:
        terminal.say(found.model_dump(mode="json"))
        return
    terminal.table(
        f"{found.count} chỗ mâu thuẫn" if vietnamese else f"{found.count} conflicts",
        ("mâu thuẫn", "văn bản") if vietnamese else ("conflict", "documents"),
        (
            (
                r.vi if vietnamese else r.en,
                ", ".join(dict.fromkeys(f"{t.document} ({t.dated:%d/%m/%Y})" for t in r.targets)),
            )
            for r in found.rows
        ),
    )


@app.command("cohorts")
def board_cohorts(
    data: Data = None,
    cohort: InCohort = None,
    phase: OfPhase = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Tổng chỉ tiêu và kết quả của các cụm, khối, và tỷ trọng so với cả nước (totals of cohorts)."""
    with opened(data) as system:
        terminal.catch_up(system)
        board = cohorts(
            system.views,
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            cohort=cohort,
            phase=phase,
        )
    if as_json:
        terminal.say(board.model_dump(mode="json"))
        return
    terminal.table(
        f"Cụm, khối tính đến {board.at:%H:%M ngày %d/%m/%Y}",
        ("cụm, khối", "đơn vị", "đã kê khai", "hợp lệ", "% cả nước", "chỉ tiêu (% cả nước)"),
        (
            (
                r.name,
                len(r.members),
                r.gross,
                r.net,
                100 * r.share if r.share is not None else None,
                "; ".join(
                    f"{KINDS_VI[t.kind]} {_told(t.total)} "
                    f"({_told(100 * t.share if t.share is not None else None)})"
                    for t in r.targets
                ),
            )
            for r in board.rows
        ),
    )


@app.command("averages")
def board_averages(
    data: Data = None,
    level: OfLevelOrFirst = None,
    cohort: InCohort = None,
    below: Below = None,
    kind: OfKind = None,
    band: Annotated[
        float, typer.Option("--band", min=0.0, max=1.0, help="Lệch trong khoảng này là trung bình.")
    ] = 0.1,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """So với mức trung bình cả nước và với tiềm năng (against the nation's rate)."""
    with opened(data) as system:
        terminal.catch_up(system)
        board = averages(
            system.views,
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            selection=Selection.asked(level, cohort, below),
            kind=kind,
            band=band,
        )
    if as_json:
        terminal.say(board.model_dump(mode="json"))
        return
    terminal.table(
        "So với mức trung bình của cả nước",
        ("hạng", "đơn vị", "đã kê khai", "trên 1.000 đoàn viên", "trung bình", "tiềm năng", "lệch"),
        (
            (
                r.rank,
                r.name,
                r.gross,
                r.per_1000,
                BESIDE_VI[r.beside] if r.beside is not None else None,
                r.potential,
                r.gap,
            )
            for r in board.rows
        ),
    )


def _told(number: float | None) -> str:
    if number is None:
        return "–"
    text = f"{number:,.2f}" if isinstance(number, float) else f"{number:,}"
    return text.translate(str.maketrans(",.", ".,"))
