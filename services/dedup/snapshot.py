"""The snapshot: the matcher's memory in one file, so that a restart reads only what came after it.

It is disposable. Whatever does not fit is not believed, and the ledger is read again, which is always right.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
import sys
import time
import unicodedata
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeVar

from services.dedup.kept import Arrays, array_in, names_in, pour, told, written
from services.dedup.matching import matching_id
from services.dedup.variants import VERSION
from shared.events.matching import ModelAdopted, RulesAdopted
from shared.ledger.store import Ledger
from shared.vocabulary import Ineligible, MatchingRules, Position, Value

log = logging.getLogger(__name__)

FORMAT: Final = 1
FEWEST: Final = 1_000
SHARE: Final = 8
"""A snapshot is due when one text in so many is new to it: reading those again takes longer than writing all anew."""
REST: Final = 50
"""While texts are matched, for so many times as long as the last one took no other is written: two per cent of the time."""


class Memory(Protocol):
    """What is kept: a matcher's memory."""

    def __len__(self) -> int:
        """How many texts it holds."""
        ...

    @property
    def matching(self) -> tuple[str | None, MatchingRules, int]:
        """The model and the rules in force, and the version of these."""
        ...

    def kept(self) -> Arrays:
        """The memory as arrays."""
        ...

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        ...


TMemory = TypeVar("TMemory", bound=Memory)


class Facts(Value):
    """What a snapshot must fit: how it is written, how its texts were read, and the ledger that it is of."""

    format: int
    normaliser: str
    reading: str
    position: Position
    event: str
    """The digest of what the ledger has at that position."""
    texts: int


class Unfit(Exception):
    """A snapshot that is not to be believed, and why."""


class Draft:
    """A snapshot that is written but not on disk yet."""

    def __init__(self, file: BinaryIO, path: Path, settled: Callable[[], None]) -> None:
        self._file = file
        self._path = path
        self._settled = settled

    def settle(self) -> None:
        """Have it on disk, whole, and then under its name; nobody need wait for that."""
        with self._file:
            try:
                os.fsync(self._file.fileno())
                os.replace(self._file.name, self._path)
            except OSError as problem:
                given_up(Path(self._file.name), problem)
        self._settled()


