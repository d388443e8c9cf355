"""What takes the shortcut is answered, and counted, as if it had gone the whole way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from services.serving import ROOMS, Serving
from services.wiring import System
from shared.access import AccessKey, Role
from shared.metrics import REQUESTS
from shared.settings import Settings
from shared.shortcut import Shortcut
from tests.places import BY, founding, line


class Ways(NamedTuple):
    """One process, the short and the whole way into it, and the keys of a client and of an operator."""

    serving: Serving
    short: TestClient
    whole: TestClient
    keys: list[str]
    addresses: list[str]


@pytest.fixture
def ways(tmp_path: Path) -> Iterator[Ways]:
    with System(Settings(data=tmp_path)) as system:
        keys, issued = zip(
            *(
                AccessKey.issue(role, "vn", label=role, by=BY)
                for role in (Role.CLIENT, Role.OPERATOR)
            ),
            strict=True,
        )
        system.ledger.append(*founding(), *issued)
        system.directory.catch_up()
        serving = Serving(system, ROOMS)
        shortcut = serving.app.middleware_stack
        assert isinstance(shortcut, Shortcut)
        stack = serving.app.build_middleware_stack()

        async def whole(scope: Scope, receive: Receive, send: Send) -> None:
            scope["app"] = serving.app
            await stack(scope, receive, send)

        yield Ways(
            serving,
            TestClient(serving.app, raise_server_exceptions=False),
            TestClient(whole, raise_server_exceptions=False),
            list(keys),
            sorted(shortcut._known),
        )


def told(
    client: TestClient, address: str, asked: Mapping[str, Any]
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything that an answer says."""
    answer = client.request(**{"method": "POST", "url": address, **asked})
    return answer.status_code, sorted(answer.headers.items()), answer.content


def counted() -> int:
    """How often somebody without a key was refused to declare."""
    found = re.search(r'route="/ideas",status="401"} (\d+)', "\n".join(REQUESTS.lines()))
    return int(found[1]) if found else 0


def test_declaring_takes_the_shortcut_and_what_has_its_own_parameters_does_not(ways: Ways) -> None:
    assert "/ideas" in ways.addresses
    assert [address for address in ways.addresses if "{" in address] == []


@pytest.mark.parametrize("who", [0, 1], ids=["client", "operator"])
def test_both_ways_give_the_same_answers(ways: Ways, who: int) -> None:
    key = {"Authorization": f"Bearer {ways.keys[who]}"}
    once = {"Idempotency-Key": "lan-1"}
    questions: tuple[Mapping[str, Any], ...] = (
        {},
        {"headers": {"Authorization": "Bearer nobody's"}},
        {"headers": key},
        {"headers": {**key, **once}, "content": b"{"},
        {"headers": {**key, **once}, "json": {}},
        {"headers": {**key, **once, "Accept-Language": "vi"}, "json": {"a": 1}},
        {"headers": {**key, **once, "Content-Type": "text/plain"}, "content": b"x"},
        {"headers": {**key, **once, "Content-Length": "99999999999"}, "content": b"x"},
        {"headers": key, "params": {"nobody": "asked"}},
        {"method": "GET"},
        {"method": "PUT", "headers": key},
    )
    for address in ways.addresses:
        for asked in questions:
            assert told(ways.short, address, asked) == told(ways.whole, address, asked), address
        # What is nearly the address is another one.
        for other in (f"{address}/", f"{address}x", address.upper()):
            assert told(ways.short, other, {}) == told(ways.whole, other, {})


def test_what_was_declared_on_one_way_is_answered_again_on_the_other(ways: Ways) -> None:
    asked = {
        "headers": {"Authorization": f"Bearer {ways.keys[0]}", "Idempotency-Key": "lan-2"},
        "content": line(filed_at="2022-03-01T08:00:00+07:00"),
    }
    status, headers, receipt = told(ways.short, "/ideas", asked)
    assert status == 201, receipt
    again = told(ways.whole, "/ideas", asked)
    assert again == told(ways.short, "/ideas", asked)
    assert again == (201, sorted([*headers, ("idempotent-replayed", "true")]), receipt)


def test_what_fails_unforeseen_is_a_problem_on_either_way(
    ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ways.serving.door, "caller", failing)
    short, whole = (told(client, "/ideas", {}) for client in (ways.short, ways.whole))
    assert short == whole
    assert short[0] == 500


def test_both_ways_are_counted_by_their_route(ways: Ways) -> None:
    for client in (ways.short, ways.whole):
        before = counted()
        told(client, "/ideas", {})
        assert counted() == before + 1
