"""Of several processes one leads; the next takes over when it resigns, loses its connection or is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from shared.ledger.leadership import Leadership, leadership
from tests.contract.engines import Engine
from tests.journey.town import eventually

CHECKOUT = Path(__file__).parents[2]
Lead = Callable[[str], Leadership]

LEADER = """
import sys, time
from shared.ledger.leadership import leadership
leads = leadership(sys.argv[1], "relay")
print(leads.held(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def lead(engine: Engine) -> Iterator[Lead]:
    """Makes one more that would lead in a task."""
    with ExitStack() as made:

        def another(task: str) -> Leadership:
            one = leadership(engine.url, task)
            made.callback(one.resign)
            return one

        yield another


def test_one_leads_until_it_resigns(lead: Lead) -> None:
    first, second = lead("relay"), lead("relay")
    assert [first.held(), second.held(), first.held()] == [True, False, True]
    first.resign()
    assert [second.held(), first.held()] == [True, False]


def test_who_leads_in_one_task_may_follow_in_another(lead: Lead) -> None:
    assert lead("relay").held()
    assert lead("other").held()


def test_who_is_killed_leads_no_longer(engine: Engine, lead: Lead) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEADER, engine.url], cwd=CHECKOUT, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        successor = lead("relay")
        assert not successor.held()
        other.kill()
    assert eventually(successor.held, seconds=20)


@pytest.mark.postgres
def test_who_loses_the_connection_knows_that_another_may_lead(postgres_url: str) -> None:
    first, second = leadership(postgres_url, "relay"), leadership(postgres_url, "relay")
    assert first.held()
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert eventually(second.held, seconds=20)
    assert not first.held()
    second.resign()
    assert eventually(first.held, seconds=20)
    first.resign()
