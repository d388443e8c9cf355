"""The country of the national scenario: its units, programme, targets and cohorts, larger where more ideas are filed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from services.intake.programme import ProgrammeRecord, TargetRecord
from services.intake.unit import UnitRecord
from shared.terms import Phase
from shared.vocabulary import HeadCount, Level, Sector, TargetKind, midnight

PROGRAMME: Final = "1tr"
NATION: Final = "vn"
BEGINS: Final = midnight(date(2022, 1, 8))
TURNS: Final = midnight(date(2022, 10, 1))
ENDS: Final = midnight(date(2023, 9, 1))
APPLIED_FROM: Final = date(2021, 9, 1)
COUNTED: Final = date(2021, 12, 31)

PROVINCES: Final = [
    "An Giang",
    "Bà Rịa - Vũng Tàu",
    "Bạc Liêu",
    "Bắc Giang",
    "Bắc Kạn",
    "Bắc Ninh",
    "Bến Tre",
    "Bình Dương",
    "Bình Định",
    "Bình Phước",
    "Bình Thuận",
    "Cà Mau",
    "Cao Bằng",
    "Cần Thơ",
    "Đà Nẵng",
    "Đắk Lắk",
    "Đắk Nông",
    "Điện Biên",
    "Đồng Nai",
    "Đồng Tháp",
    "Gia Lai",
    "Hà Giang",
    "Hà Nam",
    "Hà Nội",
    "Hà Tĩnh",
    "Hải Dương",
    "Hải Phòng",
    "Hậu Giang",
    "Hòa Bình",
    "Hưng Yên",
    "Khánh Hòa",
    "Kiên Giang",
    "Kon Tum",
    "Lai Châu",
    "Lạng Sơn",
    "Lào Cai",
    "Lâm Đồng",
    "Long An",
    "Nam Định",
    "Nghệ An",
    "Ninh Bình",
    "Ninh Thuận",
    "Phú Thọ",
    "Phú Yên",
    "Quảng Bình",
    "Quảng Nam",
    "Quảng Ngãi",
    "Quảng Ninh",
    "Quảng Trị",
    "Sóc Trăng",
    "Sơn La",
    "Tây Ninh",
    "Thái Bình",
    "Thái Nguyên",
    "Thanh Hóa",
    "Thành phố Hồ Chí Minh",
    "Thừa Thiên Huế",
    "Tiền Giang",
    "Trà Vinh",
    "Tuyên Quang",
    "Vĩnh Long",
    "Vĩnh Phúc",
    "Yên Bái",
]
CENTRAL: Final = [
    "Giáo dục",
    "Y tế",
    "Công Thương",
    "Giao thông vận tải",
    "Xây dựng",
    "Nông nghiệp",
    "Ngân hàng",
    "Viên chức",
    "Thông tin",
    "Dệt may",
    "Điện lực",
    "Dầu khí",
    "Than - Khoáng sản",
    "Cao su",
    "Đường sắt",
    "Hàng hải",
    "Hàng không",
    "Bưu chính",
    "Viễn thông",
]
KINDS: Final = (
    ("Công ty", "enterprise", 0.50),
    ("Trường", "school", 0.28),
    ("Bệnh viện", "hospital", 0.07),
    ("Cơ quan", "office", 0.15),
)
OWN_PHASES: Final = (4, 8, 18, 41, 53)
"""Which provinces have phases of their own: three of them."""
CLUSTERS: Final = 7
IDEAS_OF_A_UNION: Final = 120
"""So many ideas on average come from one grassroots union: 25,000 unions at three million."""
UPPERS: Final = 705
"""As many units stand between the first level and the unions as the country had districts, where it has unions for them."""
UNIONS_OF_AN_UPPER: Final = 2
"""Above so few unions, at least, there is a unit."""
MOST: Final = 60
"""A union's share of the ideas is Pareto-distributed, but never more than so many times the smallest."""


class Union(NamedTuple):
    """A grassroots union: where it stands, which kind it is, and how much of the country's ideas it files."""

    code: str
    upper: str
    first: str
    kind: str
    weight: float


class Country(NamedTuple):
    """What is founded before the first idea, and the grassroots unions that will file."""

    ideas: int
    units: Sequence[UnitRecord]
    programme: ProgrammeRecord
    cohorts: dict[str, tuple[str, ...]]
    unions: Sequence[Union]


