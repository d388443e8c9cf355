"""A nation's story: each room is a process, PostgreSQL holds and Kafka carries; what comes of it is what one process finds."""

from __future__ import annotations

import http.client
import json
import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fault.processes import Request, post, unforeseen
from tests.grown import IN_ORDER, Grown, Process, grown
from tests.journey.test_command_line import FOUNDED, SAMPLE, done
from tests.journey.town import eventually
from tests.servers import Kafka, Postgres

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

SENDER = "cong-tinh"
ROWS: list[bytes] = (SAMPLE / "declarations.jsonl").read_bytes().splitlines()


@pytest.fixture
def nation(postgres_server: Postgres, kafka_server: Kafka, tmp_path: Path) -> Iterator[Grown]:
    with grown(postgres_server, kafka_server, tmp_path) as system:
        system.run("init", *FOUNDED)
        yield system


def send(port: int, secret: str, rows: Sequence[bytes]) -> list[int]:
    """Declare one after the other; answers at which positions they are on record."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    positions = []
    for row in rows:
        answer = post(connection, secret, Request(json.loads(row)["external_id"], row))
        assert answer.status == 201, answer
        positions.append(json.loads(answer.body)["position"])
    connection.close()
    return positions


def caught_up(system: Grown) -> bool:
    """Whether everybody has handled all there is: twice, for what is recorded between two looks may be missed by one."""
    looks = [system.run("doctor") for _ in range(2)]
    return looks[0]["head"] == looks[1]["head"] and not any(
        lag for look in looks for lag in look["lag"].values()
    )


def embedded(home: Path, rows: Sequence[bytes]) -> Any:
    """What one process over one file makes of the same declarations."""
    file = home / "rows.jsonl"
    file.write_bytes(b"\n".join(rows))
    data = ("--data", home / "embedded")
    done("init", *data, *FOUNDED)
    done("import", file, "--sender", SENDER, *data)
    done("match", *data)
    return done("digest", *data, "--json").json


def test_declarations_go_through_postgresql_and_kafka_to_the_boards_as_they_do_in_one_process(
    nation: Grown, tmp_path: Path
) -> None:
    rooms = {room: nation.start(room) for room in IN_ORDER}
    second, operator = nation.start("matching"), nation.key("operator")
    eventually(lambda: sorted(map(parts, (rooms["matching"], second), [operator] * 2)) == [6, 6])
    secret = nation.key(label=SENDER)
    positions = send(rooms["intake"].port, secret, ROWS)
    board = f"/boards/leaderboard?level=nation&seen={positions[-1]}"
    manager = nation.key("manager")
    assert rooms["projections"].get(board, manager)["total"] == len(ROWS)
    eventually(lambda: caught_up(nation), seconds=200)
    assert nation.run("verify")["ok"]
    found = nation.run("digest")
    assert found == embedded(tmp_path, ROWS)
    assert found["flags"]["count"]
    for room in (*rooms.values(), second):
        assert room.end(signal.SIGTERM) == 0
        assert unforeseen(room.logged.read_text()) == []


def parts(process: Process, secret: str) -> int:
    """How many parts of the matching are a worker's."""
    [line] = re.findall(r"^sangkien_matching_parts (\d+)$", process.get("/metrics", secret), re.M)
    return int(line)


@pytest.mark.fault
def test_when_a_matching_worker_is_killed_another_does_what_it_left(
    nation: Grown, tmp_path: Path
) -> None:
    operator, secret = nation.key("operator"), nation.key(label=SENDER)
    intake = nation.start("intake")
    first = nation.start("matching")
    for room in ("relay", "dedup", "projections"):
        nation.start(room)
    send(intake.port, secret, ROWS[:40])
    eventually(lambda: parts(first, operator) == 12)
    second = nation.start("matching")
    eventually(lambda: parts(second, operator) == 6)
    send(intake.port, secret, ROWS[40:60])
    first.end(signal.SIGKILL)
    send(intake.port, secret, ROWS[60:])
    eventually(lambda: caught_up(nation), seconds=200)
    assert parts(second, operator) == 12
    assert nation.run("digest") == embedded(tmp_path, ROWS)


def leads(process: Process, secret: str) -> bool:
    """Whether a process is the one that publishes."""
    return 'sangkien_follower_leads{follower="relay"} 1' in process.get("/metrics", secret)


@pytest.mark.fault
def test_when_the_relay_that_leads_is_killed_the_other_goes_on_where_it_was(nation: Grown) -> None:
    operator, secret = nation.key("operator"), nation.key(label=SENDER)
    intake, projections = nation.start("intake"), nation.start("projections")
    first, second = nation.start("relay"), nation.start("relay")
    [leader] = eventually(lambda: [r for r in (first, second) if leads(r, operator)])
    other = second if leader is first else first
    assert not leads(other, operator)
    send(intake.port, secret, ROWS[:10])
    leader.end(signal.SIGKILL)
    positions = send(intake.port, secret, ROWS[10:20])
    eventually(lambda: leads(other, operator))
    board = f"/boards/leaderboard?level=nation&at={positions[-1]}"
    manager = nation.key("manager")
    eventually(lambda: projections.get(board, manager)["total"] == 20)
    assert unforeseen(other.logged.read_text()) == []
