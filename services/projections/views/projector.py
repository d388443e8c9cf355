"""The follower that keeps all views up to date, and builds them anew beside the live ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.projections.views.beside import Beside, collector_at_rest, fill, is_long, take
from services.projections.views.caseload import CASES
from services.projections.views.checkpoint import Checkpoint
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from services.projections.views.facts import PAGE, Page, page_of, read_page
from services.projections.views.mentions import TIMELINE
from services.projections.views.view import View
from shared.errors import Conflict, NotFound, Unavailable
from shared.ledger.follow import Progress
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import Position

__all__ = ["VIEWS", "Projector", "ViewIsUnknown", "Views"]

STRETCH: Final = 25_000
"""How many facts a rebuild takes in at once: fewer transactions, more memory."""
VIEWS: Final[tuple[View, ...]] = (QUOTA, EVENT_INDEX, CASES, TIMELINE)
"""Every view there is; a further one is added here."""


class ViewIsUnknown(NotFound):
    """No view carries this name."""

    code = "unknown-view"

    def __init__(self, view: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no view {view}. Views: {', '.join(known)}.", view=view)


class ViewIsBehind(Unavailable):
    code = "view-behind"

    def __init__(self, position: Position, reached: Position) -> None:
        super().__init__(
            f"The view has come to position {reached}, not yet to {position}. Ask again in a moment."
        )


class Projector:
    """Hands the ledger's facts to every view, each page and its checkpoints in one transaction."""

    def __init__(self, views: Views, kinds: Sequence[View] = VIEWS) -> None:
        self.name = "projections"
        self.page = PAGE
        self.stretch = STRETCH
        self.views = views
        self.kinds = tuple(kinds)
        self._found = threading.local()
        try:
            views.positions(self.kinds)
        except Unavailable:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Make each view that is not there, or was built by another version of the software, to be caught up next."""
        replaced: list[Checkpoint] = []
        with self.views.write() as connection:
            for kind in self.kinds:
                live = [c for c in self.views.generations(connection, kind) if c.is_live]
                if [c.version for c in live] != [kind.version]:
                    self.views.switch(connection, self.views.begin(connection, kind))
                    replaced += live
        self.views.drop(replaced)

    def position(self) -> Position:
        """The last position that every view holds."""
        found = self.views.positions(self.kinds)
        # Kept for this thread alone: a question from another must not make a page look newer than it was read.
        self._found.checkpoints = found
        return min(c.position for c in found.values())

    def handle(self, page: Sequence[Recorded]) -> None:
        """Give each view what lies behind its own checkpoint. Raises Conflict when another process was faster."""
        if page:
            self._take(page_of(page))

    def _take(self, page: Page) -> None:
        found: Mapping[str, Checkpoint] | None = getattr(self._found, "checkpoints", None)
        self._found.checkpoints = None
        if found is None:
            found = self.views.positions(self.kinds)
        with self.views.write() as connection:
            for kind in self.kinds:
                if found[kind.name].position < page.last:
                    take(self.views, connection, kind, found[kind.name], page)

    def catch_up(
        self,
        ledger: Ledger,
        progress: Progress | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> int:
        """Take in everything up to the head as it is now, decoded as far as it is shown; answers how many facts.

        It is left off between two pages when told so.
        """
        head = ledger.head()
        count = 0
        found = self.views.positions(self.kinds)
        if is_long(head - min(c.position for c in found.values()), self.stretch):
            try:
                return fill(
                    self.views,
                    self.kinds,
                    dict(found),
                    ledger,
                    page=self.stretch,
                    to=head,
                    progress=progress,
                    stopping=stopping,
                )
            except Conflict:
                # Another process takes the same in; page by page each of the two goes on where the other left.
                pass
        with collector_at_rest():
            while (at := self.position()) < head and not stopping():
                page = read_page(ledger, at, limit=self.page, to=head)
                try:
                    self._take(page)
                except Conflict:
                    # Another process took the page in first; where that one came to is where to go on.
                    continue
                count += page.last - at
                if progress is not None:
                    progress(page.last, head)
        return count

    def rebuild(
        self,
        ledger: Ledger,
        view: str | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Build all views (or one) anew beside the live ones and switch; answers how many facts that took in.

        What an interrupted rebuild left is gone on with. Raises ViewIsUnknown, and
        Conflict when another rebuild of the same view goes on at the same time.
        """
        kinds = [kind for kind in self.kinds if view in {None, kind.name}]
        if not kinds:
            raise ViewIsUnknown(str(view), [kind.name for kind in self.kinds])
        with Beside(self.views, kinds, page=self.stretch, resumed=True) as beside:
            return beside.fill(ledger, last=beside.switch, progress=progress)
