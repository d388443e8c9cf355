"""Processes for tests that kill them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault.processes import Commands, commands, founded


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with commands(tmp_path_factory.mktemp("said")) as found:
        yield found


@pytest.fixture
def home(run: Commands, tmp_path: Path) -> Path:
    """A data directory with units and a programme, and nothing declared yet."""
    return founded(run, tmp_path / "data")
