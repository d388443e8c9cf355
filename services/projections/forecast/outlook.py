"""The outlook of one target: what is expected at its deadline, when it is reached, how likely, and why that is said."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.projections.boards.lead import days_ahead
from services.projections.forecast.pace import (
    HIGH,
    LEAST_COUNTED,
    LEAST_DAYS,
    LOOKED_AT,
    NORMAL,
    Fit,
    band,
    likelihood,
    rushing,
    spread_after,
)
from services.projections.forecast.season import Rates
from services.projections.reckoning.asof import Axis, Moment
from shared.figures import Figures
from shared.messages import Message
from shared.vocabulary import Value, midnight


class Outlook(Value):
    """Where a count stands and is going. `pace` is of an ordinary day now, `needed` of every day that is left.

    `expected`, `low` and `high` are at the deadline; `earliest` and `latest` belong to the range of the day of reaching.
    Days ahead are counted to the beginning of that day, and to the moment itself where that is today, by the rule of
    domain section 3; null where it is not in sight.
    """

    count: int
    remaining: int
    reached_at: datetime | None
    pace: float | None
    needed: float | None
    expected: int | None
    low: int | None
    high: int | None
    probability: float | None
    expected_on: date | None
    earliest: date | None
    latest: date | None
    days_ahead: int | None


class Standing(NamedTuple):
    """A target and the count so far, with when it was reached."""

    target: int
    stands: int
    reached_at: datetime | None


class Ground(NamedTuple):
    """What a forecast rests on: a unit's pace, what is expected by the end of each day to come, and how far off that may be.

    `at` is the moment that it is made at.
    `believed` is how much each way of going on is. `left` is how many days count towards the deadline, today among them; None once it is over.
    """

    at: Moment
    fit: Fit
    pace: float
    believed: Rates
    coming: Rates
    spread: Rates
    left: int | None
    today: int
    deadline: datetime
    counts: Rates
    ends: tuple[int, ...]

    def scaled(self, share: float) -> Ground:
        """The same for a part of what comes."""
        return self._replace(pace=self.pace * share, coming=self.coming * share)

    def why(self, *, enough: bool) -> Message:
        """What the forecast rests on, in a sentence or two."""
        if self.left is None:
            return ENDED
        recorded = int(np.count_nonzero(self.counts))
        if not enough:
            found = (Figures(language=x) for x in ("vi", "en"))
            said = TOO_LITTLE if self.at.axis is Axis.CORRECTED else _joined(TOO_LITTLE, ON_RECORD)
            return _filled(said, *([f.number(recorded), f.number(_lately(self.counts))] for f in found))  # fmt: skip
        ahead = np.arange(self.today, self.today + max(self.left, 1), dtype=np.int64)
        season = float(self.fit.season.of(ahead).mean())
        rush = float(rushing(ahead, self.ends, self.fit.rush).mean())
        learnt = LEARNT if self.fit.phases else ASSUMED
        spread = float(spread_after(self.spread, np.array([30.0]))[0])
        seen = sum(self.fit.season.seen.values())
        said = _joined(PACE, learnt, SPELLS if seen else NO_SPELLS, MIXED, RANGE)

        def facts(figures: Figures) -> list[str]:
            return [
                figures.number(self.pace),
                figures.number(recorded),
                Figures(decimals=2, language=figures.language).number(season),
                Figures(decimals=2, language=figures.language).number(rush),
                figures.number(self.fit.rush),
                figures.number(self.fit.phases),
                figures.number(self.fit.units),
                figures.number(seen),
                figures.number(float(np.exp(NORMAL.inv_cdf(HIGH) * spread))),
                *(
                    Figures(decimals=0, language=figures.language).share(float(x))
                    for x in self.believed
                ),
            ]

        return _filled(said, facts(Figures(language="vi")), facts(Figures(language="en")))


PACE: Final = Message(
    "Nhịp gần đây {0} sáng kiến mỗi ngày thường (từ {1} ngày có kê khai, ngày gần nặng hơn); mùa vụ những ngày còn lại nhân {2}, nước rút cuối giai đoạn nhân {3}.",
    "The recent pace is {0} an ordinary day (from {1} days with declarations, later ones weighing more); the season of the days that are left multiplies it by {2}, the rush before phases end by {3}.",
)  # fmt: skip
LEARNT: Final = Message(
    " Ngày cuối gấp {4} lần, học từ {5} đợt kết thúc giai đoạn ({6} lượt đơn vị) và chương trình năm 2021.",
    " The last day has {4} times as much, learnt from {5} ends of phases ({6} units' phases) and the programme of 2021.",
)
ASSUMED: Final = Message(
    " Ngày cuối gấp {4} lần, theo chương trình năm 2021: trong sổ chưa có giai đoạn nào kết thúc.",
    " The last day has {4} times as much, as in the programme of 2021: on record no phase has ended yet.",
)
SPELLS: Final = Message(
    " Mùa vụ (tuần, Tết, ngày lễ, năm học) được chỉnh theo {7} kỳ đã qua trong sổ.",
    " The season (week, Tết, holidays, school year) was corrected by {7} spells gone by on record.",
)
NO_SPELLS: Final = Message(
    " Mùa vụ (Tết, ngày lễ, năm học) là giả định: trong sổ chưa qua kỳ nào.",
    " The season (Tết, holidays, school year) is assumed: none of its spells has gone by on record.",
)
MIXED: Final = Message(
    " Số dự kiến gộp ba cách đi tiếp, cách trước đây sai ít thì nặng hơn: nhịp gần đây có mùa vụ {9}, nhịp tuần qua có mùa vụ {10}, nhịp tuần qua không mùa vụ {11}.",
    " What is expected mixes three ways of going on, of which those that were less far off weigh more: the recent pace with the season {9}, the pace of the last week with the season {10} and without {11}.",
)  # fmt: skip
RANGE: Final = Message(
    " Khoảng 10–90 % theo độ lệch của các dự báo trước đây (sau 30 ngày: hơn kém {8} lần).",
    " The range of 10 to 90 % follows from how far off earlier forecasts were (after 30 days: {8} times more or less).",
)
TOO_LITTLE: Final = Message(
    f"Chưa đủ để dự báo: mới có {{0}} ngày có kê khai, {{1}} sáng kiến trong {LOOKED_AT} ngày gần đây (cần {LEAST_DAYS} ngày từ ngày đầu, {LEAST_COUNTED} sáng kiến).",
    f"Too little to say anything: {{0}} days with declarations, {{1}} ideas in the last {LOOKED_AT} days (it takes {LEAST_DAYS} days since the first, {LEAST_COUNTED} ideas).",
)  # fmt: skip
ON_RECORD: Final = Message(
    " Nếu sổ được nạp một lần, hãy hỏi với --axis corrected.",
    " If the record was loaded at once, ask with the axis 'corrected'.",
)
ENDED: Final = Message(
    "Đã hết hạn: không còn gì để dự báo.", "The deadline is past: nothing is left to forecast."
)


def too_little(counts: Rates) -> bool:
    """Whether too little is on record to say anything: less than two weeks, or next to nothing lately."""
    begun = np.flatnonzero(counts)
    return len(begun) == 0 or len(counts) - begun[0] < LEAST_DAYS or _lately(counts) < LEAST_COUNTED


def outlook(standing: Standing, ground: Ground, *, enough: bool) -> Outlook:
    """What is to be expected of one count; where the deadline is past, what came of it."""
    target, count, reached_at = standing
    remaining = max(target - count, 0)
    bare = Outlook(
        count=count, remaining=remaining, reached_at=reached_at if not remaining else None, pace=None, needed=None,
        expected=None, low=None, high=None, probability=None, expected_on=None, earliest=None, latest=None,
        days_ahead=days_ahead(ground.deadline, reached_at) if not remaining else None,
    )  # fmt: skip
    if ground.left is None:
        done = 0.0 if remaining else 1.0
        return bare.model_copy(
            update={"expected": count, "low": count, "high": count, "probability": done}
        )
    bare = bare.model_copy(update={"needed": remaining / max(ground.left, 1)})
    if not enough:
        return bare.model_copy(update={"probability": None if remaining else 1.0})
    coming, left = ground.coming, ground.left
    low, high = band(coming, ground.spread)
    found: dict[str, object] = {
        "pace": ground.pace,
        "expected": count + round(float(coming[left - 1])),
        "low": count + int(low[left - 1]),
        "high": count + int(high[left - 1]),
    }
    if not remaining:
        return bare.model_copy(update={**found, "probability": 1.0})
    # The day on which half, or a tenth, or nine tenths of what may come have reached it.
    expected_on, earliest, latest = (
        _first(course >= remaining, ground.today) for course in (coming, high, low)
    )
    return bare.model_copy(
        update={
            **found,
            "probability": likelihood(remaining, coming[:left], ground.spread),
            "expected_on": expected_on,
            "earliest": earliest,
            "latest": latest,
            # What is expected today comes after the moment, not at the midnight before it.
            "days_ahead": days_ahead(ground.deadline, max(midnight(expected_on), ground.at.instant))
            if expected_on is not None
            else None,
        }
    )


def _first(reached: NDArray[np.bool_], today: int) -> date | None:
    day = today + int(np.argmax(reached))
    return date.fromordinal(day) if reached.any() and day <= date.max.toordinal() else None


def _lately(counts: Rates) -> int:
    return int(counts[-LOOKED_AT:].sum())


def _joined(*parts: Message) -> Message:
    return Message("".join(part.vi for part in parts), "".join(part.en for part in parts))


def _filled(said: Message, vi: list[str], en: list[str]) -> Message:
    return Message(said.vi.format(*vi), said.en.format(*en))
