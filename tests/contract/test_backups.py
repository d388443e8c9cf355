"""A backup gives back what was kept, row by row, over each engine and from one to the other; and nothing that is not whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from services.cli.digest import told
from services.cli.drill import tried, unlike_events
from services.intake.person import erase
from services.intake.unit import Unit
from services.projections.reckoning.asof import moment
from services.wiring import System
from shared.backup.backup import back_up
from shared.backup.manifest import BackupIsDamaged, NoBackup, PlaceIsNotEmpty, found, sha256
from shared.backup.restore import Restored, restore
from shared.backup.scratch import AnotherDrill, scratch
from shared.backup.tables import StoreName, Sum, on_server, reading, sums
from shared.errors import Refusal, Unavailable, VersionConflict
from shared.events.idea import IdeaDeclared
from shared.ledger.leadership import leadership
from shared.settings import Settings
from tests.places import BY, UNITS, Place, author, counts, founding, line, lines, take
from tests.servers import Postgres

ENGINES: Final = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
NOW: Final = datetime(2023, 6, 1, tzinfo=UTC)

Somewhere = Callable[[str], Settings]


def quiet(_done: int, _all: int) -> None:
    """Nobody watches."""


@pytest.fixture
def somewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Somewhere]:
    """Places in which nothing stands, on an engine."""
    made: list[str] = []

    def place(engine: str) -> Settings:
        name = uuid4().hex
        settings = Settings(data=tmp_path / name)
        if engine == "sqlite":
            return settings
        server: Postgres = request.getfixturevalue("postgres_server")
        urls = {}
        for store in ("ledger", "views", "vault"):
            made.append(f"{store}_{name}")
            urls[f"{store}_url"] = SecretStr(server.create_database(made[-1]))
        return settings.model_copy(update=urls)

    yield place
    if made:
        server = request.getfixturevalue("postgres_server")
        with psycopg.connect(server.url, autocommit=True) as connection:
            for name in made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def lived_in(settings: Settings) -> Iterator[System]:
    """A small programme with three declarations, a follower that has come some way, and a refused write."""
    with System(settings) as system:
        system.ledger.append(*founding())
        with pytest.raises(VersionConflict):
            # A server has used up a number for it.
            system.ledger.append(*Unit.found(UNITS[0], above=None, by=BY))
        system.directory.catch_up()
        declare(system, "LD-1", "LD-2", "LD-3")
        system.ledger.append(follower="dedup", handled=system.ledger.head())
        system.catch_up_views()
        yield system


def declare(system: System, *names: str) -> tuple[int, int, int, int]:
    """Declare under these ids; answers how many rows were read, accepted, replayed, rejected."""
    place = Place(system.ledger, system.directory, system.vault)
    sent = [line(external_id=name, authors=[author(person=name)]) for name in names]
    return counts(take(place, lines(*sent)))


def held(settings: Settings) -> dict[str, Sum]:
    """What every table of ledger and vault comes to."""
    came_to: dict[str, Sum] = {}
    stores: tuple[StoreName, ...] = ("ledger", "vault")
    for store in stores:
        with reading(settings.address(store)) as read:
            came_to |= sums(read, store)
    return came_to


def kept(settings: Settings, tmp_path: Path, *, now: datetime = NOW) -> tuple[Path, Path]:
    """A backup; where its two parts are."""
    parts = (tmp_path / f"kept-{uuid4().hex}", tmp_path / f"keys-{uuid4().hex}")
    back_up(settings, *parts, now=now, advance=quiet)
    return parts


def put(settings: Settings, place: Path, keys: Path) -> Restored:
    return restore(settings, place, keys, advance=quiet)


def names(system: System) -> list[str | None]:
    """The authors' names, as far as they can be read."""
    events = [r.event for r in system.ledger.read(0, topics=[IdeaDeclared.TOPIC])]
    return [
        system.vault.unseal(e.authors[0].person, e.authors[0].sealed_name)
        for e in events
        if isinstance(e, IdeaDeclared)
    ]


