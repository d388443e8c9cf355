"""The words of boards in Vietnamese and English: what each is called, and what JSON names by a code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.messages import BANDS, RULINGS, Message

BOARDS: Final[Mapping[str, Message]] = {
    "Leaderboard": Message("Bảng xếp hạng", "Leaderboard"),
    "QuotaBoard": Message("Tiến độ chỉ tiêu", "Quota progress"),
    "QuotaBehind": Message("Đơn vị chưa đạt chỉ tiêu", "Units behind their target"),
    "Phases": Message("Giai đoạn của chương trình", "Phases of the programme"),
    "Milestone": Message("Mốc số lượng", "Milestone"),
    "Averages": Message("So với mức cả nước", "Beside the national rate"),
    "Cascade": Message("Phân bổ chỉ tiêu", "Cascade of targets"),
    "Cohorts": Message("Cụm, khối", "Cohorts"),
    "Conflicts": Message("Mâu thuẫn của chỉ tiêu", "Conflicts of targets"),
    "Finishers": Message("Đơn vị về đích sớm", "Early finishers"),
    "Margins": Message("Đăng ký so với định hướng", "Registered against orientation"),
    "CaseQueue": Message("Hồ sơ thẩm định", "Cases"),
    "FrozenList": Message("Các bảng đã chốt", "Frozen boards"),
    "LeaderComparison": Message("So sánh bảng xếp hạng", "Leaderboards compared"),
    "QuotaComparison": Message("So sánh tiến độ chỉ tiêu", "Quota progress compared"),
    "OrganisationDifference": Message("Thay đổi tổ chức", "Changes of the organisation"),
    "Story": Message("Câu chuyện của một sáng kiến", "Story of an idea"),
    "Timeline": Message("Diễn biến của một sáng kiến", "Timeline of an idea"),
    "Trail": Message("Các sự kiện", "Events"),
    "Frozen": Message("Bảng đã chốt", "Frozen board"),
    "FrozenBoard": Message("Bảng đã chốt, tính lại", "Frozen board, computed again"),
    "Lead": Message("Số ngày về đích sớm", "Days ahead"),
    "Organisation": Message("Cây tổ chức", "Organisation"),
    "Overtakings": Message("Vì sao có thứ hạng này", "Why this rank"),
    "Reasons": Message("Vì sao có con số này", "Why this number"),
    "Forecast": Message("Dự báo", "Forecast"),
    "Benefits": Message("Giá trị làm lợi", "Benefits"),
    "Digest": Message("Bản tin", "Digest"),
    "Shares": Message("Cơ cấu người tham gia", "Who takes part"),
    "EmulationBoard": Message("Xếp loại thi đua tháng", "Emulation of the month"),
    "Recognition": Message("Ghi nhận thành tích quý", "Quarterly recognition"),
    "Progress": Message("Tiến độ theo thời gian", "Progress over time"),
    "Alerts": Message("Cảnh báo chỉ tiêu sắp đến hạn", "Alerts of targets that are due"),
    "Prospect": Message("Diễn biến và dự báo", "Course and forecast"),
    "Ranks": Message("Thứ hạng theo thời gian", "Ranks over time"),
    "Anomalies": Message("Điểm bất thường nên xem", "What is worth a look"),
    "CausesOfDuplicates": Message("Nguyên nhân trùng", "Causes of duplicates"),
    "PublicFigures": Message("Công khai", "Public figures"),
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
        "benefit-declared": Message("giá trị làm lợi tự khai", "benefit, only declared"),
        "benefit-recognised": Message("giá trị làm lợi được công nhận", "benefit, recognised"),
        "benefit-verified": Message("giá trị làm lợi được thẩm tra", "benefit, verified"),
    },
    "Every": {
        "day": Message("ngày", "day"),
        "week": Message("tuần", "week"),
        "month": Message("tháng", "month"),
    },
    "HeadCount": {
        "members": Message("đoàn viên", "members"),
        "members_and_workers": Message("đoàn viên và lao động", "members and workers"),
    },
    "Sector": {
        "state": Message("nhà nước", "state"),
        "non-state": Message("ngoài nhà nước", "non-state"),
    },
    "Counted": {
        "gross": Message("đã kê khai", "declared"),
        "net": Message("hợp lệ", "valid"),
        "duplicate": Message("kết luận trùng", "duplicates"),
        "people": Message("lượt người", "people"),
        "benefit": Message("giá trị làm lợi", "benefit"),
    },
    "Finish": {
        "finished": Message("hoàn thành cả chương trình", "finished the programme"),
        "near": Message("gần hoàn thành", "near"),
        "over-phase": Message("vượt giai đoạn", "over the phase"),
    },
    "Beside": {
        "above": Message("trên trung bình", "above average"),
        "average": Message("trung bình", "average"),
        "below": Message("dưới trung bình", "below average"),
    },
    "Sum": {
        "exact": Message("khớp", "exact"),
        "under": Message("còn thiếu", "under"),
        "over": Message("vượt", "over"),
        "not-split": Message("chưa phân bổ", "not split"),
        "no-target-above": Message("cấp trên chưa có", "no target above"),
    },
    "ConflictKind": {
        "percents-do-not-add-up": Message("tỷ lệ cộng không khớp", "percents do not add up"),
        "numbers-do-not-add-up": Message("số cộng không khớp", "numbers do not add up"),
        "children-do-not-add-up": Message("cấp dưới cộng không khớp", "children do not add up"),
        "number-against-percentage": Message("số trái với tỷ lệ", "number against percentage"),
        "head-count-changed": Message("quân số đã đổi", "head count changed"),
        "two-documents": Message("hai văn bản", "two documents"),
        "registered-below-orientation": Message(
            "đăng ký thấp hơn định hướng", "registered below orientation"
        ),
        "striving-below-assigned": Message("phấn đấu thấp hơn giao", "striving below assigned"),
        "phase-outside-programme": Message(
            "giai đoạn ngoài chương trình", "phase outside the programme"
        ),
        "phases-leave-a-gap": Message("giai đoạn không liền nhau", "phases leave a gap"),
        "phases-overlap": Message("giai đoạn chồng nhau", "phases overlap"),
        "closed-unit-has-target": Message(
            "đơn vị đã kết thúc còn chỉ tiêu", "closed unit has a target"
        ),
    },
    "Cause": {
        "declared": Message("kê khai", "declared"),
        "amended": Message("sửa bản kê khai", "amended"),
        "withdrawn": Message("rút", "withdrawn"),
        "rerouted": Message("chuyển về đúng đơn vị", "re-routed"),
        "recognised": Message("bổ sung công nhận", "recognised"),
        "ruled": Message("kết luận", "ruled"),
        "ruling-undone": Message("hủy kết luận", "ruling undone"),
        "excluded": Message("loại khỏi hồ sơ", "excluded"),
        "case-mended": Message("tách, nhập hồ sơ", "case mended"),
        "reorganised": Message("đổi tổ chức, giai đoạn", "reorganised"),
    },
    "BenefitClass": {
        "declared": Message("tự khai", "declared"),
        "recognised": Message("được công nhận", "recognised"),
        "verified": Message("được thẩm tra", "verified"),
    },
    "Scored": {
        "percent": Message("% chỉ tiêu", "% of target"),
        "gross": Message("số đã kê khai", "declared"),
        "net": Message("số hợp lệ", "valid"),
        "net-per-1000": Message("hợp lệ trên 1.000 đoàn viên", "valid per 1,000 members"),
        "people-per-1000": Message("tác giả trên 1.000 đoàn viên", "authors per 1,000 members"),
        "non-leaders": Message("% tác giả không giữ chức vụ", "% of authors without a post"),
        "direct": Message("% tác giả lao động trực tiếp", "% of authors who work directly"),
        "benefit-recognised": Message("giá trị làm lợi được công nhận", "benefit, recognised"),
        "benefit-verified": Message("giá trị làm lợi được thẩm tra", "benefit, verified"),
        "duplicate-rate": Message("% trùng", "% duplicates"),
    },
    "Over": {
        "month": Message("trong tháng", "of the month"),
        "to-date": Message("lũy kế", "to date"),
    },
    "Outcome": {
        "recognised": Message("được ghi nhận", "recognised"),
        "not-above-target": Message("không vượt chỉ tiêu", "not above its target"),
        "no-target": Message("không có chỉ tiêu", "no target"),
        "nothing-valid": Message("không có sáng kiến hợp lệ", "nothing valid"),
    },
    "Band": {str(band): said for band, said in BANDS.items()},
    "Ruling": {str(code): said for code, said in RULINGS.items()},
    "DocketState": {
        "open": Message("đang mở", "open"),
        "ruled": Message("đã kết luận", "ruled"),
        "moot": Message("không còn gì để xét", "moot"),
        "reopened": Message("mở lại", "reopened"),
        "joined": Message("đã nhập vào hồ sơ khác", "joined into another"),
    },
    "Reform": {
        "founded": Message("thành lập", "founded"),
        "closed": Message("kết thúc", "closed"),
        "merged": Message("sáp nhập", "merged"),
        "moved": Message("chuyển cấp trên", "moved"),
        "renamed": Message("đổi tên", "renamed"),
        "recounted": Message("số đoàn viên mới", "recounted"),
        "joined-cohort": Message("vào cụm, khối", "joined a cohort"),
        "left-cohort": Message("ra khỏi cụm, khối", "left a cohort"),
        "taken-back": Message("không còn đúng", "taken back"),
    },
    "Anomaly": {
        "benefit-share": Message("tỷ trọng giá trị làm lợi", "share of benefit"),
        "burst": Message("kê khai dồn dập", "burst"),
        "round-benefit": Message("giá trị làm lợi tròn", "round benefits"),
        "benefit-outlier": Message("giá trị làm lợi rất cao", "very high benefits"),
        "many-of-one": Message("nhiều sáng kiến của một người", "many ideas of one person"),
        "same-text": Message("trùng nguyên văn", "same text"),
        "entered-for-author": Message("nhập thay tác giả", "entered for the author"),
    },
    "Severity": {
        "high": Message("xem trước", "first"),
        "medium": Message("nên xem", "next"),
        "low": Message("để ý", "then"),
    },
    "Window": {
        "day": Message("ngày", "day"),
        "hour": Message("giờ", "hour"),
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
