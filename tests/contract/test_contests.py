"""Boards of emulation over each engine that views may stand in: a month, a wave, a digest with its cases, benefits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from services.projections.boards.leaderboard import leaderboard
from services.projections.emulation.benefits import benefits
from services.projections.emulation.digest import digest
from services.projections.emulation.emulation import emulation
from services.projections.emulation.shares import shares
from services.projections.reckoning.period import period
from services.projections.views.projector import Projector, Views
from shared.criteria import Criterion, Scored
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, BenefitClass
from tests.contests import Contests
from tests.contract.engines import Engine


@pytest.fixture
def story(
    ledger: Ledger, engine: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Contests]:
    """Views in a database of the ledger's kind, but not its own."""
    url = f"sqlite:///{tmp_path / 'views.db'}"
    if not engine.url.startswith("sqlite"):
        server = request.getfixturevalue("postgres_server")
        url = server.create_database(f"views_{uuid4().hex}")
    views = Views(url)
    found = Contests(ledger)
    found.projector = Projector(views)
    yield found
    views.close()


def at(month: int, on: int) -> datetime:
    return datetime(2022, month, on, 8, tzinfo=HOME)


def test_a_month_of_emulation_is_the_same_on_every_engine(story: Contests) -> None:
    net = Criterion(scored=Scored.NET, weight=Decimal(10), full_at=Decimal(2))
    story.adopt(net, valid_from=date(2022, 5, 1))
    story.wave("đợt-1", at(5, 1), at(5, 9))
    story.bring("n1", "a", at=at(5, 2), benefit=500)
    story.bring("n2", "a", at=at(5, 10), benefit=900, sure=BenefitClass.VERIFIED)
    story.bring("n3", "c", at=at(5, 10))
    story.bring("n4", "c", at=at(5, 10))
    story.open_case("n3", "n4", at=at(5, 11))
    story.rule("n4", at=at(5, 11))
    moment = story.here(at(5, 12))
    views, directory = story.projector.views, story.directory

    month = period("month", "2022-05", moment)
    board = emulation(views, directory, programme="1tr", at=moment, month=month)
    points = [(row.unit, row.points, row.net) for row in board.rows]
    assert points == [("p1", 10.0, 2), ("p2", 5.0, 1), ("p3", 0.0, 0)]
    wave = leaderboard(views, directory, programme="1tr", at=moment, phase="đợt-1")
    assert [(row.unit, row.gross) for row in wave.rows] == [("p1", 1), ("p2", 0), ("p3", 0)]
    week = period("week", "2022-W19", moment)
    told = digest(views, directory, story.ledger, programme="1tr", at=moment, period=week)
    rows = {row.unit: (row.gross, row.gross_before, row.ruled, row.cases) for row in told.rows}
    assert rows == {
        "vn": (3, 1, 1, 1),
        "p1": (1, 1, 0, 0),
        "p2": (2, 0, 1, 1),
        "p3": (0, 0, 0, 0),
    }
    values = benefits(views, directory, programme="1tr", at=moment)
    assert [(row.idea, row.benefit, row.unit) for row in values.large] == [
        ("n2", 900, "a"),
        ("n1", 500, "a"),
    ]
    people = shares(views, directory, programme="1tr", at=moment)
    assert (people.nation.people, people.nation.direct_share) == (4, 1.0)
