"""What people read for the fields of a board: titles and words in Vietnamese and English, as data.

A field's title is looked up under `Model.field` first, then under `field`; a new board adds its lines here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a number is, where its type does not say it."""

    PLAIN = "plain"
    PERCENT = "percent"
    SHARE = "share"
    MONEY = "money"


class Column(NamedTuple):
    """A field's title in both languages, and what its numbers are."""

    vi: str
    en: str
    kind: Kind = Kind.PLAIN

    def within(self, outer: Column) -> Column:
        """The same as part of another field."""
        return Column(f"{outer.vi}: {self.vi}", f"{outer.en}: {self.en}", self.kind)


COLUMNS: Final[Mapping[str, Column]] = {
    # What every board says of itself.
    "at": Column("Tính đến", "As of"),
    "position": Column("Số thứ tự", "Position"),
    "axis": Column("Cách tính", "Axis"),
    "known_at": Column("Đã sửa đến", "Known at"),
    "simulated": Column("Mô phỏng", "Simulated"),
    "programme": Column("Chương trình", "Programme"),
    "not_yet_matched": Column("Chưa đối chiếu", "Not yet matched"),
    # Units and what they count.
    "rank": Column("Hạng", "Rank"),
    "unit": Column("Mã đơn vị", "Unit"),
    "name": Column("Đơn vị", "Name"),
    "level": Column("Cấp", "Level"),
    "cohort": Column("Cụm, khối", "Cohort"),
    "measure": Column("Xếp theo", "Measure"),
    "value": Column("Giá trị xếp hạng", "Ranked by"),
    "total": Column("Tổng đã kê khai", "Total declared"),
    "net_total": Column("Tổng hợp lệ", "Total valid"),
    "cohort_total": Column("Tổng của cụm, khối", "Total of the cohort"),
    "gross": Column("Đã kê khai", "Declared"),
    "net": Column("Hợp lệ", "Valid"),
    "duplicate_rate": Column("Tỷ lệ trùng", "Duplicate rate", Kind.SHARE),
    "share": Column("Tỷ trọng", "Share", Kind.SHARE),
    "people": Column("Số tác giả", "People"),
    "benefit": Column("Giá trị làm lợi", "Benefit", Kind.MONEY),
    "percent": Column("Đạt % chỉ tiêu", "% of target", Kind.PERCENT),
    "per_1000": Column("Trên 1.000 đoàn viên", "Per 1,000 members"),
    # Targets and the progress towards them.
    "phase": Column("Giai đoạn", "Phase"),
    "kind": Column("Loại chỉ tiêu", "Kind of target"),
    "document": Column("Văn bản", "Document"),
    "dated": Column("Ngày văn bản", "Dated"),
    "target": Column("Chỉ tiêu", "Target"),
    "exceeded_by": Column("Vượt", "Exceeded by"),
    "reached_at": Column("Đạt lúc", "Reached at"),
    "net_percent": Column("Hợp lệ đạt % chỉ tiêu", "Valid, % of target", Kind.PERCENT),
    "net_exceeded_by": Column("Hợp lệ vượt", "Valid, exceeded by"),
    "net_reached_at": Column("Hợp lệ đạt lúc", "Valid, reached at"),
    "QuotaBehind.share": Column("Dưới mức", "Under", Kind.SHARE),
    "QuotaBehind.count": Column("Số đơn vị", "Units"),
    # Milestones.
    "count": Column("Thứ", "Count"),
    "counted": Column("Tính theo", "Counted by"),
    "Reached.at": Column("Lúc", "At"),
    "idea": Column("Sáng kiến", "Idea"),
    "sender": Column("Bên gửi", "Sender"),
    "id": Column("Mã sáng kiến", "Idea's id"),
    # Courses over time.
    "every": Column("Mỗi", "Every"),
    "since": Column("Từ", "From"),
    "until": Column("Đến", "Until"),
    "begins": Column("Bắt đầu", "Begins"),
    "ends": Column("Kết thúc", "Ends"),
    "base": Column("Đã có khi bắt đầu", "Standing at the beginning"),
    # Tables beside the rows.
    "rows": Column("Bảng", "Table"),
    "targets": Column("Chỉ tiêu", "Targets"),
    "phases": Column("Giai đoạn", "Phases"),
    "table": Column("Phần", "Part"),
}


def column(model: type, field: str) -> Column:
    """The title of a model's field; one that has none is called by its name."""
    bare = field.replace("_", " ")
    return COLUMNS.get(f"{model.__name__}.{field}") or COLUMNS.get(field) or Column(bare, bare)
