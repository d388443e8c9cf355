"""The long way: stretch after stretch of the ledger for several views, with all that they need of the past in mind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from services.projections.views.facts import facts_of
from services.projections.views.mentions import TIMELINE
from services.projections.views.view import View, Writing
from services.projections.views.wholesale.entries import WholeEntries
from services.projections.views.wholesale.index import WholeIndex, mentioned
from services.projections.views.wholesale.stretch import Stretch
from services.projections.views.wholesale.words import Words
from shared.ledger.store import Ledger
from shared.vocabulary import Position


class Wholesale:
    """What each of some views makes of a stretch; the rest of them see it as facts."""

    def __init__(self, writes: Mapping[str, tuple[View, Writing]]) -> None:
        self._words = Words()
        self._takes = {name: self._take(*found) for name, found in writes.items()}

    def _take(self, kind: View, write: Writing) -> Callable[[Stretch], Any]:
        if kind.name == QUOTA.name:
            return WholeEntries(write, self._words).take
        if kind.name == EVENT_INDEX.name:
            return WholeIndex(EVENT_INDEX.recall(write, None)).take
        if kind.name == TIMELINE.name:
            return mentioned
        memory = kind.recall(write, None)
        return lambda stretch: kind.fold(
            memory, facts_of([row for row in stretch.rows if row[3] in kind.topics])
        )

    def read(self, ledger: Ledger, after: Position, *, limit: int, to: Position | None) -> Stretch:
        """The next so many positions, or up to the head or `to`."""
        last = min(after + limit, ledger.head() if to is None else to)
        return Stretch(ledger.rows(after, limit=limit, to=last), last, self._words)

    def change(self, kind: View, stretch: Stretch, after: Position) -> Any:  # noqa: ANN401  (each view's own)
        """What a view makes of what lies behind a position."""
        if len(stretch.positions) and stretch.positions[0] <= after:
            behind = int(np.searchsorted(stretch.positions, after, side="right"))
            stretch = Stretch(stretch.rows[behind:], stretch.last, self._words)
        return self._takes[kind.name](stretch)
