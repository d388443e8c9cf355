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
    # Targets: split, compared, in conflict.
    "remaining": Column("Còn thiếu", "Remaining"),
    "net_remaining": Column("Hợp lệ còn thiếu", "Valid, remaining"),
    "programme_target": Column("Chỉ tiêu cả chương trình", "Target of the programme"),
    "programme_percent": Column("Đạt % cả chương trình", "% of the programme", Kind.PERCENT),
    "net_programme_percent": Column(
        "Hợp lệ đạt % cả chương trình", "Valid, % of the programme", Kind.PERCENT
    ),
    "percentage": Column("Theo tỷ lệ", "Percentage"),
    "window_of": Column("Giai đoạn riêng của", "Window of"),
    "of": Column("Tính trên", "Of"),
    "counted_on": Column("Ngày đếm quân số", "Counted on"),
    "heads": Column("Quân số", "Heads"),
    "units": Column("Đơn vị", "Units"),
    "near": Column("Gần hoàn thành từ", "Near from", Kind.SHARE),
    "finished": Column("Hoàn thành", "Finished"),
    "nearly": Column("Gần hoàn thành", "Nearly finished"),
    "over_phase": Column("Vượt giai đoạn", "Over the phase"),
    "over_phase_in_all": Column("Vượt giai đoạn, kể cả hoàn thành", "Over the phase, in all"),
    "state": Column("Tình trạng", "State"),
    "phase_target": Column("Chỉ tiêu giai đoạn", "Target of the phase"),
    "phase_percent": Column("Đạt % giai đoạn", "% of the phase", Kind.PERCENT),
    "phase_exceeded_by": Column("Vượt giai đoạn", "Phase exceeded by"),
    "phase_reached_at": Column("Đạt giai đoạn lúc", "Phase reached at"),
    "compared": Column("Số đơn vị so được", "Compared"),
    "registered": Column("Đăng ký", "Registered"),
    "orientation": Column("Định hướng", "Orientation"),
    "registered_document": Column("Văn bản đăng ký", "Document of registration"),
    "orientation_document": Column("Văn bản định hướng", "Document of orientation"),
    "margin": Column("Đăng ký vượt định hướng", "Margin"),
    "above_count": Column("Số đơn vị đăng ký cao hơn", "Above"),
    "below_count": Column("Số đơn vị đăng ký thấp hơn", "Below"),
    "below": Column("Đơn vị đăng ký thấp hơn", "Units below"),
    "deadline": Column("Hạn", "Deadline"),
    "early": Column("Đúng hạn", "In time"),
    "days_ahead": Column("Sớm số ngày", "Days ahead"),
    "net_days_ahead": Column("Hợp lệ sớm số ngày", "Valid, days ahead"),
    "band": Column("Coi là trung bình trong khoảng", "Average within", Kind.SHARE),
    "national": Column("Toàn quốc", "Nation"),
    "national_gross": Column("Cả nước đã kê khai", "Nation, declared"),
    "national_net": Column("Cả nước hợp lệ", "Nation, valid"),
    "national_members": Column("Đoàn viên cả nước", "Nation, members"),
    "national_per_1000": Column("Cả nước trên 1.000 đoàn viên", "Nation, per 1,000 members"),
    "national_target": Column("Chỉ tiêu cả nước", "Nation's target"),
    "national_percent": Column("Cả nước đạt % chỉ tiêu", "Nation, % of target", Kind.PERCENT),
    "source": Column("Nguồn", "Source"),
    "members": Column("Đoàn viên", "Members"),
    "members_and_workers": Column("Đoàn viên và lao động", "Members and workers"),
    "ratio": Column("So với cả nước (lần)", "Over the nation's rate"),
    "beside": Column("So với trung bình", "Beside the average"),
    "potential": Column("Tiềm năng theo mức cả nước", "Potential at the nation's rate"),
    "gap": Column("Còn cách tiềm năng", "Gap to the potential"),
    "percent_ratio": Column("% chỉ tiêu so với cả nước (lần)", "% of target over the nation's"),
    "percent_beside": Column("% chỉ tiêu so với trung bình", "% of target beside the average"),
    "percent_potential": Column("Tiềm năng theo % cả nước", "Potential at the nation's %"),
    "percent_rank": Column("Hạng theo % chỉ tiêu", "Rank by % of target"),
    "ok": Column("Khớp", "Adds up"),
    "levels": Column("Các cấp", "Levels"),
    "with_target": Column("Có chỉ tiêu", "With a target"),
    "children": Column("Số cấp dưới", "Children"),
    "children_sum": Column("Tổng của cấp dưới", "Sum of the children"),
    "remainder": Column("Chưa giao hết", "Remainder"),
    "without": Column("Cấp dưới chưa có chỉ tiêu", "Children without"),
    "sum": Column("Cộng lại", "Sum"),
    "net_share": Column("Tỷ trọng hợp lệ", "Share of valid", Kind.SHARE),
    "CohortRow.members": Column("Thành viên", "Members"),
    "members_with_target": Column("Thành viên có chỉ tiêu", "Members with a target"),
    "counts": Column("Số lượng theo loại", "Counts by kind"),
    "vi": Column("Bằng tiếng Việt", "In Vietnamese"),
    "en": Column("Bằng tiếng Anh", "In English"),
    "facts": Column("Số liệu", "Figures"),
    "stream": Column("Chuỗi sự kiện", "Stream"),
    "version": Column("Phiên bản", "Version"),
    # History: why, since when, frozen.
    "frozen": Column("Đã chốt", "Frozen"),
    "board": Column("Bảng được hỏi", "Board asked for"),
    "arguments": Column("Câu hỏi", "Arguments"),
    "frozen_at": Column("Chốt lúc", "Frozen at"),
    "frozen_position": Column("Chốt ở số thứ tự", "Frozen at position"),
    "frozen_by": Column("Người chốt", "Frozen by"),
    "role": Column("Vai trò", "Role"),
    "reason": Column("Lý do", "Reason"),
    "corrects": Column("Thay cho", "Corrects"),
    "corrected_by": Column("Được thay bởi", "Corrected by"),
    "digest": Column("Mã băm", "Digest"),
    "proven": Column("Tính lại khớp", "Proven"),
    "found_digest": Column("Mã băm tính lại", "Digest found"),
    "corrections": Column("Số lần sửa", "Corrections"),
    "by_cause": Column("Theo nguyên nhân", "By cause"),
    "cause": Column("Nguyên nhân", "Cause"),
    "events": Column("Số sự kiện", "Events"),
    "duplicate": Column("Kết luận trùng", "Duplicates"),
    "day": Column("Ngày", "Day"),
    "open": Column("Đang hoạt động", "Open"),
    "closed": Column("Đã kết thúc", "Closed"),
    "next": Column("Trang sau", "Next page"),
    "code": Column("Mã", "Code"),
    "parent": Column("Cấp trên", "Parent"),
    "path": Column("Đường dẫn", "Path"),
    "sector": Column("Khu vực", "Sector"),
    "cohorts": Column("Cụm, khối", "Cohorts"),
    "merged_into": Column("Sáp nhập vào", "Merged into"),
    "since_position": Column("Từ số thứ tự", "From position"),
    "against": Column("So với", "Against"),
    "rank_then": Column("Hạng lúc đó", "Rank then"),
    "count_then": Column("Số lúc đó", "Count then"),
    "overtakings": Column("Các lần vượt", "Overtakings"),
    "more": Column("Còn nữa", "More"),
    "passer": Column("Mã bên vượt", "Passer"),
    "passer_name": Column("Bên vượt", "Passer's name"),
    "passed": Column("Mã bên bị vượt", "Passed"),
    "passed_name": Column("Bên bị vượt", "Passed, name"),
    "gap_before": Column("Cách trước đó", "Gap before"),
    "gap_after": Column("Cách sau đó", "Gap after"),
    "rank_before": Column("Hạng trước đó", "Rank before"),
    "rank_after": Column("Hạng sau đó", "Rank after"),
    "brought_by": Column("Do", "Brought by"),
    "recorded": Column("Ghi lúc", "Recorded"),
    "effective": Column("Có hiệu lực từ", "Effective"),
    "by": Column("Thay đổi", "By"),
    "changes": Column("Các thay đổi", "Changes"),
    "late": Column("Ghi muộn", "Late"),
    "topic": Column("Sự kiện", "Event"),
    "actor": Column("Ai", "Actor"),
    # Honesty: what is worth a look, what kind of copies there are.
    "window": Column("Khoảng thời gian", "Window"),
    "severity": Column("Mức độ", "Severity"),
    "Finding.kind": Column("Điểm bất thường", "What"),
    "Applied.kind": Column("Điểm bất thường", "What"),
    "Finding.of": Column("Trong số", "Out of"),
    "observed": Column("Thấy", "Observed"),
    "expected": Column("Chờ đợi", "Expected"),
    "z": Column("Độ lệch (z)", "Deviations (z)"),
    "probability": Column("Xác suất ngẫu nhiên", "Probability by chance"),
    "drill": Column("Xem tiếp bằng lệnh", "Command to look further"),
    "tests": Column("Phép thử", "Tests"),
    "tested": Column("Số đã xét", "Tested"),
    "found": Column("Số tìm thấy", "Found"),
    "all": Column("Cả chương trình", "Whole programme"),
    "duplicate_in_unit": Column("Trùng trong đơn vị", "Duplicate in the unit"),
    "duplicate_in_unit_share": Column(
        "Tỷ trọng trùng trong đơn vị", "Duplicate in the unit, share", Kind.SHARE
    ),
    "re_entry": Column("Nhập lại", "Re-entry"),
    "re_entry_share": Column("Tỷ trọng nhập lại", "Re-entry, share", Kind.SHARE),
    "co_author_copy": Column("Bản của đồng tác giả", "Co-author's copy"),
    "co_author_copy_share": Column(
        "Tỷ trọng bản của đồng tác giả", "Co-author's copy, share", Kind.SHARE
    ),
    "earlier_programme": Column("Đã kê khai ở chương trình trước", "Of an earlier programme"),
    "earlier_programme_share": Column(
        "Tỷ trọng đã kê khai ở chương trình trước", "Of an earlier programme, share", Kind.SHARE
    ),
    "copied": Column("Chép từ nơi khác", "Copied from elsewhere"),
    "copied_share": Column("Tỷ trọng chép từ nơi khác", "Copied from elsewhere, share", Kind.SHARE),
    "template_only": Column("Chỉ giống mẫu chung", "Template only"),
    "entered_for_author": Column("Bản trùng do người khác nhập", "Copies entered for the author"),
    "entered_share": Column("Tỷ trọng do người khác nhập", "Entered for the author", Kind.SHARE),
    "entered_share_of_all": Column(
        "Cùng tỷ trọng của mọi bản kê khai", "The same of all declarations", Kind.SHARE
    ),
    # What is public.
    "net_rows": Column("Xếp theo số hợp lệ", "By valid ideas"),
    "rulings": Column("Kết luận", "Rulings"),
    "leaves_net": Column("Không tính hợp lệ", "Leaves the valid ones"),
    "matching": Column("Quy tắc đối chiếu", "Matching rules"),
    "similar": Column("Ngưỡng tương đồng", "Threshold of similar"),
    "MatchingInForce.near": Column("Ngưỡng gần như toàn bộ", "Threshold of near"),
    "exact": Column("Ngưỡng hoàn toàn", "Threshold of exact"),
    "short_words": Column("Bản ngắn: ít hơn số từ", "Short: fewer words than"),
    "standard_units": Column("Câu mẫu: từ số đơn vị", "Standard sentence: from units"),
    "most_flags": Column("Cảnh báo nhiều nhất", "Most flags"),
    "model": Column("Mô hình", "Model"),
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
