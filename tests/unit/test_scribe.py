"""The scribe: each group is told its own fate, whatever became of the one before, and an end is an end."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from services.wiring import System
from shared.errors import AlreadyClaimed
from shared.events.organisation import CohortFormed
from shared.ledger.model import Actor
from shared.ledger.scribe import Scribe, ScribeIsGone
from shared.ledger.write import Claim, Write
from shared.ledger.writer import COMPANY, Writer
from shared.settings import Settings
from shared.vocabulary import Position

COMMAND = [sys.executable, "-m", "services.scribe"]
PATIENCE_SECONDS = 60


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with System(Settings(data=tmp_path / "home")) as found:
        yield found


@pytest.fixture
def scribe(system: System) -> Scribe:
    return Scribe(COMMAND, system.settings, system.vault)


def formed(system: System, name: str = "Cụm 1", *, claims: str = "") -> Write:
    event = CohortFormed(
        originator_id=system.ledger.new_id(),
        originator_version=1,
        by=Actor(name="tester", role="admin", source="tests", correlation=UUID(int=1)),
        code="C1",
        cohort_name=name,
    )
    return Write([event], [Claim(claims, b"digest", event)] if claims else [])


async def begun(scribe: Scribe) -> None:
    scribe.call()
    until = time.monotonic() + PATIENCE_SECONDS
    while not scribe.ready:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


def carried_out(
    scribe: Scribe, story: Callable[[], Coroutine[None, None, list[object]]]
) -> list[object]:
    async def told() -> list[object]:
        await begun(scribe)
        try:
            return await story()
        finally:
            await scribe.close()

    return asyncio.run(told())


def test_a_refused_group_between_two_good_ones_is_refused_alone(
    system: System, scribe: Scribe
) -> None:
    async def story() -> list[object]:
        await scribe.write([formed(system, claims="a name")], system.ledger.now())
        groups = [formed(system), formed(system, claims="a name"), formed(system)]
        return [
            *await asyncio.gather(
                *(scribe.write([write], system.ledger.now()) for write in groups),
                return_exceptions=True,
            )
        ]

    before, refused, after = carried_out(scribe, story)
    assert (before, after) == ([[2]], [[3]])
    assert isinstance(refused, AlreadyClaimed)
    assert refused.name == "a name"
    assert system.ledger.head() == 3


def test_what_cannot_be_written_as_bytes_leaves_the_others_their_answers(
    system: System, scribe: Scribe
) -> None:
    async def story() -> list[object]:
        now = system.ledger.now()
        with pytest.raises(Exception, match="surrogate"):
            await scribe.write([formed(system, "\ud800")], now)
        return [await scribe.write([formed(system), formed(system)], now)]

    assert carried_out(scribe, story) == [[[1], [2]]]


def test_names_sealed_before_a_write_open_once_it_is_on_record(
    system: System, scribe: Scribe
) -> None:
    person = system.vault.pseudonym("cổng", "NV-1")

    async def story() -> list[object]:
        sealed = system.vault.seal(person, "Lò Thị Mai")
        await scribe.write([formed(system)], system.ledger.now())
        with System(system.settings) as elsewhere:
            return [elsewhere.vault.unseal(person, sealed)]

    assert carried_out(scribe, story) == ["Lò Thị Mai"]


def test_a_scribe_that_is_only_beginning_is_let_go_soon(scribe: Scribe) -> None:
    async def told_to_end_at_once() -> None:
        scribe.call()
        await asyncio.sleep(0)
        await asyncio.wait_for(scribe.close(), PATIENCE_SECONDS / 2)

    asyncio.run(told_to_end_at_once())
    assert not scribe.ready


def test_nothing_is_handed_to_a_scribe_that_is_gone(system: System, scribe: Scribe) -> None:
    async def story() -> list[object]:
        await scribe.close()
        with pytest.raises(ScribeIsGone):
            await scribe.write([formed(system)], system.ledger.now())
        return []

    assert carried_out(scribe, story) == []
    assert system.ledger.head() == 0


def test_callers_who_gather_over_a_network_are_written_for_by_a_scribe(
    system: System, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(system.ledger._recorder), "NEAR", False)
    asked: list[int] = []
    write = scribe.write

    async def counted(writes: list[Write], *rest: object) -> list[list[Position]]:
        asked.append(len(writes))
        return await write(writes, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(scribe, "write", counted)

    async def all_declare() -> list[object]:
        writer = Writer(system.ledger, scribe)
        told: list[object] = []
        for _ in range(2):
            rounds = [writer.append(formed(system)) for _ in range(5 * COMPANY)]
            told += await asyncio.gather(*rounds)
            await begun(scribe)
        await writer.close()
        return told

    told = asyncio.run(all_declare())
    assert sorted(told, key=str) == sorted(([n] for n in range(1, 10 * COMPANY + 1)), key=str)
    assert sum(asked) == 5 * COMPANY
