"""Every route asks the policy: for each route, each role and each place, the answer is what the policy says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import pytest

from services.dedup.case import Case
from services.dedup.cluster import split
from services.dedup.rulings import Wanted, give
from shared.access import POLICY, AccessKey, Action, Role
from shared.vocabulary import Ruling
from tests.journey.town import (
    SOLUTION,
    SOLUTION_COPIED,
    SOLUTION_OF_ANOTHER_KIND,
    TITLE,
    Person,
    Town,
    declared,
    draft,
    problem_of,
)
from tests.journey.town import town as a_town
from tests.places import BY, NEIGHBOUR, PROGRAMME, UNIT
from tests.provinces import ELSEWHERE, NATION, NEIGHBOUR_ELSEWHERE, PROVINCE, UNIT_ELSEWHERE

if TYPE_CHECKING:
    from httpx2 import Response

Route = tuple[str, str]

OPEN: Final = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/openapi.json"),
    ("GET", "/public"),
}
"""What anybody may ask: whether the process runs, how to talk to it, and the figures that the programme makes public."""


class Where(StrEnum):
    """What a request is about, as seen from the caller's part of the tree."""

    PART = "a part of the tree: inside and outside the caller's"
    ROOT = "the whole nation, by its unit"
    NATION = "no unit in particular: a matter of the nation's"
    OWN = "whatever is the caller's own"


class Part(NamedTuple):
    """A part of the tree with something of each kind in it; what is doomed is withdrawn, closed or erased here."""

    province: str
    upper: str
    unit: str
    neighbour: str
    doomed_unit: str
    idea: str
    doomed_idea: str
    person: str
    case: str
    member: str
    rival: str
    excluded: str = ""
    moved: str = ""
    listed: str = ""
    other_case: str = ""
    rulings: str = ""


class Asked(NamedTuple):
    """How to ask for a route: what it is about, and a body that is good enough to come to the question who may."""

    where: Where
    body: Callable[[Part], object] = lambda _: None
    query: Callable[[Part], dict[str, str]] = lambda _: {}


numbers: Final = count(1000)
"""So that nothing that is asked for twice is on record already."""


def heads() -> dict[str, object]:
    return {
        "members": next(numbers),
        "members_and_workers": 10_000,
        "counted_on": "2022-01-01",
    }


def founding(code: str) -> dict[str, object]:
    return {
        "code": code,
        "name": f"Công đoàn {code}",
        "level": "grassroots",
        "parent": None,
        "sector": "state",
        **heads(),
    }


def programme() -> dict[str, object]:
    terms = PROGRAMME.model_dump(mode="json", by_alias=True)
    return {**terms, "code": f"ct-{next(numbers)}", "targets": []}


def target_of(part: Part) -> dict[str, object]:
    dated = {"kind": "striving", "dated": "2022-02-01"}
    return {"unit": part.province, "phase": None, "value": next(numbers), **dated}


def wave_of(part: Part) -> dict[str, object]:
    days = {"from": "2022-05-01T00:00:00+07:00", "to": "2022-07-01T00:00:00+07:00"}
    return {"code": f"đợt-{next(numbers)}", "name": "Đợt thi đua", "unit": part.province, **days}


def criteria() -> dict[str, object]:
    of = {"scored": "net", "weight": 100, "full_at": next(numbers)}
    return {"valid_from": "2022-01-01", "document": "06/KH", "criteria": [of]}


def split_of(part: Part) -> dict[str, object]:
    given = {"kind": "assigned", "by": "members", "document": "06/KH", "dated": "2022-02-01"}
    return {"unit": part.province, **given}


def list_of(part: Part) -> dict[str, object]:
    ruling = {"case": part.case, "member": part.listed, "ruling": Ruling.COPIED.value, **REASON}
    return {"rulings": [ruling]}


def freezing(part: Part) -> object:
    options = {"unit": part.province}
    asked = {"board": "quota", "options": options, "name": f"bảng-{next(numbers)}"}
    return {**asked, **THE_PROGRAMME, **REASON}


REASON: Final = {"reason": "Để thử quyền."}
THE_PROGRAMME: Final = {"programme": PROGRAMME.code}
RECOGNITION: Final = {"form": "recognition decision", "date": "2022-06-01"}

