from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.intake.bulk import Report
from tests.places import (
    NOW,
    Place,
    ideas,
    line,
    lines,
    small_programme,
    take,
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with small_programme(tmp_path) as found:
        yield found


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Place]:
    with small_programme(tmp_path, simulated=True) as found:
        yield found


def faults(report: Report) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.field, fault.code) for fault in report.errors]


def test_a_declaration_is_recorded_now_and_true_from_its_filing(place: Place) -> None:
    take(place, lines(line(filed_at="2022-05-04T08:00:00+07:00")))

    recorded, idea = ideas(place)[0]
    assert recorded == NOW
    assert idea.effective == datetime(2022, 5, 4, 1, 0, tzinfo=UTC)
    assert idea.late


def test_under_the_wall_clock_a_day_between_filing_and_recording_is_not_late(place: Place) -> None:
    take(place, lines(line(filed_at=(NOW - timedelta(hours=23)).isoformat())))

    assert not ideas(place)[0][1].late


def test_a_filing_within_five_minutes_of_now_is_a_clock_that_is_off(place: Place) -> None:
    soon = (NOW + timedelta(minutes=5)).isoformat()
    too_soon = (NOW + timedelta(minutes=5, seconds=1)).isoformat()

    report = take(place, lines(line(filed_at=soon), line(external_id="LD-2", filed_at=too_soon)))

    assert faults(report) == [(2, "filed_at", "filed-in-future")]


def test_a_simulated_clock_follows_the_filings_and_never_goes_back(history: Place) -> None:
    days = ["2022-02-01", "2022-02-03", "2022-02-02", "2022-02-03", "2022-02-04"]
    sent = [
        line(external_id=d + str(n), filed_at=f"{d}T08:00:00+07:00") for n, d in enumerate(days)
    ]

    take(history, lines(*sent), simulate_clock=True)

    assert [recorded.day for recorded, _ in ideas(history)] == [1, 3, 3, 3, 4]
    assert [idea.late for _, idea in ideas(history)] == [False, False, True, False, False]
    assert [idea.effective for _, idea in ideas(history)] == [i.filed_at for _, i in ideas(history)]


def test_a_simulated_clock_goes_on_where_the_last_import_left_it(history: Place) -> None:
    first = line(filed_at="2022-06-01T00:00:00Z")
    take(history, lines(first), simulate_clock=True)

    take(
        history,
        lines(first, line(external_id="LD-2", filed_at="2022-03-01T00:00:00Z")),
        simulate_clock=True,
    )

    assert [recorded.month for recorded, _ in ideas(history)] == [6, 6]


def test_history_ends_at_the_real_present(history: Place) -> None:
    report = take(history, lines(line(filed_at="2024-01-01T00:00:00Z")), simulate_clock=True)

    assert faults(report) == [(1, "filed_at", "filed-in-future")]
