"""A further generation of some views, built beside the live one: what a rebuild switches to and a verification compares."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import Connection

from services.projections.views.checkpoint import Checkpoint
from services.projections.views.database import Views
from services.projections.views.facts import PAGE, Fact, Page, read_page
from services.projections.views.view import Snapshot, View, Writing
from shared.errors import Conflict
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger
from shared.vocabulary import Position

if TYPE_CHECKING:
    from services.projections.views.wholesale.stretch import Stretch
    from services.projections.views.wholesale.way import Wholesale


LONG: Final = 4
"""More stretches than so many are a long way."""
AHEAD: Final = 16
"""So many stretches at most are read ahead, of some forty megabytes each; of long texts it may be a hundred, 1.6 GB in all."""
HELD: Final = 40
"""So many stretches are written at once to tables that nobody reads: what becomes of a case or an idea in a month, once."""


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
    facts = behind(page, at.position)
    if facts:
        write = views.of(connection, view, at)
        view.store(write, [view.fold(view.recall(write, facts), facts)])
    return moved


def behind(page: Page, position: Position) -> Sequence[Fact]:
    """The facts of a page that lie behind a position."""
    if not page.facts or page.facts[0].position > position:
        return page.facts
    return [fact for fact in page.facts if fact.position > position]


def fill(
    views: Views,
    kinds: Sequence[View],
    at: dict[str, Checkpoint],
    ledger: Ledger,
    *,
    page: int,
    to: Position | None = None,
    last: Callable[[Connection], bool] = lambda _: True,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Let generations of some views take in what lies behind their checkpoints, which move along; answers how many facts.

    When nothing is left to read, `last` is called in the transaction of the last page; False means to read on. It is left
    off between two pages when told so. Raises Conflict when another process fills the same tables.
    """
    head = ledger.head()
    topics = frozenset().union(*(kind.topics for kind in kinds))
    count, position, done = 0, min(found.position for found in at.values()), False
    with views.snapshot() as connection:
        for kind in kinds:
            views.must_stand(connection, kind, at[kind.name])
        # Over a long way it pays to have everything in mind; over a short one, what each page concerns.
        writes = {kind.name: (kind, views.of(connection, kind, at[kind.name])) for kind in kinds}
        mind = wholesale(writes) if is_long(head - position, page) else None
    unread = [kind for kind in kinds if not at[kind.name].is_live]
    if unread:
        with views.write() as connection:
            for kind in unread:
                (views.index if mind is None else views.unindex)(connection, kind, at[kind.name])
    stretches: Generator[Any, None, None] = (
        _each(ledger, position, page, to, topics)
        if mind is None
        else ahead(mind, ledger, position, page, to)
    )
    held: dict[str, list[Any]] = {kind.name: [] for kind in kinds}
    most = HELD * page if unread and mind is not None else 0
    stored, left_off = position, stopping()
    with collector_at_rest(), closing(stretches):
        while not done and not left_off:
            stretch = next(stretches)
            if mind is not None:
                for kind in kinds:
                    if at[kind.name].position < stretch.last:
                        held[kind.name].append(mind.change(kind, stretch, at[kind.name].position))
            count, position = count + stretch.last - position, stretch.last
            at_end = position >= (ledger.head() if to is None else to)
            left_off = not at_end and stopping()
            if at_end or left_off or position - stored >= most:
                with views.write() as connection:
                    for kind in kinds:
                        before = at[kind.name]
                        if position <= before.position:
                            continue
                        if mind is not None:
                            at[kind.name] = views.advance(connection, before, position)
                            kind.store(views.of(connection, kind, before), held[kind.name])
                            held[kind.name] = []
                        else:
                            at[kind.name] = take(views, connection, kind, before, stretch)
                    for kind in unread if at_end and mind is not None else ():
                        views.index(connection, kind, at[kind.name])
                    done = at_end and last(connection)
                stored = position
            if progress is not None:
                progress(position, head)
    return count


