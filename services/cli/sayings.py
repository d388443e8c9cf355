"""How the tables of boards speak to people: moments, and what each cause comes to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from services.cli import terminal
from services.projections.history.causes import Portion
from services.projections.presentation.words import called, word
from services.projections.reckoning.asof import AsOf, Axis
from shared.figures import Figures
from shared.messages import Message, spoken
from shared.vocabulary import HOME, Value

SIMULATED: Final = Message(" (mô phỏng)", " (simulation)")
WHOLE: Final = Message("cả chương trình", "whole programme")
"""What stands for the phase of a target that is of no phase."""


def said(figures: Figures, vi: str, en: str) -> str:
    """Which of the two the reader reads."""
    return spoken(Message(vi, en), figures.language)


def titled(board: AsOf, figures: Figures, about: str = "") -> str:
    """What a board is called, of what, and as of when."""
    return f"{spoken(called(type(board)), figures.language)}{about}, {of_moment(board, figures)}"


def part_of(phase: str | None, wave: str | None, figures: Figures) -> str:
    """Of which phase or wave a board is, behind what it is called."""
    if wave is not None:
        return f", {said(figures, 'đợt', 'wave')} {wave}"
    return f", {said(figures, 'giai đoạn', 'phase')} {phase}" if phase is not None else ""


def as_of(board: AsOf, figures: Figures) -> str:
    """As of when; a simulation says that it is one."""
    so = simulated(getattr(board, "simulated", False), figures)
    return f"{said(figures, 'tính đến', 'as of')} {figures.instant(board.at)}{so}"


def of_moment(board: AsOf, figures: Figures) -> str:
    """As of when, on which axis, and whether that is still to come; a simulation says that it is one."""
    axis = spoken(word(board.axis), figures.language)
    if board.axis is Axis.CORRECTED and board.known_at is not None:
        corrected = said(figures, "như đã sửa đến", "as corrected up to")
        axis = f"{corrected} {figures.instant(board.known_at)}"
    if board.ahead:
        axis += said(
            figures,
            ", chưa đến lúc đó nên số liệu còn thay đổi",
            ", still to come, so that the figures will change",
        )
    at = said(figures, "tính đến", "as of")
    so = simulated(getattr(board, "simulated", False), figures)
    return f"{at} {figures.instant(board.at)}, {axis}{so}"


def span(begins: datetime, ends: datetime, figures: Figures) -> str:
    """From the first day to the last of [begins, ends), as documents name them: 1/6/2022 – 31/8/2023."""
    last = ends.astimezone(HOME) - timedelta(microseconds=1)
    return f"{figures.date(begins.astimezone(HOME).date())} – {figures.date(last.date())}"


def simulated(so: bool, figures: Figures) -> str:
    """What every table of a simulation says of itself."""
    return spoken(SIMULATED, figures.language) if so else ""


def both(name: str, before: Value | None, after: Value | None, figures: Figures) -> str:
    """A number of a row then and now."""
    was, is_ = (
        figures.number(None if row is None else getattr(row, name)) for row in (before, after)
    )
    return was if was == is_ else f"{was} → {is_}"


def causes(portions: Iterable[Portion], figures: Figures) -> str:
    """How many events of which cause, and what they come to in gross and net."""
    return "; ".join(
        f"{portion.events} {spoken(word(portion.cause), figures.language)} ({portion.gross:+}/{portion.net:+})"
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
