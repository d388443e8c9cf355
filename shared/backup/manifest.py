"""The manifest: what a copy holds and what it comes to. It is written last, so that what was cut short has none."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from shared.backup.tables import StoreName, Sum
from shared.errors import Conflict, NotFound
from shared.vocabulary import Position, Value

NAME: Final = "manifest.json"


class NoBackup(NotFound):
    code = "no-backup"

    def __init__(self, place: Path, why: str) -> None:
        super().__init__(
            f"{place} holds no whole backup: {why}. Give the directory that 'sangkien backup' wrote to its end.",
            place=str(place),
        )


class BackupIsDamaged(Conflict):
    code = "backup-is-damaged"

    def __init__(self, place: Path, what: str) -> None:
        super().__init__(
            f"The backup in {place} is damaged: {what} is not what was kept. Nothing was restored from it; "
            "take another backup.",
            place=str(place),
            what=what,
        )


class PlaceIsNotEmpty(Conflict):
    code = "place-not-empty"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"Something stands in {place} already. A backup and a restore go into an empty place only; "
            "choose another, or clear away what was cut short there.",
            place=place,
        )


class Manifest(Value):
    """What a copy of one store holds."""

    format: Literal[1] = 1
    store: StoreName
    created: datetime
    """When the backup was begun; what is in the copy stood there then or came a little later."""
    position: Position | None = None
    """The last position of a ledger."""
    tables: Mapping[str, Sum]
    files: Mapping[str, str]
    """The sha256 of each file, by its path below the manifest's own directory."""

    def keep(self, place: Path) -> None:
        """Write it beside the files that it names, which makes them a backup."""
        written = place / f"{NAME}.unfinished"
        written.write_text(self.model_dump_json(indent=1) + "\n", "utf-8")
        on_disk(written)
        written.rename(place / NAME)
        on_disk(place)

    @classmethod
    def read(cls, place: Path, store: StoreName) -> Manifest:
        """The manifest of a whole copy whose files are as they were kept. Raises NoBackup, BackupIsDamaged."""
        file = place / NAME
        if not file.is_file():
            raise NoBackup(place, f"there is no {NAME}")
        try:
            found = cls.model_validate_json(file.read_bytes())
        except ValidationError as problem:
            raise BackupIsDamaged(place, NAME) from problem
        if found.store != store:
            raise NoBackup(
                place, f"what is there is a copy of the {found.store}, not of the {store}"
            )
        for name, kept in found.files.items():
            # A name with a way out of the directory is none that was kept.
            inside = (place / name).resolve().is_relative_to(place.resolve())
            if not inside or not (place / name).is_file() or sha256(place / name) != kept:
                raise BackupIsDamaged(place, name)
        return found


def sha256(file: Path) -> str:
    """The digest of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def on_disk(path: Path) -> None:
    """Have a file, or the names in a directory, on the disk before anything is said of them."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def emptied(place: Path, *, mode: int = 0o777) -> Path:
    """A directory in which nothing stands yet, made where it is not. Raises PlaceIsNotEmpty."""
    place.mkdir(parents=True, exist_ok=True, mode=mode)
    if any(place.iterdir()):
        raise PlaceIsNotEmpty(str(place))
    return place
