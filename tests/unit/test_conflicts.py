"""The conflict report: what cannot all be meant, in words, with the documents of both sides; nothing is repaired."""

from __future__ import annotations

from datetime import date

import pytest

from services.projections.presentation.sentences import SENTENCES, ConflictKind
from services.projections.targets.conflicts import ConflictRow, Conflicts, conflicts
from shared.ledger.store import Ledger
from shared.vocabulary import HeadCount, Position, TargetKind
from tests.aims import ASSIGNED, ORIENTATION, REGISTERED, STRIVING, Aims
from tests.chronicle import day

JANUARY, APRIL = date(2022, 1, 26), date(2022, 4, 26)
PLAN, LETTER = "111/KH-LĐLĐ", "1144/LĐLĐ-CTCS"
PHASES = (
    ("1", day(0), day(100), None),
    ("2", day(100), day(601), None),
)


@pytest.fixture
def story(ledger: Ledger) -> Aims:
    """The programme ends on day 601; its phases fill it. p1 has a plan of three phases of its own."""
    found = Aims(ledger)
    found.now = day(200)
    found.phases(
        *PHASES,
        ("p1-1", day(0), day(143), "p1"),
        ("p1-2", day(143), day(357), "p1"),
        ("p1-3", day(357), day(601), "p1"),
    )
    return found


def report(story: Aims, unit: str | None = None, at: Position | None = None) -> Conflicts:
    return conflicts(story.directory, programme="1tr", at=story.at(at), unit=unit)


def only(story: Aims, kind: ConflictKind) -> ConflictRow:
    """The one conflict there is."""
    found = report(story)
    assert [row.kind for row in found.rows] == [kind], [row.en for row in found.rows]
    assert found.counts == {kind: 1}
    return found.rows[0]


