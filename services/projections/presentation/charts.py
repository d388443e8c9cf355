"""The charts: progress towards targets, and ranks, over time; drawn from the boards and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel

from services.projections.boards.progress import Progress
from services.projections.boards.prospect import Prospect
from services.projections.boards.ranks import RankRow, Ranks
from services.projections.presentation import aims
from services.projections.presentation.drawing import (
    GREY,
    Scale,
    Stroke,
    rank_ticks,
    whole_ticks,
)
from services.projections.presentation.frame import BARE, LEFT, LINE, PLOT, TOP, Frame, Label
from services.projections.presentation.listing import told
from services.projections.presentation.prospect_chart import COUNTED, DECLARED, prospect_chart
from shared.errors import Invalid
from shared.figures import Figures
from shared.messages import Message, spoken

MANY: Final = 20
"""More lines than these are drawn thinner."""
NET: Final = Stroke("#1E7B34", "5 2", 2.0, "square")

VALID: Final = Message("hợp lệ", "valid")
PROGRESS: Final = Message("Tiến độ: {0}", "Progress: {0}")
RANKS: Final = Message("Thứ hạng theo thời gian: {0}", "Ranks over time: {0}")
WAVE: Final = Message("đợt {0}", "wave {0}")
COHORT: Final = Message("cụm {0}", "cohort {0}")
BELOW: Final = Message("thuộc {0}", "below {0}")
EMPTY: Final = Message("Chưa có số liệu", "Nothing counted yet")
RANK: Final = Message("hạng {0}", "rank {0}")


class HasNoChart(Invalid):
    """Only what has a course of time is drawn."""

    code = "no-chart"

    def __init__(self, board: type[BaseModel]) -> None:
        super().__init__(
            f"{board.__name__} has no course of time to be drawn. Ask for csv or xlsx.",
            field="format",
        )


def drawn(board: BaseModel, figures: Figures) -> str:
    """The chart of a board as SVG. Raises HasNoChart."""
    match board:
        case Progress():
            return _progress(board, figures)
        case Ranks():
            return _ranks(board, figures)
        case Prospect():
            return prospect_chart(board, figures)
        case _:
            raise HasNoChart(type(board))


def _progress(board: Progress, figures: Figures) -> str:
    last = board.rows[-1]
    say = figures.number
    lines = aims.shown(board)
    targets = [aims.called(line, figures) for line in lines]
    ends = [
        f"{spoken(DECLARED, figures.language)}: {say(last.gross)}",
        f"{spoken(VALID, figures.language)}: {say(last.net)}",
    ]
    frame = Frame(board, figures, name="progress", labels=[*ends, *targets])
    about = frame.head(frame.said(PROGRESS, board.name))
    ticks = whole_ticks(max(aims.highest(lines), *(row.gross for row in board.rows)))
    scale = Scale(0, ticks[-1], frame.bottom, TOP)
    for tick in ticks:
        frame.row(scale(tick), say(tick))
    aims.phases(board, frame)
    labels = aims.targets(lines, frame, scale)
    for stroke, end, words, values in (
        (COUNTED, ends[0], DECLARED, [row.gross for row in board.rows]),
        (NET, ends[1], VALID, [row.net for row in board.rows]),
    ):
        points = [
            (frame.place(row.at), scale(value))
            for row, value in zip(board.rows, values, strict=True)
        ]
        names = [
            f"{figures.instant(row.at)}: {say(value)} {frame.said(words)}"
            for row, value in zip(board.rows, values, strict=True)
        ]
        frame.course(points, names, stroke, end)
        labels.append(Label(end, *points[-1], stroke))
    frame.days()
    frame.labels(labels)
    if not last.gross:
        frame.drawing.text((LEFT + frame.right) / 2, (TOP + frame.bottom) / 2, frame.said(EMPTY), size=14, anchor="middle", colour=GREY)  # fmt: skip
    described = "; ".join([*ends, *targets])
    return frame.drawing.finished(frame.said(PROGRESS, board.name), f"{about}. {described}.")


def _ranks(board: Ranks, figures: Figures) -> str:
    of_units: dict[str, list[RankRow]] = {}
    for row in board.rows:
        of_units.setdefault(row.unit, []).append(row)
    placed = {
        unit: rows for unit, rows in of_units.items() if any(row.rank is not None for row in rows)
    }
    worst = max((row.rank for row in board.rows if row.rank is not None), default=1)

    def called(rows: Sequence[RankRow]) -> str:
        last = rows[-1]
        rank = f"{last.rank}. " if last.rank is not None else ""
        return f"{rank}{last.name} ({figures.number(last.value)})"

    ends = {unit: called(rows) for unit, rows in placed.items()}
    plot = max(PLOT, LINE * len(placed) + 20, 6.0 * worst)
    frame = Frame(board, figures, name="ranks", labels=ends.values(), plot=plot)
    title = frame.said(RANKS, _ranked(board, frame, figures))
    about = frame.head(title)
    scale = Scale(1, max(worst, 2), TOP, frame.bottom - 12)
    for rank in rank_ticks(worst):
        frame.row(scale(rank), str(rank))
    labels = []
    for number, (unit, rows) in enumerate(placed.items()):
        stroke = Stroke.nth(number)._replace(width=1.8 if len(placed) <= MANY else 1.0)
        for run in _unbroken(rows):
            points = [(frame.place(row.at), scale(row.rank or 0)) for row in run]
            names = [
                f"{row.name}, {figures.instant(row.at)}: {frame.said(RANK, row.rank)}"
                f" ({figures.number(row.value)})"
                for row in run
            ]
            frame.course(points, names, stroke, ends[unit])
        labels.append(Label(ends[unit], *points[-1], stroke))
    frame.days()
    frame.labels(labels)
    if not placed:
        frame.drawing.text((LEFT + frame.right) / 2, (TOP + frame.bottom) / 2, frame.said(EMPTY), size=14, anchor="middle", colour=GREY)  # fmt: skip
    return frame.drawing.finished(title, f"{about}. {'; '.join(ends.values())}.")


def _ranked(board: Ranks, frame: Frame, figures: Figures) -> str:
    """By what, and among whom."""
    parts = [
        (aims.PHASE, board.phase), (WAVE, board.wave), (COHORT, board.cohort), (BELOW, board.below),
    ]  # fmt: skip
    said = [frame.said(words, part) for words, part in parts if part is not None]
    among = [told(code, BARE, figures) for code in (board.sector, board.kind) if code is not None]
    return ", ".join([told(board.measure, BARE, figures), *said, *among])


def _unbroken(rows: Sequence[RankRow]) -> list[list[RankRow]]:
    """The stretches of time in which a unit had a rank."""
    found: list[list[RankRow]] = []
    before: RankRow | None = None
    for row in rows:
        if row.rank is not None:
            if before is None or before.rank is None:
                found.append([])
            found[-1].append(row)
        before = row
    return found
