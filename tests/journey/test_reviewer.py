"""A reviewer's story: two declarations alike, a case with its grounds, a ruling, its effect, and its reversal."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from shared.access import Role
from shared.vocabulary import Ruling
from tests.journey.town import (
    AUTHOR_ID,
    SOLUTION,
    SOLUTION_COPIED,
    Person,
    Town,
    declared,
    draft,
    eventually,
    problem_of,
)
from tests.places import NEIGHBOUR, UNIT, author
from tests.provinces import ELSEWHERE, PROVINCE, UNIT_ELSEWHERE

REASON = "Cùng đơn vị, cùng giải pháp, nộp sau bản đã được công nhận."


class Pair(NamedTuple):
    """Two declarations alike, and the case that came of them."""

    first: str
    copy: str
    case: str


def two_alike(town: Town, *, unit_of_copy: str = UNIT) -> Pair:
    """The second repeats the first; wait until they are before a reviewer."""
    worker = town.worker("vn", label="cổng")
    first = worker.post("/ideas", declared(external_id="LD-1")).json()["idea"]
    copy = worker.post(
        "/ideas",
        declared(
            external_id="LD-2",
            unit=unit_of_copy,
            title="Bàn xoay hàn khung xe",
            solution=SOLUTION_COPIED,
            filed_at="2022-06-20T08:00:00+07:00",
            first_applied_on="2022-06-01",
            authors=[author(person="NV-2", name="Hà Thị Cói")],
        ),
    ).json()["idea"]
    auditor = town.someone(Role.AUDITOR)
    rows = eventually(lambda: auditor.get("/cases").json()["rows"])
    return Pair(first, copy, rows[0]["case"])


def ruling(member: str, code: Ruling, reason: str = REASON) -> dict[str, str]:
    return {"member": member, "ruling": code.value, "reason": reason}


def counted(reader: Person, unit: str, **query: object) -> tuple[int, int]:
    """Gross and net of a unit on the board."""
    answer = reader.get("/boards/leaderboard", level="grassroots", **query)
    assert answer.status_code == 200, answer.text
    row = next(row for row in answer.json()["rows"] if row["unit"] == unit)
    return row["gross"], row["net"]


def test_two_declarations_alike_come_before_a_reviewer_with_the_grounds(town: Town) -> None:
    first, copy, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    (row,) = reviewer.get("/cases", state="open").json()["rows"]
    assert row["ideas"] == ["LD-1", "LD-2"]
    assert row["canonical"] == "LD-1"
    answer = reviewer.get(f"/cases/{case}")
    shown = answer.json()
    assert answer.headers["etag"] == f'"{shown["version"]}"'
    assert shown["canonical"] == first
    assert [m["unit_path"][-1] for m in shown["members"]] == [f"Công đoàn {UNIT}"] * 2
    (suspicion,) = shown["suspicions"]
    assert (suspicion["idea"], suspicion["of"], suspicion["tier"]) == (copy, first, "unit")
    grounds = suspicion["explanation"]
    assert grounds["vi"].startswith("Mức trùng lắp")
    assert "cùng công đoàn cơ sở" in grounds["vi"]
    assert grounds["en"].startswith(("Near", "Exact"))
    assert "the same grassroots union" in grounds["en"]
    texts = {m["idea"]: m["content"]["solution"] for m in shown["members"]}
    assert stretches(texts[copy], grounds["idea_spans"]) == stretches(
        texts[first], grounds["of_spans"]
    )
    copied = sum(end - start for start, end in grounds["idea_spans"])
    assert copied > len(SOLUTION) / 2
    assert grounds["terms"]


def stretches(text: str, spans: list[list[int]]) -> list[str]:
    """What the spans point at, in the text as it was typed."""
    return [text[start:end].casefold() for start, end in spans]


def test_a_reviewer_of_another_part_of_the_tree_neither_sees_nor_rules(town: Town) -> None:
    _, copy, case = two_alike(town)
    stranger = town.someone(Role.REVIEWER, ELSEWHERE)
    head = town.system.ledger.head()
    assert stranger.get("/cases").json()["rows"] == []
    problem_of(stranger.get(f"/cases/{case}"), 403, "not-allowed")
    refused = stranger.post(
        f"/cases/{case}/rulings", ruling(copy, Ruling.DUPLICATE_IN_UNIT), once="k"
    )
    problem_of(refused, 403, "not-allowed")
    assert town.system.ledger.head() == head


def test_a_reviewer_sees_a_case_that_reaches_into_its_subtree_and_rules_on_its_own_member_alone(
    town: Town,
) -> None:
    _, copy, case = two_alike(town, unit_of_copy=UNIT_ELSEWHERE)
    of_the_copy, of_the_first = (
        town.someone(Role.REVIEWER, ELSEWHERE),
        town.someone(Role.REVIEWER, PROVINCE),
    )
    assert of_the_first.get(f"/cases/{case}").status_code == 200
    refused = of_the_first.post(f"/cases/{case}/rulings", ruling(copy, Ruling.COPIED))
    problem_of(refused, 403, "not-allowed")
    ruled = of_the_copy.post(f"/cases/{case}/rulings", ruling(copy, Ruling.COPIED))
    assert ruled.status_code == 201, ruled.text


def test_a_ruling_takes_the_idea_out_of_net_at_once_and_another_brings_it_back(town: Town) -> None:
    _, copy, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE, label="Phòng thẩm định")
    assert counted(reviewer, UNIT) == (2, 2)

    ruled = reviewer.post(f"/cases/{case}/rulings", ruling(copy, Ruling.DUPLICATE_IN_UNIT))
    assert ruled.status_code == 201, ruled.text
    position = ruled.json()["position"]
    assert counted(reviewer, UNIT, seen=position) == (2, 1)
    assert reviewer.get("/cases", state="ruled", seen=position).json()["rows"][0]["case"] == case

    turned = reviewer.post(
        f"/cases/{case}/rulings", ruling(copy, Ruling.NOT_DUPLICATE, "Xem lại: giải pháp khác.")
    )
    later = turned.json()["position"]
    assert counted(reviewer, UNIT, seen=later) == (2, 2)
    # The past stays what it was.
    assert counted(reviewer, UNIT, at=position) == (2, 1)
    assert counted(reviewer, UNIT, at=position - 1) == (2, 2)

    story = reviewer.get(f"/ideas/{copy}/timeline", seen=later).json()["happenings"]
    told = [h["detail"] for h in story if h["topic"] == "case.member-ruled"]
    assert [(d["ruling"], d["leaves_net"], d["reason"]) for d in told] == [
        ("duplicate-in-unit", True, REASON),
        ("not-duplicate", False, "Xem lại: giải pháp khác."),
    ]
    assert {h["actor"] for h in story if h["topic"] == "case.member-ruled"} == {"Phòng thẩm định"}


def test_of_two_reviewers_who_rule_on_what_they_saw_the_second_is_asked_to_look_again(
    town: Town,
) -> None:
    _, copy, case = two_alike(town)
    one, other = (town.someone(Role.REVIEWER, PROVINCE, label=name) for name in ("một", "hai"))
    seen = one.get(f"/cases/{case}").headers["etag"]
    assert other.get(f"/cases/{case}").headers["etag"] == seen
    first = one.post(f"/cases/{case}/rulings", ruling(copy, Ruling.DUPLICATE_IN_UNIT), version=seen)
    assert first.status_code == 201
    second = other.post(f"/cases/{case}/rulings", ruling(copy, Ruling.INDEPENDENT), version=seen)
    problem_of(second, 412, "precondition-failed")
    again = other.post(
        f"/cases/{case}/rulings",
        ruling(copy, Ruling.INDEPENDENT),
        version=other.get(f"/cases/{case}").headers["etag"],
    )
    assert again.status_code == 201


def test_a_retried_ruling_is_one_ruling(town: Town) -> None:
    _, copy, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    seen = reviewer.get(f"/cases/{case}").headers["etag"]
    first, again = (
        reviewer.post(f"/cases/{case}/rulings", ruling(copy, Ruling.COPIED), once="k", version=seen)
        for _ in range(2)
    )
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"


def test_the_canonical_is_not_ruled_on_until_another_is_chosen(town: Town) -> None:
    first, copy, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    refused = reviewer.post(f"/cases/{case}/rulings", ruling(first, Ruling.COPIED))
    problem_of(refused, 409, "canonical-not-ruled")
    chosen = reviewer.post(
        f"/cases/{case}/canonical", {"member": copy, "reason": "Áp dụng trước, có biên bản."}
    )
    assert chosen.status_code == 201, chosen.text
    assert reviewer.get(f"/cases/{case}").json()["canonical"] == copy
    ruled = reviewer.post(f"/cases/{case}/rulings", ruling(first, Ruling.COPIED))
    assert ruled.status_code == 201


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_ruling_without_a_reason_is_none(town: Town, reason: str) -> None:
    _, copy, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    refused = reviewer.post(f"/cases/{case}/rulings", ruling(copy, Ruling.COPIED, reason))
    found = problem_of(refused, 422, "bad-request")
    assert [(e["field"], e["code"]) for e in found["errors"]] == [("reason", "blank")]


def test_a_stranger_to_the_case_cannot_be_ruled_on(town: Town) -> None:
    _, _, case = two_alike(town)
    other = town.worker(PROVINCE).post(
        "/ideas", declared(external_id="LD-3", solution="Một giải pháp khác hẳn.", unit=NEIGHBOUR)
    )
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    refused = reviewer.post(f"/cases/{case}/rulings", ruling(other.json()["idea"], Ruling.COPIED))
    problem_of(refused, 404, "not-in-case")


def test_an_amendment_is_matched_again_and_a_withdrawal_closes_an_undecided_case(
    town: Town,
) -> None:
    _, copy, case = two_alike(town)
    worker, reviewer = town.worker(label="cổng"), town.someone(Role.REVIEWER, PROVINCE)
    worker.post(f"/ideas/{copy}/amendments", draft(solution=SOLUTION_COPIED + " Có thêm đèn báo."))

    def text_changed() -> bool:
        members: list[dict[str, Any]] = reviewer.get(f"/cases/{case}").json()["members"]
        return any(m["idea"] == copy and m["text_changed"] for m in members)

    eventually(text_changed)
    worker.post(f"/ideas/{copy}/withdrawal", {"reason": "Nộp nhầm"})
    (row,) = eventually(lambda: reviewer.get("/cases", state="moot").json()["rows"])
    assert row["case"] == case
    refused = reviewer.post(f"/cases/{case}/rulings", ruling(copy, Ruling.COPIED))
    problem_of(refused, 409, "case-is-moot")


def test_the_queue_is_read_page_by_page(town: Town) -> None:
    _, _, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    first = reviewer.get("/cases", limit=1).json()
    assert [row["case"] for row in first["rows"]] == [case]
    assert reviewer.get("/cases", limit=1, cursor=first["next"]).json() == {
        "rows": [],
        "next": None,
    }
    assert AUTHOR_ID not in str(first)
