"""Scratch: a second place like the first, on the same engines, in which a restore can be tried; it goes in the end.

Its names follow from the ledger's address, so that what a drill that was killed has left goes when the next one begins:
there are keys of persons in it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from shared.backup.tables import on_server
from shared.errors import Conflict, Unavailable
from shared.ledger.leadership import leadership
from shared.settings import Settings

STORES: Final = ("ledger", "views", "vault")


class AnotherDrill(Conflict):
    code = "another-drill"

    def __init__(self) -> None:
        super().__init__("Another drill over this ledger is running. Wait until it has ended.")


@contextmanager
def scratch(settings: Settings, place: Path | None = None) -> Iterator[tuple[Path, Settings]]:
    """An empty directory, and settings of a second system that stands nowhere yet. Raises AnotherDrill, Unavailable."""
    ledger = settings.address("ledger")
    mark = hashlib.sha256(ledger.encode()).hexdigest()[:12]
    directory = (place or _room(settings)) / f"sangkien-drill-{mark}"
    alone = leadership(ledger, "drill")
    if not alone.held():
        raise AnotherDrill
    with ExitStack() as ends:
        ends.callback(alone.resign)
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700, parents=True)
        ends.callback(shutil.rmtree, directory, ignore_errors=True)
        home = directory / "home"
        addresses = {}
        for store in STORES:
            url = settings.address(store)
            if url.startswith("sqlite:///"):
                addresses[store] = f"sqlite:///{home / store}.db"
            else:
                name = f"sangkien_drill_{mark}_{store}"
                addresses[store] = ends.enter_context(_database(url, name))
        told = {f"{store}_url": SecretStr(url) for store, url in addresses.items()}
        other = {"data": home, "models": None, "kafka": None}
        yield directory, settings.model_copy(update={**told, **other})


def _room(settings: Settings) -> Path:
    """On the disk of the ledger itself where it is a file: where that has room, there is room for its copy."""
    return settings.home if settings.data is not None else Path(tempfile.gettempdir())


@contextmanager
def _database(beside: str, name: str) -> Iterator[str]:
    drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
    try:
        with on_server(beside, autocommit=True) as server:
            server.execute(drop)
            server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    except psycopg.Error as problem:
        raise Unavailable(
            f"The drill needs databases of its own, and could not make one ({problem}). "
            "Give the role the right to (ALTER ROLE … CREATEDB), or restore a backup by hand on another server."
        ) from problem
    try:
        yield urlunsplit(urlsplit(beside)._replace(path=f"/{name}"))
    finally:
        with on_server(beside, autocommit=True) as server:
            server.execute(drop)
