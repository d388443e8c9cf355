"""Whoever listens hears of each commit, whichever process made it, and again after the server was away."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from shared.ledger.listener import Listener
from tests.contract.engines import Engine, add
from tests.journey.town import eventually

pytestmark = pytest.mark.postgres


class Ear:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.heard = 0
        self.news = threading.Event()

    def __call__(self) -> None:
        self.heard += 1
        self.news.set()


@pytest.fixture
def ear(appender_url: str) -> Iterator[Ear]:
    """One that listens already."""
    found = Ear()
    listener = Listener(appender_url, found)
    listener.start()
    assert found.news.wait(30)
    found.news.clear()
    yield found
    listener.stop()


def test_a_commit_of_somebody_else_is_heard(ear: Ear, appender_url: str) -> None:
    place = Engine(appender_url)
    ledger = place.open()
    for _ in range(3):
        add(ledger, 2)
        assert ear.news.wait(30)
        ear.news.clear()
    place.close()


def test_a_listener_that_lost_its_connection_listens_again(
    ear: Ear, appender_url: str, postgres_url: str
) -> None:
    heard = ear.heard
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
        )
    # It looks once as soon as it listens: something may have been committed meanwhile.
    eventually(lambda: ear.heard > heard)
    heard = ear.heard
    place = Engine(appender_url)
    add(place.open(), 1)
    eventually(lambda: ear.heard > heard)
    place.close()
