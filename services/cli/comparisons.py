"""Board commands that compare: margins, early finishers, conflicts, cohorts, national averages."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, board_command
from services.cli.boards import OfKind
from services.cli.ranking import SOME, InCohort, Under
from services.cli.sayings import of_moment, said, titled
from services.cli.terminal import AtMost, OfCursor
from services.projections.presentation.sentences import ConflictKind
from services.projections.presentation.words import word
from services.projections.reckoning.selection import Selection
from services.projections.targets.averages import Averages, averages
from services.projections.targets.cohorts import Cohorts, cohorts
from services.projections.targets.conflicts import Conflicts, conflicts
from services.projections.targets.finishers import Finishers, finishers
from services.projections.targets.margins import Margins, margins
from shared.cursor import after_cursor
from shared.figures import Figures
from shared.messages import spoken
from shared.vocabulary import Level

app = typer.Typer()

OfAnyLevel = Annotated[
    Level | None, typer.Option("--level", help="Cấp; không ghi là mọi cấp (any level).")
]
ForPhase = Annotated[
    str | None, typer.Option("--phase", help="Giai đoạn; không ghi là cả chương trình (phase).")
]


def show_margins(board: Margins, figures: Figures) -> None:
    """Registered against orientation, for people."""
    terminal.table(
        said(
            figures,
            f"Đăng ký so với định hướng: {board.below_count}/{board.compared} đơn vị đăng ký thấp hơn, ",
            f"Registered against orientation: {board.below_count} of {board.compared} units registered less, ",
        )
        + of_moment(board, figures),
        ("đơn vị", "đăng ký", "định hướng", "vượt", "%"),
        ((r.name, r.registered, r.orientation, r.margin, r.percent) for r in board.rows),
        figures,
    )


@board_command(app, "margins", show_margins, gathered=SOME)
def board_margins(
    asked: Asked,
    selection: Selection,
    phase: ForPhase = None,
) -> Margins:
    """Đăng ký so với định hướng, vượt hay thấp hơn bao nhiêu (registered against orientation)."""
    return margins(
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        selection=selection,
        phase=phase,
    )


def show_finishers(board: Finishers, figures: Figures) -> None:
    """The early finishers, for people."""
    terminal.table(
        said(
            figures,
            f"{board.finished + board.nearly} đơn vị đã và gần hoàn thành chỉ tiêu cả chương trình; "
            f"{board.over_phase} đơn vị khác vượt chỉ tiêu giai đoạn, ",
            f"{board.finished + board.nearly} units have reached or nearly reached their target for the whole "
            f"programme; {board.over_phase} others are over the target of the phase, ",
        )
        + of_moment(board, figures),
        ("đơn vị", "", "giai đoạn", "đã kê khai", "% cả chương trình", "% giai đoạn", "đạt lúc"),
        (
            (r.name, r.state, r.phase, r.gross, r.programme_percent, r.phase_percent, r.reached_at)
            for r in board.rows
        ),
        figures,
    )


@board_command(app, "finishers", show_finishers)
def board_finishers(
    asked: Asked,
    level: OfAnyLevel = None,
    cohort: InCohort = None,
    under: Under = None,
    phase: Annotated[
        str | None, typer.Option("--phase", help="Giai đoạn; không ghi là giai đoạn đầu (first).")
    ] = None,
    kind: OfKind = None,
    near: Annotated[
        float, typer.Option("--near", min=0.0, max=1.0, help="Từ tỷ lệ này là gần hoàn thành.")
    ] = 0.9,
    so_far: Annotated[
        bool,
        typer.Option(
            "--so-far",
            help="So với cả chương trình thì tính mọi bản kê khai đến nay, không chỉ trong giai đoạn.",
        ),
    ] = False,
) -> Finishers:
    """Đơn vị về đích sớm, gần về đích, hoặc vượt chỉ tiêu giai đoạn (early finishers)."""
    return finishers(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        selection=Selection(level, cohort, under),
        phase=phase,
        kind=kind,
        near=near,
        so_far=so_far,
    )


def show_conflicts(board: Conflicts, figures: Figures) -> None:
    """What contradicts, in the language of whoever reads."""
    terminal.table(
        f"{board.count} {said(figures, 'chỗ mâu thuẫn', 'conflicts')}",
        ("mâu thuẫn", "văn bản"),
        (
            (
                spoken(r, figures.language),
                ", ".join(
                    dict.fromkeys(f"{t.document} ({figures.date(t.dated)})" for t in r.targets)
                ),
            )
            for r in board.rows
        ),
        figures,
    )
    terminal.more(board.next)


@board_command(app, "conflicts", show_conflicts)
def board_conflicts(
    asked: Asked,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Đơn vị và cấp dưới (a unit and all below it).")
    ] = None,
    kind: Annotated[ConflictKind | None, typer.Option("--kind")] = None,
    cursor: OfCursor = None,
    limit: AtMost = None,
) -> Conflicts:
    """Chỉ tiêu và giai đoạn mâu thuẫn nhau, kèm văn bản của cả hai bên; chỉ báo, không sửa (conflicts)."""
    return conflicts(
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        kind=kind,
        begin=after_cursor(cursor),
        limit=limit,
    )


def show_cohorts(board: Cohorts, figures: Figures) -> None:
    """The cohorts and their targets, for people."""
    terminal.table(
        titled(board, figures),
        ("cụm, khối", "đơn vị", "đã kê khai", "hợp lệ", "% cả nước", "chỉ tiêu (% cả nước)"),
        (
            (
                r.name,
                len(r.members),
                r.gross,
                r.net,
                figures.share(r.share),
                "; ".join(
                    f"{spoken(word(t.kind), figures.language)} {figures.number(t.total)} ({figures.share(t.share)})"
                    for t in r.targets
                ),
            )
            for r in board.rows
        ),
        figures,
    )


@board_command(app, "cohorts", show_cohorts)
def board_cohorts(asked: Asked, cohort: InCohort = None, phase: ForPhase = None) -> Cohorts:
    """Tổng chỉ tiêu và kết quả của các cụm, khối, và tỷ trọng so với cả nước (totals of cohorts)."""
    return cohorts(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        cohort=cohort,
        phase=phase,
    )


def show_averages(board: Averages, figures: Figures) -> None:
    """The units beside the nation's rate, for people."""
    terminal.table(
        titled(board, figures),
        ("hạng", "đơn vị", "đã kê khai", "trên 1.000 đoàn viên", "so với mức đó", "tiềm năng", "lệch"),
        ((r.rank, r.name, r.gross, r.per_1000, r.beside, r.potential, r.gap) for r in board.rows),
        figures,
    )  # fmt: skip


@board_command(app, "averages", show_averages, gathered=SOME)
def board_averages(
    asked: Asked,
    selection: Selection,
    kind: OfKind = None,
    band: Annotated[
        float, typer.Option("--band", min=0.0, max=1.0, help="Lệch trong khoảng này là trung bình.")
    ] = 0.1,
) -> Averages:
    """So với mức trung bình cả nước và với tiềm năng (against the nation's rate)."""
    return averages(
        asked.system.views,
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        selection=selection,
        kind=kind,
        band=band,
    )
