"""Personal data: names go in, and come out again only for those who may know, until the person is erased."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from services.projections.views.verify import verify
from shared.access import Role
from tests.journey.test_auditor import pages
from tests.journey.test_reviewer import two_alike
from tests.journey.town import (
    AUTHOR,
    AUTHOR_ID,
    ENTERED_BY,
    SOLUTION,
    SOLUTION_COPIED,
    Person,
    Town,
    declared,
    draft,
    eventually,
    problem_of,
)
from tests.places import NEIGHBOUR, author
from tests.provinces import NATION, PROVINCE

PERSONAL = (AUTHOR, AUTHOR_ID, ENTERED_BY, "Hà Thị Cói")


def spellings(text: str) -> set[bytes]:
    """Every way in which the text may be written down in clear."""
    escaped = json.dumps(text)[1:-1]
    return {text.encode(), escaped.encode(), escaped.upper().encode(), text.encode("utf-16-le")}


def written_out(database: Path) -> Iterable[bytes]:
    """Everything that a database holds: its files byte by byte, and its rows one by one."""
    for file in (database, *database.parent.glob(f"{database.name}-*")):
        yield file.read_bytes()
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in connection.execute(TABLES)]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    yield value if isinstance(value, bytes) else str(value).encode()
    finally:
        connection.close()


TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"


def declared_by(worker: Person, **changes: object) -> dict[str, Any]:
    answer = worker.post("/ideas", declared(entered_by=ENTERED_BY, **changes))
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def named_by(reader: Person, idea: str) -> list[dict[str, Any]]:
    answer = reader.post(f"/ideas/{idea}/authors/revelation")
    assert answer.status_code == 201, answer.text
    authors: list[dict[str, Any]] = answer.json()["authors"]
    return authors


def test_nothing_personal_is_said_logged_or_stored_in_clear(town: Town, tmp_path: Path) -> None:
    """Every kind of thing is done and read once; then every answer, log line and file is searched for the names."""
    _, copy, case = two_alike(town)
    everyone = {role: town.someone(role) for role in Role}
    worker = everyone[Role.CLIENT]
    idea = declared_by(worker, external_id="LD-9")["idea"]
    amended = draft(
        authors=[author(person=AUTHOR_ID, name=AUTHOR), author(person="x", share_percent=0)]
    )
    worker.post(f"/ideas/{idea}/amendments", amended)
    worker.post(f"/ideas/{idea}/rerouting", {"unit": NEIGHBOUR, "reason": "Nhầm"})
    # What is refused is not repeated either.
    worker.post("/ideas", declared(external_id="LD-9", title="Tên khác"))
    worker.post("/ideas", {**declared(external_id="LD-10"), "title": ""})
    worker.post("/ideas", {**declared(external_id="LD-11"), "unknown": AUTHOR})
    wrong_share = [author(person=AUTHOR_ID, name=AUTHOR, share_percent=AUTHOR)]
    worker.post("/ideas", declared(external_id="LD-12", authors=wrong_share))
    worker.ask("POST", "/ideas", content=f'{{"authors": [{{"name": "{AUTHOR}"'.encode())
    head = town.system.ledger.head()
    for reader in everyone.values():
        for path in (
            f"/ideas/{idea}",
            f"/ideas/{idea}/timeline",
            f"/ideas/{copy}",
            f"/cases/{case}",
            "/cases",
            "/events",
            "/boards/leaderboard",
            "/boards/quota",
            "/boards/under",
            "/units",
            "/programmes",
            "/matching",
            "/metrics",
            "/readyz",
            "/openapi.json",
        ):
            reader.get(path)
        reader.get("/boards/milestones", count=1)
        reader.post("/checks", {"title": "Bàn xoay", "solution": SOLUTION_COPIED})
        list(pages(everyone[Role.AUDITOR]))
    eventually(lambda: town.system.projector.position() >= head)

    said = [*town.heard, *(line.encode() for line in town.logged)]
    stored = [
        value
        for name in ("ledger.db", "views.db", "vault.db")
        for value in written_out(tmp_path / name)
    ]
    assert len(said) > 200
    assert any(SOLUTION[:40].encode() in value for value in stored), "the search finds texts"
    for text in PERSONAL:
        for spelling in spellings(text):
            assert not any(spelling in value for value in said)
            assert not any(spelling in value for value in stored)


def test_the_texts_of_ideas_are_in_no_log_line(town: Town) -> None:
    _, copy, case = two_alike(town)
    worker = town.worker()
    worker.post("/ideas", declared(external_id="LD-1", title="Tên khác"))
    worker.post("/ideas", {**declared(external_id="LD-7"), "benefit_vnd": "nhiều"})
    for path in (f"/ideas/{copy}", f"/cases/{case}"):
        town.someone(Role.REVIEWER).get(path)
    for line in town.logged:
        for text in (SOLUTION, SOLUTION_COPIED, "Bàn xoay hàn khung xe"):
            assert text[:30] not in line


def test_names_are_read_by_those_who_may_and_that_is_on_record(town: Town) -> None:
    idea = declared_by(town.worker())["idea"]
    reviewer = town.someone(Role.REVIEWER, PROVINCE, label="thẩm định")
    head = town.system.ledger.head()
    (found,) = named_by(reviewer, idea)
    assert found["name"] == AUTHOR
    assert UUID(found["person"]).version == 8
    assert reviewer.get(f"/ideas/{idea}").json()["authors"][0]["person"] == found["person"]
    auditor = town.someone(Role.AUDITOR)
    (revealed,) = [e for e in pages(auditor) if e["type"] == "person.revealed"]
    assert (revealed["position"], revealed["actor"]) == (head + 1, "thẩm định")
    assert revealed["facts"] == {"idea": idea}
    story = auditor.get(f"/ideas/{idea}/timeline", seen=head + 1).json()["happenings"]
    assert [h["topic"] for h in story] == ["idea.declared", "person.revealed"]


def test_a_person_has_one_pseudonym_with_a_sender_and_another_with_another(town: Town) -> None:
    one, other = town.worker(label="cổng-1"), town.worker(label="cổng-2")
    reader = town.someone(Role.AUDITOR)

    def person(worker: Person, external_id: str) -> str:
        idea = declared_by(worker, external_id=external_id)["idea"]
        found: str = reader.get(f"/ideas/{idea}").json()["authors"][0]["person"]
        return found

    assert person(one, "LD-1") == person(one, "LD-2")
    assert person(one, "LD-3") != person(other, "LD-3")


def test_an_erased_person_can_never_be_named_again_and_everything_else_still_verifies(
    town: Town, tmp_path: Path
) -> None:
    idea = declared_by(town.worker())["idea"]
    reviewer, operator = town.someone(Role.REVIEWER), town.someone(Role.OPERATOR)
    (before,) = named_by(reviewer, idea)
    person = before["person"]
    keys = keys_of(tmp_path / "vault.db", person)
    assert len(keys) == 1
    assert any(keys[0] in value for value in written_out(tmp_path / "vault.db"))

    erased = operator.post(
        f"/people/{person}/erasure", {"reason": "Theo yêu cầu, Luật 91/2025"}, once="e"
    )
    assert erased.status_code == 201, erased.text
    assert erased.json()["id"] == person

    assert named_by(reviewer, idea) == [{"person": person, "name": None}]
    assert reviewer.get(f"/ideas/{idea}").json()["content"]["solution"] == SOLUTION
    for value in written_out(tmp_path / "vault.db"):
        assert keys[0] not in value
    assert verify(town.system.ledger, town.system.views)["ok"] is True

    again = operator.post(f"/people/{person}/erasure", {"reason": "Lần nữa"})
    problem_of(again, 404, "not-found")
    retried = operator.post(
        f"/people/{person}/erasure", {"reason": "Theo yêu cầu, Luật 91/2025"}, once="e"
    )
    assert (retried.status_code, retried.content) == (201, erased.content)


def keys_of(vault: Path, person: str) -> list[bytes]:
    connection = sqlite3.connect(f"file:{vault}?mode=ro", uri=True)
    try:
        found = connection.execute(
            "SELECT key FROM person_keys WHERE person = ?", [UUID(person).hex]
        )
        return [bytes(key) for (key,) in found]
    finally:
        connection.close()


def test_an_erased_person_who_declares_again_has_a_new_name_and_only_that(town: Town) -> None:
    worker, reader = town.worker(), town.someone(Role.AUDITOR)
    first = declared_by(worker, external_id="LD-1")["idea"]
    person = named_by(reader, first)[0]["person"]
    town.someone(Role.OPERATOR).post(f"/people/{person}/erasure", {"reason": "Theo yêu cầu"})
    second = declared_by(worker, external_id="LD-2")["idea"]
    assert named_by(reader, second) == [{"person": person, "name": AUTHOR}]
    assert named_by(reader, first) == [{"person": person, "name": None}]
    # The new name can be erased as well.
    once_more = town.someone(Role.OPERATOR).post(
        f"/people/{person}/erasure", {"reason": "Lại theo yêu cầu"}
    )
    assert once_more.status_code == 201
    assert named_by(reader, second) == [{"person": person, "name": None}]


def test_a_retried_erasure_does_not_destroy_what_came_after_it(town: Town) -> None:
    worker, reader, operator = (
        town.worker(),
        town.someone(Role.AUDITOR),
        town.someone(Role.OPERATOR),
    )
    first = declared_by(worker, external_id="LD-1")["idea"]
    person = named_by(reader, first)[0]["person"]
    address, body = f"/people/{person}/erasure", {"reason": "Theo yêu cầu"}
    answer = operator.post(address, body, once="e")
    second = declared_by(worker, external_id="LD-2")["idea"]
    again = operator.post(address, body, once="e")
    assert (again.status_code, again.content) == (201, answer.content)
    assert named_by(reader, second) == [{"person": person, "name": AUTHOR}]


def test_a_person_whom_nobody_named_cannot_be_erased(town: Town) -> None:
    nobody = UUID(int=1)
    refused = town.someone(Role.OPERATOR).post(f"/people/{nobody}/erasure", {"reason": "x"})
    problem_of(refused, 404, "not-found")


def test_confidential_texts_are_matched_but_never_shown(town: Town) -> None:
    hidden = "Bí quyết pha men lá rừng bằng lửa nhỏ"
    worker = town.worker(NATION)
    first = declared(
        external_id="MẬT-1",
        title=hidden,
        solution=f"{hidden}. {SOLUTION}",
        benefit="Lợi nhuận mật 77",
        confidential=["title", "solution", "benefit"],
    )
    idea = worker.post("/ideas", first).json()["idea"]
    worker.post(
        "/ideas",
        declared(external_id="LD-2", solution=SOLUTION_COPIED, filed_at="2022-06-20T08:00:00Z"),
    )
    everyone = [town.someone(role) for role in Role]
    auditor = town.someone(Role.AUDITOR)
    (row,) = eventually(lambda: auditor.get("/cases").json()["rows"])
    assert row["ideas"] == ["MẬT-1", "LD-2"]
    case = auditor.get(f"/cases/{row['case']}").json()
    (suspicion,) = case["suspicions"]
    assert suspicion["score"] > 0.7
    assert suspicion["explanation"]["terms"] == []
    assert suspicion["explanation"]["idea_spans"] == []
    shown = auditor.get(f"/ideas/{idea}").json()["content"]
    assert (shown["title"], shown["solution"], shown["benefit"]) == ("", "", "")
    assert shown["confidential"] == ["title", "solution", "benefit"]
    hits = worker.post("/checks", {"title": "Bàn xoay", "solution": SOLUTION}).json()["hits"]
    assert {hit["external_id"]: hit["title"] for hit in hits}["MẬT-1"] == ""
    for reader in everyone:
        for path in (
            f"/ideas/{idea}",
            f"/ideas/{idea}/timeline",
            f"/cases/{row['case']}",
            "/cases",
            "/events",
            "/boards/leaderboard",
        ):
            reader.get(path)
        reader.get("/boards/milestones", count=1)
    said = [*town.heard, *(line.encode() for line in town.logged)]
    for text in (hidden, "Lợi nhuận mật 77"):
        for spelling in spellings(text):
            assert not any(spelling in value for value in said)
