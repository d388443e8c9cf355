"""The directory: units, programmes and keys, now or as they were known at a position."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.intake.programme import Programme, TargetRecord, programme_id
from services.intake.unit import Unit, unit_id
from shared.access import AccessKey, Role
from shared.directory import Directory, ProgrammeIsUnknown
from shared.errors import NotFound, Unauthenticated
from shared.events.access import PersonErased
from shared.ledger.model import Event
from shared.terms import Phase
from shared.tree import UnitIsUnknown
from shared.vocabulary import Level, TargetKind, midnight, named
from tests.places import BY, PROGRAMME, UNIT, Place, small_programme, targets, unit


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with small_programme(tmp_path) as found:
        yield found


def record(place: Place, *events: Event) -> int:
    """Put events on record, let the directory see them, and say where the last one stands."""
    positions = place.ledger.append(*events)
    place.directory.catch_up()
    return positions[-1]


def renamed(place: Place, name: str, valid_from: date) -> Event:
    loaded = place.ledger.load(Unit, unit_id(UNIT))
    return loaded.rename(name, valid_from=valid_from, by=BY)


def target(place: Place, value: int, **changes: object) -> Event:
    goal = TargetRecord.model_validate(
        {
            "unit": "p01",
            "phase": None,
            "kind": TargetKind.ASSIGNED,
            "value": value,
            "dated": date(2022, 1, 1),
            **changes,
        }
    )
    programme = place.ledger.load(Programme, named("programme", PROGRAMME.code))
    event = programme.set_target(goal, tree=place.directory.tree(), by=BY)
    assert event is not None
    return event


def test_a_key_says_whose_it_is_until_it_is_revoked(place: Place) -> None:
    key, issued = AccessKey.issue(Role.REVIEWER, "p01", label="thẩm định", by=BY)
    with pytest.raises(Unauthenticated, match="unknown or revoked"):
        place.directory.caller(key)
    record(place, issued)
    caller = place.directory.caller(key)
    assert (caller.name, caller.role, caller.unit) == ("thẩm định", Role.REVIEWER, "p01")
    assert caller.key == issued.originator_id
    record(
        place,
        place.ledger.load(AccessKey, issued.originator_id).revoke(reason="Nghỉ việc", by=BY),
    )
    with pytest.raises(Unauthenticated, match="unknown or revoked"):
        place.directory.caller(key)


def test_revoking_one_key_leaves_the_others_open(place: Place) -> None:
    keys = [AccessKey.issue(Role.CLIENT, "p01", label=str(n), by=BY) for n in range(3)]
    record(place, *(issued for _, issued in keys))
    middle = place.ledger.load(AccessKey, keys[1][1].originator_id)
    record(place, middle.revoke(reason="Lộ khóa", by=BY))
    assert [place.directory.caller(keys[n][0]).name for n in (0, 2)] == ["0", "2"]


def test_the_tree_is_answered_as_it_was_known_at_a_position(place: Place) -> None:
    before = place.ledger.head()
    after = record(place, renamed(place, "Tên mới", date(2022, 1, 1)))
    assert place.directory.tree(at=before).name(UNIT) == f"Công đoàn {UNIT}"
    assert place.directory.tree(at=after - 1).name(UNIT) == f"Công đoàn {UNIT}"
    assert place.directory.tree(at=after).name(UNIT) == "Tên mới"
    assert place.directory.tree().name(UNIT) == "Tên mới"
    assert UNIT not in place.directory.tree(at=0)


def test_the_tree_is_answered_as_it_stood_on_a_day_at_home(place: Place) -> None:
    record(place, renamed(place, "Tên mới", date(2023, 1, 1)))
    # A new day begins in Vietnam seven hours before it begins in Greenwich.
    for instant, name in (
        (midnight(date(2023, 1, 1)), "Tên mới"),
        (datetime(2022, 12, 31, 17, 0, tzinfo=UTC), "Tên mới"),
        (datetime(2022, 12, 31, 16, 59, 59, tzinfo=UTC), f"Công đoàn {UNIT}"),
    ):
        assert place.directory.tree(on=instant).name(UNIT) == name


def test_position_and_day_are_asked_for_together(place: Place) -> None:
    first = record(place, renamed(place, "Năm 2023", date(2023, 1, 1)))
    record(place, renamed(place, "Năm 2024", date(2024, 1, 1)))
    in_2024 = midnight(date(2024, 6, 1))
    assert place.directory.tree(at=first, on=in_2024).name(UNIT) == "Năm 2023"
    assert place.directory.tree(on=in_2024).name(UNIT) == "Năm 2024"
    assert place.directory.tree(on=midnight(date(2022, 6, 1))).name(UNIT) == f"Công đoàn {UNIT}"


def test_a_tree_that_was_asked_for_once_is_not_folded_again(place: Place) -> None:
    one = place.directory.tree(on=midnight(date(2022, 6, 1)))
    assert place.directory.tree(on=midnight(date(2022, 7, 1))) is one
    record(place, renamed(place, "Tên mới", date(2022, 6, 15)))
    assert place.directory.tree(on=midnight(date(2022, 7, 1))) is not one


def test_a_unit_is_there_once_the_directory_has_caught_up(place: Place) -> None:
    founded = Unit.found(unit("p03", Level.FIRST, "vn"), above=Level.NATION, by=BY)
    place.ledger.append(*founded)
    with pytest.raises(UnitIsUnknown):
        place.directory.tree()["p03"]
    place.directory.catch_up()
    assert place.directory.tree()["p03"].level is Level.FIRST


def test_a_programme_is_answered_with_the_targets_known_at_a_position(place: Place) -> None:
    first = record(place, target(place, 100))
    second = record(
        place,
        target(place, 200),
    )
    key = ("p01", None, "assigned")
    values = {
        at: targets(place.directory.programme("1tr", at=at)) for at in (first - 1, first, second)
    }
    assert key not in values[first - 1]
    assert values[first][key].value == 100
    assert values[second][key].value == 200
    assert targets(place.directory.programme("1tr"))[key].value == 200


def test_targets_of_other_kinds_and_phases_stand_side_by_side(place: Place) -> None:
    record(place, target(place, 100))
    record(place, target(place, 50, phase="1"))
    record(place, target(place, 80, kind=TargetKind.STRIVING))
    found = targets(place.directory.programme("1tr"))
    assert {key: event.value for key, event in found.items()} == {
        ("p01", None, "assigned"): 100,
        ("p01", "1", "assigned"): 50,
        ("p01", None, "striving"): 80,
    }


def test_terms_that_were_changed_hold_from_their_position_on(place: Place) -> None:
    programme = place.ledger.load(Programme, named("programme", "1tr"))
    longer = programme.terms.model_copy(update={"applied_to": date(2024, 1, 1)})
    changed = programme.change_terms(longer, by=BY)
    assert changed is not None
    position = record(place, changed)
    assert place.directory.terms("1tr").applied_to == date(2024, 1, 1)
    assert place.directory.programme("1tr", at=position - 1).terms.applied_to == date(2023, 9, 1)


def test_a_unit_has_the_phase_of_the_nearest_unit_above_that_has_its_own(place: Place) -> None:
    programme = place.ledger.load(Programme, named("programme", "1tr"))

    def phase(of: str | None, end: date) -> Phase:
        return Phase.model_validate(
            {"code": "2", "unit": of, "from": midnight(date(2022, 1, 8)), "to": midnight(end)}
        )

    general, own = phase(None, date(2023, 9, 1)), phase("p01", date(2023, 8, 31))
    changed = programme.change_terms(
        programme.terms.model_copy(update={"phases": (general, own)}), by=BY
    )
    assert changed is not None
    record(place, changed)
    found, tree = place.directory.programme("1tr"), place.directory.tree()
    assert found.window("2", UNIT, tree) == own
    assert found.window("2", "p01", tree) == own
    assert found.window("2", "vn", tree) == general
    assert found.window("9", UNIT, tree) is None
    assert found.window(None, UNIT, tree) == found.terms.window


def test_a_programme_that_is_not_open_is_unknown_and_the_open_ones_are_named(place: Place) -> None:
    for ask in (place.directory.terms, place.directory.programme, place.directory.the_programme):
        with pytest.raises(ProgrammeIsUnknown, match=r"Open programmes: 1tr\."):
            ask("khác")
    with pytest.raises(ProgrammeIsUnknown, match="not yet on record at that moment"):
        place.directory.programme("1tr", at=0)


def test_the_latest_of_several_programmes_need_not_be_named(place: Place) -> None:
    assert place.directory.the_programme() == "1tr"
    begins = PROGRAMME.from_
    for code, days, latest in (("75k", -300, "1tr"), ("same", 0, "same"), ("next", 300, "next")):
        other = PROGRAMME.model_copy(update={"code": code, "from_": begins + timedelta(days=days)})
        record(place, Programme.open(other, by=BY))
        assert place.directory.the_programme() == latest
    assert place.directory.programmes() == ["1tr", "75k", "same", "next"]
    assert place.directory.the_programme("75k") == "75k"


def test_without_any_programme_one_is_asked_for(place: Place) -> None:
    class Nothing:
        simulated = False

        def read(self, *_: object, **__: object) -> list[object]:
            return []

        def head(self) -> int:
            return 0

    empty = Directory(Nothing())  # type: ignore[arg-type]
    empty.catch_up()
    with pytest.raises(NotFound, match="No programme is open yet"):
        empty.the_programme()


def test_a_simulation_is_one_for_good(tmp_path: Path) -> None:
    with small_programme(tmp_path, simulated=True) as place:
        assert place.directory.simulated
        again = Directory(place.ledger)
        place.ledger.simulated = False
        again.catch_up()
        assert place.ledger.simulated


def test_an_erasure_is_passed_on_to_whoever_keeps_keys_in_memory(place: Place) -> None:
    forgotten: list[str] = []
    directory = Directory(place.ledger, forget=forgotten.append)
    person = named("person", "x")
    place.ledger.append(
        PersonErased(originator_id=person, originator_version=1, by=BY, reason="Theo yêu cầu")
    )
    directory.catch_up()
    directory.catch_up()
    assert forgotten == [person.hex]


def test_what_is_known_follows_from_the_ledger_alone(place: Place) -> None:
    key, issued = AccessKey.issue(Role.CLIENT, "p01", label="cổng", by=BY)
    record(place, issued, renamed(place, "Tên mới", date(2023, 1, 1)), target(place, 100))
    fresh = Directory(place.ledger)
    fresh.catch_up()
    assert fresh.caller(key) == place.directory.caller(key)
    assert fresh.tree().units == place.directory.tree().units
    assert targets(fresh.programme("1tr")) == targets(place.directory.programme("1tr"))
    assert [type(e) for e in fresh.tree_events()] == [
        type(e) for e in place.directory.tree_events()
    ]
    assert fresh.day(datetime(2022, 12, 31, 17, 0, tzinfo=UTC)) == date(2023, 1, 1)


def test_a_newer_target_leaves_the_older_one_true_for_its_time(place: Place) -> None:
    def of(value: int, dated: date) -> TargetRecord:
        return TargetRecord.model_validate_json(
            json.dumps(
                {
                    "unit": "p01",
                    "phase": None,
                    "kind": "assigned",
                    "value": value,
                    "dated": str(dated),
                }
            )
        )

    for value, dated in ((100, date(2022, 1, 1)), (200, date(2029, 1, 1)), (120, date(2022, 9, 1))):
        standing = place.ledger.load(Programme, programme_id("1tr"))
        event = standing.set_target(of(value, dated), tree=place.directory.tree(), by=BY)
        assert event is not None
        record(place, event)
    known = place.directory.programme("1tr")
    for day, value in ((date(2022, 6, 1), 100), (date(2022, 9, 1), 120), (date(2030, 1, 1), 200)):
        assert [target.value for target in known.in_force(day)] == [value]
    assert known.in_force(date(2021, 12, 31)) == []
