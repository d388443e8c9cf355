"""A server that may lose what was acknowledged is found by `doctor`, which says what to switch on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.journey.test_command_line import Answer, done
from tests.servers import Postgres

pytestmark = pytest.mark.postgres


@pytest.fixture
def careful(postgres_server: Postgres) -> Iterator[Postgres]:
    """A server that has everything on disk, as it comes from its makers; the tests' own has not."""
    assert not postgres_server.fsync
    with Postgres(fsync=True) as server:
        yield server


def examined(ledger: str, vault: str, home: Path) -> Answer:
    return done(
        "doctor",
        "--json",
        LEDGER_URL=ledger,
        VAULT_URL=vault,
        VIEWS_URL=f"sqlite:///{home / 'views.db'}",
    )


def test_doctor_finds_a_server_that_may_forget_and_says_what_to_do(
    postgres_server: Postgres, postgres_url: str, careful: Postgres, tmp_path: Path
) -> None:
    ledger, vault = careful.create_database("ledger"), careful.create_database("vault")
    found = examined(ledger, vault, tmp_path)
    assert found.json["server_may_forget"] == {"ledger": [], "vault": []}
    assert found.err == ""

    found = examined(ledger, postgres_url, tmp_path)
    assert found.json["server_may_forget"] == {"ledger": [], "vault": ["fsync"]}
    assert "Máy chủ PostgreSQL (vault) đang tắt fsync" in found.words
    assert "Switch it on" in found.words

    with psycopg.connect(careful.url, autocommit=True) as server:
        server.execute("ALTER SYSTEM SET full_page_writes = off")
        server.execute("SELECT pg_reload_conf()")
    found = examined(ledger, f"sqlite:///{tmp_path / 'vault.db'}", tmp_path)
    assert found.json["server_may_forget"] == {"ledger": ["full_page_writes"], "vault": []}
