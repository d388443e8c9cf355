"""Forecasts of targets: what is expected, by when and how likely, and nothing of it from the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from services.projections.boards.quota import PhaseIsUnknown
from services.projections.forecast.forecast import Forecast, ForecastRow, forecast
from services.projections.presentation.export import Form, Style, exported
from services.projections.presentation.listing import Listing
from services.projections.reckoning.selection import Selection
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.projector import Projector
from shared.ledger.clock import wall_clock
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.tree import UnitIsUnknown
from shared.vocabulary import HOME, Level, TargetKind
from tests.aims import ASSIGNED, ORIENTATION, REGISTERED, STRIVING, Aims
from tests.chronicle import END, day

KNOWN = day(60)
"""The moment that is asked of; the story goes on for two weeks after it."""


class Office(NamedTuple):
    """A story with its views, and what was forecast before anything later was on record."""

    story: Aims
    views: Views
    before: list[str]


def asked(office: Office, at: datetime = KNOWN, **facts: object) -> Forecast:
    corrected = bool(facts.pop("corrected", False))
    known_at = office.story.ledger.position_at(at) if corrected else None
    return forecast(
        office.views,
        office.story.directory,
        programme="1tr",
        at=office.story.at(at, corrected=corrected, known_at=known_at),
        **facts,  # type: ignore[arg-type]
    )


def of(board: Forecast, unit: str, kind: TargetKind = ASSIGNED) -> ForecastRow:
    return next(row for row in board.rows if (row.unit, row.kind) == (unit, kind))


def every(office: Office) -> list[str]:
    """All that can be asked as of the moment, on either axis, to the last byte."""
    return [
        asked(office, corrected=corrected, selection=selection).model_dump_json()
        for corrected in (False, True)
        for selection in (None, Selection(Level.FIRST), Selection(below="vn"))
    ]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home: Path = tmp_path_factory.mktemp("forecast")
    ledger = Ledger(
        open_recorder(f"sqlite:///{home / 'ledger.db'}"),
        clock=wall_clock,
        new_id=lambda: UUID(int=7),
    )
    views = Views(f"sqlite:///{home / 'views.db'}")
    projector = Projector(views, (QUOTA,))
    story = Aims(ledger)
    office = Office(story, views, [])
    for unit, kind, value in (
        ("vn", ASSIGNED, 1200),
        ("p1", ASSIGNED, 400),
        ("p1", REGISTERED, 4000),
        ("p1", STRIVING, 20),
        ("p1", ORIENTATION, 181),
        ("p3", ASSIGNED, 50),
    ):
        story.given(unit, value, kind)
    for unit, phase, value in (("p1", "1", 300), ("p2", "1", 55), ("p2", "2", 200)):
        story.given(unit, value, phase=phase)
    for n in range(60):
        story.many("a", 3, at=day(n + 0.2))
        story.many("c", 1, at=day(n + 0.3))
    story.many("d", 2, at=day(59))
    projector.catch_up(ledger)
    office.before.extend(every(office))
    # What comes later: far more than ever, another target, a withdrawal, other phases.
    for n in range(61, 75):
        story.many("a", 8, at=day(n))
    story.withdraw("a-0")
    story.given("p1", 999, REGISTERED, dated=date(2022, 3, 20))
    story.phases(("1", day(0), day(300), None))
    projector.catch_up(ledger)
    yield office
    views.close()
    ledger.close()


def test_a_forecast_is_the_same_to_the_last_byte_whatever_came_after_it(office: Office) -> None:
    assert every(office) == office.before
    # And later it is another one, so that there was something to look ahead at.
    assert of(asked(office, day(75)), "vn").gross.pace != of(asked(office), "vn").gross.pace


def test_pace_need_and_days_left_are_those_of_the_moment(office: Office) -> None:
    row = of(asked(office, unit="p1", phase="1"), "p1")
    # A day in UTC ends at seven in the morning at home: 180 came in 60 days, some of them at Tết.
    assert (row.gross.count, row.gross.remaining, row.days_left, row.enough) == (180, 120, 40, True)
    assert row.gross.needed == pytest.approx(120 / 41)
    assert row.gross.pace == pytest.approx(3, abs=0.35)
    assert row.ends == day(100)
    assert row.net.count == 180


def test_more_is_wanted_more_seldom_reached_and_later(office: Office) -> None:
    board = asked(office, unit="p1", phase=None)
    less, more = of(board, "p1").gross, of(board, "p1", REGISTERED).gross
    assert (less.expected, less.low, less.high) == (more.expected, more.low, more.high)
    assert less.low is not None
    assert less.expected is not None
    assert less.high is not None
    assert less.count < less.low < less.expected < less.high
    assert less.probability is not None
    assert more.probability is not None
    assert less.probability > 0.9 > more.probability
    assert less.earliest is not None
    assert less.expected_on is not None
    assert less.latest is not None
    assert KNOWN.date() < less.earliest < less.expected_on < less.latest < END.date()
    assert less.days_ahead == (END - datetime.combine(less.expected_on, datetime.min.time(), HOME)).days  # fmt: skip
    assert more.earliest is None or more.earliest > less.earliest
    assert more.expected_on is None or more.expected_on > less.expected_on


def test_no_more_days_ahead_are_expected_than_are_left(office: Office) -> None:
    # At one in the afternoon of a day that is expected to bring the last idea.
    found = of(asked(office, day(59.25), unit="p1", phase=None), "p1", ORIENTATION)
    assert found.gross.remaining == 1
    assert found.gross.expected_on == day(59.25).astimezone(HOME).date()
    assert found.gross.days_ahead == found.days_left == (END - day(59.25)).days


def test_what_is_reached_is_certain_and_says_when(office: Office) -> None:
    found = of(asked(office, unit="p1", phase=None), "p1", STRIVING).gross
    assert found.reached_at == day(6.2)
    assert (found.remaining, found.probability, found.needed) == (0, 1.0, 0.0)
    assert found.days_ahead == (END - day(6.2)).days
    assert found.expected_on is None


def test_the_rush_before_the_end_of_a_phase_is_expected(office: Office) -> None:
    row = of(asked(office, unit="p1", phase="1"), "p1")
    assert row.gross.pace is not None
    assert row.gross.expected is not None
    came = row.gross.expected - row.gross.count
    assert came > 1.5 * row.gross.pace * 41
    assert "2021" in row.vi
    assert "2021" in row.en


def test_after_its_deadline_a_target_is_told_and_not_forecast(office: Office) -> None:
    row = of(asked(office, unit="p2", phase="1"), "p2")
    # Its own first phase ended after 50 days: so many came in it, one a day.
    assert row.ends == day(50)
    assert (row.gross.count, row.gross.expected, row.gross.low, row.gross.high) == (50,) * 4
    assert (row.gross.probability, row.gross.needed, row.days_left) == (0.0, None, 0)
    assert "hết hạn" in row.vi


def test_nothing_counts_towards_a_phase_before_it_begins(office: Office) -> None:
    at = day(40)
    row = of(asked(office, at, unit="p2", phase="2"), "p2")
    assert row.gross.count == 0
    assert row.gross.earliest is not None
    assert row.gross.earliest >= day(50).astimezone(HOME).date()


def test_where_too_little_is_on_record_it_says_so_and_nothing_else(office: Office) -> None:
    row = of(asked(office, unit="p3"), "p3")
    assert (row.enough, row.gross.count, row.gross.remaining) == (False, 2, 48)
    assert row.gross.needed is not None
    assert row.gross.model_dump(include={"pace", "expected", "low", "high", "probability", "earliest"}) == dict.fromkeys(("pace", "expected", "low", "high", "probability", "earliest"))  # fmt: skip
    assert "Chưa đủ" in row.vi
    assert "Too little" in row.en
    early = asked(office, day(5))
    assert [found.enough for found in early.rows] == [False]


@pytest.mark.parametrize("at", [day(0.01), datetime(9999, 12, 31, 10, tzinfo=HOME)])
def test_the_first_day_and_the_last_of_the_calendar_are_answered_as_well(
    office: Office, at: datetime
) -> None:
    board = asked(office, at, selection=Selection(Level.FIRST))
    assert board.rows
    assert all(row.gross.pace is None for row in board.rows)


def test_a_nation_a_level_or_a_part_of_the_tree_is_asked_for(office: Office) -> None:
    def units(board: Forecast) -> set[str]:
        return {row.unit for row in board.rows}

    assert units(asked(office)) == {"vn"}
    assert units(asked(office, selection=Selection(Level.FIRST))) == {"p1", "p2", "p3"}
    assert units(asked(office, selection=Selection(below="vn"), phase="2")) == {"p2"}
    alone = of(asked(office, unit="p1", phase="1"), "p1")
    assert alone == next(r for r in asked(office, selection=Selection(Level.FIRST), phase="1").rows if r.unit == "p1")  # fmt: skip
    with pytest.raises(UnitIsUnknown):
        asked(office, unit="p9")
    with pytest.raises(PhaseIsUnknown):
        asked(office, phase="9")


def test_a_forecast_is_taken_home_with_titles_in_both_languages(office: Office) -> None:
    board = asked(office)
    for language, title in (("vi", "Đã kê khai: khả năng đạt"), ("en", "Declared: probability")):
        style = Style(language=language)  # type: ignore[arg-type]
        assert exported(board, Form.XLSX, style)
        columns = Listing.of(board).tables[0].columns
        names = {column.vi if language == "vi" else column.en for column in columns}
        assert title in names
        assert not [name for name in names if "_" in name]
    csv = exported(board, Form.CSV, Style())
    assert "Đã kê khai: khả năng đạt / Declared: probability" in csv.decode("utf-8-sig")
