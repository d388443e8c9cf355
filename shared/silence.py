"""How soon silence is taken for an end, where the other side of a connection to PostgreSQL is gone without a word."""

from __future__ import annotations

from typing import Final

CONNECT_SECONDS: Final = 6
NOTICED: Final[dict[str, str | int]] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8_000,
    # The server, too, is to notice soon that a client's machine is gone, and to free what it had locked.
    "options": "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=8000",
}
"""What a connection is opened with. Left alone, a writer would wait for a quarter of an hour, and a lock be held for two hours."""
