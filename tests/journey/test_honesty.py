"""An auditor's afternoon: what is out of the ordinary, what is behind it, why copies came; and what anybody may see."""

from __future__ import annotations

import csv
import json
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from services.projections.api import public as public_api
from shared.access import Role
from shared.vocabulary import Ruling
from tests.journey.test_auditor import declare, ok, pages
from tests.journey.test_command_line import done, real_home, refused
from tests.journey.test_reviewer import ruling, two_alike
from tests.journey.town import (
    AUTHOR,
    AUTHOR_ID,
    ENTERED_BY,
    SOLUTION,
    TITLE,
    Town,
    declared,
    problem_of,
)
from tests.journey.town import town as a_town
from tests.places import UNIT, line
from tests.provinces import ELSEWHERE, NATION, PROVINCE, UNIT_ELSEWHERE

__all__ = ["real_home"]


def test_an_auditor_follows_a_finding_to_its_events(town: Town) -> None:
    worker, auditor = town.worker(NATION, label="đội nhập liệu"), town.someone(Role.AUDITOR)
    for n in range(20):
        declare(worker, n, entered_by=ENTERED_BY)
        last = declare(worker, 100 + n, unit=UNIT_ELSEWHERE)["position"]
    board = ok(auditor, "/boards/anomalies", seen=last)
    (finding,) = [row for row in board["rows"] if row["kind"] == "entered-for-author"]
    assert (finding["unit"], finding["observed"], finding["of"]) == (PROVINCE, 1.0, 20)
    assert "nhập thay tác giả" in finding["vi"]
    assert "không phải kết luận" in board["vi"]
    assert {test["kind"]: test["tested"] for test in board["tests"]}["entered-for-author"] == 2
    # What is behind it: the number taken apart, and the events with who sent them.
    words = shlex.split(finding["drill"])
    asked = dict(zip(words[3::2], words[4::2], strict=True))
    why = ok(auditor, "/boards/why", unit=asked["--unit"], measure="gross", at=asked["--at"])
    assert why["total"] == 20
    events = list(pages(auditor, type="idea.declared", unit=PROVINCE))
    assert [event["actor"] for event in events] == ["đội nhập liệu"] * 20
    # One part of the tree is compared with all of its level; the file says the same.
    assert ok(auditor, "/boards/anomalies", unit=ELSEWHERE)["rows"] == []
    table = auditor.get("/boards/anomalies", unit=PROVINCE, format="csv").text
    assert PROVINCE in table
    assert "entered-for-author" in table
    # It is for those who also see the cases of that part, not for whoever hands ideas in.
    manager = town.someone(Role.MANAGER, ELSEWHERE)
    problem_of(manager.get("/boards/anomalies"), 403, "not-allowed")
    assert ok(manager, "/boards/anomalies", unit=ELSEWHERE)["rows"] == []
    problem_of(worker.get("/boards/anomalies"), 403, "not-allowed")


def test_a_ruling_shows_among_the_causes_and_on_the_public_page(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_api, "KEPT_SECONDS", 0)
    _, copy, case = two_alike(town)
    reviewer, nobody = town.someone(Role.REVIEWER), town.someone(None)
    before = nobody.get("/public").json()
    assert (before["gross"], before["net"], before["duplicate_rate"]) == (2, 2, 0.0)
    ruled = reviewer.post(f"/cases/{case}/rulings", ruling(copy, Ruling.CO_AUTHOR_COPY)).json()
    causes = ok(reviewer, "/boards/causes", seen=ruled["position"])
    (row,) = causes["rows"]
    assert (row["unit"], row["duplicate"], row["co_author_copy"]) == (PROVINCE, 1, 1)
    assert row["co_author_copy_share"] == 1.0
    earlier = ok(reviewer, "/boards/causes", at=ruled["position"] - 1)
    assert (earlier["rows"], earlier["all"][0]["gross"]) == ([], 2)
    after = nobody.get("/public").json()
    assert (after["gross"], after["net"], after["duplicate"]) == (2, 1, 1)
    counts = {one["code"]: one["count"] for one in after["rulings"]}
    assert counts == dict.fromkeys(Ruling, 0) | {"co-author-copy": 1}


