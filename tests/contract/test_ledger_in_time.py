"""Recorded instants never fall, on any engine, so that every instant has its place in the ledger."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Conflict
from shared.ledger import calendar
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.ledger.write import Write
from tests.contract.engines import START, Engine, Hands, formed

SECOND = timedelta(seconds=1)


def instants(ledger: Ledger) -> list[datetime]:
    return [recorded.recorded for recorded in ledger.read(0)]


def test_a_clock_that_goes_back_does_not_take_the_ledger_with_it(
    ledger: Ledger, clock: Hands
) -> None:
    ledger.append(formed(ledger))
    clock.move(-3600)
    ledger.append(formed(ledger))
    clock.move(3601)
    ledger.append(formed(ledger))
    assert instants(ledger) == [START, START, START + SECOND]


def test_moments_given_out_of_order_are_raised_to_the_one_before(ledger: Ledger) -> None:
    given_moments = [START + seconds * SECOND for seconds in (5, 2, 9)]
    ledger.append(*(formed(ledger) for _ in given_moments), moments=given_moments)
    ledger.append(formed(ledger), moments=[START])
    assert [(i - START) // SECOND for i in instants(ledger)] == [5, 5, 9, 9]


def test_writes_of_one_group_share_the_present_and_keep_their_own_moments(
    ledger: Ledger, clock: Hands
) -> None:
    clock.move(7)
    ledger.write(
        [
            Write([formed(ledger)], moments=[START + SECOND]),
            Write([formed(ledger), formed(ledger)]),
            Write([formed(ledger)], moments=[START + 8 * SECOND]),
        ]
    )
    assert [(i - START) // SECOND for i in instants(ledger)] == [1, 7, 7, 8]


def test_moments_that_do_not_match_their_events_are_refused(ledger: Ledger) -> None:
    odd = Write([formed(ledger)], moments=[START, START])
    with pytest.raises(ValueError, match="zip"):
        ledger.write([Write([formed(ledger)]), odd])
    assert ledger.head() == 0


def test_two_ledgers_with_clocks_apart_keep_one_rising_line(engine: Engine) -> None:
    early, late = engine.open(Hands(START)), engine.open(Hands(START + 60 * SECOND))
    for ledger in (early, late, early, late):
        ledger.append(formed(ledger))
    assert [(i - START) // SECOND for i in instants(early)] == [0, 60, 60, 60]


def test_an_instant_of_any_year_and_offset_is_kept_to_the_microsecond(ledger: Ledger) -> None:
    moments = [
        datetime(1, 1, 1, 0, 0, 0, 1, UTC),
        datetime.fromisoformat("2022-01-08T07:00:00.123456+07:00"),
        datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
    ]
    ledger.append(*(formed(ledger) for _ in moments), moments=moments)
    assert instants(ledger) == moments


def test_the_present_of_a_simulated_ledger_is_where_its_history_stands(
    ledger: Ledger, clock: Hands
) -> None:
    ledger.simulated = True
    assert ledger.now() == START
    ledger.append(formed(ledger), moments=[START + 86_400 * SECOND])
    clock.move(5)
    assert ledger.now() == START + 86_400 * SECOND
    ledger.append(formed(ledger))
    assert instants(ledger) == [START + 86_400 * SECOND] * 2


# As of.


def leave_a_gap(engine: Engine, ledger: Ledger, last: Recorded) -> None:
    """Skip some positions, as a refused insert does on PostgreSQL; SQLite has to be helped."""
    if engine.url.startswith("sqlite"):
        with sqlite3.connect(engine.url.removeprefix("sqlite:///")) as file:
            file.execute("UPDATE stored_events SET rowid = rowid + 3 WHERE rowid = ?", [last[0]])
        file.close()
    else:
        for _ in range(3):
            with pytest.raises(Conflict):
                ledger.append(last.event)


def history(engine: Engine, ledger: Ledger) -> Sequence[Recorded]:
    """Sixty facts at irregular instants, some of them at the same one, with gaps between their positions."""
    chance = random.Random(7)
    moment = START
    for _ in range(60):
        moment += chance.choice([0, 0, 1, 5]) * SECOND
        ledger.append(formed(ledger), moments=[moment])
        if chance.random() < 0.2:
            [last] = ledger.read(ledger.head() - 1)
            leave_a_gap(engine, ledger, last)
    facts = ledger.read(0)
    assert max(b.position - a.position for a, b in pairwise(facts)) > 1
    return facts


def last_of(facts: Sequence[Recorded], holds: Callable[[Recorded], bool]) -> Recorded | None:
    return next((fact for fact in reversed(facts) if holds(fact)), None)


def _by(instant: datetime, fact: Recorded) -> bool:
    return fact.recorded <= instant


def test_an_instant_keeps_its_place_while_the_record_grows(
    engine: Engine, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a short history one fact would be remembered.
    monkeypatch.setattr(calendar, "APART", 2)
    first = history(engine, ledger)
    ends = first[-1].recorded
    for ahead in range(8):
        assert ledger.recorded_at(first[-1].position + ahead) == ends
    for hours in range(1, 5):
        ledger.append(formed(ledger), moments=[ends + hours * timedelta(hours=1)])
        facts = ledger.read(0)
        for fact in facts:
            stood = last_of(facts, partial(_by, fact.recorded))
            assert stood is not None
            assert ledger.position_at(fact.recorded) == stood.position
            assert ledger.recorded_at(fact.position) == fact.recorded
        assert ledger.position_at(first[0].recorded - SECOND) == 0


def test_any_instant_has_the_place_that_a_plain_scan_finds(engine: Engine, ledger: Ledger) -> None:
    facts = history(engine, ledger)
    span = (facts[-1].recorded - START) // SECOND

    @given(st.integers(-2, 2 * span + 4).map(lambda half: START + half * SECOND / 2))
    def agrees(instant: datetime) -> None:
        expected = last_of(facts, lambda fact: fact.recorded <= instant)
        assert ledger.position_at(instant) == (expected.position if expected else 0)

    agrees()


def test_any_position_has_the_instant_that_a_plain_scan_finds(
    engine: Engine, ledger: Ledger
) -> None:
    facts = history(engine, ledger)

    @given(st.integers(-1, facts[-1].position + 3))
    def agrees(position: int) -> None:
        expected = last_of(facts, lambda fact: fact.position <= position)
        assert ledger.recorded_at(position) == (expected.recorded if expected else None)

    agrees()
