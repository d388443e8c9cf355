"""Founding: a units file and a programme file put on record; the same files again change nothing, others add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from services.intake.programme import Programme, ProgrammeRecord, TargetRecord, programme_id
from services.intake.unit import Unit, UnitRecord, unit_id
from shared.directory import Directory
from shared.errors import Invalid, NotFound
from shared.events.access import SimulationMarked
from shared.ledger.model import Actor, Event
from shared.ledger.store import Ledger
from shared.messages import Language
from shared.tree import Tree
from shared.validation import faults
from shared.vocabulary import Level, TargetKind, midnight, named

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class FileIsWrong(Invalid):
    """A units or programme file cannot be taken as it is; nothing of it was recorded."""

    code = "bad-request"


class Founded(NamedTuple):
    """What `init` answers: how many units and targets the files hold, and how much of that was new."""

    units: int
    programme: str
    targets: int
    recorded: int


def read_units(path: Path, language: Language) -> list[UnitRecord]:
    """The units of a JSON-lines file. Raises FileIsWrong with every bad line."""
    records, wrong = [], []
    for number, line in enumerate(_bytes(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            records.append(UnitRecord.model_validate_json(line))
        except ValidationError as error:
            wrong += [
                f"{path.name}:{number}: {f.field}: {f.message}" for f in faults(error, language)
            ]
    _none_wrong(wrong)
    return records


def read_programme(path: Path, language: Language) -> ProgrammeRecord:
    """The programme of a JSON file. Raises FileIsWrong."""
    try:
        return ProgrammeRecord.model_validate_json(_bytes(path))
    except ValidationError as error:
        raise FileIsWrong(
            "\n".join(f"{path.name}: {f.field}: {f.message}" for f in faults(error, language))
        ) from error


def found(
    ledger: Ledger,
    directory: Directory,
    units: Sequence[UnitRecord],
    record: ProgrammeRecord,
    *,
    simulated: bool,
    by: Actor,
) -> Founded:
    """Put units, programme and targets on record in one transaction, leaving out what is there already.

    A simulation's history begins on the day from which applications count, so that everything declared comes after.
    """
    directory.catch_up()
    moment = midnight(record.applied_from) if simulated else None
    if simulated and not directory.simulated and ledger.head():
        raise Invalid(
            "This ledger holds real declarations and cannot become a simulation. Choose another --data."
        )
    events: list[Event] = []
    if simulated and not ledger.head():
        events.append(SimulationMarked(originator_id=named("ledger"), originator_version=1, by=by))
    events += _units(ledger, directory.tree(), units, by)
    tree = Tree.fold((*directory.tree_events(), *events), record.to.date())
    events += _programme(ledger, tree, record, by)
    if events:
        ledger.append(*events, moments=None if moment is None else [moment] * len(events))
    directory.catch_up()
    return Founded(len(units), record.code, len(record.targets), len(events))


def _units(ledger: Ledger, tree: Tree, records: Sequence[UnitRecord], by: Actor) -> list[Event]:
    """Founding and head counts; parents may come in any order."""
    levels = {r.code: r.level for r in records}
    wrong = [
        f"{r.code}: parent {r.parent} is neither in the file nor on record"
        for r in records
        if r.parent is not None and r.parent not in levels and r.parent not in tree
    ]
    if len(levels) < len(records):
        twice = [code for code, times in Counter(r.code for r in records).items() if times > 1]
        wrong.append(f"codes that stand twice in the file: {', '.join(twice[:20])}")
    _none_wrong(wrong)
    events: list[Event] = []
    nations = [r.code for r in records if r.level is Level.NATION]
    root = tree.root or next(iter(nations), "")
    for record in records:
        if record.code in tree:
            standing = ledger.load(Unit, unit_id(record.code))
            if differs := standing.stands_as(record):
                wrong.append(
                    f"{record.code}: {', '.join(differs)} not as on record ({standing.name}, {standing.level}, "
                    f"under {standing.parent}); a file changes none of these: use 'sangkien unit rename' or "
                    "'sangkien unit move', which hold from a date on"
                )
                continue
            events += standing.count(record, by=by)
        else:
            parent = record.parent
            above = None if parent is None else levels.get(parent) or tree[parent].level
            events += Unit.found(record, above=above, root=root, by=by)
    _none_wrong(wrong)
    return events


def _programme(ledger: Ledger, tree: Tree, record: ProgrammeRecord, by: Actor) -> list[Event]:
    unknown = sorted({p.unit for p in record.phases if p.unit is not None} - {*tree.units})
    _none_wrong(
        [f"phases of units that are not in the tree: {', '.join(unknown)}"] if unknown else []
    )
    events: list[Event] = []
    try:
        programme = ledger.load(Programme, programme_id(record.code))
    except NotFound:
        opened = Programme.open(record, by=by)
        programme = Programme.evolve(None, opened)
        events.append(opened)
    else:
        changed = programme.change_terms(record.terms(), by=by)
        # The ledger keeps what it loaded; targets that do not come to be recorded must not be seen there.
        programme = programme.model_copy(update={"targets": dict(programme.targets)})
        if changed is not None:
            events.append(changed)
            programme = Programme.evolve(programme, changed)
    # Whoever adds a unit or a head count gives the old targets along; what was set since must not be taken back by
    # them, nor a percentage be worked out anew. Of what a file gives and then changes, its last word is what counts.
    was_given = {_place(target): programme.was_given(target) for target in record.targets}
    for target in record.targets:
        event = programme.set_target(target, tree=tree, by=by)
        if event is not None and not was_given[_place(target)]:
            events.append(event)
            programme = Programme.evolve(programme, event)
    return events


def _place(target: TargetRecord) -> tuple[str, str | None, TargetKind, date]:
    return target.unit, target.phase, target.kind, target.dated


def _bytes(path: Path) -> bytes:
    return path.read_bytes().removeprefix(BYTE_ORDER_MARK)


def _none_wrong(wrong: Sequence[str]) -> None:
    if wrong:
        raise FileIsWrong("Nothing was recorded. " + "; ".join(wrong[:50]))
