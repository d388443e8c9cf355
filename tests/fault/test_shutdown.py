"""Starting and stopping: a server that is told to stop answers first; two that want one port say so."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fault.load import Load
from tests.fault.processes import (
    ROOT,
    Commands,
    Request,
    declaration,
    key_for,
    lines,
    on_record,
    post,
    refuses_new_ones,
    served_at,
    unforeseen,
)

pytestmark = pytest.mark.fault


@contextmanager
def serving(home: Path, *rooms: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server started as anybody would start it."""
    said = home.parent / "said"
    with said.open("wb") as stdout, (home.parent / "logged").open("wb") as stderr:
        server = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "serve", *rooms, "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "SANGKIEN_DATA": str(home)},
            stdout=stdout,
            stderr=stderr,
        )
    try:
        yield server, served_at(said)
    finally:
        server.kill()
        server.wait(60)


def sent(number: int) -> bytes:
    return json.dumps(declaration(number), ensure_ascii=False).encode()


def test_a_server_that_is_told_to_stop_answers_what_it_has_begun_and_ends_well(
    run: Commands, home: Path
) -> None:
    secret = key_for(run, home)
    with serving(home) as (server, port):
        load = Load(secret)
        with load.half_sent(port):
            server.send_signal(signal.SIGTERM)
            refuses_new_ones(port)
        assert server.wait(60) == 0
        assert load.positions()
    assert on_record(home) == ["LD-0"]
    assert unforeseen((home.parent / "logged").read_text()) == []


def test_a_sender_that_goes_away_in_the_middle_leaves_nothing_behind(
    run: Commands, home: Path
) -> None:
    secret = key_for(run, home)
    with serving(home, "intake") as (server, port):
        for number in range(5):
            body = sent(number)
            head = (
                "POST /ideas HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {secret}\r\nIdempotency-Key: k-{number}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            with socket.create_connection(("127.0.0.1", port)) as gone:
                gone.sendall(head.encode() + body[: number * 50])
        steady = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        assert post(steady, secret, Request("k-0", sent(0))).status == 201
        steady.close()
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert on_record(home) == ["LD-0"]
    assert unforeseen((home.parent / "logged").read_text()) == []


def test_everything_acknowledged_before_the_end_is_on_record_when_many_are_at_it(
    run: Commands, home: Path
) -> None:
    secret = key_for(run, home)
    acknowledged: list[int] = []

    def send(numbers: range, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            for number in numbers:
                answer = post(connection, secret, Request(f"r-{number}", sent(number)))
                assert answer.status == 201, answer
                acknowledged.append(number)
                if number == numbers[20]:
                    busy.set()
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()

    busy = threading.Event()
    with serving(home, "intake") as (server, port):
        senders = [
            threading.Thread(target=send, args=(range(n * 10_000, (n + 1) * 10_000), port))
            for n in range(8)
        ]
        for sender in senders:
            sender.start()
        assert busy.wait(60)
        server.send_signal(signal.SIGTERM)
        for sender in senders:
            sender.join(60)
        assert server.wait(60) == 0
    ids = on_record(home)
    assert len(ids) == len(set(ids))
    assert {f"LD-{number}" for number in acknowledged} <= set(ids)
    assert len(acknowledged) > 20


def test_two_servers_cannot_have_one_port_and_the_second_says_so(run: Commands, home: Path) -> None:
    with serving(home, "intake") as (_, port):
        second = run.run("serve", "intake", "--data", home, "--port", port)
    assert second.code == 1
    assert f"Port {port} on 127.0.0.1 is taken" in second.stderr
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize("processes", [2, 4])
def test_the_same_file_imported_by_several_at_once_is_on_record_once(
    home: Path, processes: int
) -> None:
    file = home.parent / "same.jsonl"
    file.write_text(lines(range(3000)))
    command = [sys.executable, "-m", "services.cli", "import", str(file), "--json"]
    environment = {**os.environ, "SANGKIEN_DATA": str(home)}
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(processes)
    ]
    reports: list[dict[str, Any]] = []
    for process in running:
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr.decode()
        reports.append(json.loads(stdout))
    assert sum(report["accepted"] for report in reports) == 3000
    for report in reports:
        assert report["accepted"] + report["replayed"] == report["read"] == 3000
        assert report["rejected"] == 0
    ids = on_record(home)
    assert sorted(ids) == sorted(f"LD-{n}" for n in range(3000))
