"""A wire between clients and a server, which a test can cut, slow down, or let fall silent without anybody being told."""

from __future__ import annotations

import math
import socket
import threading
import time
from contextlib import suppress


class Wire:
    """What stands between clients and a server on this machine; clients connect to `port`."""

    def __init__(self, server: int = 0) -> None:
        """`server` is the server's port, which may also be said later."""
        self.server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.cut_at_commit = False
        """Whether the next connection over which a COMMIT is sent is cut right after the server was told."""
        self.turning_away: float = 0
        self.delay_seconds = 0.0
        self._silent = False
        self._open: list[socket.socket] = []
        self._deaf: list[socket.socket] = []
        """Connections over which nothing is heard any more, neither words nor an end."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._silent:
                    self._deaf.append(client)
                    continue
                if self.turning_away:
                    self.turning_away -= 1
                    client.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self.server))
                except OSError:
                    client.close()
                    continue
                self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    # What is short is not to wait for more.
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(
                        target=self._carry, args=(one, other, one is client), daemon=True
                    ).start()

    def _carry(self, one: socket.socket, other: socket.socket, towards_server: bool) -> None:
        with one, suppress(OSError):
            while said := one.recv(65_536):
                if towards_server and self.cut_at_commit and b"COMMIT" in said:
                    self.cut_at_commit = False
                    one.shutdown(socket.SHUT_RDWR)
                    other.sendall(said)
                    other.shutdown(socket.SHUT_WR)
                    return
                if self.delay_seconds:
                    time.sleep(self.delay_seconds)
                if one not in self._deaf:
                    other.sendall(said)
        if one not in self._deaf:
            _end(other)

    def hang_up(self, *, turning_away: float = math.inf) -> None:
        """Cut what is connected, and the next so many that come: a server that is gone, and comes back."""
        self.turning_away = turning_away
        while self._open:
            _end(self._open.pop())

    def fall_silent(self) -> None:
        """Carry nothing any more and end nothing: each side takes the other for slow, also who connects now."""
        self._silent = True
        self._deaf += self._open
        self._open.clear()

    def mend(self) -> None:
        """Carry whoever connects from now on; who was cut off by silence is not told, and stays so."""
        self._silent, self.turning_away, self.delay_seconds = False, 0, 0.0

    def tell(self) -> None:
        """End what fell silent, as the machines at both ends would, which ask in vain whether the other is there."""
        for deaf in self._deaf:
            _end(deaf)

    def close(self) -> None:
        _end(self._listening)
        self._listening.close()
        for left in (*self._open, *self._deaf):
            _end(left)
            left.close()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
