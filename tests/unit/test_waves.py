"""A wave of emulation is opened through the programme; targets are for it by its code."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from services.intake.programme import (
    Programme,
    ProgrammeRecord,
    TargetRecord,
    WaveRecord,
    programme_id,
)
from shared.errors import Conflict
from shared.events.programme import TargetSet, WaveOpened
from shared.terms import WHOLE, Phase
from shared.tree import Tree, UnitIsUnknown
from shared.validation import faults
from shared.vocabulary import TargetKind
from tests.gwt import given
from tests.places import BY, PROGRAMME, founding

OPENED = Programme.open(PROGRAMME, by=BY)
TREE = Tree.fold(founding(), date.max)
MAY = datetime(2022, 5, 1, tzinfo=UTC)
JULY = datetime(2022, 7, 1, tzinfo=UTC)


def wave(**changes: object) -> WaveRecord:
    facts = {"code": "đợt-1", "name": "Chào mừng 28/7", "from": MAY, "to": JULY, **changes}
    return WaveRecord.model_validate(facts)


def opening(**changes: object) -> WaveOpened:
    return WaveOpened(
        originator_id=programme_id("1tr"),
        originator_version=2,
        by=BY,
        code="1tr",
        wave=wave(**changes).wave(),
    )


def target(unit: str = "p01") -> TargetRecord:
    return TargetRecord(
        unit=unit,
        phase="đợt-1",
        kind=TargetKind.STRIVING,
        value=50,
        document="12/KH",
        dated=date(2022, 4, 25),
    )


def test_a_wave_has_a_name_and_days() -> None:
    (
        given(Programme, OPENED)
        .when(lambda p: p.open_wave(wave().wave(), tree=TREE, by=BY))
        .then(WaveOpened, code="1tr", wave=wave().wave())
        .so_that(lambda programme: programme.waves["đợt-1"].name, "Chào mừng 28/7")
    )


def test_just_this_wave_again_is_nothing_and_other_days_correct_it() -> None:
    known = given(Programme, OPENED, opening())
    assert not known.when(lambda p: p.open_wave(wave().wave(), tree=TREE, by=BY)).events
    (
        given(Programme, OPENED, opening())
        .when(lambda p: p.open_wave(wave(name="Đợt 28/7").wave(), tree=TREE, by=BY))
        .then(WaveOpened, wave=wave(name="Đợt 28/7").wave())
    )


def test_a_target_is_for_a_wave_by_its_code() -> None:
    (
        given(Programme, OPENED)
        .when(lambda p: p.set_target(target(), tree=TREE, by=BY))
        .then_refused(Conflict, saying="has no phase đợt-1")
    )
    (
        given(Programme, OPENED, opening())
        .when(lambda p: p.set_target(target(), tree=TREE, by=BY))
        .then(TargetSet, phase="đợt-1", value=50)
    )


def test_only_who_stands_in_it_has_a_target_for_a_units_own_wave() -> None:
    (
        given(Programme, OPENED, opening(unit="p01"))
        .when(lambda p: p.set_target(target("p01-01"), tree=TREE, by=BY))
        .then(TargetSet, unit="p01-01")
    )
    (
        given(Programme, OPENED, opening(unit="p01"))
        .when(lambda p: p.set_target(target("vn"), tree=TREE, by=BY))
        .then_refused(Conflict, saying="for unit vn")
    )


def test_phases_and_waves_never_bear_the_same_code() -> None:
    (
        given(Programme, OPENED)
        .when(lambda p: p.open_wave(wave(code="1").wave(), tree=TREE, by=BY))
        .then_refused(Conflict, saying="is the code of a phase")
    )
    phase = Phase.model_validate({"code": "đợt-1", "from": MAY, "to": JULY})
    terms = PROGRAMME.terms().model_copy(update={"phases": (phase,)})
    (
        given(Programme, OPENED, opening())
        .when(lambda p: p.change_terms(terms, by=BY))
        .then_refused(Conflict, saying="is the code of a wave")
    )


def test_a_wave_lies_within_the_programme_and_is_of_a_unit_that_there_is() -> None:
    early = datetime(2021, 12, 1, tzinfo=UTC)
    (
        given(Programme, OPENED)
        .when(lambda p: p.open_wave(wave(**{"from": early}).wave(), tree=TREE, by=BY))
        .then_refused(Conflict, saying="reaches beyond programme 1tr")
    )
    (
        given(Programme, OPENED)
        .when(lambda p: p.open_wave(wave(unit="p77").wave(), tree=TREE, by=BY))
        .then_refused(UnitIsUnknown, saying="p77")
    )
    (
        given(Programme, OPENED)
        .when(lambda p: p.open_wave(wave(**{"from": early}).wave(), tree=TREE, by=BY))
        .then_refused(Conflict, saying="from 2022-01-08T00:00:00+07:00")
    )
    with pytest.raises(ValidationError, match="must end after it begins"):
        wave(to=MAY)


def test_no_wave_and_no_phase_is_called_as_the_whole_programme_is() -> None:
    with pytest.raises(ValidationError) as refused:
        wave(code=WHOLE)
    assert [(f.field, f.code) for f in faults(refused.value, "vi")] == [("code", "reserved-code")]
    phases = [{"code": WHOLE, "from": MAY, "to": JULY}]
    programme = PROGRAMME.model_dump(by_alias=True) | {"phases": tuple(phases)}
    with pytest.raises(ValidationError, match="how the whole programme is called"):
        ProgrammeRecord.model_validate(programme)
    # What is on record is read all the same.
    assert Phase.model_validate(phases[0]).code == WHOLE


def test_a_target_beyond_any_number_of_people_is_a_slip_of_the_hand() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 1000000000"):
        TargetRecord.model_validate(target().model_dump() | {"value": 99_999_999_999_999_999_999})
