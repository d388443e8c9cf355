"""Whatever happened, early finishers, cohorts and averages count what a recount of the story comes to, on both axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from uuid import UUID

import pytest

from services.projections.boards.quota import quota
from services.projections.reckoning.asof import Axis, Moment
from services.projections.reckoning.selection import Selection
from services.projections.targets.averages import averages
from services.projections.targets.cohorts import cohorts
from services.projections.targets.finishers import Finish, finishers
from services.projections.views.projector import Projector, Views
from shared.ledger.clock import wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.tree import Tree
from shared.vocabulary import HOME, Ineligible, Position, TargetKind
from tests.aims import ASSIGNED, Aims
from tests.chronicle import TERMS, UNITS, day

SEEDS: Final = range(12)
HAPPENINGS: Final = 60
UNIONS: Final = ("a", "b", "c", "d")
MEMBERS: Final = frozenset({"p1", "u2", "d"})


@dataclass
class Told:
    """An idea as the story told it, beside what the ledger says: where it stood from which position on."""

    filed: datetime
    recorded: Position
    eligible: bool
    units: list[tuple[Position, str]]
    withdrawn: tuple[Position, datetime] | None = None


class Aim(NamedTuple):
    """A target as the story told it."""

    recorded: Position
    dated: date
    unit: str
    phase: str | None
    value: int


@dataclass
class History:
    """A story drawn from a seed, and what was told of it."""

    story: Aims
    projector: Projector
    drawn: Random
    ideas: dict[str, Told] = field(default_factory=dict)
    aims: list[Aim] = field(default_factory=list)

    def happen(self) -> None:
        """Let some time pass, and one thing happen."""
        self.story.now += timedelta(hours=self.drawn.randrange(96))
        kinds = (self.declare, self.withdraw, self.reroute, self.aim, self.move)
        (kind,) = self.drawn.choices(kinds, (12, 2, 3, 4, 1))
        kind()

    def declare(self) -> None:
        name, unit = f"i{len(self.ideas)}", self.drawn.choice(UNIONS)
        filed = self.story.now - timedelta(days=self.drawn.choice((0, 0, 0, 9, 60)))
        eligible = self.drawn.random() < 0.8
        reasons = () if eligible else (Ineligible.NOT_RECOGNISED,)
        at = self.story.declare(name, unit, filed=filed, at=self.story.now, ineligible=reasons)
        self.ideas[name] = Told(filed, at, eligible, [(at, unit)])

    def withdraw(self) -> None:
        standing = [name for name, told in self.ideas.items() if told.withdrawn is None]
        if standing:
            name = self.drawn.choice(standing)
            self.ideas[name].withdrawn = self.story.withdraw(name), self.story.now

    def reroute(self) -> None:
        if self.ideas:
            name, unit = self.drawn.choice(list(self.ideas)), self.drawn.choice(UNIONS)
            self.ideas[name].units.append((self.story.reroute(name, unit), unit))

    def aim(self) -> None:
        unit, phase = self.drawn.choice([*UNITS]), self.drawn.choice((None, None, "1"))
        dated = (self.story.now + timedelta(days=self.drawn.randrange(-40, 40))).date()
        value = self.drawn.randrange(1, 9)
        at = self.story.given(unit, value, phase=phase, dated=dated)
        self.aims.append(Aim(at, dated, unit, phase, value))

    def move(self) -> None:
        self.story.move(
            self.drawn.choice(UNIONS),
            self.drawn.choice(("u1", "u2", "u3")),
            on=self.story.now.date() - timedelta(days=self.drawn.randrange(30)),
        )

    # The recount.

    def counted(self, at: Moment, unit: str, tree: Tree, phase: str | None = None) -> list[int]:
        """Gross and net of a unit and all below it, idea by idea."""
        window = None
        if phase is not None:
            own = {p.unit: p for p in TERMS.phases if p.code == phase}
            window = next((own[u] for u in reversed(tree.path(unit)) if u in own), own[None])
        found = [0, 0]
        for told in self.ideas.values():
            gone = told.withdrawn
            if at.axis is Axis.KNOWN:
                there, left = told.recorded <= at.position, gone and gone[0] <= at.position
            else:
                there = told.recorded <= at.position and told.filed <= at.instant
                left = gone and gone[0] <= at.position and gone[1] <= at.instant
            if not there or (window is not None and told.filed not in window):
                continue
            where = [place for recorded, place in told.units if recorded <= at.position][-1]
            if tree.inside(where, unit):
                found[0] += 1
                found[1] += told.eligible and not left
        return found

    def targets(self, at: Moment) -> dict[tuple[str, str | None], int]:
        """The targets known and in force."""
        today = at.instant.astimezone(HOME).date()
        found = {}
        for aim in sorted(self.aims, key=lambda aim: aim.dated):
            if aim.recorded <= at.position and aim.dated <= today:
                found[aim.unit, aim.phase] = aim.value
        return found


@contextmanager
def history(seed: int) -> Iterator[History]:
    with TemporaryDirectory() as folder:
        ledger = Ledger(
            open_recorder(f"sqlite:///{Path(folder) / 'ledger.db'}"),
            clock=wall_clock,
            new_id=lambda: UUID(int=7),
        )
        views = Views(f"sqlite:///{Path(folder) / 'views.db'}")
        told = History(Aims(ledger), Projector(views), Random(seed))
        told.story.cohort("x", *sorted(MEMBERS))
        for _ in range(HAPPENINGS):
            told.happen()
        yield told
        views.close()
        ledger.close()


def moments(told: History) -> Iterator[Moment]:
    """Positions and instants all over the story, on both axes, and by what was known at some other position."""
    head, drawn = told.story.ledger.head(), told.drawn
    begins = head - HAPPENINGS
    for _ in range(6):
        position = drawn.randrange(begins, head + 1)
        yield told.story.at(position, projector=told.projector)
        instant = day(drawn.uniform(0, (told.story.now - day(0)) / timedelta(days=1)))
        yield told.story.at(instant, projector=told.projector, corrected=True)
        yield told.story.at(
            instant,
            projector=told.projector,
            corrected=True,
            known_at=drawn.randrange(begins, head),
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_boards_of_targets_say_what_a_recount_comes_to(seed: int) -> None:
    seen: Counter[str] = Counter()
    with history(seed) as told:
        views, directory = told.projector.views, told.story.directory
        for at in moments(told):
            tree = directory.tree(at=at.position, on=at.instant)
            targets = told.targets(at)
            asked = {"programme": "1tr", "at": at}

            rows = quota(views, directory, **asked).rows  # type: ignore[arg-type]
            assert {(r.unit, r.phase): (r.target, [r.gross, r.net]) for r in rows} == {
                place: (value, told.counted(at, place[0], tree, place[1]))
                for place, value in targets.items()
            }
            for row in rows:
                whole = targets.get((row.unit, None))
                assert row.programme_percent == (100 * row.gross / whole if whole else None)
                assert row.remaining == max(0, row.target - row.gross)

            early = finishers(views, directory, **asked, near=0.5)  # type: ignore[arg-type]
            wanted = {}
            for (unit, phase), value in targets.items():
                gross, net = told.counted(at, unit, tree, "1")
                part = targets.get((unit, "1"))
                if phase is not None:
                    continue
                if gross >= value:
                    wanted[unit] = Finish.FINISHED, gross, net
                elif 2 * gross >= value:
                    wanted[unit] = Finish.NEAR, gross, net
                elif part is not None and gross > part:
                    wanted[unit] = Finish.OVER_PHASE, gross, net
            assert {r.unit: (r.state, r.gross, r.net) for r in early.rows} == wanted
            assert early.units == sum(phase is None for _, phase in targets)
            seen.update(row.state.value for row in early.rows)

            board = cohorts(views, directory, **asked)  # type: ignore[arg-type]
            (cohort,) = board.rows
            outer = [u for u in MEMBERS if not MEMBERS & {*tree.path(u)[:-1]}]
            gross, net = (
                sum(pair) for pair in zip(*(told.counted(at, u, tree) for u in outer), strict=True)
            )
            assert [cohort.gross, cohort.net] == [gross, net]
            assert [board.national_gross, board.national_net] == told.counted(at, "vn", tree)
            totals = [targets[u, None] for u in outer if (u, None) in targets]
            given = [(t.kind, t.total, t.members_with_target) for t in cohort.targets]
            assert given == ([(ASSIGNED, sum(totals), len(totals))] if totals else [])

            beside = averages(
                views,
                directory,
                selection=Selection(below="vn"),
                kind=TargetKind.ASSIGNED,
                **asked,  # type: ignore[arg-type]
            )
            assert {r.unit: ([r.gross, r.net], r.target) for r in beside.rows} == {
                unit: (told.counted(at, unit, tree), targets.get((unit, None)))
                for unit in UNITS
                if unit != "vn"
            }
            seen["gross"] += board.national_gross > board.national_net
    assert seen["gross"], "in every story something is declared that is not valid"
    assert seen["finished"], "in every story somebody is early"
