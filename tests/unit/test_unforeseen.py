"""What the fault tests look for in the log of a server: it is there when something failed that nobody provided for."""

from __future__ import annotations

import logging
import sys

from shared.log import JSONLines
from tests.fault.processes import unforeseen


def logged(message: str, *, failed: bool) -> str:
    """A line of a server's log, as the server writes it."""
    problem = None
    if failed:
        try:
            raise ZeroDivisionError("nobody thought of this")
        except ZeroDivisionError:
            problem = sys.exc_info()
    record = logging.LogRecord("here", logging.WARNING, __file__, 1, message, (), problem)
    return JSONLines().format(record)


def test_a_failure_that_a_server_told_is_found_in_its_log() -> None:
    good, bad = logged("Leads from now on", failed=False), logged("Request failed", failed=True)
    assert unforeseen(f"{good}\n{bad}\n{good}\n") == [bad]
    assert unforeseen(f"{good}\n{bad}\n", foreseen={"Request failed"}) == []
    # Why it is not asked for the word that an interpreter writes.
    assert "Traceback" not in bad


def test_what_was_written_past_the_log_is_found_in_it() -> None:
    good = logged("Leads from now on", failed=False)
    assert unforeseen(f"{good}\nFatal Python error: Segmentation fault\n{good}") == [
        "Fatal Python error: Segmentation fault"
    ]
