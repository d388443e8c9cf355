"""Commands at random, over HTTP, beside a model in plain Python that knows the rules and nothing of ledgers or views."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.projections.views.verify import verify
from shared.access import Role
from shared.vocabulary import Ruling
from tests.fault.homes import dropped
from tests.fault.processes import declaration
from tests.fault.size import times
from tests.journey.town import Person, Town, problem_of, town
from tests.places import NEIGHBOUR, UNIT, author
from tests.provinces import NEIGHBOUR_ELSEWHERE, UNIT_ELSEWHERE
from tests.servers import Postgres

pytestmark = pytest.mark.fault

EXAMPLES = times(4, 150)
STEPS = times(25, 60)
PLACES = (UNIT, NEIGHBOUR, UNIT_ELSEWHERE, NEIGHBOUR_ELSEWHERE)
NOT_AMENDED = {"external_id", "programme", "unit", "filed_at"}

Counts = Mapping[str, tuple[int, int, int]]
"""Gross, net and benefit of each unit that has any."""


@dataclass
class Told:
    """An idea as the model has it: what was sent, what was answered, and what became of it."""

    number: int
    body: dict[str, Any]
    unit: str
    receipt: bytes
    original: Told | None
    version: int = 1
    benefit: int = 0
    withdrawn: bool = False
    ruled: Ruling | None = None
    erased: bool = False

    @property
    def name(self) -> str:
        return str(self.body["external_id"])

    @property
    def idea(self) -> str:
        return str(json.loads(self.receipt)["idea"])

    @property
    def counts(self) -> bool:
        return not (self.withdrawn or (self.ruled is not None and self.ruled.leaves_net))


def something_declared(beside: Beside) -> bool:
    """Whether there is enough on record for anything but declaring to be worth while."""
    return len(beside.told) > 2


class Beside(RuleBasedStateMachine):
    """The system and the model, told the same."""

    ideas: Bundle[Told] = Bundle("ideas")
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self, addresses: Callable[[ExitStack], Mapping[str, str]]) -> None:
        super().__init__()
        self.everything = ExitStack()
        self.home = Path(self.everything.enter_context(tempfile.TemporaryDirectory()))
        self.addresses = addresses(self.everything)
        self.running = ExitStack()
        self.town: Town = self.running.enter_context(self.opened())
        self.client, self.reviewer, self.manager, self.operator, self.auditor = (
            self.town.someone(role)
            for role in (Role.CLIENT, Role.REVIEWER, Role.MANAGER, Role.OPERATOR, Role.AUDITOR)
        )
        self.told: list[Told] = []
        self.cases: list[tuple[Told, Told]] = []
        self.past: list[tuple[int, Counts]] = []
        self.note()

    def opened(self) -> Any:
        return town(self.home, followers=False, **self.addresses)

    def people(self) -> tuple[Person, ...]:
        return self.client, self.reviewer, self.manager, self.operator, self.auditor

    # What the model knows.

    def expected(self) -> Counts:
        found = {}
        for place in {told.unit for told in self.told}:
            here = [told for told in self.told if told.unit == place]
            net = sum(told.counts for told in here)
            found[place] = len(here), net, sum(told.benefit for told in here)
        return found

    def note(self) -> None:
        self.past.append((self.town.system.ledger.head(), self.expected()))

    def acknowledged(self, who: Person, path: str, body: object, told: Told) -> None:
        answer = who.post(path, body, version=f'"{told.version}"')
        assert answer.status_code == 201, answer.text
        told.version += 1
        assert answer.json()["version"] == told.version

    # What people do.

    @rule(target=ideas, where=st.sampled_from(PLACES), copy=st.booleans(), which=st.integers(0, 9))
    def declare(self, where: str, copy: bool, which: int) -> Any:
        number = len(self.told)
        copied = {told.original.number for told in self.told if told.original is not None}
        free = [t for t in self.told if t.original is None and t.number not in copied]
        original = free[which % len(free)] if copy and free else None
        body = {
            **declaration(10 * (number if original is None else original.number)),
            "external_id": f"LD-{number}",
            "unit": where,
            "authors": [author(person=f"NV-{number}", name=f"Đinh Thị Khả Vy {number}")],
        }
        answer = self.client.post("/ideas", body, once=f"declare-{number}")
        assert answer.status_code == 201, answer.text
        told = Told(number, body, where, answer.content, original)
        self.told.append(told)
        if original is not None and not original.withdrawn:
            self.cases.append((original, told))
        self.note()
        self.town.match()
        self.done["declared"] += 1
        return told

    @rule(told=ideas)
    def send_again(self, told: Told) -> None:
        again = self.client.post("/ideas", told.body, once=f"declare-{told.number}")
        assert (again.status_code, again.content) == (201, told.receipt)
        other = self.client.post("/ideas", told.body)
        assert (other.status_code, other.content) == (201, told.receipt)
        changed = {**told.body, "title": "Tên khác hẳn"}
        problem_of(
            self.client.post("/ideas", changed, once=f"declare-{told.number}"),
            422,
            "idempotency-key-reused",
        )
        problem_of(self.client.post("/ideas", changed), 409, "conflict")
        self.done["sent again"] += 1

    @rule(told=ideas, benefit=st.integers(1, 10**9))
    def amend(self, told: Told, benefit: int) -> None:
        draft = {k: v for k, v in told.body.items() if k not in NOT_AMENDED}
        draft["benefit_vnd"] = benefit
        path = f"/ideas/{told.idea}/amendments"
        if told.withdrawn:
            problem_of(self.client.post(path, draft), 409, "idea-withdrawn")
        elif benefit == told.benefit:
            problem_of(self.client.post(path, draft), 409, "nothing-changed")
        else:
            self.acknowledged(self.client, path, draft, told)
            told.benefit, told.erased = benefit, False
            self.note()
        self.done["amended"] += 1

    @rule(told=ideas)
    def withdraw(self, told: Told) -> None:
        path, body = f"/ideas/{told.idea}/withdrawal", {"reason": "Kê khai nhầm"}
        if told.withdrawn:
            problem_of(self.client.post(path, body), 409, "idea-withdrawn")
        else:
            self.acknowledged(self.client, path, body, told)
            told.withdrawn = True
            self.note()
        self.done["withdrawn"] += 1

    @rule(told=ideas, where=st.sampled_from(PLACES))
    def reroute(self, told: Told, where: str) -> None:
        if told.withdrawn or where == told.unit:
            return
        path, body = f"/ideas/{told.idea}/rerouting", {"unit": where, "reason": "Nhầm đơn vị"}
        self.acknowledged(self.client, path, body, told)
        told.unit = where
        self.note()
        self.done["re-routed"] += 1

    @precondition(lambda self: any(not (a.withdrawn or b.withdrawn) for a, b in self.cases))
    @rule(
        which=st.integers(0, 9),
        ruling=st.sampled_from([Ruling.DUPLICATE_IN_UNIT, Ruling.NOT_DUPLICATE]),
    )
    def judge(self, which: int, ruling: Ruling) -> None:
        open_ = [pair for pair in self.cases if not (pair[0].withdrawn or pair[1].withdrawn)]
        _, copy = open_[which % len(open_)]
        case = next(row["case"] for row in self.shown_cases() if set(row["ideas"]) >= {copy.name})
        body = {"member": copy.idea, "ruling": ruling.value, "reason": "Đã xem cả hai."}
        answer = self.reviewer.post(f"/cases/{case}/rulings", body)
        assert answer.status_code == 201, answer.text
        copy.ruled = ruling
        self.note()
        self.done["ruled"] += 1

    @rule(told=ideas)
    def erase(self, told: Told) -> None:
        idea = self.client.get(f"/ideas/{told.idea}").json()
        path = f"/people/{idea['authors'][0]['person']}/erasure"
        answer = self.operator.post(path, {"reason": "Theo yêu cầu"})
        if told.erased:
            problem_of(answer, 404, "not-found")
        else:
            assert answer.status_code == 201, answer.text
            told.erased = True
        self.done["erased"] += 1

    @precondition(something_declared)
    @rule()
    def restart(self) -> None:
        self.running.close()
        self.town = self.running.enter_context(self.opened())
        for person in self.people():
            person.http = self.town.http
        self.done["restarted"] += 1

    @precondition(something_declared)
    @rule()
    def rebuild(self) -> None:
        self.town.system.projector.rebuild(self.town.system.ledger)
        self.done["rebuilt"] += 1

    # What is asked.

    @precondition(something_declared)
    @rule(which=st.integers(0, 200))
    def ask_about_the_past(self, which: int) -> None:
        position, expected = self.past[which % len(self.past)]
        assert self.board(at=position) == expected
        self.done["asked"] += 1

    def board(self, **query: object) -> Counts:
        self.town.system.catch_up_views()
        answer = self.manager.get("/boards/leaderboard", level="grassroots", top=100, **query)
        assert answer.status_code == 200, answer.text
        rows = answer.json()["rows"]
        return {r["unit"]: (r["gross"], r["net"], r["benefit"]) for r in rows if r["gross"]}

    def shown_cases(self) -> list[dict[str, Any]]:
        self.town.match()
        rows: list[dict[str, Any]] = self.auditor.get("/cases", limit=100).json()["rows"]
        return rows

    def teardown(self) -> None:
        try:
            self.all_agrees()
        finally:
            self.running.close()
            self.everything.close()

    def all_agrees(self) -> None:
        assert self.board() == self.expected()
        shown = {
            frozenset(m["external_id"] for m in row["members"]): row for row in self.shown_cases()
        }
        assert set(shown) == {frozenset((a.name, b.name)) for a, b in self.cases}
        for original, copy in self.cases:
            members = shown[frozenset((original.name, copy.name))]["members"]
            rulings = {member["external_id"]: member["ruling"] for member in members}
            assert rulings == {original.name: None, copy.name: copy.ruled and copy.ruled.value}
        for told in self.told:
            idea = self.client.get(f"/ideas/{told.idea}").json()
            assert (idea["version"], idea["unit"]) == (told.version, told.unit)
            assert idea["withdrawn"] is told.withdrawn
            named = self.auditor.post(f"/ideas/{told.idea}/authors/revelation").json()["authors"]
            name = None if told.erased else f"Đinh Thị Khả Vy {told.number}"
            assert [one["name"] for one in named] == [name]
        assert verify(self.town.system.ledger, self.town.system.views)["ok"]


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)])
def addresses(request: pytest.FixtureRequest) -> Callable[[ExitStack], Mapping[str, str]]:
    """Makes the addresses of an empty system; the databases go when the stack closes."""
    if request.param == "SQLite":
        return lambda _: {}
    server: Postgres = request.getfixturevalue("postgres_server")
    return lambda stack: stack.enter_context(_databases(server))


@contextmanager
def _databases(server: Postgres) -> Iterator[Mapping[str, str]]:
    names = {store: f"{store}_{uuid4().hex}" for store in ("ledger", "views", "vault")}
    try:
        yield {f"{store}_url": server.create_database(name) for store, name in names.items()}
    finally:
        dropped(server, names.values())


@pytest.mark.timeout(7200)
def test_commands_at_random_come_to_what_a_plain_model_says(
    addresses: Callable[[ExitStack], Mapping[str, str]],
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    Beside.done.clear()
    run_state_machine_as_test(
        lambda: Beside(addresses),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    counts = ", ".join(f"{count:,} {what}" for what, count in sorted(Beside.done.items()))
    engine = request.node.callspec.params["addresses"]
    record_property("R13", f"{engine}: {EXAMPLES} histories: {counts}; the model says the same")
