"""Drawing: the lines, letters and scales of a chart as SVG that screens, printers and readers of screens understand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from html import escape
from math import floor, log10
from typing import Final, NamedTuple

from shared.messages import Language
from shared.vocabulary import HOME

FONT: Final = "'Noto Sans','DejaVu Sans',Arial,Helvetica,sans-serif"
LETTER: Final = 0.6
"""How wide a letter is at most on average, of its height."""
INK: Final = "#222222"
PALE: Final = "#DDDDDD"
GREY: Final = "#666666"
COLOURS: Final = (
    "#0B5394", "#C0392B", "#1E7B34", "#7D3C98", "#B9770E", "#117A8B", "#5D4037", "#AD1457",
)  # fmt: skip
"""Dark enough to be told from paper, for eyes that see few colours and for printers that print none."""
DASHES: Final = ("", "9 4", "3 3", "9 3 2 3", "15 4")
"""Lines differ by these as well, so that no colour is needed to tell them apart."""
MARKS: Final = ("circle", "square", "triangle", "diamond")
DAYS: Final = (1, 2, 7, 14)
MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 600, 2400)

Point = tuple[float, float]


class Stroke(NamedTuple):
    """How a line is drawn: each of the first hundreds and sixty differs from all others."""

    colour: str
    dash: str = ""
    width: float = 1.8
    mark: str = "circle"

    @classmethod
    def nth(cls, number: int) -> Stroke:
        """The stroke of the n-th line of a chart."""
        turn = number // len(COLOURS)
        return cls(
            COLOURS[number % len(COLOURS)],
            DASHES[turn % len(DASHES)],
            mark=MARKS[(number + turn // len(DASHES)) % len(MARKS)],
        )


class Scale(NamedTuple):
    """Where a value lies between two edges of the drawing."""

    least: float
    most: float
    begins: float
    ends: float

    def __call__(self, value: float) -> float:
        """The place of a value; of a span without extent, the far edge."""
        if self.most == self.least:
            return self.ends
        return self.begins + (self.ends - self.begins) * (value - self.least) / (
            self.most - self.least
        )


def whole_ticks(most: int, about: int = 6) -> list[int]:
    """Round whole numbers from 0 up to the first that is not below the most."""
    step = _round_step(max(most, 1) / about)
    return list(range(0, (-(-max(most, 1) // step)) * step + 1, step))


def rank_ticks(worst: int, about: int = 12) -> list[int]:
    """The first rank, and round ones up to the worst."""
    step = _round_step(worst / about)
    return [1, *(rank for rank in range(step, worst + 1, step) if rank > 1)]


def _round_step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that is not below."""
    if least <= 1:
        return 1
    tens = int(10 ** floor(log10(least)))
    return next(int(n * tens) for n in (1, 2, 5, 10) if n * tens >= least)


