"""The digest of a day or a week: what came since the last one, who got ahead, what was reached, who has nothing (D20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import select

from services.projections.boards.course import moment_at
from services.projections.boards.leaderboard import share
from services.projections.reckoning.asof import AsOf, Moment, Record, heading
from services.projections.reckoning.period import Period
from services.projections.reckoning.reckoning import Scope
from services.projections.reckoning.totals import Totals, span_of
from services.projections.views.caseload import CASES
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.view import Snapshot
from shared.directory import Directory, Programme
from shared.tree import Tree
from shared.vocabulary import Position, TargetKind, Value

LISTED: Final = 100
ASKED_AT_ONCE: Final = 500
MOMENT: Final = timedelta(microseconds=1)


class DigestRow(Value):
    """What one unit, with all below it, brought in the period, beside the period of the same length before.

    `gross` is what came, `change` how much more that is than before; `net` may have fallen by rulings. `ruled` is how
    many more stand as copies, `cases` how many were opened about something of the unit's.
    """

    unit: str
    name: str
    gross: int
    gross_before: int
    change: int
    net: int
    ruled: int
    people: int
    benefit: int
    cases: int
    gross_total: int
    net_total: int
    duplicate_rate: float


class Passed(Value):
    """A unit that had less than another when the period began, and has more now."""

    passer: str
    passer_name: str
    passed: str
    passed_name: str
    gap_before: int
    gap_after: int


class ReachedTarget(Value):
    """A target that was reached in the period, by what was declared."""

    unit: str
    name: str
    phase: str | None
    kind: TargetKind
    target: int
    gross: int


class Digest(AsOf):
    """The units directly below one, and that unit first; `without` are those that brought nothing."""

    simulated: bool
    programme: str
    unit: str
    period: str
    begins: datetime
    ends: datetime
    complete: bool
    without_count: int
    without: tuple[str, ...]
    overtakings_count: int
    rows: tuple[DigestRow, ...]
    reached: tuple[ReachedTarget, ...]
    overtakings: tuple[Passed, ...]


class Stages(NamedTuple):
    """The counts when the period before began, when the period began, and at its end (or the moment asked for)."""

    earlier: Totals
    then: Totals
    now: Totals

    def came(self, name: str, unit: str) -> int:
        """By how much a measure of a unit rose in the period."""
        return self.now.count(name, unit) - self.then.count(name, unit)


def digest(
    views: Views,
    directory: Directory,
    record: Record,
    *,
    programme: str,
    at: Moment,
    period: Period,
    unit: str | None = None,
) -> Digest:
    """What a period brought to a unit (default: the nation) and to those directly below it.

    As known, that is what came on record in it; on the corrected axis, what became true in it. The tree and the targets
    are those of its last day, by what is known at the moment, for all of it: a unit that moves brings no numbers. Raises ProgrammeIsUnknown,
    UnitIsUnknown.
    """
    length = period.ends - period.begins
    end = moment_at(record, at, period.within(at))
    start, before = (
        moment_at(record, at, instant - MOMENT)
        for instant in (period.begins, period.begins - length)
    )
    with views.read(QUOTA) as snapshot:
        scopes = [Scope.at(programme, moment, snapshot) for moment in (before, start, end)]
        position = Scope.at(programme, at, snapshot).position
        known = directory.programme(programme, at=position)
        tree = directory.tree(at=position, on=end.instant)
        code = tree[unit].code if unit is not None else tree.root
        stages = Stages(*(Totals(snapshot, scope, tree) for scope in scopes))
        below = [u for u in tree.children.get(code, ()) if tree.units[u].closed is None]
        opened = [min(record.position_at(moment.instant), position) for moment in (start, end)]
        cases = _cases(views, tree, (code, *below), after=opened[0], until=opened[1])
        rows = tuple(_row(unit, tree, stages, cases) for unit in (code, *below))
        reached = tuple(_reached([code, *below], known, end, tree, stages))
        passed = list(_passed(below, tree, stages))
    without = tuple(row.unit for row in rows[1:] if not row.gross)
    return Digest(
        **heading(at, position),
        simulated=directory.simulated,
        programme=programme,
        unit=code,
        period=period.name,
        begins=period.begins,
        ends=period.ends,
        complete=period.complete(at),
        without_count=len(without),
        without=without,
        overtakings_count=len(passed),
        rows=rows,
        reached=reached,
        overtakings=tuple(passed[:LISTED]),
    )


def _row(unit: str, tree: Tree, stages: Stages, cases: dict[str, int]) -> DigestRow:
    gross = stages.came("gross", unit)
    before = stages.then.count("gross", unit) - stages.earlier.count("gross", unit)
    total = stages.now.count("gross", unit)
    return DigestRow(
        unit=unit,
        name=tree.name(unit),
        gross=gross,
        gross_before=before,
        change=gross - before,
        net=stages.came("net", unit),
        ruled=stages.came("duplicate", unit),
        people=stages.came("people", unit),
        benefit=stages.came("benefit", unit),
        cases=cases[unit],
        gross_total=total,
        net_total=stages.now.count("net", unit),
        duplicate_rate=share(stages.now.count("duplicate", unit), total),
    )


def _reached(
    units: Iterable[str], programme: Programme, end: Moment, tree: Tree, stages: Stages
) -> Iterator[ReachedTarget]:
    """The targets in force at the end that were not yet reached when the period began."""
    standing = programme.standing(Directory.day(end.instant))
    for unit in units:
        for target in standing.by_unit.get(unit, ()):
            window = programme.window(target.phase, unit, tree) if target.phase else None
            if target.phase is not None and window is None:
                continue
            span = span_of(window)
            gross = stages.now.count("gross", unit, span)
            if stages.then.count("gross", unit, span) < target.value <= gross:
                yield ReachedTarget(
                    unit=unit,
                    name=tree.name(unit),
                    phase=target.phase,
                    kind=target.kind,
                    target=target.value,
                    gross=gross,
                )


def _passed(units: Sequence[str], tree: Tree, stages: Stages) -> Iterator[Passed]:
    """Who had less and has more now, the widest gaps first."""
    then, now = ({u: at.count("gross", u) for u in units} for at in (stages.then, stages.now))
    moved = {unit for unit in units if now[unit] != then[unit]}
    found = []
    for one, other in combinations(units, 2):
        if one not in moved and other not in moved:
            continue
        gap, after = then[one] - then[other], now[one] - now[other]
        if gap < 0 < after:
            found.append((one, other, gap, after))
        elif after < 0 < gap:
            found.append((other, one, -gap, -after))
    for passer, passed, gap, after in sorted(found, key=lambda f: (-f[3], f[0], f[1])):
        yield Passed(
            passer=passer,
            passer_name=tree.name(passer),
            passed=passed,
            passed_name=tree.name(passed),
            gap_before=gap,
            gap_after=after,
        )


def _cases(
    views: Views, tree: Tree, units: Sequence[str], *, after: Position, until: Position
) -> dict[str, int]:
    """How many cases were opened in a stretch of the record with a member that is, or was, below each of the units."""
    found: dict[str, set[int]] = {unit: set() for unit in units}
    with views.read(CASES) as snapshot:
        of: dict[str, list[int]] = {}
        for case, code in _members(snapshot, after, min(until, snapshot.position)):
            of.setdefault(code, []).append(case)
    for code, numbers in of.items():
        for above in tree.path(code):
            if above in found:
                found[above].update(numbers)
    return {unit: len(numbers) for unit, numbers in found.items()}


def _members(snapshot: Snapshot, after: Position, until: Position) -> Iterator[tuple[int, str]]:
    """The cases opened behind a position and up to another, each with the units of its members by then."""
    position, case = snapshot.columns("states", ["position", "case"], until)
    known = np.unique(case[position <= after])
    new = np.setdiff1d(case, known)
    of, unit = snapshot.columns("members", ["case", "unit"], until)
    chosen = np.isin(of, new)
    table = snapshot.tables["units"].c
    numbers = np.unique(unit[chosen]).tolist()
    names: dict[int, str] = {}
    for begin in range(0, len(numbers), ASKED_AT_ONCE):
        rows = snapshot.connection.execute(
            select(table.number, table.unit).where(
                table.number.in_(numbers[begin : begin + ASKED_AT_ONCE])
            )
        )
        names.update((number, code) for number, code in rows)
    yield from (
        (number, names[place])
        for number, place in zip(of[chosen].tolist(), unit[chosen].tolist(), strict=True)
    )
