"""Personal data: names are sealed under a key per person, kept in a database of its own; dropping the key erases them.

Law 91/2025/QH15 asks that a person can be erased; a ledger asks that nothing is ever changed. A sealed value with a
destroyed key satisfies both.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from sqlalchemy.schema import CreateTable

from shared.errors import Unavailable

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
KEPT_KEYS: Final = 200_000
VERSION_BITS: Final = 0xF << 76 | 0x3 << 62
VERSION_8: Final = 0x8 << 76 | 0x2 << 62

metadata = MetaData()
person_keys = Table(
    "person_keys",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("key_id", LargeBinary(KEY_ID_BYTES), primary_key=True),
    Column("key", LargeBinary(KEY_BYTES), nullable=False),
)
INSERT_KEYS: Final = "INSERT INTO person_keys (person, key_id, key) VALUES (?, ?, ?)"
peppers = Table(
    "peppers",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", LargeBinary(KEY_BYTES), nullable=False),
)


NewKey = tuple[str, bytes, bytes]
"""A person in hex, the key's id, and the key."""


class Destroyed(NamedTuple):
    """How many keys of a person were destroyed just now, and how many are destroyed in all."""

    now: int
    ever: int


class Vault:
    """Seals what belongs to a person, and lets it be forgotten."""

    def __init__(self, url: str, *, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._engine = _engine(url)
        with _answering():
            _create(self._engine)
            self._pepper = self._only("pepper")
        self._sealing: dict[UUID, tuple[bytes, AESGCM]] = {}
        self._pending: list[NewKey] = []
        self._pseudonyms: dict[tuple[str, str], UUID] = {}

    def _only(self, name: str) -> bytes:
        with self._engine.begin() as connection:
            found = connection.scalar(select(peppers.c.value).where(peppers.c.name == name))
        if found is None:
            try:
                with self._engine.begin() as connection:
                    connection.execute(
                        insert(peppers).values(name=name, value=self._entropy(KEY_BYTES))
                    )
            except IntegrityError:
                pass  # Another process made it first; its value is the one that counts.
            return self._only(name)
        return bytes(found)

    def pseudonym(self, sender: str, person: str) -> UUID:
        """The person's lasting name in the ledger: keyed, so that nobody can guess ids back from it."""
        known = self._pseudonyms.get((sender, person))
        if known is not None:
            return known
        digest = hashlib.blake2b(
            f"person\x1f{sender}\x1f{person}".encode(), key=self._pepper, digest_size=16
        ).digest()
        # RFC 9562, version 8: sixteen bytes of our own making, with the version and variant bits set.
        found = UUID(int=int.from_bytes(digest) & ~VERSION_BITS | VERSION_8)
        if len(self._pseudonyms) >= KEPT_KEYS:
            self._pseudonyms.clear()
        self._pseudonyms[sender, person] = found
        return found

    def fingerprint(self, content: bytes) -> bytes:
        """A keyed digest of a record with its names: tells the same from other without giving names away."""
        return hashlib.blake2b(content, key=self._pepper, digest_size=32).digest()

    def seal(self, person: UUID, plain: str) -> str:
        """The text under the person's key; a key made here is on disk only after `flush`."""
        with self._lock:
            kept = self._sealing.get(person)
            if kept is None:
                key_id, key = self._entropy(KEY_ID_BYTES), self._entropy(KEY_BYTES)
                kept = (key_id, AESGCM(key))
                self._pending.append((person.hex, key_id, key))
                if len(self._sealing) >= KEPT_KEYS:
                    self._sealing.clear()
                self._sealing[person] = kept
        key_id, cipher = kept
        nonce = self._entropy(NONCE_BYTES)
        sealed = cipher.encrypt(nonce, plain.encode(), person.bytes)
        return base64.urlsafe_b64encode(key_id + nonce + sealed).decode()

    def flush(self) -> None:
        """Put the new keys on disk; called before anything sealed under them is recorded. Raises Unavailable.

        Whoever comes while another is at it waits: its own keys may be among those on their way.
        """
        with self._flushing:
            with self._lock:
                waiting, self._pending = self._pending, []
            if not waiting:
                return
            try:
                with _answering(), self._engine.begin() as connection:
                    if self._engine.dialect.name == "sqlite":
                        # Putting the statement together anew takes longer than a few keys take to be stored.
                        connection.exec_driver_sql(INSERT_KEYS, waiting)
                    else:
                        columns = person_keys.c.keys()
                        rows = [dict(zip(columns, row, strict=True)) for row in waiting]
                        connection.execute(insert(person_keys), rows)
            except BaseException:
                with self._lock:
                    self._pending = waiting + self._pending
                raise

    def handed_over(self) -> list[NewKey]:
        """The new keys, for the process that will put them on disk; this one does so no more."""
        with self._lock:
            waiting, self._pending = self._pending, []
        return waiting

    def take_over(self, keys: Sequence[NewKey]) -> None:
        """Put keys that another process made on disk with the next `flush`."""
        with self._lock:
            self._pending += keys

    def unseal(self, person: UUID, sealed: str) -> str | None:
        """The text, or None when the person was erased. The key is read anew each time, so an erasure holds at once."""
        raw = base64.urlsafe_b64decode(sealed)
        key_id, nonce, body = (
            raw[:KEY_ID_BYTES],
            raw[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES],
            raw[KEY_ID_BYTES + NONCE_BYTES :],
        )
        self.flush()
        with _answering(), self._engine.connect() as connection:
            key = connection.scalar(
                select(person_keys.c.key).where(
                    person_keys.c.person == person.hex, person_keys.c.key_id == key_id
                )
            )
        if not key:
            return None
        try:
            return AESGCM(bytes(key)).decrypt(nonce, body, person.bytes).decode()
        except InvalidTag as problem:
            raise ValueError(
                "A sealed value does not open with its own key: the record is damaged."
            ) from problem

    def erase(self, person: UUID) -> Destroyed:
        """Destroy all keys of a person; answers also how many were before, so that an erasure cut short can be repeated.

        Raises Unavailable, also where something that reads the file keeps the keys' bytes in its log for now.
        """
        self.flush()
        self.forget(person.hex)
        with _answering():
            with self._engine.begin() as connection:
                of_person = person_keys.c.person == person.hex
                now = connection.execute(
                    update(person_keys).where(of_person, person_keys.c.key != b"").values(key=b"")
                ).rowcount
                ever = connection.scalar(
                    select(func.count()).select_from(person_keys).where(of_person)
                )
            if self._engine.dialect.name == "sqlite":
                # The key's bytes must leave the write-ahead log as well; secure_delete overwrites them in the file.
                with self._engine.connect() as connection:
                    busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
                if busy:
                    raise Unavailable(
                        "The keys are destroyed, but another process reads the vault and keeps its log from being "
                        "cleared. Ask for the erasure again."
                    )
        return Destroyed(now, ever or 0)

    def forget(self, person: str) -> None:
        """Drop a key that is kept in memory, because somebody erased the person."""
        with self._lock:
            self._sealing.pop(UUID(person), None)

    def close(self) -> None:
        """Give the database back."""
        self._engine.dispose()


@contextmanager
def _answering() -> Iterator[None]:
    """Say in our words that the vault does not answer: a full disk, a lock that is never given back, a lost server."""
    try:
        yield
    except (DBAPIError, NoConnectionInTime) as problem:
        raise Unavailable(
            f"The vault of personal keys does not answer ({getattr(problem, 'orig', problem)}). "
            "Nothing was recorded; send the same again later."
        ) from problem


def _create(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            # Another process may be creating the same at this moment, which is no problem.
            connection.execute(CreateTable(table, if_not_exists=True))


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _pragmas(connection: object, _record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            for pragma in (
                "busy_timeout=30000",
                "journal_mode=WAL",
                "synchronous=FULL",
                "secure_delete=ON",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        path = Path(url.removeprefix("sqlite:///"))
        if path.parent.exists():
            path.touch(mode=0o600, exist_ok=True)
    return engine
