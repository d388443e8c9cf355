"""The vault: what is sealed opens for its own person alone, and for nobody once the person is erased."""

from __future__ import annotations

import base64
import os
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from shared.errors import Unavailable
from shared.sealing import KEY_ID_BYTES, NONCE_BYTES
from shared.vault import Vault

NAME = "Nguyễn Thị Hòa"


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'vault.db'}"


@pytest.fixture
def vault(address: str) -> Iterator[Vault]:
    found = Vault(address, entropy=os.urandom)
    yield found
    found.close()


@pytest.fixture
def person(vault: Vault) -> UUID:
    return vault.pseudonym("cổng", "NV-1")


@given(name=st.text(max_size=200), owner=st.uuids())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_what_is_sealed_opens_again(vault: Vault, name: str, owner: UUID) -> None:
    sealed = vault.seal(owner, name)
    assert vault.unseal(owner, sealed) == name
    assert len(name) < 4 or name not in sealed


def test_the_same_name_is_never_sealed_alike_twice(vault: Vault, person: UUID) -> None:
    sealed = {vault.seal(person, NAME) for _ in range(50)}
    assert len(sealed) == 50
    assert {vault.unseal(person, one) for one in sealed} == {NAME}


def test_different_people_have_different_keys(vault: Vault, tmp_path: Path) -> None:
    people = [vault.pseudonym("cổng", f"NV-{n}") for n in range(20)]
    for person in people:
        vault.seal(person, NAME)
    vault.flush()
    with closing(sqlite3.connect(tmp_path / "vault.db")) as reader:
        keys = dict(reader.execute("SELECT person, key FROM person_keys").fetchall())
    assert set(keys) == {person.hex for person in people}
    assert len(set(keys.values())) == 20


def test_what_is_sealed_for_one_person_does_not_open_for_another(vault: Vault) -> None:
    one, other = uuid4(), uuid4()
    sealed = vault.seal(one, NAME)
    vault.seal(other, "Khác")
    assert vault.unseal(other, sealed) is None


def test_a_sealed_value_moved_to_another_person_with_its_key_does_not_open(
    vault: Vault, tmp_path: Path
) -> None:
    """Whose it is was sealed with it: even a forged row of the key table does not pass it on."""
    one, other = uuid4(), uuid4()
    sealed = vault.seal(one, NAME)
    vault.flush()
    with closing(sqlite3.connect(tmp_path / "vault.db", isolation_level=None)) as forger:
        forger.execute("UPDATE person_keys SET person = ?", [other.hex])
    with pytest.raises(ValueError, match="damaged"):
        vault.unseal(other, sealed)


@pytest.mark.parametrize("place", range(KEY_ID_BYTES))
def test_a_value_that_names_another_key_does_not_open(
    vault: Vault, person: UUID, place: int
) -> None:
    assert vault.unseal(person, forged(vault.seal(person, NAME), place)) is None


@pytest.mark.parametrize("place", range(KEY_ID_BYTES, KEY_ID_BYTES + NONCE_BYTES + 20, 3))
def test_tampering_is_noticed_wherever_it_was_done(vault: Vault, person: UUID, place: int) -> None:
    with pytest.raises(ValueError, match="damaged"):
        vault.unseal(person, forged(vault.seal(person, NAME), place))


def forged(sealed: str, place: int) -> str:
    """The same with one bit otherwise."""
    raw = bytearray(base64.urlsafe_b64decode(sealed))
    raw[place] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode()


def test_an_erased_person_cannot_be_read_any_more_and_others_can(vault: Vault) -> None:
    one, other = uuid4(), uuid4()
    sealed = [vault.seal(one, NAME), vault.seal(one, "Hòa"), vault.seal(other, "Khác")]
    assert vault.erase(one).ever == 1
    assert [vault.unseal(one, s) for s in sealed[:2]] == [None, None]
    assert vault.unseal(other, sealed[2]) == "Khác"


def test_an_erasure_says_how_many_keys_there_ever_were(vault: Vault, person: UUID) -> None:
    assert vault.erase(person).ever == 0
    for times in (1, 2, 3):
        vault.seal(person, NAME)
        assert vault.erase(person).ever == times
        assert vault.erase(person).ever == times


