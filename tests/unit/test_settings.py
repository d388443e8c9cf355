"""Where things are: what is wrong with it is said at start, without repeating a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "LEDGER_URL", "VIEWS_URL", "VAULT_URL"):
        monkeypatch.delenv(f"SANGKIEN_{name}", raising=False)


def test_an_embedded_home_holds_all_three_stores(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert settings.address("ledger") == f"sqlite:///{tmp_path}/ledger.db"
    assert settings.address("vault") == f"sqlite:///{tmp_path}/vault.db"


def test_without_a_home_every_address_is_asked_for() -> None:
    with pytest.raises(ValidationError, match="no home: give --data DIR"):
        Settings()


@pytest.mark.parametrize(
    "address",
    [
        "localhost:5432",
        "postgresql://u:secret@",
        "postgresql://u:secret@host",
        "postgresql://u:secret@host/db?sslmode=require",
        "mysql://u:secret@host/db",
        "sqlite://",
        "sqlite:///",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGKIEN_LEDGER_URL", address)
    with pytest.raises(ValidationError, match="ledger_url") as refused:
        Settings(data=tmp_path)
    assert "write sqlite:///path or postgresql://" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_vault_never_shares_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGKIEN_VAULT_URL", f"sqlite:///{tmp_path}/ledger.db")
    with pytest.raises(ValidationError, match="a database of its own"):
        Settings(data=tmp_path)
