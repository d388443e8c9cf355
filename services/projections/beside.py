"""A further generation of some views, built beside the live one: what a rebuild switches to and a verification compares."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Connection

from services.projections.database import Checkpoint, Views
from services.projections.facts import PAGE, Page, read_page
from services.projections.view import Snapshot, View
from shared.errors import Conflict
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger
from shared.vocabulary import Position


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Pages of plain values hold no cycles, and scanning them over and over makes a long replay five times slower."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def take(
    views: Views, connection: Connection, view: View, at: Checkpoint, page: Page
) -> Checkpoint:
    """Let a generation take in what lies behind its checkpoint, and move that. Raises Conflict as `advance` does."""
    moved = views.advance(connection, at, page.last)
    facts = (
        page.facts
        if not page.facts or page.facts[0].position > at.position
        else [fact for fact in page.facts if fact.position > at.position]
    )
    if facts:
        view.apply(views.of(connection, view, at), facts)
    return moved


class Beside:
    """Fresh tables of some views; they are dropped at the end, unless readers were switched to them."""

    def __init__(self, views: Views, kinds: Sequence[View], *, page: int = PAGE) -> None:
        self._views = views
        self._kinds = kinds
        self._page = page
        self._at: dict[str, Checkpoint] = {}
        self._replaced: list[Checkpoint] = []

    def __enter__(self) -> Self:
        with self._views.write() as connection:
            self._at = {kind.name: self._views.begin(connection, kind) for kind in self._kinds}
        return self

    def __exit__(self, *_: object) -> None:
        at = {checkpoint[:2] for checkpoint in (*self._at.values(), *self._replaced)}
        self._views.drop([c for c in self._views.unread(self._kinds) if c[:2] in at])

    def fill(
        self,
        ledger: Ledger,
        *,
        to: Position | None = None,
        last: Callable[[Connection], bool] = lambda _: True,
        progress: Progress | None = None,
    ) -> int:
        """Take in the ledger from its beginning; answers how many facts it held.

        When nothing is left to read, `last` is called in the transaction of the last page; False means to read on.
        """
        head = ledger.head()
        count, position, done = 0, 0, False
        with collector_at_rest():
            while not done:
                page = read_page(ledger, position, limit=self._page, to=to)
                with self._views.write() as connection:
                    for kind in self._kinds:
                        at = self._at[kind.name]
                        self._at[kind.name] = take(self._views, connection, kind, at, page)
                    done = page.read < self._page and last(connection)
                count, position = count + page.read, page.last
                if progress is not None:
                    progress(position, head)
        return count

    def switch(self, connection: Connection) -> bool:
        """Let readers see these tables from the commit on, unless the live ones have come further in the meantime.

        Raises Conflict when another version of the software made the live ones.
        """
        live = [
            found
            for kind in self._kinds
            for found in self._views.generations(connection, kind)
            if found.live
        ]
        for found in live:
            at = self._at[found.view]
            if found.version != at.version:
                raise Conflict(
                    f"View {found.view} was begun anew by another version of the software in the meantime. "
                    "Rebuild it with that one.",
                    view=found.view,
                )
            if found.position > at.position:
                return False
        for at in self._at.values():
            self._views.switch(connection, at)
        self._replaced = live
        return True

    @contextmanager
    def reading(self) -> Iterator[tuple[Snapshot, ...]]:
        """The tables as filled so far."""
        with self._views.snapshot() as connection:
            yield tuple(
                Snapshot(connection, self._views.of(connection, kind, at).tables, at.position)
                for kind in self._kinds
                for at in [self._at[kind.name]]
            )
