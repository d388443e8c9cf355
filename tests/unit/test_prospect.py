"""A prospect is the course that was and the forecast that follows; its chart draws both, and says so in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest

from services.projections.boards.course import Every, TooManyPoints
from services.projections.boards.progress import PhaseSpan, TargetLine, progress
from services.projections.boards.prospect import Prospect, ProspectRow
from services.projections.boards.quota import PhaseIsUnknown
from services.projections.forecast.prospect import prospect
from services.projections.presentation.charts import drawn
from services.projections.reckoning.asof import Axis
from shared.figures import Figures
from shared.vocabulary import HOME, TargetKind
from tests.chronicle import END, day
from tests.unit.test_charts import SVG
from tests.unit.test_forecast import KNOWN, Office, asked, of, office

__all__ = ["office"]

BEGINS = datetime(2022, 1, 8, tzinfo=HOME)


def ahead(office: Office, at: datetime = KNOWN, **facts: object) -> Prospect:
    return prospect(
        office.views,
        office.story.directory,
        office.story.ledger,
        programme="1tr",
        at=office.story.at(at),
        **facts,  # type: ignore[arg-type]
    )


def test_the_past_is_the_progress_and_the_end_is_the_forecast(office: Office) -> None:
    found = ahead(office, unit="p1")
    was = progress(
        office.views,
        office.story.directory,
        office.story.ledger,
        programme="1tr",
        at=office.story.at(KNOWN),
        unit="p1",
    )
    counted = [row for row in found.rows if row.gross is not None]
    assert [(row.at, row.gross) for row in counted] == [(row.at, row.gross) for row in was.rows]
    # Until the end of the phase that is running: 40 days that are left, and the rest of today.
    expected = of(asked(office, unit="p1", phase="1"), "p1").gross
    last = found.rows[-1]
    assert last.at == day(100)
    assert (last.expected, last.low, last.high) == (expected.expected, expected.low, expected.high)
    joint = counted[-1]
    assert (joint.gross, joint.expected, joint.low, joint.high) == (180, 180, 180, 180)
    assert found.enough
    assert "ba cách đi tiếp" in found.vi
    coming = [row for row in found.rows if row.at > KNOWN]
    assert len(coming) == 41
    for low, middle, high in ((row.low, row.expected, row.high) for row in coming):
        assert low is not None
        assert middle is not None
        assert high is not None
        assert 180 <= low <= middle <= high


def test_a_prospect_goes_to_the_end_of_the_phase_asked_for_and_nowhere_once_that_is_over(
    office: Office,
) -> None:
    assert ahead(office, unit="p1", phase="2", every=Every.WEEK).until == day(600)
    assert ahead(office, phase="2").rows[-1].expected is not None
    after = ahead(office, END + timedelta(days=30), unit="p1", since=day(50))
    assert all(row.expected is None for row in after.rows)
    assert "Đã hết hạn" in after.vi
    with pytest.raises(PhaseIsUnknown):
        ahead(office, phase="9")
    with pytest.raises(PhaseIsUnknown):
        # The third phase is the second unit's own.
        ahead(office, unit="p1", phase="3")
    with pytest.raises(TooManyPoints):
        ahead(office, since=day(-2000), every=Every.DAY)


def test_without_enough_on_record_nothing_is_expected_and_the_chart_says_so(
    office: Office,
) -> None:
    found = ahead(office, unit="p3")
    assert not found.enough
    assert {row.expected for row in found.rows} == {None}
    picture = ElementTree.fromstring(drawn(found, Figures()))
    assert "Chưa đủ để dự báo" in [text.text for text in picture.iter(f"{SVG}text")]
    assert not list(picture.iter(f"{SVG}polygon"))


def a_chart(name: str, **changes: object) -> Prospect:
    """Two points that have passed and two to come, of which the first is now."""
    at = [BEGINS + timedelta(days=days) for days in (0, 30, 60, 90)]

    def row(n: int, gross: int | None, *to_come: int | None) -> ProspectRow:
        expected, low, high = to_come or (None, None, None)
        return ProspectRow(at=at[n], gross=gross, expected=expected, low=low, high=high)

    facts = {
        "at": at[1],
        "position": 163_540,
        "axis": Axis.KNOWN,
        "known_at": None,
        "simulated": False,
        "programme": "1tr",
        "unit": "p06",
        "name": name,
        "every": Every.MONTH,
        "since": at[0],
        "until": at[3],
        "enough": True,
        "targets": (
            TargetLine(
                kind=TargetKind.ASSIGNED, phase=None, target=300_000, base=0, begins=at[0], ends=END
            ),
        ),
        "phases": (PhaseSpan(phase="1", begins=at[0], ends=at[3]),),
        "rows": (
            row(0, 0),
            row(1, 163_532, 163_532, 163_532, 163_532),
            row(2, None, 250_000, 200_000, 320_000),
            row(3, None, 350_000, 240_000, 500_000),
        ),
        "vi": "Căn cứ.",
        "en": "Grounds.",
        **changes,
    }
    return Prospect(**facts)  # type: ignore[arg-type]


def test_the_chart_has_a_line_for_what_was_one_for_what_is_expected_and_a_band() -> None:
    picture = ElementTree.fromstring(drawn(a_chart("LĐLĐ tỉnh <A> & B"), Figures()))
    texts = [text.text or "" for text in picture.iter(f"{SVG}text")]
    assert "Dự báo: LĐLĐ tỉnh <A> & B" in texts
    assert {"đã kê khai: 163.532", "dự kiến: 350.000", "khoảng 10–90 %: 240.000 – 500.000"} <= set(
        texts
    )
    assert "chỉ tiêu giao: 300.000" in texts
    courses = [line for line in picture.iter(f"{SVG}polyline") if line.get("class") == "course"]
    past, coming = ([p.split(",") for p in str(line.get("points")).split()] for line in courses)
    assert (len(past), len(coming)) == (2, 3)
    # What is expected begins where what was counted ends, and is dashed.
    assert past[-1] == coming[0]
    assert [bool(line.get("stroke-dasharray")) for line in courses] == [False, True]
    (band,) = picture.iter(f"{SVG}polygon")
    edge = [tuple(map(float, p.split(","))) for p in str(band.get("points")).split()]
    assert len(edge) == 6
    top, bottom, middle = edge[2], edge[3], tuple(map(float, coming[-1]))
    assert top[0] == bottom[0] == middle[0]
    assert top[1] < middle[1] < bottom[1]
    # Heights are in proportion to the counts.
    zero = float(past[0][1])
    assert (zero - middle[1]) / (zero - top[1]) == pytest.approx(350 / 500, abs=0.001)
    (now,) = [line for line in picture.iter(f"{SVG}polyline") if line.get("class") == "now"]
    assert str(now.get("points")).split(",")[0] == past[-1][0]
    assert "Căn cứ." in (picture.findtext(f"{SVG}desc") or "")
    english = drawn(a_chart("A"), Figures(language="en"))
    assert "expected: 350,000" in english
    assert "Grounds." in english
