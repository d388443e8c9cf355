"""Given what was recorded, when somebody does something, then this is recorded too, or refused.

given(Case, opened).when(lambda case: case.rule(copy, …)).then(MemberRuled, member=copy)
given(Case).when(lambda kind: kind.open(flag, by=keeper)).then(CaseOpened)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Self, TypeVar, overload

from shared.errors import Refusal
from shared.ledger.model import Aggregate, Event, fold

TAggregate = TypeVar("TAggregate", bound=Aggregate)
Said = Event | Sequence[Event] | None
"""What a command may answer: an event, several, or nothing."""


class Outcome(Generic[TAggregate]):
    """What came of a command: events to be told in their order, or a refusal."""

    def __init__(
        self,
        kind: type[TAggregate],
        state: TAggregate | None,
        said: Said,
        refusal: Refusal | None = None,
    ) -> None:
        self.events = [said] if isinstance(said, Event) else list(said or ())
        self._kind = kind
        self._state = state
        self._refusal = refusal
        self._told = 0

    def then(self, kind: type[Event], /, **facts: object) -> Self:
        """The next event is of this kind and says this."""
        self._was_done()
        assert self._told < len(self.events), f"nothing more was recorded, and no {kind.__name__}"
        event = self.events[self._told]
        assert type(event) is kind, f"{type(event).__name__} was recorded, not {kind.__name__}"
        said = {name: getattr(event, name) for name in facts}
        assert said == facts
        self._told += 1
        return self

    def then_nothing_else(self) -> Self:
        """No event is left untold."""
        self._was_done()
        assert [type(event).__name__ for event in self.events[self._told :]] == []
        return self

    def so_that(self, asked: Callable[[TAggregate], object], answer: object) -> Self:
        """Folded with these events, the aggregate answers so."""
        self._was_done()
        assert asked(fold(self._kind, self.events, self._state)) == answer
        return self

    def then_refused(self, kind: type[Refusal], /, *, saying: str = "") -> None:
        """The command was refused, by just this kind, in words that hold these."""
        assert self._refusal is not None, f"this was recorded instead: {self.events}"
        assert type(self._refusal) is kind, f"refused by {type(self._refusal).__name__}"
        assert saying in self._refusal.message

    def _was_done(self) -> None:
        if self._refusal is not None:
            raise self._refusal


class Given(Generic[TAggregate]):
    """An aggregate as the events made it."""

    def __init__(self, kind: type[TAggregate], *events: Event) -> None:
        self._kind = kind
        self._state = fold(kind, events)

    def when(self, command: Callable[[TAggregate], Said]) -> Outcome[TAggregate]:
        """Give the aggregate a command."""
        try:
            return Outcome(self._kind, self._state, command(self._state))
        except Refusal as refusal:
            return Outcome(self._kind, self._state, None, refusal)


class GivenNothing(Generic[TAggregate]):
    """A kind of aggregate of which nothing is on record yet."""

    def __init__(self, kind: type[TAggregate]) -> None:
        self._kind = kind

    def when(self, command: Callable[[type[TAggregate]], Said]) -> Outcome[TAggregate]:
        """Give the kind a command that begins one."""
        try:
            return Outcome(self._kind, None, command(self._kind))
        except Refusal as refusal:
            return Outcome(self._kind, None, None, refusal)


@overload
def given(kind: type[TAggregate], /) -> GivenNothing[TAggregate]: ...
@overload
def given(kind: type[TAggregate], first: Event, /, *rest: Event) -> Given[TAggregate]: ...
def given(
    kind: type[TAggregate], /, *events: Event
) -> Given[TAggregate] | GivenNothing[TAggregate]:
    """What was recorded before."""
    return Given(kind, *events) if events else GivenNothing(kind)
