"""The published contract is kept: whatever is sent, each answer has a declared status, media type and body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Final, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import positive_data_acceptance
from schemathesis.schemas import BaseSchema

from shared.access import POLICY, Action, Role
from tests.journey.test_reviewer import two_alike
from tests.journey.town import NATION, PROVINCE, Person, Town
from tests.journey.town import town as a_town
from tests.places import PROGRAMME, UNIT

EXAMPLES: Final = 25


class Published(NamedTuple):
    """The contract, somebody in every role, and what there is to be asked about."""

    schema: BaseSchema
    people: dict[Role, Person]
    known: dict[str, str]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with a_town(tmp_path_factory.mktemp("contract")) as town:
        pair = two_alike(town)
        auditor = town.someone(Role.AUDITOR)
        author = auditor.get(f"/ideas/{pair.copy}").json()["authors"][0]["person"]
        schema = schemathesis.openapi.from_asgi("/openapi.json", without_lifespan(town))
        schema.config.generation.update(max_examples=EXAMPLES, deterministic=True)
        known = {
            "idea": pair.first,
            "member": pair.copy,
            "case": pair.case,
            "person": author,
            "unit": UNIT,
            "parent": PROVINCE,
            "programme": PROGRAMME.code,
            "code": UNIT,
        }
        yield Published(schema, {role: town.someone(role) for role in Role}, known)


Scope = MutableMapping[str, Any]


def without_lifespan(town: Town) -> Callable[[Scope, Any, Any], Awaitable[None]]:
    """The application as it stands: its followers run already."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await town.serving.app(scope, receive, send)

    return app


@pytest.fixture(scope="module")
def contract(published: Published) -> BaseSchema:
    return published.schema


api = schemathesis.pytest.from_fixture("contract")


@api.parametrize()
def test_every_answer_is_as_published(case: Case, published: Published) -> None:
    action = case.operation.definition.raw.get("x-action")
    roles = POLICY[Action(action)].roles if action else ()
    person = published.people[min(roles)] if roles else None
    headers = {"Authorization": f"Bearer {person.key}"} if person else {}
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
