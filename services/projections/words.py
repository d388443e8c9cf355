"""The words of boards in Vietnamese and English: what each is called, and what JSON names by a code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.messages import Message

BOARDS: Final[Mapping[str, Message]] = {
    "Leaderboard": Message("Bảng xếp hạng", "Leaderboard"),
    "QuotaBoard": Message("Tiến độ chỉ tiêu", "Quota progress"),
    "QuotaBehind": Message("Đơn vị chưa đạt chỉ tiêu", "Units behind their target"),
    "Milestone": Message("Mốc số lượng", "Milestone"),
    "Progress": Message("Tiến độ theo thời gian", "Progress over time"),
    "Ranks": Message("Thứ hạng theo thời gian", "Ranks over time"),
}
"""The title of each board, by its model's name."""

WORDS: Final[Mapping[str, Mapping[str, Message]]] = {
    "Axis": {
        "known": Message("như đã biết lúc đó", "as known then"),
        "corrected": Message("như đã sửa từ đó đến nay", "as corrected since"),
    },
    "Level": {
        "nation": Message("toàn quốc", "nation"),
        "first": Message("tỉnh, ngành và tương đương", "first level"),
        "upper": Message("cấp trên cơ sở", "upper level"),
        "grassroots": Message("cơ sở", "grassroots"),
    },
    "Measure": {
        "gross": Message("số đã kê khai", "declared"),
        "net": Message("số hợp lệ", "valid"),
        "percent": Message("% chỉ tiêu", "% of target"),
        "per-1000": Message("số trên 1.000 đoàn viên", "per 1,000 members"),
        "people": Message("số tác giả", "people"),
        "benefit": Message("giá trị làm lợi", "benefit"),
    },
    "Every": {
        "day": Message("ngày", "day"),
        "week": Message("tuần", "week"),
        "month": Message("tháng", "month"),
    },
    "TargetKind": {
        "orientation": Message("định hướng", "orientation"),
        "registered": Message("đăng ký", "registered"),
        "assigned": Message("giao", "assigned"),
        "striving": Message("phấn đấu", "striving"),
    },
}
"""The words for what JSON names by a code: by the name of its kind, then by the code."""


def word(code: StrEnum) -> Message:
    """The word for a code; a code that has none stands for itself."""
    return WORDS.get(type(code).__name__, {}).get(code) or Message(code.value, code.value)


def called(board: type) -> Message:
    """What a board is called."""
    name = board.__name__
    return BOARDS.get(name) or Message(name, name)
