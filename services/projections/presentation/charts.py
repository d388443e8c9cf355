"""The charts: progress towards targets, and ranks, over time; drawn from the boards and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

from pydantic import BaseModel

from services.projections.boards.progress import Progress, TargetLine
from services.projections.boards.ranks import RankRow, Ranks
from services.projections.presentation.drawing import (
    GREY,
    Scale,
    Stroke,
    rank_ticks,
    whole_ticks,
    wide,
)
from services.projections.presentation.frame import BARE, LEFT, LINE, PLOT, SMALL, TOP, Frame, Label
from services.projections.presentation.listing import told
from shared.errors import Invalid
from shared.figures import Figures
from shared.messages import Message
from shared.vocabulary import TargetKind

LANES: Final = (TOP - 18, TOP - 31)
"""The heights at which phases are named."""
MANY: Final = 20
"""More lines than these are drawn thinner."""
TARGETS: Final = {
    TargetKind.ASSIGNED: Stroke("#C0392B", "12 4", 1.5),
    TargetKind.REGISTERED: Stroke("#B9770E", "6 4", 1.5),
    TargetKind.ORIENTATION: Stroke("#7D3C98", "2 3", 1.5),
    TargetKind.STRIVING: Stroke("#117A8B", "12 3 2 3", 1.5),
}
GROSS: Final = Stroke("#0B5394", "", 2.6)
NET: Final = Stroke("#1E7B34", "5 2", 2.0, "square")

DECLARED: Final = Message("đã kê khai", "declared")
VALID: Final = Message("hợp lệ", "valid")
PHASE: Final = Message("giai đoạn {0}", "phase {0}")
TARGET: Final = Message("chỉ tiêu {0}", "{0} target")
IN_PHASE: Final = Message("chỉ tiêu {0}, giai đoạn {1}", "{0} target, phase {1}")
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
        case _:
            raise HasNoChart(type(board))


def _progress(board: Progress, figures: Figures) -> str:
    last = board.rows[-1]
    say = figures.number
    vi = figures.language == "vi"

    def called(line: TargetLine) -> str:
        words = TARGET if line.phase is None else IN_PHASE
        kind = told(line.kind, BARE, figures)
        named = (words.vi if vi else words.en).format(kind, line.phase)
        return f"{named}: {say(line.target)}"

    # What begins only later, or has ended before, has no place in this span of time.
    lines = [
        line
        for line in board.targets
        if line.base is not None and line.begins <= board.until and line.ends > board.since
    ]
    ends = [
        f"{DECLARED.vi if vi else DECLARED.en}: {say(last.gross)}",
        f"{VALID.vi if vi else VALID.en}: {say(last.net)}",
    ]
    frame = Frame(board, figures, name="progress", labels=[*ends, *map(called, lines)])
    about = frame.head(frame.said(PROGRESS, board.name))
    highest = max(
        [row.gross for row in board.rows] + [line.target + (line.base or 0) for line in lines]
    )
    ticks = whole_ticks(highest)
    scale = Scale(0, ticks[-1], frame.bottom, TOP)
    for tick in ticks:
        frame.row(scale(tick), say(tick))
    _draw_phases(board, frame)
    labels = []
    for line in lines:
        y = scale(line.target + (line.base or 0))
        begins = max(frame.place(line.begins), LEFT)
        until = min(frame.place(line.ends), frame.right)
        stroke = TARGETS[line.kind]
        frame.drawing.line((begins, y), (until, y), stroke=stroke, name=called(line), kind="target")
        labels.append(Label(called(line), until, y, stroke))
    for stroke, end, words, values in (
        (GROSS, ends[0], DECLARED, [row.gross for row in board.rows]),
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
    described = "; ".join([*ends, *map(called, lines)])
    return frame.drawing.finished(frame.said(PROGRESS, board.name), f"{about}. {described}.")


def _draw_phases(board: Progress, frame: Frame) -> None:
    """Where each phase begins and ends, and what it is called, as far as there is room.

    A unit with phases of its own has the programme's beside them: those that overlap are named above one another.
    """
    edge = Stroke(GREY, "1 3", 1)
    taken: list[tuple[float, float, float]] = []
    for phase in board.phases:
        if phase.begins > board.until or phase.ends <= board.since:
            continue
        begins = max(frame.place(phase.begins), LEFT)
        ends = min(frame.place(phase.ends), frame.right)
        for at, x in ((phase.begins, begins), (phase.ends, ends)):
            if board.since <= at <= board.until:
                frame.drawing.line((x, TOP - 10), (x, frame.bottom), stroke=edge, kind="phase")
        middle = (begins + ends) / 2
        for name, y in product((frame.said(PHASE, phase.phase), phase.phase), LANES):
            half = wide(name, SMALL) / 2
            free = all(y != at or middle + half < x or middle - half > z for at, x, z in taken)
            if free and 2 * half <= ends - begins:
                taken.append((y, middle - half, middle + half))
                frame.drawing.text(middle, y, name, size=SMALL, anchor="middle", colour=GREY)
                break


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
        (PHASE, board.phase), (WAVE, board.wave), (COHORT, board.cohort), (BELOW, board.below),
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
