"""Commands as processes of their own, which can be killed; and what they leave on record."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from tests.places import record
from tests.provinces import ALL_UNITS, PROGRAMME_WITH_TARGETS

ROOT: Final = Path(__file__).parents[2]
KILLED: Final = -signal.SIGKILL
ORDINARY_BATCH: Final = 1000

WORDS: Final = [
    "bàn",
    "xoay",
    "chốt",
    "định",
    "vị",
    "khung",
    "hàn",
    "công",
    "nhân",
    "lò",
    "xo",
    "thép",
    "hộp",
    "đĩa",
    "chia",
    "góc",
    "mỏ",
    "mối",
    "sửa",
    "lỗi",
    "phôi",
    "dao",
    "tiện",
    "phay",
    "khoan",
    "nước",
    "chè",
    "búp",
    "vườn",
    "tưới",
    "phun",
    "hẹn",
    "giờ",
    "nhiệt",
    "độ",
    "sương",
    "muối",
    "lá",
    "gốc",
    "phân",
    "trường",
    "lớp",
    "học",
    "sinh",
    "đọc",
    "sách",
    "hành",
    "lang",
    "sổ",
    "bệnh",
    "viện",
    "khoa",
    "thuốc",
    "giường",
    "tủ",
    "nhãn",
    "màu",
    "đỏ",
    "xanh",
    "vàng",
    "ca",
    "trực",
    "bàn",
    "giao",
    "kho",
    "kiểm",
    "kê",
    "vải",
    "may",
    "chuyền",
    "kim",
    "chỉ",
    "máy",
    "điện",
    "cầu",
    "dao",
    "rơ",
    "le",
    "cảm",
    "biến",
    "băng",
    "tải",
    "hộp",
    "số",
    "dầu",
    "bơm",
    "van",
    "ống",
    "lọc",
    "bụi",
    "quạt",
    "gió",
    "nhà",
    "xưởng",
    "mái",
    "tôn",
    "cách",
    "nhiệt",
]


class Outcome(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    stdout: str
    stderr: str

    def answer(self) -> dict[str, Any]:
        """The one JSON object that it answered with."""
        assert self.stdout, self.stderr
        found: dict[str, Any] = json.loads(self.stdout)
        return found


class Running(NamedTuple):
    """A command at work."""

    process: int
    into: Path
    since: float


class Commands:
    """Runs commands, beside each other where they are not waited for."""

    def __init__(self, notes: Path) -> None:
        self._notes = notes
        self._numbers = count()
        self._begun: set[int] = set()
        notes.mkdir(exist_ok=True)
        self._zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.zygote"],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self,
        *arguments: object,
        batch: int = ORDINARY_BATCH,
        largest_file: int | None = None,
        clock: Path | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Running:
        """Begin a command; `largest_file` is how many bytes any one file of its may have.

        In the file `clock` stands by how many seconds its clock is wrong.
        """
        into = self._notes / str(next(self._numbers))
        order = {
            "arguments": [str(argument) for argument in arguments],
            "into": str(into),
            "batch": batch,
            "largest_file": largest_file,
            "clock": str(clock) if clock is not None else None,
            "environment": dict(environment),
        }
        process = self._asked(order)
        self._begun.add(process)
        return Running(process, into, time.perf_counter())

    def _asked(self, order: object) -> int:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def end(self, running: Running) -> Outcome:
        """Wait for its end."""
        code = self._asked(running.process)
        self._begun.discard(running.process)
        said = [Path(f"{running.into}.{name}") for name in ("stdout", "stderr")]
        # A process that was killed at once did not come to open them.
        return Outcome(code, *(file.read_text() if file.exists() else "" for file in said))

    def run(self, *arguments: object, **order: Any) -> Outcome:
        """Run a command to its end."""
        return self.end(self.start(*arguments, **order))

    def kill_after(self, running: Running, seconds: float) -> Outcome:
        """Kill it so many seconds after it began, unless it has ended by then."""
        time.sleep(max(0.0, running.since + seconds - time.perf_counter()))
        # A process that has ended is known to its parent until that is asked how, so its number is not given anew.
        with suppress_gone():
            os.kill(running.process, signal.SIGKILL)
        return self.end(running)

    def close(self) -> None:
        for process in self._begun:
            os.kill(process, signal.SIGKILL)
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.close()
        self._zygote.wait(60)
        self._zygote.stdout.close()


@contextmanager
def suppress_gone() -> Iterator[None]:
    """A process that has ended cannot be killed any more."""
    try:
        yield
    except ProcessLookupError:
        return


@contextmanager
def commands(notes: Path) -> Iterator[Commands]:
    """A source of processes."""
    found = Commands(notes)
    try:
        yield found
    finally:
        found.close()


def declaration(number: int, **changes: object) -> dict[str, object]:
    """The number-th declaration, always the same; every tenth repeats an earlier one but for a word."""
    source = number - 7 if number % 10 == 9 else number
    words = random.Random(source).choices(WORDS, k=40)
    if source != number:
        words[3] = "khác"
    author = {"person": f"NV-{number}", "name": f"Đinh Thị Khả Vy {number}", "share_percent": 100}
    return record(
        external_id=f"LD-{number}",
        title=f"Sáng kiến {number}",
        solution=" ".join(words),
        authors=[author],
        **changes,
    )


def lines(numbers: Sequence[int]) -> str:
    """The declarations as a file of JSON lines."""
    return "".join(json.dumps(declaration(number), ensure_ascii=False) + "\n" for number in numbers)


def founded(run: Commands, home: Path, **order: Any) -> Path:
    """A data directory with units and a programme."""
    files = home.parent
    units = files / "units.jsonl"
    units.write_text("".join(u.model_dump_json() + "\n" for u in ALL_UNITS))
    programme = files / "programme.json"
    programme.write_text(PROGRAMME_WITH_TARGETS.model_dump_json(by_alias=True))
    files_given = ("--units", units, "--programme", programme)
    outcome = run.run("init", "--data", home, *files_given, "--json", **order)
    assert outcome.code == 0, outcome
    return home


def on_record(home: Path) -> list[str]:
    """The sender's own ids of the declarations on record, in the order of the ledger."""
    connection = sqlite3.connect(f"file:{home / 'ledger.db'}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT json_extract(CAST(state AS TEXT), '$.external_id') FROM stored_events "
            "WHERE topic = 'idea.declared' ORDER BY rowid"
        )
        return [external_id for (external_id,) in rows]
    finally:
        connection.close()


