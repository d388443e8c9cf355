"""Figures as people read them: 163.532; 256,5 %; 10 tỷ đồng; 8:00 ngày 20/4/2022; in English as the second language.

Nothing here computes with floats. A float stands for the shortest decimal that names it: the quotient of two counts comes
out right to k decimals as long as the dividend times 10^k is below 10^15, because no such quotient lies nearer to a figure
with k decimals than a float can tell apart.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import isfinite
from typing import Final, NamedTuple

from shared.messages import Language
from shared.vocabulary import HOME

Number = int | float | Fraction | Decimal

NOTHING: Final = "–"
"""What stands where there is no figure."""
MOST_DECIMALS: Final = 12
"""An exact figure is written out to so many decimals; what goes on after them ends in an ellipsis."""
FLOAT_DIGITS: Final = 15
"""So many digits of a float are certain; further ones come from its being binary."""
SCALES: Final = (
    (10**9, "tỷ", "billion"),
    (10**6, "triệu", "million"),
    (10**3, "nghìn", "thousand"),
)
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Rounding(StrEnum):
    """How a figure is shortened. Newspapers do both: 111,7 % became 112 %, and 69,6948 % became 69,6 %."""

    EXACT = "exact"
    ROUND = "round"
    TRUNCATE = "truncate"


def exact(value: Number) -> Fraction:
    """The number that is meant. Raises ValueError for what is no number."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def percentage(share: Number) -> Fraction:
    """A share in percent, exactly: 0.285 is 28.5, which a product of floats is not."""
    return 100 * exact(share)


def shortened(value: Number, rounding: Rounding, decimals: int) -> Fraction:
    """A number with so many decimals: a half goes away from zero, or everything behind is cut off. Exact is left as it is."""
    number = exact(value)
    if rounding is Rounding.EXACT:
        return number
    steps = abs(number) * 10**decimals
    if rounding is Rounding.ROUND:
        steps += Fraction(1, 2)
    return Fraction(steps.__floor__() * (-1 if number < 0 else 1), 10**decimals)


class Figures(NamedTuple):
    """How figures are written: shortened in which way, to how many decimals, in which language."""

    rounding: Rounding = Rounding.ROUND
    decimals: int = 1
    language: Language = "vi"

    def number(self, value: Number | None) -> str:
        """163.532; 256,5. Whole numbers have no decimals; all others have as many as were asked for."""
        if value is None or (isinstance(value, float) and not isfinite(value)):
            return NOTHING
        if isinstance(value, int):
            return self._grouped(abs(value), "", negative=value < 0)
        if self.rounding is Rounding.EXACT:
            return self._in_full(value)
        short = shortened(value, self.rounding, self.decimals)
        return self._written(short, self.decimals)

    def percent(self, value: Number | None) -> str:
        """256,5 % of a number of percents."""
        if value is None:
            return NOTHING
        return self.number(value) + (" %" if self.language == "vi" else "%")

    def share(self, value: Number | None) -> str:
        """28,5 % of a share such as 0.285."""
        return self.percent(None if value is None else percentage(value))

    def money(self, dong: int | None) -> str:
        """10.000.000.000 đ: to the last đồng."""
        if dong is None:
            return NOTHING
        written = self.number(dong)
        return f"{written} đ" if self.language == "vi" else f"VND {written}"

    def money_in_words(self, dong: int | None) -> str:
        """10 tỷ đồng: in the largest of tỷ, triệu and nghìn of which there is one."""
        if dong is None:
            return NOTHING
        written, scale = self.number(dong), ""
        for size, vi, en in reversed(SCALES):
            amount = shortened(Fraction(dong, size), self.rounding, self.decimals)
            # What is rounded up to a thousand of one is one of the next.
            if abs(dong) >= size or abs(amount) >= 1:
                written, scale = self._in_full(amount), vi if self.language == "vi" else en
        if self.language == "vi":
            return " ".join(part for part in (written, scale, "đồng") if part)
        return " ".join(part for part in ("VND", written, scale) if part)

    def date(self, day: date) -> str:
        """20/4/2022; in English 20 April 2022."""
        if self.language == "vi":
            return f"{day.day}/{day.month}/{day.year}"
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    def instant(self, at: datetime, *, seconds: bool = False) -> str:
        """8:00 ngày 20/4/2022, on the programme's own clock."""
        home = at.astimezone(HOME)
        clock = f"{home.hour}:{home:%M:%S}" if seconds else f"{home.hour}:{home:%M}"
        between = " ngày " if self.language == "vi" else " on "
        return f"{clock}{between}{self.date(home.date())}"

    def _written(self, value: Fraction, places: int) -> str:
        """A number that has no more than so many decimals, with all of them."""
        steps = abs(value.numerator) * 10**places // value.denominator
        whole, rest = divmod(steps, 10**places)
        return self._grouped(whole, f"{rest:0{places}}" if places else "", negative=value < 0)

    def _in_full(self, value: Number) -> str:
        """A number with the decimals that it has; an ellipsis says that there are more."""
        number = exact(value)
        places = MOST_DECIMALS
        if isinstance(value, float):
            before = len(str(abs(int(number)))) if abs(number) >= 1 else 0
            places = max(0, FLOAT_DIGITS - before)
        told = shortened(number, Rounding.TRUNCATE, places)
        if told != number:
            sign = "-" if number < 0 and not told else ""
            return f"{sign}{self._written(told, places)}…"
        written = self._written(told, places)
        point = "," if self.language == "vi" else "."
        return written.rstrip("0").rstrip(point) if point in written and places else written

    def _grouped(self, whole: int, decimals: str, *, negative: bool) -> str:
        group, point = (".", ",") if self.language == "vi" else (",", ".")
        digits = f"{whole:,}".replace(",", group)
        return f"{'-' if negative else ''}{digits}{point if decimals else ''}{decimals}"


PLAIN: Final = Figures()
"""One decimal, rounded, in Vietnamese: what tables show unless asked otherwise."""
EXACT: Final = Figures(Rounding.EXACT)
