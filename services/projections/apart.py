"""A long rebuild in several processes: each fills the tables of some views, and whoever asked for it switches."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import uuid4

from services.projections.beside import Beside
from services.projections.database import Views
from services.projections.view import View
from shared.ledger.clock import wall_clock
from shared.ledger.follow import Progress
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger

WORTH_IT: Final = 300_000
"""From so many facts on, the second that a process needs to begin is won back."""
LOOK_SECONDS: Final = 0.1


class Addresses(NamedTuple):
    """Where the ledger and the views are, for a process that has to open them itself."""

    ledger: str
    views: str


def fill_apart(
    addresses: Addresses,
    views: Views,
    kinds: Sequence[View],
    *,
    page: int,
    head: int,
    progress: Progress | None,
) -> None:
    """Fill the tables beside the live ones in two processes, up to where the head was, as far as these come.

    What they leave undone is left to a rebuild that goes on with the same tables, and says what was wrong.
    """
    if len(kinds) < 2 or head < WORTH_IT or (os.cpu_count() or 1) < 2:
        return
    with Beside(views, kinds, resumed=True):
        # The tables are there before two processes would make them.
        pass
    # The entries are half of the work.
    parts = ([kind.name for kind in kinds[:1]], [kind.name for kind in kinds[1:]])
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_fill, args=(addresses, part, page, head), daemon=True)
        for part in parts
    ]
    for worker in workers:
        worker.start()
    try:
        while any(worker.is_alive() for worker in workers):
            time.sleep(LOOK_SECONDS)
            if progress is not None:
                reached = [found.position for found in views.unread(kinds)]
                progress(min(reached, default=0), head)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _fill(addresses: Addresses, names: Sequence[str], page: int, head: int) -> None:
    """What each of the processes does."""
    from services.projections.views import VIEWS  # noqa: PLC0415  (which offers this rebuild itself)

    kinds = [kind for kind in VIEWS if kind.name in names]
    ledger = Ledger(open_recorder(addresses.ledger), clock=wall_clock, new_id=uuid4)
    views = Views(addresses.views)
    with Beside(views, kinds, page=page, resumed=True) as beside:
        beside.fill(ledger, to=head)
    views.close()
    ledger.close()
