"""The directory: which units, programmes and keys there are, now or as of any position, followed from the ledger."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, Protocol

from shared.access import Caller, Role, key_hash
from shared.errors import NotFound, Unauthenticated
from shared.events.access import KeyIssued, KeyRevoked, PersonErased, SimulationMarked
from shared.events.programme import (
    CriteriaAdopted,
    ProgrammeOpened,
    TargetSet,
    TermsChanged,
    WaveOpened,
)
from shared.events.register import DIRECTORY_TOPICS
from shared.forest import Forest
from shared.ledger.model import Event, Recorded
from shared.terms import Phase, Terms, Wave, Window
from shared.tree import Tree
from shared.vocabulary import HOME, Position, TargetKind

PAGE: Final = 5000
KEPT_TREES: Final = 24
KEPT_DAYS: Final = 8


class Source(Protocol):
    """What the directory reads: the ledger."""

    simulated: bool

    def read(
        self, after: Position, *, limit: int, topics: Sequence[str], to: Position | None = None
    ) -> Sequence[Recorded]: ...
    def head(self) -> Position: ...
    def now(self) -> datetime: ...


class ProgrammeIsUnknown(NotFound):
    """No programme carries this code."""

    code = "unknown-programme"

    def __init__(self, programme: str, known: Sequence[str]) -> None:
        super().__init__(
            f"Programme {programme} is not open. Open programmes: {', '.join(known) or 'none'}.",
            programme=programme,
            field="programme",
        )


class ProgrammeIsToCome(ProgrammeIsUnknown):
    """The programme is on record, but was not yet at the moment asked for."""

    code = "programme-not-yet-on-record"

    def __init__(self, programme: str) -> None:
        NotFound.__init__(
            self,
            f"Programme {programme} was not yet on record at that moment. Ask as of a later one.",
            programme=programme,
            field="programme",
        )


@dataclass(frozen=True, eq=False, slots=True)
class InForce:
    """The targets in force on a day, by unit, phase and kind, and by unit; one as long as they are the same."""

    by_place: Mapping[tuple[str, str | None, TargetKind], TargetSet]
    by_unit: Mapping[str, Sequence[TargetSet]]


class Programme:
    """A programme as it stood at a position: terms, waves by code; targets and criteria in the order of the ledger."""

    def __init__(
        self,
        code: str,
        name: str,
        terms: Terms,
        targets: tuple[TargetSet, ...],
        waves: Mapping[str, Wave] | None = None,
        criteria: tuple[CriteriaAdopted, ...] = (),
    ) -> None:
        self.code = code
        self.name = name
        self.terms = terms
        self.targets = targets
        self.waves = waves or {}
        self.criteria = criteria
        # Stable: of one day, they stay in the order of the ledger.
        self._dated = sorted(targets, key=lambda target: target.dated)
        self._days = [target.dated for target in self._dated]
        self._standing_after = lru_cache(maxsize=KEPT_DAYS)(self._standing)

    def standing(self, day: date) -> InForce:
        """The target of each (unit, phase, kind) on a day: the latest dated not after it, of one day the last recorded."""
        return self._standing_after(bisect_right(self._days, day))

    def in_force(self, day: date) -> Sequence[TargetSet]:
        """The same, one after the other."""
        return list(self.standing(day).by_place.values())

    def _standing(self, dated: int) -> InForce:
        by_place = {(t.unit, t.phase, t.kind): t for t in self._dated[:dated]}
        by_unit: dict[str, list[TargetSet]] = {}
        for target in by_place.values():
            by_unit.setdefault(target.unit, []).append(target)
        return InForce(by_place, by_unit)

    @property
    def parts(self) -> frozenset[str]:
        """What targets may be for: the codes of all phases and waves."""
        return frozenset({*(phase.code for phase in self.terms.phases), *self.waves})

    def window(self, phase: str | None, unit: str, tree: Tree) -> Window | None:
        """The window of a phase for a unit: its own, the nearest one above it that has its own, or the programme's.

        A wave is asked for in the same way; for a unit outside the part of the tree that it is held in, it has none.
        """
        if phase is None:
            return self.terms.window
        wave = self.waves.get(phase)
        if wave is not None:
            return wave if wave.unit is None or tree.inside(unit, wave.unit) else None
        found: dict[str | None, Phase] = {p.unit: p for p in self.terms.phases if p.code == phase}
        for step in reversed(tree.path(unit)):
            if step in found:
                return found[step]
        return found.get(None)


class Directory:
    """Units, programmes, keys: small, held in memory, and caught up from the ledger before it is asked."""

    def __init__(self, source: Source, *, forget: Callable[[str], None] | None = None) -> None:
        self._source = source
        self._forget = forget
        self._lock = threading.Lock()
        self._position: Position = 0
        self._facts: list[Recorded] = []
        self._positions: list[Position] = []
        self._forest = Forest()
        self._keys: dict[str, Caller] = {}
        self._terms: dict[str, Terms] = {}
        self._opened: dict[str, Position] = {}
        self._programme_at = lru_cache(maxsize=KEPT_TREES)(self._fold_programme)

    def catch_up(self) -> None:
        """Take in what was recorded since the last look."""
        with self._lock:
            head = self._source.head()
            while self._position < head:
                page = self._source.read(
                    self._position, limit=PAGE, topics=DIRECTORY_TOPICS, to=head
                )
                for recorded in page:
                    self._take(recorded)
                self._position = page[-1].position if len(page) == PAGE else head

    def _take(self, recorded: Recorded) -> None:
        event = recorded.event
        topic = event.TOPIC
        if topic.startswith(("unit.", "cohort.")):
            self._forest.take(recorded)
        else:
            self._facts.append(recorded)
            self._positions.append(recorded.position)
        match event:
            case KeyIssued(key_hash=digest):
                self._keys[digest] = Caller(
                    event.originator_id, event.label, Role(event.role), event.unit
                )
            case KeyRevoked():
                self._keys = {h: c for h, c in self._keys.items() if c.key != event.originator_id}
            case ProgrammeOpened(code=code) | TermsChanged(code=code):
                self._terms[code] = event.terms
                self._opened.setdefault(code, recorded.position)
            case SimulationMarked():
                self._source.simulated = True
            case PersonErased() if self._forget is not None:
                self._forget(event.originator_id.hex)
            case _:
                pass

    @property
    def founded(self) -> Position:
        """Where the first programme was opened; 0 as long as none is."""
        return min(self._opened.values(), default=0)

    @property
    def simulated(self) -> bool:
        """Whether the ledger is a simulation, for good."""
        return self._source.simulated

    def caller(self, key: str) -> Caller:
        """Whose key this is. Raises Unauthenticated."""
        found = self._keys.get(key_hash(key))
        if found is None:
            raise Unauthenticated(
                "This key is unknown or revoked. Send 'Authorization: Bearer <key>' with a key from "
                "'sangkien key create'."
            )
        return found

    def callers(self) -> list[Caller]:
        """The owners of all keys that open something."""
        return list(self._keys.values())

    def tree(self, *, at: Position | None = None, on: datetime | None = None) -> Tree:
        """The tree as known at a position (default: now), as it stood on an instant's day at home (default: the latest)."""
        return self._forest.tree(at, date.max if on is None else on.astimezone(HOME).date())

    def tree_today(self, unit: str | None = None) -> Tree:
        """The tree as it stands today, which says who may do what; the latest for a unit that is founded for a later day."""
        today = self.tree(on=self._source.now())
        return today if unit is None or unit in today else self.tree()

    def tree_events(self) -> list[Event]:
        """Every event about units and cohorts, for whoever folds a tree that does not exist yet."""
        return self._forest.events()

    def terms(self, programme: str) -> Terms:
        """The terms in force. Raises ProgrammeIsUnknown."""
        found = self._terms.get(programme)
        if found is None:
            raise ProgrammeIsUnknown(programme, sorted(self._terms))
        return found

    def programmes(self) -> list[str]:
        """The codes of all programmes, the oldest first."""
        return list(self._terms)

    def the_programme(self, code: str | None = None, *, at: Position | None = None) -> str:
        """The programme asked for, or the latest known at a position: the one whose window begins last.

        Of two that begin together it is the one opened last.
        """
        if code is not None:
            self.terms(code)
            return code
        known = [code for code, opened in self._opened.items() if at is None or opened <= at]
        if not known:
            raise NotFound(
                "No programme is open yet. Run 'sangkien init' with a programme file first."
            )
        return max(reversed(known), key=lambda code: self._terms[code].window.from_)

    def programme(self, code: str, *, at: Position | None = None) -> Programme:
        """A programme with its targets as known at a position. Raises ProgrammeIsUnknown."""
        known = len(self._facts) if at is None else bisect_right(self._positions, at)
        return self._programme_at(code, known)

    def _fold_programme(self, code: str, known: int) -> Programme:
        opened: ProgrammeOpened | None = None
        terms: Terms | None = None
        targets: list[TargetSet] = []
        waves: dict[str, Wave] = {}
        criteria: list[CriteriaAdopted] = []
        for recorded in self._facts[:known]:
            match recorded.event:
                case ProgrammeOpened() as event if event.code == code:
                    opened, terms = event, event.terms
                case TermsChanged() as event if event.code == code:
                    terms = event.terms
                case TargetSet() as event if event.code == code:
                    targets.append(event)
                case WaveOpened() as event if event.code == code:
                    waves[event.wave.code] = event.wave
                case CriteriaAdopted() as event if event.code == code:
                    criteria.append(event)
                case _:
                    pass
        if opened is None or terms is None:
            open_ = sorted(self._terms)
            raise ProgrammeIsToCome(code) if code in open_ else ProgrammeIsUnknown(code, open_)
        return Programme(code, opened.programme_name, terms, tuple(targets), waves, tuple(criteria))

    @staticmethod
    def day(instant: datetime) -> date:
        """The day at home of an instant."""
        return instant.astimezone(UTC).astimezone(HOME).date()
