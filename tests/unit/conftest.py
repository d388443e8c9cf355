"""Unit tests talk to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from pytest_socket import disable_socket, enable_socket

from shared.ledger.clock import wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger


@pytest.fixture(autouse=True)
def closed_sockets() -> Iterator[None]:
    """No test here opens a connection; the pair of sockets inside an event loop stays allowed."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in a file, with nothing on record."""
    opened = Ledger(
        open_recorder(f"sqlite:///{tmp_path / 'ledger.db'}"),
        clock=wall_clock,
        new_id=lambda: UUID(int=7),
    )
    yield opened
    opened.close()