def day_ticks(since: datetime, until: datetime, most: int) -> list[datetime]:
    """Midnights at home that begin days, weeks, months or years: as many as there is room for."""
    first, last = since.astimezone(HOME), until.astimezone(HOME)
    for days in DAYS:
        if (last - first) / timedelta(days=days) <= most:
            day = first.date()
            step = timedelta(days=days)
            count = (last.date() - day) // step + 1
            found = [datetime.combine(day + n * step, time(), HOME) for n in range(count)]
            return [instant for instant in found if first <= instant <= last]
    begins = first.year * 12 + first.month - 1
    ends = last.year * 12 + last.month - 1
    months = next((m for m in MONTHS if (ends - begins) / m <= most), MONTHS[-1])
    numbers = range(-(-begins // months) * months, ends + 1, months)
    found = [datetime(number // 12, number % 12 + 1, 1, tzinfo=HOME) for number in numbers]
    return [instant for instant in found if first <= instant <= last]


def spread(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Places for labels as near as can be to where they are wanted, in the same order, and none upon another."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    if len(order) > 1:
        gap = min(gap, (bottom - top) / (len(order) - 1))
    # From above, each is pushed below the one before; then, from below, none beyond the edge.
    placed: list[float] = []
    for n in order:
        placed.append(max(wanted[n], placed[-1] + gap if placed else top))
    limit = bottom
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - gap
    found = [0.0] * len(wanted)
    for n, settled in zip(order, placed, strict=True):
        found[n] = settled
    return found


def wide(text: str, size: float) -> float:
    """How much room a text takes at most."""
    return LETTER * size * len(text)


def fitting(text: str, size: float, room: float) -> str:
    """A text that takes no more room than there is: units are told apart by how their names begin, and by how they end."""
    most = max(int(room / (LETTER * size)), 3)
    if len(text) <= most:
        return text
    end = (most - 1) * 2 // 5
    return f"{text[: most - 1 - end].rstrip()}…{text[-end:].lstrip()}"


class Drawing:
    """An SVG picture with a title and a description, put together from above to below."""

    def __init__(self, width: float, height: float, *, name: str, language: Language) -> None:
        self.width, self.height = width, height
        self._name, self._language = name, language
        self._parts: list[str] = []

    def line(self, *points: Point, stroke: Stroke, name: str = "", kind: str = "line") -> None:
        """A line through points; with a name, it is called so when it is pointed at or read aloud."""
        dashed = f' stroke-dasharray="{stroke.dash}"' if stroke.dash else ""
        through = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        self._parts.append(
            f'<polyline class="{kind}" points="{through}" fill="none" stroke="{stroke.colour}" '
            f'stroke-width="{stroke.width}" stroke-linejoin="round"{dashed}>{_titled(name)}</polyline>'
        )

    def area(self, *points: Point, colour: str, name: str = "", kind: str = "area") -> None:
        """What lies within points, pale enough for lines to be seen across it."""
        around = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        self._parts.append(
            f'<polygon class="{kind}" points="{around}" fill="{colour}" fill-opacity="0.45">'
            f"{_titled(name)}</polygon>"
        )

    def mark(self, x: float, y: float, *, stroke: Stroke, name: str, size: float = 3.2) -> None:
        """A point, called by what stands there."""
        shape = {
            "square": f"M{x - size:.2f} {y - size:.2f}h{2 * size}v{2 * size}h{-2 * size}z",
            "triangle": f"M{x:.2f} {y - size:.2f}l{size} {2 * size}h{-2 * size}z",
            "diamond": f"M{x:.2f} {y - size:.2f}l{size} {size}l{-size} {size}l{-size} {-size}z",
        }.get(stroke.mark)
        drawn = (
            f'<circle class="mark" cx="{x:.2f}" cy="{y:.2f}" r="{size}"'
            if shape is None
            else f'<path class="mark" d="{shape}"'
        )
        kind = "circle" if shape is None else "path"
        self._parts.append(f'{drawn} fill="{stroke.colour}">{_titled(name)}</{kind}>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        anchor: str = "start",
        colour: str = INK,
        bold: bool = False,
    ) -> None:
        """A line of letters; `y` is its middle."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{x:.2f}" y="{y + size * 0.35:.2f}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{colour}"{weight}>{_clean(text)}</text>'
        )

    def finished(self, title: str, description: str) -> str:
        """The whole picture."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" role="img" lang="{self._language}" '
            f'xml:lang="{self._language}" aria-labelledby="{self._name}-title {self._name}-desc" '
            f'font-family="{FONT}">\n'
            f'<title id="{self._name}-title">{_clean(title)}</title>\n'
            f'<desc id="{self._name}-desc">{_clean(description)}</desc>\n'
            f'<rect width="{self.width:g}" height="{self.height:g}" fill="#FFFFFF"/>\n'
            + "\n".join(self._parts)
            + "\n</svg>\n"
        )


def _titled(name: str) -> str:
    return f"<title>{_clean(name)}</title>" if name else ""


def _clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return escape("".join(letter if letter.isprintable() else " " for letter in text))
