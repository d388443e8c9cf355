"""A whole system in this process, with two provinces in it, and people who talk to it over HTTP."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from starlette.testclient import TestClient

from services.intake.founding import found
from services.serving import ROOMS, Serving
from services.wiring import System
from shared.access import AccessKey, Role
from shared.log import JSONLines
from shared.settings import Settings
from tests.places import BY, UNIT, record
from tests.provinces import ALL_UNITS, NATION, PROGRAMME_WITH_TARGETS

if TYPE_CHECKING:
    from httpx2 import Response

T = TypeVar("T")

TITLE: Final = "Cải tiến đồ gá hàn khung xe đạp điện bằng bàn xoay có chốt định vị"
SOLUTION: Final = (
    "Tổ hàn thiết kế bàn xoay bằng thép hộp có bốn chốt định vị theo bốn góc của khung, mỗi chốt có lò xo đẩy "
    "nên công nhân chỉ cần gạt một tay là khung được giữ chặt. Bàn xoay quay được ba trăm sáu mươi độ và dừng ở "
    "mỗi góc bốn mươi lăm độ nhờ đĩa chia, vì vậy mỏ hàn luôn ở tư thế thuận lợi. Thời gian hàn một khung giảm "
    "từ mười tám phút xuống còn mười một phút, tỷ lệ mối hàn phải sửa lại giảm từ sáu phần trăm xuống một phần trăm."
)
SOLUTION_COPIED: Final = SOLUTION.replace("mười một phút", "mười hai phút").replace("Tổ hàn", "Tổ")
SOLUTION_OF_ANOTHER_KIND: Final = (
    "Trường lập góc đọc sách ở hành lang mỗi tầng, học sinh tự mang sách đến đổi và ghi vào sổ. Giáo viên chủ nhiệm "
    "chọn mỗi tuần một quyển để cả lớp cùng kể lại, em nào kể hay được đeo huy hiệu người đọc sách của tuần đó."
)
AUTHOR: Final = "Lường Thị Hoài Khuyên"
AUTHOR_ID: Final = "CMND-095-188-407"
ENTERED_BY: Final = "Vi Văn Khằm"


def declared(**changes: object) -> dict[str, object]:
    """A declaration by an author whose name stands nowhere else."""
    author = {
        "person": AUTHOR_ID,
        "name": AUTHOR,
        "share_percent": 100,
        "holds_post": False,
        "worker_kind": "direct",
    }
    return record(**{"title": TITLE, "solution": SOLUTION, "authors": [author], **changes})


def draft(**changes: object) -> dict[str, object]:
    """The same as an amendment writes it: without where and when it was declared."""
    standing = {"external_id", "programme", "unit", "filed_at", "entered_by"}
    return {name: value for name, value in declared(**changes).items() if name not in standing}


@dataclass
class Person:
    """Somebody who talks to the system, with a key or without."""

    http: TestClient
    key: str | None
    heard: list[bytes]
    language: str | None = None
    _requests: Iterator[int] = field(default_factory=count)

    def ask(self, method: str, path: str, **request: Any) -> Response:
        """Send a request as it is given; the key goes with it."""
        headers: dict[str, str] = request.pop("headers", {})
        if self.key is not None:
            headers = {"Authorization": f"Bearer {self.key}", **headers}
        if self.language is not None:
            headers = {"Accept-Language": self.language, **headers}
        answer = self.http.request(method, path, headers=headers, **request)
        self.heard.append(repr(answer.headers.raw).encode())
        self.heard.append(answer.content)
        return answer

    def get(self, path: str, **query: object) -> Response:
        """Read something."""
        return self.ask("GET", path, params={name: str(value) for name, value in query.items()})

    def post(
        self,
        path: str,
        body: object = None,
        *,
        once: str | None = None,
        version: str | None = None,
    ) -> Response:
        """Ask for something to be done, under a new idempotency key unless one is given."""
        headers = {"Idempotency-Key": once or f"request-{next(self._requests)}"}
        if version is not None:
            headers["If-Match"] = version
        return self.ask("POST", path, json=body, headers=headers)


@dataclass
class Town:
    """The system, and everything that was said to people and to the log."""

    system: System
    serving: Serving
    http: TestClient
    heard: list[bytes]
    logged: list[str]

    def someone(
        self, role: Role | None, unit: str = NATION, *, label: str = "", language: str | None = None
    ) -> Person:
        """A person with a key for that role in that part of the tree, or without any key."""
        if role is None:
            return Person(self.http, None, self.heard, language)
        key, issued = AccessKey.issue(role, unit, label=label, by=BY)
        self.system.ledger.append(issued)
        self.system.directory.catch_up()
        return Person(self.http, key, self.heard, language)

    def worker(self, unit: str = UNIT, **facts: Any) -> Person:
        """An intake client of a unit."""
        return self.someone(Role.CLIENT, unit, **facts)

    def match(self) -> None:
        """Let every follower come to the head, here and now: for systems whose followers do not run by themselves."""
        self.system.detector.match()
        self.system.keeper.keep()
        self.system.catch_up_views()


class Listener(logging.Handler):
    """Keeps every log line as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JSONLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def listening() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, at every level."""
    listener, root = Listener(), logging.getLogger()
    before = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield listener.lines
    finally:
        root.setLevel(before)
        root.removeHandler(listener)


def settle(system: System) -> None:
    """Put the town's units and its programme on record."""
    found(
        system.ledger,
        system.directory,
        ALL_UNITS,
        PROGRAMME_WITH_TARGETS,
        simulated=False,
        by=BY,
    )


@contextmanager
def town(home: Path, *, followers: bool = True, **settings: Any) -> Iterator[Town]:
    """A served system in a folder; with its followers running by themselves, or only when told."""
    with listening() as logged, System(Settings(data=home, **settings)) as system:
        settle(system)
        serving = Serving(system, ROOMS)
        http = TestClient(serving.app)
        with http if followers else _at_rest(http):
            yield Town(system, serving, http, [], logged)


@contextmanager
def _at_rest(http: TestClient) -> Iterator[None]:
    yield
    http.close()


def eventually(look: Callable[[], T], *, seconds: float = 120) -> T:
    """What `look` finds, once it finds something; it may raise AssertionError until then."""
    until = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except AssertionError:
            if time.monotonic() > until:
                raise
        else:
            if found or time.monotonic() > until:
                assert found, "it did not come about in time"
                return found
        time.sleep(0.01)


def problem_of(answer: Response, status: int, code: str) -> Mapping[str, Any]:
    """The refusal, after making sure that it is one: problem+json of that status and code, in words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:sangkien:problem:{code}"
    assert body["title"]
    assert body["detail"]
    return body
