"""How the tables of history speak to people: moments, causes and measures in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.cli import terminal
from services.cli.boards import SIMULATED
from services.projections.asof import AsOf, Axis
from services.projections.causes import Cause, Portion
from services.projections.reasons import Counted
from shared.vocabulary import HOME, Value

CAUSES_VI: Final = {
    Cause.DECLARED: "kê khai",
    Cause.AMENDED: "sửa bản kê khai",
    Cause.WITHDRAWN: "rút",
    Cause.REROUTED: "chuyển về đúng đơn vị",
    Cause.RECOGNISED: "bổ sung công nhận",
    Cause.RULED: "kết luận",
    Cause.RULING_UNDONE: "hủy kết luận",
    Cause.EXCLUDED: "loại khỏi hồ sơ",
    Cause.CASE_MENDED: "tách, nhập hồ sơ",
    Cause.REORGANISED: "đổi tổ chức, giai đoạn",
}
MEASURES_VI: Final = {
    Counted.GROSS: "đã kê khai",
    Counted.NET: "hợp lệ",
    Counted.DUPLICATE: "kết luận trùng",
    Counted.PEOPLE: "lượt người",
    Counted.BENEFIT: "giá trị làm lợi (đồng)",
}


def asked(board: AsOf) -> str:
    """As of when, and on which axis."""
    said = f"tính đến {board.at:%H:%M ngày %d/%m/%Y}"
    if board.axis is Axis.KNOWN:
        return f"{said}, như đã biết lúc đó"
    until = f" đến {board.known_at:%H:%M ngày %d/%m/%Y}" if board.known_at is not None else ""
    return f"{said}, như đã sửa{until}"


def at_home(instant: datetime | None) -> str | None:
    """An instant on the programme's own clock."""
    return f"{instant.astimezone(HOME):%d/%m/%Y %H:%M}" if instant is not None else None


def simulated(so: bool) -> str:
    """What every table of a simulation says of itself."""
    return SIMULATED if so else ""


def in_phase(phase: str | None) -> str:
    """The phase, where one was asked for."""
    return f", giai đoạn {phase}" if phase is not None else ""


def both(name: str, before: Value | None, after: Value | None) -> str:
    """A number of a row then and now."""
    was, is_ = (
        "–" if row is None else f"{getattr(row, name):,}".replace(",", ".")
        for row in (before, after)
    )
    return was if was == is_ else f"{was} → {is_}"


def causes(portions: Iterable[Portion]) -> str:
    """How many events of which cause, and what they come to in gross and net."""
    return "; ".join(
        f"{portion.events} {CAUSES_VI[portion.cause]} ({portion.gross:+}/{portion.net:+})"
        for portion in portions
    )


def show_causes(title: str, portions: Iterable[Portion]) -> None:
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
        (
            (CAUSES_VI[p.cause], p.events, p.gross, p.net, p.duplicate, p.people, p.benefit)
            for p in portions
        ),
    )
