"""A programme manager gives targets: sets them, splits them, checks the sums, splits again after a change, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.access import Role
from tests.journey.test_auditor import declare, ok
from tests.journey.town import Person, Town, problem_of
from tests.places import NEIGHBOUR, UNIT
from tests.provinces import ELSEWHERE, NATION, PROVINCE

UPPER = "p01-01"
TARGETS, SPLITS = "/programmes/1tr/targets", "/programmes/1tr/splits"


def set_target(manager: Person, unit: str, **changes: object) -> int:
    """Give a unit a target for the whole programme; answers its position."""
    facts = {"unit": unit, "phase": None, "kind": "assigned", "document": "06/KH", **changes}
    answer = manager.post(TARGETS, {"dated": "2022-01-26", **facts})
    assert answer.status_code == 201, answer.text
    position: int = answer.json()["position"]
    return position


def split(unit: str, **changes: object) -> dict[str, object]:
    facts = {"unit": unit, "kind": "assigned", "document": "09/PB", "dated": "2022-02-01"}
    return {**facts, **changes}


def given(reader: Person, *units: str, **query: object) -> dict[str, tuple[int, str]]:
    """The targets in force of these units, with their documents."""
    rows = ok(reader, "/boards/quota", phase="whole", kind="assigned", **query)["rows"]
    return {r["unit"]: (r["target"], r["document"]) for r in rows if r["unit"] in units}


@pytest.fixture
def manager(town: Town) -> Person:
    """Somebody who may give targets in the first province."""
    return town.someone(Role.MANAGER, PROVINCE)


def test_a_target_goes_down_the_cascade_and_is_split_again_after_a_change(
    town: Town, manager: Person
) -> None:
    set_target(manager, PROVINCE, value=101)
    rehearsed = manager.post(f"{SPLITS}/rehearsal", split(PROVINCE))
    assert rehearsed.status_code == 200, rehearsed.text
    (share,) = rehearsed.json()["shares"]
    assert (share["unit"], share["value"], share["weight"]) == (UPPER, 101, 100)
    assert given(manager, UPPER) == {}
    for unit in (PROVINCE, UPPER):
        answer = manager.post(SPLITS, split(unit))
        assert answer.status_code == 201, answer.text
    seen = answer.json()["position"]
    # Both grassroots unions have a hundred members: the idea that is left goes to the first by code.
    first = {UPPER: (101, "09/PB"), UNIT: (51, "09/PB"), NEIGHBOUR: (50, "09/PB")}
    assert given(manager, UPPER, UNIT, NEIGHBOUR, seen=seen) == first
    check = ok(manager, "/boards/cascade", unit=PROVINCE)
    assert check["ok"] is True
    sums = [(r["unit"], r["target"], r["children_sum"], r["sum"]) for r in check["rows"]]
    assert sums == [(PROVINCE, 101, 101, "exact"), (UPPER, 101, 101, "exact")]

    # In June the province is assigned more; until it is split again, the sum does not fit.
    before = datetime.now(UTC).isoformat()
    seen = set_target(manager, PROVINCE, value=140, document="15/KH", dated="2022-06-01")
    check = ok(manager, "/boards/cascade", unit=PROVINCE, seen=seen)
    assert (check["ok"], check["rows"][0]["remainder"]) == (False, 39)
    (conflict,) = ok(manager, "/boards/conflicts", unit=PROVINCE, kind="children-do-not-add-up")["rows"]  # fmt: skip
    assert conflict["en"].startswith("Công đoàn p01: the assigned target is 140")
    assert [t["document"] for t in conflict["targets"]] == ["15/KH", "09/PB"]

    june = {"document": "16/PB", "dated": "2022-06-02"}
    assert manager.post(SPLITS, split(PROVINCE, **june)).status_code == 201
    kept = manager.post(SPLITS, split(UPPER, keep={NEIGHBOUR: 50}, **june))
    assert kept.status_code == 201, kept.text
    seen = kept.json()["position"]
    assert given(manager, UPPER, UNIT, NEIGHBOUR, seen=seen) == {
        UPPER: (140, "16/PB"),
        UNIT: (90, "16/PB"),
        NEIGHBOUR: (50, "16/PB"),
    }
    # What was given before stays true for its time, known and corrected.
    assert given(manager, UPPER, UNIT, NEIGHBOUR, at=before) == first
    may = "2022-05-31T23:59:59+07:00"
    assert given(manager, UPPER, UNIT, NEIGHBOUR, at=may, axis="corrected") == first

    # The same again changes nothing, and says so.
    problem_of(manager.post(SPLITS, split(UPPER, **june)), 409, "nothing-changed")


def test_a_split_that_is_sent_twice_is_carried_out_once(town: Town, manager: Person) -> None:
    set_target(manager, UPPER, value=10)
    first = manager.post(SPLITS, split(UPPER), once="split-1")
    head = town.system.ledger.head()
    again = manager.post(SPLITS, split(UPPER), once="split-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert town.system.ledger.head() == head
    reused = manager.post(SPLITS, split(UPPER, by="equal"), once="split-1")
    problem_of(reused, 422, "idempotency-key-reused")


def test_targets_are_given_only_in_ones_own_part_of_the_tree(town: Town, manager: Person) -> None:
    set_target(town.someone(Role.OPERATOR), ELSEWHERE, value=10)
    for path in (SPLITS, f"{SPLITS}/rehearsal"):
        for unit in (ELSEWHERE, NATION):
            problem_of(manager.post(path, split(unit)), 403, "not-allowed")
        problem_of(town.someone(Role.AUDITOR).post(path, split(ELSEWHERE)), 403, "not-allowed")


def test_what_cannot_be_split_says_why_and_records_nothing(town: Town, manager: Person) -> None:
    set_target(manager, UPPER, value=10)
    head = town.system.ledger.head()
    for body, status, code, words in (
        (split(PROVINCE, kind="striving"), 409, "nothing-to-split", "Set it first"),
        (split(UPPER, phase="9"), 409, "nothing-to-split", "phase 9"),
        (split(UNIT), 409, "nothing-to-split", ""),
        (split(UPPER, keep={PROVINCE: 1}), 422, "not-a-child", "directly below"),
        (split(UPPER, keep={UNIT: 11}), 409, "sum-does-not-fit", "given 11 by hand"),
        (split(UPPER, by="registered"), 422, "nothing-to-split-by", "registered target"),
    ):
        for path in (SPLITS, f"{SPLITS}/rehearsal"):
            problem = problem_of(manager.post(path, body), status, code)
            assert words in problem["detail"], problem
    manager.language = "vi"
    refused = problem_of(manager.post(SPLITS, split(UPPER, keep={UNIT: 11})), 409, "sum-does-not-fit")  # fmt: skip
    assert refused["title"].startswith("Các số ấn định riêng không khớp")
    assert town.system.ledger.head() == head


def wrong_fields(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer["errors"]]


def test_a_split_that_is_written_wrongly_is_told_field_by_field(manager: Person) -> None:
    for body, field, code in (
        (split(UPPER, by="luck"), "by", "not-in-list"),
        (split(UPPER, keep={UNIT: -1}), f"keep.{UNIT}", "too-small"),
        (split(UPPER, document=" "), "document", None),
        (split(UPPER, dated="tháng sáu"), "dated", "not-a-date"),
        (split(UPPER, chia="đều"), "chia", "unknown-field"),
    ):
        found = wrong_fields(problem_of(manager.post(SPLITS, body), 422, "bad-request"))
        assert [f for f, _ in found] == [field], found
        assert code in {None, found[0][1]}


def test_leaders_ask_who_registered_less_who_is_early_and_who_is_behind_the_nation(
    town: Town, manager: Person
) -> None:
    operator = town.someone(Role.OPERATOR)
    percent = {"percent": 10, "of": "members_and_workers", "kind": "orientation"}
    for unit, registered in ((PROVINCE, 9), (ELSEWHERE, 15)):
        set_target(operator, unit, document="46/HD", **percent)
        set_target(operator, unit, kind="registered", value=registered, document="03/ĐK")
    cohort = {"code": "cum-1", "name": "Cụm thi đua số 1"}
    assert operator.post("/cohorts", cohort).status_code == 201
    member = {"unit": PROVINCE, "valid_from": "2022-01-01"}
    assert operator.post("/cohorts/cum-1/members", member).status_code == 201
    worker = town.worker(NATION)
    positions = [declare(worker, n)["position"] for n in range(3)]

    margins = ok(manager, "/boards/margins", seen=positions[-1])
    assert [(r["unit"], r["registered"], r["orientation"], r["margin"]) for r in margins["rows"]] == [
        (ELSEWHERE, 15, 12, 3),
        (PROVINCE, 9, 12, -3),
    ]  # fmt: skip
    assert (margins["below"], margins["compared"]) == ([PROVINCE], 2)
    quota = ok(manager, "/boards/quota", unit=PROVINCE, kind="orientation")["rows"]
    assert [r["percentage"] for r in quota] == [
        {"percent": 10.0, "of": "members_and_workers", "counted_on": "2022-01-01", "heads": 120}
    ]

    # The first province was assigned two, and has declared three in the first phase.
    early = ok(manager, "/boards/finishers")
    assert [(r["unit"], r["state"], r["gross"]) for r in early["rows"]] == [
        (PROVINCE, "finished", 3)
    ]
    assert early["rows"][0]["reached_at"]
    assert ok(manager, "/boards/finishers", at=positions[0])["rows"] == []

    (row,) = ok(manager, "/boards/cohorts")["rows"]
    assert (row["gross"], row["share"]) == (3, 1.0)
    shares = {t["kind"]: (t["total"], t["share"]) for t in row["targets"]}
    assert shares == {
        "assigned": (2, 2 / 12),
        "registered": (9, 9 / 24),
        "orientation": (12, 0.5),
    }
    problem_of(manager.get("/boards/cohorts", cohort="cum-9"), 404, "unknown-cohort")

    averages = ok(manager, "/boards/averages")
    assert (averages["national_per_1000"], averages["national_members"]) == (30.0, 100)
    assert [(r["unit"], r["per_1000"], r["gap"], r["beside"]) for r in averages["rows"]] == [
        (PROVINCE, 30.0, 0.0, "average"),
        (ELSEWHERE, 0.0, -3.0, "below"),
    ]
    assert ok(manager, "/boards/under", level="first")["units"] == 2

    # Of a cohort or below a unit, whatever the level.
    for asked, units in (
        ({"under": PROVINCE}, [UPPER, UNIT, NEIGHBOUR]),
        ({"cohort": "cum-1"}, [PROVINCE]),
        ({"cohort": "cum-1", "level": "upper"}, []),
    ):
        found = {r["unit"] for r in ok(manager, "/boards/averages", **asked)["rows"]}
        assert found == set(units)
