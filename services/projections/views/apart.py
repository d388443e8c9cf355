"""A long rebuild in several processes: each fills the tables of some views, and whoever asked for it switches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from services.projections.views.beside import COMPILED, Beside
from services.projections.views.database import Views
from services.projections.views.projector import VIEWS, Projector
from services.projections.views.view import View
from shared.ledger.clock import wall_clock
from shared.ledger.follow import Progress
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.vocabulary import Position

WORTH_IT: Final = 300_000
"""From so many facts on, the second that a process needs to begin is won back."""
LOOK_SECONDS: Final = 0.1
BEGIN: Final = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from services.projections.views.apart import main
main()
"""
"""How a process begins, installed or not; it stands where this one does, for addresses may be relative."""


class Addresses(NamedTuple):
    """Where the ledger and the views are, for a process that has to open them itself."""

    ledger: str
    views: str


def rebuild_apart(
    ledger: Ledger,
    projector: Projector,
    addresses: Addresses,
    view: str | None = None,
    progress: Progress | None = None,
) -> int:
    """Rebuild as the projector does, after two processes have filled the tables up to where the head was.

    A short ledger, a single view or a single core is not worth it. What the processes leave undone, the rebuild goes on
    with, and says what was wrong. Answers how many facts were taken in; raises what `Projector.rebuild` does.
    """
    kinds = projector.kinds
    head = ledger.head()
    if view is not None or head < WORTH_IT or (os.cpu_count() or 1) < 2:
        return projector.rebuild(ledger, view, progress)
    begun = _reached(projector)
    with Beside(projector.views, kinds, resumed=True):
        # The tables are there before two processes would make them.
        pass
    names = [[kind.name for kind in part] for part in parts(kinds)]
    _fill(names, [*addresses, projector.stretch, head], lambda: _reached(projector), progress)
    projector.rebuild(ledger, None, progress)
    return ledger.head() - begun


def parts(kinds: Sequence[View]) -> tuple[Sequence[View], Sequence[View]]:
    """The views that each of two processes fills: those that compiled code fills are about half of the work."""
    return (
        [kind for kind in kinds if kind.name in COMPILED],
        [kind for kind in kinds if kind.name not in COMPILED],
    )


def _reached(projector: Projector) -> Position:
    """How far the slower part of what is being built has come."""
    found_beside = projector.views.unread(projector.kinds)
    return min((found.position for found in found_beside if found.is_unread), default=0)


def _fill(
    parts: Sequence[Sequence[str]],
    told: list[object],
    reached: Callable[[], Position],
    progress: Progress | None,
) -> None:
    head = told[-1]
    assert isinstance(head, int)
    workers = []
    for part in parts:
        worker = subprocess.Popen(  # noqa: S603  (a program of ours)
            [sys.executable, "-c", BEGIN, *part],
            stdin=subprocess.PIPE,
        )
        assert worker.stdin is not None
        # Addresses hold passwords, which have no place among a process's arguments.
        worker.stdin.write(json.dumps(told).encode())
        worker.stdin.close()
        workers.append(worker)
    try:
        while any(worker.poll() is None for worker in workers):
            time.sleep(LOOK_SECONDS)
            if progress is not None:
                progress(reached(), head)
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()


def main() -> None:
    """What each of the processes does: fill the tables of the views named, as far as it was told."""
    ledger_address, views_address, page, head = json.load(sys.stdin)
    kinds = [kind for kind in VIEWS if kind.name in sys.argv[1:]]
    ledger = Ledger(open_recorder(ledger_address), clock=wall_clock, new_id=uuid4)
    views = Views(views_address)
    with Beside(views, kinds, page=page, resumed=True) as beside:
        beside.fill(ledger, to=head)
    views.close()
    ledger.close()
