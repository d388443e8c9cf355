"""The conflict report: targets and phases that contradict each other, both sides with their documents; never repaired (D06, D07)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.projections.presentation.sentences import ConflictKind, Fact, sentence
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.targets.cascade import CascadeRow, sums
from services.projections.targets.contradictions import Contradiction, Standing
from shared.cursor import following, paged
from shared.directory import Directory
from shared.events.programme import TargetSet
from shared.tree import Tree
from shared.vocabulary import HOME, HeadCount, TargetKind, Value


class Provenance(Value):
    """A target that takes part in a conflict, with its document and the event that set it."""

    unit: str
    phase: str | None
    kind: TargetKind
    value: int
    percent: float | None
    of: HeadCount | None
    counted_on: date | None
    document: str
    dated: date
    stream: UUID
    version: int


class ConflictRow(Value):
    """One conflict in words, with the figures behind the words; without a unit it is about the programme's own phases."""

    kind: ConflictKind
    unit: str | None
    name: str
    phase: str | None
    vi: str
    en: str
    facts: dict[str, int | float | str | tuple[float, ...] | None]
    targets: tuple[Provenance, ...]


class Conflicts(AsOf):
    """Everything that contradicts, unit by unit from the nation down; `counts` says how often by kind, on all pages."""

    simulated: bool
    programme: str
    unit: str | None
    count: int
    counts: dict[ConflictKind, int]
    rows: tuple[ConflictRow, ...]
    next: str | None


def conflicts(
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    kind: ConflictKind | None = None,
    begin: int = 0,
    limit: int | None = None,
) -> Conflicts:
    """What contradicts among the targets known at the moment and in force on its day, of a unit and all below it, or of all.

    With a limit, a page of them. Both sides stay in force as they are recorded: which one is meant is for people to say, by a document. Raises
    ProgrammeIsUnknown, UnitIsUnknown.
    """
    tree = directory.tree(at=at.position, on=at.instant)
    known = directory.programme(programme, at=at.position)
    standing = Standing.on(known, tree, directory.day(at.instant))
    root = tree[unit].code if unit is not None else tree.root
    found = [
        contradiction
        for contradiction in _found(
            standing, [*tree.below(root)] if root else [], whole=unit is None
        )
        if kind in {None, contradiction.kind}
    ]
    counts = Counter(contradiction.kind for contradiction in found)
    return Conflicts(
        **heading(at, at.position),
        simulated=directory.simulated,
        programme=programme,
        unit=unit,
        count=len(found),
        counts={of: counts[of] for of in ConflictKind if counts[of]},
        rows=tuple(_row(one, known.name, tree) for one in paged(found, begin, limit)),
        next=following(found, begin, limit),
    )


def _found(standing: Standing, units: list[str], *, whole: bool) -> Iterator[Contradiction]:
    tree = standing.tree
    added_up: dict[str, list[CascadeRow]] = {}
    for row in sums(standing.programme, standing.goals, units, tree):
        added_up.setdefault(row.unit, []).append(row)
    owners = {phase.unit for phase in standing.programme.terms.phases}
    if whole:
        yield from standing.of_phases(None)
    for unit in units:
        if tree[unit].closed is not None:
            yield from standing.of_closed(unit)
            continue
        yield from standing.of_unit(unit)
        for row in added_up.get(unit, ()):
            yield from standing.of_sum(row)
        if unit in owners:
            yield from standing.of_phases(unit)


def _row(found: Contradiction, programme: str, tree: Tree) -> ConflictRow:
    name = tree.name(found.unit) if found.unit is not None else programme
    facts = {"name": name, **found.facts}
    return ConflictRow(
        kind=found.kind,
        unit=found.unit,
        name=name,
        phase=found.phase,
        vi=sentence(found.kind, facts, "vi"),
        en=sentence(found.kind, facts, "en"),
        facts={key: _plain(fact) for key, fact in found.facts.items()},
        targets=tuple(_provenance(target) for target in found.targets),
    )


def _plain(fact: Fact) -> int | float | str | tuple[float, ...] | None:
    match fact:
        case datetime():
            return fact.astimezone(HOME).isoformat()
        case date():
            return fact.isoformat()
        case StrEnum():
            return fact.value
        case _:
            return fact


def _provenance(target: TargetSet) -> Provenance:
    return Provenance(
        unit=target.unit,
        phase=target.phase,
        kind=target.kind,
        value=target.value,
        percent=float(target.percent) if target.percent is not None else None,
        of=target.of,
        counted_on=target.counted_on,
        document=target.document,
        dated=target.dated,
        stream=target.originator_id,
        version=target.originator_version,
    )
