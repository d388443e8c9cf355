"""The engine under the views: SQLite in a file of its own, or PostgreSQL."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event

from shared.session import SESSION

LOCK_SECONDS: Final = 30


def open_engine(url: str) -> Engine:
    """The database behind an address: `sqlite:///path` or `postgresql://user@host:port/database`, set up for many readers."""
    if not url.startswith("sqlite:"):
        scheme, rest = url.split("://", 1)
        if scheme in {"postgresql", "postgres"}:
            scheme = "postgresql+psycopg"
        return create_engine(f"{scheme}://{rest}", pool_pre_ping=True, connect_args=SESSION)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in (
            f"busy_timeout={LOCK_SECONDS * 1000}",
            # Of a file that is not there yet: most of it are columns, which stand in few large pages, and go with few.
            "page_size=16384",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            # Nothing sealed is ever in a view, so that what was dropped need not be overwritten.
            "secure_delete=OFF",
            "cache_size=-65536",
            "wal_autocheckpoint=4000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own transactions begin too late: a snapshot must hold for all that is read, a lock from the start.
        connection.exec_driver_sql(str(connection.get_execution_options().get("begin", "BEGIN")))

    return engine