@pytest.mark.parametrize("to", ENGINES)
@pytest.mark.parametrize("of", ENGINES)
def test_what_is_restored_is_what_was_kept_and_goes_on_from_there(
    of: str, to: str, somewhere: Somewhere, tmp_path: Path
) -> None:
    live, other = somewhere(of), somewhere(to)
    with lived_in(live) as system:
        parts = kept(live, tmp_path)
        head = system.ledger.head()
        as_kept, at = held(live), moment(system.ledger, str(head))
        boards = told(system, at)
        declare(system, "LD-later")  # is not in the backup
    restored = put(other, *parts)
    assert restored.ledger.position == head
    assert {**restored.ledger.tables, **restored.vault.tables} == as_kept
    assert held(other) == as_kept
    with System(other) as system:
        assert system.ledger.head() == head
        assert system.ledger.handled("dedup") == head
        assert names(system) == ["Nguyễn Thị Hòa"] * 3
        system.catch_up_views()
        assert told(system, moment(system.ledger, str(head))) == boards
        # Names stay taken, persons keep their pseudonyms, and the next position is the next one.
        assert declare(system, "LD-1") == (1, 0, 1, 0)
        assert declare(system, "LD-4") == (1, 1, 0, 0)
        assert system.ledger.head() == head + 1
        first, *_, last = [r.event for r in system.ledger.read(0, topics=[IdeaDeclared.TOPIC])]
        assert isinstance(first, IdeaDeclared)
        assert isinstance(last, IdeaDeclared)
        assert system.vault.pseudonym("cli", "LD-1") == first.authors[0].person
        assert system.vault.pseudonym("cli", "LD-4") == last.authors[0].person


