"""Alerts: a target that is due soon and will be missed at the present pace is named, and nothing else is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.projections.boards.quota import PhaseIsUnknown
from services.projections.forecast.alerts import AlertRow, Alerts, alerts
from services.projections.presentation.export import Form, Style, exported
from services.projections.reckoning.selection import Selection
from shared.vocabulary import Level, TargetKind
from tests.aims import ASSIGNED, REGISTERED
from tests.chronicle import day
from tests.unit.test_forecast import KNOWN, Office, asked, of, office

__all__ = ["office"]


def warned(office: Office, at: datetime = KNOWN, **facts: object) -> Alerts:
    options: dict[str, object] = {"selection": Selection(Level.FIRST), **facts}
    if "unit" in options:
        options["selection"] = None
    return alerts(
        office.views,
        office.story.directory,
        programme="1tr",
        at=office.story.at(at),
        **options,  # type: ignore[arg-type]
    )


def row(board: Alerts, unit: str, kind: TargetKind = ASSIGNED) -> AlertRow:
    return next(r for r in board.rows if (r.unit, r.kind) == (unit, kind))


def test_what_is_due_is_due_within_the_days_and_not_before_or_behind(office: Office) -> None:
    # The first phase ends after a hundred days; the second unit's own after fifty.
    assert warned(office, days=39).due == 0
    board = warned(office, days=40)
    assert {(r.unit, r.phase) for r in board.rows} <= {("p1", "1")}
    assert (board.due, board.days) == (1, 40)
    assert warned(office, day(100), days=40).due == 0
    # The whole programme, and the second unit's second phase, come into sight later.
    later = warned(office, day(73), days=140)
    assert (later.due, {(r.unit, r.phase) for r in later.rows}) == (2, {("p2", "2")})
    whole = warned(office, day(73), days=366, phase="2")
    assert {r.unit for r in whole.rows} == {"p2"}


def test_a_target_is_missed_where_the_pace_does_not_come_to_it(office: Office) -> None:
    # A hundred and eighty in sixty days; three hundred are wanted after another forty: three a day are just enough.
    (found,) = warned(office, days=40, unit="p1").rows or [None]
    forecast_row = of(asked(office, unit="p1", phase="1"), "p1")
    pace = forecast_row.gross.pace
    assert pace is not None
    at_pace = 180 + int(pace * 40)
    assert (found is None) == (at_pace >= 300)
    if found is not None:
        assert (found.at_pace, found.short_by) == (at_pace, 300 - at_pace)
        assert (found.count, found.remaining, found.days_left) == (180, 120, 40)
        assert (found.expected, found.needed) == (
            forecast_row.gross.expected,
            forecast_row.gross.needed,
        )
    # Two weeks later eight a day came: at that pace it is reached, and is no alert.
    after = warned(office, day(73), days=40, unit="p1")
    assert (after.due, after.rows) == (1, ())


def test_the_farthest_behind_come_first_and_who_has_declared_nothing_is_the_farthest(
    office: Office,
) -> None:
    end = day(600) - timedelta(days=200)
    board = warned(office, end, days=366)
    shares = [r.at_pace / r.target for r in board.rows]
    assert shares == sorted(shares)
    assert board.count == len(board.rows) <= board.due
    silent = row(board, "p3")
    assert (silent.count, silent.pace, silent.at_pace, silent.short_by) == (2, 0.0, 2, 48)
    assert (silent.expected, silent.probability) == (None, None)
    assert row(board, "p1", REGISTERED).short_by > 0
    only = warned(office, end, days=366, kind=REGISTERED)
    assert {r.kind for r in only.rows} == {REGISTERED}


def test_an_unknown_phase_is_refused_and_a_board_of_alerts_is_exported(office: Office) -> None:
    with pytest.raises(PhaseIsUnknown):
        warned(office, phase="9")
    said = exported(warned(office, day(400), days=366), Form.CSV, Style()).decode()
    assert "Thiếu / Short by" in said
    assert "Số chỉ tiêu đến hạn" in said
