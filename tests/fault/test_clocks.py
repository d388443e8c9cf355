"""Clocks that are hours wrong, and jump: recorded instants never fall, nothing is lost, and every board says what it shows."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from services.projections.boards.leaderboard import leaderboard
from services.projections.reckoning.asof import Axis, moment
from services.wiring import System
from shared.events.idea import IdeaDeclared
from shared.ledger.model import Recorded
from shared.vocabulary import Level
from tests.fault.homes import Home, connected
from tests.fault.processes import Request, declaration, post, unforeseen
from tests.fault.size import times
from tests.places import NEIGHBOUR, UNIT
from tests.provinces import NEIGHBOUR_ELSEWHERE, UNIT_ELSEWHERE

pytestmark = pytest.mark.fault

PLACES = (UNIT, NEIGHBOUR, UNIT_ELSEWHERE, NEIGHBOUR_ELSEWHERE)
HOURS = 3600
ROUNDING = 0.001
JUMPS = ((2, -2), (-2, 2), (0, -2), (2, 2), (-2, -2), (2, 0))
"""By how many hours the clocks of two intakes are wrong at the same time, one after the other."""
ROUNDS = times(1, 60)
EACH = times(8, 40)


class Clock:
    """A process's clock, wrong by some hours, which may be others at any moment."""

    def __init__(self, file: Path, hours: int) -> None:
        self.file = file
        self.set(hours)

    def set(self, hours: float) -> None:
        # Replaced whole, so that nobody reads half of it.
        written = self.file.with_suffix(".new")
        written.write_text(str(hours * HOURS))
        written.replace(self.file)


def sent(number: int) -> Request:
    body = declaration(number, unit=PLACES[number % len(PLACES)])
    return Request(f"r-{number}", json.dumps(body).encode())


def counted(facts: Sequence[Recorded], *, by: datetime) -> Counter[str]:
    """How many were declared by unit, up to an instant: a plain recount."""
    return Counter(
        fact.event.unit
        for fact in facts
        if isinstance(fact.event, IdeaDeclared) and fact.recorded <= by
    )


def shown(system: System, at: str | None, axis: Axis = Axis.KNOWN) -> Counter[str]:
    """The same as the board has it."""
    asked = moment(system.ledger, at, axis)
    board = leaderboard(
        system.views,
        system.directory,
        programme="1tr",
        at=asked,
        level=Level.GRASSROOTS,
        top=None,
    )
    return Counter({row.unit: row.gross for row in board.rows if row.gross})


@pytest.mark.timeout(7200)
def test_two_intakes_with_clocks_hours_apart_that_jump_lose_nothing_and_keep_one_rising_line(
    either_home: Home, record_property: Callable[[str, object], None]
) -> None:
    home, secret = either_home, either_home.key()
    clocks = [Clock(home.folder.parent / f"{n}.clock", 0) for n in range(2)]
    servers = [home.serve("intake", clock=clock.file) for clock in clocks]
    receipts: dict[int, bytes] = {}
    lock = threading.Lock()

    def send(port: int, numbers: range) -> None:
        with connected(port) as connection:
            for number in numbers:
                answer = post(connection, secret, sent(number))
                assert answer.status == 201, answer
                with lock:
                    receipts[number] = answer.body

    jumps = [jump for _ in range(ROUNDS) for jump in JUMPS]
    for turn, hours in enumerate(jumps):
        # Half of what is sent is sent before its clock jumps, half after, by both at once.
        begin = turn * 2 * EACH
        numbers = range(begin, begin + EACH), range(begin + EACH, begin + 2 * EACH)
        senders = [
            threading.Thread(target=send, args=(port, of))
            for (_, port), of in zip(servers, numbers, strict=True)
        ]
        for sender in senders:
            sender.start()
        for clock, wrong in zip(clocks, hours, strict=True):
            clock.set(wrong)
        for sender in senders:
            sender.join()

    # At the end one of them is surely ahead: what it records now bears an instant two hours to come.
    total = len(jumps) * 2 * EACH
    clocks[0].set(2)
    before = time.time()
    send(servers[0][1], range(total, total + 1))
    after = time.time()
    assert len(receipts) == total + 1
    for server, port in servers:
        with connected(port) as connection:
            for number, body in receipts.items():
                again = post(connection, secret, sent(number))
                assert (again.status, again.body, again.replayed) == (201, body, True)
        assert unforeseen(home.run.kill_after(server, 0).stderr) == []
    # The day by which an answer is due follows from when it was filed, and not from anybody's clock.
    assert {json.loads(body)["answer_due"] for body in receipts.values()} == {"2022-08-04"}

    asked = time.time()
    doctor = home.command("doctor", "--json").answer()
    ahead = doctor["recorded_ahead_of_clock_seconds"]
    earliest, latest = before + 2 * HOURS - time.time(), after + 2 * HOURS - asked
    assert earliest - ROUNDING <= ahead <= latest + ROUNDING
    board = home.command("board", "leaderboard", "--json").answer()
    facts = home.declared()
    assert board["ahead"] is True
    assert datetime.fromisoformat(board["at"]) == facts[-1].recorded
    assert board["total"] == total + 1

    assert all(one.position < two.position for one, two in pairwise(facts))
    assert all(one.recorded <= two.recorded for one, two in pairwise(facts))
    assert Counter(getattr(fact.event, "external_id", "") for fact in facts) == {
        f"LD-{number}": 1 for number in receipts
    }
    home.is_well()
    instants = sorted({fact.recorded for fact in facts})
    with home.system() as system:
        system.catch_up_views()
        for instant in instants[:: max(1, len(instants) // 40)] + instants[-1:]:
            for at in (instant, instant - timedelta(microseconds=1)):
                assert shown(system, at.isoformat()) == counted(facts, by=at)
        assert shown(system, None) == counted(facts, by=instants[-1])
        # On the other axis all were filed long ago.
        filed = datetime(2022, 5, 5, tzinfo=UTC).isoformat()
        assert shown(system, filed, Axis.CORRECTED) == counted(facts, by=instants[-1])
    record_property(
        "R11",
        f"{home}: two intakes, clocks up to 4 h apart, {2 * len(jumps):,} jumps, {len(facts):,} receipts, "
        "0 lost, 0 doubled, no instant falls",
    )


def test_a_clock_that_is_behind_refuses_what_is_filed_now_until_it_is_right(
    either_home: Home,
) -> None:
    home, secret = either_home, either_home.key()
    clock = Clock(home.folder.parent / "clock", -2)
    server, port = home.serve("intake", clock=clock.file)
    filed = datetime.now(UTC).isoformat()
    request = Request("now", json.dumps(declaration(0, filed_at=filed)).encode())
    with connected(port) as connection:
        refused = post(connection, secret, request)
        assert refused.status == 422
        assert json.loads(refused.body)["code"] == "filed-in-future"
        assert home.on_record() == []
        clock.set(0)
        assert post(connection, secret, request).status == 201
    home.run.kill_after(server, 0)
    assert home.on_record() == ["LD-0"]
