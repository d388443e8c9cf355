"""The detector: a follower that compares each declaration with exactly the ledger before it, and only ever suspects."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from services.dedup.comparison import Comparison
from services.dedup.contrast import MOVED
from services.dedup.flag import MATCHER, RESCORER, Suspicion
from services.dedup.matcher import Matcher
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Models
from services.dedup.recollection import recollected
from services.dedup.rescore import rescored
from services.dedup.shadow import shadowed, tried
from services.dedup.snapshot import Draft, Snapshots
from shared.directory import Directory
from shared.errors import NotFound, VersionConflict
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
from shared.ledger.follow import Progress, catch_up
from shared.ledger.model import Actor, Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import MatchingRules, Position

log = logging.getLogger(__name__)

NAME: Final = "dedup"
PAGE: Final = 1024
PATIENCE_SECONDS: Final = 5.0
"""So long an orderly end waits for whoever is asking, before it leaves the snapshot as it was."""


class Detector:
    """The matcher, kept in step with what is on record; it may be asked from several threads."""

    name = NAME
    page = PAGE

    def __init__(
        self,
        ledger: Ledger,
        directory: Directory,
        models: Models,
        snapshots: Snapshots | None = None,
    ) -> None:
        self._ledger = ledger
        self._directory = directory
        self.models = models
        self._snapshots = snapshots or Snapshots(None, ledger)
        self._lock = threading.RLock()
        self._matcher = Matcher(models, directory)
        self._reached: Position | None = None
        self._recalling = False

    @property
    def model(self) -> str:
        """The id of the model in force."""
        return self._ledger.load(Matching, matching_id()).model

    def position(self) -> Position:
        """The last position matched."""
        return self._ledger.handled(NAME)

    def adopt_first_model(self) -> None:
        """A cold system begins with the shipped model and the default rules, both on record before anything is scored."""
        try:
            self._ledger.load(Matching, matching_id())
        except NotFound:
            by = Actor(name=MATCHER, role="system", source=NAME, correlation=self._ledger.new_id())
            first = self.models.shipped()
            # A later version may ship another. Where this cannot be kept, it is at hand as long as this version runs.
            with suppress(OSError):
                self.models.keep(first)
            # Whoever else began at the same moment adopted the same.
            with suppress(VersionConflict):
                self._ledger.append(*Matching.begin(first.id, normaliser=first.normaliser, by=by))

    def match(self, progress: Progress | None = None) -> int:
        """Catch up to the head; answers how many facts were handled."""
        self.adopt_first_model()
        handled = catch_up(self, self._ledger, progress)
        self.keep()
        return handled

    def rescore(self, progress: Progress | None = None) -> int:
        """Suspect again, under the model and rules now in force, all that was matched; answers how many flags are new.

        Cases and rulings stay as they are: the keeper opens or joins cases from the new flags.
        """
        self.adopt_first_model()
        return rescored(
            self._ledger, self._directory, self.models, to=self.position(), progress=progress
        )

    def shadow(
        self,
        *,
        model: str | None = None,
        rules: MatchingRules | None = None,
        since: Position = 0,
        moved: float = MOVED,
        progress: Progress = lambda *_: None,
    ) -> Comparison:
        """Compare what a model or rules that nobody adopted would suspect with what those in force do; nothing is recorded."""
        return shadowed(
            self._ledger,
            self._directory,
            self.models,
            tried(self._ledger, self.models, model=model, rules=rules),
            to=self.position(),
            since=since,
            moved=moved,
            flagged=self._flagged(0) if since else None,
            progress=progress,
        )

    def handle(self, page: Sequence[Recorded]) -> None:
        """Flag what the page brings, and move the checkpoint with the flags, both or neither."""
        with self._lock:
            self._directory.catch_up()
            before = self._remember()
            # Another process may have handled the beginning of the page after it was read.
            fresh = [recorded for recorded in page if recorded.position > before]
            if not fresh:
                return
            # Until the append has succeeded the memory is ahead of the record; a failure makes the next page start over.
            self._reached = None
            flags = [raised.flag for raised in self._matcher.walk(fresh)]
            self._ledger.append(*flags, follower=NAME, handled=fresh[-1].position)
            self._reached = fresh[-1].position
            draft = self._draft()
        if draft is not None:
            draft.settle()

    def keep(self) -> None:
        """Keep what is in memory as a snapshot, where that is worth it; to be called at an orderly end."""
        if self._lock.acquire(timeout=PATIENCE_SECONDS):
            try:
                draft = self._draft(at_the_end=True)
            finally:
                self._lock.release()
            if draft is not None:
                draft.settle()

    def _draft(self, *, at_the_end: bool = False) -> Draft | None:
        """A snapshot of what is in memory, where one is due."""
        texts = len(self._matcher)
        snapshots = self._snapshots
        is_due = snapshots.due(texts) if at_the_end else snapshots.due_meanwhile(texts)
        if not is_due or self._reached is None:
            return None
        return snapshots.write(self._matcher, self._reached)

    def ready(self) -> bool:
        """Whether a check is answered soon: not while all that was matched before is being read again."""
        return not self._recalling

    def check(
        self, *, title: str, solution: str, situation: str, unit: str, programme: str, most: int
    ) -> list[Suspicion]:
        """What a text would be suspected of, were it declared now; nothing is recorded (A13)."""
        with self._lock:
            if self._reached is None:
                self._directory.catch_up()
                self._remember()
            return self._matcher.search(
                title,
                solution,
                situation,
                unit=unit,
                programme=programme,
                at=self._reached or 0,
                on=self._ledger.now(),
            )[:most]

    def prepare(self, stopping: Callable[[], bool]) -> None:
        """Have in memory what was matched before, so that the first check does not wait; given up when `stopping`."""
        with self._lock:
            self._directory.catch_up()
            self._remember(stopping)
            draft = self._draft()
        if draft is not None:
            draft.settle()

    def _remember(self, stopping: Callable[[], bool] = lambda: False) -> Position:
        """Have in memory just what was matched; answers up to where that is."""
        before = self.position()
        if self._reached != before:
            self._reached = None
            self._recalling = True
            try:
                if self._recall(before, stopping):
                    self._matcher.make_ready()
                    self._reached = before
            finally:
                self._recalling = False
        return before

    def _recall(self, to: Position, stopping: Callable[[], bool]) -> bool:
        """Read again what was matched before, trusting the flags on record; answers whether it came to the end."""
        began = time.perf_counter()
        restored = self._snapshots.restored(self._empty, to)
        self._matcher, at = restored or (self._empty(), 0)
        if not restored:
            # What came before the first adoption is matched under it: nothing was scored earlier.
            for topic in (ModelAdopted.TOPIC, RulesAdopted.TOPIC):
                for recorded in self._ledger.read(0, limit=1, topics=(topic,)):
                    self._matcher.take(recorded)
        flagged, model = self._flagged(at), self._model_at(at, to)
        facts = 0
        for page in recollected(self._ledger, self._matcher.lexicon, at, to=to):
            if stopping():
                return False
            self._matcher.recall(page.parts, flagged, model=model)
            facts += page.facts
        seconds = round(time.perf_counter() - began, 3)
        log.info(
            "What was matched before is in memory again",
            extra={"action": "recall", "snapshot": at, "read_again": facts, "seconds": seconds},
        )
        return True

    def _empty(self) -> Matcher:
        return Matcher(self.models, self._directory)

    def _model_at(self, at: Position, to: Position) -> str | None:
        """The model in force in the end: adopted between two positions, or what the matcher knows of at the first."""
        adopted = self._ledger.read(at, topics=(ModelAdopted.TOPIC,), to=to)
        event = adopted[-1].event if adopted else None
        return event.model if isinstance(event, ModelAdopted) else self._matcher.matching[0]

    def _flagged(self, at: Position) -> dict[tuple[UUID, int], list[UUID]]:
        """Who was flagged as a copy of whom by what was matched after a position."""
        found: dict[tuple[UUID, int], list[UUID]] = {}
        while page := self._ledger.read(at, topics=(FlagRaised.TOPIC,)):
            for recorded in page:
                flag = recorded.event
                # A rescoring came later: it told nothing when the idea was taken in.
                if not isinstance(flag, FlagRaised) or not flag.band.is_copy:
                    continue
                if flag.by.name != RESCORER:
                    found.setdefault((flag.idea.idea, flag.idea_version), []).append(flag.of.idea)
            at = page[-1].position
        return found
