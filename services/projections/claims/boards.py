"""The boards that published figures are asked of: each asked once for a moment, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import EllipsisType
from typing import Any, Final, NamedTuple, TypeVar

from services.projections.boards.lead import Lead, lead
from services.projections.boards.leaderboard import Leaderboard, LeaderboardRow, leaderboard
from services.projections.boards.quota import KINDS, QuotaBehind, QuotaRow, quota, under
from services.projections.claims.figures import Figure
from services.projections.claims.subjects import Subject
from services.projections.presentation.sentences import ConflictKind
from services.projections.reckoning.asof import AsOf, Moment
from services.projections.reckoning.selection import Selection
from services.projections.targets.cascade import Cascade, cascade
from services.projections.targets.cohorts import CohortRow, cohorts
from services.projections.targets.conflicts import Conflicts, conflicts
from services.projections.targets.finishers import Finishers, finishers
from services.projections.targets.margins import Margins, margins
from services.projections.views.database import Views
from shared.directory import Directory, Programme
from shared.terms import WHOLE
from shared.tree import Tree
from shared.vocabulary import Level, TargetKind

KEPT: Final = 128

Settings = Mapping[str, Figure]
"""What the map says of a question beside its name."""
TBoard = TypeVar("TBoard", bound=AsOf)


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

    def words(self, name: str) -> list[str]:
        """A setting that is a list of words."""
        found = self.settings.get(name)
        return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []

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
        self._made: dict[object, Any] = {}

    def _once(
        self,
        make: Callable[..., TBoard],
        *held: object,
        asked: Asked,
        at: Moment,
        **options: object,
    ) -> TBoard:
        key = (make, asked.programme, at, *options.items())
        if key not in self._made:
            if len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            self._made[key] = make(*held, programme=asked.programme, at=at, **options)
        found: TBoard = self._made[key]
        return found

    def tree(self, at: Moment) -> Tree:
        """The tree as it was known and stood then."""
        return self.directory.tree(at=at.position, on=at.instant)

    def programme(self, asked: Asked, at: Moment) -> Programme:
        """The programme as it was known then."""
        return self.directory.programme(asked.programme, at=at.position)

    def leaders(self, asked: Asked, at: Moment, level: Level = Level.FIRST) -> Leaderboard:
        """The units of a level in order."""
        return self._once(
            leaderboard, self._views, self.directory, asked=asked, at=at, level=level, top=None
        )

    def row(self, asked: Asked, at: Moment) -> LeaderboardRow | None:
        """The unit's place among those of its level."""
        unit = asked.subject.unit
        found = self.tree(at).units.get(unit or "")
        if found is None:
            return None
        rows = self.leaders(asked, at, found.level).rows
        return next((row for row in rows if row.unit == unit), None)

    def place(self, asked: Asked, at: Moment) -> int | None:
        """How many units of its level must be listed by what is asked for so that the unit is among them."""
        row = self.row(asked, at)
        by = asked.text("of")
        if row is None or by is None:
            return row.rank if row is not None else None
        level = self.tree(at)[row.unit].level
        others = self.leaders(asked, at, level).rows
        found: int = sum(getattr(other, by) >= getattr(row, by) for other in others)
        return found

    def cohort(self, asked: Asked, at: Moment) -> CohortRow | None:
        """The cohort with its targets, or None where it did not stand yet."""
        code = asked.subject.cohort
        if code not in self.tree(at).cohorts:
            return None
        board = self._once(
            cohorts, self._views, self.directory, asked=asked, at=at, cohort=code, phase=asked.text("phase")
        )  # fmt: skip
        return board.rows[0]

    def goals(
        self, asked: Asked, at: Moment, phase: str | EllipsisType | None
    ) -> tuple[QuotaRow, ...]:
        """The unit's targets in force with its progress, of the first kind asked for first; of one phase, or of any."""
        kinds = KINDS if asked.kind is None else (asked.kind,)
        rows = self._once(
            quota, self._views, self.directory, asked=asked, at=at, unit=asked.subject.unit, phase=phase
        ).rows  # fmt: skip
        return tuple(row for kind in kinds for row in rows if row.kind is kind)

    def progress(self, asked: Asked, at: Moment) -> QuotaRow | None:
        """The progress towards the first kind of target that the unit has, for the phase asked for or the whole."""
        return next(iter(self.goals(asked, at, asked.text("phase"))), None)

    def given(self, asked: Asked, at: Moment) -> tuple[QuotaRow, ...]:
        """Every unit's targets for the whole programme."""
        return self._once(
            quota, self._views, self.directory, asked=asked, at=at, unit=None, phase=None
        ).rows

    def lead(self, asked: Asked, at: Moment) -> Lead:
        """How far ahead the unit came to its targets for the whole programme."""
        unit = asked.subject.unit
        return self._once(
            lead, self._views, self.directory, asked=asked, at=at, unit=unit, phase=WHOLE
        )

    def behind(self, asked: Asked, at: Moment) -> QuotaBehind:
        """The units of a level under a share of their target for the whole programme."""
        level = Level(asked.text("level") or Level.FIRST)
        share = asked.amount("share")
        return self._once(
            under, self._views, self.directory, asked=asked, at=at, share=share, level=level
        )

    def finishers(self, asked: Asked, at: Moment) -> Finishers:
        """The units below that have come to their target for the whole programme, or near it."""
        return self._once(
            finishers,
            self._views,
            self.directory,
            asked=asked,
            at=at,
            selection=Selection(below=asked.subject.unit),
            near=asked.amount("near"),
            so_far=True,
        )

    def margins(self, asked: Asked, at: Moment) -> Margins:
        """Registered against orientation, of the cohort, or of the units of the unit's level."""
        found = self.tree(at).units.get(asked.subject.unit or "")
        level = found.level if found is not None else None
        selection = Selection(level, asked.subject.cohort)
        return self._once(margins, self.directory, asked=asked, at=at, selection=selection)

    def cascade(self, asked: Asked, at: Moment, unit: str | None = None) -> Cascade:
        """The targets from a unit, or the nation, down."""
        return self._once(cascade, self.directory, asked=asked, at=at, unit=unit, kind=asked.kind)

    def conflicts(self, asked: Asked, at: Moment, kind: ConflictKind) -> Conflicts:
        """What contradicts among the targets of the unit and all below it."""
        unit = asked.subject.unit
        return self._once(conflicts, self.directory, asked=asked, at=at, unit=unit, kind=kind)
