"""Titles of the boards that look for what is worth a look: anomalies, and why copies came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.projections.presentation.caption import Column, Kind

SCRUTINY: Final[Mapping[str, Column]] = {
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
    # What anybody may read.
    "PublicFigures.net_rows": Column("Dẫn đầu về số hợp lệ", "First by valid ideas"),
    "PublicFigures.rulings": Column("Kết luận", "Rulings"),
    "PublicFigures.matching": Column("Quy tắc đối chiếu", "Rules of matching"),
    "RulingCount.code": Column("Kết luận", "Ruling"),
    "RulingCount.count": Column("Số lượng", "How many"),
    "RulingCount.leaves_net": Column("Không còn được tính", "Leaves the valid count"),
    "MatchingInForce.since": Column("Từ", "Since"),
    "MatchingInForce.short_words": Column("Văn bản ngắn: dưới (từ)", "Short text: under (words)"),
    "MatchingInForce.standard_units": Column(
        "Câu mẫu: từ (đơn vị)", "Standard sentence: from (units)"
    ),
    "MatchingInForce.most_flags": Column("Nhiều nhất (cảnh báo)", "At most (flags)"),
    "MatchingInForce.model": Column("Mô hình", "Model"),
    "MatchingInForce.similar": Column("Tương đồng", "Similar"),
    "MatchingInForce.near": Column("Gần trùng", "Near"),
    "MatchingInForce.exact": Column("Trùng hẳn", "Exact"),
}
