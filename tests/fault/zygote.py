"""Loads the command line once and forks a process for each command, so that a start costs milliseconds, not a second.

A line of JSON on standard input is an order, answered with the process's id; or it is such an id, answered with the exit
code of that process when it has ended.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import services.dedup.detect
import services.dedup.keeper
import services.intake.api
import services.intake.bulk
import services.intake.sheet
import services.projections.views.projector
import services.projections.views.verify
import services.serving
import services.wiring
from services.cli import main
from shared.ledger.clock import Clock, wall_clock


def serve_orders() -> None:
    """Carry out one order after the other, until there are no more."""
    for line in sys.stdin:
        order = json.loads(line)
        if isinstance(order, int):
            _, status = os.waitpid(order, 0)
            say(os.waitstatus_to_exitcode(status))
        elif process := os.fork():
            say(process)
        else:
            carry_out(order)


def carry_out(order: dict[str, Any]) -> NoReturn:
    """Become the command, in a process of its own."""
    for stream, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(f"{order['into']}.{name}", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(file, stream)
    if order["largest_file"] is not None:
        # Only the soft limit, which the tests can raise again.
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], hard))
    services.intake.bulk.BATCH = order["batch"]  # type: ignore[misc]
    os.environ.update(order["environment"])
    if order["clock"] is not None:
        services.wiring.wall_clock = wrong_by(Path(order["clock"]))  # type: ignore[attr-defined]
    sys.argv = ["sangkien", *order["arguments"]]
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def wrong_by(file: Path) -> Clock:
    """The machine's clock, wrong by as many seconds as stand in a file, which may be others from one look to the next."""

    def clock() -> datetime:
        return wall_clock() + timedelta(seconds=float(file.read_text()))

    return clock


def say(number: int) -> None:
    """Answer."""
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve_orders()
