"""R12, the restore drill: taken while declarations keep coming in, damaged, killed; what is restored is whole or not there."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests.fault.processes import (
    KILLED,
    Commands,
    Request,
    Running,
    commands,
    declaration,
    key_for,
    lines,
    on_record,
    post,
    served_at,
)
from tests.fault.size import times

pytestmark = pytest.mark.fault

DRILLS: Final = times(2, 200)
DAMAGES: Final = times(12, 2000)
KILLS: Final = times(6, 500)
SENDERS: Final = 3
PAUSE_SECONDS: Final = 0.005
WORK_SECONDS: Final = 0.08
"""About as long as one of them is at work on a few hundred ideas."""

Note = Callable[[str, object], None]


class Stream:
    """Declarations that keep coming in, and the ids of those that were acknowledged."""

    def __init__(self, secret: str, port: int) -> None:
        self._secret, self._port = secret, port
        self._numbers = count()
        self._ends = threading.Event()
        self.acknowledged: list[str] = []
        self.refused: list[object] = []

    def send(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            while not self._ends.wait(PAUSE_SECONDS):
                number = next(self._numbers)
                body = json.dumps(declaration(number), ensure_ascii=False).encode()
                answer = post(connection, self._secret, Request(f"r-{number}", body))
                if answer.status == 201:
                    self.acknowledged.append(f"LD-{number}")
                else:
                    self.refused.append(answer)
        finally:
            connection.close()

    @contextmanager
    def flowing(self) -> Iterator[None]:
        senders = [threading.Thread(target=self.send) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            yield
        finally:
            self._ends.set()
            for sender in senders:
                sender.join()

    def wait_for_more(self) -> None:
        """Until some more were acknowledged."""
        enough = len(self.acknowledged) + 20
        until = time.monotonic() + 120
        while len(self.acknowledged) < enough:
            assert time.monotonic() < until, "no declaration was acknowledged any more"
            time.sleep(0.01)


@contextmanager
def declared_to(run: Commands, home: Path) -> Iterator[Stream]:
    """A server over the home, and senders who do not stop."""
    secret = key_for(run, home)
    with commands(home.parent / "served") as others:
        server = others.start("serve", "intake", "--data", home, "--port", 0)
        stream = Stream(secret, served_at(Path(f"{server.into}.stdout")))
        try:
            with stream.flowing():
                yield stream
        finally:
            os.kill(server.process, signal.SIGTERM)
            ended = others.end(server)
    assert ended.code == 0, ended


def test_what_was_acknowledged_before_a_backup_is_in_it_while_more_keeps_coming_in(
    run: Commands, home: Path, tmp_path: Path, record_property: Note
) -> None:
    restored_in_all = 0
    with declared_to(run, home) as stream:
        for number in range(DRILLS):
            stream.wait_for_more()
            before = set(stream.acknowledged)
            kept, keys, other = (
                tmp_path / f"{what}-{number}" for what in ("kept", "keys", "other")
            )
            backup = run.run("backup", kept, "--vault", keys, "--data", home, "--json")
            assert backup.code == 0, backup
            restored = run.run("restore", kept, "--vault", keys, "--data", other, "--json")
            assert restored.code == 0, restored
            ids = on_record(other)
            assert before <= set(ids)
            assert ids == on_record(home)[: len(ids)]
            verified = run.run("verify", "--data", other, "--json")
            assert verified.answer()["ok"] is True, verified
            assert verified.answer()["position"] == restored.answer()["position"]
            drill = run.run("drill", "--data", home, "--json")
            assert drill.code == 0, drill
            assert drill.answer()["ok"] is True
            assert drill.answer()["digests"]["stored_events"]["rows"] >= len(ids)
            restored_in_all += len(ids)
            for done in (kept, keys, other):
                shutil.rmtree(done)
    assert stream.refused == []
    assert sorted(on_record(home)) == sorted(stream.acknowledged)
    record_property(
        "R12",
        f"{DRILLS} backups restored and {DRILLS} drills while {len(stream.acknowledged):,} declarations came in; "
        f"{restored_in_all:,} restored, 0 acknowledged before missing, 0 unlike",
    )


@pytest.fixture
def filled(run: Commands, home: Path, tmp_path: Path) -> Path:
    """A home with some ideas."""
    file = tmp_path / "ideas.jsonl"
    file.write_text(lines(range(300)))
    assert run.run("import", file, "--data", home, "--json").answer()["accepted"] == 300
    return home


def flipped(file: Path, chance: random.Random) -> None:
    """Another byte somewhere."""
    held = bytearray(file.read_bytes())
    held[chance.randrange(len(held))] ^= chance.randrange(1, 256)
    file.write_bytes(held)


def shortened(file: Path, chance: random.Random) -> None:
    held = file.read_bytes()
    file.write_bytes(held[: chance.randrange(len(held))])


def lost(file: Path, chance: random.Random) -> None:
    file.unlink()


def test_damage_to_a_backup_is_noticed_and_nothing_is_restored_from_it(
    run: Commands, filled: Path, tmp_path: Path, chance: random.Random, record_property: Note
) -> None:
    kept = tmp_path / "kept"
    assert run.run("backup", kept, "--data", filled, "--json").code == 0
    other = tmp_path / "other"
    for _ in range(DAMAGES):
        damaged = Path(shutil.copytree(kept, tmp_path / "damaged"))
        file = chance.choice(sorted(f for f in damaged.rglob("*") if f.is_file()))
        damage = chance.choice([flipped, flipped, shortened, lost])
        damage(file, chance)
        outcome = run.run("restore", damaged, "--data", other, "--json")
        said = f"{damage.__name__} {file.relative_to(damaged)}"
        assert outcome.code == 1, said
        assert "Traceback" not in outcome.stderr, said
        assert not other.exists(), said
        shutil.rmtree(damaged)
    assert run.run("restore", kept, "--data", other, "--json").code == 0
    record_property("R12", f"{DAMAGES} backups damaged, {DAMAGES} refused")


def begun(running: Running, seen: Callable[[], object]) -> Running:
    """The same, once its work can be seen, or it has ended."""
    until = time.monotonic() + 120
    while not seen() and time.monotonic() < until:
        try:
            os.kill(running.process, 0)
        except ProcessLookupError:
            break
        time.sleep(0.0005)
    return running._replace(since=time.perf_counter())


def test_what_was_killed_half_way_is_not_taken_for_whole(
    run: Commands, filled: Path, tmp_path: Path, chance: random.Random, record_property: Note
) -> None:
    ids = on_record(filled)
    whole = tmp_path / "whole"
    assert run.run("backup", whole, "--data", filled, "--json").code == 0
    killed = unfinished = 0
    for number in range(KILLS):
        kept, other = tmp_path / f"kept-{number}", tmp_path / f"other-{number}"
        running = begun(run.start("backup", kept, "--data", filled, "--json"), kept.exists)
        ended = run.kill_after(running, chance.uniform(0, WORK_SECONDS))
        killed += ended.code == KILLED
        outcome = run.run("restore", kept, "--data", other, "--json")
        if outcome.code:
            assert ended.code == KILLED, outcome
            assert not other.exists()
            unfinished += kept.exists()
        else:
            assert on_record(other) == ids

        half = tmp_path / f"half-{number}"
        running = begun(run.start("restore", whole, "--data", half, "--json"), half.exists)
        ended = run.kill_after(running, chance.uniform(0, WORK_SECONDS))
        killed += ended.code == KILLED
        looked_at = run.run("verify", "--data", half, "--json")
        if looked_at.code:
            assert ended.code == KILLED, looked_at
            assert not (half / "ledger.db").exists()
            unfinished += half.exists()
        else:
            assert looked_at.answer()["ok"] is True
            assert on_record(half) == ids

        running = begun(
            run.start("drill", "--data", filled, "--json"),
            lambda: list(filled.glob("sangkien-drill-*")),
        )
        ended = run.kill_after(running, chance.uniform(0, 2 * WORK_SECONDS))
        killed += ended.code == KILLED
        unfinished += bool(list(filled.glob("sangkien-drill-*")))
    # What drills that were killed have left goes with one that lives.
    assert run.run("drill", "--data", filled, "--json").answer()["ok"] is True
    assert list(filled.glob("sangkien-drill-*")) == []
    record_property(
        "R12",
        f"{killed} of {3 * KILLS} backups, restores and drills killed, {unfinished} half done, 0 taken for whole",
    )