def plan(story: Aims, *percents: str, whole: str = "15", kind: TargetKind = REGISTERED) -> None:
    """A plan of p1: percentages of its 13,400 members for the phases and for the whole programme."""
    story.heads("p1", 13_400)
    for phase, percent in (*zip(("p1-1", "p1-2", "p1-3"), percents, strict=True), (None, whole)):
        value = -(-13_400 * int(percent) // 100)
        story.given("p1", value, kind, phase=phase, percent=percent, document=PLAN, dated=JANUARY)


def test_a_programme_without_contradictions_has_none(story: Aims) -> None:
    story.given("p1", 10, REGISTERED)
    story.given("p1", 10, ORIENTATION)
    story.given("p1", 12, STRIVING)
    story.given("p1", 11, ASSIGNED)
    assert report(story).rows == ()


# Percentages.


def test_percentages_of_phases_that_add_up_are_no_conflict(story: Aims) -> None:
    plan(story, "5", "4", "6")
    assert report(story).rows == ()


def test_percentages_of_phases_that_do_not_add_up_are_reported(story: Aims) -> None:
    plan(story, "5", "4", "5")
    row = only(story, ConflictKind.PERCENTS)
    assert row.vi == (
        "Đơn vị p1: chỉ tiêu đăng ký các giai đoạn 5 + 4 + 5 cộng lại là 14 %, "
        "nhưng cả chương trình là 15 % đoàn viên."
    )
    assert row.en.endswith("add up to 14 %, but that of the whole programme is 15 % of members.")
    assert (row.facts["parts"], row.facts["sum"]) == ((5.0, 4.0, 5.0), 14.0)
    assert {(t.phase, t.percent, t.document) for t in row.targets} == {
        (None, 15.0, PLAN),
        ("p1-1", 5.0, PLAN),
        ("p1-2", 4.0, PLAN),
        ("p1-3", 5.0, PLAN),
    }


def test_percentages_of_different_head_counts_are_compared_as_numbers(story: Aims) -> None:
    story.heads("p3", 100)
    both = HeadCount.MEMBERS_AND_WORKERS
    story.given("p3", 15, percent="15")
    story.given("p3", 5, phase="1", percent="5")
    story.given("p3", 10, phase="2", percent="5", of=both)
    assert report(story).rows == ()
    story.given("p3", 12, phase="2", percent="6", of=both)
    assert only(story, ConflictKind.NUMBERS).facts["parts"] == (5, 12)


def test_as_long_as_a_phase_has_no_target_nothing_is_said_of_the_sum(story: Aims) -> None:
    story.given("p3", 5, phase="1")
    story.given("p3", 16)
    assert report(story).rows == ()
    story.given("p3", 10, phase="2")
    row = only(story, ConflictKind.NUMBERS)
    assert (row.facts["sum"], row.facts["whole"]) == (15, 16)


def test_an_assigned_number_is_held_against_the_percentage_of_the_plan(story: Aims) -> None:
    """600 are 5 % of 12,000 members, and the plan is about more than 13,333."""
    plan(story, "5", "4", "6")
    before = story.ledger.head()
    story.given("p1", 600, phase="p1-1", document=LETTER, dated=APRIL)
    row = only(story, ConflictKind.NUMBER_AGAINST_PERCENTAGE)
    assert row.vi == (
        "Đơn vị p1: 1144/LĐLĐ-CTCS ghi 600, bằng 5 % của 12.000 đoàn viên; 111/KH-LĐLĐ nêu 5 %, "
        "ứng với 13.400 đoàn viên (ngày 31/12/2021) là 670."
    )
    assert row.en == (
        "Đơn vị p1: 1144/LĐLĐ-CTCS says 600, which is 5 % of 12,000 members; 111/KH-LĐLĐ says 5 %, which of 13,400 "
        "members (counted on 2021-12-31) is 670."
    )
    assert (row.facts["implied"], row.facts["counted"], row.facts["resolved"]) == (
        12_000,
        13_400,
        670,
    )
    assert [(t.document, t.dated, t.value) for t in row.targets] == [
        (LETTER, APRIL, 600),
        (PLAN, JANUARY, 670),
    ]
    assert report(story, at=before).rows == ()


def test_an_assigned_number_above_the_plan_contradicts_it_too(story: Aims) -> None:
    plan(story, "5", "4", "6")
    story.given("p1", 671, phase="p1-1", document=LETTER, dated=APRIL)
    only(story, ConflictKind.NUMBER_AGAINST_PERCENTAGE)
    story.given("p1", 670, phase="p1-1", document=LETTER, dated=APRIL)
    assert report(story).rows == ()


def test_a_number_that_takes_the_place_of_a_percentage_of_its_kind_is_held_against_it(
    story: Aims,
) -> None:
    story.heads("p3", 100)
    story.given("p3", 5, percent="5", document=PLAN)
    story.given("p3", 5, document=LETTER, dated=APRIL)
    assert report(story).rows == ()
    story.given("p3", 4, document=LETTER, dated=APRIL)
    only(story, ConflictKind.NUMBER_AGAINST_PERCENTAGE)
    # In the very same document it is a mistake put right.
    story.given("p3", 6, document=PLAN, dated=APRIL)
    assert [r.kind for r in report(story).rows] == [ConflictKind.TWO_DOCUMENTS]


def test_an_orientation_only_says_what_should_not_be_assigned_less_than(story: Aims) -> None:
    story.heads("p3", 50)
    story.given(
        "p3", 10, ORIENTATION, percent="10", of=HeadCount.MEMBERS_AND_WORKERS, document=PLAN
    )
    story.given("p3", 12, document=LETTER)
    assert report(story).rows == ()
    story.given("p3", 9, document=LETTER)
    only(story, ConflictKind.NUMBER_AGAINST_PERCENTAGE)


def test_a_count_that_was_put_right_since_is_reported_and_a_later_count_is_not(
    story: Aims,
) -> None:
    story.heads("p3", 100)
    story.given("p3", 5, percent="5")
    story.heads("p3", 400, on=date(2022, 6, 30))
    assert report(story).rows == ()
    story.heads("p3", 120)
    row = only(story, ConflictKind.HEADS_CHANGED)
    assert (row.facts["value"], row.facts["counted"], row.facts["resolved"]) == (5, 120, 6)


# Kinds, sums, documents.


def test_kinds_that_contradict_each_other_are_reported(story: Aims) -> None:
    story.given("p1", 99, REGISTERED)
    story.given("p1", 100, ORIENTATION)
    story.given("p3", 7, STRIVING)
    story.given("p3", 10, ASSIGNED)
    found = report(story)
    assert [(r.kind, r.unit, r.facts["margin"]) for r in found.rows] == [
        (ConflictKind.REGISTERED_BELOW, "p1", 1),
        (ConflictKind.STRIVING_BELOW, "p3", 3),
    ]
    assert found.rows[0].vi == "Đơn vị p1: đăng ký 99, thấp hơn định hướng 100 là 1."
    assert [r.unit for r in report(story, "p3").rows] == ["p3"]


def test_children_that_do_not_add_up_are_reported_with_every_document(story: Aims) -> None:
    story.given("u1", 10, document="01/U")
    assert report(story).rows == ()
    story.given("a", 4, document="02/A")
    row = only(story, ConflictKind.CHILDREN)
    assert row.facts == {
        "kind": "assigned",
        "target": 10,
        "sum": 4,
        "remainder": 6,
        "without": 1,
    }
    assert [t.document for t in row.targets] == ["01/U", "02/A"]
    story.given("b", 6, document="03/B")
    assert report(story).rows == ()


def test_two_documents_of_one_day_are_reported_and_a_later_one_is_a_change(story: Aims) -> None:
    story.given("p3", 10, document="1/KH")
    story.given("p3", 11, document="2/KH")
    row = only(story, ConflictKind.TWO_DOCUMENTS)
    assert [(t.document, t.value) for t in row.targets] == [("2/KH", 11), ("1/KH", 10)]
    story.given("p3", 12, document="3/KH", dated=APRIL)
    assert report(story).rows == ()


def test_a_closed_unit_that_still_has_a_target_is_reported(story: Aims) -> None:
    story.given("b", 6)
    story.close("b", on=date(2022, 3, 1), into="a")
    row = only(story, ConflictKind.CLOSED)
    assert row.vi == "Đơn vị b: đã kết thúc từ 01/03/2022 nhưng còn chỉ tiêu giao 6."


# Phases.


def test_a_phase_that_ends_after_the_programme_is_reported_with_who_relies_on_it(
    story: Aims,
) -> None:
    story.phases(
        *PHASES,
        ("p1-1", day(0), day(357), "p1"),
        ("p1-3", day(357), day(630), "p1"),
    )
    story.given("p1", 7, phase="p1-3", document=PLAN)
    row = only(story, ConflictKind.PHASE_OUTSIDE)
    assert (row.unit, row.phase, [t.document for t in row.targets]) == ("p1", "p1-3", [PLAN])
    assert row.en == (
        "Đơn vị p1: phase p1-3 (2022-12-31 07:00 to 2023-09-30 07:00) goes beyond the programme's window "
        "(2022-01-08 07:00 to 2023-09-01 07:00)."
    )


def test_gaps_and_overlaps_of_phases_are_reported(story: Aims) -> None:
    story.phases(
        ("1", day(1), day(100), None),
        ("2", day(110), day(300), None),
        ("3", day(290), day(600), None),
    )
    found = report(story)
    assert [(r.kind, r.facts["phase"], r.facts["other"]) for r in found.rows] == [
        (ConflictKind.GAP, None, "1"),
        (ConflictKind.GAP, "1", "2"),
        (ConflictKind.OVERLAP, "2", "3"),
        (ConflictKind.GAP, "3", None),
    ]
    overlap = found.rows[2]
    assert (overlap.facts["begins"], overlap.facts["ends"]) == (
        "2022-10-25T07:00:00+07:00",
        "2022-11-04T07:00:00+07:00",
    )
    gap = found.rows[1]
    assert gap.vi == (
        "1 triệu sáng kiến: từ 07:00 18/04/2022 đến 07:00 28/04/2022 không thuộc giai đoạn nào (giữa 1 và 2)."
    )


def test_a_phase_of_ones_own_takes_the_place_of_everybodys(story: Aims) -> None:
    story.phases(*PHASES, ("1", day(0), day(90), "p1"))
    row = only(story, ConflictKind.GAP)
    assert (row.unit, row.facts["phase"], row.facts["other"]) == ("p1", "1", "2")


# As of.


def test_a_conflict_is_there_from_the_day_of_its_document_on(story: Aims) -> None:
    story.given("p1", 100, ORIENTATION)
    story.given("p1", 99, REGISTERED, dated=date(2022, 9, 1), at=day(210))
    head = story.ledger.head()
    assert report(story).rows == ()
    for at, known_at, count in ((day(235), None, 0), (day(236), None, 1), (day(236), head - 1, 0)):
        found = conflicts(
            story.directory, programme="1tr", at=story.at(at, corrected=True, known_at=known_at)
        )
        assert found.count == count, (at, known_at)


def test_every_kind_of_conflict_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(ConflictKind)
    assert all(said.vi and said.en and said.vi != said.en for said in SENTENCES.values())


def test_conflicts_come_in_pages_that_all_say_how_many_there_are(story: Aims) -> None:
    for unit in ("p1", "p2", "p3"):
        story.given(unit, 100, ORIENTATION)
        story.given(unit, 99, REGISTERED)
    whole = report(story)
    assert whole.count == len(whole.rows) >= 3
    pages = [
        conflicts(story.directory, programme="1tr", at=story.at(), begin=begin, limit=1)
        for begin in range(whole.count)
    ]
    assert [page.rows for page in pages] == [(row,) for row in whole.rows]
    assert {(page.count, tuple(page.counts.items())) for page in pages} == {
        (whole.count, tuple(whole.counts.items()))
    }
    assert [page.next is None for page in pages] == [False] * (whole.count - 1) + [True]
