"""Founding: a units file and a programme file put on record; the same again changes nothing, more adds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from services.intake.founding import FileIsWrong, Founded, found, read_programme, read_units
from services.intake.programme import NoHeadCount, ProgrammeRecord, TargetRecord
from services.intake.unit import ParentDoesNotFit, SecondNation, Unit, UnitRecord, unit_id
from services.wiring import System
from shared.errors import Conflict, Invalid
from shared.events.access import SimulationMarked
from shared.events.organisation import HeadsCounted, UnitFounded
from shared.events.programme import ProgrammeOpened, TargetSet, TermsChanged
from shared.settings import Settings
from shared.tree import Heads
from shared.vocabulary import Level, midnight
from tests.places import BY, PROGRAMME, UNIT, UNITS, targets, unit

COUNTED: Final = date(2022, 1, 1)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """An embedded system with nothing on record."""
    with System(Settings(data=tmp_path)) as opened:
        yield opened


def target(unit: str = "p01", *, phase: str | None = None, **facts: object) -> TargetRecord:
    """A target of a hundred ideas, or what else it is of."""
    return TargetRecord.model_validate_json(
        json.dumps(
            {
                "unit": unit,
                "phase": phase,
                "kind": "assigned",
                "dated": "2022-01-26",
                **(facts or {"value": 100}),
            }
        )
    )


def programme(*targets: TargetRecord, **changes: Any) -> ProgrammeRecord:
    """The small programme with these targets, and some fields otherwise."""
    return PROGRAMME.model_copy(update={"targets": targets, **changes})


def put(
    system: System,
    units: Sequence[UnitRecord] = UNITS,
    record: ProgrammeRecord = PROGRAMME,
    *,
    simulated: bool = False,
) -> Founded:
    """Put these on record."""
    return found(system.ledger, system.directory, units, record, simulated=simulated, by=BY)


def recorded(system: System, after: int = 0) -> list[str]:
    """The kinds of the events after a position, in their order."""
    return [type(r.event).__name__ for r in system.ledger.read(after, limit=1000)]


# The first time, and again.


def test_units_programme_and_targets_are_put_on_record_together(system: System) -> None:
    answer = put(system, UNITS, programme(target()))
    assert answer == Founded(units=5, programme="1tr", targets=1, recorded=12)
    kinds = [UnitFounded, HeadsCounted] * 5 + [ProgrammeOpened, TargetSet]
    assert recorded(system) == [kind.__name__ for kind in kinds]
    assert len({r.event.by.correlation for r in system.ledger.read(0)}) == 1
    assert len({r.recorded for r in system.ledger.read(0)}) == 1
    assert system.directory.programmes() == ["1tr"]
    assert system.directory.tree().path(UNIT) == ("vn", "p01", "p01-01", UNIT)


def test_the_same_files_again_change_nothing(system: System) -> None:
    files = UNITS, programme(target(), target("p01-01", percent=5, of="members"))
    first = put(system, *files)
    head = system.ledger.head()
    again = put(system, *files)
    assert again == first._replace(recorded=0)
    assert system.ledger.head() == head


def test_a_file_that_gives_a_target_and_then_changes_it_is_taken_once(system: System) -> None:
    file = programme(target(), target("vn"), target(value=120, dated="2022-06-01"))
    put(system, UNITS, file)
    assert recorded(system)[-3:] == ["TargetSet"] * 3
    assert put(system, UNITS, file).recorded == 0
    assert targets(system.directory.programme("1tr"))["p01", None, "assigned"].value == 120


def test_the_same_files_again_do_not_take_back_what_was_set_since(system: System) -> None:
    file = programme(target(value=20, document="01/KH"))
    put(system, UNITS, file)
    put(system, UNITS, programme(target(value=30, document="07/KH")))
    assert put(system, UNITS, file).recorded == 0
    assert targets(system.directory.programme("1tr"))["p01", None, "assigned"].value == 30


def test_a_head_count_that_is_added_leaves_a_percentage_as_it_was_worked_out(
    system: System,
) -> None:
    file = programme(target(percent="5.0", of="members"))
    put(system, UNITS, file)
    counted = UNITS[1].model_copy(update={"members": 110, "counted_on": date(2022, 1, 3)})
    more = [counted if record.code == "p01" else record for record in UNITS]
    assert put(system, more, file).recorded == 1
    set_ = targets(system.directory.programme("1tr"))["p01", None, "assigned"]
    assert (set_.value, set_.counted_on) == (5, COUNTED)


def test_a_file_that_corrects_its_own_target_has_the_last_word(system: System) -> None:
    put(system, UNITS, programme(target(value=20)))
    put(system, UNITS, programme(target(value=20), target(value=25)))
    assert targets(system.directory.programme("1tr"))["p01", None, "assigned"].value == 25
    assert put(system, UNITS, programme(target(value=20), target(value=25))).recorded == 0


@settings(max_examples=25)
@for_any(order=st.permutations(UNITS))
def test_parents_may_come_in_any_order(order: list[UnitRecord]) -> None:
    with (
        tempfile.TemporaryDirectory() as home,
        System(Settings(data=Path(home))) as system,
    ):
        assert put(system, order).recorded == 11
        tree = system.directory.tree()
        assert tree.path(UNIT) == ("vn", "p01", "p01-01", UNIT)
        assert put(system, UNITS).recorded == 0


def test_a_percentage_is_resolved_against_a_head_count_of_the_same_file(system: System) -> None:
    put(system, UNITS, programme(target(percent="4.5", of="members_and_workers")))
    (set_,) = (r.event for r in system.ledger.read(0) if isinstance(r.event, TargetSet))
    assert (set_.value, set_.counted_on) == (6, COUNTED)


# More is added; what was true before stays true for its time.


def test_another_programme_stands_beside_the_first(system: System) -> None:
    put(system)
    head = system.ledger.head()
    other = programme(target(value=3), code="75n", name="75 nghìn sáng kiến")
    assert put(system, UNITS, other) == Founded(units=5, programme="75n", targets=1, recorded=2)
    assert recorded(system, head) == ["ProgrammeOpened", "TargetSet"]
    assert system.directory.programmes() == ["1tr", "75n"]
    assert not targets(system.directory.programme("1tr"))


def test_more_units_are_added_below_those_on_record(system: System) -> None:
    put(system)
    head = system.ledger.head()
    more = [unit("p01-01-003", Level.GRASSROOTS, "p01-01"), unit("p02", Level.FIRST, "vn")]
    assert put(system, more) == Founded(units=2, programme="1tr", targets=0, recorded=4)
    assert recorded(system, head) == ["UnitFounded", "HeadsCounted"] * 2
    assert system.directory.tree().inside("p01-01-003", "p01")


def test_a_changed_head_count_is_added_and_the_old_one_stays_true_for_its_time(
    system: System,
) -> None:
    put(system)
    head = system.ledger.head()
    later = date(2023, 1, 1)
    grown = UNITS[3].model_copy(
        update={"members": 130, "members_and_workers": 150, "counted_on": later}
    )
    assert put(system, [*UNITS[:3], grown, UNITS[4]]).recorded == 1
    assert recorded(system, head) == ["HeadsCounted"]
    tree = system.directory.tree()
    assert tree.heads(UNIT, date(2022, 12, 31)) == Heads(100, 120, COUNTED)
    assert tree.heads(UNIT, later) == Heads(130, 150, later)


def test_a_changed_target_is_added_and_the_others_are_left_alone(system: System) -> None:
    put(system, UNITS, programme(target(), target("p01-01", value=10)))
    head = system.ledger.head()
    assert (
        put(system, UNITS, programme(target(value=120), target("p01-01", value=10))).recorded == 1
    )
    key = ("p01", None, "assigned")
    assert targets(system.directory.programme("1tr", at=head))[key].value == 100
    assert targets(system.directory.programme("1tr"))[key].value == 120


def test_changed_terms_are_added_before_the_targets_that_need_them(system: System) -> None:
    put(system)
    head = system.ledger.head()
    second = PROGRAMME.phases[0].model_copy(update={"code": "2"})
    longer = programme(target(phase="2"), phases=(*PROGRAMME.phases, second))
    assert put(system, UNITS, longer).recorded == 2
    assert recorded(system, head) == [TermsChanged.__name__, TargetSet.__name__]


# What cannot be taken.


def refused(
    system: System,
    kind: type[Exception],
    words: str,
    units: Sequence[UnitRecord] = UNITS,
    record: ProgrammeRecord = PROGRAMME,
) -> None:
    """Make sure that this is refused in these words and leaves nothing on record."""
    head = system.ledger.head()
    with pytest.raises(kind, match=words):
        put(system, units, record)
    assert system.ledger.head() == head


def test_a_parent_that_is_nowhere_is_named(system: System) -> None:
    orphans = [UNITS[0], unit("a", Level.FIRST, "p98"), unit("b", Level.FIRST, "p99")]
    refused(system, FileIsWrong, "a: parent p98 is neither in the file nor on record; b: ", orphans)


def test_a_parent_of_a_wrong_level_is_named(system: System) -> None:
    wrong = [*UNITS, unit("a", Level.UPPER, UNIT)]
    refused(system, ParentDoesNotFit, "Unit a of level upper cannot stand under", wrong)


def test_codes_that_stand_twice_in_a_file_are_named(system: System) -> None:
    twice = [*UNITS, UNITS[1], UNITS[3]]
    refused(system, FileIsWrong, f"codes that stand twice in the file: p01, {UNIT}", twice)


def test_a_file_does_not_move_what_is_on_record_elsewhere(system: System) -> None:
    put(system)
    elsewhere = [UNITS[3].model_copy(update={"parent": "p01"})]
    refused(system, FileIsWrong, f"{UNIT}: parent not as on record", elsewhere)
    raised = [UNITS[3].model_copy(update={"level": Level.UPPER, "parent": "p01"})]
    refused(system, FileIsWrong, "level, parent not as on record", raised)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "Tên khác"), ("kind", "school"), ("sector", "non-state"), ("valid_from", COUNTED)],
)
def test_a_file_that_says_something_else_of_a_unit_is_not_passed_over(
    system: System, field: str, value: object
) -> None:
    put(system)
    otherwise = [UNITS[3].model_copy(update={field: value})]
    refused(system, FileIsWrong, f"{UNIT}: {field} not as on record", otherwise)


def test_the_same_file_still_changes_nothing_after_a_move_and_a_new_name(system: System) -> None:
    put(system)
    standing = system.ledger.load(Unit, unit_id(UNIT))
    renamed = standing.rename("Tên mới", valid_from=date(2028, 1, 1), by=BY)
    system.ledger.append(renamed)
    assert put(system).recorded == 0
    assert (
        put(
            system,
            [u.model_copy(update={"name": "Tên mới"}) if u.code == UNIT else u for u in UNITS],
        ).recorded
        == 0
    )


def test_there_is_one_nation(system: System) -> None:
    put(system)
    second = unit("xx", Level.NATION, None)
    refused(system, SecondNation, "vn is the nation already", [second])
    refused(system, SecondNation, "nation already", [*UNITS, second])


def test_more_members_than_members_and_workers_are_refused(system: System) -> None:
    wrong = [UNITS[0].model_copy(update={"members": 121})]
    refused(system, Invalid, "Unit vn: members", wrong)


def test_targets_of_unknown_units_phases_and_heads_are_refused(system: System) -> None:
    refused(system, Exception, "Unit p99 is not in the tree", UNITS, programme(target("p99")))
    refused(system, Conflict, "no phase 7", UNITS, programme(target(phase="7")))
    uncounted = target(percent=5, of="members", counted_on="2020-01-01")
    refused(system, NoHeadCount, "asked for 2020-01-01", UNITS, programme(uncounted))


def test_what_was_refused_with_one_target_is_recorded_once_that_target_is_put_right(
    system: System,
) -> None:
    put(system)
    refused(system, Conflict, "no phase 7", UNITS, programme(target(), target(phase="7")))
    assert put(system, UNITS, programme(target(), target(phase="1"))).recorded == 2
    assert set(targets(system.directory.programme("1tr"))) == {
        ("p01", None, "assigned"),
        ("p01", "1", "assigned"),
    }


# Simulations.


def test_a_simulation_is_marked_first_and_begins_when_applications_begin_to_count(
    system: System,
) -> None:
    put(system, simulated=True)
    facts = system.ledger.read(0)
    assert isinstance(facts[0].event, SimulationMarked)
    assert {fact.recorded for fact in facts} == {midnight(PROGRAMME.applied_from)}
    assert system.directory.simulated
    assert system.ledger.now() == midnight(PROGRAMME.applied_from)


def test_a_simulation_is_marked_once(system: System) -> None:
    put(system, simulated=True)
    assert put(system, simulated=True).recorded == 0
    assert put(system).recorded == 0
    assert put(system, [*UNITS, unit("p02", Level.FIRST, "vn")], simulated=True).recorded == 2
    assert recorded(system).count("SimulationMarked") == 1


def test_what_holds_real_facts_does_not_become_a_simulation(system: System) -> None:
    put(system)
    with pytest.raises(Invalid, match=r"cannot become a simulation\. Choose another"):
        put(system, simulated=True)
    assert not system.directory.simulated


def test_a_ledger_stays_a_simulation_for_whoever_opens_it_later(tmp_path: Path) -> None:
    with System(Settings(data=tmp_path)) as system:
        put(system, simulated=True)
    with System(Settings(data=tmp_path)) as system:
        assert system.directory.simulated


# Files.


def unit_line(**changes: object) -> str:
    """A line of a units file."""
    return json.dumps({**UNITS[0].model_dump(mode="json"), **changes}, ensure_ascii=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "units.jsonl"


def test_units_are_read_line_by_line_and_blank_lines_are_passed_over(file: Path) -> None:
    lines = [unit_line(), "", "   ", unit_line(code="p01", level="first", parent="vn"), ""]
    file.write_text("\r\n".join(lines), encoding="utf-8")
    assert [record.code for record in read_units(file, "vi")] == ["vn", "p01"]


def test_what_may_be_left_out_of_a_unit_has_its_usual_meaning(file: Path) -> None:
    plain = {k: v for k, v in json.loads(unit_line()).items() if k not in {"valid_from", "kind"}}
    file.write_text(json.dumps(plain), encoding="utf-8")
    assert read_units(file, "vi") == [UNITS[0]]


def test_a_byte_order_mark_before_a_file_is_no_mistake(tmp_path: Path, file: Path) -> None:
    file.write_text(unit_line(), encoding="utf-8-sig")
    assert len(read_units(file, "vi")) == 1
    other = tmp_path / "programme.json"
    other.write_text(PROGRAMME.model_dump_json(by_alias=True), encoding="utf-8-sig")
    assert read_programme(other, "vi") == PROGRAMME


def test_every_wrong_line_of_a_units_file_is_named_with_its_field(file: Path) -> None:
    lines = [
        unit_line(),
        unit_line(level="province"),
        "",
        unit_line(members=-1, colour="red"),
        "{",
        unit_line(counted_on="1/1/2022"),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FileIsWrong) as refusal:
        read_units(file, "en")
    said = refusal.value.message
    assert said.startswith("Nothing was recorded.")
    assert "units.jsonl:2: level: Not one of the allowed values" in said
    assert "units.jsonl:4: members: The number is too small" in said
    assert "units.jsonl:4: colour: " in said
    assert "units.jsonl:5: : This line is not valid JSON" in said
    assert "units.jsonl:6: counted_on: Not a valid date" in said
    assert ":1:" not in said
    assert ":3:" not in said


def test_what_is_wrong_in_a_programme_file_is_named_by_its_field(tmp_path: Path) -> None:
    path = tmp_path / "programme.json"
    wrong = {**PROGRAMME.model_dump(mode="json", by_alias=True), "applied_from": "soon"}
    wrong["phases"][0]["from"] = "2022-01-08T00:00:00"
    path.write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(FileIsWrong) as refusal:
        read_programme(path, "vi")
    assert "programme.json: applied_from: Không phải ngày hợp lệ" in refusal.value.message
    assert "programme.json: phases.0.from: Thời điểm thiếu múi giờ" in refusal.value.message
