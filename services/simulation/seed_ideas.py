"""What is declared in the history of the published figures: short texts, authors of four kinds, benefits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from itertools import pairwise
from random import Random
from typing import Final

from services.simulation.anchors import GOLDEN, Stretch
from services.simulation.grounds import Ground
from shared.declaration import Author, Declaration, Recognition
from shared.vocabulary import HOME, RecognitionForm, WorkerKind

DOINGS: Final = (
    "Cải tiến", "Rút ngắn", "Lắp thêm", "Chế tạo", "Sắp xếp lại", "Tận dụng", "Thay thế", "Số hóa", "Tự động hóa",
    "Kiểm soát", "Chuẩn hóa", "Tiết kiệm", "Phân loại", "Theo dõi", "Bảo dưỡng",
)  # fmt: skip
THINGS: Final = (
    "đồ gá hàn khung", "thời gian chờ hồ sơ", "bộ đếm sản phẩm", "giá phơi nguyên liệu", "kho dụng cụ", "nhiệt thải lò sấy",
    "vòng bi băng tải", "sổ trực ca", "khâu đóng gói", "hao hụt nước làm mát", "mẫu biểu báo cáo", "điện chiếu sáng",
    "rác thải tại nguồn", "lịch tiêm phòng", "máy bơm cấp một", "giờ thực hành", "lối đi an toàn", "khuôn ép nhựa", "vườn rau bếp ăn",
)  # fmt: skip
WAYS: Final = (
    "dùng vật liệu có sẵn, tổ viên tự lắp trong ngày nghỉ", "chia việc theo nhóm nhỏ, mỗi nhóm một bảng kiểm",
    "đo trước và sau một tháng, ghi vào bảng treo tại chỗ", "đổi thứ tự công đoạn, bỏ một lần vận chuyển",
    "gắn cảm biến và còi báo, người trực không phải đi vòng", "lập bảng tính chung, nhập một lần dùng cho mọi báo cáo",
    "làm khuôn dẫn, người mới học việc trong một buổi", "thu hồi phần thừa, dùng lại cho ca sau",
)  # fmt: skip
FAMILY: Final = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
MIDDLE: Final = ("Văn", "Thị", "Đức", "Minh", "Thu", "Quang", "Ngọc", "Hữu")
GIVEN: Final = (
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hùng",
    "Lan",
    "Mai",
    "Nam",
    "Phúc",
    "Quỳnh",
    "Sơn",
    "Thảo",
    "Tuấn",
    "Yến",
)

PEOPLE: Final = 19
"""How many authors of each kind a grassroots union has; they hand in one after the other."""
LEADS: Final = 9
"""One author in so many holds a leading post."""
UNRECOGNISED: Final = 29
"""One idea in so many has no decision yet, and does not count as valid."""
MEAN_BENEFIT: Final = 20_500_000
BENEFIT_OF: Final[Mapping[str, int]] = {"p38": 951_000, "p06": 6_750_000}
"""VND an idea, on the average, in Thanh Hóa and in Bắc Kạn, whose totals are published."""
SPREAD: Final = (0.4, 0.7, 0.9, 1.1, 1.9)


class Sort(IntEnum):
    """Whose idea it is, as the nation's count of 31 May 2022 divides them."""

    OFFICER = 0
    ENTERPRISE = 1
    CADRE = 2
    OTHER = 3


FIRST_PHASE_ENDS: Final = datetime(2022, 6, 1, tzinfo=HOME)
FIRST_PHASE: Final = (380_656, 168_921, 110_976, 36_395)
AFTERWARDS: Final = (41, 39, 14, 6)
"""Percent; enterprises had come to about 39 by October 2022."""

WORKERS: Final[Mapping[Sort, WorkerKind]] = {
    Sort.OFFICER: WorkerKind.OFFICER,
    Sort.ENTERPRISE: WorkerKind.DIRECT,
    Sort.CADRE: WorkerKind.UNION_CADRE,
    Sort.OTHER: WorkerKind.DIRECT,
}


