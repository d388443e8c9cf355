"""The nearest moment at which a published figure is true, found without asking for every moment there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from pydantic import JsonValue

from services.projections.claims.figures import Agreement, Figure, height, number
from services.projections.claims.instants import Period
from services.projections.claims.questions import Turn
from services.projections.reckoning.asof import Moment, Record, instant_of
from shared.directory import Directory
from shared.vocabulary import HOME, Position, Value, midnight

Answer = Callable[[Moment], Figure]
Stands = Callable[[Figure], Agreement]


class Found(Value):
    """The nearest moment: where the figure is true, or, where it never is, where the answer comes closest to it."""

    true: bool
    at: datetime
    position: Position
    answered: JsonValue


class History:
    """A ledger's history as one figure looks at it: in which programme, and up to when."""

    def __init__(self, record: Record, directory: Directory, meant: Period | None) -> None:
        self._record = record
        self._directory = directory
        self._meant = meant
        self.programme = self._programme()

    def _programme(self) -> str | None:
        """The programme that runs most of the time the figure is published for, or nearest to it; else the last to end."""
        codes = self._directory.programmes()
        if not codes:
            return None
        windows = {code: self._directory.terms(code).window for code in codes}
        meant = self._meant
        if meant is None:
            return max(codes, key=lambda code: windows[code].to)

        def common(code: str) -> timedelta:
            # Below zero it is how far they lie apart.
            return min(meant.last, windows[code].to) - max(meant.first, windows[code].from_)

        return max(codes, key=common)

    @property
    def asked(self) -> Moment:
        """The moment the figure is asked for: the last instant it is published for, or the head of the ledger."""
        return self.now if self._meant is None else self.on(self._meant.last)

    @property
    def now(self) -> Moment:
        """The head of the ledger."""
        head = self._record.head()
        return Moment(head, instant_of(self._record, head))

    def meant(self, instant: datetime) -> bool:
        """Whether the figure may be meant of that instant."""
        return self._meant is not None and instant in self._meant

    def on(self, instant: datetime) -> Moment:
        """What was known at an instant."""
        return Moment(self._record.position_at(instant), instant)

    def at(self, position: Position) -> Moment:
        """What was known at a position."""
        return Moment(position, instant_of(self._record, position))

    @staticmethod
    def moment(found: Found) -> Moment:
        """A moment that was found, to be asked for."""
        return Moment(found.position, found.at)

    def targets(self) -> Iterator[Moment]:
        """The end of every day on which a target of the programme is dated, or the window opens; nearest to asked first."""
        if self.programme is None:
            return
        known = self._directory.programme(self.programme)
        days = {target.dated for target in known.targets}
        days.add(self._directory.day(known.terms.window.from_))
        ends = [midnight(day) + timedelta(days=1) - timedelta(microseconds=1) for day in days]
        asked = self.asked.instant
        for end in sorted(ends, key=lambda end: abs(end - asked)):
            yield self.on(end)
        # A document may be older than its place in the ledger.
        for end in sorted(ends, key=lambda end: abs(end - asked)):
            yield Moment(self._record.head(), end)


def nearest(
    history: History, turns: Turn, answer: Answer, stands: Stands, rises: Stands
) -> Found | None:
    """The nearest moment at which the figure is true, or comes closest; None where no moment changes the answer.

    `rises` says how the part of the answer stands that only rises, or falls, in the course of a history.
    """
    match turns:
        case Turn.RISES:
            return _crossed(history, answer, stands, rises, reached=Agreement.ABOVE)
        case Turn.FALLS:
            return _crossed(history, answer, stands, rises, reached=Agreement.BELOW)
        case Turn.WITH_TARGETS:
            for at in history.targets():
                answered = answer(at)
                if stands(answered).holds:
                    return _found(at, answered, true=True)
            return None
        case Turn.STAYS:
            return None


def _crossed(
    history: History, answer: Answer, stands: Stands, rises: Stands, *, reached: Agreement
) -> Found:
    """Where an answer that only rises (or falls) first stood at the figure, or, where it never did, nearest to it."""

    def there(answered: Figure) -> bool:
        stood = rises(answered)
        return stood.holds or stood is reached

    at = _first(history, answer, there)
    answered = answer(at)
    if stands(answered).holds:
        return _found(at, answered, true=True)
    # It passed the figure by, or never came to it: the nearest is what stood there, since when it stood.
    last = number(height(answered))

    def come(answered: Figure) -> bool:
        stood = number(height(answered))
        if stood is None or last is None:
            return stood is not None
        return stood >= last if reached is Agreement.ABOVE else stood <= last

    at = _first(history, answer, come)
    return _found(at, answer(at), true=False)


def _first(history: History, answer: Answer, there: Callable[[Figure], bool]) -> Moment:
    """The first position at which an answer is there, or the head, by halving the ledger's positions."""
    low, high = 0, history.now.position
    while low < high:
        middle = (low + high) // 2
        if there(answer(history.at(middle))):
            high = middle
        else:
            low = middle + 1
    return history.at(low)


def _found(at: Moment, answered: Figure, *, true: bool) -> Found:
    return Found(
        true=true,
        at=at.instant.astimezone(HOME),
        position=at.position,
        answered=answered,
    )
