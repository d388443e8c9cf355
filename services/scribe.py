"""`python -m services.scribe` is the process that writes for one that serves; only that one starts it."""

from __future__ import annotations

import signal
import sys

from services.wiring import stores
from shared.ledger.scribe import work
from shared.settings import Settings


def main() -> None:
    """Write until whoever serves says nothing more: it decides when to end, also where both are told to."""
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.SIG_IGN)
    work(lambda said: stores(Settings.model_validate(said)), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
