"""Shares: of the authors, who holds no leading post and who works directly; of the ideas, those of the non-state sector (D18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from services.projections.boards.course import Every, SpanIsEmpty, TooManyPoints, instants
from services.projections.boards.leaderboard import share
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.counts import Span
from services.projections.reckoning.period import Period
from services.projections.reckoning.places import REGISTER, Numbers
from services.projections.reckoning.reckoning import Scope
from services.projections.reckoning.selection import Selection
from services.projections.reckoning.totals import Totals, span_between
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory
from shared.tree import Tree
from shared.vocabulary import HOME, Sector, Value

MOMENT: Final = timedelta(microseconds=1)
MOST: Final = 200
"""So many stretches of time are answered at once."""


class Parts(Value):
    """Who takes part, and the shares (0-1) that they are; of nothing there is no share."""

    gross: int
    net: int
    duplicate_rate: float
    people: int
    non_leaders: int
    direct: int
    non_state: int
    non_leader_share: float | None
    direct_share: float | None
    non_state_share: float | None


class ShareRow(Value):
    """A unit in a stretch of time (null: all), beside the nation in the same one."""

    unit: str
    name: str
    begins: datetime | None
    ends: datetime | None
    gross: int
    net: int
    duplicate_rate: float
    people: int
    non_leaders: int
    direct: int
    non_state: int
    non_leader_share: float | None
    direct_share: float | None
    non_state_share: float | None
    national_non_leader_share: float | None
    national_direct_share: float | None
    national_non_state_share: float | None


class Shares(AsOf):
    """Units beside each other, or one unit from month to month; `non_state` counts the ideas of non-state unions."""

    simulated: bool
    programme: str
    period: str | None
    every: Every | None
    nation: Parts
    rows: tuple[ShareRow, ...]


class Stretch(NamedTuple):
    """A stretch of filing instants; without ends, all time."""

    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def span(self) -> Span | None:
        """The same in microseconds."""
        if self.begins is None or self.ends is None:
            return None
        return span_between(self.begins, self.ends)


def shares(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    selection: Selection | None = None,
    period: Period | None = None,
    unit: str | None = None,
    every: Every | None = None,
) -> Shares:
    """The shares of units, of all that was declared or of a period; or of one unit over time, as of a moment.

    Over time is by when ideas were filed, from the programme's begin on. Authors are counted as often as they are named;
    a union is of the sector that the tree of the day says.
    Raises ProgrammeIsUnknown, UnitIsUnknown, CohortIsUnknown, TooManyPoints.
    """
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        known = directory.programme(programme, at=scope.position)
        tree = directory.tree(at=scope.position, on=at.instant)
        taking = Taking(Totals(snapshot, scope, tree), tree)
        stretches = [Stretch(period.begins, period.ends) if period is not None else Stretch()]
        units: Sequence[str]
        if unit is not None:
            units = [tree[unit].code]
            if every is not None:
                stretches = _stretches(known.terms.window.from_, at.instant, every)
        else:
            selection = selection or Selection.asked(None, None, None)
            selection.check(tree)
            units, every = selection.of(tree), None
        rows = tuple(_row(taking, code, stretch) for stretch in stretches for code in units)
        nation = taking.parts(tree.root, stretches[0].span if every is None else None)
    return Shares(
        **heading(at, scope.position),
        simulated=directory.simulated,
        programme=programme,
        period=period.name if period is not None else None,
        every=every,
        nation=nation,
        rows=rows,
    )


def _stretches(begins: datetime, until: datetime, every: Every) -> list[Stretch]:
    """From the programme's begin to the moment, cut at each day, week or month."""
    if begins > until:
        raise SpanIsEmpty(begins, until)
    cuts = [cut.astimezone(HOME) for cut in instants(begins, until, every)]
    if len(cuts) - 1 > MOST:
        raise TooManyPoints(len(cuts) - 1)
    ends = cuts[1:]
    # What was filed at the moment itself is asked for too.
    last = until.astimezone(HOME)
    return [
        Stretch(begin, end if end != last else end + MOMENT)
        for begin, end in zip(cuts, ends, strict=False)
    ]


class Taking:
    """Who takes part, counted once for every stretch of time."""

    def __init__(self, totals: Totals, tree: Tree) -> None:
        self._totals, self._tree = totals, tree
        self._non_state: dict[Span | None, Numbers] = {}

    @property
    def root(self) -> str:
        """The nation."""
        return self._tree.root

    def name(self, unit: str) -> str:
        """A unit's name."""
        return self._tree.name(unit)

    def parts(self, unit: str, span: Span | None) -> Parts:
        """A unit with everything below it."""

        def count(name: str) -> int:
            return self._totals.count(name, unit, span)

        gross, people, posts, direct = map(count, ("gross", "people", "posts", "direct"))
        non_state = self.non_state(unit, span)
        return Parts(
            gross=gross,
            net=count("net"),
            duplicate_rate=share(count("duplicate"), gross),
            people=people,
            non_leaders=people - posts,
            direct=direct,
            non_state=non_state,
            non_leader_share=(people - posts) / people if people else None,
            direct_share=direct / people if people else None,
            non_state_share=non_state / gross if gross else None,
        )

    def non_state(self, unit: str, span: Span | None) -> int:
        """How many ideas below a unit are those of unions of the non-state sector."""
        found = self._non_state.get(span)
        if found is None:
            found = self._non_state[span] = self._rolled(span)
        number = REGISTER.number(unit)
        return int(found[number]) if number < len(found) else 0

    def _rolled(self, span: Span | None) -> Numbers:
        places, reckoning = self._totals.places, self._totals.reckoning
        chosen, at = reckoning.cells()
        inside = at < places.size
        chosen, at = chosen[inside], at[inside]
        units = (self._tree.units.get(REGISTER.codes[number]) for number in at.tolist())
        counts = [unit is not None and unit.sector is Sector.NON_STATE for unit in units]
        own = np.zeros((1, places.size), dtype=np.int64)
        own[:, at] = reckoning.by_cell("gross", span)[:, chosen] * np.array(counts, dtype=np.int64)
        found: Numbers = places.rolled(own)[0]
        return found


def _row(taking: Taking, unit: str, stretch: Stretch) -> ShareRow:
    nation = taking.parts(taking.root, stretch.span)
    return ShareRow(
        **taking.parts(unit, stretch.span).model_dump(),
        unit=unit,
        name=taking.name(unit),
        begins=stretch.begins,
        ends=stretch.ends,
        national_non_leader_share=nation.non_leader_share,
        national_direct_share=nation.direct_share,
        national_non_state_share=nation.non_state_share,
    )