class Snapshots:
    """The newest snapshot of a folder; without a folder there is none."""

    def __init__(
        self, home: Path | None, ledger: Ledger, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._home = home
        self._ledger = ledger
        self._clock = clock
        # As they are now: while a process runs, a newer version may be put in its place.
        self._reading = reading() if home is not None else ""
        self._texts = 0
        self._began = self._rests_until = clock()

    @property
    def path(self) -> Path | None:
        """Where the snapshot is."""
        return self._home / "snapshot.npz" if self._home is not None else None

    def due(self, texts: int) -> bool:
        """Whether so many texts are enough more than the last one holds, for it to be worth writing anew."""
        return self._home is not None and texts - self._texts >= max(FEWEST, texts // SHARE)

    def due_meanwhile(self, texts: int) -> bool:
        """The same while there is other work to do, which must not be kept waiting too often."""
        return self._clock() >= self._rests_until and self.due(texts)

    def write(self, memory: Memory, position: Position) -> Draft | None:
        """Write what is in memory, which is all up to a position; None where that is not possible now."""
        if self.path is None:
            return None
        self._began = self._clock()
        self._texts = len(memory)
        draft = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = _alone(draft)
            if file is None:
                return None
            try:
                _write(file, self._facts(position, len(memory)), memory.kept())
            except BaseException:
                file.close()
                raise
        except Exception as problem:
            # A full disk, a ledger that does not answer just now: whatever it is, matching is not to stop for it.
            given_up(draft, problem)
            self._rest()
            return None
        return Draft(file, self.path, self._rest)

    def restored(
        self, empty: Callable[[], TMemory], to: Position
    ) -> tuple[TMemory, Position] | None:
        """The memory in the newest snapshot and its position, where it fits the ledger as handled up to one."""
        if self.path is None or not self.path.exists():
            return None
        try:
            facts, arrays = _read(self.path, lambda facts: self._hold(facts, to))
            memory = empty()
            memory.restore(arrays)
            self._confirm(memory, facts)
        except Exception as problem:
            # What is damaged raises whatever its damaged part leads to; none of that is to stop the matcher.
            kept, why = str(self.path), f"{type(problem).__name__}: {problem}"
            log.warning(
                "The matcher's snapshot does not fit and is ignored; the ledger is read again",
                extra={"action": "recall", "code": "snapshot-unfit", "snapshot": kept, "why": why},
            )
            return None
        self._texts = facts.texts
        return memory, facts.position

    def described(self, to: Position) -> dict[str, object] | None:
        """What the newest snapshot says of itself, or why it does not fit; None where there is none."""
        if self.path is None or not self.path.exists():
            return None
        try:
            facts = facts_of(self.path)
            self._hold(facts, to)
        except Exception as problem:
            return {"unfit": str(problem)}
        size = self.path.stat().st_size
        return {"position": facts.position, "texts": facts.texts, "bytes": size}

    def _facts(self, position: Position, texts: int) -> Facts:
        event = self._recorded(position)
        return Facts(
            format=FORMAT, normaliser=VERSION, reading=self._reading, position=position,
            event=event, texts=texts,
        )  # fmt: skip

    def _hold(self, facts: Facts, to: Position) -> None:
        """Hold a snapshot against what it must fit. Raises Unfit."""
        if facts.normaliser != VERSION or facts.reading != self._reading:
            raise Unfit("it is of another version, which may have read texts otherwise")
        if facts.position > to:
            raise Unfit(f"it goes to position {facts.position}, and the matcher came to {to}")
        if facts.event != self._recorded(facts.position):
            raise Unfit(f"the ledger holds another fact at position {facts.position}")

    def _confirm(self, memory: Memory, facts: Facts) -> None:
        """Hold a memory against the ledger, which knows the model and the rules of the day. Raises Unfit."""
        model, rules, version = memory.matching
        adopted = [*self._ledger.stream(matching_id())]
        if (
            len(memory) != facts.texts
            or not any(isinstance(e, ModelAdopted) and e.model == model for e in adopted)
            or not any(
                isinstance(e, RulesAdopted) and (e.originator_version, e.rules) == (version, rules)
                for e in adopted
            )
        ):
            raise Unfit("the ledger adopted another model or other rules")

    def _recorded(self, position: Position) -> str:
        digest = hashlib.sha256()
        for at in self._ledger.notifications(position - 1, limit=1, to=position):
            digest.update(
                f"{at.id} {at.originator_id} {at.originator_version} {at.topic} ".encode()
            )
            digest.update(at.state)
        return digest.hexdigest()

    def _rest(self) -> None:
        now = self._clock()
        self._rests_until = now + REST * (now - self._began)


def reading() -> str:
    """The digest of all that decides what a text comes to in memory: this room's sources and tables, and the interpreter's."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.glob("*.toml")]):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    beside = [unicodedata.unidata_version, sys.byteorder, *Ineligible]
    digest.update(json.dumps(beside).encode())
    return digest.hexdigest()


def facts_of(path: Path) -> Facts:
    """What a snapshot says of itself. Raises whatever a damaged file leads to."""
    with zipfile.ZipFile(path) as archive:
        return _facts_of(archive)


def given_up(draft: Path, problem: Exception) -> None:
    """Say that no snapshot could be written, and give the room back."""
    with suppress(OSError):
        draft.unlink()
    log.warning(
        "The matcher's snapshot cannot be written; matching goes on without",
        extra={
            "action": "keep",
            "snapshot": str(draft),
            "why": f"{type(problem).__name__}: {problem}",
        },
    )


def _alone(draft: Path) -> BinaryIO | None:
    """The draft, opened by nobody else; None where another process is writing it."""
    # It stays open until the draft is settled, and locked as long.
    file = open(  # noqa: SIM115
        draft, "r+b", opener=lambda path, flags: os.open(path, flags | os.O_CREAT, 0o666)
    )
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it may have renamed it in between.
        if os.stat(draft).st_ino == os.fstat(file.fileno()).st_ino:
            file.truncate()
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    file.close()
    return None


def _write(file: BinaryIO, facts: Facts, arrays: Arrays) -> None:
    size = sum(array.nbytes for array in arrays.values())
    if shutil.disk_usage(file.name).free < 2 * size:
        # The ledger may be on the same disk, and is to find room.
        raise OSError(errno.ENOSPC, f"less than {2 * size} bytes are free", file.name)
    pour(file, {"facts": written(facts.model_dump(mode="json")), **arrays})


def _read(path: Path, hold: Callable[[Facts], None]) -> tuple[Facts, Arrays]:
    with zipfile.ZipFile(path) as archive:
        facts = _facts_of(archive)
        hold(facts)
        return facts, {name: array_in(archive, name) for name in names_in(archive)}


def _facts_of(archive: zipfile.ZipFile) -> Facts:
    said = told(array_in(archive, "facts"))
    if said.get("format") != FORMAT:
        raise Unfit(f"its format is {said.get('format')}, and this version reads {FORMAT}")
    return Facts.model_validate(said)
