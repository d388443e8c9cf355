"""Processes for tests that kill them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault.homes import Home, on_databases
from tests.fault.processes import Commands, commands, founded
from tests.fault.size import chances


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with commands(tmp_path_factory.mktemp("said")) as found:
        yield found


@pytest.fixture
def home(run: Commands, tmp_path: Path) -> Path:
    """A data directory with units and a programme, and nothing declared yet."""
    return founded(run, tmp_path / "data")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either_home(request: pytest.FixtureRequest, run: Commands, tmp_path: Path) -> Home:
    """The same, kept in files and kept in databases of a server."""
    if request.param == "sqlite":
        return Home(run, tmp_path / "data")
    return on_databases(run, tmp_path / "data", request.getfixturevalue("postgres_server"))


@pytest.fixture
def chance() -> random.Random:
    return chances()
