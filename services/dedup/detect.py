"""The detector: a follower that compares each declaration with exactly the ledger before it, and only ever suspects."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from services.dedup.comparison import Comparison
from services.dedup.contrast import MOVED
from services.dedup.flag import MATCHER, Suspicion
from services.dedup.matcher import Matcher
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Models
from services.dedup.reading import Due
from services.dedup.recollection import abridged, recollected
from services.dedup.rescore import rescored
from services.dedup.settling import Settling, Unsettled
from services.dedup.shadow import shadowed, tried
from services.dedup.share import NAME, Everything, Share
from services.dedup.snapshot import Draft, Snapshots
from shared.directory import Directory
from shared.errors import NotFound, VersionConflict
from shared.events.matching import ModelAdopted, RulesAdopted
from shared.ledger.feed import LedgerFeed
from shared.ledger.follow import Progress, catch_up
from shared.ledger.model import Actor, Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import MatchingRules, Position

log = logging.getLogger(__name__)

PAGE: Final = 1024
SHORT: Final = 64
"""A page of fewer facts is not worth a commit."""
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
        share: Share | None = None,
    ) -> None:
        """Without a share all texts are compared here."""
        self._ledger = ledger
        self._settling = Settling(ledger, share or Everything())
        self._directory = directory
        self.models = models
        self._snapshots = snapshots or Snapshots(None, ledger)
        self._lock = threading.RLock()
        self._matcher = self._empty()
        # Up to where everything was taken in, and up to where what came of it is on record.
        self._reached: Position | None = None
        self._recorded: Position = 0
        self._recalling = False

    @property
    def model(self) -> str:
        """The id of the model in force."""
        return self._ledger.load(Matching, matching_id()).model

    def position(self) -> Position:
        """The last position matched, as far as falls to this matcher."""
        if self._reached is None:
            return self._ledger.handled(NAME)
        if self._settling.changed():
            # A part that was taken over may begin before what is in memory here.
            return min(self._recorded, self._ledger.handled(NAME))
        return self._recorded

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
        handled = catch_up(self, LedgerFeed(self._ledger, abridged), progress)
        self.keep()
        return handled

    def rescore(self, progress: Progress | None = None) -> int:
        """Suspect again, under the model and rules now in force, all that was matched; answers how many flags are new.

        Cases and rulings stay as they are: the keeper opens or joins cases from the new flags.
        """
        self.adopt_first_model()
        return rescored(
            self._ledger,
            self._directory,
            self.models,
            to=self._ledger.handled(NAME),
            progress=progress,
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
            to=self._ledger.handled(NAME),
            since=since,
            moved=moved,
            flagged=Settling(self._ledger, Everything()).flagged(0) if since else None,
            progress=progress,
        )

    def handle(self, page: Sequence[Recorded | Due]) -> None:
        """Flag what the page brings, and move the checkpoints with the flags, both or neither."""
        with self._lock:
            self._directory.catch_up()
            before = self._reached
            reached = self._begin()
            if before is not None and reached != before:
                # It goes on from elsewhere, and this page may begin behind that.
                return
            # What was taken in before its flags could be recorded comes again.
            fresh = [fact for fact in page if fact.position > reached]
            if not fresh:
                self._record()
                return
            # Until all is taken in the memory is somewhere in between; a failure makes the next page start over.
            self._reached = None
            try:
                for raised in self._matcher.walk(fresh):
                    self._settling.note(raised.flag)
                self._reached = fresh[-1].position
            except Unsettled as waiting:
                self._reached = waiting.before
            self._record()
            if not self._settling.alone:
                # What is recorded is then all of a lesson, and there is the next one to read while others come to its end.
                room = self._matcher.archive.room()
                self.page = room if room >= SHORT else PAGE
            draft = self._draft()
        if draft is not None:
            draft.settle()

    def _begin(self) -> Position:
        """Have in memory just what was matched; answers up to which position something was taken in."""
        if self._reached is not None and self._recorded < self._reached:
            self._record()
        self._settling.begin()
        if self._reached is not None:
            others_were_here = self._settling.alone and self._settling.matched() != self._recorded
            if others_were_here or self._settling.left_behind(
                self._reached, self._matcher.archive.texts_after
            ):
                self._reached = None
        return self._reached if self._reached is not None else self._remember()

    def _record(self) -> None:
        assert self._reached is not None
        self._settling.record(self._reached)
        self._recorded = self._reached

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
        if not is_due or self._reached is None or self._recorded < self._reached:
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
                self._settling.begin()
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
            self._settling.begin()
            self._remember(stopping)
            draft = self._draft()
        if draft is not None:
            draft.settle()

    def _remember(self, stopping: Callable[[], bool] = lambda: False) -> Position:
        """Have in memory just what was matched; answers up to where that is."""
        before = self._settling.matched()
        if self._reached != before:
            self._reached = None
            self._settling.forget()
            self._recalling = True
            try:
                if self._recall(before, stopping):
                    self._matcher.make_ready()
                    self._reached = self._recorded = before
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
        # Whoever matched in company may have kept texts whose lesson was not over.
        begun = self._matcher.archive.begun()
        flagged = self._settling.flagged(min(at, begun - 1) if begun else at)
        model = self._model_at(at, to)
        facts = 0
        for page in recollected(self._ledger, self._matcher.lexicon, at, to=to):
            if stopping():
                return False
            self._matcher.recall(page.parts, flagged, model=model)
            facts += page.facts
        begun = self._matcher.archive.begun()
        self._settling.learned(begun - 1 if begun else to)
        seconds = round(time.perf_counter() - began, 3)
        log.info(
            "What was matched before is in memory again",
            extra={"action": "recall", "snapshot": at, "read_again": facts, "seconds": seconds},
        )
        return True

    def _empty(self) -> Matcher:
        company = None if self._settling.alone else self._settling
        return Matcher(self.models, self._directory, company=company)

    def _model_at(self, at: Position, to: Position) -> str | None:
        """The model in force in the end: adopted between two positions, or what the matcher knows of at the first."""
        adopted = self._ledger.read(at, topics=(ModelAdopted.TOPIC,), to=to)
        event = adopted[-1].event if adopted else None
        return event.model if isinstance(event, ModelAdopted) else self._matcher.matching[0]
