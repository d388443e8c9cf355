"""Eight processes write at once, over HTTP and from files, and who reads on their heels sees each fact once, in order."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from shared.ledger.encoding import encode
from shared.ledger.follow import Loop
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from tests.fault.homes import Home, connected
from tests.fault.processes import Request, declaration, lines, post
from tests.fault.size import times

pytestmark = pytest.mark.fault

SERVED = 4
IMPORTED = 4
EACH = times(60, 5000)
SHORT = 7
"""How many facts a reader takes at a time."""
BATCH = 10


def digest(facts: Sequence[Recorded]) -> str:
    """The sha256 of facts at their places."""
    found = hashlib.sha256()
    for position, recorded, event in facts:
        found.update(f"{position} {recorded.isoformat()} {event.name} ".encode())
        found.update(encode(event).state)
    return found.hexdigest()


def follow(ledger: Ledger, after: int, through: threading.Event) -> list[Recorded]:
    """Read on in short pages until nobody writes any more and nothing is left."""
    seen: list[Recorded] = []
    last_look = False
    while True:
        page = ledger.read(seen[-1].position if seen else after, limit=SHORT)
        seen.extend(page)
        if not page and last_look:
            return seen
        last_look = through.is_set() and not page


@pytest.mark.timeout(7200)
def test_a_reader_on_the_heels_of_eight_writing_processes_skips_nothing(
    either_home: Home, record_property: Callable[[str, object], None]
) -> None:
    home, secret = either_home, either_home.key()
    slices = [range(n * EACH, (n + 1) * EACH) for n in range(SERVED + IMPORTED)]
    files = [home.folder.parent / f"{n}.jsonl" for n in range(IMPORTED)]
    for file, numbers in zip(files, slices[SERVED:], strict=True):
        file.write_text(lines(numbers))
    servers = [home.serve("intake") for _ in range(SERVED)]

    def send(port: int, numbers: range) -> None:
        with connected(port) as connection:
            for number in numbers:
                body = json.dumps(declaration(number)).encode()
                answer = post(connection, secret, Request(f"r-{number}", body))
                assert answer.status == 201, answer

    through = threading.Event()
    with home.system() as system, ThreadPoolExecutor(SERVED + 1) as threads:
        began = system.ledger.head()
        system.projector.page = SHORT
        live = Loop(system.projector, system.ledger)
        live.start()
        reading = threads.submit(follow, system.ledger, began, through)
        try:
            sending = [
                threads.submit(send, port, numbers)
                for (_, port), numbers in zip(servers, slices[:SERVED], strict=True)
            ]
            imports = [home.start("import", file, "--json", batch=BATCH) for file in files]
            reports = [home.run.end(running).answer() for running in imports]
            for sent in sending:
                sent.result()
        finally:
            through.set()
        seen = reading.result()
        live.stop(60)
        assert live.failures == 0
        again = system.ledger.read(began, limit=10**7)
    for server, _ in servers:
        home.run.kill_after(server, 0)

    assert [report["accepted"] for report in reports] == [EACH] * IMPORTED
    assert all(one.position < two.position for one, two in pairwise(seen))
    assert all(one.recorded <= two.recorded for one, two in pairwise(seen))
    assert digest(seen) == digest(again)
    declared = Counter(getattr(fact.event, "external_id", None) for fact in seen)
    assert declared == {f"LD-{n}": 1 for n in range(EACH * (SERVED + IMPORTED))}
    home.is_well()
    record_property(
        "R8",
        f"{home}: {SERVED} servers and {IMPORTED} imports, {len(seen):,} facts read in pages of {SHORT}, "
        "0 skipped, 0 doubled, digests equal",
    )