ASKED: Final[dict[tuple[str, str], Asked]] = {
    ("POST", "/ideas"): Asked(
        Where.PART, lambda p: declared(external_id=f"LD-{next(numbers)}", unit=p.unit)
    ),
    ("GET", "/ideas/{idea}"): Asked(Where.PART),
    ("GET", "/ideas/{idea}/timeline"): Asked(Where.PART),
    ("POST", "/ideas/{idea}/amendments"): Asked(
        Where.PART, lambda _: draft(title=f"Tên {next(numbers)}")
    ),
    ("POST", "/ideas/{idea}/withdrawal"): Asked(Where.PART, lambda _: REASON),
    ("POST", "/ideas/{idea}/rerouting"): Asked(
        Where.PART, lambda p: {"unit": p.neighbour, **REASON}
    ),
    ("POST", "/ideas/{idea}/recognition"): Asked(Where.PART, lambda _: RECOGNITION),
    ("POST", "/ideas/{idea}/authors/revelation"): Asked(Where.PART),
    ("POST", "/people/{person}/erasure"): Asked(Where.NATION, lambda _: REASON),
    ("GET", "/units"): Asked(Where.OWN),
    ("GET", "/units/{code}"): Asked(Where.OWN),
    ("POST", "/units"): Asked(
        Where.PART, lambda p: {**founding(f"{p.upper}-{next(numbers)}"), "parent": p.upper}
    ),
    ("POST", "/units/{code}/head-counts"): Asked(Where.PART, lambda _: heads()),
    ("POST", "/units/{code}/names"): Asked(
        Where.PART, lambda _: {"name": f"Tên {next(numbers)}", "valid_from": "2022-01-01"}
    ),
    ("POST", "/units/{code}/moves"): Asked(
        Where.PART, lambda p: {"parent": p.upper, "valid_from": "2022-01-01"}
    ),
    ("POST", "/units/{code}/closure"): Asked(Where.PART, lambda _: {"valid_from": "2099-01-01"}),
    ("POST", "/cohorts"): Asked(
        Where.NATION, lambda _: {"code": f"cụm-{next(numbers)}", "name": "Cụm thi đua"}
    ),
    ("POST", "/cohorts/{code}/members"): Asked(
        Where.NATION, lambda p: {"unit": p.province, "valid_from": "2022-01-01"}
    ),
    ("GET", "/programmes"): Asked(Where.OWN),
    ("POST", "/programmes"): Asked(Where.NATION, lambda _: programme()),
    ("POST", "/programmes/{code}/targets"): Asked(Where.PART, target_of),
    ("POST", "/programmes/{code}/splits/rehearsal"): Asked(Where.PART, split_of),
    ("POST", "/programmes/{code}/splits"): Asked(Where.PART, split_of),
    ("GET", "/programmes/{code}/waves"): Asked(Where.OWN),
    ("POST", "/programmes/{code}/waves"): Asked(Where.PART, wave_of),
    ("GET", "/programmes/{code}/criteria"): Asked(Where.OWN),
    ("POST", "/programmes/{code}/criteria"): Asked(Where.NATION, lambda _: criteria()),
    ("POST", "/checks"): Asked(
        Where.PART,
        lambda p: {"title": TITLE, "solution": SOLUTION, "unit": p.unit, **THE_PROGRAMME},
    ),
    ("GET", "/cases"): Asked(Where.OWN),
    ("GET", "/cases/{case}"): Asked(Where.PART),
    ("POST", "/cases/{case}/rulings"): Asked(
        Where.PART, lambda p: {"member": p.member, "ruling": Ruling.COPIED.value, **REASON}
    ),
    ("POST", "/cases/{case}/canonical"): Asked(Where.PART, lambda p: {"member": p.rival, **REASON}),
    ("POST", "/cases/{case}/exclusions"): Asked(
        Where.PART, lambda p: {"member": p.excluded, **REASON}
    ),
    ("POST", "/cases/{case}/splits"): Asked(Where.PART, lambda p: {"members": [p.moved], **REASON}),
    ("POST", "/cases/{case}/joins"): Asked(Where.PART, lambda p: {"case": p.other_case, **REASON}),
    ("POST", "/rulings/rehearsal"): Asked(Where.PART, list_of),
    ("POST", "/rulings"): Asked(Where.PART, list_of),
    ("GET", "/rulings/{rulings}"): Asked(Where.PART),
    ("POST", "/rulings/{rulings}/undoing"): Asked(Where.PART, lambda _: REASON),
    ("GET", "/matching"): Asked(Where.OWN),
    ("POST", "/matching/rules"): Asked(
        Where.NATION, lambda _: {"rules": {"short_words": next(numbers)}, **REASON}
    ),
    ("GET", "/boards/leaderboard"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/quota"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/phases"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/under"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    **{
        ("GET", f"/boards/{board}"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME)
        for board in ("cascade", "margins", "finishers", "conflicts", "cohorts", "averages")
    },
    ("GET", "/boards/emulation"): Asked(
        Where.OWN, query=lambda _: {**THE_PROGRAMME, "month": "2022-05"}
    ),
    **{
        ("GET", f"/boards/{board}"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME)
        for board in ("recognition", "shares", "benefit", "digest")
    },
    ("GET", "/boards/milestones"): Asked(
        Where.OWN, query=lambda _: {**THE_PROGRAMME, "count": "1"}
    ),
    ("GET", "/boards/progress"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/ranks"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/forecast"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/alerts"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/prospect"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/why"): Asked(
        Where.PART, query=lambda p: {**THE_PROGRAMME, "unit": p.province}
    ),
    ("GET", "/boards/overtakings"): Asked(
        Where.OWN, query=lambda p: {**THE_PROGRAMME, "unit": p.province}
    ),
    ("GET", "/boards/anomalies"): Asked(Where.ROOT, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/causes"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/lead"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/leaderboard/difference"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/leaderboard/comparison"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/quota/difference"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/quota/comparison"): Asked(Where.OWN, query=lambda _: THE_PROGRAMME),
    ("GET", "/boards/frozen"): Asked(Where.OWN),
    ("GET", "/boards/frozen/{name}"): Asked(Where.OWN),
    ("POST", "/boards/frozen"): Asked(Where.PART, freezing),
    ("GET", "/ideas/{idea}/story"): Asked(Where.PART),
    ("GET", "/organisation"): Asked(Where.OWN),
    ("GET", "/organisation/difference"): Asked(Where.OWN),
    ("GET", "/events"): Asked(Where.ROOT),
    ("GET", "/metrics"): Asked(Where.NATION),
}
"""A new route is added here; until then, the first test below fails."""


