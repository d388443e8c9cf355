"""Where a system keeps its record while faults are made: files in a folder, or databases of a server."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import psycopg

from services.wiring import System
from shared.events.idea import IdeaDeclared
from shared.ledger.model import Recorded
from shared.settings import Settings
from tests.fault.processes import (
    Commands,
    Outcome,
    Running,
    founded,
    key_for,
    served_at,
)
from tests.servers import Postgres


class Home:
    """A system with units and a programme, and the commands that are carried out on it."""

    def __init__(
        self, run: Commands, folder: Path, addresses: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """With `addresses`, by the store's name, no file in the folder is the record."""
        self.run = run
        self.folder = folder
        self._addresses = {f"{store}_url": address for store, address in addresses.items()}
        self.environment = {f"SANGKIEN_{k.upper()}": v for k, v in self._addresses.items()}
        self._order = {"environment": self.environment}
        founded(run, folder, **self._order)

    def __str__(self) -> str:
        return "PostgreSQL" if self._addresses else "SQLite"

    def key(self) -> str:
        """A key of an intake client of the whole nation."""
        return key_for(self.run, self.folder, **self._order)

    def start(self, *arguments: object, **order: object) -> Running:
        """Begin a command."""
        return self.run.start(*arguments, "--data", self.folder, **self._order, **order)  # type: ignore[arg-type]

    def command(self, *arguments: object, **order: object) -> Outcome:
        """Carry a command out to its end."""
        return self.run.end(self.start(*arguments, **order))

    def serve(self, *rooms: str, **order: object) -> tuple[Running, int]:
        """A server, and the port that it answers at."""
        server = self.start("serve", *rooms, "--port", 0, **order)
        return server, served_at(Path(f"{server.into}.stdout"))

    def system(self) -> System:
        """The system opened in this process."""
        return System(Settings.model_validate({"data": self.folder, **self._addresses}))

    def declared(self) -> list[Recorded]:
        """The declarations on record, in the order of the ledger."""
        with self.system() as system:
            return system.ledger.read(0, limit=10**6, topics=[IdeaDeclared.TOPIC])

    def on_record(self) -> list[str]:
        """The sender's own ids of the declarations on record, in the order of the ledger."""
        return [getattr(fact.event, "external_id", "") for fact in self.declared()]

    def is_well(self) -> dict[str, object]:
        """What `verify` says, after the matcher and the views were brought to the head, which must be that all is well."""
        assert self.command("match", "--json").code == 0
        verified = self.command("verify", "--json")
        assert verified.code == 0, verified
        answer = verified.answer()
        assert answer["ok"] is True
        return answer


def on_databases(run: Commands, folder: Path, server: Postgres) -> Home:
    """A system over databases of its own."""
    name = uuid4().hex
    return Home(
        run,
        folder,
        {s: server.create_database(f"{s}_{name}") for s in ("ledger", "views", "vault")},
    )


@contextmanager
def connected(port: int) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server, closed in the end."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        yield connection


def dropped(server: Postgres, databases: Iterable[str]) -> None:
    """Remove databases, of which a long run would come to have too many."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        for name in databases:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
