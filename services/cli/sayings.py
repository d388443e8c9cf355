"""How the tables of boards speak to people: moments, and what each cause comes to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from services.cli import terminal
from services.projections.history.causes import Portion
from services.projections.presentation.words import word
from services.projections.reckoning.asof import AsOf, Axis
from shared.figures import Figures
from shared.vocabulary import HOME, Value

SIMULATED: Final = " (mô phỏng)"


def of_moment(board: AsOf, figures: Figures) -> str:
    """As of when, on which axis, and whether that is still to come; a simulation says that it is one."""
    said = f"tính đến {figures.instant(board.at)}, {word(board.axis).vi}"
    if board.axis is Axis.CORRECTED and board.known_at is not None:
        said = f"tính đến {figures.instant(board.at)}, như đã sửa đến {figures.instant(board.known_at)}"
    if board.ahead:
        said += ", chưa đến lúc đó nên số liệu còn thay đổi"
    return said + simulated(getattr(board, "simulated", False))


def span(begins: datetime, ends: datetime, figures: Figures) -> str:
    """From the first day to the last of [begins, ends), as documents name them: 1/6/2022 – 31/8/2023."""
    last = ends.astimezone(HOME) - timedelta(microseconds=1)
    return f"{figures.date(begins.astimezone(HOME).date())} – {figures.date(last.date())}"


def simulated(so: bool) -> str:
    """What every table of a simulation says of itself."""
    return SIMULATED if so else ""


def both(name: str, before: Value | None, after: Value | None, figures: Figures) -> str:
    """A number of a row then and now."""
    was, is_ = (
        figures.number(None if row is None else getattr(row, name)) for row in (before, after)
    )
    return was if was == is_ else f"{was} → {is_}"


def causes(portions: Iterable[Portion]) -> str:
    """How many events of which cause, and what they come to in gross and net."""
    return "; ".join(
        f"{portion.events} {word(portion.cause).vi} ({portion.gross:+}/{portion.net:+})"
        for portion in portions
    )


def show_causes(title: str, portions: Iterable[Portion], figures: Figures) -> None:
    """What each cause comes to, for people."""
    terminal.table(
        title,
        (
            "nguyên nhân",
            "sự kiện",
            "đã kê khai",
            "hợp lệ",
            "kết luận trùng",
            "lượt người",
            "làm lợi",
        ),
        ((p.cause, p.events, p.gross, p.net, p.duplicate, p.people, p.benefit) for p in portions),
        figures,
    )
