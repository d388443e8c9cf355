"""One record, many at it: writers in threads and processes, a reader on their heels, and whoever closes the door."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from shared.errors import Conflict, Unavailable, VersionConflict
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.ledger.write import Claim
from tests.contract.engines import Engine, formed, joined

CHECKOUT = Path(__file__).parents[2]
WRITERS = 8
WRITES = 40


def at_once(tasks: Sequence[Callable[[], object]]) -> list[object]:
    """Everything begins at the same moment; what was raised is answered in its place."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        start.wait()
        try:
            return task()
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def test_a_reader_on_the_heels_of_many_writers_skips_nothing_and_doubles_nothing(
    engine: Engine,
) -> None:
    ledgers = [engine.open(), engine.open()]
    tail = engine.open()
    seen: list[Recorded] = []
    through = threading.Event()

    def follow() -> None:
        last_look = False
        while True:
            page = tail.read(seen[-1].position if seen else 0, limit=7)
            seen.extend(page)
            if not page and last_look:
                return
            last_look = through.is_set()

    def write(ledger: Ledger, writer: int) -> list[str]:
        names = []
        for turn in range(WRITES):
            stream = ledger.new_id()
            events = [formed(ledger, stream), joined(ledger, stream, 2), joined(ledger, stream, 3)]
            events = events[: 1 + (turn + writer) % 3]
            ledger.append(*events)
            names += [event.name for event in events]
        return names

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reading = threads.submit(follow)
        writing = [threads.submit(write, ledgers[writer % 2], writer) for writer in range(WRITERS)]
        try:
            written = [name for each in writing for name in each.result()]
        finally:
            through.set()
        reading.result()

    assert sorted(recorded.event.name for recorded in seen) == sorted(written)
    assert all(one.position < two.position for one, two in pairwise(seen))
    assert all(one.recorded <= two.recorded for one, two in pairwise(seen))
    assert seen == tail.read(0, limit=len(seen) + 1)


def test_of_many_who_want_the_same_place_one_gets_it(engine: Engine) -> None:
    ledgers = [engine.open(), engine.open()]
    stream = ledgers[0].new_id()
    ledgers[0].append(formed(ledgers[0], stream))
    answers = at_once(
        [
            lambda ledger=ledger: ledger.append(joined(ledger, stream, 2))  # type: ignore[misc]
            for ledger in ledgers * 4
        ]
    )
    assert sum(isinstance(answer, VersionConflict) for answer in answers) == 7
    assert ledgers[0].head() == next(answer for answer in answers if isinstance(answer, list))[0]


def test_writers_that_claim_names_in_opposite_orders_do_not_lock_each_other_out(
    engine: Engine,
) -> None:
    ledgers = [engine.open(), engine.open()]
    names = [f"name {number}" for number in range(50)]

    def claim(ledger: Ledger, order: list[str]) -> object:
        event = formed(ledger)
        return ledger.append(event, claims=[Claim(name, b"", event) for name in order])

    answers = at_once([lambda: claim(ledgers[0], names), lambda: claim(ledgers[1], names[::-1])])
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert len(ledgers[0].claimed(names)) == 50


def test_two_followers_of_one_name_handle_each_position_once(engine: Engine) -> None:
    ledgers = [engine.open(), engine.open()]

    def follow(ledger: Ledger) -> int:
        handled = 0
        for position in range(1, 41):
            try:
                ledger.append(formed(ledger), follower="dedup", handled=position)
                handled += 1
            except Conflict:
                continue
        return handled

    counts = at_once([lambda: follow(ledgers[0]), lambda: follow(ledgers[1])])
    assert ledgers[0].handled("dedup") == 40
    assert len(ledgers[0].read(0)) == sum(count for count in counts if isinstance(count, int))


def test_rooms_that_start_together_on_an_empty_place_all_find_their_ledger(engine: Engine) -> None:
    story = (
        "import sys; from shared.ledger.recorder import open_recorder\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "recorder = open_recorder(sys.argv[1])\n"
        "assert recorder.max_notification_id() is None\n"
        "recorder.close()"
    )
    rooms = [
        subprocess.Popen(
            [sys.executable, "-c", story, engine.url],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for room in rooms:
        assert room.stdout is not None
        assert room.stdout.readline() == "ready\n"
    for room in rooms:
        assert room.stdin is not None
        room.stdin.write("\n")
        room.stdin.flush()
    told = [room.communicate()[1] for room in rooms]
    assert [room.returncode for room in rooms] == [0] * 4, told


def test_a_ledger_closed_while_it_is_read_ends_the_reading_and_not_the_process(
    engine: Engine,
) -> None:
    ledger = engine.open()
    ledger.append(*(formed(ledger) for _ in range(300)))

    def read() -> None:
        while True:
            ledger.read(0)

    with ThreadPoolExecutor(4) as threads:
        readings = [threads.submit(read) for _ in range(4)]
        time.sleep(0.2)
        ledger.close()
        for reading in readings:
            with pytest.raises(Unavailable, match="cannot be read now"):
                reading.result()
