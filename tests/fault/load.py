"""People who declare all the time, hold on to their receipts, and send again what they do not know the fate of."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count

from shared.ledger.model import Recorded
from tests.fault.homes import connected
from tests.fault.processes import Request, declaration, post

SENDERS = 6
PATIENCE = 120


class Load:
    """Several senders at once; what they were answered, and what they do not know the fate of."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._numbers = count()
        self._lock = threading.Lock()
        self.acknowledged: dict[Request, bytes] = {}
        self.unknown: list[Request] = []
        self.refused = 0
        self.first = threading.Event()
        """Somebody was given a receipt since this was cleared last."""
        self.enough = threading.Event()

    def next(self) -> Request:
        """What is not known to be on record is sent again before anything new."""
        with self._lock:
            if self.unknown:
                return self.unknown.pop()
            number = next(self._numbers)
        body = json.dumps(declaration(number), ensure_ascii=False).encode()
        return Request(f"request-{number}", body)

    def send(self, port: int) -> None:
        """One sender, until the server is gone or there is enough."""
        request = self.next()
        with connected(port) as connection:
            try:
                while not self.enough.is_set():
                    answer = post(connection, self._secret, request)
                    if answer.status == 503:
                        self.refused += 1
                        time.sleep(0.05)
                        continue
                    self._keep(request, answer.status, answer.body)
                    request = self.next()
            except (OSError, http.client.HTTPException):
                pass
        with self._lock:
            self.unknown.append(request)

    def _keep(self, request: Request, status: int, body: bytes) -> None:
        assert status == 201, body
        with self._lock:
            known = self.acknowledged.setdefault(request, body)
        assert known == body
        self.first.set()

    @contextmanager
    def sending(self, *ports: int) -> Iterator[None]:
        """Senders at these servers, from the first receipt on; all have left off in the end."""
        self.first.clear()
        self.enough.clear()
        senders = [
            threading.Thread(target=self.send, args=(ports[n % len(ports)],))
            for n in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        try:
            assert self.first.wait(PATIENCE), "nobody was given a receipt"
            yield
        finally:
            self.enough.set()
            for sender in senders:
                sender.join()

    def all_is_kept(self, port: int, recorded: Sequence[Recorded]) -> str:
        """Every receipt is given again, to the byte, and stands for one declaration; answers the counts in words.

        `recorded` are the declarations on record before; what nobody knew the fate of is sent once more first.
        """
        ids = [getattr(fact.event, "external_id", "") for fact in recorded]
        twice = [name for name, times in Counter(ids).items() if times > 1]
        at = {fact.position: name for fact, name in zip(recorded, ids, strict=True)}
        lost = [
            body
            for request, body in self.acknowledged.items()
            if at.get(json.loads(body)["position"]) != json.loads(request.body)["external_id"]
        ]
        assert (lost, twice) == ([], [])
        acknowledged, fate = len(self.acknowledged), Counter[bool]()
        with connected(port) as connection:
            while self.unknown:
                request = self.unknown.pop()
                answer = post(connection, self._secret, request)
                self._keep(request, answer.status, answer.body)
                fate[answer.replayed] += 1
            for request, body in self.acknowledged.items():
                again = post(connection, self._secret, request)
                assert (again.status, again.body, again.replayed) == (201, body, True)
        return (
            f"{acknowledged:,} acknowledged, 0 lost, 0 doubled; of {fate.total()} without an answer "
            f"{fate[True]} were on record"
        )
