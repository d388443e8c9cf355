"""The curve: what a higher or lower threshold would find and wrongly suspect, as a picture that any browser shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from services.dedup.evaluation import Point

_WIDTH, _HEIGHT = 560, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 500, 50, 260
_RECALL, _FALSE = "#1b6ca8", "#c0392b"
_STEPS: Final = 4


def picture(curve: Sequence[Point], title: str = "Ngưỡng điểm, độ phủ và cảnh báo sai") -> str:
    """An SVG picture: recall on the left scale, false flags an idea on the right one, by threshold."""
    first, last = curve[0].threshold, curve[-1].threshold
    most = max(point.false_flags_an_idea for point in curve) or 1.0

    def across(threshold: float) -> float:
        share = (threshold - first) / (last - first) if last > first else 0.0
        return _LEFT + (_RIGHT - _LEFT) * share

    def up(share: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * share

    grid = []
    for step in range(_STEPS + 1):
        share = step / _STEPS
        threshold, height = first + (last - first) * share, up(share)
        grid += [
            f'<path d="M{_LEFT} {height:.1f}H{_RIGHT}" stroke="#ddd"/>',
            _label(_LEFT - 6, height + 4, f"{share:.2f}", "end", _RECALL),
            _label(_RIGHT + 6, height + 4, f"{most * share:.3f}", "start", _FALSE),
            _label(across(threshold), _BOTTOM + 18, f"{threshold:.2f}", "middle", "#333"),
        ]
    drawn = [
        _line(curve, across, lambda p: up(p.macro_recall or 0.0), _RECALL),
        _line(curve, across, lambda p: up(p.false_flags_an_idea / most), _FALSE),
    ]
    words = [
        _label(_WIDTH / 2, 20, title, "middle", "#111", size=14),
        _label(_LEFT, 40, "độ phủ bình quân", "start", _RECALL),
        _label(_RIGHT, 40, "cảnh báo sai mỗi bản", "end", _FALSE),
        _label(_WIDTH / 2, _BOTTOM + 40, "ngưỡng điểm", "middle", "#333"),
    ]
    body = "\n".join([*grid, *drawn, *words])
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
    places = " ".join(f"{across(point.threshold):.1f},{height(point):.1f}" for point in curve)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _label(x: float, y: float, text: str, anchor: str, colour: str, *, size: int = 11) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="{size}">{text}</text>'
    )
