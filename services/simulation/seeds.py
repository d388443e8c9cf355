"""The scenario of the published figures: a programme's history in which every exact one of them is true.

It goes through the same decisions as any other declaration: units and programmes are founded, targets set on the day
of their document, and ideas taken in by the bulk lane, each recorded under the simulated clock when it was filed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from random import Random
from typing import Final

from services.intake.authorship import Lot
from services.intake.bulk import Intake
from services.intake.founding import found
from services.intake.programme import Programme, TargetRecord, programme_id
from services.intake.records import Row
from services.intake.unit import Cohort, UnitRecord
from services.simulation.anchors import Anchors, comings, seed_anchors
from services.simulation.grounds import grounds, handed_down, seed_programme, seed_units
from services.simulation.national import Simulated
from services.simulation.seed_ideas import Declarer, sorts
from services.wiring import System
from shared.errors import Conflict
from shared.ledger.follow import Progress
from shared.ledger.model import Event
from shared.vocabulary import HOME, TargetKind, midnight

PROGRAMME: Final = "1tr"
EARLIER: Final = "75k"
SENDER: Final = "cong-truc-tuyen"
PORTION: Final = 20_000
"""So many declarations are handed in as one file, so that what the lane remembers of a file stays small."""

COHORT: Final = ("td9", "6 tỉnh Trung du và miền núi Bắc Bộ cùng Vĩnh Phúc, Lạng Sơn, Lào Cai")
OF_COHORT: Final = ("p06", "p08", "p10", "p15", "p17", "p19", "p20", "p25", "p26")
HANDED_DOWN: Final = "p38"
"""The province that is known to have handed its target down to the grassroots."""


class LedgerIsNotEmpty(Conflict):
    """A simulated history needs a ledger of its own."""

    def __init__(self) -> None:
        super().__init__(
            "A simulation begins with an empty ledger, and this one holds something already. "
            "Choose another --data."
        )


def simulate_seeds(system: System, *, seed: int = 1, progress: Progress | None = None) -> Simulated:
    """Write the history behind the published figures into an empty ledger. Raises LedgerIsNotEmpty."""
    if system.ledger.head():
        raise LedgerIsNotEmpty
    table = seed_anchors()
    units = seed_units(system.settings.language)
    later = _found(system, units, table.instants[0].date())
    total = sum(row[-1] for row in table.counts.values())
    lot = Lot(system.vault)
    declared = 0
    portion: list[Row] = []
    for row, instant in _rows(table, units, seed):
        while later and later[0][0] <= instant:
            # The targets of that morning come between the ideas of the evening before and those of the day.
            declared += _take_in(system, lot, portion)
            portion = []
            _set_targets(system, *later.pop(0))
        portion.append(row)
        if len(portion) == PORTION:
            declared += _take_in(system, lot, portion)
            portion = []
            if progress is not None:
                progress(declared, total)
    declared += _take_in(system, lot, portion)
    return Simulated(declared, system.ledger.head())


def _found(
    system: System, units: list[UnitRecord], opens: date
) -> list[tuple[datetime, list[TargetRecord]]]:
    """Found everything that stands before the first idea; the targets of later documents, by day, are left to do."""
    language = system.settings.language
    earlier, record = (seed_programme(code, language) for code in (EARLIER, PROGRAMME))
    by = system.operator("simulation")
    known = tuple(target for target in record.targets if target.dated < opens)
    found(system.ledger, system.directory, units, earlier, simulated=True, by=by)
    found(
        system.ledger,
        system.directory,
        (),
        record.model_copy(update={"targets": known}),
        simulated=True,
        by=by,
    )
    formed = Cohort.form(*COHORT, by=by)
    events: list[Event] = [formed]
    cohort = Cohort.evolve(None, formed)
    for unit in OF_COHORT:
        joined = cohort.join(unit, valid_from=opens, by=by)
        cohort = Cohort.evolve(cohort, joined)
        events.append(joined)
    system.ledger.append(*events, moments=[midnight(opens)] * len(events))
    later: dict[date, list[TargetRecord]] = {}
    for target in record.targets:
        if target.dated >= opens:
            later.setdefault(target.dated, []).append(target)
            if target.unit == HANDED_DOWN and target.kind is TargetKind.ASSIGNED:
                later[target.dated] += handed_down(target, units)
    return [
        (datetime.combine(day, time(8), HOME), targets) for day, targets in sorted(later.items())
    ]


def _set_targets(system: System, at: datetime, targets: list[TargetRecord]) -> None:
    """Put the targets of one day on record, in the morning."""
    programme = system.ledger.load(Programme, programme_id(PROGRAMME))
    # The ledger keeps what it loaded; targets that are not recorded yet must not be seen there.
    programme = programme.model_copy(update={"targets": dict(programme.targets)})
    tree = system.directory.tree()
    by = system.operator("simulation")
    events: list[Event] = []
    for target in targets:
        event = programme.set_target(target, tree=tree, by=by)
        if event is not None:
            events.append(event)
            programme = Programme.evolve(programme, event)
    system.ledger.append(*events, moments=[at] * len(events))
    system.directory.catch_up()


def _rows(table: Anchors, units: list[UnitRecord], seed: int) -> Iterator[tuple[Row, datetime]]:
    """Every declaration in the order in which it comes, and when."""
    stretches = table.stretches()
    declarer = Declarer(PROGRAMME, grounds(units, list(table.counts)))
    number = 0
    for stretch, whose in zip(stretches, sorts(stretches, Random(seed)), strict=True):
        for (instant, line), sort in zip(comings(stretch), whose, strict=True):
            number += 1
            yield Row(number, declarer.declare(number, line, sort, instant)), instant


def _take_in(system: System, lot: Lot, portion: list[Row]) -> int:
    """Hand in one file; a history that its own rules refuse is a mistake in the scenario."""
    intake = Intake(
        system.ledger,
        system.directory,
        lot,
        sender=SENDER,
        by=system.operator("simulation"),
        language=system.settings.language,
        simulate_clock=True,
    )
    report = intake.record(portion)
    if report.accepted != len(portion):
        raise AssertionError(f"The scenario's own declarations were refused: {report.errors[:3]}")
    return report.accepted
