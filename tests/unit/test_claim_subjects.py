"""Whom a published figure is about, however newspapers spell it."""

from __future__ import annotations

from datetime import date

import pytest

from services.intake.unit import Cohort, Unit
from services.projections.claims.map import ClaimMap
from services.projections.claims.subjects import Subject
from shared.ledger.model import Event
from shared.tree import Tree
from shared.vocabulary import Level
from tests.places import BY, unit

NAMES = {
    "vn": (Level.NATION, None, "Tổng Liên đoàn"),
    "p19": (Level.FIRST, "vn", "LĐLĐ tỉnh Thái Nguyên"),
    "p38": (Level.FIRST, "vn", "LĐLĐ tỉnh Thanh Hóa"),
    "p79": (Level.FIRST, "vn", "LĐLĐ thành phố Hồ Chí Minh"),
    "p19-08": (Level.UPPER, "p19", "LĐLĐ thành phố Thái Nguyên"),
    "s1": (Level.GRASSROOTS, "p19-08", "CĐCS Công ty TNHH Sao Mai Việt Nam"),
    "s2": (Level.GRASSROOTS, "p19-08", "CĐCS Công ty TNHH Minh Long"),
    "s3": (Level.GRASSROOTS, "p19-08", "CĐCS Trường Minh Long"),
}


def _tree() -> Tree:
    events: list[Event] = []
    for code, (level, parent, name) in NAMES.items():
        above = NAMES[parent][0] if parent is not None else None
        record = unit(code, level, parent).model_copy(update={"name": name})
        events += Unit.found(record, above=above, by=BY)
    for code, name, members in (
        ("c2", "Cụm hai tỉnh", ("p19", "p38")),
        ("c3", "Cụm ba tỉnh", ("p19", "p38", "p79")),
    ):
        formed = Cohort.form(code, name, by=BY)
        cohort = Cohort.evolve(None, formed)
        events.append(formed)
        for member in members:
            joined = cohort.join(member, valid_from=date(2022, 1, 1), by=BY)
            cohort = Cohort.evolve(cohort, joined)
            events.append(joined)
    return Tree.fold(events, date(2022, 6, 1))


TREE = _tree()


@pytest.mark.parametrize(
    ("named", "level", "subject"),
    [
        ("LĐLĐ tỉnh Thanh Hoá", "province", Subject(unit="p38")),
        ("Thanh Hóa", "province/city", Subject(unit="p38")),
        ("THANH HOA", "province", Subject(unit="p38")),
        ("p38", "province", Subject(unit="p38")),
        ("TP Hồ Chí Minh", "province/city", Subject(unit="p79")),
        ("Thái Nguyên", "province", Subject(unit="p19")),
        ("Thái Nguyên", "district", Subject(unit="p19-08")),
        ("Sao Mai Việt Nam (enterprise grassroots union)", "grassroots", Subject(unit="s1")),
        ("all units together", "national", Subject(unit="vn")),
        ("cohort of 3", "cohort", Subject(cohort="c3")),
        ("hai tỉnh", "cohort", Subject(cohort="c2")),
        ("Minh Long", "grassroots", Subject(unit="s2")),
        ("Long", "grassroots", None),
        ("Không Đâu", "province", None),
        ("", "province", None),
        ("Thanh Hóa", "grassroots", None),
    ],
)
def test_a_subject_is_found_by_its_level_and_name(
    named: str, level: str, subject: Subject | None
) -> None:
    assert ClaimMap.shipped().subjects.subject(named, level, TREE) == subject


def test_in_a_tree_without_cohorts_none_is_meant() -> None:
    naming = ClaimMap.shipped().subjects
    assert naming.subject("cohort of 3", "cohort", Tree({}, {}, {}, {})) is None
