"""Whatever fails on the whole path, from HTTP to the boards: nothing is lost, nothing counts twice, and it goes on by itself."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.fault.load import Load
from tests.fault.nation import ROOMS, SERVERS, Nation, nation
from tests.fault.processes import refuses_new_ones, unforeseen
from tests.fault.size import SOAK, times
from tests.journey.town import eventually
from tests.servers import Kafka, Postgres, Wire

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.kafka,
    pytest.mark.fault,
    pytest.mark.timeout(times(900, 7200)),
]

Note = Callable[[str, object], None]
GRACE_SECONDS: Final = 45
"""So long the containers' file lets a room take for its end."""
OUTAGE_SECONDS: Final = (0.5, times(2, 8))


@pytest.fixture(scope="module")
def rooms(
    postgres_server: Postgres,
    wired_kafka: tuple[Kafka, Wire],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Nation]:
    with nation(postgres_server, *wired_kafka, tmp_path_factory.mktemp("nation")) as begun:
        yield begun


@pytest.fixture
def at_work(rooms: Nation) -> Iterator[Nation]:
    """The system as the test before left it, mended."""
    rooms.mend()
    rooms.drained()
    yield rooms
    rooms.mend()


def test_whoever_is_killed_on_the_whole_path_nothing_is_lost_and_nothing_counts_twice(
    at_work: Nation, chance: random.Random, tmp_path: Path, record_property: Note
) -> None:
    """Two at a time, at any moment: rooms, the broker, the database server."""
    rounds, drained = times(1, 60), []
    with at_work.load.going_on(at_work.port):
        for _ in range(rounds):
            victims = chance.sample((*ROOMS, *SERVERS), len(ROOMS) + len(SERVERS))
            while victims:
                pair, victims = victims[:2], victims[2:]
                for victim in pair:
                    time.sleep(chance.uniform(0, 1))
                    at_work.kill(victim)
                at_work.start(pair)
                drained.append(at_work.drained())
    counts = at_work.all_is_well(tmp_path)
    record_property(
        "R2",
        f"{rounds * (len(ROOMS) + len(SERVERS))} killed, {counts}; drained in {max(drained):.1f} s at most",
    )


def test_a_rolling_restart_under_load_loses_no_request_and_every_room_ends_well(
    at_work: Nation, tmp_path: Path, record_property: Note
) -> None:
    rounds, took = times(1, 20), []
    load = at_work.load
    refused = load.refused.total()
    with load.going_on(at_work.port):
        for name in ROOMS * rounds:
            room = at_work.rooms[name]
            at_work.goes_on()
            # What faults made before it said in its time.
            said = len(room.logged.read_text())
            with load.half_sent(room.port) if name.startswith("intake") else nullcontext():
                room.process.send_signal(signal.SIGTERM)
                began = time.monotonic()
                refuses_new_ones(room.port)
            assert room.process.wait(GRACE_SECONDS) == 0, name
            took.append(time.monotonic() - began)
            assert unforeseen(room.logged.read_text()[said:]) == [], name
            at_work.start([name])
        drained = at_work.drained()
    assert load.refused.total() == refused
    counts = at_work.all_is_well(tmp_path)
    record_property(
        "R14",
        f"{len(took)} rooms told to stop, {counts}; ended in {max(took):.1f} s at most, drained in {drained:.1f} s",
    )


def test_while_kafka_or_a_room_is_cut_off_declarations_are_taken_in_and_all_is_made_up_for(
    at_work: Nation, chance: random.Random, tmp_path: Path, record_property: Note
) -> None:
    """Stopped, killed, frozen, cut off, silent: who takes declarations in does not notice, the others go on by themselves."""
    outages = [
        partial(stopped, at_work.kafka),
        partial(killed, at_work.kafka),
        partial(cut, at_work.to_kafka),
        partial(silent, at_work.to_kafka),
        partial(half_open, at_work.to_kafka),
        partial(slow, at_work.to_kafka),
        partial(frozen, at_work.kafka),
    ]
    followers = [wire for room, wire in at_work.wires.items() if not room.startswith("intake")]
    outages += [partial(how, *followers) for how in (cut, silent, slow)]
    if SOAK:
        outages += [partial(how, wire) for how in (cut, silent, slow) for wire in followers]
    rounds, drained = times(1, 30), []
    load = at_work.load
    refused = load.refused.total()
    accepted = 0
    with load.going_on(at_work.port):
        for _ in range(rounds):
            for outage in chance.sample(outages, len(outages)):
                before = at_work.recorded()
                with outage():
                    at_work.goes_on(10)
                    time.sleep(chance.uniform(*OUTAGE_SECONDS))
                    accepted += at_work.recorded() - before
                drained.append(at_work.drained())
    assert load.refused.total() == refused
    counts = at_work.all_is_well(tmp_path)
    record_property(
        "R6",
        f"{len(drained)} outages of Kafka and of followers' databases, {accepted} acknowledged meanwhile, {counts}; "
        f"drained in {max(drained):.1f} s at most",
    )


def test_without_its_database_intake_says_so_and_goes_on_when_it_is_back(
    at_work: Nation, tmp_path: Path, record_property: Note
) -> None:
    rounds, drained = times(1, 30), []
    load = at_work.load
    refused = load.refused["unavailable"]
    wires = [at_work.wires[room] for room in ROOMS if room.startswith("intake")]
    with load.going_on(at_work.port):
        for _ in range(rounds):
            at_work.goes_on()
            before = load.refused["unavailable"]
            with cut(*wires):
                eventually(partial(told, load, more_than=before))
            at_work.goes_on()
            with silent(*wires):
                time.sleep(OUTAGE_SECONDS[1])
            at_work.goes_on()
            drained.append(at_work.drained())
    counts = at_work.all_is_well(tmp_path)
    record_property(
        "R6",
        f"{2 * rounds} outages of intake's database, {load.refused['unavailable'] - refused} times told so, {counts}; "
        f"drained in {max(drained):.1f} s at most",
    )


def told(load: Load, *, more_than: int) -> bool:
    """Whether senders were told more often than so that nothing can be recorded."""
    return load.refused["unavailable"] > more_than


@contextmanager
def stopped(kafka: Kafka) -> Iterator[None]:
    kafka.stop()
    yield
    kafka.start()


@contextmanager
def killed(kafka: Kafka) -> Iterator[None]:
    kafka.kill()
    yield
    kafka.start()


@contextmanager
def frozen(kafka: Kafka) -> Iterator[None]:
    assert kafka.process is not None
    kafka.process.send_signal(signal.SIGSTOP)
    yield
    kafka.process.send_signal(signal.SIGCONT)


@contextmanager
def cut(*wires: Wire) -> Iterator[None]:
    for wire in wires:
        wire.hang_up()
    yield
    for wire in wires:
        wire.mend()


@contextmanager
def silent(*wires: Wire) -> Iterator[None]:
    for wire in wires:
        wire.fall_silent()
    yield
    for wire in wires:
        wire.mend()
        wire.tell()


@contextmanager
def half_open(wire: Wire) -> Iterator[None]:
    """Nobody ever learns that what was connected is dead: Kafka's clients have to find out by their own patience."""
    wire.fall_silent()
    yield
    wire.mend()


@contextmanager
def slow(*wires: Wire) -> Iterator[None]:
    for wire in wires:
        wire.delay_seconds = 0.05
    yield
    for wire in wires:
        wire.mend()
