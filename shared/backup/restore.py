"""A restore: a backup put into an empty place and proven there; whom the ledger calls erased is erased again.

The ledger comes last, whole or not at all. What was cut short before has keys but nothing on record, and no command
takes it for a system.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from shared.backup.backup import MODELS
from shared.backup.manifest import (
    BackupIsDamaged,
    Manifest,
    PlaceIsNotEmpty,
    emptied,
    found,
    on_disk,
)
from shared.backup.tables import (
    EVENTS,
    TABLES,
    Advance,
    Kept,
    Read,
    fill,
    has_rows,
    path_of,
    reading,
    sums,
)
from shared.events.access import PersonErased
from shared.ledger.recorder import open_recorder
from shared.settings import Settings
from shared.vault import Vault, lay_out

log = logging.getLogger(__name__)

CHECKPOINTS: Final = Kept("checkpoints", "view", "view", "checkpoints", "view", "view")
"""Where views say how far they have come."""


class Restored(NamedTuple):
    """What was put back, and how many persons were erased again in it."""

    ledger: Manifest
    vault: Manifest
    erased: int


def restore(settings: Settings, place: Path, vault: Path, *, advance: Advance) -> Restored:
    """Put a backup where the settings say. Raises NoBackup, BackupIsDamaged, PlaceIsNotEmpty, Unavailable."""
    kept, keys = found(place, "ledger"), found(vault, "vault")
    if keys.created < kept.created:
        log.warning(
            "The copy of the vault is older than that of the ledger: names recorded in between stay closed",
            extra={"action": "restore", "code": "vault-is-older"},
        )
    _must_be_empty(settings)
    _put(settings.address("vault"), vault, keys, advance)
    erased = _erase_again(settings, place)
    models = settings.models_home
    if (place / MODELS).is_dir():
        shutil.copytree(place / MODELS, models, dirs_exist_ok=True)
    _put(settings.address("ledger"), place, kept, advance)
    return Restored(kept, keys, erased)


def _must_be_empty(settings: Settings) -> None:
    if settings.data is not None:
        emptied(settings.home)
    for store in TABLES:
        if has_rows(settings.address(store), *TABLES[store]):
            raise PlaceIsNotEmpty(f"the {store}")
    if has_rows(settings.address("views"), CHECKPOINTS):
        raise PlaceIsNotEmpty("the views")


def _put(url: str, place: Path, kept: Manifest, advance: Advance) -> None:
    copy = place / f"{kept.store}.db"

    def check(read: Read) -> None:
        total = sum(table.rows for table in kept.tables.values())
        for name, sum_ in sums(read, kept.store, advance, total).items():
            if sum_ != kept.tables.get(name):
                raise BackupIsDamaged(place, name)

    if url.startswith("sqlite:///"):
        _put_file(copy, path_of(url), check)
        return
    if kept.store == "ledger":
        open_recorder(url).close()
    else:
        lay_out(url)
    with reading(f"sqlite:///{copy}") as read:
        fill(url, kept.store, read, check)


def _put_file(copy: Path, to: Path, check: Callable[[Read], None]) -> None:
    unfinished = to.with_name(f"{to.name}.unfinished")
    unfinished.touch(mode=0o600, exist_ok=False)
    shutil.copyfile(copy, unfinished)
    with reading(f"sqlite:///{unfinished}") as read:
        check(read)
    on_disk(unfinished)
    os.rename(unfinished, to)
    on_disk(to.parent)


def _erase_again(settings: Settings, place: Path) -> int:
    """Destroy the keys of everybody whom the ledger calls erased: the copy of the vault may be older than that."""
    with reading(f"sqlite:///{place / 'ledger.db'}") as read:
        erased = {UUID(str(row[1])) for row in read(EVENTS) if row[3] == PersonErased.TOPIC}
    with closing(Vault(settings.address("vault"), entropy=os.urandom)) as vault:
        for person in erased:
            vault.erase(person)
    return len(erased)
