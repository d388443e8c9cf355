"""The calendar of the record finds the place of any instant in one look, however long the record is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.ledger.calendar import ROUND, Calendar, LastState
from shared.ledger.stamp import stamp
from shared.vocabulary import Position

START: Final = datetime(2022, 1, 8, tzinfo=UTC)
FACTS: Final = 10_000_000


def at(fact: Position) -> datetime:
    return START + fact * timedelta(minutes=1)


class ByTheMinute:
    """A long record with a fact each minute."""

    def __init__(self) -> None:
        self.looks = 0
        self.asked: list[Position] = []

    @contextmanager
    def last_states(self) -> Iterator[LastState]:
        self.looks += 1
        yield self._last

    def _last(self, position: Position | None) -> tuple[Position, bytes] | None:
        found = FACTS if position is None else min(position, FACTS)
        self.asked.append(found)
        return (found, stamp(at(found))) if found else None


def test_an_instant_is_found_in_one_look_at_the_record() -> None:
    record = ByTheMinute()
    calendar = Calendar(record)
    for looks, fact in enumerate((1, 2, 77_777, FACTS // 2, FACTS), start=1):
        assert calendar.position_at(at(fact)) == fact
        assert record.looks == looks
    assert calendar.position_at(START) == 0
    assert calendar.position_at(at(2 * FACTS)) == FACTS


def test_who_comes_later_asks_only_for_the_head_and_within_the_last_stretch() -> None:
    record = ByTheMinute()
    calendar = Calendar(record)
    sought = 1_234_567
    calendar.position_at(at(sought))
    assert len(record.asked) > 2 * ROUND.bit_length()
    record.asked.clear()
    assert calendar.position_at(at(sought + 1)) == sought + 1
    head, *others = record.asked
    assert head == FACTS
    assert len(others) <= ROUND.bit_length()
    assert {other // ROUND for other in others} == {sought // ROUND}
