"""A reviewer mends what the machine lumped together: excludes, splits, joins, and rules on a list, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.access import Role
from tests.journey.test_reviewer import counted
from tests.journey.town import (
    SOLUTION,
    SOLUTION_COPIED,
    SOLUTION_OF_ANOTHER_KIND,
    Person,
    Town,
    declared,
    draft,
    eventually,
    problem_of,
)
from tests.places import NEIGHBOUR, UNIT
from tests.provinces import ELSEWHERE, PROVINCE, UNIT_ELSEWHERE

REASON = "Xem biên bản: hai việc khác nhau."


def copies(town: Town, count: int, *, unit: str = UNIT, solution: str = SOLUTION) -> list[str]:
    """That many declarations alike in a unit, the first one first; wait until all are in one case."""
    worker = town.worker("vn")
    ideas = [
        worker.post(
            "/ideas",
            declared(
                external_id=f"{unit}/{solution[:6]}/{n}",
                unit=unit,
                solution=solution if n == 0 else f"{solution} Ghi thêm lần {n}.",
                filed_at=f"2022-06-{n + 1:02}T08:00:00+07:00",
                first_applied_on=f"2022-05-{n + 1:02}",
            ),
        ).json()["idea"]
        for n in range(count)
    ]
    auditor = town.someone(Role.AUDITOR)

    def together() -> bool:
        rows = auditor.get("/cases").json()["rows"]
        return any(set(ideas) <= {m["idea"] for m in row["members"]} for row in rows)

    eventually(together)
    return ideas


def case_of(reader: Person, idea: str, **query: object) -> str:
    """The case in which an idea is now."""
    rows = reader.get("/cases", **query).json()["rows"]
    (found,) = (
        row["case"]
        for row in rows
        if row["joined_into"] is None
        and any(m["idea"] == idea and not m["left"] for m in row["members"])
    )
    return str(found)


def here(reader: Person, case: str) -> list[str]:
    shown = reader.get(f"/cases/{case}").json()
    return [m["idea"] for m in shown["members"] if not m["left"]]


def rule(reviewer: Person, case: str, member: str, code: str = "duplicate-in-unit") -> int:
    answer = reviewer.post(
        f"/cases/{case}/rulings", {"member": member, "ruling": code, "reason": "Cùng giải pháp."}
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["position"])


def listed(case: str, *members: str, code: str = "duplicate-in-unit") -> list[dict[str, str]]:
    return [
        {"case": case, "member": member, "ruling": code, "reason": "Cùng giải pháp."}
        for member in members
    ]


def test_an_excluded_copy_counts_again_and_stays_apart_until_its_solution_is_another(
    town: Town,
) -> None:
    _, copy, other = copies(town, 3)
    reviewer = town.someone(Role.REVIEWER, PROVINCE, label="Phòng thẩm định")
    case = case_of(reviewer, copy)
    position = rule(reviewer, case, copy)
    assert counted(reviewer, UNIT, seen=position) == (3, 2)

    seen = reviewer.get(f"/cases/{case}").headers["etag"]
    asked = {"member": copy, "reason": REASON}
    excluded = reviewer.post(f"/cases/{case}/exclusions", asked, version=seen, once="k")
    assert excluded.status_code == 201, excluded.text
    again = reviewer.post(f"/cases/{case}/exclusions", asked, version=seen, once="k")
    assert again.content == excluded.content
    position = excluded.json()["position"]
    assert counted(reviewer, UNIT, seen=position) == (3, 3)
    assert counted(reviewer, UNIT, at=position - 1) == (3, 2)

    shown = reviewer.get(f"/cases/{case}").json()
    gone = next(m for m in shown["members"] if m["idea"] == copy)
    assert (gone["left"], gone["excluded"], gone["ruling"]) == (True, True, None)
    story = reviewer.get(f"/ideas/{copy}/timeline", seen=position).json()["happenings"]
    assert (story[-1]["topic"], story[-1]["detail"]["reason"]) == ("case.member-excluded", REASON)

    # What happens in the case from now on is no part of the excluded idea's story.
    rule(reviewer, case, other)
    chosen = reviewer.post(f"/cases/{case}/canonical", {"member": other, "reason": REASON})
    later = chosen.json()["position"]
    assert reviewer.get(f"/ideas/{copy}/timeline", seen=later).json()["happenings"] == story

    town.worker("vn").post(f"/ideas/{copy}/amendments", draft(solution=SOLUTION_COPIED))
    eventually(lambda: copy in here(reviewer, case))


def test_copies_of_an_excluded_canonical_stay_out_until_a_person_says_otherwise(
    town: Town,
) -> None:
    first, copy, other = copies(town, 3)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    case = case_of(reviewer, copy)
    for member in (copy, other):
        rule(reviewer, case, member)
    excluded = reviewer.post(f"/cases/{case}/exclusions", {"member": first, "reason": REASON})
    position = excluded.json()["position"]
    assert counted(reviewer, UNIT, seen=position) == (3, 1)
    (row,) = reviewer.get("/cases", state="open", seen=position).json()["rows"]
    assert (row["case"], row["state"]) == (case, "reopened")
    shown = reviewer.get(f"/cases/{case}")
    assert shown.headers["etag"] == excluded.headers["etag"]
    assert shown.json()["canonical"] == copy
    position = rule(reviewer, case, copy, "not-duplicate")
    assert counted(reviewer, UNIT, seen=position) == (3, 2)


def test_a_split_moves_no_count_and_the_new_case_asks_again(town: Town) -> None:
    _, copy, third, fourth = copies(town, 4)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    case = case_of(reviewer, copy)
    for member in (copy, third, fourth):
        position = rule(reviewer, case, member)
    assert counted(reviewer, UNIT, seen=position) == (4, 1)

    split = reviewer.post(f"/cases/{case}/splits", {"members": [third, fourth], "reason": REASON})
    assert split.status_code == 201, split.text
    new, position = split.json()["id"], split.json()["position"]
    assert counted(reviewer, UNIT, seen=position) == (4, 1)
    assert case_of(reviewer, fourth, seen=position) == new
    shown = reviewer.get(f"/cases/{new}").json()
    assert (shown["state"], shown["canonical"]) == ("reopened", third)
    assert [m["asked_again"] for m in shown["members"]] == [True, True]
    assert shown["suspicions"]
    old = reviewer.get(f"/cases/{case}").json()
    assert [m["moved_to"] for m in old["members"]] == [None, None, new, new]
    assert old["state"] == "ruled"

    position = rule(reviewer, new, third, "independent")
    assert counted(reviewer, UNIT, seen=position) == (4, 2)
    rule(reviewer, new, fourth)
    assert reviewer.get(f"/cases/{new}").json()["state"] == "ruled"
    problem_of(
        reviewer.post(
            f"/cases/{case}/rulings", {"member": third, "ruling": "copied", "reason": REASON}
        ),
        404,
        "not-in-case",
    )


def test_two_cases_about_one_thing_are_joined_and_the_old_link_says_where_it_went(
    town: Town,
) -> None:
    first, copy = copies(town, 2)
    begun, late = copies(town, 2, unit=NEIGHBOUR, solution=SOLUTION_OF_ANOTHER_KIND)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    case, other = case_of(reviewer, first), case_of(reviewer, begun)
    rule(reviewer, other, late)
    joined = reviewer.post(f"/cases/{case}/joins", {"case": other, "reason": REASON})
    assert joined.status_code == 201, joined.text
    assert joined.json()["id"] == case
    position = joined.json()["position"]
    assert counted(reviewer, NEIGHBOUR, seen=position) == (2, 1)
    assert here(reviewer, case) == [first, copy, begun, late]

    shown = reviewer.get(f"/cases/{other}").json()
    assert (shown["state"], shown["joined_into"]) == ("joined", case)
    (row,) = reviewer.get("/cases", state="joined", seen=position).json()["rows"]
    assert (row["case"], row["joined_into"]) == (other, case)
    refused = reviewer.post(
        f"/cases/{other}/rulings", {"member": late, "ruling": "copied", "reason": REASON}
    )
    assert case in problem_of(refused, 409, "case-joined")["detail"]
    # The ruling that came along is turned where the member is now, and the idea counts again.
    position = rule(reviewer, case, late, "not-duplicate")
    assert counted(reviewer, NEIGHBOUR, seen=position) == (2, 2)
    story = reviewer.get(f"/ideas/{late}/timeline", seen=position).json()["happenings"]
    assert [h["topic"] for h in story[-3:]] == [
        "case.joined",
        "case.took-in",
        "case.member-ruled",
    ]


def test_a_further_copy_is_found_in_the_case_where_its_earlier_one_is_now(town: Town) -> None:
    first, _ = copies(town, 2)
    begun, _ = copies(town, 2, unit=NEIGHBOUR, solution=SOLUTION_OF_ANOTHER_KIND)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    case, other = case_of(reviewer, first), case_of(reviewer, begun)
    reviewer.post(f"/cases/{case}/joins", {"case": other, "reason": REASON})
    third = town.worker("vn").post(
        "/ideas", declared(external_id="thêm", solution=SOLUTION_OF_ANOTHER_KIND)
    )
    eventually(lambda: third.json()["idea"] in here(reviewer, case))


def test_somebody_else_s_members_are_neither_moved_nor_excluded(town: Town) -> None:
    first, copy = copies(town, 2)
    begun, _ = copies(town, 2, unit=UNIT_ELSEWHERE, solution=SOLUTION_OF_ANOTHER_KIND)
    auditor = town.someone(Role.AUDITOR)
    case, other = case_of(auditor, first), case_of(auditor, begun)
    stranger, mine = town.someone(Role.REVIEWER, ELSEWHERE), town.someone(Role.REVIEWER, PROVINCE)
    head = town.system.ledger.head()
    for person, path, body in (
        (stranger, f"/cases/{case}/exclusions", {"member": copy}),
        (stranger, f"/cases/{case}/splits", {"members": [copy]}),
        (stranger, f"/cases/{other}/joins", {"case": case}),
        (mine, f"/cases/{case}/joins", {"case": other}),
        (stranger, "/rulings", {"rulings": listed(case, copy)}),
        (stranger, "/rulings/rehearsal", {"rulings": listed(case, copy)}),
    ):
        sent = body if "rulings" in body else {**body, "reason": REASON}
        problem_of(person.post(path, sent), 403, "not-allowed")
    assert town.system.ledger.head() == head


def test_a_list_is_rehearsed_given_and_undone_as_a_whole(town: Town) -> None:
    _, one, two, three = copies(town, 4)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    case = case_of(reviewer, one)
    rule(reviewer, case, one)
    rulings = [*listed(case, two, three), *listed(case, one, code="independent")]
    head = town.system.ledger.head()
    rehearsed = reviewer.post("/rulings/rehearsal", {"rulings": rulings})
    assert rehearsed.status_code == 200, rehearsed.text
    assert rehearsed.json() == {
        "rulings": 3,
        "cases": 1,
        "turned": 1,
        "by_code": {"duplicate-in-unit": 2, "independent": 1},
        "leaving_net": 2,
        "returning_to_net": 1,
        "units": [{"programme": "1tr", "unit": UNIT, "net": -1, "duplicate": 1}],
    }
    assert town.system.ledger.head() == head
    assert counted(reviewer, UNIT, seen=head) == (4, 3)

    given, again = (reviewer.post("/rulings", {"rulings": rulings}, once="k") for _ in range(2))
    assert given.status_code == 201, given.text
    assert again.content == given.content
    assert again.headers["idempotent-replayed"] == "true"
    receipt = given.json()
    assert counted(reviewer, UNIT, seen=receipt["position"]) == (4, 2)
    assert [r["member"] for r in receipt["rulings"]] == [two, three, one]

    of_the_list = f"/rulings/{receipt['id']}"
    shown = reviewer.get(of_the_list).json()
    assert (shown["undone"], shown["rulings"]) == (False, receipt["rulings"])
    stranger = town.someone(Role.REVIEWER, ELSEWHERE)
    problem_of(stranger.get(of_the_list), 403, "not-allowed")

    position = rule(reviewer, case, three, "template-only")
    assert counted(reviewer, UNIT, seen=position) == (4, 3)
    undone = reviewer.post(
        f"/rulings/{receipt['id']}/undoing", {"reason": "Gửi nhầm danh sách."}, once="u"
    )
    assert undone.status_code == 201, undone.text
    told = undone.json()
    assert [r["member"] for r in told["undone"]] == [two, one]
    assert [(left["ruling"]["member"], left["why"]) for left in told["left_alone"]] == [
        (three, "changed")
    ]
    # One is a copy again, two is not judged, three is as it was ruled since.
    assert counted(reviewer, UNIT, seen=told["position"]) == (4, 3)
    states = {m["idea"]: m["ruling"] for m in reviewer.get(f"/cases/{case}").json()["members"]}
    assert [states[idea] for idea in (one, two, three)] == [
        "duplicate-in-unit",
        None,
        "template-only",
    ]
    story = reviewer.get(f"/ideas/{two}/timeline", seen=told["position"]).json()["happenings"]
    assert [h["topic"] for h in story[-2:]] == ["case.member-ruled", "case.ruling-undone"]
    assert story[-1]["detail"]["reason"] == "Gửi nhầm danh sách."
    assert reviewer.get(of_the_list).json()["undone"] is True
    twice = reviewer.post(f"/rulings/{receipt['id']}/undoing", {"reason": "Lần nữa."})
    problem_of(twice, 409, "list-undone")


@pytest.mark.parametrize("path", ["/rulings", "/rulings/rehearsal"])
def test_a_list_with_bad_entries_names_each_and_records_nothing(town: Town, path: str) -> None:
    first, one, two = copies(town, 3)
    reviewer = town.someone(Role.REVIEWER, PROVINCE, language="en")
    case = case_of(reviewer, one)
    head = town.system.ledger.head()
    rulings = [*listed(case, one, first, one), *listed(str(UUID(int=7)), two)]
    refused = problem_of(reviewer.post(path, {"rulings": rulings}), 409, "several-refused")
    assert [(e["field"], e["code"]) for e in refused["errors"]] == [
        ("rulings.1", "canonical-not-ruled"),
        ("rulings.2", "ruled-twice"),
        ("rulings.3", "not-found"),
    ]
    capped = problem_of(
        reviewer.post(path, {"rulings": listed(case, one, two), "cap": 1}), 409, "over-the-cap"
    )
    assert "holds 2 rulings" in capped["detail"]
    problem_of(reviewer.post(path, {"rulings": []}), 422, "bad-request")
    assert town.system.ledger.head() == head


def test_of_two_who_mend_what_they_saw_the_second_is_asked_to_look_again(town: Town) -> None:
    _, one, two = copies(town, 3)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    case = case_of(reviewer, one)
    seen = reviewer.get(f"/cases/{case}").headers["etag"]
    assert reviewer.post(
        f"/cases/{case}/splits", {"members": [one], "reason": REASON}, version=seen
    ).is_success
    late: Any = reviewer.post(
        f"/cases/{case}/exclusions", {"member": two, "reason": REASON}, version=seen
    )
    problem_of(late, 412, "precondition-failed")
