"""A small programme to test with, and declarations as people send them: JSON lines, CSV, a workbook."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from services.intake.bulk import Intake, Report
from services.intake.programme import Programme, ProgrammeRecord
from services.intake.records import Row, json_lines
from services.intake.unit import Unit, UnitRecord
from shared.declaration import Declaration
from shared.directory import Directory
from shared.directory import Programme as ProgrammeAsOf
from shared.events.access import SimulationMarked
from shared.events.idea import IdeaDeclared
from shared.events.programme import TargetSet
from shared.ledger.clock import UUID7
from shared.ledger.model import Actor, Event
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.vault import Vault
from shared.vocabulary import Level, Sector, midnight, named

NOW: Final = datetime(2023, 6, 1, 2, 0, tzinfo=UTC)
BY: Final = Actor(name="tester", role="operator", source="test", correlation=UUID(int=1))
UNIT: Final = "p01-01-001"
NEIGHBOUR: Final = "p01-01-002"
PROGRAMME: Final = ProgrammeRecord.model_validate_json(
    """{"code": "1tr", "name": "1 triệu sáng kiến",
    "from": "2022-01-08T00:00:00+07:00", "to": "2023-09-01T00:00:00+07:00",
    "applied_from": "2021-01-01", "applied_to": "2023-09-01",
    "phases": [{"code": "1", "from": "2022-01-08T00:00:00+07:00", "to": "2023-09-01T00:00:00+07:00"}]}"""
)


def unit(code: str, level: Level, parent: str | None) -> UnitRecord:
    """A unit of a hundred members."""
    return UnitRecord(
        code=code,
        name=f"Công đoàn {code}",
        level=level,
        parent=parent,
        sector=Sector.STATE,
        members=100,
        members_and_workers=120,
        counted_on=date(2022, 1, 1),
    )


UNITS: Final = (
    unit("vn", Level.NATION, None),
    unit("p01", Level.FIRST, "vn"),
    unit("p01-01", Level.UPPER, "p01"),
    unit(UNIT, Level.GRASSROOTS, "p01-01"),
    unit(NEIGHBOUR, Level.GRASSROOTS, "p01-01"),
)


class Place(NamedTuple):
    """An embedded system of its own, in a folder of its own."""

    ledger: Ledger
    directory: Directory
    vault: Vault


@contextmanager
def small_programme(
    home: Path,
    *,
    simulated: bool = False,
    clock: Callable[[], datetime] = lambda: NOW,
    before_commit: Sequence[Callable[[], None]] = (),
) -> Iterator[Place]:
    """Nation, province, upper unit, two grassroots unions and programme `1tr`, founded where they are not yet."""
    vault = Vault(f"sqlite:///{home / 'vault.db'}", entropy=os.urandom)
    ledger = Ledger(
        open_recorder(f"sqlite:///{home / 'ledger.db'}"),
        clock=clock,
        new_id=UUID7(clock, random.Random(1).getrandbits),
        before_commit=[vault.flush, *before_commit],
    )
    directory = Directory(ledger, forget=vault.forget)
    if not ledger.head():
        events = founding(simulated=simulated)
        moment = midnight(PROGRAMME.applied_from)
        ledger.append(*events, moments=[moment] * len(events) if simulated else None)
    directory.catch_up()
    try:
        yield Place(ledger, directory, vault)
    finally:
        ledger.close()
        vault.close()


def founding(*, simulated: bool = False) -> list[Event]:
    """The events of the small programme."""
    levels = {record.code: record.level for record in UNITS}
    events: list[Event] = []
    if simulated:
        events.append(SimulationMarked(originator_id=named("ledger"), originator_version=1, by=BY))
    for record in UNITS:
        above = levels[record.parent] if record.parent is not None else None
        events += Unit.found(record, above=above, by=BY)
    return [*events, Programme.open(PROGRAMME, by=BY)]


def take(
    place: Place,
    rows: Sequence[Row] | Iterator[Row],
    *,
    sender: str = "cli",
    simulate_clock: bool = False,
    dry_run: bool = False,
) -> Report:
    """Import rows, in English."""
    intake = Intake(
        place.ledger,
        place.directory,
        place.vault,
        sender=sender,
        by=BY,
        language="en",
        simulate_clock=simulate_clock,
        dry_run=dry_run,
    )
    return intake.record(rows)


def author(**changes: object) -> dict[str, object]:
    """An author who did it alone."""
    return {"person": "NV-1", "name": "Nguyễn Thị Hòa", "share_percent": 100, **changes}


LEFT_OUT: Final = object()
"""Given as a field's value, leaves the field out."""


def record(**changes: object) -> dict[str, object]:
    """An eligible declaration as a sender writes it, with some fields otherwise."""
    whole: dict[str, object] = {
        "external_id": "LD-1",
        "programme": "1tr",
        "unit": UNIT,
        "title": "Cải tiến đồ gá hàn khung xe",
        "solution": "Đồ gá xoay giữ khung ở góc hàn, công nhân không phải chỉnh tay từng khung.",
        "authors": [author()],
        "filed_at": "2022-05-04T08:00:00+07:00",
        "first_applied_on": "2022-04-20",
        "recognition": {"form": "recognition decision", "date": "2022-05-20"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not LEFT_OUT}


def line(**changes: object) -> bytes:
    """The same as a line of JSON."""
    return json.dumps(record(**changes), ensure_ascii=False).encode()


def declaration(**changes: object) -> Declaration:
    """The same, validated."""
    return Declaration.model_validate_json(line(**changes))


def lines(*sent: bytes) -> Iterator[Row]:
    """These lines as the rows of a file."""
    return json_lines(BytesIO(b"\n".join(sent)), "en")


def ideas(place: Place) -> list[tuple[datetime, IdeaDeclared]]:
    """Every declaration on record, with the instant of recording."""
    facts = place.ledger.read(0, limit=10_000, topics=[IdeaDeclared.TOPIC])
    return [(r.recorded, r.event) for r in facts if isinstance(r.event, IdeaDeclared)]


def counts(report: Report) -> tuple[int, int, int, int]:
    """How many rows were read, accepted, replayed, rejected."""
    return report.read, report.accepted, report.replayed, report.rejected


def targets(programme: ProgrammeAsOf) -> dict[tuple[str, str | None, str], TargetSet]:
    """The last target of each unit, phase and kind."""
    return {(t.unit, t.phase, t.kind.value): t for t in programme.in_force(date.max)}
