"""How often a fault is made, and when: a few times in each run of the tests, and as often as was promised by `make soak`."""

from __future__ import annotations

import os
import random
from typing import Final

SOAK: Final = bool(os.environ.get("SANGKIEN_SOAK"))


def times(few: int, many: int) -> int:
    """How often, in this run."""
    return many if SOAK else few


def chances() -> random.Random:
    """Other ones in each run, unless SANGKIEN_SEED repeats them."""
    seed = int(os.environ.get("SANGKIEN_SEED") or random.SystemRandom().randrange(2**32))
    print(f"SANGKIEN_SEED={seed}")
    return random.Random(seed)
