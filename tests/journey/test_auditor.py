"""A manager's and an auditor's story: the same numbers asked for as of any moment, and who did what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from services.projections.views.projector import Projector
from shared.access import Role
from shared.events.register import EVENTS
from shared.vocabulary import Ruling
from tests.journey.test_reviewer import counted, ruling, two_alike
from tests.journey.town import Person, Town, declared, eventually, problem_of
from tests.places import NEIGHBOUR, PROGRAMME, UNIT
from tests.provinces import ELSEWHERE, NATION, PROVINCE, UNIT_ELSEWHERE


def ok(reader: Person, path: str, **query: object) -> dict[str, Any]:
    answer = reader.get(path, **query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def declare(worker: Person, number: int, **changes: object) -> dict[str, Any]:
    facts: dict[str, object] = {
        "external_id": f"LD-{number}",
        "title": f"Sáng kiến số {number}",
        "solution": f"Giải pháp {number}: thay bước thứ {number} bằng việc khác.",
    }
    sent = declared(**{**facts, **changes})
    answer = worker.post("/ideas", sent)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def test_a_board_is_asked_for_as_of_a_position_and_as_of_an_instant(town: Town) -> None:
    worker, manager = town.worker(NATION), town.someone(Role.MANAGER, PROVINCE)
    first = declare(worker, 1)
    between = datetime.now(UTC)
    second = declare(worker, 2)
    board = ok(manager, "/boards/leaderboard", seen=second["position"])
    assert (board["total"], board["net_total"]) == (2, 2)
    leader = board["rows"][0]
    assert (leader["unit"], leader["gross"], leader["rank"]) == (PROVINCE, 2, 1)
    then = ok(manager, "/boards/leaderboard", at=first["position"])
    assert then["total"] == 1
    by_instant = ok(manager, "/boards/leaderboard", at=between.isoformat())
    assert (by_instant["total"], by_instant["position"]) == (1, first["position"])
    # Before the programme was opened, it was not there to be asked about.
    problem_of(manager.get("/boards/leaderboard", at=0), 404, "programme-not-yet-on-record")


def test_the_same_past_can_be_asked_for_as_known_then_or_as_corrected_since(town: Town) -> None:
    """A paper of May 2022 that was typed in only now: it was true then, and nobody knew."""
    worker, manager = town.worker(NATION), town.someone(Role.MANAGER)
    before = datetime.now(UTC).isoformat()
    late = declare(worker, 1, filed_at="2022-05-04T08:00:00+07:00")
    board = "/boards/leaderboard"
    known = ok(manager, board, at=before, axis="known", seen=late["position"])
    assert (known["axis"], known["total"]) == ("known", 0)
    assert ok(manager, board, at=before, axis="corrected")["total"] == 1
    in_july = ok(manager, board, at="2022-07-01T00:00:00+07:00", axis="corrected")
    assert (in_july["axis"], in_july["total"]) == ("corrected", 1)
    in_april = ok(manager, board, at="2022-04-01T00:00:00+07:00", axis="corrected")
    assert in_april["total"] == 0
    as_known_before = ok(manager, board, at=before, axis="corrected", known_at=before)
    assert as_known_before["total"] == 0


def test_quotas_and_units_under_half_of_theirs(town: Town) -> None:
    worker, manager = town.worker(NATION), town.someone(Role.MANAGER)
    positions = [declare(worker, n)["position"] for n in (1, 2, 3)]
    positions.append(declare(worker, 4, unit=UNIT_ELSEWHERE)["position"])
    rows = ok(manager, "/boards/quota", seen=positions[-1], phase="whole")["rows"]
    assert [(r["unit"], r["target"], r["gross"], r["percent"], r["exceeded_by"]) for r in rows] == [
        (PROVINCE, 2, 3, 150.0, 1),
        (ELSEWHERE, 10, 1, 10.0, -9),
    ]
    assert rows[0]["reached_at"]
    assert rows[1]["reached_at"] is None
    behind = ok(manager, "/boards/under")
    assert (behind["count"], [r["unit"] for r in behind["rows"]]) == (1, [ELSEWHERE])
    # Before the second idea, the first province was not over half either, but just at it.
    assert ok(manager, "/boards/under", at=positions[0])["count"] == 1
    assert ok(manager, "/boards/under", at=positions[0], share=0.51)["count"] == 2


def test_milestones_name_the_idea_that_brought_the_count(town: Town) -> None:
    worker, manager = town.worker(NATION), town.someone(Role.MANAGER)
    declare(worker, 1)
    without_recognition = declare(worker, 2, recognition=None)
    third = declare(worker, 3)
    found = ok(manager, "/boards/milestones", count=2, seen=third["position"])
    assert found["count"] == 2
    assert (found["gross"]["idea"], found["gross"]["position"]) == (
        "LD-2",
        without_recognition["position"],
    )
    assert (found["net"]["idea"], found["net"]["position"]) == ("LD-3", third["position"])
    assert ok(manager, "/boards/milestones", count=4)["gross"] is None


def test_a_board_says_what_it_has_not_compared_yet(town: Town) -> None:
    last = declare(town.worker(NATION), 1)
    manager = town.someone(Role.MANAGER)

    def all_compared() -> bool:
        board = ok(manager, "/boards/leaderboard", seen=last["position"])
        return bool(board["not_yet_matched"] == 0)

    eventually(all_compared)


def test_a_view_is_not_waited_for_beyond_what_is_on_record(town: Town) -> None:
    manager = town.someone(Role.MANAGER)
    asked = town.system.ledger.head() + 1
    found = problem_of(manager.get("/boards/leaderboard", seen=asked), 422, "invalid")
    assert [e["field"] for e in found["errors"]] == ["seen"]


def pages(reader: Person, **query: object) -> Iterator[dict[str, Any]]:
    """The trail, followed from page to page."""
    cursor: dict[str, object] = {}
    while True:
        page = ok(reader, "/events", **query, **cursor)
        yield from page["events"]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


def test_whoever_asks_right_after_the_founding_waits_until_there_is_a_programme_on_the_boards(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    position, late = Projector.position, [0] * 50
    monkeypatch.setattr(
        Projector, "position", lambda projector: late.pop() if late else position(projector)
    )
    assert ok(town.someone(Role.MANAGER, PROVINCE), "/boards/quota", phase="whole")["rows"]
    assert not late


def test_the_trail_holds_every_event_with_who_did_it_and_is_read_page_by_page(town: Town) -> None:
    _, copy, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE, label="thẩm định")
    reviewer.post(f"/cases/{case}/rulings", ruling(copy, Ruling.COPIED))
    auditor = town.someone(Role.AUDITOR)
    whole = list(pages(auditor, limit=7))
    head = town.system.ledger.head()
    assert [e["position"] for e in whole] == list(range(1, head + 1))
    assert {e["type"] for e in whole} <= set(EVENTS)
    (ruled,) = [e for e in whole if e["type"] == "case.member-ruled"]
    assert (ruled["actor"], ruled["role"], ruled["source"]) == ("thẩm định", "reviewer", "http")
    assert ruled["facts"]["ruling"] == "copied"
    # What the machine did names what led to it.
    (opened,) = [e for e in whole if e["type"] == "case.opened"]
    (flag,) = [e for e in whole if e["type"] == "flag.raised"]
    (declared_second,) = [e for e in whole if e["id"] == copy and e["version"] == 1]
    assert opened["causation"] == f"{flag['id']}/1"
    assert flag["causation"] == f"{copy}/1"
    assert opened["correlation"] == flag["correlation"] == declared_second["correlation"]


def test_the_trail_is_narrowed_by_type_unit_time_and_actor(town: Town) -> None:
    worker, auditor = town.worker(NATION, label="cổng"), town.someone(Role.AUDITOR)
    first = declare(worker, 1)
    between = datetime.now(UTC).isoformat()
    second = declare(worker, 2, unit=NEIGHBOUR)
    declare(town.worker(NATION, label="khác"), 3, unit=UNIT_ELSEWHERE)

    def found(**query: object) -> list[str]:
        return [e["facts"]["external_id"] for e in pages(auditor, type="idea.declared", **query)]

    assert found() == ["LD-1", "LD-2", "LD-3"]
    assert found(actor="cổng") == ["LD-1", "LD-2"]
    assert found(unit=NEIGHBOUR) == ["LD-2"]
    assert found(unit=PROVINCE) == ["LD-1", "LD-2"]
    assert found(since=between) == ["LD-2", "LD-3"]
    assert found(until=between) == ["LD-1"]
    events = list(pages(auditor))
    assert [e["position"] for e in events if e["type"] == "idea.declared"][:2] == [
        first["position"],
        second["position"],
    ]


def test_a_trail_that_makes_no_sense_is_refused(town: Town) -> None:
    auditor = town.someone(Role.AUDITOR)
    for query, field in (
        ({"type": "idea.invented"}, "type"),
        ({"cursor": "!"}, "cursor"),
        ({"cursor": "cDk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"}, "cursor"),
        ({"since": "2022-05-04T08:00:00"}, "since"),
        ({"until": "hôm qua"}, "until"),
        ({"limit": "0"}, "limit"),
        ({"title": "…"}, "title"),
    ):
        answer = auditor.get("/events", **query)
        assert answer.status_code == 422, answer.text
        assert [e["field"] for e in answer.json()["errors"]] == [field]


def test_a_reader_outside_the_nation_sees_the_trail_of_its_own_part_alone(town: Town) -> None:
    declare(town.worker(NATION), 1)
    operator = town.someone(Role.OPERATOR, PROVINCE)
    assert operator.get("/events").status_code == 403
    assert operator.get("/events", unit=ELSEWHERE).status_code == 403
    types = [e["type"] for e in pages(operator, unit=PROVINCE)]
    assert "idea.declared" in types


def test_a_reader_is_on_record_in_the_log(town: Town) -> None:
    idea = declare(town.worker(), 1)["idea"]
    auditor = town.someone(Role.AUDITOR, label="kiểm tra viên")
    auditor.get(f"/ideas/{idea}")
    reads = [line for line in town.logged if '"message": "Read permitted"' in line]
    assert any('"action": "read-idea"' in line and "kiểm tra viên" in line for line in reads)


def test_a_programme_grows_by_request_and_the_old_stays_true_for_its_time(town: Town) -> None:
    operator, manager = town.someone(Role.OPERATOR), town.someone(Role.MANAGER)
    founded = operator.post(
        "/units",
        {
            "code": "p03",
            "name": "Liên đoàn Lao động tỉnh Bắc Kạn",
            "level": "first",
            "parent": NATION,
            "sector": "state",
            "members": 12000,
            "members_and_workers": 13333,
            "counted_on": "2022-01-01",
        },
    )
    assert founded.status_code == 201, founded.text
    goal = {
        "unit": "p03",
        "phase": None,
        "kind": "assigned",
        "percent": 5,
        "of": "members",
        "document": "Kế hoạch 02",
        "dated": "2022-02-01",
    }
    target = manager.post(f"/programmes/{PROGRAMME.code}/targets", goal)
    assert target.status_code == 201, target.text
    repeated = manager.post(f"/programmes/{PROGRAMME.code}/targets", goal)
    problem_of(repeated, 409, "nothing-changed")
    rows = ok(manager, "/boards/quota", unit="p03", seen=target.json()["position"])["rows"]
    assert [(r["target"], r["gross"]) for r in rows] == [(600, 0)]
    before = manager.get("/boards/quota", unit="p03", at=founded.json()["position"] - 1)
    problem_of(before, 404, "unknown-unit")
    found = ok(manager, "/units", search="bac kan")["units"]
    assert [(u["code"], u["path"]) for u in found] == [
        ("p03", [f"Công đoàn {NATION}", "Liên đoàn Lao động tỉnh Bắc Kạn"])
    ]
    renamed = operator.post(
        "/units/p03/names", {"name": "Tỉnh Thái Nguyên mới", "valid_from": "2023-01-01"}
    )
    assert renamed.status_code == 201, renamed.text
    at_home = ok(manager, "/boards/quota", unit="p03", seen=renamed.json()["position"])["rows"]
    assert at_home[0]["name"] == "Tỉnh Thái Nguyên mới"


def test_a_cohort_has_a_board_of_its_own(town: Town) -> None:
    operator, manager, worker = (
        town.someone(Role.OPERATOR),
        town.someone(Role.MANAGER),
        town.worker(NATION),
    )
    assert operator.post("/cohorts", {"code": "cụm-1", "name": "Cụm thi đua số 1"}).is_success
    member = {"unit": ELSEWHERE, "valid_from": "2022-01-01"}
    joined = operator.post(f"/cohorts/{quote('cụm-1')}/members", member)
    assert joined.status_code == 201, joined.text
    declare(worker, 1)
    last = declare(worker, 2, unit=UNIT_ELSEWHERE)["position"]
    board = ok(manager, "/boards/leaderboard", cohort="cụm-1", seen=last)
    assert [r["unit"] for r in board["rows"]] == [ELSEWHERE]
    assert (board["total"], board["cohort_total"]) == (2, 1)


def test_counters_and_lags_are_there_for_whoever_keeps_the_system(town: Town) -> None:
    declare(town.worker(), 1)
    text = town.someone(Role.OPERATOR).get("/metrics").text
    assert 'sangkien_http_requests_total{method="POST",route="/ideas",status="201"}' in text
    for follower in ("dedup", "cases", "projections"):
        assert f'sangkien_follower_lag{{follower="{follower}"}}' in text
    assert counted(town.someone(Role.AUDITOR), UNIT, seen=town.system.ledger.head()) == (1, 1)


def test_an_idea_is_found_by_words_of_its_title_unless_that_is_confidential(town: Town) -> None:
    worker = town.worker(NATION)
    found = declare(worker, 1, title="Cải tiến máy cắt vải")
    declare(worker, 2, title="Máy cắt vải kiểu mới", unit=UNIT_ELSEWHERE)
    declare(worker, 3, title="Máy cắt bí mật", confidential=["title"])
    auditor = town.someone(Role.AUDITOR)
    ideas = [event["id"] for event in pages(auditor, title="may cat")]
    assert len(ideas) == 2
    assert ideas[0] == found["idea"]
    assert [e["id"] for e in pages(auditor, title="MÁY vải", unit=PROVINCE)] == [found["idea"]]
    assert list(pages(auditor, title="bí mật")) == []
    (event,) = pages(auditor, title="cải tiến")
    assert "cắt" not in str(event)
    operator = town.someone(Role.OPERATOR, PROVINCE)
    assert operator.get("/events", title="may cat").status_code == 403
    assert len(list(pages(operator, title="may cat", unit=PROVINCE))) == 1
