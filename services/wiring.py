"""The composition root: the one place that knows which engines stand behind the rooms of this process."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from enum import Enum
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from services.intake.bulk import claim_name
from shared.access import Caller
from shared.directory import Directory
from shared.errors import NotFound
from shared.ledger.clock import UUID7, Chance, wall_clock
from shared.ledger.encoding import Stored, decode
from shared.ledger.feed import LedgerFeed
from shared.ledger.follow import Feed, Progress, TFact
from shared.ledger.leadership import Leadership, leadership
from shared.ledger.model import Actor, Recorded
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.settings import Settings
from shared.vault import Vault

if TYPE_CHECKING:
    from services.dedup.detect import Detector
    from services.dedup.keeper import Keeper
    from services.dedup.reading import Due
    from services.dedup.share import Share
    from services.dedup.snapshot import Snapshots
    from services.projections.views.projector import Projector, Views
    from shared.ledger.kafka.group import Group
    from shared.ledger.kafka.parking import Parking
    from shared.ledger.kafka.relay import Relay
    from shared.ledger.kafka.topics import Topics
    from shared.ledger.listener import Listener
    from shared.ledger.scribe import Scribe

YOUNG_OBJECTS = 200_000


class Matching(Enum):
    """A process among those that share the matching: it is dealt a share, takes all it finds undone, or only looks on."""

    WORKS = "works"
    HELPS = "helps"
    LOOKS_ON = "looks on"


def stores(settings: Settings, chance: Chance | None = None) -> tuple[Ledger, Vault]:
    """The ledger and the vault, whose new keys are on disk before what is sealed under them."""
    chance = chance or Chance()
    vault = Vault(settings.address("vault"), entropy=chance)
    ledger = Ledger(
        open_recorder(settings.address("ledger")),
        clock=wall_clock,
        new_id=UUID7(wall_clock, chance.bits),
        before_commit=[vault.flush],
    )
    return ledger, vault


class System:
    """A process's rooms over their stores, opened as they are needed and closed together."""

    def __init__(self, settings: Settings, *, chance: Chance | None = None) -> None:
        """`chance` is the kernel's, but in a simulation, which is to be repeated."""
        # Pages of thousands of events are alive at once; the default collector would scan them again and again.
        gc.set_threshold(YOUNG_OBJECTS, 20, 100)
        self.settings = settings
        if settings.data is not None:
            settings.home.mkdir(parents=True, exist_ok=True)
        self.ledger, self.vault = stores(settings, chance)
        self.directory = Directory(self.ledger, forget=self.vault.forget)
        self.directory.catch_up()
        self.matching = Matching.HELPS
        """What this process has to do with matching where several share it; to be said before the detector is asked for."""
        self._open = ExitStack()

    def operator(self, source: str = "cli") -> Actor:
        """Whoever holds the files: the command line acts as the operator."""
        return Actor(
            name="operator", role="operator", source=source, correlation=self.ledger.new_id()
        )

    @cached_property
    def views(self) -> Views:
        """The read side's database."""
        from services.projections.views.projector import Views

        return Views(self.settings.address("views"))

    @cached_property
    def projector(self) -> Projector:
        """The follower that keeps the views."""
        from services.projections.views.projector import Projector

        return Projector(self.views)

    @cached_property
    def detector(self) -> Detector:
        """The follower that suspects."""
        from services.dedup.detect import Detector
        from services.dedup.model import Models

        return Detector(
            self.ledger,
            self.directory,
            Models(self.settings.models_home),
            self.snapshots,
            self._share(),
        )

    def _share(self) -> Share:
        from services.dedup.share import Always, Dealt, Everything
        from shared.ledger.parts import PARTS

        if self.settings.kafka is None:
            return Everything()
        match self.matching:
            case Matching.WORKS:
                return Dealt(self.group)
            case Matching.LOOKS_ON:
                return Dealt(Always())
            case Matching.HELPS:
                return Dealt(Always(*range(PARTS)))

    @cached_property
    def group(self) -> Group:
        """This process's place among the matching workers; only where there is a Kafka."""
        from shared.ledger.kafka.group import Group

        assert self.settings.kafka is not None
        assert self.parking is not None
        group = Group(self.settings.kafka, self._topics, self.parking, self.ledger.head)
        return self._open.enter_context(closing(group))

    @cached_property
    def snapshots(self) -> Snapshots:
        """Where the matcher keeps its memory between two processes."""
        from services.dedup.snapshot import Snapshots

        return Snapshots(self.settings.snapshots_home, self.ledger)

    @cached_property
    def keeper(self) -> Keeper:
        """The follower that opens and joins cases."""
        from services.dedup.keeper import Keeper

        return Keeper(self.ledger)

    def feed(self) -> Feed[Recorded]:
        """Where a follower of a serving process reads: Kafka where there is one, else the ledger itself."""
        return self._read(decode)

    def abridged(self) -> Feed[Recorded | Due]:
        """The same for a matcher, which takes in most facts only as far as comparing needs them."""
        from services.dedup.recollection import abridged

        return self._read(abridged)

    def _read(self, decode: Callable[[Stored], TFact]) -> Feed[TFact]:
        if self.settings.kafka is None:
            return LedgerFeed(self.ledger, decode)
        from shared.ledger.kafka.feed import TopicFeed

        assert self.parking is not None
        feed = TopicFeed(
            self.settings.kafka,
            topic=self._topics.ledger,
            ledger=self.ledger,
            parking=self.parking,
            decode=decode,
        )
        return self._open.enter_context(closing(feed))

    @cached_property
    def parking(self) -> Parking | None:
        """Where messages lie that nobody could read, where there is a Kafka."""
        if self.settings.kafka is None:
            return None
        from shared.ledger.kafka.parking import Parking

        return self._open.enter_context(closing(Parking(self.settings.kafka, self._topics)))

    @cached_property
    def relay(self) -> Relay:
        """The follower that publishes the ledger; only where there is a Kafka."""
        from shared.ledger.kafka.relay import Relay

        assert self.settings.kafka is not None
        relay = Relay(self.ledger, self.settings.kafka, self._topics)
        return self._open.enter_context(closing(relay))

    @property
    def _topics(self) -> Topics:
        from shared.ledger.kafka.topics import Topics

        return Topics.of(self.settings.kafka_prefix)

    def leadership(self, task: str) -> Leadership:
        """Who of all processes over this ledger does a task that one should do."""
        return leadership(self.settings.address("ledger"), task)

    def listener(self, news: Callable[[], object]) -> Listener | None:
        """Who hears of what other processes commit; nobody needs to where the ledger is a file."""
        address = self.settings.address("ledger")
        if address.startswith("sqlite:///"):
            return None
        from shared.ledger.listener import Listener

        return Listener(address, news)

    def scribe(self) -> Scribe | None:
        """Who writes for the doors of this process; nobody has to where the ledger is a file."""
        if self.ledger.near:
            return None
        from shared.ledger.scribe import Scribe

        command = [sys.executable, "-m", "services.scribe"]
        return Scribe(command, self.settings, self.vault)

    def actor(self, caller: Caller, *, source: str, correlation: UUID | None = None) -> Actor:
        """The caller as the events of one request name it."""
        return caller.actor(source=source, correlation=correlation or self.ledger.new_id())

    def catch_up_views(self, progress: Progress | None = None) -> None:
        """Take into the views what was recorded since, up to the head."""
        self.projector.catch_up(self.ledger, progress)

    def idea_named(self, sender: str, external_id: str) -> UUID:
        """The idea that a sender's own id stands for. Raises NotFound."""
        name = claim_name(sender, external_id)
        found = self.ledger.claimed([name]).get(name)
        if found is None:
            raise NotFound(
                f"{sender} declared nothing as {external_id}. Check the id and --sender."
            )
        return found.originator_id

    def close(self) -> None:
        """Give everything back; what was acknowledged is on disk already."""
        self._open.close()
        if "views" in self.__dict__:
            self.views.close()
        self.ledger.close()
        self.vault.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
