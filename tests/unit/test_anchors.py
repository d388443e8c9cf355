"""The table behind the published figures, and the hours in which ideas come between its instants."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.simulation.anchors import Stretch, anchors, comings, seed_anchors
from services.simulation.grounds import grounds, handed_down, seed_programme, seed_units
from shared.vocabulary import HOME, HeadCount, Level, TargetKind

TABLE = seed_anchors()
UNITS = {unit.code: unit for unit in seed_units("vi")}
NINE = ("p06", "p08", "p10", "p15", "p17", "p19", "p20", "p25", "p26")


def _first(line: str) -> str:
    return line.split("-", maxsplit=1)[0]


def _at(instant: str) -> Counter[str]:
    """What each first-level unit has at an instant of the table."""
    column = TABLE.instants.index(datetime.fromisoformat(instant))
    found: Counter[str] = Counter()
    for line, row in TABLE.counts.items():
        found[_first(line)] += row[column]
    return found


def test_the_table_holds_the_published_totals() -> None:
    totals = {
        "2022-01-09T00:00:00+07:00": 23,
        "2022-04-20T08:00:00+07:00": 163_532,
        "2022-05-11T15:00:00+07:00": 300_000,
        "2022-06-01T00:00:00+07:00": 696_948,
        "2022-10-03T15:34:00+07:00": 1_000_000,
    }
    assert {instant: _at(instant).total() for instant in totals} == totals


def test_on_20_april_ten_units_lead_as_published_and_the_others_stay_below() -> None:
    april = _at("2022-04-20T08:00:00+07:00")
    published = [35728, 18549, 14282, 9574, 6601, 6475, 5820, 4808, 4754, 4479]
    ranked = april.most_common()
    assert [count for _, count in ranked[:10]] == published
    assert ranked[10][1] < published[-1]
    assert len(april) == 82


def test_on_26_march_eight_units_lead_as_published() -> None:
    published = [11666, 8881, 5072, 4554, 3583, 2235, 2153, 1759]
    ranked = _at("2022-03-26T19:19:00+07:00").most_common()
    assert [count for _, count in ranked[:8]] == published
    assert ranked[8][1] < published[-1]


def test_on_12_may_tuyen_quang_has_2200_and_stands_at_31() -> None:
    may = _at("2022-05-12T10:00:00+07:00")
    assert may["p08"] == 2200
    assert sum(count > 2200 for count in may.values()) == 30
    assert sum(count == 2200 for count in may.values()) == 1


def test_the_nine_registered_66_775_and_three_of_them_less_than_orientation() -> None:
    record = seed_programme("1tr", "vi")
    registered = {}
    for target in record.targets:
        if target.kind is TargetKind.REGISTERED and target.phase is None:
            percent = target.percent
            members = UNITS[target.unit].members
            registered[target.unit] = target.value or -int(-members * (percent or 0) // 100)
    orientation = {code: -(-UNITS[code].members_and_workers // 10) for code in registered}
    margins = {code: registered[code] - orientation[code] for code in registered}
    assert sum(registered[code] for code in NINE) == 66_775
    assert (margins["p17"], margins["p08"], margins["p20"]) == (3927, 3008, 828)
    assert [code for code in NINE if margins[code] < 0] == ["p06", "p10", "p25"]
    firsts = [u for u in UNITS.values() if u.level is Level.FIRST]
    assert len(registered) == len(firsts) == 82
    assert 1_000_001 <= sum(registered.values()) <= 1_112_916
    assert all(t.of is not HeadCount.MEMBERS or t.unit == "p06" for t in record.targets)


def test_from_the_millionth_until_november_28_units_are_under_half_of_their_target() -> None:
    registered: dict[str, int] = {"p06": 2010}
    for target in seed_programme("1tr", "vi").targets:
        if target.kind is TargetKind.REGISTERED and target.phase is None and target.value:
            registered[target.unit] = target.value
    for instant in ("2022-10-03T15:34:00+07:00", "2022-11-01T00:00:00+07:00"):
        counts = _at(instant)
        assert sum(2 * counts[code] < goal for code, goal in registered.items()) == 28
    millionth = _at("2022-10-03T15:34:00+07:00")
    assert sum(millionth[code] > goal for code, goal in registered.items()) == 26


STRETCHES = st.builds(
    Stretch,
    begins=st.just(datetime(2022, 1, 8, tzinfo=HOME)),
    ends=st.integers(2, 40 * 24 * 3600).map(
        lambda seconds: datetime(2022, 1, 8, tzinfo=HOME) + timedelta(seconds=seconds)
    ),
    counts=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 300)),
    lands=st.booleans(),
    pace=st.tuples(st.floats(0.001, 10), st.floats(0.001, 10)),
)


@given(STRETCHES)
def test_between_two_anchors_everybody_comes_as_often_as_the_table_says_and_in_order(
    stretch: Stretch,
) -> None:
    came = list(comings(stretch))
    assert Counter(unit for _, unit in came) == +Counter(stretch.counts)
    assert all(one <= other for (one, _), (other, _) in pairwise(came))
    *before, last = came or [(stretch.ends, "")]
    assert all(stretch.begins < instant < stretch.ends for instant, _ in before)
    if came:
        assert (last[0] == stretch.ends) == stretch.lands


def test_people_work_by_day() -> None:
    longest = max(TABLE.stretches(), key=lambda stretch: stretch.total)
    hours = Counter(instant.hour for instant, _ in comings(longest))
    assert sum(hours[hour] for hour in range(7, 17)) > 0.8 * longest.total


@pytest.mark.parametrize("row", ["p01\t5\t4", "p01\t5", "p01\tfünf\t6"])
def test_a_table_in_which_a_count_falls_or_is_missing_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match=r"p01|fünf"):
        anchors(["unit\t2022-01-08T00:00:00+07:00\t2022-01-09T00:00:00+07:00", row])


def test_every_line_of_the_table_has_unions_of_its_own() -> None:
    found = grounds(list(UNITS.values()), list(TABLE.counts))
    unions = [union for ground in found.values() for union in (*ground.state, *ground.non_state)]
    grassroots = {u.code for u in UNITS.values() if u.level is Level.GRASSROOTS}
    assert len(unions) == len(set(unions))
    assert set(unions) == grassroots
    assert all(ground.state or ground.non_state for ground in found.values())
    for line, ground in found.items():
        assert all(union.startswith(line) for union in (*ground.state, *ground.non_state))


def test_a_target_is_handed_down_without_a_rest() -> None:
    (target,) = (
        t
        for t in seed_programme("1tr", "vi").targets
        if t.unit == "p38" and t.kind is TargetKind.ASSIGNED
    )
    split = handed_down(target, list(UNITS.values()))
    parents = Counter({target.unit: 0})
    values = {target.unit: target.value or 0}
    for part in split:
        values[part.unit] = part.value or 0
        parents[UNITS[part.unit].parent or ""] += part.value or 0
    assert parents
    assert all(values[parent] == total for parent, total in parents.items())
    assert {UNITS[part.unit].level for part in split} == {Level.UPPER, Level.GRASSROOTS}
