"""The manifest: what a copy holds and what its rows come to; and, written last, the digests of all its files.

What was cut short has no `SHA256SUMS`. Whoever has one can check it without this software: `sha256sum -c SHA256SUMS`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from shared.backup.tables import StoreName, Sum
from shared.errors import Conflict, NotFound
from shared.vocabulary import Position, Value

NAME: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
LINE: Final = re.compile(r"([0-9a-f]{64})  (\w[\w./-]*)")


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


def keep(manifest: Manifest, place: Path, files: Sequence[Path]) -> None:
    """Make these files a backup: have them on the disk, and say what they are."""
    written = place / NAME
    written.write_text(manifest.model_dump_json(indent=1) + "\n", "utf-8")
    lines = []
    for file in (written, *files):
        on_disk(file)
        lines.append(f"{sha256(file)}  {file.relative_to(place).as_posix()}\n")
    unfinished = place / f"{SUMS}.unfinished"
    unfinished.write_text("".join(lines), "utf-8")
    on_disk(unfinished)
    unfinished.rename(place / SUMS)
    on_disk(place)


def found(place: Path, store: StoreName) -> Manifest:
    """The manifest of a whole copy whose files are as they were kept. Raises NoBackup, BackupIsDamaged."""
    if not (place / SUMS).is_file():
        raise NoBackup(place, f"there is no {SUMS}")
    names = set()
    for line in (place / SUMS).read_text("utf-8", "replace").splitlines():
        said = LINE.fullmatch(line)
        if said is None:
            raise BackupIsDamaged(place, SUMS)
        file = place / said[2]
        if ".." in file.parts or not file.is_file() or sha256(file) != said[1]:
            raise BackupIsDamaged(place, said[2])
        names.add(said[2])
    if NAME not in names:
        raise BackupIsDamaged(place, SUMS)
    try:
        manifest = Manifest.model_validate_json((place / NAME).read_bytes())
    except ValidationError as problem:
        raise BackupIsDamaged(place, NAME) from problem
    if manifest.store != store:
        raise NoBackup(
            place, f"what is there is a copy of the {manifest.store}, not of the {store}"
        )
    if f"{store}.db" not in names:
        raise BackupIsDamaged(place, SUMS)
    return manifest


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
