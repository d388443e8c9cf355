"""`python -m services.scribe` is the process that writes for one that serves; only that one starts it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from services.wiring import stores
from shared import log
from shared.ledger.scribe import work
from shared.ledger.store import Ledger
from shared.settings import Settings
from shared.vault import Vault


def opened(said: object) -> tuple[Ledger, Vault]:
    """The stores of whoever serves. Raises OSError, Unavailable."""
    settings = Settings.model_validate(said)
    log.start(settings.log_level)
    return stores(settings)


def main() -> None:
    """Write until whoever serves says nothing more."""
    # Where nobody listens any more, what was written stands all the same.
    with suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as answers:
        # What a library prints is no answer.
        os.dup2(2, 1)
        work(opened, sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
