"""A worker's story: check, declare, retry, correct, and in the end take back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from shared.access import Role
from tests.journey.town import (
    SOLUTION,
    SOLUTION_COPIED,
    SOLUTION_OF_ANOTHER_KIND,
    TITLE,
    Person,
    Town,
    declared,
    draft,
    eventually,
    problem_of,
)
from tests.places import LEFT_OUT, NEIGHBOUR, UNIT
from tests.provinces import PROVINCE, UNIT_ELSEWHERE

RECOGNITION = {"form": "recognition decision", "date": "2022-06-01", "number": "12/QĐ"}


def receipt_of(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def timeline_of(reader: Person, idea: str, seen: int) -> list[dict[str, Any]]:
    answer = reader.get(f"/ideas/{idea}/timeline", seen=seen)
    assert answer.status_code == 200, answer.text
    happenings: list[dict[str, Any]] = answer.json()["happenings"]
    return happenings


def checked(worker: Person, solution: str = SOLUTION) -> list[dict[str, Any]]:
    answer = worker.post("/checks", {"title": TITLE, "solution": solution})
    assert answer.status_code == 200, answer.text
    hits: list[dict[str, Any]] = answer.json()["hits"]
    return hits


def test_the_first_text_ever_checked_repeats_nothing(town: Town) -> None:
    eventually(lambda: town.http.get("/readyz").json()["lag"]["dedup"] == 0)
    assert checked(town.worker()) == []


def test_a_text_is_checked_before_it_is_declared_and_nothing_is_recorded(town: Town) -> None:
    worker = town.worker()
    receipt = receipt_of(worker.post("/ideas", declared()))
    (hit,) = eventually(lambda: checked(worker, SOLUTION_COPIED))
    head = town.system.ledger.head()
    assert hit["idea"] == receipt["idea"]
    assert hit["tier"] == "unit"
    assert hit["band"] in {"near", "exact"}
    assert hit["title"] == TITLE
    assert checked(worker, SOLUTION_OF_ANOTHER_KIND) == []
    assert town.system.ledger.head() == head


def test_a_declaration_is_answered_with_a_receipt(town: Town) -> None:
    answer = town.worker().post("/ideas", declared())
    receipt = receipt_of(answer)
    assert answer.headers["etag"] == '"1"'
    assert "idempotent-replayed" not in answer.headers
    assert UUID(receipt["idea"]).version == 7
    assert receipt["version"] == 1
    assert receipt["position"] <= town.system.ledger.head()
    # It was filed in May; the first application, a month before, is the earlier of the two.
    assert receipt["filed_at"] == "2022-05-04T01:00:00Z"
    assert receipt["priority"] == "2022-04-19T17:00:00Z"
    assert receipt["answer_due"] == "2022-08-04"
    assert len(receipt["content_hash"]) == 64
    assert receipt["ineligible"] == []
    assert receipt["late"] is True


def test_an_idea_that_does_not_count_is_taken_in_and_marked(town: Town) -> None:
    sent = declared(recognition=LEFT_OUT, first_applied_on=LEFT_OUT)
    receipt = receipt_of(town.worker().post("/ideas", sent))
    assert receipt["ineligible"] == ["not-recognised", "not-applied"]


def test_the_answer_is_due_on_the_last_day_of_a_shorter_month(town: Town) -> None:
    sent = declared(filed_at="2022-11-30T09:00:00+07:00")
    assert receipt_of(town.worker().post("/ideas", sent))["answer_due"] == "2023-02-28"


def test_a_retry_with_the_same_key_gets_the_same_bytes(town: Town) -> None:
    worker = town.worker()
    first = worker.post("/ideas", declared(), once="lần-1".encode().hex())
    head = town.system.ledger.head()
    again = worker.post("/ideas", declared(), once="lần-1".encode().hex())
    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replayed"] == "true"
    assert town.system.ledger.head() == head


def test_a_retry_gets_the_first_answer_even_after_the_idea_has_changed(town: Town) -> None:
    worker = town.worker()
    first = worker.post("/ideas", declared(), once="k")
    idea = receipt_of(first)["idea"]
    amended = worker.post(f"/ideas/{idea}/amendments", draft(title="Tên khác"), once="a")
    worker.post(f"/ideas/{idea}/withdrawal", {"reason": "Nộp nhầm"}, once="w")
    assert worker.post("/ideas", declared(), once="k").content == first.content
    again = worker.post(f"/ideas/{idea}/amendments", draft(title="Tên khác"), once="a")
    assert (again.status_code, again.content) == (201, amended.content)


def test_the_same_key_with_another_body_is_refused_and_records_nothing(town: Town) -> None:
    worker = town.worker()
    receipt_of(worker.post("/ideas", declared(), once="k"))
    head = town.system.ledger.head()
    other = worker.post("/ideas", declared(external_id="LD-2"), once="k")
    problem_of(other, 422, "idempotency-key-reused")
    assert town.system.ledger.head() == head


def test_two_people_may_use_the_same_idempotency_key(town: Town) -> None:
    one, other = town.worker(label="cổng-1"), town.worker(label="cổng-2")
    first = receipt_of(one.post("/ideas", declared(), once="k"))
    second = receipt_of(other.post("/ideas", declared(), once="k"))
    assert first["idea"] != second["idea"]


def test_the_same_declaration_under_another_key_is_answered_from_the_record(town: Town) -> None:
    worker = town.worker()
    first = worker.post("/ideas", declared())
    head = town.system.ledger.head()
    again = worker.post("/ideas", declared())
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert town.system.ledger.head() == head


def test_a_key_that_was_answered_from_the_record_stands_for_that_request(town: Town) -> None:
    worker = town.worker()
    first = worker.post("/ideas", declared(), once="k1").json()
    assert worker.post("/ideas", declared(), once="k2").json() == first
    other = worker.post("/ideas", declared(external_id="khác"), once="k2")
    problem_of(other, 422, "idempotency-key-reused")
    assert worker.post("/ideas", declared(), once="k2").json() == first


def test_the_same_external_id_with_other_content_contradicts_the_record(town: Town) -> None:
    worker = town.worker()
    receipt_of(worker.post("/ideas", declared()))
    found = problem_of(worker.post("/ideas", declared(title="Tên khác")), 409, "conflict")
    assert [e["field"] for e in found["errors"]] == ["external_id"]


def test_an_amendment_needs_the_version_that_it_was_made_from(town: Town) -> None:
    worker = town.worker()
    first = worker.post("/ideas", declared())
    idea, version = receipt_of(first)["idea"], first.headers["etag"]
    amended = worker.post(f"/ideas/{idea}/amendments", draft(title="Tên mới"), version=version)
    assert amended.status_code == 201
    assert amended.json()["version"] == 2
    assert amended.headers["etag"] == '"2"'
    stale = worker.post(f"/ideas/{idea}/amendments", draft(title="Tên nữa"), version=version)
    problem_of(stale, 412, "precondition-failed")
    shown = worker.get(f"/ideas/{idea}")
    assert shown.headers["etag"] == '"2"'
    assert shown.json()["content"]["title"] == "Tên mới"


@pytest.mark.parametrize("versions", ['"1"', '"7", "1"', "*", ' "1" '])
def test_one_fitting_version_is_enough(town: Town, versions: str) -> None:
    worker = town.worker()
    idea = receipt_of(worker.post("/ideas", declared()))["idea"]
    answer = worker.post(f"/ideas/{idea}/recognition", RECOGNITION, version=versions)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("versions", ['"2"', '"7", "8"', "1", 'W/"1"', ""])
def test_no_fitting_version_changes_nothing(town: Town, versions: str) -> None:
    worker = town.worker()
    idea = receipt_of(worker.post("/ideas", declared()))["idea"]
    answer = worker.post(f"/ideas/{idea}/recognition", RECOGNITION, version=versions)
    problem_of(answer, 412, "precondition-failed")
    assert worker.get(f"/ideas/{idea}").json()["version"] == 1


def test_re_routing_keeps_the_priority(town: Town) -> None:
    worker = town.worker(PROVINCE)
    receipt = receipt_of(worker.post("/ideas", declared()))
    idea = receipt["idea"]
    moved = worker.post(f"/ideas/{idea}/rerouting", {"unit": NEIGHBOUR, "reason": "Chọn nhầm"})
    assert moved.status_code == 201, moved.text
    shown = worker.get(f"/ideas/{idea}").json()
    assert shown["unit"] == NEIGHBOUR
    assert datetime.fromisoformat(shown["priority"]) == datetime.fromisoformat(receipt["priority"])
    assert shown["filed_at"] == "2022-05-04T01:00:00+00:00"


def test_nobody_re_routes_an_idea_into_a_part_of_the_tree_that_is_not_theirs(town: Town) -> None:
    worker = town.worker(PROVINCE)
    idea = receipt_of(worker.post("/ideas", declared()))["idea"]
    moved = worker.post(f"/ideas/{idea}/rerouting", {"unit": UNIT_ELSEWHERE, "reason": "Nhầm"})
    problem_of(moved, 403, "not-allowed")
    assert worker.get(f"/ideas/{idea}").json()["unit"] == UNIT


def test_a_re_routed_idea_is_followed_by_its_new_unit_and_no_more_by_the_old_one(
    town: Town,
) -> None:
    nationwide = town.worker("vn")
    old, new = town.someone(Role.REVIEWER, PROVINCE), town.someone(Role.REVIEWER, "p02")
    idea = receipt_of(nationwide.post("/ideas", declared()))["idea"]
    assert new.get(f"/ideas/{idea}/timeline").status_code == 403
    moved = nationwide.post(f"/ideas/{idea}/rerouting", {"unit": UNIT_ELSEWHERE, "reason": "Nhầm"})
    assert [h["topic"] for h in timeline_of(new, idea, moved.json()["position"])] == [
        "idea.declared",
        "idea.rerouted",
    ]
    problem_of(old.get(f"/ideas/{idea}/timeline"), 403, "not-allowed")
    problem_of(old.get(f"/ideas/{idea}"), 403, "not-allowed")


def test_a_recognition_that_comes_later_makes_the_idea_eligible(town: Town) -> None:
    worker = town.worker()
    receipt = receipt_of(worker.post("/ideas", declared(recognition=LEFT_OUT)))
    assert receipt["ineligible"] == ["not-recognised"]
    answer = worker.post(f"/ideas/{receipt['idea']}/recognition", RECOGNITION)
    assert answer.status_code == 201, answer.text
    shown = worker.get(f"/ideas/{receipt['idea']}").json()
    assert shown["ineligible"] == []
    assert shown["content"]["recognition"] == {**RECOGNITION, "authority": ""}


def test_a_withdrawn_idea_changes_no_more(town: Town) -> None:
    worker = town.worker(PROVINCE)
    idea = receipt_of(worker.post("/ideas", declared()))["idea"]
    assert worker.post(f"/ideas/{idea}/withdrawal", {"reason": "Nộp nhầm"}).status_code == 201
    assert worker.get(f"/ideas/{idea}").json()["withdrawn"] is True
    for path, body in (
        ("withdrawal", {"reason": "Lần nữa"}),
        ("amendments", draft()),
        ("rerouting", {"unit": NEIGHBOUR, "reason": "Nhầm"}),
        ("recognition", RECOGNITION),
    ):
        problem_of(worker.post(f"/ideas/{idea}/{path}", body), 409, "idea-withdrawn")


def test_the_timeline_tells_everything_that_happened_in_order_and_by_whom(town: Town) -> None:
    worker = town.worker(PROVINCE, label="cổng tỉnh")
    receipt = receipt_of(worker.post("/ideas", declared(recognition=LEFT_OUT)))
    idea = receipt["idea"]
    worker.post(f"/ideas/{idea}/amendments", draft(title="Tên mới", recognition=LEFT_OUT))
    worker.post(f"/ideas/{idea}/rerouting", {"unit": NEIGHBOUR, "reason": "Chọn nhầm"})
    worker.post(f"/ideas/{idea}/recognition", RECOGNITION)
    last = worker.post(f"/ideas/{idea}/withdrawal", {"reason": "Nộp nhầm"}).json()["position"]
    story = timeline_of(worker, idea, last)
    assert [(h["topic"], h["actor"], h["role"], h["source"]) for h in story] == [
        (topic, "cổng tỉnh", "client", "http")
        for topic in (
            "idea.declared",
            "idea.amended",
            "idea.rerouted",
            "idea.recognition-recorded",
            "idea.withdrawn",
        )
    ]
    assert [h["position"] for h in story] == sorted(h["position"] for h in story)
    assert story[0]["effective"] == "2022-05-04T08:00:00+07:00"
    assert story[2]["detail"] == {
        "came_from": UNIT,
        "unit": NEIGHBOUR,
        "reason": "Chọn nhầm",
    }
    # As of its declaration, that is all there was.
    early = worker.get(f"/ideas/{idea}/timeline", at=receipt["position"]).json()
    assert [h["topic"] for h in early["happenings"]] == ["idea.declared"]


def test_an_idea_that_nobody_declared_is_not_found(town: Town) -> None:
    reader = town.someone(Role.REVIEWER, PROVINCE)
    nothing = UUID(int=7)
    problem_of(reader.get(f"/ideas/{nothing}"), 404, "not-found")
    assert reader.get(f"/ideas/{nothing}/timeline").status_code == 404
