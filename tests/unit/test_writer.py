"""The group commit: callers at the same time share a transaction, and each hears of its own write alone."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from shared.errors import AlreadyClaimed, Unavailable, VersionConflict
from shared.events.organisation import CohortFormed
from shared.ledger.clock import UUID7
from shared.ledger.model import Actor, Event
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.ledger.write import Claim, Write
from shared.ledger.writer import GROUP, Writer
from shared.vocabulary import Position

START = datetime(2022, 1, 8, tzinfo=UTC)


class Watched(Ledger):
    """A ledger that tells how its writes were grouped, and holds them back while the gate is shut."""

    groups: list[int]
    gate: threading.Event
    threads: list[bool]
    broken: bool = False
    is_near: bool = False

    def write(self, writes: Sequence[Write], *, wait: bool = True) -> list[list[Position]]:
        self.gate.wait()
        self.groups.append(len(writes))
        if self.broken:
            raise Unavailable("The disk is full. Nothing was recorded; send the same again later.")
        self.threads.append(threading.current_thread() is threading.main_thread())
        return super().write(writes, wait=wait)

    @property
    def near(self) -> bool:
        return self.is_near


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(
        open_recorder(f"sqlite:///{tmp_path / 'ledger.db'}"),
        clock=lambda: START,
        new_id=UUID7(lambda: START, random.getrandbits),
    )
    watched.groups, watched.threads, watched.gate = [], [], threading.Event()
    yield watched
    watched.close()


def formed(ledger: Ledger, stream: UUID | None = None, name: str = "Cụm 1") -> CohortFormed:
    return CohortFormed(
        originator_id=stream or ledger.new_id(),
        originator_version=1,
        by=Actor(name="tester", role="admin", source="tests", correlation=ledger.new_id()),
        code="C1",
        cohort_name=name,
    )


async def all_at_once(
    ledger: Watched, writes: Sequence[Write]
) -> list[list[Position] | BaseException]:
    """What each caller hears, when the first write is on its way as the others come in."""
    writer = Writer(ledger)
    first = asyncio.create_task(writer.append(Write([formed(ledger)])))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(writer.append(write)) for write in writes]
    await asyncio.sleep(0.01)
    ledger.gate.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def recorded(ledger: Ledger) -> list[Event]:
    return [fact.event for fact in ledger.read(0)]


def test_callers_at_the_same_time_share_one_transaction(ledger: Watched) -> None:
    writes = [Write([formed(ledger), formed(ledger)]) for _ in range(20)]
    answers = asyncio.run(all_at_once(ledger, writes))
    assert ledger.groups == [1, 20]
    assert answers == [[2 + 2 * turn, 3 + 2 * turn] for turn in range(20)]
    assert recorded(ledger)[1:] == [event for write in writes for event in write.events]


def test_a_group_has_a_limit(ledger: Watched) -> None:
    asyncio.run(all_at_once(ledger, [Write([formed(ledger)]) for _ in range(GROUP + 3)]))
    assert ledger.groups == [1, GROUP, 3]


def test_a_caller_alone_does_not_wait_for_company(ledger: Watched) -> None:
    async def two_in_turn() -> list[list[Position]]:
        writer = Writer(ledger)
        return [await writer.append(Write([formed(ledger)])) for _ in range(2)]

    ledger.gate.set()
    assert asyncio.run(two_in_turn()) == [[1], [2]]
    assert ledger.groups == [1, 1]


def test_a_write_that_conflicts_is_refused_alone(ledger: Watched) -> None:
    ledger.gate.set()
    taken = formed(ledger)
    ledger.append(taken)
    ledger.gate.clear()
    ledger.groups.clear()
    good = [formed(ledger) for _ in range(3)]
    writes = [Write([good[0]]), Write([formed(ledger, taken.originator_id)]), Write(good[1:])]
    answers = asyncio.run(all_at_once(ledger, writes))
    assert isinstance(answers[1], VersionConflict)
    assert [answers[0], answers[2]] == [[3], [4, 5]]
    assert recorded(ledger)[2:] == good
    assert ledger.groups == [1, 3, 1, 1, 1]


def test_of_callers_with_the_same_key_the_first_is_recorded(ledger: Watched) -> None:
    events = [formed(ledger) for _ in range(3)]
    answers = asyncio.run(
        all_at_once(
            ledger, [Write([event], claims=[Claim("key k1", b"", event)]) for event in events]
        )
    )
    assert answers[0] == [2]
    assert [type(answer) for answer in answers[1:]] == [AlreadyClaimed, AlreadyClaimed]
    assert recorded(ledger)[1:] == events[:1]


def test_a_write_that_cannot_be_written_at_all_harms_no_other(ledger: Watched) -> None:
    odd = formed(ledger).model_copy(update={"code": object()})
    good = formed(ledger)
    answers = asyncio.run(all_at_once(ledger, [Write([odd]), Write([good])]))
    assert isinstance(answers[0], Exception)
    assert answers[1] == [2]
    assert recorded(ledger)[1:] == [good]


def test_a_store_that_fails_is_told_to_everyone_who_waits_and_to_nobody_later(
    ledger: Watched,
) -> None:
    async def fail_and_recover() -> tuple[list[BaseException | list[Position]], list[Position]]:
        writer = Writer(ledger)
        ledger.broken = True
        failed = await asyncio.gather(
            *(writer.append(Write([formed(ledger)])) for _ in range(3)), return_exceptions=True
        )
        ledger.broken = False
        return failed, await writer.append(Write([formed(ledger)]))

    ledger.gate.set()
    failed, later = asyncio.run(fail_and_recover())
    assert [type(answer) for answer in failed] == [Unavailable] * 3
    assert later == [1]
    assert ledger.groups == [3, 1]


def test_a_caller_that_goes_away_leaves_the_others_their_answers(ledger: Watched) -> None:
    async def leave() -> list[Position]:
        writer = Writer(ledger)
        impatient = asyncio.create_task(writer.append(Write([formed(ledger)])))
        patient = asyncio.create_task(writer.append(Write([formed(ledger)])))
        await asyncio.sleep(0.01)
        impatient.cancel()
        ledger.gate.set()
        return await patient

    assert asyncio.run(leave()) == [2]
    assert ledger.head() == 2


def test_what_was_handed_in_is_on_disk_once_the_writer_is_drained(ledger: Watched) -> None:
    async def drain() -> int:
        writer = Writer(ledger)
        await writer.drained()
        waiting = [asyncio.create_task(writer.append(Write([formed(ledger)]))) for _ in range(300)]
        await asyncio.sleep(0.01)
        threading.Timer(0.05, ledger.gate.set).start()
        await writer.drained()
        head = ledger.head()
        await asyncio.gather(*waiting)
        return head

    assert asyncio.run(drain()) == 300


def test_a_quick_commit_is_done_where_the_callers_are(ledger: Watched) -> None:
    ledger.is_near = True
    ledger.gate.set()

    async def together() -> list[list[int]]:
        writer = Writer(ledger)
        return await asyncio.gather(*(writer.append(Write([formed(ledger)])) for _ in range(5)))

    assert sorted(asyncio.run(together())) == [[n] for n in range(1, 6)]
    assert (ledger.groups, ledger.threads) == ([5], [True])


def test_while_somebody_else_is_writing_a_commit_waits_in_a_thread(
    ledger: Watched, tmp_path: Path
) -> None:
    ledger.is_near = True
    ledger.gate.set()
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def meanwhile() -> tuple[list[int], bool]:
        writer = Writer(ledger)
        waiting = asyncio.create_task(writer.append(Write([formed(ledger)])))
        await asyncio.sleep(0.2)
        was_waiting = not waiting.done()
        other.execute("COMMIT")
        return await waiting, was_waiting

    assert asyncio.run(meanwhile()) == ([1], True)
    assert ledger.threads == [True, False]
    other.close()
