"""A number is taken apart by an auditor, its board frozen by a manager, and what comes later stays beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.access import Role
from shared.vocabulary import Ruling
from tests.journey.test_auditor import declare, ok
from tests.journey.test_reviewer import ruling, two_alike
from tests.journey.town import Person, Town, draft, problem_of
from tests.places import NEIGHBOUR, UNIT
from tests.provinces import ELSEWHERE, NATION, PROVINCE, UNIT_ELSEWHERE


def pages(reader: Person, path: str, **query: object) -> list[dict[str, Any]]:
    """All changes, page after page."""
    page = ok(reader, path, **query)
    found: list[dict[str, Any]] = list(page["changes"])
    while page["next"] is not None:
        page = ok(reader, path, **query, cursor=page["next"])
        found += page["changes"]
    return found


def test_a_number_is_taken_apart_and_the_board_it_stands_on_is_frozen(town: Town) -> None:
    auditor, worker = town.someone(Role.AUDITOR), town.worker(NATION)
    manager = town.someone(Role.MANAGER, NATION, label="thi đua")
    first, copy, case = two_alike(town)
    declare(worker, 1, unit=UNIT_ELSEWHERE)
    last = declare(worker, 2, unit=UNIT_ELSEWHERE)["position"]
    then = datetime.now(UTC).isoformat()

    # The number, and the events that make it.
    row = ok(auditor, "/boards/leaderboard", seen=last)["rows"][0]
    assert (row["unit"], row["net"]) == (PROVINCE, 2)
    changes = pages(auditor, "/boards/why", unit=PROVINCE, measure="net", limit=1)
    assert [(c["cause"], c["by"], c["id"]) for c in changes] == [
        ("declared", 1, first),
        ("declared", 1, copy),
    ]

    # The board goes on record for an award.
    asked = {
        "name": "quý-4",
        "board": "leaderboard",
        "options": {"measure": "net", "top": 5},
        "at": then,
        "reason": "Khen thưởng quý 4",
    }
    problem_of(auditor.post("/boards/frozen", asked), 403, "not-allowed")
    frozen = manager.post("/boards/frozen", asked, once="award-4")
    assert frozen.status_code == 201, frozen.text
    again = manager.post("/boards/frozen", asked, once="award-4")
    assert (again.status_code, again.json()) == (201, frozen.json())
    problem_of(manager.post("/boards/frozen", asked), 409, "board-is-frozen")
    before = ok(auditor, "/boards/frozen/" + "quý-4")
    assert (before["frozen"], before["proven"], before["frozen_by"]) == (True, True, "thi đua")
    assert (before["since"]["corrections"], before["since"]["rows"]) == (0, 0)

    # A reviewer rules, an idea turns out to be a neighbour's, and another comes late.
    reviewer = town.someone(Role.REVIEWER)
    ruled = reviewer.post(f"/cases/{case}/rulings", ruling(copy, Ruling.COPIED))
    assert ruled.status_code == 201, ruled.text
    rerouted = worker.post(f"/ideas/{first}/rerouting", {"unit": NEIGHBOUR, "reason": "Sai đơn vị"})
    late = declare(worker, 3, unit=UNIT_ELSEWHERE, filed_at="2022-05-04T08:00:00+07:00")
    assert rerouted.status_code == 201
    seen = late["position"]

    # The frozen rows are the same; what came since stands beside them.
    after = ok(auditor, "/boards/frozen/quý-4", seen=seen)
    assert (after["rows"], after["proven"]) == (before["rows"], True)
    told = {p["cause"]: (p["events"], p["net"]) for p in after["since"]["by_cause"]}
    assert told["ruled"] == (1, -1)
    assert told["declared"] == (1, 1)
    assert after["since"]["rows"] == 2

    # The difference of the two axes, with its causes.
    difference = ok(auditor, "/boards/leaderboard/difference", at=then, measure="net", seen=seen)
    rows = {r["unit"]: r for r in difference["rows"]}
    assert (rows[PROVINCE]["before"]["net"], rows[PROVINCE]["after"]["net"]) == (2, 1)
    assert {p["cause"] for p in rows[PROVINCE]["by_cause"]} == {"ruled"}
    assert {p["cause"] for p in rows[ELSEWHERE]["by_cause"]} == {"declared"}
    quotas = ok(auditor, "/boards/quota/difference", at=then)
    assert {r["unit"] for r in quotas["rows"]} == {PROVINCE, ELSEWHERE}
    two = ok(auditor, "/boards/leaderboard/comparison", since=last, at=seen)
    assert {r["unit"] for r in two["rows"]} == {PROVINCE, ELSEWHERE}
    assert ok(auditor, "/boards/quota/comparison", since=seen, at=seen)["rows"] == []

    # A part of the tree, a sector, a kind, a phase: compared and frozen as a leaderboard is asked.
    part = {"under": PROVINCE, "level": "grassroots", "phase": "1"}
    inside = ok(auditor, "/boards/leaderboard/comparison", since=last, at=seen, **part)
    assert {r["unit"] for r in inside["rows"]} == {UNIT, NEIGHBOUR}
    assert ok(auditor, "/boards/leaderboard/difference", at=then, kind="school")["rows"] == []
    assert ok(auditor, "/boards/quota/comparison", since=last, at=seen, phase="1")["rows"] == []
    steps = ok(auditor, "/boards/ranks", at=seen, every="month", **part)
    assert {r["unit"] for r in steps["rows"]} == {UNIT, NEIGHBOUR}
    refused = auditor.get("/boards/ranks", phase="9")
    problem_of(refused, 404, "unknown-phase")
    narrow = {
        **asked,
        "name": "quý-4-tỉnh",
        "options": {"under": PROVINCE, "level": "grassroots", "phase": "1"},
    }
    assert manager.post("/boards/frozen", narrow).status_code == 201
    assert ok(auditor, "/boards/frozen/quý-4-tỉnh")["arguments"]["under"] == PROVINCE

    # Who passed whom, and by what.
    (passing,) = ok(
        auditor, "/boards/overtakings", unit=ELSEWHERE, measure="net", since=last, against=PROVINCE
    )["overtakings"]
    assert (passing["passer"], passing["passed"]) == (ELSEWHERE, PROVINCE)
    assert (passing["position"], passing["brought_by"][0]["cause"]) == (
        ruled.json()["position"],
        "ruled",
    )

    # What is of other units' ideas is named to nobody whose ideas they are not.
    stranger = town.worker(UNIT)
    (told,) = ok(
        stranger, "/boards/overtakings", unit=ELSEWHERE, measure="net", since=last, against=PROVINCE
    )["overtakings"]
    assert [event["unit"] for event in passing["brought_by"]] == [UNIT]
    assert (told["gap_after"], told["hidden"], len(told["brought_by"])) == (
        passing["gap_after"], 0, 1,
    )  # fmt: skip
    other = ok(town.worker(UNIT_ELSEWHERE), "/boards/overtakings", unit=ELSEWHERE, measure="net", since=last, against=PROVINCE)  # fmt: skip
    assert [(o["hidden"], o["brought_by"]) for o in other["overtakings"]] == [(1, [])]

    # A correction is another board.
    corrected = {**asked, "name": "quý-4-sửa", "axis": "corrected", "corrects": "quý-4"}
    assert manager.post("/boards/frozen", corrected).status_code == 201
    listed = ok(auditor, "/boards/frozen")["boards"]
    assert [(b["name"], b["corrected_by"]) for b in listed] == [
        ("quý-4", ["quý-4-sửa"]),
        ("quý-4-tỉnh", []),
        ("quý-4-sửa", []),
    ]


def test_days_ahead_a_story_and_the_tree_are_asked_for_over_http(town: Town) -> None:
    auditor, worker, operator = (
        town.someone(role) for role in (Role.AUDITOR, Role.CLIENT, Role.OPERATOR)
    )
    ideas = [declare(worker, n) for n in (1, 2)]
    amended = worker.post(f"/ideas/{ideas[0]['idea']}/amendments", draft(title="Tên khác"))
    assert amended.status_code == 201, amended.text
    seen = amended.json()["position"]
    (row,) = ok(auditor, "/boards/lead", unit=PROVINCE, phase="whole", seen=seen)["rows"]
    assert row["deadline"] == "2023-09-01T00:00:00+07:00"
    assert row["days_ahead"] < 0, "the programme is long over"
    in_time = ok(auditor, "/boards/lead", unit=PROVINCE, axis="corrected", early="true")
    assert [r["days_ahead"] for r in in_time["rows"]] == [484]
    story = ok(auditor, f"/ideas/{ideas[0]['idea']}/story")
    assert [(c["topic"], c["late"]) for c in story["chapters"]][:2] == [
        ("idea.declared", True),
        ("idea.amended", False),
    ]
    assert "title" in {f["field"] for f in story["chapters"][1]["changed"]}
    assert [s["unit"] for s in story["known"]] == [UNIT]
    closed = operator.post(f"/units/{NEIGHBOUR}/closure", {"valid_from": "2022-06-01"})
    assert closed.status_code == 201
    at = {"at": "2022-07-01T00:00:00+07:00", "axis": "corrected"}
    rows = ok(auditor, "/organisation", under=PROVINCE, level="grassroots", **at)["rows"]
    assert [(r["code"], r["closed"]) for r in rows] == [(UNIT, None), (NEIGHBOUR, "2022-06-01")]
    changed = ok(auditor, "/organisation/difference", since="2022-05-01T00:00:00+07:00", **at)[
        "changes"
    ]
    assert [(c["what"], c["code"]) for c in changed] == [("closed", NEIGHBOUR)]


def test_only_who_may_freezes_and_only_its_own_part(town: Town) -> None:
    declare(town.worker(), 1)
    body = {"board": "quota", "options": {"unit": ELSEWHERE}, "name": "x", "reason": "Thử"}
    problem_of(town.someone(Role.AUDITOR).post("/boards/frozen", body), 403, "not-allowed")
    manager = town.someone(Role.MANAGER, PROVINCE)
    problem_of(manager.post("/boards/frozen", body), 403, "not-allowed")
    national = {**body, "board": "leaderboard", "options": {}}
    problem_of(manager.post("/boards/frozen", national), 403, "not-allowed")
    own = {**body, "options": {"unit": PROVINCE}}
    assert manager.post("/boards/frozen", own).status_code == 201
    below = {**national, "name": "dưới", "options": {"under": PROVINCE}}
    assert manager.post("/boards/frozen", below).status_code == 201
    beyond = {**national, "name": "ngoài", "options": {"under": ELSEWHERE}}
    problem_of(manager.post("/boards/frozen", beyond), 403, "not-allowed")
    no_kind = {**own, "name": "y", "options": {"unit": PROVINCE, "kind": "school"}}
    problem_of(manager.post("/boards/frozen", no_kind), 422, "not-a-kind-of-target")
    wrong = {**own, "name": "y", "options": {"unit": PROVINCE, "measure": "net"}}
    problem_of(manager.post("/boards/frozen", wrong), 422, "not-of-this-board")
    problem_of(manager.get("/boards/frozen/khác"), 404, "unknown-frozen-board")
    by_operator = town.someone(Role.OPERATOR).post("/boards/frozen", {**body, "name": "z"})
    assert by_operator.status_code == 201
    client = town.someone(Role.CLIENT, PROVINCE)
    problem_of(client.get("/boards/why", unit=ELSEWHERE), 403, "not-allowed")
