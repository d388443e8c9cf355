"""What moved a number is read alike from each engine that views may stand in."""

from __future__ import annotations

from services.projections.history.causes import Cause
from services.projections.history.comparison import both_axes, compare_leaderboards
from services.projections.history.frozen import FrozenBoards, claim
from services.projections.history.overtakings import overtakings
from services.projections.history.proof import frozen_board
from services.projections.history.question import BoardKind, Options, Question
from services.projections.history.reasons import Counted, reasons
from services.projections.history.story import story as story_of
from services.projections.reckoning.asof import Axis, moment
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.mentions import TIMELINE
from services.projections.views.projector import Projector
from shared.vocabulary import named
from tests.chronicle import BY, Chronicle, day
from tests.contract.test_views import story, views, views_url

__all__ = ["story", "views", "views_url"]


def test_numbers_ranks_differences_stories_and_frozen_boards(
    story: Chronicle,
    views: Views,
) -> None:
    ledger, directory = story.ledger, story.directory
    story.declare_many("a", "a1", "a2", at=day(1))
    story.declare_many("c", "c1", "c2", at=day(2))
    story.declare("c3", "c", filed=day(2), at=day(10), benefit=10**18)
    story.rule("a1", at=day(11))
    story.reroute("c1", "d", at=day(12))
    projector = Projector(views, (QUOTA, TIMELINE))
    projector.catch_up(ledger)
    head = moment(ledger)
    held = views, directory, ledger
    why = reasons(*held, programme="1tr", unit="p2", at=head, measure=Counted.BENEFIT)
    assert [(c.idea, c.by) for c in why.changes] == [("c3", 10**18)]
    assert why.total == 10**18
    net = reasons(*held, programme="1tr", unit="vn", at=head, measure=Counted.NET)
    assert (net.total, [c.cause for c in net.changes][-1]) == (4, Cause.RULED)
    race = overtakings(
        *held, programme="1tr", unit="p2", at=head, since=moment(ledger, day(3).isoformat())
    )
    assert [(o.passer, o.gap_after) for o in race.overtakings] == [("p2", 1), ("p1", 0)]
    known, corrected = both_axes(moment(ledger, day(5).isoformat()), head)
    found = compare_leaderboards(*held, programme="1tr", one=known, other=corrected)
    assert {r.unit: [p.cause for p in r.by_cause] for r in found.rows} == {
        "p1": [Cause.RULED],
        "p2": [Cause.DECLARED, Cause.REROUTED],
        "p3": [Cause.REROUTED],
    }
    told = story_of(ledger, views, named("idea", "c1"), head)
    assert [(s.unit, s.since) for s in told.corrected] == [("d", day(2))]
    asked = Question.of(BoardKind.LEADERBOARD, "1tr", Options())
    at = moment(ledger, day(5).isoformat(), Axis.CORRECTED)
    rows = asked.rows(views, directory, at)
    event = FrozenBoards.of(ledger).freeze("x", asked, at, rows, reason="Khen", by=BY)
    ledger.append(event, claims=[claim(event)], moments=[story.now])
    story.rule("a2", at=day(20))
    projector.catch_up(ledger)
    frozen = frozen_board(*held, "x")
    assert (frozen.proven, frozen.since.corrections, frozen.frozen_at) == (True, 1, day(12))
