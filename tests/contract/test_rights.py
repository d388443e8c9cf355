"""Whom a ledger's owner lets in may append and read; the server itself refuses everything that would change a fact."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from shared.errors import Invalid, NotFound
from shared.ledger.recorder import open_recorder
from shared.ledger.rights import let_in, may_alter
from tests.contract.engines import Engine, add
from tests.journey.test_command_line import done, refused

pytestmark = pytest.mark.postgres

CHANGES = (
    "UPDATE {} SET originator_version = 7",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "DROP TABLE {}",
    "ALTER TABLE {} ADD COLUMN more text",
)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", ["stored_events", "stored_events_claims"])
def test_nobody_who_was_let_in_changes_what_is_on_record(
    appender_url: str, table: str, change: str
) -> None:
    place = Engine(appender_url)
    ledger = place.open()
    add(ledger, 3)
    before = ledger.read(0)
    with (
        psycopg.connect(appender_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(change.format(table))
    assert ledger.read(0) == before
    add(ledger, 1)
    assert len(ledger.read(0)) == 4
    place.close()


def test_it_is_said_who_could_change_the_record(
    appender_url: str, postgres_url: str, tmp_path: Path
) -> None:
    assert may_alter(postgres_url) is True
    assert may_alter(appender_url) is False
    assert may_alter(f"sqlite:///{tmp_path / 'ledger.db'}") is None


def test_letting_in_again_and_opening_again_change_nothing(
    appender_url: str, postgres_url: str
) -> None:
    let_in(postgres_url, "appender")
    for _ in range(2):
        open_recorder(appender_url).close()


def test_the_command_says_what_to_do_where_it_cannot(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        let_in(f"sqlite:///{tmp_path / 'ledger.db'}", "appender")
    with pytest.raises(NotFound):
        let_in(postgres_url, "nobody-here")
    settings = {
        "LEDGER_URL": postgres_url,
        "VIEWS_URL": f"sqlite:///{tmp_path / 'views.db'}",
        "VAULT_URL": f"sqlite:///{tmp_path / 'vault.db'}",
    }
    assert "CREATE ROLE nobody LOGIN" in refused("grant", "nobody", **settings)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS clerk")
        connection.execute("CREATE ROLE clerk LOGIN")
    assert "clerk" in done("grant", "clerk", **settings).out
    as_clerk = {**settings, "LEDGER_URL": postgres_url.replace("//postgres@", "//clerk@")}
    assert done("doctor", "--json", **as_clerk).json["record_can_be_altered"] is False
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP OWNED BY clerk")
        connection.execute("DROP ROLE clerk")
