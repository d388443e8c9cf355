"""The grown system: each room a process of its own over PostgreSQL and Kafka, started as an operator would start it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg

from services.serving import ROOMS
from services.wiring import System
from shared.ledger.rights import let_in
from shared.settings import Settings
from tests.fault.processes import ROOT, served_at
from tests.servers import Kafka, Postgres

IN_ORDER: Final = tuple(reversed(ROOMS))
"""The rooms, the relay first, which makes the topics."""
STOP_SECONDS: Final = 60


class Process:
    """A room at work."""

    def __init__(
        self, rooms: Sequence[str], environment: Mapping[str, str], into: Path, port: int = 0
    ) -> None:
        self.rooms = rooms
        self.logged = into / f"{'-'.join(rooms)}-{uuid4().hex}"
        said = self.logged.with_suffix(".said")
        with said.open("wb") as stdout, self.logged.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "serve", *rooms, "--port", str(port)],
                cwd=ROOT,
                env=dict(environment),
                stdout=stdout,
                stderr=stderr,
            )
        self.port = served_at(said)

    def get(self, path: str, secret: str | None = None) -> Any:
        """What the room answers to a question, as JSON, or as text where it is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
            connection.request("GET", path, headers=headers)
            body = connection.getresponse().read().decode()
        finally:
            connection.close()
        return json.loads(body) if body.startswith(("{", "[")) else body

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it so; answers how it ended."""
        self.process.send_signal(how)
        return self.process.wait(STOP_SECONDS)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(STOP_SECONDS)


class Grown:
    """Databases and topics of one system, and the processes over them."""

    def __init__(self, postgres: Postgres, kafka: Kafka, home: Path) -> None:
        self.home = home
        name = uuid4().hex
        addresses = {
            f"SANGKIEN_{store.upper()}_URL": postgres.create_database(f"{store}_{name}")
            for store in ("ledger", "views", "vault")
        }
        # The rooms may append and read; the ledger is somebody else's.
        with (
            suppress(psycopg.errors.DuplicateObject),
            psycopg.connect(postgres.url, autocommit=True) as server,
        ):
            server.execute("CREATE ROLE rooms LOGIN")
        owned = addresses["SANGKIEN_LEDGER_URL"]
        let_in(owned, "rooms")
        addresses["SANGKIEN_LEDGER_URL"] = owned.replace("//postgres@", "//rooms@")
        self.prefix = f"grown-{name}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if key != "SANGKIEN_DATA"},
            **addresses,
            "SANGKIEN_KAFKA": kafka.bootstrap,
            "SANGKIEN_KAFKA_PREFIX": self.prefix,
            "SANGKIEN_MODELS": str(home / "models"),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._open = ExitStack()

    def start(self, *rooms: str, **environment: str) -> Process:
        """One more process with these rooms."""
        process = Process(rooms, {**self.environment, **environment}, self.home)
        self._open.callback(process.close)
        return process

    def run(self, *arguments: object) -> Any:
        """Run a command to its end; answers its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *map(str, arguments), "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def opened(self) -> System:
        """The system's stores, opened in this process."""
        given = {
            name.removeprefix("SANGKIEN_").lower(): value
            for name, value in self.environment.items()
            if name.startswith("SANGKIEN_")
        }
        return System(Settings.model_validate(given))

    def key(self, role: str = "client", *, label: str = "") -> str:
        """A key of somebody in that role for the whole nation."""
        made = self.run("key", "create", "--role", role, "--unit", "vn", "--label", label)
        return str(made["key"])

    def close(self) -> None:
        self._open.close()


@contextmanager
def grown(postgres: Postgres, kafka: Kafka, home: Path) -> Iterator[Grown]:
    """An empty grown system, whose processes go when the block ends."""
    system = Grown(postgres, kafka, home)
    try:
        yield system
    finally:
        system.close()
