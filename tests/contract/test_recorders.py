"""The library's own contract, held against both recorders of the ledger.

Its suite for aggregate recorders does not apply: that one wants no positions back, and a ledger is about positions.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eventsourcing.tests.persistence import (  # needs pycryptodome, of which the ledger makes no use
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)

from shared.ledger.recorder import LedgerRecorder, open_recorder


class Recorders:
    """Recorders on an empty place of the test's own, closed when it ends."""

    url: str
    opened: list[LedgerRecorder]

    @pytest.fixture(autouse=True)
    def _closed(self, place: str) -> Iterator[None]:
        self.url, self.opened = place, []
        yield
        for recorder in self.opened:
            recorder.close()

    def create_recorder(self) -> LedgerRecorder:
        self.opened.append(open_recorder(self.url))
        return self.opened[-1]


class OnSQLite(Recorders):
    @pytest.fixture
    def place(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.mark.postgres
class OnPostgres(Recorders):
    @pytest.fixture
    def place(self, postgres_url: str) -> str:
        return postgres_url


class TestSQLiteRecordsAnApplication(OnSQLite, ApplicationRecorderTestCase):
    pass


class TestSQLiteTracksItsFollowers(OnSQLite, TrackingRecorderTestCase):
    pass


class TestSQLiteRecordsAProcess(OnSQLite, ProcessRecorderTestCase):
    pass


class TestSQLiteDoesNotInterleave(OnSQLite, NonInterleavingNotificationIDsBaseCase):
    pass


class TestPostgresRecordsAnApplication(OnPostgres, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPostgresTracksItsFollowers(OnPostgres, TrackingRecorderTestCase):
    pass


class TestPostgresRecordsAProcess(OnPostgres, ProcessRecorderTestCase):
    pass


class TestPostgresDoesNotInterleave(OnPostgres, NonInterleavingNotificationIDsBaseCase):
    pass
