"""Senders at work: several at once, who repeat what they do not know the fate of, and remember what they were answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final

from shared.ledger.model import Recorded
from tests.fault.processes import Answer, Request, answered, declaration, post

SENDERS: Final = 6
RETRY_SECONDS: Final = 0.1
SETTLED_SECONDS: Final = 60
PATIENCE_SECONDS: Final = 120
UNAVAILABLE: Final = 503


class Load:
    """Several senders at once; what they were answered, and what they do not know the fate of."""

    def __init__(self, secret: str, *, pause: float = 0.0) -> None:
        """Each sender makes a pause after each answer, so that there are not more declarations than a test has time for."""
        self._secret, self._pause = secret, pause
        self._numbers = count()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.acknowledged: dict[Request, bytes] = {}
        self.unknown: list[Request] = []
        self.doubts = 0
        """How often a sender did not learn the fate of what it had sent."""
        self.first = threading.Event()
        self.refused = Counter[str]()
        """How often it was said that nothing can be recorded now, by the problem's code."""

    def next(self) -> Request:
        """What is not known to be on record is sent again before anything new."""
        with self._lock:
            if self.unknown:
                return self.unknown.pop()
            number = next(self._numbers)
        body = json.dumps(declaration(number), ensure_ascii=False).encode()
        return Request(f"request-{number}", body)

    def send(self, port: int) -> None:
        """One sender, until the server is gone or cannot record, or the load is over."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        request: Request | None = None
        try:
            while not self._over.is_set():
                request = self.next()
                if not self._took(request, post(connection, self._secret, request)):
                    return
                request = None
                self._over.wait(self._pause)
        except (OSError, http.client.HTTPException):
            with self._lock:
                self.doubts += 1
        finally:
            connection.close()
            if request is not None:
                with self._lock:
                    self.unknown.append(request)

    def _took(self, request: Request, answer: Answer) -> bool:
        """Whether it is on record, and always under the same receipt."""
        if answer.status == UNAVAILABLE:
            assert answer.media_type == "application/problem+json", answer
            problem = json.loads(answer.body)
            assert problem["detail"], problem
            with self._lock:
                self.refused[problem["code"]] += 1
            return False
        assert answer.status == 201, answer
        with self._lock:
            known = self.acknowledged.setdefault(request, answer.body)
        assert known == answer.body
        self.first.set()
        return True

    @contextmanager
    def going_on(self, port: Callable[[], int], senders: int = SENDERS) -> Iterator[None]:
        """Send without an end, each time to the port that is said anew, until the block is left."""
        failed: list[AssertionError] = []

        def keep_sending() -> None:
            while not self._over.is_set() and not failed:
                try:
                    self.send(port())
                except AssertionError as problem:
                    failed.append(problem)
                self._over.wait(RETRY_SECONDS)

        self._over.clear()
        threads = [threading.Thread(target=keep_sending) for _ in range(senders)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
            self._over.clear()
        if failed:
            raise failed[0]

    @contextmanager
    def sending(self, port: int) -> Iterator[None]:
        """Send to one server, from the first receipt on until the block is left, whether the server is there or not."""
        self.first.clear()
        with self.going_on(lambda: port):
            assert self.first.wait(PATIENCE_SECONDS), "nobody was given a receipt"
            yield

    def all_is_kept(self, port: int, recorded: Sequence[Recorded]) -> str:
        """Every receipt is given again, to the byte, and stands for one declaration; answers the counts in words.

        `recorded` are the declarations on record before; what nobody knew the fate of is sent once more first.
        """
        ids = [getattr(fact.event, "external_id", "") for fact in recorded]
        twice = [name for name, times in Counter(ids).items() if times > 1]
        at = {fact.position: name for fact, name in zip(recorded, ids, strict=True)}
        lost = [name for position, name in self.positions().items() if at.get(position) != name]
        assert (lost, twice) == ([], [])
        acknowledged, fate = len(self.acknowledged), self.settle(port)
        self.ask_again(port)
        return (
            f"{acknowledged:,} acknowledged, 0 lost, 0 doubled; of {fate.total()} without an answer "
            f"{fate[True]} were on record"
        )

    @contextmanager
    def half_sent(self, port: int) -> Iterator[None]:
        """While the block lasts the server has only the beginning of a declaration, which it answers in the end."""
        request = self.next()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.putrequest("POST", "/ideas")
        for name, value in (
            ("Authorization", f"Bearer {self._secret}"),
            ("Idempotency-Key", request.key),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(request.body))),
        ):
            connection.putheader(name, value)
        connection.endheaders(request.body[:10])
        # Answered after the headers were sent: what was begun has surely been begun.
        alive = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        alive.request("GET", "/livez")
        assert alive.getresponse().status == 200
        alive.close()
        yield
        connection.send(request.body[10:])
        answer = answered(connection)
        assert self._took(request, answer), answer
        connection.close()

    def settle(self, port: int) -> Counter[bool]:
        """Send again all whose fate is unknown; answers how many were on record, and how many were not."""
        fate = Counter[bool]()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        until = time.monotonic() + SETTLED_SECONDS
        while self.unknown:
            request = self.unknown.pop()
            answer = post(connection, self._secret, request)
            if self._took(request, answer):
                fate[answer.replayed] += 1
            else:
                # After an outage each connection to a store that has died unnoticed is still to be found out.
                assert time.monotonic() < until, answer
                self.unknown.append(request)
        connection.close()
        return fate

    def ask_again(self, port: int, *, most: int | None = None) -> None:
        """Whoever holds a receipt gets the same one again, to the byte; of many, some are asked."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        receipts = list(self.acknowledged.items())
        for request, body in receipts[:: len(receipts) // (most or len(receipts)) or 1]:
            again = post(connection, self._secret, request)
            assert (again.status, again.body, again.replayed) == (201, body, True)
        connection.close()

    def positions(self) -> dict[int, str]:
        """Where each idea is on record according to its receipt."""
        return {
            json.loads(body)["position"]: json.loads(request.body)["external_id"]
            for request, body in self.acknowledged.items()
        }