@pytest.mark.parametrize("engine", ENGINES)
def test_whom_the_ledger_calls_erased_stays_erased_where_the_keys_are_older(
    engine: str, somewhere: Somewhere, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live, other = somewhere(engine), somewhere(engine)
    with lived_in(live) as system:
        _, old_keys = kept(live, tmp_path)
        person = system.vault.pseudonym("cli", "LD-2")
        system.ledger.append(
            erase(person, reason="Theo đơn", by=BY, ledger=system.ledger, keys=system.vault)
        )
        place, _ = kept(live, tmp_path, now=NOW + timedelta(days=1))
    with closing(create_engine(copied(old_keys)).connect()) as connection:
        assert connection.scalar(text("SELECT count(*) FROM person_keys WHERE key = x''")) == 0
    assert put(other, place, old_keys).erased == 1
    assert [r.__dict__["code"] for r in caplog.records if "code" in r.__dict__] == [
        "vault-is-older"
    ]
    with System(other) as system:
        assert names(system) == ["Nguyễn Thị Hòa", None, "Nguyễn Thị Hòa"]


def copied(keys: Path) -> str:
    """The copy of the keys itself."""
    return f"sqlite:///{keys / 'vault.db'}"


@pytest.mark.parametrize("store", ["ledger", "views", "vault"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_restore_goes_into_an_empty_place_only(
    engine: str, store: str, somewhere: Somewhere, tmp_path: Path
) -> None:
    live, other = somewhere(engine), somewhere(engine)
    with lived_in(live):
        parts = kept(live, tmp_path)
    addresses = {
        "ledger_url": SecretStr(other.address("ledger")),
        "views_url": SecretStr(other.address("views")),
        "vault_url": SecretStr(other.address("vault")),
    }
    addresses[f"{store}_url"] = SecretStr(live.address(store))  # type: ignore[arg-type]
    taken = other.model_copy(update=addresses)
    before = held(live)
    with pytest.raises(PlaceIsNotEmpty):
        put(taken, *parts)
    assert held(live) == before
    shutil.rmtree(other.home, ignore_errors=True)
    assert put(other, *parts).ledger.tables["claims"].rows == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_a_drill_says_that_both_say_the_same_and_leaves_nothing(
    engine: str, somewhere: Somewhere, tmp_path: Path
) -> None:
    live, room = somewhere(engine), tmp_path / "room"
    with lived_in(live) as system:
        before = databases(live)
        # What a drill that was killed has left goes with the next one.
        with scratch(live, room) as (directory, _):
            pass
        directory.mkdir(parents=True)
        (directory / "vault.db").touch()
        drill = tried(system, room, quiet)
        assert (drill.ok, drill.difference) == (True, None)
        assert drill.position == system.ledger.head()
        assert drill.digests["stored_events"] == held(live)["stored_events"]
        assert drill.digests["boards"].rows
        assert list(room.iterdir()) == []
        assert databases(live) == before


def databases(settings: Settings) -> list[str]:
    """The databases of the drill's on a server, none on a file."""
    url = settings.address("ledger")
    if url.startswith("sqlite"):
        return []
    with on_server(url) as server:
        rows = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'sangkien_drill%'"
        )
        return [row[0] for row in rows]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_drill_says_what_differs_first_where_boards_are_not_what_the_ledger_says(
    engine: str, somewhere: Somewhere, tmp_path: Path
) -> None:
    live = somewhere(engine)
    with lived_in(live) as system:
        declare(system, "LD-missed")
        pretend(live, system.ledger.head())
        drill = tried(system, tmp_path, quiet)
    assert not drill.ok
    assert drill.difference is not None
    assert drill.difference.of == "boards"
    assert drill.difference.live != drill.difference.restored


def pretend(settings: Settings, position: int) -> None:
    """Move the views' checkpoints without what they stand for."""
    url = settings.address("views").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE checkpoints SET position = {position}"))
    engine.dispose()


def test_the_first_event_that_differs_is_named(somewhere: Somewhere, tmp_path: Path) -> None:
    live, other = somewhere("sqlite"), somewhere("sqlite")
    with lived_in(live) as system:
        put(other, *kept(live, tmp_path))
        head = system.ledger.head()
        urls = live.address("ledger"), other.address("ledger")
        assert unlike_events(*urls, head, quiet) is None
        changed(other, f"UPDATE stored_events SET topic = 'unit.renamed' WHERE rowid = {head - 1}")
        unlike = unlike_events(*urls, head, quiet)
        assert unlike is not None
        assert unlike.of == "ledger"
        assert f"{head - 1} " in str(unlike.live)
        assert "unit.renamed" in str(unlike.restored)
        assert unlike_events(*urls, head - 2, quiet) is None
        changed(other, f"DELETE FROM stored_events WHERE rowid >= {head - 1}")
        unlike = unlike_events(*urls, head, quiet)
        assert unlike is not None
        assert unlike.restored is None


def changed(settings: Settings, statement: str) -> None:
    engine = create_engine(settings.address("ledger"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_two_drills_do_not_meet(somewhere: Somewhere, tmp_path: Path) -> None:
    live = somewhere("sqlite")
    with lived_in(live) as system:
        one = leadership(live.address("ledger"), "drill")
        assert one.held()
        with pytest.raises(AnotherDrill):
            tried(system, tmp_path, quiet)
        one.resign()
        assert tried(system, tmp_path, quiet).ok


@pytest.mark.postgres
def test_a_role_that_may_make_no_database_is_told_what_to_do(
    somewhere: Somewhere, tmp_path: Path
) -> None:
    live = somewhere("postgres")
    with lived_in(live) as system:
        role = f"plain_{uuid4().hex}"
        with on_server(live.address("ledger"), autocommit=True) as server:
            server.execute(f"CREATE ROLE {role} LOGIN".encode())
        url = live.address("ledger").replace("postgres@", f"{role}@")
        with (
            pytest.raises(Unavailable, match="CREATEDB"),
            scratch(system.settings.model_copy(update={"ledger_url": SecretStr(url)}), tmp_path),
        ):
            pass
        with on_server(live.address("ledger"), autocommit=True) as server:
            server.execute(f"DROP ROLE {role}".encode())


# What is not whole.


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("table", ["stored_events", "claims", "tracking", "person_keys"])
def test_what_does_not_come_to_the_kept_digest_is_not_put_there(
    engine: str, table: str, somewhere: Somewhere, tmp_path: Path
) -> None:
    live, other = somewhere("sqlite"), somewhere(engine)
    with lived_in(live):
        place, keys = kept(live, tmp_path)
    rewrite(keys if table == "person_keys" else place, table)
    with pytest.raises(BackupIsDamaged, match=table):
        put(other, place, keys)
    assert not whole(other)


def rewrite(place: Path, table: str) -> None:
    """Say another digest of a table, in a manifest that is whole in itself."""
    manifest = place / "manifest.json"
    said = json.loads(manifest.read_text())
    said["tables"][table]["sha256"] = "0" * 64
    before = sha256(manifest)
    manifest.write_text(json.dumps(said))
    sums_of_files = place / "SHA256SUMS"
    sums_of_files.write_text(sums_of_files.read_text().replace(before, sha256(manifest)))


def whole(settings: Settings) -> bool:
    """Whether a ledger stands there."""
    try:
        with reading(settings.address("ledger")) as read:
            return sums(read, "ledger")["stored_events"].rows > 0
    except Refusal:
        return False


def cut_off(place: Path) -> None:
    (place / "SHA256SUMS").unlink()


def garbled(place: Path) -> None:
    (place / "manifest.json").write_text('{"format": 1')


def without_a_line(place: Path) -> None:
    _, *rest = (place / "SHA256SUMS").read_text().splitlines(keepends=True)
    (place / "SHA256SUMS").write_text("".join(rest))


def longer(place: Path) -> None:
    with (place / "ledger.db").open("ab") as file:
        file.write(b"\0")


def shorter(place: Path) -> None:
    (place / "ledger.db").write_bytes((place / "ledger.db").read_bytes()[:-1])


def without_ledger(place: Path) -> None:
    (place / "ledger.db").unlink()


def leading_out(place: Path) -> None:
    (place.parent / "elsewhere").write_bytes(b"")
    with (place / "SHA256SUMS").open("a") as file:
        file.write(f"{sha256(place.parent / 'elsewhere')}  models/../../elsewhere\n")


@pytest.mark.parametrize(
    ("damage", "refusal"),
    [
        (cut_off, NoBackup),
        (garbled, BackupIsDamaged),
        (longer, BackupIsDamaged),
        (shorter, BackupIsDamaged),
        (without_ledger, BackupIsDamaged),
        (leading_out, BackupIsDamaged),
        (without_a_line, BackupIsDamaged),
    ],
)
def test_a_damaged_backup_is_refused_before_anything_is_put_anywhere(
    damage: Callable[[Path], None],
    refusal: type[Refusal],
    somewhere: Somewhere,
    tmp_path: Path,
) -> None:
    live, other = somewhere("sqlite"), somewhere("sqlite")
    with lived_in(live):
        place, keys = kept(live, tmp_path)
    damage(place)
    with pytest.raises(refusal):
        put(other, place, keys)
    assert not other.home.exists()


def test_the_parts_of_a_backup_cannot_be_mistaken_for_each_other(
    somewhere: Somewhere, tmp_path: Path
) -> None:
    live, other = somewhere("sqlite"), somewhere("sqlite")
    with lived_in(live):
        place, keys = kept(live, tmp_path)
    with pytest.raises(NoBackup):
        put(other, keys, place)


def test_a_backup_never_goes_over_another(somewhere: Somewhere, tmp_path: Path) -> None:
    live = somewhere("sqlite")
    with lived_in(live):
        place, keys = kept(live, tmp_path)
        before = found(place, "ledger")
        with pytest.raises(PlaceIsNotEmpty):
            back_up(live, place, keys, now=NOW, advance=quiet)
    assert found(place, "ledger") == before


def test_fitted_models_go_with_the_ledger(somewhere: Somewhere, tmp_path: Path) -> None:
    live, other = somewhere("sqlite"), somewhere("sqlite")
    with lived_in(live):
        live.models_home.mkdir(parents=True)
        (live.models_home / "abc.npz").write_bytes(b"a model")
        put(other, *kept(live, tmp_path))
    assert (other.models_home / "abc.npz").read_bytes() == b"a model"