def _each(
    ledger: Ledger, after: Position, page: int, to: Position | None, topics: frozenset[str]
) -> Generator[Page, None, None]:
    """Page after page."""
    while True:
        read = read_page(ledger, after, limit=page, to=to, topics=topics)
        yield read
        after = read.last


def wholesale(writes: Mapping[str, tuple[View, Writing]]) -> Wholesale:
    """The views with all that they need of the past in mind, filled by compiled code."""
    # The compiler is loaded by nobody who goes a short way.
    from services.projections.views.wholesale.way import Wholesale  # noqa: PLC0415

    return Wholesale(writes)


def ahead(
    mind: Wholesale, ledger: Ledger, after: Position, page: int, to: Position | None
) -> Generator[Stretch, None, None]:
    """Stretch after stretch, the next ones being joined and told while one is taken in or many are written.

    Near a head that may move nothing is read ahead: of what is recorded meanwhile, whoever is about to switch must know.
    """

    def join() -> Future[Stretch]:
        nonlocal after
        events, after = mind.join(ledger, after, limit=page, to=to)
        return telling.submit(mind.tell, events, after)

    with ThreadPoolExecutor(1) as telling, ThreadPoolExecutor(1) as joining:
        coming: deque[Future[Future[Stretch]]] = deque()
        try:
            while True:
                if not coming:
                    coming.append(joining.submit(join))
                stretch = coming.popleft().result().result()
                rest = (ledger.head() - LONG * page if to is None else to) - stretch.last
                while len(coming) < AHEAD and rest > len(coming) * page:
                    coming.append(joining.submit(join))
                yield stretch
        finally:
            joining.shutdown(cancel_futures=True)
            telling.shutdown(cancel_futures=True)


def is_long(facts: int, page: int) -> bool:
    """Whether there is so much to take in that everything had better be in mind."""
    return facts > LONG * page


def _goes_on(found: Checkpoint, kind: View) -> bool:
    return found.is_unread and (found.view, found.version) == (kind.name, kind.version)


class Beside:
    """Tables of some views beside the live ones, until readers are switched to them.

    Where `resumed`, those that an interrupted rebuild left are gone on with, and stay until somebody switches to them;
    else they are new, and are dropped in the end.
    """

    def __init__(
        self, views: Views, kinds: Sequence[View], *, page: int = PAGE, resumed: bool = False
    ) -> None:
        self._views = views
        self._kinds = kinds
        self._page = page
        self._resumed = resumed
        self._at: dict[str, Checkpoint] = {}
        self._replaced: list[Checkpoint] = []

    def __enter__(self) -> Self:
        left = self._views.unread(self._kinds) if self._resumed else []
        begun = {
            kind.name: found for kind in self._kinds for found in left if _goes_on(found, kind)
        }
        self._views.drop([found for found in left if found not in begun.values()])
        with self._views.write() as connection:
            self._at = {
                kind.name: begun.get(kind.name) or self._views.begin(connection, kind)
                for kind in self._kinds
            }
        return self

    def __exit__(self, *_: object) -> None:
        mine = () if self._resumed else self._at.values()
        at = {checkpoint[:2] for checkpoint in (*mine, *self._replaced)}
        self._views.drop([c for c in self._views.unread(self._kinds) if c[:2] in at])

    def fill(
        self,
        ledger: Ledger,
        *,
        to: Position | None = None,
        last: Callable[[Connection], bool] = lambda _: True,
        progress: Progress | None = None,
    ) -> int:
        """Take in what lies behind the checkpoints, as `fill` does for any generations."""
        return fill(
            self._views,
            self._kinds,
            self._at,
            ledger,
            page=self._page,
            to=to,
            last=last,
            progress=progress,
        )

    def switch(self, connection: Connection) -> bool:
        """Let readers see these tables from the commit on, unless the live ones have come further in the meantime.

        Raises Conflict when another version of the software made the live ones.
        """
        live = [
            found
            for kind in self._kinds
            for found in self._views.generations(connection, kind)
            if found.is_live
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
                self._views.seen(connection, kind, self._at[kind.name]) for kind in self._kinds
            )
