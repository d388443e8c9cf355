"""A nation's system under load: all rooms at work over PostgreSQL and Kafka, each of which may fail and is begun again."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from services.projections.views.verify import verify
from services.wiring import System
from shared.access import AccessKey, Role
from shared.errors import Unavailable
from shared.events.idea import IdeaDeclared
from shared.settings import Settings
from tests.fault.load import Load
from tests.grown import Grown, Process, grown
from tests.journey.test_command_line import done
from tests.journey.test_grown import parts
from tests.journey.town import eventually, settle
from tests.places import BY
from tests.provinces import NATION
from tests.servers import Kafka, Postgres, Wire

SENDER: Final = "cong-tinh"
ROOMS: Final = (
    "relay",
    "intake",
    "intake-too",
    "dedup",
    "projections",
    "matching",
    "matching-too",
)
"""Two that take declarations in, and two that match; the case keeper is in dedup."""
SERVERS: Final = ("kafka", "postgres")
FOLLOWERS: Final = ("relay", "dedup", "cases")
PAUSE_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 200
ASKED_AGAIN: Final = 100


class Nation:
    """The rooms, the servers, and a wire between each room and PostgreSQL, and between all of them and Kafka."""

    def __init__(self, system: Grown, postgres: Postgres, kafka: Kafka, to_kafka: Wire) -> None:
        self._grown, self.postgres, self.kafka, self.to_kafka = system, postgres, kafka, to_kafka
        self.wires = {room: Wire(postgres.port) for room in ROOMS}
        self.rooms: dict[str, Process] = {}
        self._stores = {
            key.removeprefix("SANGKIEN_"): value
            for key, value in system.environment.items()
            if key.endswith("_URL")
        }
        stores = {key.lower(): value for key, value in self._stores.items()}
        self.own = System(Settings.model_validate(stores))
        """What the tests themselves look at: without Kafka, and straight to PostgreSQL."""
        settle(self.own)
        self.load = Load(self.key("client", label=SENDER), pause=PAUSE_SECONDS)

    def key(self, role: str, *, label: str = "") -> str:
        """A key of somebody in that role for the whole nation."""
        key, issued = AccessKey.issue(Role(role), NATION, label=label, by=BY)
        self.own.ledger.append(issued)
        return key

    def start(self, names: Collection[str]) -> None:
        """Begin what is not running: the servers first, then the rooms, all at once."""
        if "kafka" in names:
            self.kafka.start()
        if "postgres" in names:
            self.postgres.start()
        with ThreadPoolExecutor(len(ROOMS)) as hands:
            rooms = [name for name in names if name in ROOMS]
            self.rooms |= zip(rooms, hands.map(self._begun, rooms), strict=True)

    def _begun(self, name: str) -> Process:
        wire = str(self.wires[name].port)
        through = {
            key: value.replace(f":{self.postgres.port}/", f":{wire}/")
            for key, value in self._grown.environment.items()
            if key.endswith("_URL")
        }
        return self._grown.start(name.removesuffix("-too"), **through)

    def kill(self, name: str) -> None:
        """End a room or a server at once, as `kill -9` does."""
        match name:
            case "kafka":
                self.kafka.kill()
            case "postgres":
                self.postgres.kill()
            case _:
                assert self.rooms[name].end(signal.SIGKILL) == -signal.SIGKILL

    def port(self) -> int:
        """Where a sender sends next: to either of the two that take declarations in."""
        return self.rooms[random.SystemRandom().choice(("intake", "intake-too"))].port

    def drained(self) -> float:
        """Wait until everybody has handled what is on record now; answers how many seconds that took."""
        began = time.monotonic()
        head = eventually(self._head, seconds=PATIENCE_SECONDS)
        eventually(lambda: self._handled() >= head, seconds=PATIENCE_SECONDS)
        return time.monotonic() - began

    def _head(self) -> int:
        try:
            return self.own.ledger.head()
        except Unavailable:
            return 0

    def _handled(self) -> int:
        """Up to where everybody has come."""
        try:
            handled = self.own.ledger.all_handled(FOLLOWERS)
            return min(self.own.projector.position(), *handled.values())
        except Unavailable:
            return -1

    def _rests(self) -> bool:
        return self._handled() == self._head()

    def recorded(self) -> int:
        """How many declarations were acknowledged so far."""
        return len(self.load.acknowledged)

    def goes_on(self, more: int = 5) -> None:
        """Wait until so many more declarations have been acknowledged."""
        before = self.recorded()
        eventually(lambda: self.recorded() >= before + more)

    def all_is_well(self, home: Path) -> str:
        """Each acknowledged idea on record once, and all that followed as one undisturbed process finds it; says the counts."""
        self.load.settle(self.rooms["intake"].port)
        eventually(self._rests, seconds=PATIENCE_SECONDS)
        declared = [
            fact
            for fact in self.own.ledger.read(0, limit=10**6, topics=(IdeaDeclared.TOPIC,))
            if isinstance(fact.event, IdeaDeclared)
        ]
        promised = self.load.positions()
        assert {
            fact.position: fact.event.external_id
            for fact in declared
            if isinstance(fact.event, IdeaDeclared)
        } == promised
        assert len(set(promised.values())) == len(promised)
        self.load.ask_again(self.rooms["intake-too"].port, most=ASKED_AGAIN)
        assert verify(self.own.ledger, self.own.views)["ok"]
        digest = done("digest", "--json", **self._stores).json
        assert digest == undisturbed(
            home, self.load, [promised[place] for place in sorted(promised)]
        )
        assert digest["flags"]["count"] >= len(promised) // 20
        return (
            f"{len(promised)} acknowledged, {self.load.doubts} times in doubt, 0 lost, 0 twice, "
            f"{digest['flags']['count']} flags and {digest['cases']['count']} cases as undisturbed"
        )

    def mend(self) -> None:
        """Begin whatever a test left broken."""
        for wire in (*self.wires.values(), self.to_kafka):
            wire.mend()
            wire.tell()
        self.start([s for s in SERVERS if getattr(self, s).process is None])
        self.start([r for r, p in self.rooms.items() if p.process.poll() is not None])

    def close(self) -> None:
        self.own.close()
        for wire in self.wires.values():
            wire.close()


def undisturbed(home: Path, load: Load, order: Sequence[str]) -> Any:
    """What one process makes of the same declarations in the same order, to which nothing happens."""
    bodies = {json.loads(r.body)["external_id"]: r.body for r in load.acknowledged}
    file = home / "rows.jsonl"
    file.write_bytes(b"\n".join(bodies[external_id] for external_id in order))
    return matched(home / "undisturbed", file)


def matched(home: Path, file: Path) -> Any:
    """The digests of what one process over one file makes of some declarations."""
    data = ("--data", founded_at(home))
    done("import", file, "--sender", SENDER, *data)
    done("match", *data)
    return done("digest", *data, "--json").json


def founded_at(home: Path) -> Path:
    """A data directory with the same units and programme."""
    with System(Settings(data=home)) as system:
        settle(system)
    return home


@contextmanager
def nation(postgres: Postgres, kafka: Kafka, to_kafka: Wire, home: Path) -> Iterator[Nation]:
    """A system with all its rooms at work."""
    with (
        grown(postgres, kafka, home) as system,
        closing(Nation(system, postgres, kafka, to_kafka)) as begun,
    ):
        begun.start(ROOMS)
        operator, workers = begun.key("operator"), ("matching", "matching-too")
        eventually(lambda: {parts(begun.rooms[name], operator) for name in workers} == {6})
        yield begun
