"""A server program as a child of the tests: started, awaited, stopped or killed, and never left behind."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from signal import Signals
from typing import ClassVar, Self

START_SECONDS = 60
STOP_SECONDS = 30


class NotInstalled(Exception):
    """This machine lacks an engine; the message says how to get it."""


class DidNotStart(Exception):
    """The engine is here, but it failed; the message ends with what it said."""


class Server(ABC):
    """One engine in a scratch directory, which goes when the `with` block ends or the tests are killed."""

    GENTLE: ClassVar[Signals] = Signals.SIGTERM
    ABRUPT: ClassVar[Signals] = Signals.SIGKILL

    user: str | None = None
    """Whom the programs run as, where that is not whoever runs the tests."""

    def __init__(self) -> None:
        # Not pytest's own directory, which other users (such as postgres) may not enter.
        self.directory = Path(tempfile.mkdtemp(prefix="sangkien-", dir="/tmp"))
        self.process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _format(self) -> None:
        """Lay out empty storage."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool: ...

    def start(self) -> None:
        """Start over the same storage and port, and return once the server answers."""
        if self.process is not None:
            raise DidNotStart(f"{type(self).__name__} is running already.")
        if not (self.directory / "data").exists():
            self._format()
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests; they stop the server.
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
            )
        self._guard = self._guarded(self.process.pid)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise self._failure("did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the server to finish what it is doing and leave."""
        self._end(self.GENTLE)

    def kill(self) -> None:
        """End the server at once, as a crash would; `start` finds what had reached its files."""
        self._end(self.ABRUPT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self.directory / "server.log"

    def _run(self, *command: str) -> None:
        """Run one of the engine's tools to its end."""
        with self._log.open("ab") as log:
            code = subprocess.run(
                command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                check=False,
            ).returncode
        if code:
            raise self._failure(f"could not be prepared ({Path(command[0]).name}: exit {code})")

    def _failure(self, what: str) -> DidNotStart:
        said = self._log.read_text(errors="replace")[-4000:]
        return DidNotStart(f"{type(self).__name__} {what}. It said:\n{said}")

    def _guarded(self, pid: int) -> subprocess.Popen[bytes]:
        """A shell that reads a pipe from the tests; when they are gone, however they went, it ends the server."""
        return subprocess.Popen(
            [
                "sh",
                "-c",
                'read -r _; kill -s "$1" "$2"; for _ in 1 2 3 4 5 6 7 8 9; do kill -0 "$2" && sleep 0.2; done; rm -rf "$3"',
                "guard",
                self.ABRUPT.name.removeprefix("SIG"),
                str(pid),
                str(self.directory),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _end(self, signal: Signals) -> None:
        process, guard = self.process, self._guard
        self.process = self._guard = None
        if process is None:
            return
        process.send_signal(signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if guard is not None and guard.stdin is not None:
            guard.kill()
            guard.wait()
            guard.stdin.close()


def free_ports(count: int) -> list[int]:
    """Ports outside the range of outgoing connections, so that a server finds its own again after an outage."""
    ports: list[int] = []
    with ExitStack() as held:
        # pytest-randomly seeds the ordinary generator, and two runs would try the same ports.
        for port in random.SystemRandom().sample(range(20_000, 32_000), 1_000):
            attempt = held.enter_context(socket.socket())
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
            if len(ports) == count:
                return ports
    raise NotInstalled("No free port between 20000 and 32000.")
