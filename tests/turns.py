"""Random histories of a small programme, and all that is asked of it: for tests of what must hold whatever happened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from services.projections.reckoning.asof import Axis, Moment, moment
from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from services.projections.views.mentions import TIMELINE
from services.projections.views.projector import Projector, Views
from shared.ledger.clock import wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.vocabulary import Ineligible, Ruling
from tests.chronicle import START, Chronicle, day

UNITS: Final = ("a", "b", "c", "d")
KINDS: Final = (
    "declare",
    "declare",
    "declare",
    "amend",
    "withdraw",
    "reroute",
    "recognise",
    "rule",
    "acquit",
    "exclude",
)


class Turn(NamedTuple):
    """One thing that happens: which, to whom, where, so many days after the last, dated so many days before."""

    kind: str
    whom: int
    where: int
    later: int
    dated_back: int


class Asked(NamedTuple):
    """A moment that is asked for, by days of the programme; with `known_at` on the corrected axis."""

    on: float
    known_at: float | None = None


turns: Final = st.lists(
    st.builds(
        Turn,
        st.sampled_from(KINDS),
        st.integers(0, 20),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from((0, 0, 0, 1, 5, 40)),
    ),
    min_size=1,
    max_size=30,
)
moves: Final = st.one_of(st.none(), st.tuples(st.sampled_from(("u1", "u2")), st.integers(1, 40)))
asked: Final = st.builds(
    Asked, st.integers(-2, 60).map(float), st.one_of(st.none(), st.integers(0, 60).map(float))
)


class History(NamedTuple):
    """What happened, and the views of it."""

    story: Chronicle
    views: Views
    projector: Projector

    @property
    def ledger(self) -> Ledger:
        return self.story.ledger

    def at(self, asked: Asked | None = None) -> Moment:
        """The moment asked for: on the corrected axis where it says up to when; without any, now."""
        self.projector.catch_up(self.ledger)
        if asked is None:
            return moment(self.ledger)
        on = day(max(0, asked.on)).isoformat()
        if asked.known_at is None:
            return moment(self.ledger, on)
        return moment(self.ledger, on, Axis.CORRECTED, day(asked.known_at).isoformat())

    def take(self, turn: Turn, name: str) -> None:
        """Let one thing happen, where there is somebody to whom it may."""
        story, at = self.story, self.story.now + timedelta(days=turn.later)
        if turn.kind == "declare":
            story.declare(
                name,
                UNITS[turn.where],
                filed=max(START - timedelta(days=1), at - timedelta(days=turn.dated_back)),
                at=at,
                people=1 + turn.where,
                benefit=10**12 * turn.where + turn.whom,
                ineligible=(Ineligible.NOT_RECOGNISED,) if turn.whom == 0 else (),
            )
            return
        if not story.ideas:
            return
        whom = list(story.ideas)[turn.whom % len(story.ideas)]
        match turn.kind:
            case "amend":
                story.amend(whom, people=1 + turn.whom % 3, benefit=turn.whom, at=at)
            case "withdraw":
                story.withdraw(whom, at=at)
            case "reroute":
                story.reroute(whom, UNITS[turn.where], at=at)
            case "recognise":
                story.recognise(whom, at=at)
            case "rule":
                story.rule(whom, case=f"case {turn.where}", at=at)
            case "acquit":
                story.rule(whom, Ruling.INDEPENDENT, case=f"case {turn.where}", at=at)
            case _:
                # Only who came into a case can be taken out of it.
                story.now = at
                story.join(whom, whom, case=f"case {turn.where}")
                story.exclude(whom, case=f"case {turn.where}")


@contextmanager
def told(turned: Sequence[Turn], move: tuple[str, int] | None = None) -> Iterator[History]:
    """A history of these turns, its views caught up; a unit of the upper level may have moved to the third province."""
    with tempfile.TemporaryDirectory() as home:
        ledger = Ledger(
            open_recorder(f"sqlite:///{Path(home) / 'ledger.db'}"),
            clock=wall_clock,
            new_id=lambda: UUID(int=7),
        )
        views = Views(f"sqlite:///{Path(home) / 'views.db'}")
        history = History(
            Chronicle(ledger), views, Projector(views, (QUOTA, EVENT_INDEX, TIMELINE))
        )
        for unit, value in (("p1", 3), ("p2", 2), ("vn", 6)):
            history.story.target(unit, value)
            history.story.target(unit, value, phase="1")
        for number, turn in enumerate(turned):
            if move is not None and number == len(turned) // 2:
                history.story.move(move[0], "p3", on=day(move[1]).date())
            history.take(turn, f"idea {number}")
        history.projector.catch_up(ledger)
        yield history
        views.close()
        ledger.close()
