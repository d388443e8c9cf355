"""Which target is in force on a day: told from all that were set, in any order, and told alike to splits and to boards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.intake.programme import Programme as Decided
from shared.directory import Programme
from shared.events.programme import TargetSet
from shared.ledger.model import fold
from shared.vocabulary import TargetKind
from tests.places import BY, PROGRAMME

OPENED: Final = Decided.open(PROGRAMME, by=BY)
FIRST: Final = date(2022, 1, 1)
DAYS: Final = st.integers(0, 6).map(lambda number: FIRST + timedelta(days=number))
PLACES: Final = st.tuples(
    st.sampled_from(["p1", "p2"]), st.sampled_from([None, "1"]), st.sampled_from([*TargetKind][:2])
)


@given(st.lists(st.tuples(PLACES, DAYS), max_size=30), st.lists(DAYS, min_size=1, max_size=12))
def test_it_is_the_latest_dated_by_then_and_of_one_day_the_last_recorded(
    told: list[tuple[tuple[str, str | None, TargetKind], date]], asked: list[date]
) -> None:
    events = [
        TargetSet(
            originator_id=OPENED.originator_id,
            originator_version=number,
            by=BY,
            code="1tr",
            unit=unit,
            phase=phase,
            kind=kind,
            value=number,
            document="01/KH",
            dated=dated,
        )
        for number, ((unit, phase, kind), dated) in enumerate(told, 2)
    ]
    shown = Programme("1tr", "1 triệu sáng kiến", PROGRAMME.terms(), tuple(events))
    decided = fold(Decided, [OPENED, *events])
    for day in asked:
        wanted: dict[tuple[str, str | None, TargetKind], TargetSet] = {}
        for event in events:
            place = (event.unit, event.phase, event.kind)
            before = wanted.get(place)
            if event.dated <= day and (before is None or before.dated <= event.dated):
                wanted[place] = event
        assert dict(shown.standing(day).by_place) == wanted
        assert sorted(t.value for t in shown.in_force(day)) == sorted(
            t.value for t in wanted.values()
        )
        assert {u: len(ts) for u, ts in shown.standing(day).by_unit.items()} == {
            unit: sum(place[0] == unit for place in wanted) for unit, _, _ in wanted
        }
        for unit, phase, kind in {place for place, _ in told}:
            assert decided.standing(unit, phase, kind, day) == wanted.get((unit, phase, kind))