class Guarded(NamedTuple):
    """The system, with the same things in two parts of the tree, and somebody in every role at two places of it."""

    town: Town
    here: Part
    there: Part
    people: Mapping[tuple[Role, str], Person]
    strangers: Mapping[str, Person]
    contract: Mapping[tuple[str, str], Mapping[str, Any]]

    def action(self, route: Route) -> Action:
        """What the route says it asks the policy for."""
        return Action(self.contract[route]["x-action"])

    def ask(self, person: Person, route: Route, part: Part) -> Response:
        """Send the request, about something in that part of the tree."""
        method, path = route
        asked = ASKED[route]
        if method == "GET":
            return person.get(address(path, part), **asked.query(part))
        return person.post(address(path, part), asked.body(part))


def address(path: str, part: Part) -> str:
    """A route's path with what stands in that part of the tree."""
    if path.startswith(("/cohorts", "/programmes")):
        return path.format(code=COHORT if path.startswith("/cohorts") else PROGRAMME.code)
    code = part.unit if path == "/units/{code}" else part.neighbour
    return path.format(
        code=part.doomed_unit if path.endswith("/closure") else code,
        idea=part.doomed_idea if path.endswith("/withdrawal") else part.idea,
        person=part.person,
        case=part.case,
        rulings=part.rulings,
        name=FROZEN,
    )