class Request(NamedTuple):
    """A declaration as it is sent, and sent again."""

    key: str
    body: bytes


class Answer(NamedTuple):
    status: int
    body: bytes
    replayed: bool
    media_type: str


def post(connection: http.client.HTTPConnection, secret: str, request: Request) -> Answer:
    """Send a declaration."""
    headers = {
        "Authorization": f"Bearer {secret}",
        "Idempotency-Key": request.key,
        "Content-Type": "application/json",
    }
    connection.request("POST", "/ideas", request.body, headers)
    return answered(connection)


def answered(connection: http.client.HTTPConnection) -> Answer:
    """What the server says to what was sent."""
    answer = connection.getresponse()
    return Answer(
        answer.status,
        answer.read(),
        answer.getheader("Idempotent-Replayed") == "true",
        answer.getheader("Content-Type", ""),
    )


def key_for(run: Commands, home: Path, **order: Any) -> str:
    """A key of an intake client of the whole nation."""
    said = ("--role", "client", "--unit", "vn", "--data", home, "--json")
    made = run.run("key", "create", *said, **order)
    return str(made.answer()["key"])


def unforeseen(logged: str, *, foreseen: Collection[str] = ()) -> list[str]:
    """What a server's log tells of that nobody provided for, other than messages that were foreseen.

    Where a failure is told, its log line has the field `error`, with where it happened; what is no log line at all, such as
    an interpreter's last words, was written past the log.
    """
    found = []
    for line in logged.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            found.append(line)
            continue
        if "error" in told and told["message"] not in foreseen:
            found.append(line)
    return found


def served_at(stdout: Path) -> int:
    """The port, once the server has said where it listens."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if stdout.exists() and (said := stdout.read_text()).endswith("\n"):
            return int(json.loads(said.splitlines()[0])["serving"].rpartition(":")[2])
        time.sleep(0.002)
    raise AssertionError("the server did not come up")


def refuses_new_ones(port: int) -> None:
    """Wait until the server has heard that it is to stop."""
    for _ in range(6000):
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            probe.request("GET", "/livez")
            probe.getresponse().read()
        except (OSError, http.client.HTTPException):
            return
        finally:
            probe.close()
    raise AssertionError("the server went on as if it had not been told to stop")
