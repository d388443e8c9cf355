"""How often a fault is made: a few times in each run of the tests, and as often as was promised by `make soak`."""

from __future__ import annotations

import os
from typing import Final

SOAK: Final = bool(os.environ.get("SANGKIEN_SOAK"))


def times(few: int, many: int) -> int:
    """How often, in this run."""
    return many if SOAK else few
