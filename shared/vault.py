"""Personal data: names are sealed under a key per person, kept in a database of its own; dropping the key erases them.

Law 91/2025/QH15 asks that a person can be erased; a ledger asks that nothing is ever changed. A sealed value with a
destroyed key satisfies both.
"""

from __future__ import annotations

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
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from sqlalchemy.schema import CreateTable

from shared.errors import Unavailable
from shared.ledger.connection import lock_of
from shared.sealing import KEY_BYTES, KEY_ID_BYTES, NewKey, Sealing, divided
from shared.session import SESSION

metadata = MetaData()
person_keys = Table(
    "person_keys",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("key_id", LargeBinary(KEY_ID_BYTES), primary_key=True),
    Column("key", LargeBinary(KEY_BYTES), nullable=False),
)
INSERT_KEYS: Final = (
    "INSERT INTO person_keys (person, key_id, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
peppers = Table(
    "peppers",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", LargeBinary(KEY_BYTES), nullable=False),
)

MAKING: Final = lock_of("vault")
"""The advisory lock under which the tables are made."""


class Destroyed(NamedTuple):
    """How many keys of a person were destroyed just now, and how many are destroyed in all."""

    now: int
    ever: int


class Vault(Sealing):
    """Seals what belongs to a person, keeps the keys, and lets the person be forgotten."""

    def __init__(self, url: str, *, entropy: Callable[[int], bytes]) -> None:
        self._flushing = threading.Lock()
        self._lent: list[NewKey] = []
        self._on_its_way: list[NewKey] = []
        self._engine = _engine(url)
        with _answering():
            _create(self._engine)
            super().__init__(self._only("pepper", entropy), entropy)

    def _only(self, name: str, entropy: Callable[[int], bytes]) -> bytes:
        with self._engine.begin() as connection:
            found = connection.scalar(select(peppers.c.value).where(peppers.c.name == name))
        if found is None:
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(peppers).values(name=name, value=entropy(KEY_BYTES)))
            except IntegrityError:
                pass  # Another process made it first; its value is the one that counts.
            return self._only(name, entropy)
        return bytes(found)

    def flush(self) -> None:
        """Put the new keys on disk; called before anything sealed under them is recorded. Raises Unavailable.

        Whoever comes while another is at it waits: its own keys may be among those on their way. What another process of
        ours is about to put there is put there from here as well.
        """
        with self._flushing:
            with self._lock:
                self._on_its_way, self._pending = self._pending, []
                # What is lent may be on nobody's disk yet, while something sealed under it is recorded from here.
                waiting = [*self._lent, *self._on_its_way]
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
                        # When a connection is lost after the commit, the same keys are sent again.
                        connection.execute(insert_new(person_keys).on_conflict_do_nothing(), rows)
            except BaseException:
                with self._lock:
                    self._pending = self._on_its_way + self._pending
                raise
            finally:
                with self._lock:
                    self._on_its_way = []

    def lend(self) -> list[NewKey]:
        """The keys that are not known to be on disk, for another process of ours that puts them there."""
        with self._lock:
            keys, self._pending = [*self._on_its_way, *self._pending], []
            self._lent += keys
        return keys

    def take_back(self, keys: Sequence[NewKey], *, kept: bool) -> None:
        """The keys lent longest ago are on disk, or have to be put there from here."""
        with self._lock:
            del self._lent[: len(keys)]
            if not kept:
                self._pending = [*keys, *self._pending]

    def unseal(self, person: UUID, sealed: str) -> str | None:
        """The text, or None when the person was erased. The key is read anew each time, so an erasure holds at once."""
        key_id, nonce, body = divided(sealed)
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


def lay_out(url: str) -> None:
    """Make the tables of a vault into which another one's keys are to be put."""
    engine = _engine(url)
    try:
        with _answering():
            _create(engine)
    finally:
        engine.dispose()


def _create(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Of two that make a table that is not there at the same moment, the server refuses one.
            connection.execute(select(func.pg_advisory_xact_lock(*MAKING)))
        for table in metadata.sorted_tables:
            # Another process may have made the same just before, which is no problem.
            connection.execute(CreateTable(table, if_not_exists=True))


def _engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={} if url.startswith("sqlite:") else SESSION)
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
