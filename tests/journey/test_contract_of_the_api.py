"""The published contract is kept: whatever is sent, each answer has a declared status, media type and body."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import BaseSchema

from services.projections.views.verify import verify
from shared.access import POLICY, Action, Role
from tests.journey.test_reviewer import two_alike
from tests.journey.town import Person, Town, eventually
from tests.journey.town import town as a_town
from tests.places import NEIGHBOUR, PROGRAMME, UNIT
from tests.rules.test_every_route_is_guarded import ASKED, Route

EXAMPLES: Final = 15
OF_OPERATION: Final = [("GET", "/livez"), ("GET", "/readyz"), ("GET", "/public")]

Scope = MutableMapping[str, Any]


class Published(NamedTuple):
    """The contract, somebody in every role, and what there is to be asked about."""

    schema: BaseSchema
    people: dict[Role, Person]
    known: dict[str, str]

    def caller(self, route: Route, case: Case) -> dict[str, str]:
        """The headers of somebody whose role may ask for the route."""
        action = case.operation.definition.raw.get("x-action")
        if action is None:
            return {}
        role = min(POLICY[Action(action)].roles)
        return {"Authorization": f"Bearer {self.people[role].key}"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """In the end the followers must have come through all that was taken in, and the views must be right."""
    with a_town(tmp_path_factory.mktemp("contract")) as town:
        pair = two_alike(town)
        auditor = town.someone(Role.AUDITOR)
        schema = schemathesis.openapi.from_asgi("/openapi.json", without_lifespan(town))
        schema.config.generation.update(with_security_parameters=False, deterministic=True)
        load_all_checks()
        yield Published(
            schema,
            {role: town.someone(role) for role in Role},
            {
                "idea": pair.first,
                "member": pair.copy,
                "case": pair.case,
                "person": auditor.get(f"/ideas/{pair.copy}").json()["authors"][0]["person"],
                "unit": UNIT,
                "parent": "p01-01",
                "merged_into": NEIGHBOUR,
                "programme": PROGRAMME.code,
            },
        )
        eventually(lambda: set(town.http.get("/readyz").json()["lag"].values()) == {0})
        assert verify(town.system.ledger, town.system.views)["ok"] is True


def without_lifespan(town: Town) -> Any:
    """The application as it stands: its followers run already."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await town.serving.app(scope, receive, send)

    return app


def meant(case: Case, known: dict[str, str]) -> None:
    """Let what fits the contract be about something that exists, so that it goes deeper than "not found"."""
    for place in (case.path_parameters, case.query, case.body):
        if not isinstance(place, dict):
            continue
        place.update({name: known[name] for name in known if isinstance(place.get(name), str)})
        if place is case.path_parameters and "code" in place:
            place["code"] = known["programme"] if "programmes" in case.path else known["unit"]
    body = case.body
    if isinstance(body, dict) and "filed_at" in body:
        body["filed_at"] = "2022-05-04T08:00:00+07:00"
    if isinstance(body, dict) and isinstance(body.get("authors"), list):
        for author in body["authors"]:
            author["share_percent"] = 0
        body["authors"][0]["share_percent"] = 100


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("route", [*ASKED, *OF_OPERATION], ids=" ".join)
def test_every_answer_is_as_published(
    published: Published, route: Route, mode: GenerationMode
) -> None:
    """Both with requests that fit the contract and with requests that do not, which must be refused."""
    method, path = route
    operation = published.schema[path][method]
    # What fits the contract may still contradict a rule of the domain, such as shares that do not add up.
    checks = [c for c in CHECKS.get_all() if c.__name__ != "positive_data_acceptance"]
    asked = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def answers_as_published(case: Case) -> None:
        nonlocal asked
        asked += 1
        if mode is GenerationMode.POSITIVE and asked % 4:
            meant(case, published.known)
        case.call_and_validate(headers=published.caller(route, case), checks=checks)

    try:
        answers_as_published()
    except Unsatisfiable:
        # Where nothing is asked for, nothing can be asked for wrongly.
        assert mode is GenerationMode.NEGATIVE
        assert not [*operation.iter_parameters(), *operation.body]