def sorts(stretches: Sequence[Stretch], chance: Random) -> Iterator[Iterator[Sort]]:
    """For each stretch, whose idea each one is: mixed by chance, and exact in sum at the end of the first phase."""
    whole = sum(s.total for s in stretches if s.ends <= FIRST_PHASE_ENDS)
    done = 0
    for stretch in stretches:
        first = stretch.ends <= FIRST_PHASE_ENDS
        parts, of = (FIRST_PHASE, whole) if first else (AFTERWARDS, 100)
        bounds = [sum(parts[:at]) for at in range(len(parts) + 1)]

        def until(count: int, bounds: Sequence[int] = bounds, of: int = of) -> list[int]:
            marks = [bound * count // of for bound in bounds]
            return [b - a for a, b in pairwise(marks)]

        before, after = until(done), until(done + stretch.total)
        mixed = [sort for sort, a, b in zip(Sort, before, after, strict=True) for _ in range(b - a)]
        chance.shuffle(mixed)
        done += stretch.total
        if stretch.ends == FIRST_PHASE_ENDS:
            done = 0
        yield iter(mixed)


class Declarer:
    """Writes one declaration after the other; the same in every run with the same seed."""

    def __init__(self, programme: str, grounds: Mapping[str, Ground]) -> None:
        unknown = Author(person="?", name="?", share_percent=Decimal(100))
        self._blank = Declaration(
            external_id="?",
            programme=programme,
            unit="?",
            title="?",
            solution="?",
            filed_at=FIRST_PHASE_ENDS,
            authors=(unknown,),
        )
        self._grounds = grounds
        self._debts = dict.fromkeys(Sort, 0)
        self._turns: dict[tuple[str, bool], int] = {}
        self._authors: dict[tuple[str, Sort, int], tuple[Author, ...]] = {}
        self._persons: dict[tuple[str, Sort], int] = {}
        self._days: dict[date, tuple[date, Recognition]] = {}

    def declare(self, number: int, line: str, sort: Sort, filed_at: datetime) -> Declaration:
        """The number-th idea of the programme, for one line of the table of counts."""
        sort = self._fitting(self._grounds[line], sort)
        unit = self._union(line, non_state=sort is Sort.ENTERPRISE)
        applied_on, recognition = self._day(filed_at)
        doing = DOINGS[number % len(DOINGS)]
        thing = THINGS[number * 7 % len(THINGS)]
        # Everything is of its type already; a copy of one declaration is made in a third of the time of a new one.
        return self._blank.model_copy(
            update={
                "external_id": f"SK-{number:07}",
                "unit": unit,
                "title": f"{doing} {thing}, phiếu {number}",
                "solution": f"{doing} {thing} theo phiếu {number}: {WAYS[number * 3 % len(WAYS)]}.",
                "benefit_vnd": self._benefit(number, line),
                "filed_at": filed_at.astimezone(UTC),
                "first_applied_on": applied_on,
                "recognition": recognition if number % UNRECOGNISED else None,
                "authors": self._author(unit, sort),
            }
        )

    def _fitting(self, ground: Ground, sort: Sort) -> Sort:
        """Whose idea it is; where the line has no union of that sector, in exchange with a later idea of another line."""
        debts = self._debts
        if not (ground.non_state if sort is Sort.ENTERPRISE else ground.state):
            instead = Sort.OFFICER if sort is Sort.ENTERPRISE else Sort.ENTERPRISE
            debts[sort] += 1
            debts[instead] -= 1
            return instead
        if debts[sort] < 0 and ground.state and ground.non_state:
            owed = next(other for other, debt in debts.items() if debt > 0)
            debts[sort] += 1
            debts[owed] -= 1
            return owed
        return sort

    def _union(self, line: str, *, non_state: bool) -> str:
        """One of the line's unions of that sector; the first ones are the busier."""
        ground = self._grounds[line]
        unions = ground.non_state if non_state else ground.state
        turn = self._turns[line, non_state] = self._turns.get((line, non_state), 0) + 1
        return unions[int(len(unions) * (turn * GOLDEN % 1) ** 1.4)]

    def _author(self, unit: str, sort: Sort) -> tuple[Author, ...]:
        """The next of the union's authors of that kind."""
        turn = self._persons[unit, sort] = self._persons.get((unit, sort), -1) + 1
        person = turn % PEOPLE
        known = self._authors.get((unit, sort, person))
        if known is None:
            n = person + len(self._authors)
            name = f"{FAMILY[n % len(FAMILY)]} {MIDDLE[n % len(MIDDLE)]} {GIVEN[n % len(GIVEN)]}"
            author = Author(
                person=f"{unit}/{sort.value}{person:02}",
                name=name,
                share_percent=Decimal(100),
                holds_post=person % LEADS == 0,
                worker_kind=WORKERS[sort],
            )
            known = self._authors[unit, sort, person] = (author,)
        return known

    def _day(self, filed_at: datetime) -> tuple[date, Recognition]:
        day = filed_at.date()
        known = self._days.get(day)
        if known is None:
            decided = Recognition(
                form=RecognitionForm.RECOGNITION_DECISION,
                number=f"{day.timetuple().tm_yday}/QĐ",
                date=day - timedelta(days=5),
            )
            known = self._days[day] = (day - timedelta(days=60), decided)
        return known

    @staticmethod
    def _benefit(number: int, line: str) -> int:
        mean = BENEFIT_OF.get(line[:3], MEAN_BENEFIT)
        return int(mean * SPREAD[number % len(SPREAD)])
