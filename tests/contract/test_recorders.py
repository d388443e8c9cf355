"""The library's own contract tests, run against the two recorders that hold the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest
from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)

from shared.ledger.recorder import LedgerRecorder, open_recorder
from tests.servers import Postgres


class SQLite:
    """Each test has a file of its own."""

    recorders: list[LedgerRecorder]

    @pytest.fixture(autouse=True)
    def _home(self, tmp_path: Path) -> Iterator[None]:
        self.home = tmp_path
        self.recorders = []
        yield
        for recorder in self.recorders:
            recorder.close()

    def create_recorder(self) -> LedgerRecorder:
        recorder = open_recorder(f"sqlite:///{self.home / 'ledger.db'}")
        self.recorders.append(recorder)
        return recorder


@pytest.mark.postgres
class OnPostgres:
    """Each test has a database of its own."""

    recorders: list[LedgerRecorder]

    @pytest.fixture(autouse=True)
    def _home(self, postgres_server: Postgres) -> Iterator[None]:
        self.home = postgres_server.create_database(f"recorder_{uuid4().hex}")
        self.recorders = []
        yield
        for recorder in self.recorders:
            recorder.close()

    def create_recorder(self) -> LedgerRecorder:
        recorder = open_recorder(self.home)
        self.recorders.append(recorder)
        return recorder


class TestSQLiteApplication(SQLite, ApplicationRecorderTestCase):
    pass


class TestSQLiteTracking(SQLite, TrackingRecorderTestCase):
    pass


class TestSQLiteProcess(SQLite, ProcessRecorderTestCase):
    pass


class TestSQLiteInter(SQLite, NonInterleavingNotificationIDsBaseCase):
    pass


class TestPGApplication(OnPostgres, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPGTracking(OnPostgres, TrackingRecorderTestCase):
    pass


class TestPGProcess(OnPostgres, ProcessRecorderTestCase):
    pass


class TestPGInter(OnPostgres, NonInterleavingNotificationIDsBaseCase):
    pass
