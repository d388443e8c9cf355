"""Titles of the boards of emulation: months, quarters, shares, digests, benefits; as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.projections.presentation.caption import Column, Kind

CONTESTS: Final[Mapping[str, Column]] = {
    "month": Column("Tháng", "Month"),
    "quarter": Column("Quý", "Quarter"),
    "complete": Column("Đã hết kỳ", "Complete"),
    "EmulationBoard.version": Column("Bản tiêu chí", "Version of the criteria"),
    "valid_from": Column("Áp dụng từ", "Valid from"),
    "criteria": Column("Tiêu chí", "Criteria"),
    "scored": Column("Tiêu chí", "Criterion"),
    "over": Column("Tính trên", "Over"),
    "weight": Column("Điểm", "Weight"),
    "full_at": Column("Đủ điểm từ", "Full at"),
    "cap": Column("Tối đa (lần)", "Cap"),
    "deduct": Column("Điểm trừ", "Deducted"),
    "points": Column("Điểm", "Points"),
    "most": Column("Tối đa", "Most"),
    "scores": Column("Điểm từng tiêu chí", "Scores"),
    "recognised_count": Column("Số được ghi nhận", "Recognised"),
    "cohort_name": Column("Tên cụm, khối", "Name of the cohort"),
    "due": Column("Chỉ tiêu của kỳ", "Due in the period"),
    "above": Column("Vượt chỉ tiêu của kỳ", "Above what was due"),
    "outcome": Column("Kết quả", "Outcome"),
    "runner_up": Column("Đứng thứ hai", "Runner-up"),
    "runner_up_net": Column("Hợp lệ của đơn vị thứ hai", "Runner-up, valid"),
    "period": Column("Kỳ", "Period"),
    "nation": Column("Toàn quốc", "Nation"),
    "non_leaders": Column("Tác giả không giữ chức vụ", "Authors without a post"),
    "direct": Column("Tác giả lao động trực tiếp", "Authors who work directly"),
    "non_state": Column("Của khu vực ngoài nhà nước", "Of the non-state sector"),
    "non_leader_share": Column("Tỷ lệ không giữ chức vụ", "Share without a post", Kind.SHARE),
    "direct_share": Column("Tỷ lệ lao động trực tiếp", "Share of direct workers", Kind.SHARE),
    "non_state_share": Column("Tỷ lệ ngoài nhà nước", "Share of the non-state", Kind.SHARE),
    "national_non_leader_share": Column(
        "Cả nước không giữ chức vụ", "Nation, without a post", Kind.SHARE
    ),
    "national_direct_share": Column("Cả nước trực tiếp", "Nation, direct workers", Kind.SHARE),
    "national_non_state_share": Column("Cả nước ngoài nhà nước", "Nation, non-state", Kind.SHARE),
    "gross_before": Column("Kỳ trước", "The period before"),
    "change": Column("Tăng giảm", "Change"),
    "ruled": Column("Thêm kết luận trùng", "More duplicates"),
    "cases": Column("Hồ sơ mới", "New cases"),
    "gross_total": Column("Tổng đã kê khai", "Declared in all"),
    "Digest.reached": Column("Chỉ tiêu đạt trong kỳ", "Targets reached"),
    "without_count": Column("Số đơn vị chưa có", "Units without any"),
    "Digest.without": Column("Đơn vị chưa có", "Units without any"),
    "overtakings_count": Column("Số lần vượt", "Overtakings"),
    "benefit_class": Column("Độ tin cậy", "Class"),
    "ClassRow.ideas": Column("Số sáng kiến", "Ideas"),
    "with_benefit": Column("Số sáng kiến nêu giá trị", "Ideas that state a benefit"),
    "median": Column("Trung vị", "Median", Kind.MONEY),
    "far_count": Column("Số giá trị khác thường", "Values far from the others"),
    "large": Column("Giá trị lớn nhất", "The largest values"),
    "valid": Column("Hợp lệ", "Valid"),
    "times_median": Column("Gấp trung vị (lần)", "Times the median"),
    "distance": Column("Độ lệch", "Distance"),
    "far": Column("Khác thường", "Far from the others"),
}
