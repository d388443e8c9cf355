"""The boards that published figures are asked of: each asked once for a moment, and remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from services.projections.asof import Moment
from services.projections.claim_figures import Figure
from services.projections.claim_subjects import Subject
from services.projections.database import Views
from services.projections.leaderboard import Leaderboard, LeaderboardRow, leaderboard
from services.projections.milestones import milestone
from services.projections.quota import KINDS, QuotaBehind, QuotaRow, quota, under
from shared.directory import Directory, Programme
from shared.events import TargetSet
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind

KEPT: Final = 64

Settings = Mapping[str, Figure]
"""What the map says of a question beside its name."""


class Asked(NamedTuple):
    """One question: of whom, in which programme, with which settings."""

    subject: Subject
    programme: str
    settings: Settings
    published: Figure = None

    def text(self, name: str) -> str | None:
        """A setting that is a word."""
        found = self.settings.get(name)
        return found if isinstance(found, str) else None

    def amount(self, name: str) -> float:
        """A setting that is a number."""
        found = self.settings.get(name)
        if not isinstance(found, int | float):
            raise TypeError(f"the setting {name} of this question must be a number")
        return found

    @property
    def kind(self) -> TargetKind | None:
        """The kind of target asked for, or None for the first that there is."""
        found = self.text("kind")
        return TargetKind(found) if found is not None else None


class Boards:
    """The boards of one ledger, each asked once for a moment."""

    def __init__(self, views: Views, directory: Directory) -> None:
        self.directory = directory
        self._views = views
        self._leaders = lru_cache(KEPT)(self._leaderboard)
        self._quotas = lru_cache(KEPT)(self._quota)

    def _leaderboard(self, programme: str, level: Level, at: Moment) -> Leaderboard:
        return leaderboard(
            self._views, self.directory, programme=programme, at=at, level=level, top=None
        )

    def _quota(
        self, programme: str, unit: str | None, phase: str | None, at: Moment
    ) -> tuple[QuotaRow, ...]:
        return quota(
            self._views, self.directory, programme=programme, at=at, unit=unit, phase=phase
        ).rows

    def tree(self, at: Moment) -> Tree:
        """The tree as it was known and stood then."""
        return self.directory.tree(at=at.position, on=at.instant)

    def programme(self, asked: Asked, at: Moment) -> Programme:
        """The programme as it was known then."""
        return self.directory.programme(asked.programme, at=at.position)

    def row(self, asked: Asked, at: Moment) -> LeaderboardRow | None:
        """The unit's place among those of its level."""
        unit = asked.subject.unit
        found = self.tree(at).units.get(unit or "")
        if found is None:
            return None
        board = self._leaders(asked.programme, found.level, at)
        return next((row for row in board.rows if row.unit == unit), None)

    def leaders(self, asked: Asked, at: Moment) -> Leaderboard:
        """The first-level units in order."""
        return self._leaders(asked.programme, Level.FIRST, at)

    def progress(self, asked: Asked, at: Moment) -> QuotaRow | None:
        """The progress towards the first kind of target that the unit has, for the phase asked for or the whole."""
        rows = self._quotas(asked.programme, asked.subject.unit, asked.text("phase"), at)
        kinds = KINDS if asked.kind is None else (asked.kind,)
        return next((row for kind in kinds for row in rows if row.kind is kind), None)

    def progress_below(self, asked: Asked, phase: str | None, at: Moment) -> dict[str, float]:
        """The percentage of each unit below that has a target, by the first kind that it has."""
        tree = self.tree(at)
        inside = {*tree.below(asked.subject.unit or "")} - {asked.subject.unit}
        found: dict[str, float] = {}
        for row in self._quotas(asked.programme, None, phase, at):
            if row.unit in inside and row.percent is not None:
                found.setdefault(row.unit, row.percent)
        return found

    def behind(self, asked: Asked, at: Moment) -> QuotaBehind:
        """The units under a share of their target for the whole programme."""
        return under(
            self._views,
            self.directory,
            programme=asked.programme,
            at=at,
            share=asked.amount("share"),
        )

    def reached(self, asked: Asked, count: int, at: Moment) -> timedelta | None:
        """By how much the nation came to a count before its programme's end."""
        found = milestone(self._views, asked.programme, count, at).gross
        if found is None:
            return None
        return self.programme(asked, at).terms.window.to - found.at

    def targets(self, asked: Asked, at: Moment) -> Iterator[TargetSet]:
        """The targets in force of the units asked for, for the phase asked for or the whole programme."""
        units = self.members(asked, at)
        for target in self.programme(asked, at).in_force(self.directory.day(at.instant)):
            if target.unit in units and target.phase == asked.text("phase"):
                yield target

    def members(self, asked: Asked, at: Moment) -> frozenset[str]:
        """The unit, or the units of the cohort."""
        cohort = asked.subject.cohort
        if cohort is not None:
            return self.tree(at).cohorts.get(cohort, frozenset())
        return frozenset(filter(None, (asked.subject.unit,)))
