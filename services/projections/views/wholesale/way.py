"""The long way: stretch after stretch of the ledger for several views, with all that they need of the past in mind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.projections.views.caseload import CASES
from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from services.projections.views.mentions import TIMELINE
from services.projections.views.view import View, Writing
from services.projections.views.wholesale.caseload import WholeCaseload
from services.projections.views.wholesale.entries import WholeEntries
from services.projections.views.wholesale.index import WholeIndex, mentioned
from services.projections.views.wholesale.stretch import Stretch
from services.projections.views.wholesale.words import Words
from shared.ledger.stamp import Joined
from shared.ledger.store import Ledger
from shared.vocabulary import Position

WHOLESALE: Final[Mapping[str, Callable[[Writing, Words], Callable[[Stretch], Any]]]] = {
    QUOTA.name: lambda write, words: WholeEntries(write, words).take,
    EVENT_INDEX.name: lambda write, _: WholeIndex(EVENT_INDEX.recall(write, None)).take,
    TIMELINE.name: lambda _write, _words: mentioned,
    CASES.name: lambda write, _: WholeCaseload(CASES.recall(write, None)).take,
}
"""What takes stretches in, for each view that compiled code fills."""


class Wholesale:
    """What each of some views makes of a stretch; the rest of them see it as facts."""

    def __init__(self, writes: Mapping[str, tuple[View, Writing]]) -> None:
        self._words = Words()
        self._takes = {name: self._take(*found) for name, found in writes.items()}

    def _take(self, kind: View, write: Writing) -> Callable[[Stretch], Any]:
        if kind.name in WHOLESALE:
            return WHOLESALE[kind.name](write, self._words)
        memory = kind.recall(write, None)
        return lambda stretch: kind.fold(
            memory,
            stretch.facts([at for at, topic in enumerate(stretch.topics) if topic in kind.topics]),
        )

    @staticmethod
    def join(
        ledger: Ledger, after: Position, *, limit: int, to: Position | None
    ) -> tuple[Joined, Position]:
        """The events of the next so many positions, or up to the head or `to`, and the last position that they come to."""
        last = min(after + limit, ledger.head() if to is None else to)
        events = ledger.joined(after, limit=limit, to=last)
        return events, events.positions[-1] if events.is_full else last

    def tell(self, events: Joined, last: Position) -> Stretch:
        """The same, each event told; stretches are to be told one after the other."""
        return Stretch(events, last, self._words)

    def change(self, kind: View, stretch: Stretch, after: Position) -> Any:  # noqa: ANN401  (each view's own)
        """What a view makes of what lies behind a position."""
        return self._takes[kind.name](stretch.behind(after))
