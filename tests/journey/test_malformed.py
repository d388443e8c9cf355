"""What is wrong with a request is said by code, in the reader's language, field by field; and nothing of it is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from shared.access import AccessKey, Role
from shared.declaration import Declaration
from shared.messages import MESSAGES
from shared.vocabulary import RECORD_LIMIT
from tests.journey.town import SOLUTION_COPIED, Town, declared, eventually, problem_of
from tests.journey.town import town as a_town
from tests.places import BY, LEFT_OUT, author
from tests.provinces import NATION, PROVINCE


class Sent(NamedTuple):
    """A body as it came, and what is wrong with it: each field with its code."""

    body: bytes
    errors: list[tuple[str, str]]


def whole(**changes: object) -> bytes:
    return json.dumps(declared(**changes), ensure_ascii=False).encode()


WRONG = {
    "no JSON at all": Sent(b"xin ch\xc3\xa0o", [("", "invalid-json")]),
    "nothing": Sent(b"", [("", "invalid-json")]),
    "JSON cut short": Sent(whole()[:-5], [("", "invalid-json")]),
    "two values": Sent(whole() + whole(), [("", "invalid-json")]),
    "not a finite number": Sent(
        whole().replace(b"100", b"NaN"), [("authors.0.share_percent", "not-a-number")]
    ),
    "a list": Sent(b"[" + whole() + b"]", [("", "not-an-object")]),
    "null": Sent(b"null", [("", "not-an-object")]),
    "not UTF-8": Sent(whole(title="X").replace(b'"X"', b'"\xff\xfe"'), [("", "invalid-utf8")]),
    "UTF-16": Sent(whole().decode().encode("utf-16"), [("", "invalid-utf8")]),
    "a lone surrogate": Sent(
        whole(title="X").replace(b'"X"', rb'"\ud800"'), [("", "invalid-json")]
    ),
    "an unknown field": Sent(whole(colour="đỏ"), [("colour", "unknown-field")]),
    "a missing field": Sent(whole(solution=LEFT_OUT), [("solution", "missing")]),
    "a blank title": Sent(whole(title=" \t "), [("title", "blank")]),
    "a number for a text": Sent(whole(title=7), [("title", "not-text")]),
    "a text for a number": Sent(whole(benefit_vnd="nhiều"), [("benefit_vnd", "not-a-number")]),
    "no offset": Sent(whole(filed_at="2022-05-04T08:00:00"), [("filed_at", "missing-offset")]),
    "no instant": Sent(whole(filed_at="hôm qua"), [("filed_at", "not-an-instant")]),
    "no day": Sent(whole(first_applied_on="20/04/2022"), [("first_applied_on", "not-a-date")]),
    "a zero byte": Sent(whole(title="a\0b"), [("title", "control-character")]),
    "too long a title": Sent(whole(title="a" * 501), [("title", "too-long")]),
    "no authors": Sent(whole(authors=[]), [("authors", "too-few")]),
    "shares that do not add up": Sent(
        whole(authors=[author(share_percent=60)]), [("authors", "shares")]
    ),
    "a wrong field of an author": Sent(
        whole(authors=[author(worker_kind="boss")]), [("authors.0.worker_kind", "not-in-list")]
    ),
    "several at once": Sent(
        whole(title=7, unit=LEFT_OUT, colour=1),
        [("title", "not-text"), ("unit", "missing"), ("colour", "unknown-field")],
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_each_fault_of_a_body_is_named_by_field_and_code_in_both_languages(
    town: Town, what: str
) -> None:
    sent = WRONG[what]
    worker = town.worker()
    head = town.system.ledger.head()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    for language, wanted in ((None, "vi"), ("en-GB,en;q=0.9", "en"), ("vi-VN", "vi")):
        worker.language = language
        answer = worker.ask("POST", "/ideas", content=sent.body, headers=headers)
        found = problem_of(answer, 422, "bad-request")
        assert found["title"] == getattr(MESSAGES["bad-request"], wanted)
        assert sorted((e["field"], e["code"]) for e in found["errors"]) == sorted(sent.errors)
        for error in found["errors"]:
            beginning = getattr(MESSAGES[error["code"]], wanted).partition("{")[0]
            assert error["message"].startswith(beginning)
            assert "{" not in error["message"].replace("{ … }", "")
    assert town.system.ledger.head() == head


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(town: Town) -> None:
    worker = town.worker()
    body = whole(solution="a" * RECORD_LIMIT)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}

    def drop_by_drop() -> Iterator[bytes]:
        for start in range(0, len(body), 8192):
            yield body[start : start + 8192]

    for content in (body, drop_by_drop()):
        answer = worker.ask("POST", "/ideas", content=content, headers=headers)
        problem_of(answer, 413, "payload-too-large")
    idea = worker.post("/ideas", declared()).json()["idea"]
    # An endpoint that takes no body does not take a large one either.
    large = worker.ask("POST", f"/ideas/{idea}/authors/revelation", content=body, headers=headers)
    problem_of(large, 413, "payload-too-large")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "x"])
def test_a_body_that_says_it_is_not_json_is_not_read(town: Town, media_type: str) -> None:
    headers = {"Content-Type": media_type, "Idempotency-Key": "k"}
    answer = town.worker().ask("POST", "/ideas", content=whole(), headers=headers)
    found = problem_of(answer, 415, "not-json")
    assert found["title"] == MESSAGES["not-json"].vi


@pytest.mark.parametrize(
    ("field", "said_twice"),
    [
        ("unit", whole().replace(b'"unit"', b'"unit": "p02-01-001", "unit"')),
        ("name", whole().replace(b'"name"', b'"name": "X", "name"')),
        ("unit", whole().replace(b'"unit"', b'"un\\u0069t": "p02-01-001", "unit"')),
    ],
)
def test_a_field_that_stands_twice_is_named(town: Town, field: str, said_twice: bytes) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = town.worker().ask("POST", "/ideas", content=said_twice, headers=headers)
    found = problem_of(answer, 422, "duplicate-field")
    assert [e["field"] for e in found["errors"]] == [field]


def test_a_text_that_looks_like_fields_is_only_a_text(town: Town) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    body = whole(solution='Ghi "unit": "a", "unit": "b" vào phiếu, rồi ký \\u0041.')
    answer = town.worker().ask("POST", "/ideas", content=body, headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_however_it_is_written(town: Town, media_type: str) -> None:
    headers = {"Content-Type": media_type, "Idempotency-Key": "k"}
    answer = town.worker().ask("POST", "/ideas", content=whole(), headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("key", [None, "", " ", "a b", "a" * 129, "khóa".encode(), "a\tb"])
def test_an_unsafe_request_needs_an_idempotency_key_that_is_one(
    town: Town, key: str | bytes | None
) -> None:
    worker = town.worker()
    head = town.system.ledger.head()
    headers: dict[str, Any] = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    answer = worker.ask("POST", "/ideas", content=whole(), headers=headers)
    found = problem_of(answer, 400, "idempotency-key-missing")
    assert found["title"] == MESSAGES["idempotency-key-missing"].vi
    assert town.system.ledger.head() == head


@pytest.mark.parametrize("key", ["a" * 128, "!", "~", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"])
def test_an_idempotency_key_of_visible_ascii_is_taken(town: Town, key: str) -> None:
    assert town.worker().post("/ideas", declared(), once=key).status_code == 201


@pytest.mark.parametrize(
    "credentials",
    [None, "", "Bearer", "Bearer ", "Bearer sk_nobody", "Basic dXNlcjpwYXNz", "sk_nobody"],
)
def test_whoever_has_no_valid_key_is_told_how_to_send_one(
    town: Town, credentials: str | None
) -> None:
    stranger = town.someone(None)
    headers = {} if credentials is None else {"Authorization": credentials}
    for answer in (
        stranger.ask("GET", "/boards/leaderboard", headers=headers),
        stranger.ask("POST", "/ideas", json=declared(), headers=headers),
        # Not even what is wrong with its body is told to a stranger.
        stranger.ask("POST", f"/cases/{UUID(int=1)}/rulings", content=b"{", headers=headers),
        stranger.ask("POST", "/matching/rules", content=b"{", headers=headers),
    ):
        found = problem_of(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert found["title"] == MESSAGES["unauthenticated"].vi
    stranger.language = "en"
    english = stranger.ask("GET", "/units", headers=headers).json()
    assert english["title"] == MESSAGES["unauthenticated"].en


def test_a_revoked_key_opens_nothing_any_more(town: Town) -> None:
    worker = town.worker()
    assert worker.get("/units").status_code == 200
    issued = next(e for e in town.system.ledger.read(0, topics=["key.issued"]))
    revoked = town.system.ledger.load(AccessKey, issued.event.originator_id).revoke(
        reason="Nghỉ việc", by=BY
    )
    town.system.ledger.append(revoked)

    def refused() -> bool:
        return worker.get("/units").status_code == 401

    eventually(refused)
    problem_of(worker.post("/ideas", declared()), 401, "unauthenticated")


def test_whoever_sends_too_fast_is_asked_to_wait(tmp_path: Any) -> None:
    with a_town(tmp_path, requests_per_second=0.01) as slow:
        worker, other = slow.worker(), slow.worker(label="khác")
        answer = worker.get("/units")
        problem_of(answer, 429, "too-many-requests")
        assert answer.headers["retry-after"] == "1"
        assert other.http.get("/livez").status_code == 200
    with a_town(tmp_path, requests_per_second=1) as slow:
        reviewer = slow.someone(Role.REVIEWER)
        answers = [reviewer.get("/units").status_code for _ in range(3)]
        assert answers == [200, 200, 429]


def test_an_address_or_a_method_that_is_not_there_is_a_problem_as_well(town: Town) -> None:
    worker = town.worker()
    problem_of(worker.get("/nowhere"), 404, "not-found")
    wrong = worker.ask("DELETE", "/ideas")
    problem_of(wrong, 405, "method-not-allowed")
    assert wrong.headers["allow"] == "POST"
    assert worker.ask("DELETE", "/units").headers["allow"] == "GET, POST"
    assert worker.ask("POST", "/openapi.json").headers["allow"]


def test_a_parameter_that_does_not_fit_is_named_in_the_readers_language(town: Town) -> None:
    reader = town.someone(Role.AUDITOR)
    for path, query, field, code in (
        ("/ideas/7", {}, "idea", "not-an-id"),
        ("/boards/leaderboard", {"top": "0"}, "top", "too-small"),
        ("/boards/leaderboard", {"top": "mười"}, "top", "not-a-number"),
        ("/boards/leaderboard", {"level": "village"}, "level", "not-in-list"),
        ("/boards/leaderboard", {"at": "hôm qua"}, "at", "not-an-instant"),
        ("/boards/leaderboard", {"cohort": "a" * 65}, "cohort", "too-long"),
        ("/boards/milestones", {}, "count", "missing"),
        ("/boards/under", {"share": "nan"}, "share", "too-large"),
        ("/events", {"since": "2022-05-04T08:00:00"}, "since", "missing-offset"),
        ("/units", {"limit": str(10**30)}, "limit", "too-large"),
    ):
        for language, wanted in (("vi", "vi"), ("en", "en")):
            reader.language = language
            answer = reader.get(path, **query)
            assert answer.status_code == 422, (path, answer.text)
            (error,) = answer.json()["errors"]
            assert (error["field"], error["code"]) == (field, code), (path, query)
            assert error["message"].startswith(getattr(MESSAGES[code], wanted).partition("{")[0])


def test_what_the_domain_refuses_says_why_and_what_to_do_next(town: Town) -> None:
    worker = town.worker(NATION)
    for changes, status, code, field in (
        ({"unit": "p99"}, 404, "unknown-unit", "unit"),
        ({"unit": PROVINCE}, 422, "unit-not-grassroots", "unit"),
        ({"programme": "khác"}, 404, "unknown-programme", "programme"),
        ({"filed_at": "2099-01-01T00:00:00+07:00"}, 422, "filed-in-future", "filed_at"),
    ):
        found = problem_of(worker.post("/ideas", declared(**changes)), status, code)
        assert found["title"] == MESSAGES[code].vi
        assert [e["field"] for e in found["errors"]] == [field]


def test_a_system_that_was_started_again_answers_checks_before_anything_new_is_recorded(
    tmp_path: Any,
) -> None:
    with a_town(tmp_path) as first:
        worker = first.worker()
        worker.post("/ideas", declared())
        eventually(lambda: first.http.get("/readyz").json()["lag"]["dedup"] == 0)
    with a_town(tmp_path) as second:
        worker.http = second.http

        def hits() -> Any:
            answer = worker.post("/checks", {"title": "Bàn xoay", "solution": SOLUTION_COPIED})
            assert answer.status_code == 200, answer.text
            return answer.json()["hits"]

        assert eventually(hits, seconds=10)


def test_what_nobody_foresaw_is_a_problem_too_and_the_log_keeps_the_texts_out(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "Bí quyết gia truyền"

    def broken(*_: object, **__: object) -> None:
        Declaration.model_validate({"title": secret})

    monkeypatch.setattr(town.system.directory, "terms", broken)
    worker = town.worker()
    found = problem_of(worker.post("/ideas", declared()), 500, "internal-error")
    assert found["title"] == MESSAGES["internal-error"].vi
    assert "same Idempotency-Key" in found["detail"]
    logged = "".join(town.logged)
    assert "A request failed unforeseen" in logged
    assert "in broken" in logged
    assert secret not in logged
    monkeypatch.undo()
    assert worker.post("/ideas", declared()).status_code == 201
