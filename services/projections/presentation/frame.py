"""The frame of a chart: its title, its scale of time, and what its lines are called, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from services.projections.boards.progress import Progress
from services.projections.boards.prospect import Prospect
from services.projections.boards.ranks import Ranks
from services.projections.presentation.caption import Column
from services.projections.presentation.drawing import (
    GREY,
    INK,
    PALE,
    Drawing,
    Point,
    Scale,
    Stroke,
    day_ticks,
    fitting,
    spread,
    wide,
)
from services.projections.presentation.listing import told
from shared.figures import Figures
from shared.messages import Message, spoken

WIDTH: Final = 1000.0
LEFT: Final = 84.0
TOP: Final = 106.0
BOTTOM: Final = 44.0
PLOT: Final = 400.0
SMALL: Final = 11.0
LINE: Final = 16.0
FEW: Final = 24
"""Up to so many instants each is marked; of more, only where a line begins and ends."""
AS_OF: Final = Message(
    "Chương trình {0}, tính đến {1}, số thứ tự {2}, {3}",
    "Programme {0}, as of {1}, position {2}, {3}",
)
KNOWN_AT: Final = Message(", đã sửa đến {0}", ", known at {0}")
SIMULATED: Final = Message("MÔ PHỎNG", "SIMULATION")
BARE: Final = Column("", "")


class Label(NamedTuple):
    """What a line is called at its end."""

    text: str
    x: float
    y: float
    stroke: Stroke


class Frame:
    """A chart before its lines: title, scale of time, and the words of one language."""

    def __init__(
        self,
        board: Progress | Prospect | Ranks,
        figures: Figures,
        *,
        name: str,
        labels: Iterable[str],
        plot: float = PLOT,
    ) -> None:
        self.figures = figures
        right = 28 + max((wide(label, 12) for label in labels), default=60)
        self.right = WIDTH - min(right, WIDTH * 0.45)
        self.bottom = TOP + plot
        self.drawing = Drawing(WIDTH, self.bottom + BOTTOM, name=name, language=figures.language)
        # A day's name in English is longer.
        self.day_room = wide(figures.date(date(2000, 9, 30)), SMALL) + 12
        since, until = board.since.timestamp(), board.until.timestamp()
        # A single instant stands in the middle, so that what surrounds it can be seen.
        aside = 1.0 if since == until else 0.0
        self.time = Scale(since - aside, until + aside, LEFT, self.right)
        self.board = board
        self.few = len({row.at for row in board.rows}) <= FEW

    def said(self, words: Message, *parts: object) -> str:
        """A sentence in the language of the chart."""
        return spoken(words, self.figures.language).format(*parts)

    def place(self, at: datetime) -> float:
        """Where an instant lies."""
        return self.time(at.timestamp())

    def head(self, title: str) -> str:
        """The title, and as of when; answers both as what the picture is called."""
        board = self.board
        if board.simulated:
            title += f" ({self.said(SIMULATED)})"
        about = self.said(
            AS_OF,
            board.programme,
            self.figures.instant(board.at),
            self.figures.number(board.position),
            told(board.axis, BARE, self.figures),
        )
        if board.known_at is not None:
            about += self.said(KNOWN_AT, self.figures.instant(board.known_at))
        self.drawing.text(LEFT, 26, fitting(title, 18, WIDTH - LEFT), size=18, bold=True)
        self.drawing.text(LEFT, 50, fitting(about, 12, WIDTH - LEFT), size=12, colour=GREY)
        return f"{title}. {about}"

    def days(self) -> None:
        """The scale of time below."""
        room = int((self.right - LEFT) // self.day_room)
        self.drawing.line(
            (LEFT, self.bottom), (self.right, self.bottom), stroke=Stroke(INK, width=1)
        )
        board, figures = self.board, self.figures
        ticks = day_ticks(board.since, board.until, max(room, 1))
        named = [(tick, figures.date(tick.date()), "middle") for tick in ticks]
        if board.since == board.until:
            named = [(board.since, figures.instant(board.since), "middle")]
        elif len(ticks) < 2:
            ends = ((board.since, "start"), (board.until, "end"))
            named = [(at, figures.instant(at), anchor) for at, anchor in ends]
        elif self.place(ticks[0]) - LEFT > self.day_room:
            # Where the first round day is far, the beginning is named as well.
            named.insert(0, (board.since, figures.date(board.since.date()), "middle"))
        for at, text, anchor in named:
            x = self.place(at)
            self.drawing.line((x, self.bottom), (x, self.bottom + 5), stroke=Stroke(INK, width=1))
            self.drawing.text(x, self.bottom + 18, text, size=SMALL, anchor=anchor)

    def row(self, y: float, text: str) -> None:
        """A line across with its figure on the left."""
        self.drawing.line((LEFT, y), (self.right, y), stroke=Stroke(PALE, width=1))
        self.drawing.text(LEFT - 8, y, text, size=SMALL, anchor="end")

    def labels(self, labels: Sequence[Label]) -> None:
        """What each line is called, beside its end, none upon another."""
        places = spread([label.y for label in labels], LINE, TOP, self.bottom)
        for label, y in zip(labels, places, strict=True):
            x = self.right + 18
            thin = Stroke(label.stroke.colour, width=0.7)
            self.drawing.line((label.x, label.y), (x - 3, y), stroke=thin, kind="leader")
            text = fitting(label.text, 12, WIDTH - x - 4)
            self.drawing.text(x, y, text, size=12, colour=label.stroke.colour)

    def course(
        self, points: Sequence[Point], names: Sequence[str], stroke: Stroke, name: str
    ) -> None:
        """A line through points, each marked where there are few."""
        if len(points) > 1:
            self.drawing.line(*points, stroke=stroke, name=name, kind="course")
        ends = {0, len(points) - 1}
        for n, ((x, y), called) in enumerate(zip(points, names, strict=True)):
            if self.few or n in ends:
                self.drawing.mark(x, y, stroke=stroke, name=called)
