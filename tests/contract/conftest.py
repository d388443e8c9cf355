"""The ledger, over each engine that it may stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.ledger.store import Ledger
from tests.contract.engines import ENGINES, Engine, Hands


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty place for ledgers; a test may open several on the same record."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create_database(f"ledger_{uuid4().hex}")
    place = Engine(url)
    yield place
    place.close()


@pytest.fixture
def clock() -> Hands:
    """The ledger's clock, which stands still until the test moves it."""
    return Hands()


@pytest.fixture
def ledger(engine: Engine, clock: Hands) -> Ledger:
    """An empty ledger."""
    return engine.open(clock)