class Page(HTMLParser):
    """What of a page matters to whoever cannot see it, or must not run anything."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_anybody_reads_the_public_page_and_nothing_personal_stands_on_it(town: Town) -> None:
    worker, nobody = town.worker(NATION), town.someone(None)
    last = worker.post("/ideas", declared(entered_by=ENTERED_BY)).json()["position"]
    ok(town.someone(Role.MANAGER), "/boards/leaderboard", seen=last)
    answer = nobody.ask("GET", "/public", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    age = re.fullmatch(r"public, max-age=(\d+)", answer.headers["cache-control"])
    assert age is not None
    # Kept here and then by the reader, it is never older than a minute.
    assert 2 * int(age[1]) <= 60
    page = Page(answer.text)
    assert not {"script", "iframe", "img", "link"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert page.tags.count("table") == page.tags.count("caption") > 3
    assert ("lang", "vi") in page.attributes
    assert "Đã kê khai" in page.text
    assert "Declared" in page.text
    told = nobody.get("/public", format="json")
    assert told.headers["content-type"] == "application/json"
    figures: dict[str, Any] = told.json()
    assert (figures["gross"], figures["programme"]) == (1, "1tr")
    assert figures["rows"][0]["unit"] == PROVINCE
    bands = [figures["matching"][band] for band in ("similar", "near", "exact")]
    assert bands == sorted(bands)
    for text in (answer.text, told.text):
        for personal in (AUTHOR, AUTHOR_ID, ENTERED_BY, TITLE, SOLUTION[:40], "LD-1"):
            assert personal not in text
    problem_of(nobody.get("/public", programme="khác"), 404, "unknown-programme")
    problem_of(nobody.get("/public", format="pdf"), 422, "bad-request")


def test_a_name_that_is_markup_is_shown_and_not_obeyed(town: Town) -> None:
    operator = town.someone(Role.OPERATOR)
    renamed = operator.post(
        f"/units/{PROVINCE}/names",
        {"name": "<script>alert(1)</script> & Cộng sự", "valid_from": "2022-01-01"},
    )
    assert renamed.is_success, renamed.text
    last = declare(town.worker(), 1)["position"]
    ok(operator, "/boards/leaderboard", seen=last)
    text = town.someone(None).get("/public", format="html").text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Cộng sự" in text


def test_without_a_key_one_asks_no_oftener_than_with_one(tmp_path: Path) -> None:
    with a_town(tmp_path, requests_per_second=1) as slow:
        nobody = slow.someone(None)
        answers = [nobody.get("/public") for _ in range(3)]
        assert [answer.status_code == 429 for answer in answers] == [False, False, True]
        problem_of(answers[-1], 429, "too-many-requests")


def test_the_same_on_the_command_line(real_home: Path, tmp_path: Path) -> None:
    rows = [
        line(external_id=f"SK-{n}", solution=f"Việc số {n}.", entered_by="Đội nhập liệu")
        for n in range(3)
    ]
    sent = tmp_path / "sent.jsonl"
    sent.write_bytes(b"\n".join(rows))
    done("import", sent, "--data", real_home)
    found = done("board", "anomalies", "--data", real_home, "--json").json
    assert (found["level"], found["rows"], len(found["tests"])) == ("first", [], 7)
    own = done("board", "anomalies", "--unit", UNIT, "--window", "hour", "--data", real_home, "--json").json  # fmt: skip
    assert (own["level"], own["window"]) == ("grassroots", "hour")
    shown = done("board", "anomalies", "--data", real_home).out
    assert "không phải kết luận" in shown
    assert "p99" in refused("board", "anomalies", "--unit", "p99", "--data", real_home)
    causes = done("board", "causes", "--data", real_home, "--json").json
    assert (causes["rows"], causes["all"][0]["gross"]) == ([], 3)
    assert causes["all"][0]["entered_share_of_all"] == 1.0
    assert "Tất cả" in done("board", "causes", "--data", real_home).out
    file = tmp_path / "events.csv"
    done("events", "--unit", UNIT, "--type", "idea.declared", "--csv", file, "--data", real_home)
    header, *told = csv.reader(file.read_text("utf-8-sig").splitlines())
    listed = done("events", "--unit", UNIT, "--type", "idea.declared", "--jsonl", "--data", real_home)  # fmt: skip
    assert [row[header.index("position")] for row in told] == [
        str(json.loads(one)["position"]) for one in listed.out.splitlines()
    ]
    assert len(told) == 3