def country(ideas: int, seed: int) -> Country:
    """The country for so many ideas."""
    chance = random.Random(f"country {seed}")
    firsts = [
        *((f"p{n:02d}", f"LĐLĐ {name}", "province") for n, name in enumerate(PROVINCES, 1)),
        *((f"n{n:02d}", f"Công đoàn ngành {name}", "central") for n, name in enumerate(CENTRAL, 1)),
    ]
    sizes = [min(chance.paretovariate(1.2), MOST / 4) for _ in firsts]
    unions = max(len(firsts) * 2, ideas // IDEAS_OF_A_UNION)
    records: list[UnitRecord] = []
    filing: list[Union] = []
    members: dict[str, int] = {}
    for (code, name, kind), size in zip(firsts, sizes, strict=True):
        share = size / sum(sizes)
        below = [*_below(code, max(2, round(unions * share)), round(UPPERS * share), chance)]
        filing += below
        heads = {
            union.code: 5 + round(union.weight * 60 * chance.lognormvariate(0, 0.4))
            for union in below
        }
        uppers = dict.fromkeys(union.upper for union in below)
        members[code] = sum(heads.values())
        records.append(_record(code, name, Level.FIRST, NATION, kind, members[code]))
        for n, upper in enumerate(uppers, 1):
            below_upper = sum(heads[union.code] for union in below if union.upper == upper)
            title = f"LĐLĐ huyện số {n}, {name.removeprefix('LĐLĐ ')}"
            if kind == "central":
                title = f"Công đoàn khu vực {n}, {name}"
            records.append(_record(upper, title, Level.UPPER, code, "", below_upper))
        titles = {kind: title for title, kind, _ in KINDS}
        for n, union in enumerate(below, 1):
            records.append(
                _record(
                    union.code,
                    f"CĐCS {titles[union.kind]} số {n}, {name.removeprefix('LĐLĐ ')}",
                    Level.GRASSROOTS,
                    union.upper,
                    union.kind,
                    heads[union.code],
                )
            )
    nation = _record(NATION, "Tổng LĐLĐ", Level.NATION, None, "", sum(members.values()))
    return Country(
        ideas,
        [nation, *records],
        _programme(members, ideas, chance),
        _cohorts([code for code, _, _ in firsts]),
        filing,
    )


def _below(first: str, count: int, uppers: int, chance: random.Random) -> Iterator[Union]:
    shares = [share for _, _, share in KINDS]
    uppers = max(2, min(uppers, count // UNIONS_OF_AN_UPPER))
    for n in range(count):
        upper = f"{first}-{n % uppers + 1:02d}"
        kind = chance.choices(KINDS, shares)[0][1]
        weight = min(chance.paretovariate(1.1), MOST)
        yield Union(f"{upper}-{n // uppers + 1:03d}", upper, first, kind, weight)


def _record(
    code: str, name: str, level: Level, parent: str | None, kind: str, members: int
) -> UnitRecord:
    return UnitRecord(
        code=code,
        name=name,
        level=level,
        parent=parent,
        sector=Sector.NON_STATE if kind == "enterprise" else Sector.STATE,
        kind=kind,
        members=members,
        members_and_workers=members + members // 4,
        counted_on=COUNTED,
    )


def _cohorts(firsts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    provinces = [code for code in firsts if code.startswith("p")]
    found = {f"cum-{n + 1}": tuple(provinces[n::CLUSTERS]) for n in range(CLUSTERS)}
    return found | {"khoi-nganh": tuple(code for code in firsts if code.startswith("n"))}


def _programme(members: dict[str, int], ideas: int, chance: random.Random) -> ProgrammeRecord:
    return ProgrammeRecord.model_validate(
        {
            "code": PROGRAMME,
            "name": "1 triệu sáng kiến (mô phỏng)",
            "from": BEGINS,
            "to": ENDS,
            "applied_from": APPLIED_FROM,
            "applied_to": ENDS.date(),
            "phases": tuple(_phases()),
            "targets": tuple(_targets(members, ideas, chance)),
        }
    )


def _phases() -> Iterator[Phase]:
    def phase(code: str, begins: datetime, ends: datetime, unit: str | None = None) -> Phase:
        return Phase.model_validate({"code": code, "from": begins, "to": ends, "unit": unit})

    yield phase("1", BEGINS, TURNS)
    yield phase("2", TURNS, ENDS)
    for n in OWN_PHASES:
        own = f"p{n + 1:02d}"
        yield phase("1", BEGINS, midnight(date(2022, 7, 1)), own)
        yield phase("2", midnight(date(2022, 7, 1)), midnight(date(2023, 2, 1)), own)
        yield phase("3", midnight(date(2023, 2, 1)), ENDS, own)


def _targets(members: dict[str, int], ideas: int, chance: random.Random) -> Iterator[TargetRecord]:
    """What leadership orients on, what units register, what they are assigned as a share of heads, and what they strive for."""
    total = sum(members.values())
    day = date(2022, 1, 15)
    for phase, share in (("1", 0.40), ("2", 0.50)):
        value = max(1, round(ideas * share))
        yield _target(NATION, phase, TargetKind.ORIENTATION, value, "01/KH-TLĐ", day)
    yield _target(NATION, None, TargetKind.ASSIGNED, max(1, round(ideas * 0.9)), "01/KH-TLĐ", day)
    for n, (unit, heads) in enumerate(members.items(), 1):
        fair = ideas * heads / total
        for phase, share in (("1", 0.4), ("2", 0.5)):
            oriented = max(1, round(fair * share))
            registered = max(1, round(fair * share * chance.uniform(0.8, 1.5)))
            yield _target(unit, phase, TargetKind.ORIENTATION, oriented, f"{n:02d}/HD-TLĐ", day)
            yield _target(unit, phase, TargetKind.REGISTERED, registered, f"{n:02d}/ĐK", day)
        percent = Decimal(round(ideas * 1000 / total * chance.uniform(0.6, 1.2)) + 1) / 10
        yield TargetRecord(
            unit=unit,
            phase=None,
            kind=TargetKind.ASSIGNED,
            percent=min(percent, Decimal(1000)),
            of=HeadCount.MEMBERS if n % 4 else HeadCount.MEMBERS_AND_WORKERS,
            document=f"{n:02d}/QĐ-GCT",
            dated=day,
        )
        if n % 5 == 0:
            striving = max(1, round(fair * 1.25))
            yield _target(unit, None, TargetKind.STRIVING, striving, f"{n:02d}/NQ", day)


def _target(
    unit: str, phase: str | None, kind: TargetKind, value: int, document: str, dated: date
) -> TargetRecord:
    return TargetRecord(
        unit=unit, phase=phase, kind=kind, value=value, document=document, dated=dated
    )