FROZEN: Final = "thi-đua-2022"
COHORT: Final = "cum-1"
TRADES: Final = {
    PROVINCE: (UNIT, NEIGHBOUR, SOLUTION, SOLUTION_COPIED),
    ELSEWHERE: (
        UNIT_ELSEWHERE,
        NEIGHBOUR_ELSEWHERE,
        SOLUTION_OF_ANOTHER_KIND,
        SOLUTION_OF_ANOTHER_KIND.replace("mỗi tuần", "mỗi tháng"),
    ),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The followers rest, so that nothing is recorded but by requests."""
    with a_town(tmp_path_factory.mktemp("guarded"), followers=False) as town:
        operator, worker, auditor = (
            town.someone(role) for role in (Role.OPERATOR, Role.CLIENT, Role.AUDITOR)
        )
        assert operator.post("/cohorts", {"code": COHORT, "name": "Cụm thi đua"}).is_success
        assert operator.post(f"/programmes/{PROGRAMME.code}/criteria", criteria()).is_success
        parts = {}
        for province, (unit, neighbour, *texts) in TRADES.items():
            doomed = {**founding(f"{province}-01-999"), "parent": f"{province}-01"}
            assert operator.post("/units", doomed).is_success
            others = [f"Một việc khác ở {province}.", f"Việc nữa của {neighbour}."]
            texts += [texts[1], *others, *[texts[1]] * 5]
            ideas = [
                worker.post("/ideas", declared(external_id=f"{unit}/{n}", unit=unit, solution=text))
                for n, text in enumerate(texts)
            ]
            _, member, rival, idea, doomed_idea, *spare = (a.json()["idea"] for a in ideas)
            author = auditor.get(f"/ideas/{doomed_idea}").json()["authors"][0]["person"]
            parts[province] = Part(
                province,
                f"{province}-01",
                unit,
                neighbour,
                str(doomed["code"]),
                idea,
                doomed_idea,
                author,
                "",
                member,
                rival,
                *spare,
            )
        town.match()
        frozen = {"name": FROZEN, "board": "leaderboard", **THE_PROGRAMME, **REASON}
        assert town.someone(Role.OPERATOR).post("/boards/frozen", frozen).is_success
        rows = auditor.get("/cases").json()["rows"]
        of_unit = {tuple(row["units"]): row["case"] for row in rows}
        here, there = (mended(town, p._replace(case=of_unit[p.unit,])) for p in parts.values())
        revoked = town.someone(Role.OPERATOR, label="cũ")
        (issued,) = (
            r.event
            for r in town.system.ledger.read(0, topics=["key.issued"])
            if getattr(r.event, "label", "") == "cũ"
        )
        key = town.system.ledger.load(AccessKey, issued.originator_id)
        town.system.ledger.append(key.revoke(reason="Thử", by=BY))
        town.system.directory.catch_up()
        yield Guarded(
            town,
            here,
            there,
            {(role, at): town.someone(role, at) for role in Role for at in (NATION, PROVINCE)},
            {
                "nobody": town.someone(None),
                "somebody unknown": Person(town.http, "sk_unknown", town.heard),
                "somebody whose key was revoked": revoked,
            },
            contract_of(town),
        )


def mended(town: Town, part: Part) -> Part:
    """The part with a second case, split off the first, and a list of rulings: of those whose ideas stand in for them."""
    ledger, case = town.system.ledger, UUID(part.case)
    split_off = split(ledger.load(Case, case), [UUID(part.other_case)], reason="Thử", by=BY)
    ledger.append(*split_off)
    wanted = Wanted(case=case, member=UUID(part.rulings), ruling=Ruling.COPIED, reason="Chép lại.")
    given = give([wanted], ledger, rulings=ledger.new_id(), permit=lambda _: None, by=BY)
    ledger.append(*given.rulings, given.together)
    return part._replace(
        other_case=str(split_off.begun.originator_id), rulings=str(given.together.originator_id)
    )


def contract_of(town: Town) -> Mapping[Route, Mapping[str, Any]]:
    """The published operations by method and path."""
    published = town.http.get("/openapi.json").json()
    return {
        (method.upper(), path): operation
        for path, methods in published["paths"].items()
        for method, operation in methods.items()
    }


def permitted(role: Role, action: Action, where: Where, *, inside: bool) -> bool:
    """The policy, read once more and independently of the code that enforces it."""
    grant = POLICY.get(action)
    if grant is None or role not in grant.roles:
        return False
    if not grant.scoped or inside or where is Where.OWN:
        return True
    # Auditors see every part of the tree; what is no unit's is for those who stand over all of it.
    return role is Role.AUDITOR and where is not Where.NATION


def test_every_route_names_its_action_or_is_known_to_be_open(guarded: Guarded) -> None:
    for route, operation in guarded.contract.items():
        if route in OPEN:
            assert "x-action" not in operation
            assert "security" not in operation
        else:
            assert operation["x-action"] in {action.value for action in Action}, route
            assert operation["security"] == [{"key": []}]
            assert {"401", "403"} <= set(operation["responses"])
    assert set(ASKED) == set(guarded.contract) - OPEN, "teach ASKED how to ask for a new route"


def test_nothing_is_served_that_is_not_in_the_contract(guarded: Guarded) -> None:
    served = set(routes_of(guarded.town.serving.app.routes))
    assert served >= set(ASKED)
    assert served - set(ASKED) == OPEN


def routes_of(routes: Iterable[object]) -> Iterator[Route]:
    """Every method and path that the application answers, also those it does not publish."""
    for route in routes:
        for method in getattr(route, "methods", None) or ():
            if method != "HEAD":
                yield method, str(getattr(route, "path", ""))
        included = getattr(route, "original_router", route)
        yield from routes_of(getattr(included, "routes", ()))


def test_every_action_of_the_policy_is_asked_for_by_some_route(guarded: Guarded) -> None:
    assert {guarded.action(route) for route in ASKED} == set(Action) == set(POLICY)


@pytest.mark.parametrize("route", ASKED, ids=" ".join)
def test_the_answer_is_what_the_policy_says(guarded: Guarded, route: Route) -> None:
    """In every role, about something inside and something outside one's own part of the tree."""
    where, action = ASKED[route].where, guarded.action(route)
    ledger = guarded.town.system.ledger
    succeeded = 0
    for role in Role:
        for inside in (True, False):
            of_the_nation = where in {Where.ROOT, Where.NATION}
            at = NATION if of_the_nation and inside else PROVINCE
            part = guarded.here if of_the_nation or inside else guarded.there
            head = ledger.head()
            answer = guarded.ask(guarded.people[role, at], route, part)
            told = (role, at, part.province, answer.status_code, answer.text)
            if permitted(role, action, where, inside=inside):
                assert answer.status_code not in {401, 403}, told
                assert answer.status_code < 500, told
                succeeded += answer.is_success
            else:
                assert answer.status_code == 403, told
                problem_of(answer, 403, "not-allowed")
                assert ledger.head() == head, told
    assert succeeded, "nobody came through: the request itself is wrong"


@pytest.mark.parametrize(
    ("role", "path", "body"),
    [
        (Role.CLIENT, "/ideas/{idea}/rerouting", {"unit": UNIT_ELSEWHERE, **REASON}),
        (Role.OPERATOR, "/units/{code}/moves", {"parent": "p02-01", "valid_from": "2022-01-01"}),
        (
            Role.OPERATOR,
            "/units/{code}/closure",
            {"merged_into": UNIT_ELSEWHERE, "valid_from": "2022-01-01"},
        ),
        (Role.OPERATOR, "/units", {**founding("p02-01-777"), "parent": "p02-01"}),
    ],
)
def test_nobody_carries_something_of_their_own_into_a_part_that_is_not(
    guarded: Guarded, role: Role, path: str, body: object
) -> None:
    head = guarded.town.system.ledger.head()
    answer = guarded.people[role, PROVINCE].post(address(path, guarded.here), body)
    problem_of(answer, 403, "not-allowed")
    assert guarded.town.system.ledger.head() == head


@pytest.mark.parametrize("route", ASKED, ids=" ".join)
def test_whoever_has_no_valid_key_learns_and_changes_nothing(
    guarded: Guarded, route: Route
) -> None:
    head = guarded.town.system.ledger.head()
    for stranger in guarded.strangers.values():
        problem_of(guarded.ask(stranger, route, guarded.here), 401, "unauthenticated")
        method, path = route
        nonsense = address(path, guarded.here._replace(idea="7", person="7", case="7"))
        for content in (b"{", b""):
            problem_of(stranger.ask(method, nonsense, content=content), 401, "unauthenticated")
    assert guarded.town.system.ledger.head() == head


@pytest.mark.parametrize("route", ASKED, ids=" ".join)
def test_an_auditor_reads_everything_and_changes_nothing(guarded: Guarded, route: Route) -> None:
    auditor = guarded.people[Role.AUDITOR, NATION]
    ledger = guarded.town.system.ledger
    for part in (guarded.here, guarded.there):
        head = ledger.head()
        answer = guarded.ask(auditor, route, part)
        if route[0] == "GET":
            assert answer.status_code == 200, answer.text
            assert ledger.head() == head
        elif guarded.action(route) is Action.REVEAL:
            # Names are read as well, and just that is put on record.
            assert answer.status_code == 201
            assert [r.event.TOPIC for r in ledger.read(head)] == ["person.revealed"]
        else:
            problem_of(answer, 403, "not-allowed")
            assert ledger.head() == head


@pytest.mark.parametrize("route", ASKED, ids=" ".join)
def test_no_address_takes_a_parameter_that_it_does_not_have(guarded: Guarded, route: Route) -> None:
    """What is mistyped would silently not count: asked for a part, it would answer for the nation."""
    method, path = route
    ledger, part = guarded.town.system.ledger, guarded.here
    head = ledger.head()
    known = ASKED[route].query(part)
    answer = guarded.people[Role.AUDITOR, NATION].ask(
        method,
        address(path, part),
        params={**known, "undr": PROVINCE},
        json=ASKED[route].body(part),
    )
    problem = problem_of(answer, 422, "unknown-field")
    assert [error["field"] for error in problem["errors"]] == ["undr"]
    assert all(name in problem["detail"] for name in known)
    assert ledger.head() == head


@pytest.mark.parametrize("route", sorted(OPEN), ids=" ".join)
def test_an_open_route_is_open(guarded: Guarded, route: Route) -> None:
    method, path = route
    asked = guarded.strangers["nobody"].ask(method, path, params=THE_PROGRAMME)
    assert asked.status_code == 200
