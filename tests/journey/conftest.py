"""Each story has a system of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.town import Town
from tests.journey.town import town as a_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A whole embedded system, its followers running, before anybody has declared anything."""
    with a_town(tmp_path) as system:
        yield system
