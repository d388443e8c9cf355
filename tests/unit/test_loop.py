"""A follower's loop: it goes on after a conflict, backs off from a failure, and never skips."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from services.serving import ROOMS, Serving
from services.wiring import System
from shared.errors import Conflict
from shared.events.access import PersonErased
from shared.ledger import follow
from shared.ledger.follow import Loop
from shared.ledger.model import Actor, Recorded
from shared.settings import Settings

BY = Actor(name="tester", role="admin", source="tests", correlation=uuid4())


class Facts:
    """A feed in memory."""

    def __init__(self, count: int) -> None:
        self.facts = [
            Recorded(
                place,
                datetime(2022, 1, 8, tzinfo=UTC),
                PersonErased(originator_id=uuid4(), originator_version=1, by=BY, reason="Asked"),
            )
            for place in range(1, count + 1)
        ]

    def read(self, after: int, *, limit: int) -> Sequence[Recorded]:
        return self.facts[after : after + limit]

    def head(self) -> int:
        return len(self.facts)


class Patient:
    """A follower to which something happens before it handles a page."""

    name: str = "patient"
    page: int = 2

    def __init__(self, happens: Callable[[Patient], None]) -> None:
        self.reached = 0
        self.asked = 0
        self.happens = happens

    def position(self) -> int:
        return self.reached

    def handle(self, page: Sequence[Recorded]) -> None:
        assert page[0].position == self.reached + 1
        self.asked += 1
        self.happens(self)
        self.reached = page[-1].position


@pytest.fixture
def run() -> Iterator[Callable[[Patient, int], Loop]]:
    loops: list[Loop] = []

    def start(follower: Patient, count: int) -> Loop:
        loops.append(Loop(follower, Facts(count)))
        loops[-1].start()
        return loops[-1]

    yield start
    for loop in loops:
        loop.stop()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_loop_follows_to_the_head_and_on(run: Callable[[Patient, int], Loop]) -> None:
    follower = Patient(lambda _: None)
    loop = run(follower, 7)
    eventually(lambda: loop.lag(7) == 0)
    assert isinstance(loop.feed, Facts)
    loop.feed.facts = Facts(9).facts
    eventually(lambda: follower.reached == 9)


def test_a_page_that_another_process_handled_first_is_not_a_failure(
    run: Callable[[Patient, int], Loop],
) -> None:
    def overtaken(follower: Patient) -> None:
        if follower.asked % 2:
            follower.reached += 1
            raise Conflict("patient has already handled that position.")

    follower = Patient(overtaken)
    loop = run(follower, 50)
    eventually(lambda: follower.reached == 50)
    assert (loop.failures, loop.last_error) == (0, "")


def test_a_conflict_that_stays_is_a_failure_and_does_not_spin(
    run: Callable[[Patient, int], Loop],
) -> None:
    def contradict(_: Patient) -> None:
        raise Conflict("Version 1 is already on record.")

    follower = Patient(contradict)
    loop = run(follower, 3)
    eventually(lambda: loop.failures >= 2)
    assert loop.last_error == "Conflict: Version 1 is already on record."
    assert follower.asked <= 5 * (loop.failures + 1)
    assert loop.lag(3) == 3


def test_a_failure_is_said_and_forgotten_once_it_is_over(
    run: Callable[[Patient, int], Loop],
) -> None:
    def stumble(follower: Patient) -> None:
        if follower.asked < 3:
            raise OSError("The disk is full.")

    follower = Patient(stumble)
    loop = run(follower, 5)
    eventually(lambda: loop.failures == 2)
    assert loop.last_error == "OSError: The disk is full."
    eventually(lambda: follower.reached == 5)
    eventually(lambda: (loop.failures, loop.last_error) == (0, ""))


def test_a_failure_is_over_with_the_first_page_however_many_follow(
    run: Callable[[Patient, int], Loop],
) -> None:
    def stumble(follower: Patient) -> None:
        if follower.asked == 1:
            raise OSError("The disk is full.")
        if follower.asked > 2:
            eventually(lambda: bool(checked))

    checked: list[bool] = []
    follower = Patient(stumble)
    loop = run(follower, 50)
    eventually(lambda: follower.asked == 3)
    assert (loop.failures, loop.last_error) == (0, "")
    checked.append(True)
    eventually(lambda: follower.reached == 50)


def test_a_loop_prepares_before_it_follows_and_leaves_off_when_stopped() -> None:
    told: list[str] = []

    def prepare(stopping: Callable[[], bool]) -> None:
        told.append("prepared")
        eventually(stopping)
        told.append("left off")

    follower = Patient(lambda _: told.append("handled"))
    loop = Loop(follower, Facts(4), prepare=prepare)
    loop.start()
    eventually(lambda: told == ["prepared"])
    loop.stop()
    assert (told, follower.reached) == (["prepared", "left off"], 0)


def test_what_cannot_be_prepared_is_tried_again() -> None:
    attempts: list[int] = []

    def prepare(_: Callable[[], bool]) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("the disk was away for a moment")

    follower = Patient(lambda _: None)
    loop = Loop(follower, Facts(4), prepare=prepare)
    loop.start()
    eventually(lambda: follower.reached == 4)
    loop.stop()
    assert len(attempts) == 2


def test_a_stopped_loop_finishes_the_page_in_hand_and_no_other() -> None:
    loops: list[Loop] = []
    follower = Patient(lambda _: loops[0]._stopping.set())
    loops.append(Loop(follower, Facts(9)))
    loops[0].start()
    loops[0].join(10)
    assert follower.reached == follower.page


def test_a_loop_that_is_woken_looks_at_once(
    run: Callable[[Patient, int], Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "IDLE_SECONDS", 3600.0)
    follower = Patient(lambda _: None)
    loop = run(follower, 2)
    eventually(lambda: follower.reached == 2)
    assert isinstance(loop.feed, Facts)
    loop.feed.facts += [
        recorded._replace(position=recorded.position + 2) for recorded in Facts(2).facts
    ]
    # Whether it was just looking or waiting for news, it finds these.
    loop.wake()
    eventually(lambda: follower.reached == 4)


@pytest.mark.parametrize(
    ("kafka", "rooms", "woken"),
    [
        (None, ROOMS, {"dedup", "cases", "projections"}),
        (None, ("intake",), set()),
        ("127.0.0.1:9", ROOMS, {"relay"}),
        ("127.0.0.1:9", ("intake", "dedup", "projections"), set()),
    ],
)
def test_what_another_process_commits_wakes_every_room_that_reads_the_ledger_itself(
    tmp_path: Path, kafka: str | None, rooms: Sequence[str], woken: set[str]
) -> None:
    with System(Settings(data=tmp_path, kafka=kafka)) as system:
        serving = Serving(system, rooms)
        serving._wake()
        assert {loop.follower.name for loop in serving.loops if loop._news.is_set()} == woken
        # Where nobody would be woken, nobody listens either.
        assert {loop.follower.name for loop in serving._readers()} == woken
