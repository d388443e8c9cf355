"""A backup: the ledger first, then the keys, which are on disk before the events that need them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from shared.backup.manifest import Manifest, emptied, keep
from shared.backup.tables import (
    AT_ONCE,
    EVENTS,
    TABLES,
    Advance,
    Read,
    StoreName,
    path_of,
    reading,
    sums,
)
from shared.errors import NotFound, Unavailable
from shared.events.matching import ModelAdopted
from shared.ledger.recorder import open_recorder
from shared.settings import Settings
from shared.vault import lay_out

MODELS: Final = "models"
VAULT: Final = "vault"


def back_up(
    settings: Settings, place: Path, vault: Path, *, now: datetime, advance: Advance
) -> tuple[Manifest, Manifest]:
    """Copy the ledger with its models to one empty place and the personal keys to another, while both are in use.

    Views and the matcher's memory are not copied: they are made anew. Raises PlaceIsNotEmpty, NotFound, Unavailable.
    """
    for url in (settings.address("ledger"), settings.address("vault")):
        if url.startswith("sqlite:///") and not path_of(url).exists():
            raise NotFound(f"There is no store at {path_of(url)}. Check --data.")
    # Both are looked at before anything is copied: an hour's copy without its keys would be of no use.
    if vault.parent != place:
        emptied(vault, mode=0o700)
    emptied(place)
    kept = _keep(settings.address("ledger"), "ledger", place, now, advance, settings)
    keys = _keep(settings.address("vault"), "vault", emptied(vault, mode=0o700), now, advance)
    return kept, keys


def _keep(
    url: str,
    store: StoreName,
    place: Path,
    now: datetime,
    advance: Advance,
    settings: Settings | None = None,
) -> Manifest:
    copy = place / f"{store}.db"
    copy.touch(mode=0o600)
    try:
        (_copy_file if url.startswith("sqlite:///") else _copy_server)(url, store, copy)
        _settle(copy)
    except sqlite3.Error as problem:
        raise _uncopied(store, problem) from problem
    files = [copy, *(_models(settings.models_home, place) if settings is not None else ())]
    with reading(f"sqlite:///{copy}") as read:
        tables = sums(read, store, advance)
        last = _last(copy) if store == "ledger" else None
    manifest = Manifest(store=store, created=now, position=last, tables=tables)
    keep(manifest, place, files)
    return manifest


def _uncopied(store: StoreName, problem: sqlite3.Error) -> Unavailable:
    return Unavailable(
        f"The {store} cannot be copied ({problem}). Look whether the disk is full, and whether the file is whole."
    )


def _copy_file(url: str, store: StoreName, copy: Path) -> None:
    # All pages in one step: others go on writing meanwhile, and nothing of theirs makes it begin again.
    with closing(sqlite3.connect(path_of(url))) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept)


def _copy_server(url: str, store: StoreName, copy: Path) -> None:
    with reading(url) as read:
        if store == "ledger":
            open_recorder(f"sqlite:///{copy}").close()
        else:
            lay_out(f"sqlite:///{copy}")
        with closing(sqlite3.connect(copy, isolation_level=None)) as kept:
            try:
                kept.execute("BEGIN")
                _pour(read, store, kept)
                kept.execute("COMMIT")
            except sqlite3.Error as problem:
                # Said here, or the server would be blamed for it.
                raise _uncopied(store, problem) from problem


def _pour(read: Read, store: StoreName, kept: sqlite3.Connection) -> None:
    for table in TABLES[store]:
        rows = read(table)
        while page := list(islice(rows, AT_ONCE)):
            kept.executemany(table.into_file, page)


def _settle(copy: Path) -> None:
    """Have everything in the file itself and nothing beside it, also when it is read."""
    with closing(sqlite3.connect(copy)) as kept:
        kept.execute("PRAGMA journal_mode=DELETE")


def model_of(place: Path) -> str | None:
    """The model in force by the ledger in a backup; None where none was adopted yet."""
    with closing(sqlite3.connect(place / "ledger.db")) as kept:
        last = kept.execute(
            f"SELECT state FROM {EVENTS.name} WHERE topic = ? ORDER BY rowid DESC LIMIT 1",
            (ModelAdopted.TOPIC,),
        ).fetchone()
    return str(json.loads(last[0])["model"]) if last is not None else None


def _last(copy: Path) -> int:
    with closing(sqlite3.connect(copy)) as kept:
        return int(kept.execute(f"SELECT coalesce(max(rowid), 0) FROM {EVENTS.name}").fetchone()[0])


def _models(home: Path, place: Path) -> list[Path]:
    """Copies of the fitted models, which the ledger names; the shipped one is in the software."""
    found = sorted(file for file in home.iterdir() if file.is_file()) if home.is_dir() else []
    if found:
        (place / MODELS).mkdir()
    return [Path(shutil.copy2(file, place / MODELS)) for file in found]
