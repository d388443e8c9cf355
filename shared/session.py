"""The session with PostgreSQL: each side soon takes the other's silence for its end, and a commit is on disk when it is said to be."""

from __future__ import annotations

from typing import Final

CONNECT_SECONDS: Final = 6
SESSION: Final[dict[str, str | int]] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8_000,
    # The server, too, is to notice soon that a client's machine is gone, and to free what it had locked. And whatever the
    # server, the database or the role is set to: nothing is acknowledged that is not on disk.
    "options": "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=8000 -c synchronous_commit=on",
}
"""What a connection is opened with. Left alone, a writer would wait for a quarter of an hour, and a lock be held for two hours."""
