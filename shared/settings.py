"""The only reader of the environment; what is wrong with it is said at start, not at noon."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BROKERS: Final = re.compile(r"[\w.-]+:\d{1,5}(,[\w.-]+:\d{1,5})*")
ADDRESS: Final = re.compile(r"sqlite:///.+|postgres(ql)?(\+psycopg)?://[^/?#]+/[^/?#]+")


class Settings(BaseSettings):
    """Where things are. `SANGKIEN_DATA` (or `--data`) is the embedded home; addresses override it one by one."""

    model_config = SettingsConfigDict(
        env_prefix="SANGKIEN_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    data: Path | None = None
    """The embedded home: a directory with ledger.db, vault.db, views.db, models/ and matcher/."""
    ledger_url: SecretStr | None = None
    """The ledger's address: sqlite:///path or postgresql://user:password@host/database."""
    views_url: SecretStr | None = None
    """The read side's address, as SQLAlchemy takes it."""
    vault_url: SecretStr | None = None
    """The address of the personal keys: never the ledger's own database."""
    kafka: str | None = None
    """The brokers that carry the ledger to other rooms, as host:port, several with commas; without, rooms ask the ledger."""
    kafka_prefix: str = Field(default="sangkien", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    """What this system's topics begin with, where brokers are shared."""
    models: Path | None = None
    """The directory that holds fitted models, each named by its sha256."""
    host: str = "127.0.0.1"
    """Where `serve` listens."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port of `serve`; 0 lets the system choose."""
    language: Literal["vi", "en"] = "vi"
    """The first language of messages to people."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe log line that is written."""
    requests_per_second: float = Field(default=0, ge=0)
    """The most requests a second one key may make, 0 for no limit."""

    @field_validator("ledger_url", "views_url", "vault_url")
    @classmethod
    def _is_an_address(cls, given: SecretStr | None) -> SecretStr | None:
        # The address itself is not repeated: it may hold a password.
        if given is not None and ADDRESS.fullmatch(given.get_secret_value()) is None:
            raise ValueError(
                "no address of a store: write sqlite:///path or postgresql://user:password@host:port/database, "
                "without options"
            )
        return given

    @field_validator("kafka")
    @classmethod
    def _are_brokers(cls, given: str | None) -> str | None:
        if given is not None and BROKERS.fullmatch(given) is None:
            raise ValueError("no brokers: write host:port, several with commas, without spaces")
        return given

    @model_validator(mode="after")
    def _has_a_home(self) -> Self:
        if self.data is None and (
            self.ledger_url is None or self.views_url is None or self.vault_url is None
        ):
            raise ValueError(
                "no home: give --data DIR, or set SANGKIEN_LEDGER_URL, SANGKIEN_VIEWS_URL and SANGKIEN_VAULT_URL"
            )
        if self.address("vault") in {self.address("ledger"), self.address("views")}:
            raise ValueError(
                "the vault needs a database of its own: personal keys in the ledger's or the views' would be in their "
                "backups, and an erased person would come back with these"
            )
        return self

    def address(self, which: Literal["ledger", "views", "vault"]) -> str:
        """The address of one store."""
        given: SecretStr | None = getattr(self, f"{which}_url")
        if given is not None:
            return given.get_secret_value()
        return f"sqlite:///{self.home / f'{which}.db'}"

    @property
    def home(self) -> Path:
        """The embedded home."""
        if self.data is None:
            raise ValueError("no embedded home: give --data DIR")
        return self.data.absolute()

    @property
    def snapshots_home(self) -> Path | None:
        """Where the matcher keeps its memory: in the embedded home; without one, nowhere."""
        return self.home / "matcher" if self.data is not None else None

    @property
    def models_home(self) -> Path:
        """Where models are kept: beside the ledger unless told otherwise."""
        return self.models or (self.data or Path.cwd()).absolute() / "models"
