"""Several people, or one impatient one, at the same moment: each request is carried out once, whoever comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

from shared.access import Role
from shared.vocabulary import Ruling
from tests.journey.test_reviewer import counted, ruling, two_alike
from tests.journey.town import Town, declared
from tests.places import UNIT
from tests.provinces import NATION, PROVINCE

if TYPE_CHECKING:
    from httpx2 import Response

MANY = 12


def at_once(ask: Callable[[int], Response]) -> list[Response]:
    """What each of many was answered who asked in the same moment."""
    start = Barrier(MANY)

    def asked(number: int) -> Response:
        start.wait()
        return ask(number)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(asked, range(MANY)))


def on_record(town: Town, topic: str) -> int:
    return len(town.system.ledger.read(0, limit=10_000, topics=[topic]))


def test_one_request_sent_many_times_at_once_is_one_declaration(town: Town) -> None:
    worker = town.worker()
    answers = at_once(lambda _: worker.post("/ideas", declared(), once="k"))
    assert [a.status_code for a in answers] == [201] * MANY
    assert len({a.content for a in answers}) == 1
    assert sum("idempotent-replayed" not in a.headers for a in answers) == 1
    assert on_record(town, "idea.declared") == 1


def test_one_declaration_under_many_keys_at_once_is_one_declaration(town: Town) -> None:
    worker = town.worker()
    answers = at_once(lambda n: worker.post("/ideas", declared(), once=f"k-{n}"))
    assert [a.status_code for a in answers] == [201] * MANY
    assert len({a.content for a in answers}) == 1
    assert on_record(town, "idea.declared") == 1


def test_of_many_contents_under_one_id_at_once_one_is_taken(town: Town) -> None:
    worker = town.worker()
    answers = at_once(lambda n: worker.post("/ideas", declared(title=f"Tên {n}")))
    assert Counter(a.status_code for a in answers) == {201: 1, 409: MANY - 1}
    assert on_record(town, "idea.declared") == 1


def test_of_many_bodies_under_one_key_at_once_one_is_taken(town: Town) -> None:
    worker = town.worker()
    answers = at_once(lambda n: worker.post("/ideas", declared(external_id=f"LD-{n}"), once="k"))
    assert Counter(a.status_code for a in answers) == {201: 1, 422: MANY - 1}
    assert on_record(town, "idea.declared") == 1


def test_many_different_declarations_at_once_are_all_taken(town: Town) -> None:
    worker = town.worker(NATION)
    answers = at_once(lambda n: worker.post("/ideas", declared(external_id=f"LD-{n}")))
    receipts = [a.json() for a in answers]
    assert [a.status_code for a in answers] == [201] * MANY
    assert len({r["position"] for r in receipts}) == len({r["idea"] for r in receipts}) == MANY


def test_of_many_withdrawals_at_once_one_is_recorded(town: Town) -> None:
    worker = town.worker()
    idea = worker.post("/ideas", declared()).json()["idea"]
    answers = at_once(lambda n: worker.post(f"/ideas/{idea}/withdrawal", {"reason": f"Lý do {n}"}))
    statuses = Counter(a.status_code for a in answers)
    assert statuses[201] == 1
    assert set(statuses) <= {201, 409, 412}
    assert on_record(town, "idea.withdrawn") == 1


def test_of_many_rulings_from_one_version_at_once_one_stands(town: Town) -> None:
    _, copy, case = two_alike(town)
    reviewer = town.someone(Role.REVIEWER, PROVINCE)
    seen = reviewer.get(f"/cases/{case}").headers["etag"]
    codes = [Ruling.DUPLICATE_IN_UNIT, Ruling.NOT_DUPLICATE]

    def rule(number: int) -> Response:
        judged = ruling(copy, codes[number % 2], f"Lý do {number}")
        return reviewer.post(f"/cases/{case}/rulings", judged, version=seen)

    answers = at_once(rule)
    assert Counter(a.status_code for a in answers) == {201: 1, 412: MANY - 1}
    assert on_record(town, "case.member-ruled") == 1
    position = next(a.json()["position"] for a in answers if a.is_success)
    gross, net = counted(reviewer, UNIT, seen=position)
    assert (gross, net) in {(2, 1), (2, 2)}