def test_a_key_that_is_not_on_disk_yet_is_erased_as_well(vault: Vault, person: UUID) -> None:
    sealed = vault.seal(person, NAME)
    assert vault.erase(person).ever == 1
    assert vault.unseal(person, sealed) is None


def test_the_bytes_of_an_erased_key_are_nowhere_in_the_files(
    vault: Vault, person: UUID, tmp_path: Path
) -> None:
    for n in range(200):
        vault.seal(uuid4(), f"Người {n}")
    vault.seal(person, NAME)
    vault.flush()
    reader = sqlite3.connect(tmp_path / "vault.db")
    (key,) = reader.execute("SELECT key FROM person_keys WHERE person = ?", [person.hex]).fetchone()
    reader.close()
    assert len(key) == 32
    assert any(key in file.read_bytes() for file in tmp_path.iterdir())
    vault.erase(person)
    assert not any(key in file.read_bytes() for file in tmp_path.iterdir())


def test_an_erasure_that_a_reader_hinders_says_so_and_can_be_repeated(
    vault: Vault, person: UUID, tmp_path: Path
) -> None:
    """As long as somebody reads an old state of the file, the log with the key's bytes cannot be cleared."""
    sealed = vault.seal(person, NAME)
    vault.flush()
    impatient(vault)
    reader = sqlite3.connect(tmp_path / "vault.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM person_keys").fetchone()
    with pytest.raises(Unavailable, match="Ask for the erasure again"):
        vault.erase(person)
    assert vault.unseal(person, sealed) is None
    reader.execute("ROLLBACK")
    reader.close()
    assert vault.erase(person).ever == 1


def impatient(vault: Vault) -> None:
    """Let the vault give up a wait at once."""
    with vault._engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout=1"))


def test_a_pseudonym_is_the_same_each_time_and_of_each_process(address: str, vault: Vault) -> None:
    again = Vault(address, entropy=os.urandom)
    assert vault.pseudonym("cổng", "NV-1") == again.pseudonym("cổng", "NV-1")
    again.close()


def test_a_pseudonym_tells_senders_and_persons_apart(vault: Vault) -> None:
    pairs = [("a", "b"), ("b", "a"), ("ab", "c"), ("a", "bc"), ("a b", "c"), ("a", "b c")]
    names = {vault.pseudonym(*pair) for pair in pairs}
    assert len(names) == len(pairs)
    assert {name.version for name in names} == {8}


def test_without_the_vaults_own_secret_a_pseudonym_cannot_be_worked_out(
    vault: Vault, tmp_path: Path
) -> None:
    other = Vault(f"sqlite:///{tmp_path / 'other.db'}", entropy=os.urandom)
    assert vault.pseudonym("cổng", "NV-1") != other.pseudonym("cổng", "NV-1")
    assert vault.fingerprint(b"x") != other.fingerprint(b"x")
    other.close()


def test_a_fingerprint_tells_the_same_from_other(vault: Vault) -> None:
    assert vault.fingerprint(b"x") == vault.fingerprint(b"x") != vault.fingerprint(b"y")
    assert len(vault.fingerprint(b"x")) == 32


def test_two_vaults_on_one_file_open_what_the_other_sealed(address: str, vault: Vault) -> None:
    other = Vault(address, entropy=os.urandom)
    person = vault.pseudonym("cổng", "NV-1")
    sealed = [one.seal(person, NAME) for one in (vault, other)]
    vault.flush()
    other.flush()
    for one in (vault, other):
        assert [one.unseal(person, s) for s in sealed] == [NAME, NAME]
    assert vault.erase(person).ever == 2
    for one in (vault, other):
        assert [one.unseal(person, s) for s in sealed] == [None, None]
    other.close()


def test_a_vault_that_hears_of_an_erasure_elsewhere_seals_under_a_new_key(
    address: str, vault: Vault, person: UUID
) -> None:
    other = Vault(address, entropy=os.urandom)
    other.seal(person, NAME)
    other.flush()
    vault.erase(person)
    other.forget(person.hex)
    sealed = other.seal(person, "Tên mới")
    assert other.unseal(person, sealed) == "Tên mới"
    other.close()


