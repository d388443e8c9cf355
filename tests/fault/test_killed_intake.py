"""Intake is killed at any moment: whoever holds a receipt holds it for good, and each idea is on record once."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import pytest

from services.intake.idea import Idea
from tests.fault.homes import Home
from tests.fault.load import Load
from tests.fault.processes import KILLED
from tests.fault.size import times

pytestmark = pytest.mark.fault

KILLS = times(15, 1000)


@pytest.mark.timeout(7200)
def test_killed_servers_keep_every_receipt(
    either_home: Home, chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    """Whoever holds a receipt gets the same one again, to the byte, and each idea is on record once."""
    load = Load(either_home.key())
    for _ in range(KILLS):
        server, port = either_home.serve("intake")
        with load.sending(port):
            killed = server._replace(since=time.perf_counter())
            outcome = either_home.run.kill_after(killed, chance.uniform(0, 0.1))
            assert outcome.code == KILLED, outcome

    recorded = either_home.declared()
    server, port = either_home.serve("intake")
    kept = load.all_is_kept(port, recorded)
    either_home.run.kill_after(server, 0)
    record_property("R1", f"{either_home}: {KILLS:,} servers killed, {kept}")

    recorded = either_home.declared()
    assert sorted(json.loads(body)["position"] for body in load.acknowledged.values()) == [
        fact.position for fact in recorded
    ]
    either_home.is_well()
    with either_home.system() as system:
        for fact in recorded:
            (author,) = system.ledger.load(Idea, fact.event.originator_id).authors
            name = system.vault.unseal(author.person, author.sealed_name)
            number = getattr(fact.event, "external_id", "").removeprefix("LD-")
            assert name == f"Đinh Thị Khả Vy {number}"
