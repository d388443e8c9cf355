"""The calendar of the record finds the place of any instant in one look, wherever facts are missing or came in bursts."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger import calendar
from shared.ledger.calendar import Calendar, LastState
from shared.ledger.stamp import stamp
from shared.vocabulary import Position

START: Final = datetime(2022, 1, 8, tzinfo=UTC)
FACTS: Final = 10_000_000


def at(minutes: int) -> datetime:
    return START + minutes * timedelta(minutes=1)


class Facts:
    """A record: at which positions facts stand, and the minute of each."""

    def __init__(self, positions: Sequence[Position], minutes: Sequence[int]) -> None:
        self.positions, self.minutes = positions, minutes
        self.looks = 0
        self.asked: list[Position] = []

    @contextmanager
    def last_states(self) -> Iterator[LastState]:
        self.looks += 1
        yield self._select

    def _select(self, position: Position | None) -> tuple[Position, bytes] | None:
        self.asked.append(position if position is not None else self.positions[-1])
        place = bisect_right(self.positions, self.asked[-1]) - 1
        return (self.positions[place], stamp(at(self.minutes[place]))) if place >= 0 else None


def test_an_instant_is_found_in_one_look_at_the_record() -> None:
    every = range(1, FACTS + 1)
    record = Facts(every, every)
    asked = Calendar(record)
    for looks, fact in enumerate((1, 2, 77_777, FACTS // 2, FACTS - 1, FACTS), start=1):
        assert asked.position_at(at(fact)) == fact
        assert record.looks == looks
    assert asked.position_at(START) == 0
    assert asked.position_at(at(2 * FACTS)) == FACTS


@pytest.mark.parametrize("hour", [12, 23])
def test_day_or_night_few_places_are_looked_at(hour: int) -> None:
    # 480 facts a day, one a minute from eight to four; in the nights nothing is declared.
    minutes = [1440 * day + 480 + minute for day in range(1000) for minute in range(480)]
    record = Facts(range(1, len(minutes) + 1), minutes)
    asked = Calendar(record)
    looked_at = []
    for day in range(0, 1000, 7):
        instant = 1440 * day + 60 * hour
        record.asked.clear()
        assert asked.position_at(at(instant)) == bisect_right(minutes, instant)
        looked_at.append(len(set(record.asked)))
    # Halving half a million takes nineteen.
    assert statistics.median(looked_at) <= 12


def test_what_was_recorded_at_once_is_found_in_not_many_more_looks_than_halving_takes() -> None:
    # Two thousand facts to a minute, as a file brings them.
    minutes = [minute for minute in range(500) for _ in range(2000)]
    asked = Calendar(record := Facts(range(1, len(minutes) + 1), minutes))
    for minute in range(1, 499, 11):
        for instant in (at(minute), at(minute) - timedelta(microseconds=1)):
            record.asked.clear()
            last = bisect_right(minutes, minute if instant == at(minute) else minute - 1)
            assert asked.position_at(instant) == last
            assert len(record.asked) <= 1.5 * len(minutes).bit_length()


def test_before_all_time_there_is_nothing() -> None:
    asked = Calendar(Facts([5, 6, 7, 8], [0, 1, 2, 3]))
    first = datetime.min.replace(tzinfo=timezone(timedelta(hours=7)))
    for _ in range(2):
        assert asked.position_at(first) == 0
        assert asked.position_at(at(1)) == 6


@given(
    steps=st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([0, 0, 1, 2, 500])), min_size=1, max_size=200
    ),
    sought=st.lists(st.integers(-10, 1010), min_size=1, max_size=20),
    apart=st.sampled_from([1, 2, 16]),
    guesses=st.sampled_from([1, 4, 16]),
)
def test_gaps_and_bursts_do_not_mislead_it(
    steps: list[tuple[int, int]], sought: list[int], apart: int, guesses: int
) -> None:
    positions, minutes = [], []
    position, minute = 0, 0
    for further, later in steps:
        position, minute = position + further, minute + later
        positions.append(position)
        minutes.append(minute)
    with patch.multiple(calendar, APART=apart, GUESSES=guesses):
        asked = Calendar(Facts(positions, minutes))
        for permille in sought:
            instant = minutes[-1] * permille // 1000
            known = bisect_right(minutes, instant)
            assert asked.position_at(at(instant)) == (positions[known - 1] if known else 0)
