"""What was written elsewhere is recorded as it is, on any engine, and is held to the same rules as what is appended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from shared.errors import AlreadyClaimed, Conflict, VersionConflict
from shared.ledger.encoding import encode
from shared.ledger.model import Event
from shared.ledger.stamp import ClaimValues, EventRow, stamp
from shared.ledger.store import Ledger
from tests.contract.engines import START, formed

SECOND = timedelta(seconds=1)


def row(at: datetime, event: Event) -> EventRow:
    stream, version, topic, state = encode(event)
    return stream, version, topic, stamp(at) + state[1:]


def claim(name: str, of: EventRow) -> ClaimValues:
    return name, b"digest", of[0], of[1]


def put(
    ledger: Ledger, rows: Sequence[EventRow], *claims: ClaimValues, handled: int = 0
) -> list[int]:
    followers = ("dedup", "cases") if handled else ()
    return list(ledger.put(rows, claims, followers=followers, handled=handled))


def test_a_lot_is_read_back_as_if_it_had_been_appended(ledger: Ledger) -> None:
    first = ledger.append(formed(ledger), moments=[START])[0]
    events = [formed(ledger) for _ in range(3)]
    rows = [row(START + n * SECOND, event) for n, event in enumerate(events)]
    positions = put(ledger, rows, claim("a", rows[1]), handled=first + 3)

    assert positions == [first + 1, first + 2, first + 3]
    assert [(r.position, r.recorded, r.event) for r in ledger.read(first)] == [
        (first + 1 + n, START + n * SECOND, event) for n, event in enumerate(events)
    ]
    assert ledger.find(["a"])["a"].recorded.event == events[1]
    assert ledger.handled("dedup") == ledger.handled("cases") == first + 3


def test_instants_of_a_lot_are_raised_to_the_one_before(ledger: Ledger) -> None:
    ledger.append(formed(ledger), moments=[START + 4 * SECOND])
    put(ledger, [row(START + n * SECOND, formed(ledger)) for n in (3, 9, 5, 12)])

    raised = [(recorded.recorded - START) // SECOND for recorded in ledger.read(0)]
    assert raised == [4, 4, 9, 9, 12]


def test_a_lot_that_claims_what_is_taken_is_refused_as_a_whole(ledger: Ledger) -> None:
    one, other = (row(START, formed(ledger)) for _ in range(2))
    put(ledger, [one], claim("a", one))

    with pytest.raises(AlreadyClaimed):
        put(ledger, [other], claim("b", other), claim("a", other))
    assert len(ledger.read(0)) == 1
    assert not ledger.claimed(["b"])


def test_a_lot_does_not_take_the_place_of_what_is_on_record(ledger: Ledger) -> None:
    one = row(START, formed(ledger))
    put(ledger, [one])

    with pytest.raises(VersionConflict):
        put(ledger, [one])


def test_a_lot_is_refused_where_a_follower_has_passed_it(ledger: Ledger) -> None:
    put(ledger, [row(START, formed(ledger))], handled=7)

    with pytest.raises(Conflict, match="already handled position 5"):
        put(ledger, [row(START, formed(ledger))], handled=5)


@pytest.mark.parametrize("micros", [0, 1, 400_000, 999_999])
def test_an_instant_stands_in_front_in_one_width(micros: int) -> None:
    at = START.replace(microsecond=micros)
    written = at.replace(tzinfo=None).isoformat(timespec="microseconds")
    assert stamp(at) == b'{"recorded":"%bZ",' % written.encode()
