"""A manager's month over HTTP: criteria, a wave and its targets, the ranking, the digest; and the how-to, typed as it stands."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from shared.access import Role
from shared.vocabulary import HOME
from tests.journey.test_auditor import declare, ok
from tests.journey.test_command_line import FOUNDED, SAMPLE, done, head, mistyped, refused, sangkien
from tests.journey.town import Town, problem_of
from tests.places import UNIT
from tests.provinces import ELSEWHERE, NATION, PROVINCE, UNIT_ELSEWHERE

HOW_TO: Final = SAMPLE.parents[1] / "docs" / "how-to" / "rank-a-month.md"
CRITERIA: Final = {
    "valid_from": "2022-05-01",
    "document": "12/HD",
    "criteria": [
        {"scored": "percent", "over": "to-date", "weight": 40, "full_at": 100},
        {"scored": "net", "weight": 60, "full_at": 4},
    ],
}
WAVE: Final = {
    "code": "đợt-1",
    "name": "Tháng Công nhân",
    "from": "2022-05-01T00:00:00+07:00",
    "to": "2022-06-01T00:00:00+07:00",
}


def test_a_month_is_ranked_by_criteria_that_are_on_record(town: Town) -> None:
    manager, reader = town.someone(Role.MANAGER, NATION), town.someone(Role.AUDITOR, PROVINCE)
    worker = town.worker(NATION)
    for number in (1, 2, 3):
        seen = declare(worker, number, unit=UNIT)["position"]
    seen = declare(worker, 4, unit=UNIT_ELSEWHERE)["position"]
    asked = {"month": "2022-05", "seen": seen}
    problem_of(reader.get("/boards/emulation", **asked), 404, "no-criteria")

    answer = manager.post("/programmes/1tr/criteria", CRITERIA)
    assert answer.status_code == 201, answer.text
    first = answer.json()["position"]
    board = ok(reader, "/boards/emulation", **{**asked, "seen": first})
    # The first province has 3 of 2: forty points and no more, and three of four; the other 1 of 10 and one of four.
    assert [(r["rank"], r["unit"], r["points"]) for r in board["rows"]] == [
        (1, PROVINCE, 85.0),
        (2, ELSEWHERE, 19.0),
    ]
    assert (board["version"], board["document"]) == (1, "12/HD")
    problem_of(manager.post("/programmes/1tr/criteria", CRITERIA), 409, "nothing-changed")

    # Other criteria for the same month are another version; the ranking of before can be asked for as it was.
    other = {**CRITERIA, "document": "13/HD", "criteria": CRITERIA["criteria"][1:]}
    seen = manager.post("/programmes/1tr/criteria", other).json()["position"]
    now = ok(reader, "/boards/emulation", month="2022-05", seen=seen)
    assert [(r["unit"], r["points"]) for r in now["rows"]] == [(PROVINCE, 45.0), (ELSEWHERE, 15.0)]
    assert ok(reader, "/boards/emulation", month="2022-05", at=first)["rows"] == board["rows"]
    shown = ok(reader, "/programmes/1tr/criteria")["versions"]
    assert [(v["version"], v["document"]) for v in shown] == [(1, "12/HD"), (2, "13/HD")]
    for wrong in ({"month": "05/2022"}, {"month": "2022-13"}):
        problem_of(reader.get("/boards/emulation", **wrong), 422, "not-a-period")
    in_csv = reader.get("/boards/emulation", month="2022-05", format="csv")
    assert in_csv.text.count(PROVINCE) >= 1
    assert in_csv.headers["content-type"].startswith("text/csv")


def test_only_who_stands_over_the_programme_adopts_criteria_and_a_province_holds_its_own_waves(
    town: Town,
) -> None:
    manager = town.someone(Role.MANAGER, PROVINCE)
    problem_of(manager.post("/programmes/1tr/criteria", CRITERIA), 403, "not-allowed")
    problem_of(manager.post("/programmes/1tr/waves", WAVE), 403, "not-allowed")
    own = {**WAVE, "unit": PROVINCE}
    assert manager.post("/programmes/1tr/waves", own).status_code == 201
    problem_of(manager.post("/programmes/1tr/waves", own), 409, "nothing-changed")
    problem_of(
        manager.post("/programmes/1tr/waves", {**own, "to": own["from"]}), 422, "bad-request"
    )
    (wave,) = ok(manager, "/programmes/1tr/waves")["waves"]
    assert (wave["code"], wave["unit"], wave["name"]) == ("đợt-1", PROVINCE, "Tháng Công nhân")


def test_a_wave_has_its_own_targets_and_its_own_board(town: Town) -> None:
    manager, worker = town.someone(Role.MANAGER, NATION), town.worker(NATION)
    target = {"unit": ELSEWHERE, "phase": "đợt-1", "kind": "striving", "value": 4, "dated": "2022-05-01"}  # fmt: skip
    problem_of(manager.post("/programmes/1tr/targets", target), 409, "contradiction")
    assert manager.post("/programmes/1tr/waves", WAVE).status_code == 201
    assert manager.post("/programmes/1tr/targets", target).status_code == 201
    declare(worker, 1, unit=UNIT_ELSEWHERE)
    declare(worker, 2, unit=UNIT, filed_at="2022-06-01T00:00:00+07:00")
    seen = declare(worker, 3, unit=UNIT, filed_at="2022-06-02T00:00:00+07:00")["position"]
    board = ok(manager, "/boards/leaderboard", phase="đợt-1", seen=seen)
    assert [(r["unit"], r["gross"], r["percent"]) for r in board["rows"]] == [
        (ELSEWHERE, 1, 25.0),
        (PROVINCE, 0, None),
    ]
    assert (board["wave"], board["total"]) == ("đợt-1", 1)
    # Asked for as a wave, it must be one, on whichever board.
    assert ok(manager, "/boards/leaderboard", wave="đợt-1")["rows"] == board["rows"]
    for path in ("leaderboard", "ranks", "leaderboard/difference"):
        assert ok(manager, f"/boards/{path}", wave="đợt-1")["wave"] == "đợt-1"
        problem_of(manager.get(f"/boards/{path}", wave="1"), 404, "unknown-wave")
        both = manager.get(f"/boards/{path}", wave="đợt-1", phase="1")
        problem_of(both, 422, "phase-and-wave")
    body = {"name": "đợt-1", "board": "leaderboard", "reason": "Khen"}
    frozen = manager.post("/boards/frozen", {**body, "options": {"wave": "1"}})
    problem_of(frozen, 404, "unknown-wave")
    frozen = manager.post("/boards/frozen", {**body, "options": {"wave": "đợt-1"}})
    assert frozen.status_code == 201
    assert ok(manager, "/boards/frozen/đợt-1")["arguments"]["wave"] == "đợt-1"
    (row,) = ok(manager, "/boards/quota", phase="đợt-1")["rows"]
    assert (row["unit"], row["target"], row["gross"]) == (ELSEWHERE, 4, 1)
    problem_of(manager.get("/boards/leaderboard", phase="đợt-2"), 404, "unknown-phase")


def test_a_quarter_is_recognised_with_its_reason_and_a_day_is_told(town: Town) -> None:
    operator, manager = town.someone(Role.OPERATOR), town.someone(Role.MANAGER, NATION)
    assert operator.post("/cohorts", {"code": "cụm-1", "name": "Cụm số 1"}).is_success
    for unit in (PROVINCE, ELSEWHERE):
        joined = {"unit": unit, "valid_from": "2022-01-01"}
        assert operator.post("/cohorts/cụm-1/members", joined).is_success
    worker = town.worker(NATION)
    declare(worker, 1, unit=UNIT)
    seen = declare(worker, 2, unit=UNIT)["position"]
    (row,) = ok(manager, "/boards/recognition", quarter="2022-Q2", seen=seen)["rows"]
    # Of two for the whole programme, 91 of 601 days fall into the quarter.
    assert (row["unit"], row["net"], row["outcome"]) == (PROVINCE, 2, "recognised")
    assert row["due"] == pytest.approx(2 * 91 / 601)
    assert row["targets"][0]["document"] == "Kế hoạch 01/KH-LĐLĐ"
    today = datetime.now(UTC).astimezone(HOME).date()
    digest = ok(manager, "/boards/digest", day=today.isoformat())
    rows = {r["unit"]: (r["gross"], r["gross_before"]) for r in digest["rows"]}
    assert rows == {NATION: (2, 0), PROVINCE: (2, 0), ELSEWHERE: (0, 0)}
    assert (digest["without"], digest["complete"]) == ([ELSEWHERE], False)
    assert [r["target"] for r in digest["reached"]] == [2]
    yesterday = ok(manager, "/boards/digest", day=(today - timedelta(days=1)).isoformat())
    assert yesterday["rows"][0]["gross"] == 0
    problem_of(manager.get("/boards/digest", day="2022-05-10", week="2022-W19"), 422, "two-periods")
    people = ok(manager, "/boards/shares")["rows"][0]
    assert (people["unit"], people["people"], people["direct_share"]) == (PROVINCE, 2, 1.0)
    assert ok(manager, "/boards/benefit")["benefit"] == 0


def test_a_large_benefit_is_named_to_whom_the_idea_may_be_read_by(town: Town) -> None:
    worker = town.worker(NATION)
    declare(worker, 1, unit=UNIT, benefit_vnd=7_000_000)
    seen = declare(worker, 2, unit=UNIT_ELSEWHERE, benefit_vnd=9_000_000)["position"]

    def named(unit: str, role: Role = Role.CLIENT) -> tuple[list[tuple[int, str]], int, int]:
        found = ok(town.someone(role, unit), "/boards/benefit", seen=seen)
        large = [(row["rank"], row["idea"]) for row in found["large"]]
        return large, found["hidden"], found["benefit"]

    both = 16_000_000
    assert named(NATION) == ([(1, "LD-2"), (2, "LD-1")], 0, both)
    assert named(UNIT) == ([(2, "LD-1")], 1, both)
    assert named(NATION, Role.OPERATOR) == ([], 2, both)


# By command.


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The sample programme with its declarations."""
    home = tmp_path / "home"
    done("init", "--data", home, *FOUNDED)
    done("import", SAMPLE / "declarations.jsonl", "--data", home)
    return home


