"""Events are found, copies explained and oddities looked for alike on each engine that views may stand in."""

from __future__ import annotations

from services.projections.history.trail import trail
from services.projections.honesty.anomalies import anomalies
from services.projections.honesty.anomaly_words import Anomaly
from services.projections.honesty.duplicates import causes_of_duplicates
from services.projections.honesty.public import public_figures
from services.projections.reckoning.asof import moment
from services.projections.views.database import Views
from services.projections.views.projector import Projector
from shared.vocabulary import Band, Level, Ruling
from tests.chronicle import Chronicle, day
from tests.contract.test_views import story, views, views_url

__all__ = ["story", "views", "views_url"]


def test_the_trail_the_causes_the_report_and_the_public_figures(
    story: Chronicle, views: Views
) -> None:
    ledger, directory = story.ledger, story.directory
    for n in range(20):
        story.declare(f"a{n}", "a", at=day(n), benefit=20_000_123 + n, entered=True)
        story.declare(f"c{n}", "c", at=day(n), benefit=30_000_123 + n)
        if n:
            story.flag(f"a{n}", "a0", band=Band.EXACT)
    story.declare("c-to", "c", at=day(20), benefit=10**18)
    story.open_case("a0", "a1", "c1")
    story.rule("a1", Ruling.RE_ENTRY)
    Projector(views).catch_up(ledger)
    later = story.rule("c1", Ruling.COPIED)
    # The view has not come to the last ruling; the trail tells it all the same.
    found = list(trail(ledger, directory, views, unit="p2", topic="case.member-ruled"))
    assert [event["position"] for event in found] == [later]
    found = list(trail(ledger, directory, views, unit="b"))
    assert [event["type"] for event in found] == ["unit.founded"]
    Projector(views).catch_up(ledger)
    held = views, directory, ledger
    causes = causes_of_duplicates(*held, programme="1tr", at=moment(ledger), level=Level.GRASSROOTS)
    assert [(r.unit, r.re_entry, r.copied, r.entered_share) for r in causes.rows] == [
        ("a", 1, 0, 1.0),
        ("c", 0, 1, 0.0),
    ]
    report = anomalies(*held, programme="1tr", at=moment(ledger), level=Level.GRASSROOTS)
    assert {(row.unit, row.kind) for row in report.rows} == {
        ("a", Anomaly.SAME_TEXT),
        ("a", Anomaly.ENTERED_FOR_AUTHOR),
        ("c", Anomaly.BENEFIT_OUTLIER),
    }
    public = public_figures(*held, programme="1tr", at=moment(ledger))
    assert (public.gross, public.net, public.duplicate) == (41, 39, 2)
    assert public.benefit == 10**18 + 20 * 50_000_246 + 2 * 190
    assert [(one.code, one.count) for one in public.rulings if one.count] == [
        (Ruling.RE_ENTRY, 1),
        (Ruling.COPIED, 1),
    ]
    assert public.matching is None
