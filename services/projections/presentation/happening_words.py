"""What happened to an idea, in words for people: what each event is called, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from shared.calibration import percent
from shared.figures import Figures
from shared.messages import BANDS, RULINGS, TIERS, Message, spoken
from shared.vocabulary import Ineligible

EVENTS: Final[Mapping[str, Message]] = {
    "idea.declared": Message("kê khai", "declared"),
    "idea.amended": Message("sửa bản kê khai", "amended"),
    "idea.withdrawn": Message("rút", "withdrawn"),
    "idea.rerouted": Message("chuyển về đúng đơn vị", "re-routed"),
    "idea.recognition-recorded": Message("ghi nhận công nhận", "recognition recorded"),
    "flag.raised": Message("cảnh báo trùng", "flag raised"),
    "case.opened": Message("mở hồ sơ", "case opened"),
    "case.reopened": Message("mở lại hồ sơ", "case reopened"),
    "case.joined": Message("nhập hồ sơ", "case joined"),
    "case.split": Message("tách hồ sơ", "case split"),
    "case.split-off": Message("hồ sơ tách ra", "case split off"),
    "case.took-in": Message("nhận hồ sơ nhập vào", "case took in another"),
    "case.canonical-chosen": Message("chọn bản gốc", "canonical chosen"),
    "case.member-joined": Message("vào hồ sơ", "joined the case"),
    "case.member-left": Message("rời hồ sơ", "left the case"),
    "case.member-changed": Message("thay đổi trong hồ sơ", "changed in the case"),
    "case.member-excluded": Message("loại khỏi hồ sơ", "excluded from the case"),
    "case.member-ruled": Message("kết luận", "ruled"),
    "case.ruling-undone": Message("hủy kết luận", "ruling undone"),
}
FIELDS: Final[Mapping[str, Message]] = {
    "unit": Message("đơn vị", "unit"),
    "came_from": Message("từ", "from"),
    "into": Message("vào", "into"),
    "reason": Message("lý do", "reason"),
    "ineligible": Message("chưa đủ điều kiện", "ineligible"),
    "late": Message("nộp muộn", "late"),
    "date": Message("ngày", "day"),
    "band": Message("mức", "band"),
    "score": Message("điểm", "score"),
    "tier": Message("phạm vi", "tier"),
    "repeats": Message("giống bản trước", "repeats"),
    "repeated_by": Message("bản sau giống", "repeated by"),
    "joined": Message("cùng", "with"),
    "ruling": Message("kết luận", "ruling"),
    "leaves_net": Message("ra khỏi số hợp lệ", "leaves the valid count"),
    "member": Message("về", "about"),
    "canonical": Message("bản gốc", "canonical"),
    "text_changed": Message("văn bản đã sửa", "text changed"),
}
"""What is said of an event; hashes, models and what the heading says already are for programs alone."""
INELIGIBLE: Final[Mapping[Ineligible, Message]] = {
    Ineligible.NOT_RECOGNISED: Message("chưa được công nhận", "not recognised"),
    Ineligible.NOT_APPLIED: Message("chưa áp dụng", "not applied"),
    Ineligible.APPLIED_BEFORE_WINDOW: Message("áp dụng trước thời hạn", "applied too early"),
    Ineligible.APPLIED_AFTER_WINDOW: Message("áp dụng sau thời hạn", "applied too late"),
    Ineligible.FILED_BEFORE_WINDOW: Message("nộp trước thời hạn", "filed too early"),
    Ineligible.FILED_AFTER_WINDOW: Message("nộp sau thời hạn", "filed too late"),
}
CODES: Final[Mapping[str, Mapping[str, Message]]] = {
    "band": {code.value: said for code, said in BANDS.items()},
    "tier": {code.value: said for code, said in TIERS.items()},
    "ruling": {code.value: said for code, said in RULINGS.items()},
    "ineligible": {code.value: said for code, said in INELIGIBLE.items()},
}
SHORT: Final = 8
"""An id that people do not type is shown by its last letters; the first are of the instant, and alike."""


def event_in_words(topic: str, figures: Figures) -> str:
    """What an event is called; one that has no words by its name."""
    return spoken(EVENTS.get(topic, Message(topic, topic)), figures.language)


def detail_in_words(detail: Mapping[str, object], figures: Figures) -> str:
    """What is told of an event, without what says nothing: 'mức: tương đồng, điểm: 71,2 %'."""

    def parts() -> Iterator[str]:
        for name, title in FIELDS.items():
            value = detail.get(name)
            if value is None or value is False or value in ([], "", {}):
                continue
            said = spoken(title, figures.language)
            yield said if value is True else f"{said}: {_value(name, value, figures)}"

    return ", ".join(parts())


def _value(name: str, value: object, figures: Figures) -> str:
    match value:
        case list():
            return "; ".join(_value(name, one, figures) for one in value)
        case {"external_id": external_id, "sender": sender}:
            return f"{external_id} ({sender})"
        case float() if name == "score":
            return f"{figures.number(percent(value, 1))} %"
        case str() if name == "date":
            return figures.date(date.fromisoformat(value))
        case str() if value in CODES.get(name, {}):
            return spoken(CODES[name][value], figures.language)
        case str():
            return f"…{value[-SHORT:]}" if _is_id(value) else value
        case _:
            return str(value)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
