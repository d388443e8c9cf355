"""The words of tables for people, for what the JSON answers name by a code."""

from __future__ import annotations

from typing import Final

PARTS: Final = {
    "solution_cosine": "giải pháp: từ chung (cosine)",
    "solution_bare_cosine": "giải pháp: từ chung, bỏ dấu (bare cosine)",
    "solution_containment": "giải pháp: phần nằm trong bản kia (containment)",
    "solution_fuzzy": "giải pháp: cùng thứ tự từ (order)",
    "situation_cosine": "thực trạng trước: từ chung (cosine)",
    "title_cosine": "tên sáng kiến: từ chung (cosine)",
    "title_fuzzy": "tên sáng kiến: cùng thứ tự từ (order)",
}
RULES: Final = {
    "thresholds": "ngưỡng",
    "by_tier": "ngưỡng riêng theo phạm vi",
    "calibration": "hiệu chỉnh điểm",
    "candidate_cosine": "cosine ít nhất để xét",
    "candidate_containment": "phần chứa ít nhất để xét",
    "short_words": "văn bản ngắn: dưới số từ",
    "standard_units": "đoạn mẫu: ở số đơn vị",
    "most_flags": "cảnh báo nhiều nhất mỗi bản",
    "stop_phrases": "cụm từ bỏ qua",
}
CHECKUP: Final = {
    "settings": "cấu hình",
    "simulated": "sổ mô phỏng",
    "head": "số thứ tự cuối của sổ",
    "record_can_be_altered": "tài khoản này sửa, xóa được sổ",
    "server_may_forget": "máy chủ tắt những gì để không mất dữ liệu khi mất điện",
    "recorded_ahead_of_clock_seconds": "số giây ghi trước đồng hồ",
    "lag": "số sự kiện chưa xử lý",
    "dedup": "đối chiếu",
    "cases": "hồ sơ",
    "projections": "bảng số liệu",
    "model": "mô hình đang dùng",
    "id": "mã",
    "finding": "nhận xét",
    "snapshot": "bản lưu của bộ đối chiếu",
    "unfit": "không dùng được vì",
    "position": "đến số thứ tự",
    "texts": "văn bản",
    "bytes": "byte",
    "parked": "bản tin để riêng",
    "programmes": "chương trình",
    "units": "đơn vị",
    "versions": "phiên bản",
}
