"""The curve: what a higher or lower threshold would find and wrongly suspect, as a picture that any browser shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.dedup.evaluation import Point
from shared.calibration import PLACES
from shared.messages import BANDS

_WIDTH, _HEIGHT = 560, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 500, 50, 260
_RECALL, _FALSE, _MARK = "#1b6ca8", "#c0392b", "#555"
_STEPS: Final = 4


def picture(curve: Sequence[Point], title: str = "Ngưỡng điểm, độ phủ và cảnh báo sai") -> str:
    """An SVG picture: recall on the left scale, false flags an idea on the right one, by likeness; the lines are marked."""
    first, last = curve[0].likeness, curve[-1].likeness
    most = max(point.false_flags_an_idea for point in curve) or 1.0

    def across(likeness: float) -> float:
        share = (likeness - first) / (last - first) if last > first else 0.0
        return _LEFT + (_RIGHT - _LEFT) * share

    def up(share: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * share

    grid = []
    for step in range(_STEPS + 1):
        share = step / _STEPS
        likeness, height = first + (last - first) * share, up(share)
        grid += [
            f'<path d="M{_LEFT} {height:.1f}H{_RIGHT}" stroke="#ddd"/>',
            _label(_LEFT - 6, height + 4, _told(share, 2), "end", _RECALL),
            _label(_RIGHT + 6, height + 4, _told(most * share, 3), "start", _FALSE),
            _label(across(likeness), _BOTTOM + 18, _told(likeness, 2), "middle", "#333"),
        ]
    drawn = [
        _line(curve, across, lambda p: up(p.macro_recall or 0.0), _RECALL),
        _line(curve, across, lambda p: up(p.false_flags_an_idea / most), _FALSE),
    ]
    marks: list[str] = []
    for row, point in enumerate(point for point in curve if point.begins is not None):
        marks += _mark(point, across(point.likeness), _BOTTOM + 36 + 14 * row)
    words = [
        _label(_WIDTH / 2, 20, title, "middle", "#111", size=14),
        _label(_LEFT, 40, "độ phủ bình quân", "start", _RECALL),
        _label(_RIGHT, 40, "cảnh báo sai mỗi bản", "end", _FALSE),
        _label(_WIDTH / 2, _HEIGHT - 12, "độ giống (likeness)", "middle", "#333"),
    ]
    body = "\n".join([*grid, *marks, *drawn, *words])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _line(
    curve: Sequence[Point],
    across: Callable[[float], float],
    height: Callable[[Point], float],
    colour: str,
) -> str:
    places = " ".join(f"{across(point.likeness):.1f},{height(point):.1f}" for point in curve)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _mark(point: Point, x: float, low: float) -> Iterator[str]:
    """Where a band begins: a broken line, and under it the band and the score from which it is given."""
    assert point.begins is not None
    # So that no words leave the picture: they stand on the side where there is more of it.
    anchor = "start" if x < _WIDTH / 2 else "end"
    said = f"{BANDS[point.begins].vi}: điểm từ {_told(point.threshold, PLACES).rstrip('0').rstrip(',')}"
    yield f'<path d="M{x:.1f} {_TOP}V{low:.1f}" stroke="{_MARK}" stroke-dasharray="4 3"/>'
    yield _label(x + (4 if anchor == "start" else -4), low, said, anchor, _MARK)


def _told(number: float, places: int) -> str:
    return f"{number:.{places}f}".replace(".", ",")


def _label(x: float, y: float, text: str, anchor: str, colour: str, *, size: int = 11) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="{size}">{text}</text>'
    )
