"""Unit tests talk to nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def closed_sockets() -> Iterator[None]:
    """No test here opens a connection; the pair of sockets inside an event loop stays allowed."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
