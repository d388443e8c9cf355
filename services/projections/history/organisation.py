"""The organisation as it was: the tree on a day, as known at a moment, and what changed in it between two (C24)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.selection import CohortIsUnknown
from shared.cursor import cursor
from shared.directory import Directory
from shared.tree import Heads, Tree
from shared.vocabulary import Level, Sector, Value


class UnitRow(Value):
    """A unit as it stood on the day: under whom, with which head count, in which cohorts, and whether it was closed."""

    code: str
    name: str
    level: Level
    parent: str | None
    path: tuple[str, ...]
    sector: Sector
    kind: str
    members: int | None
    members_and_workers: int | None
    counted_on: date | None
    cohorts: tuple[str, ...]
    closed: date | None
    merged_into: str | None


class Organisation(AsOf):
    """The units of a day; `open` is how many of those asked for took declarations then. `next` is the cursor of the page after it."""

    day: date
    open: int
    closed: int
    rows: tuple[UnitRow, ...]
    next: str | None


class Reform(StrEnum):
    """What may happen to a unit."""

    FOUNDED = "founded"
    CLOSED = "closed"
    MERGED = "merged"
    MOVED = "moved"
    RENAMED = "renamed"
    RECOUNTED = "recounted"
    JOINED_COHORT = "joined-cohort"
    LEFT_COHORT = "left-cohort"
    TAKEN_BACK = "taken-back"
    """At the earlier of the two moments it stood so; by what is known at the later it never did."""


class UnitChange(Value):
    """What happened to a unit between two moments: what was there, and what is."""

    what: Reform
    code: str
    name: str
    level: Level
    before: str | None
    after: str | None


class OrganisationDifference(Value):
    """What changed in the tree between two moments."""

    before: AsOf
    after: AsOf
    open_before: int
    open_after: int
    changes: tuple[UnitChange, ...]


def organisation(
    directory: Directory,
    *,
    at: Moment,
    under: str | None = None,
    level: Level | None = None,
    cohort: str | None = None,
    begin: int = 0,
    limit: int | None = None,
) -> Organisation:
    """The units under one (with it), of a level, of a cohort, by their codes. Raises UnitIsUnknown, CohortIsUnknown."""
    tree, day = _tree(directory, at), directory.day(at.instant)
    wanted = _wanted(tree, under, level, cohort)
    shown = wanted[begin:] if limit is None else wanted[begin : begin + limit]
    cohorts = {
        code: tuple(sorted(name for name, units in tree.cohorts.items() if code in units))
        for code in shown
    }
    ended = begin + len(shown)
    return Organisation(
        **heading(at, at.position),
        day=day,
        open=sum(tree[code].closed is None for code in wanted),
        closed=sum(tree[code].closed is not None for code in wanted),
        rows=tuple(_row(tree, code, day, cohorts[code]) for code in shown),
        next=cursor(ended) if ended < len(wanted) else None,
    )


def organisation_difference(
    directory: Directory,
    *,
    one: Moment,
    other: Moment,
    under: str | None = None,
    level: Level | None = None,
    cohort: str | None = None,
) -> OrganisationDifference:
    """What was founded, closed, merged, moved, renamed and counted anew between two moments, by the units' codes.

    A unit belongs to what is asked for if it did at either moment. Raises UnitIsUnknown, CohortIsUnknown.
    """
    trees = [_tree(directory, at) for at in (one, other)]
    days = [directory.day(at.instant) for at in (one, other)]
    wanted: list[list[str]] = []
    for tree in trees:
        # What is founded, or gets its first members, in between is asked for at the other moment alone.
        missing = (under is not None and under not in tree) or (
            cohort is not None and cohort not in tree.cohorts
        )
        wanted.append(
            [] if missing and tree is not trees[-1] else _wanted(tree, under, level, cohort)
        )
    then, now = trees
    changes = [
        change
        for code in sorted({*wanted[0], *wanted[1]})
        for change in _changes(code, then, now, days[0], days[1])
    ]
    return OrganisationDifference(
        before=AsOf(**heading(one, one.position)),
        after=AsOf(**heading(other, other.position)),
        open_before=sum(then[code].closed is None for code in wanted[0]),
        open_after=sum(now[code].closed is None for code in wanted[1]),
        changes=tuple(changes),
    )


def _tree(directory: Directory, at: Moment) -> Tree:
    return directory.tree(at=at.position, on=at.instant)


def _wanted(tree: Tree, under: str | None, level: Level | None, cohort: str | None) -> list[str]:
    if cohort is not None and cohort not in tree.cohorts:
        raise CohortIsUnknown(cohort, sorted(tree.cohorts))
    codes: Iterable[str] = tree.units if under is None else tree.below(tree[under].code)
    return sorted(
        code
        for code in codes
        if (level is None or tree[code].level is level)
        and (cohort is None or code in tree.cohorts[cohort])
    )


def _row(tree: Tree, code: str, day: date, cohorts: tuple[str, ...]) -> UnitRow:
    unit, heads = tree[code], tree.heads(code, day)
    return UnitRow(
        code=code,
        name=unit.name,
        level=unit.level,
        parent=unit.parent,
        path=tree.path(code),
        sector=unit.sector,
        kind=unit.kind,
        members=heads.members if heads is not None else None,
        members_and_workers=heads.members_and_workers if heads is not None else None,
        counted_on=heads.counted_on if heads is not None else None,
        cohorts=cohorts,
        closed=unit.closed,
        merged_into=unit.merged_into,
    )


def _changes(
    code: str, then: Tree, now: Tree, day_then: date, day_now: date
) -> Iterator[UnitChange]:
    was, is_ = then.units.get(code), now.units.get(code)
    shown = is_ or was
    assert shown is not None

    def change(what: Reform, before: object, after: object) -> UnitChange:
        return UnitChange(
            what=what,
            code=code,
            name=shown.name,
            level=shown.level,
            before=str(before) if before is not None else None,
            after=str(after) if after is not None else None,
        )

    if was is None or is_ is None:
        what = Reform.FOUNDED if was is None else Reform.TAKEN_BACK
        yield change(what, was and was.parent, is_ and is_.parent)
    if was is not None and is_ is not None:
        if was.name != is_.name:
            yield change(Reform.RENAMED, was.name, is_.name)
        if was.parent != is_.parent:
            yield change(Reform.MOVED, was.parent, is_.parent)
    ended = (was.closed, was.merged_into) if was is not None else (None, None)
    if is_ is not None and (is_.closed, is_.merged_into) != ended:
        if is_.closed is None:
            yield change(Reform.TAKEN_BACK, ended[1] or ended[0], None)
        elif is_.merged_into is not None:
            yield change(Reform.MERGED, ended[1], is_.merged_into)
        else:
            yield change(Reform.CLOSED, ended[0], is_.closed)
    counted = then.heads(code, day_then), now.heads(code, day_now)
    if was is not None and is_ is not None and counted[0] != counted[1]:
        yield change(Reform.RECOUNTED, _told(counted[0]), _told(counted[1]))
    for cohort in sorted({*then.cohorts, *now.cohorts}):
        before, after = (code in tree.cohorts.get(cohort, ()) for tree in (then, now))
        if before is not after:
            what = Reform.JOINED_COHORT if after else Reform.LEFT_COHORT
            yield change(what, cohort if before else None, cohort if after else None)


def _told(heads: Heads | None) -> str | None:
    if heads is None:
        return None
    return f"{heads.members}/{heads.members_and_workers} ({heads.counted_on.isoformat()})"
