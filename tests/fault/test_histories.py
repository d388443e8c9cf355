"""Whatever happened, and however its follower was interrupted: live views, rebuilt ones, as of now, and a plain recount agree."""

from __future__ import annotations

import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from services.projections.boards.leaderboard import leaderboard
from services.projections.reckoning.asof import moment
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from services.projections.views.mentions import TIMELINE
from services.projections.views.projector import Projector
from services.projections.views.verify import digest
from shared.events.case import MemberRuled
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.events.mending import MemberExcluded
from shared.ledger.clock import wall_clock
from shared.ledger.model import Recorded
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.vocabulary import Level
from tests.chronicle import Chronicle
from tests.fault.homes import dropped
from tests.fault.size import times
from tests.servers import Postgres
from tests.turns import History, Turn, turns

pytestmark = pytest.mark.fault

EXAMPLES = times(8, 500)
KINDS = (QUOTA, EVENT_INDEX, TIMELINE)
"""All but the queue of cases: these histories rule in cases that nobody opened."""

Counts = dict[str, tuple[int, int, int]]
"""Gross, net and people of each grassroots unit that has any."""


def recounted(facts: Sequence[Recorded]) -> Counts:
    """A plain recount, idea by idea."""
    unit: dict[UUID, str] = {}
    people: dict[UUID, int] = {}
    reasons: dict[UUID, set[object]] = defaultdict(set)

    def mark(idea: UUID, reason: object, *, stands: bool) -> None:
        (reasons[idea].add if stands else reasons[idea].discard)(reason)

    for _, _, event in facts:
        idea = event.originator_id
        match event:
            case IdeaDeclared() | IdeaAmended():
                unit.setdefault(idea, event.unit)
                people[idea] = len(event.authors)
                mark(idea, "ineligible", stands=bool(event.ineligible))
            case RecognitionRecorded():
                mark(idea, "ineligible", stands=bool(event.ineligible))
            case IdeaWithdrawn():
                mark(idea, "withdrawn", stands=True)
            case IdeaRerouted():
                unit[idea] = event.unit
            case MemberRuled():
                mark(event.member, idea, stands=event.ruling.leaves_net)
            case MemberExcluded():
                mark(event.member, idea, stands=False)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for idea, place in unit.items():
        found[place].update(gross=1, net=not reasons[idea], people=people[idea])
    return {u: (c["gross"], c["net"], c["people"]) for u, c in found.items()}


def shown(history: History, at: str | None) -> Counts:
    """The same as the board has it."""
    board = leaderboard(
        history.views,
        history.story.directory,
        programme="1tr",
        at=moment(history.ledger, at),
        level=Level.GRASSROOTS,
        top=None,
    )
    return {row.unit: (row.gross, row.net, row.people) for row in board.rows if row.gross}


class Interrupted(Exception):
    """Something went wrong here."""


class Fragile(Views):
    """Views whose next write breaks off when all of it is done but the commit."""

    breaks = False

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
            if self.breaks:
                self.breaks = False
                raise Interrupted


def follow(history: History, chance: random.Random) -> int:
    """Take in what is new, a few facts at a time, and sometimes break off at the end of a page; answers how often."""
    projector, views, ledger, broken = history.projector, history.views, history.ledger, 0
    assert isinstance(views, Fragile)
    while (at := projector.position()) < ledger.head():
        page = ledger.read(at, limit=chance.randint(1, 5))
        views.breaks = chance.random() < 0.3
        if views.breaks:
            broken += 1
            with pytest.raises(Interrupted):
                projector.handle(page)
        else:
            projector.handle(page)
    return broken


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def opened(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[History]]:
    """Makes an empty history, on one engine or the other."""
    server: Postgres | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")

    @contextmanager
    def begin() -> Iterator[History]:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            ledger_url, views_url = (
                f"sqlite:///{Path(folder) / f'{store}.db'}" for store in ("ledger", "views")
            )
            if server is not None:
                names = [f"{store}_{uuid4().hex}" for store in ("ledger", "views")]
                ledger_url, views_url = map(server.create_database, names)
                stack.callback(dropped, server, names)
            ledger = stack.enter_context(
                closing(
                    Ledger(open_recorder(ledger_url), clock=wall_clock, new_id=lambda: UUID(int=7))
                )
            )
            views = stack.enter_context(closing(Fragile(views_url)))
            yield History(Chronicle(ledger), views, Projector(views, KINDS))

    return begin


@pytest.mark.timeout(7200)
def test_live_rebuilt_and_as_of_now_are_a_plain_recount(
    opened: Callable[[], AbstractContextManager[History]],
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    made: Counter[str] = Counter()

    @given(turns, st.integers(0, 2**32))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def agree(turned: list[Turn], seed: int) -> None:
        chance = random.Random(seed)
        with opened() as history:
            founded = history.ledger.head()
            for number, turn in enumerate(turned):
                history.take(turn, f"idea {number}")
                if chance.random() < 0.4:
                    made["broken"] += follow(history, chance)
            made["broken"] += follow(history, chance)
            ledger = history.ledger
            facts = ledger.read(0, limit=10**6)
            expected, head = recounted(facts), facts[-1]
            asked = (None, str(head.position), head.recorded.isoformat())
            assert [shown(history, at) for at in asked] == [expected] * 3
            live = digests(history)
            history.projector.rebuild(ledger)
            assert digests(history) == live
            assert [shown(history, at) for at in asked] == [expected] * 3
            past = chance.randint(founded, head.position)
            known = [fact for fact in facts if fact.position <= past]
            assert shown(history, str(past)) == recounted(known)
            made.update(histories=1, facts=len(facts))

    agree()
    record_property(
        "R9",
        f"{request.node.callspec.params['opened']}: {made['histories']:,} histories of {made['facts']:,} facts, "
        f"{made['broken']:,} pages broken off; live, rebuilt, as of now and recounted are equal",
    )


def digests(history: History) -> list[str]:
    with history.views.reading(*KINDS) as snapshots:
        return [digest(snapshot) for snapshot in snapshots]
