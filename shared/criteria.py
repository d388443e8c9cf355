"""Criteria: what a month's emulation is scored by, how much each is worth, and when it is worth that (D14)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.vocabulary import Value


class Scored(StrEnum):
    """What a criterion looks at; shares are 0-100, of the authors or of the ideas."""

    PERCENT = "percent"
    GROSS = "gross"
    NET = "net"
    NET_PER_1000 = "net-per-1000"
    PEOPLE_PER_1000 = "people-per-1000"
    NON_LEADERS = "non-leaders"
    DIRECT = "direct"
    BENEFIT_RECOGNISED = "benefit-recognised"
    BENEFIT_VERIFIED = "benefit-verified"
    DUPLICATE_RATE = "duplicate-rate"


class Over(StrEnum):
    """Whether a criterion looks at the month's ideas alone, or at all up to its end."""

    MONTH = "month"
    TO_DATE = "to-date"


class Criterion(Value):
    """One criterion: `weight` points for reaching `full_at`, in proportion below it, and up to `cap` times as many above.

    With `deduct` the points are taken away. Amounts of money are in VND.
    """

    scored: Annotated[Scored, Field(strict=False)]
    weight: Annotated[Decimal, Field(gt=0, le=1000, max_digits=12)]
    full_at: Annotated[Decimal, Field(gt=0, le=10**15, max_digits=24)]
    cap: Annotated[Decimal, Field(ge=1, le=100, max_digits=12)] = Decimal(1)
    over: Annotated[Over, Field(strict=False)] = Over.MONTH
    deduct: bool = False
