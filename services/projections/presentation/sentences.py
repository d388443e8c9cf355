"""What is said about targets that contradict each other: a sentence for each kind of conflict, Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from shared.messages import Language, Message, spoken
from shared.vocabulary import HOME, HeadCount, TargetKind

Fact = int | float | str | date | datetime | tuple[float, ...] | None


class ConflictKind(StrEnum):
    """What contradicts what, in the order in which a report tells it."""

    PERCENTS = "percents-do-not-add-up"
    NUMBERS = "numbers-do-not-add-up"
    CHILDREN = "children-do-not-add-up"
    NUMBER_AGAINST_PERCENTAGE = "number-against-percentage"
    HEADS_CHANGED = "head-count-changed"
    TWO_DOCUMENTS = "two-documents"
    REGISTERED_BELOW = "registered-below-orientation"
    STRIVING_BELOW = "striving-below-assigned"
    PHASE_OUTSIDE = "phase-outside-programme"
    GAP = "phases-leave-a-gap"
    OVERLAP = "phases-overlap"
    CLOSED = "closed-unit-has-target"


KINDS: Final[Mapping[TargetKind, Message]] = {
    TargetKind.ORIENTATION: Message("định hướng", "orientation"),
    TargetKind.REGISTERED: Message("đăng ký", "registered"),
    TargetKind.ASSIGNED: Message("giao", "assigned"),
    TargetKind.STRIVING: Message("phấn đấu", "striving"),
}
HEADS: Final[Mapping[HeadCount, Message]] = {
    HeadCount.MEMBERS: Message("đoàn viên", "members"),
    HeadCount.MEMBERS_AND_WORKERS: Message("đoàn viên và người lao động", "members and workers"),
}
SENTENCES: Final[Mapping[ConflictKind, Message]] = {
    ConflictKind.PERCENTS: Message("{name}: chỉ tiêu {kind} các giai đoạn {parts} cộng lại là {sum} %, nhưng cả chương trình là {whole} % {heads}.", "{name}: the {kind} targets of the phases, {parts}, add up to {sum} %, but that of the whole programme is {whole} % of {heads}."),
    ConflictKind.NUMBERS: Message("{name}: chỉ tiêu {kind} các giai đoạn {parts} cộng lại là {sum}, nhưng cả chương trình là {whole}.", "{name}: the {kind} targets of the phases, {parts}, add up to {sum}, but that of the whole programme is {whole}."),
    ConflictKind.CHILDREN: Message("{name}: chỉ tiêu {kind} là {target}, nhưng các đơn vị trực thuộc được phân bổ {sum}, lệch {remainder}; {without} đơn vị chưa có chỉ tiêu.", "{name}: the {kind} target is {target}, but the units below were given {sum}, a difference of {remainder}; {without} of them have none."),
    ConflictKind.NUMBER_AGAINST_PERCENTAGE: Message("{name}: {document} ghi {value}, bằng {percent} % của {implied} {heads}; {plan} nêu {percent} %, ứng với {counted} {heads} (ngày {counted_on}) là {resolved}.", "{name}: {document} says {value}, which is {percent} % of {implied} {heads}; {plan} says {percent} %, which of {counted} {heads} (counted on {counted_on}) is {resolved}."),
    ConflictKind.HEADS_CHANGED: Message("{name}: {value} được tính từ {percent} % {heads} ngày {counted_on}; số đếm ngày đó nay là {counted}, ứng với {resolved}.", "{name}: {value} was resolved as {percent} % of the {heads} of {counted_on}; that day's count is now {counted}, which makes {resolved}."),
    ConflictKind.TWO_DOCUMENTS: Message("{name}: hai văn bản cùng ngày {dated} giao hai chỉ tiêu {kind} khác nhau: {document} là {value}, {other} là {other_value}; đang dùng số ghi sau.", "{name}: two documents of the same day, {dated}, give different {kind} targets: {document} {value}, {other} {other_value}; the one recorded last is used."),
    ConflictKind.REGISTERED_BELOW: Message("{name}: đăng ký {value}, thấp hơn định hướng {other_value} là {margin}.", "{name}: registered {value}, which is {margin} less than the orientation of {other_value}."),
    ConflictKind.STRIVING_BELOW: Message("{name}: phấn đấu {value}, thấp hơn chỉ tiêu giao {other_value} là {margin}.", "{name}: strives for {value}, which is {margin} less than the {other_value} assigned."),
    ConflictKind.PHASE_OUTSIDE: Message("{name}: giai đoạn {phase} ({begins} – {ends}) vượt ra ngoài thời gian chương trình ({opens} – {closes}).", "{name}: phase {phase} ({begins} to {ends}) goes beyond the programme's window ({opens} to {closes})."),
    ConflictKind.GAP: Message("{name}: từ {begins} đến {ends} không thuộc giai đoạn nào (giữa {phase} và {other}).", "{name}: from {begins} to {ends} there is no phase (between {phase} and {other})."),
    ConflictKind.OVERLAP: Message("{name}: giai đoạn {phase} và {other} chồng nhau từ {begins} đến {ends}.", "{name}: phases {phase} and {other} overlap from {begins} to {ends}."),
    ConflictKind.CLOSED: Message("{name}: đã kết thúc từ {closed} nhưng còn chỉ tiêu {kind} {value}.", "{name}: closed from {closed} on, but still has an {kind} target of {value}."),
}  # fmt: skip


def sentence(kind: ConflictKind, facts: Mapping[str, Fact], language: Language) -> str:
    """The sentence of a conflict, its numbers and days written as people of that language write them."""
    said = spoken(SENTENCES[kind], language)
    return said.format(**{name: _written(fact, language) for name, fact in facts.items()})


def _written(fact: Fact, language: Language) -> str:
    match fact:
        case None:
            return "–"
        case TargetKind():
            return spoken(KINDS[fact], language)
        case HeadCount():
            return spoken(HEADS[fact], language)
        case int() | float():
            # Whole numbers and numbers of people stand without decimals, percentages with those that they have.
            text = f"{fact:,.6f}".rstrip("0").rstrip(".")
            return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text
        case tuple():
            return " + ".join(_written(part, language) for part in fact)
        case datetime():
            at = fact.astimezone(HOME)
            return f"{at:%H:%M %d/%m/%Y}" if language == "vi" else f"{at:%Y-%m-%d %H:%M}"
        case date():
            return f"{fact:%d/%m/%Y}" if language == "vi" else fact.isoformat()
        case str():
            return fact
