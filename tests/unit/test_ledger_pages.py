"""A new ledger has pages that declarations fill; one that is there already keeps its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shared.ledger.recorder import open_recorder
from shared.ledger.sqlite import PAGE_BYTES


def opened(path: Path) -> int:
    """How large the pages are of the ledger that is opened there."""
    open_recorder(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        found: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return found


def test_a_new_ledger_has_large_pages(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    assert opened(path) == PAGE_BYTES
    assert opened(path) == PAGE_BYTES


def test_a_ledger_that_is_there_keeps_its_pages(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size=4096")
        connection.execute("CREATE TABLE before (name TEXT)")
    assert opened(path) == 4096


def test_a_ledger_in_a_directory_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be opened"):
        open_recorder(f"sqlite:///{tmp_path / 'away' / 'ledger.db'}")
    assert not (tmp_path / "away").exists()
