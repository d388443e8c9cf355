"""Aims: the targets and phases that stand in a chart of counts over time, whatever is drawn between them."""

from __future__ import annotations

from itertools import product
from typing import Final

from services.projections.boards.progress import Progress, TargetLine
from services.projections.boards.prospect import Prospect
from services.projections.presentation.drawing import GREY, Scale, Stroke, wide
from services.projections.presentation.frame import BARE, LEFT, SMALL, TOP, Frame, Label
from services.projections.presentation.listing import told
from shared.figures import Figures
from shared.messages import Message, spoken
from shared.vocabulary import TargetKind

LANES: Final = (TOP - 18, TOP - 31)
"""The heights at which phases are named."""
TARGETS: Final = {
    TargetKind.ASSIGNED: Stroke("#C0392B", "12 4", 1.5),
    TargetKind.REGISTERED: Stroke("#B9770E", "6 4", 1.5),
    TargetKind.ORIENTATION: Stroke("#7D3C98", "2 3", 1.5),
    TargetKind.STRIVING: Stroke("#117A8B", "12 3 2 3", 1.5),
}
PHASE: Final = Message("giai đoạn {0}", "phase {0}")
TARGET: Final = Message("chỉ tiêu {0}", "{0} target")
IN_PHASE: Final = Message("chỉ tiêu {0}, giai đoạn {1}", "{0} target, phase {1}")

Aimed = Progress | Prospect


def called(line: TargetLine, figures: Figures) -> str:
    """A target in words."""
    words = TARGET if line.phase is None else IN_PHASE
    kind = told(line.kind, BARE, figures)
    named = spoken(words, figures.language).format(kind, line.phase)
    return f"{named}: {figures.number(line.target)}"


def shown(board: Aimed) -> list[TargetLine]:
    """The targets that have a place: not those that begin only later, or have ended before."""
    return [
        line
        for line in board.targets
        if line.base is not None and line.begins <= board.until and line.ends > board.since
    ]


def highest(lines: list[TargetLine]) -> int:
    """The highest count that any of them asks for."""
    return max((line.target + (line.base or 0) for line in lines), default=0)


def targets(lines: list[TargetLine], frame: Frame, scale: Scale) -> list[Label]:
    """Draw the targets; answers what each is called."""
    labels = []
    for line in lines:
        name = called(line, frame.figures)
        y = scale(line.target + (line.base or 0))
        begins = max(frame.place(line.begins), LEFT)
        until = min(frame.place(line.ends), frame.right)
        stroke = TARGETS[line.kind]
        frame.drawing.line((begins, y), (until, y), stroke=stroke, name=name, kind="target")
        labels.append(Label(name, until, y, stroke))
    return labels


def phases(board: Aimed, frame: Frame) -> None:
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