def test_many_vaults_that_begin_at_once_share_one_secret(address: str) -> None:
    """Two services started in the same instant make the tables and the secret together."""
    names: list[UUID] = []
    troubles: list[BaseException] = []
    start = threading.Barrier(8)

    def begin() -> None:
        start.wait()
        try:
            vault = Vault(address, entropy=os.urandom)
            names.append(vault.pseudonym("cổng", "NV-1"))
            vault.close()
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert (len(names), len(set(names))) == (8, 1)


def test_whoever_flushes_while_another_is_at_it_waits_until_its_keys_are_on_disk(
    vault: Vault, tmp_path: Path
) -> None:
    """Otherwise an event could be on record whose key is not: a crash would make the name unreadable for good."""
    blocker = sqlite3.connect(tmp_path / "vault.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    person = uuid4()
    sealed = vault.seal(person, NAME)
    first = threading.Thread(target=vault.flush)
    first.start()
    while vault._pending:
        threading.Event().wait(0.001)
    done: list[bool] = []

    def flush_as_well() -> None:
        vault.flush()
        done.append(True)

    second = threading.Thread(target=flush_as_well)
    second.start()
    second.join(0.2)
    assert done == []
    blocker.execute("COMMIT")
    blocker.close()
    first.join(30)
    second.join(30)
    assert done == [True]
    fresh = Vault(f"sqlite:///{tmp_path / 'vault.db'}", entropy=os.urandom)
    assert fresh.unseal(person, sealed) == NAME
    fresh.close()


def test_a_key_that_could_not_be_written_is_written_later(vault: Vault, tmp_path: Path) -> None:
    impatient(vault)
    blocker = sqlite3.connect(tmp_path / "vault.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    person = uuid4()
    sealed = vault.seal(person, NAME)
    with pytest.raises(Unavailable, match="Nothing was recorded"):
        vault.flush()
    blocker.execute("COMMIT")
    blocker.close()
    vault.flush()
    assert vault.unseal(person, sealed) == NAME


def test_a_file_that_cannot_be_a_vault_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "vault.db"
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(Unavailable, match="does not answer"):
        Vault(f"sqlite:///{file}", entropy=os.urandom)


def test_only_its_owner_may_read_the_file(vault: Vault, person: UUID, tmp_path: Path) -> None:
    vault.seal(person, NAME)
    vault.flush()
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_entropy_is_given_so_that_a_simulation_can_be_repeated(tmp_path: Path) -> None:
    def sealed(name: str) -> str:
        chance: Callable[[int], bytes] = random.Random(7).randbytes
        vault = Vault(f"sqlite:///{tmp_path / name}", entropy=chance)
        found = vault.seal(vault.pseudonym("cổng", "NV-1"), NAME)
        vault.close()
        return found

    assert sealed("one.db") == sealed("two.db")


def test_an_erasure_destroys_keys_that_another_process_is_about_to_put_on_disk(
    vault: Vault, address: str, person: UUID
) -> None:
    sealed = vault.seal(person, NAME)
    lent = vault.lend()
    assert vault.erase(person).now == 1
    with closing(Vault(address, entropy=os.urandom)) as elsewhere:
        elsewhere.take_over(lent)
        elsewhere.flush()
    vault.take_back(lent, kept=True)
    assert vault.unseal(person, sealed) is None


def test_keys_that_nobody_put_on_disk_are_put_there_from_here(
    vault: Vault, address: str, person: UUID
) -> None:
    sealed = vault.seal(person, NAME)
    vault.take_back(vault.lend(), kept=False)
    vault.flush()
    with closing(Vault(address, entropy=os.urandom)) as elsewhere:
        assert elsewhere.unseal(person, sealed) == NAME


def test_keys_that_are_just_being_put_on_disk_are_lent_as_well(vault: Vault, person: UUID) -> None:
    """Whoever records what is sealed under them must not be faster than their disk."""
    lent: list[str] = []
    vault.seal(person, NAME)

    @event.listens_for(vault._engine, "before_cursor_execute")
    def _meanwhile(*_: object) -> None:
        if not lent:
            lent.extend(holder for holder, *_ in vault.lend())

    vault.flush()
    assert lent == [person.hex]


def test_a_flush_puts_on_disk_what_is_lent(vault: Vault, address: str, person: UUID) -> None:
    sealed = vault.seal(person, NAME)
    vault.lend()
    vault.flush()
    with closing(Vault(address, entropy=os.urandom)) as elsewhere:
        assert elsewhere.unseal(person, sealed) == NAME