def blocks(kind: str) -> list[str]:
    """The blocks of the how-to that are of a kind."""
    found = re.findall(
        r"^```(\w*)\n(.*?)^```$", HOW_TO.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return [text for named, text in found if named == kind]


def test_every_command_of_the_how_to_is_carried_out_as_it_stands(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (criteria,) = blocks("json")
    (tmp_path / "criteria.json").write_text(criteria, "utf-8")
    monkeypatch.chdir(tmp_path)
    typed = [shlex.split(line) for block in blocks("") for line in block.splitlines()]
    seen = set()
    for name, *words in typed:
        assert name == "sangkien"
        before = head(home)
        answer = done(*words, "--data", home, "--json")
        records = words[0] != "board" and words[1] not in {"show", "list"}
        assert (head(home) > before) is records, words
        seen.add(tuple(words[:2]))
        if words[:2] == ["board", "emulation"]:
            assert answer.json["version"] == 1
            assert answer.json["rows"]
        assert sangkien(*words, "--data", home).code == 0, words
    assert seen >= {
        ("board", board)
        for board in ("emulation", "recognition", "digest", "shares", "benefit", "leaderboard")
    }
    waves = done("wave", "list", "--data", home, "--json").json["waves"]
    assert [wave["code"] for wave in waves] == ["dot-1"]
    ranked = done("board", "leaderboard", "--wave", "dot-1", "--measure", "people", "--data", home)
    assert "đợt dot-1" in " ".join(ranked.out.split())
    assert "số tác giả" in " ".join(ranked.out.split())
    assert "has no wave 1" in refused("board", "leaderboard", "--wave", "1", "--data", home)
    both = ("--wave", "dot-1", "--phase", "1")
    assert "--phase" in mistyped("board", "leaderboard", *both, "--data", home)


def test_wrong_criteria_are_refused_field_by_field(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "criteria.json"
    before = head(home)
    for content, said in (
        ("{", "JSON"),
        ('{"valid_from": "2022-05-01", "document": "1", "criteria": []}', "criteria"),
        (
            '{"valid_from": "2022-05-01", "document": "1", "criteria": '
            '[{"scored": "height", "weight": 1, "full_at": 1}]}',
            "criteria.0.scored",
        ),
    ):
        file.write_text(content, "utf-8")
        assert said in refused("criteria", "adopt", file, "--data", home)
    assert head(home) == before
