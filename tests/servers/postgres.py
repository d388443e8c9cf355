"""PostgreSQL from the distribution's package."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import ClassVar

import psycopg
from psycopg import sql

from tests.servers.server import NotInstalled, Server, free_ports


class Postgres(Server):
    """An empty PostgreSQL server that anyone on this machine may enter; `url` is its maintenance database.

    Without `fsync` it is faster and still keeps every commit when killed: only a machine that goes down could lose one.
    """

    GENTLE: ClassVar[Signals] = Signals.SIGINT
    ABRUPT: ClassVar[Signals] = Signals.SIGQUIT
    """Killing it for good (9) would leave its children and their shared memory in the way of a restart."""

    def __init__(self, *, fsync: bool = False) -> None:
        self.programs = _programs()
        super().__init__()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
            self.user = "postgres"
            shutil.chown(self.directory, self.user, self.user)
        [self.port] = free_ports(1)
        self.fsync = fsync
        self.url = self._url_of("postgres")

    def crash(self) -> None:
        """Kill the server for good (9) with every process of its own, at whatever they are."""
        assert self.process is not None
        first = self.process.pid
        os.kill(first, signal.SIGSTOP)  # It would put others in the place of those that are gone.
        for child in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        self._end(signal.SIGKILL)

    def create_database(self, name: str) -> str:
        """Make an empty database and say its address."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._url_of(name)

    def _url_of(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _format(self) -> None:
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run(str(self.programs / "initdb"), "-D", "data", "-U", "postgres", *options)

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "on" if self.fsync else "off",
        }
        chosen = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", "data", *chosen]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _programs() -> Path:
    on_path = shutil.which("postgres")
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda found: int(found.parts[-3])
    )
    if on_path is None and not packaged:
        raise NotInstalled("PostgreSQL is not installed (Debian: apt-get install postgresql).")
    if os.geteuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        raise NotInstalled("PostgreSQL does not run as root, and there is no user named postgres.")
    return Path(on_path).resolve().parent if on_path else packaged[-1].parent
