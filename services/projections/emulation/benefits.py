"""Benefits: how much in all and of which class, and the largest values with a hint at those far from all others (D19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from services.projections.boards.leaderboard import share
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.places import REGISTER, Numbers
from services.projections.reckoning.reckoning import Measures, Scope
from services.projections.reckoning.totals import Totals
from services.projections.views.columns import Array
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.view import Snapshot
from shared.access import anybody
from shared.directory import Directory
from shared.tree import Tree
from shared.vocabulary import BenefitClass, Value

FAR: Final = 3.5
NORMAL: Final = 0.6745
"""A value is far from the others if its modified z-score, of logarithms, is above 3.5: 0.6745 (x - median) / MAD.

Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993.
"""


class ClassRow(Value):
    """What of the benefit is of one class, in VND, and how many ideas say so."""

    benefit_class: BenefitClass
    benefit: int
    share: float
    ideas: int


class LargeValue(Value):
    """An idea with a large benefit; `valid` says whether it counts in net.

    `times_median` is how many times the median of all values above nothing it is; `distance` its modified z-score.
    """

    rank: int
    idea: str
    sender: str
    id: UUID
    unit: str
    name: str
    benefit: int
    benefit_class: BenefitClass
    valid: bool
    times_median: float
    distance: float
    far: bool


class Benefits(AsOf):
    """The benefit below a unit, by class; `far_count` of all values, not only of those shown, are far from the others.

    Of the large ones, those of units whose ideas the reader may not read are left out, and counted in `hidden`.
    """

    simulated: bool
    programme: str
    unit: str
    name: str
    gross: int
    net: int
    duplicate_rate: float
    benefit: int
    with_benefit: int
    median: float | None
    far_count: int
    rows: tuple[ClassRow, ...]
    large: tuple[LargeValue, ...]
    hidden: int = 0


class Stated(NamedTuple):
    """Ideas that state a benefit: number, value, what of it is recognised and verified, and whether they count in net."""

    ideas: Numbers
    benefit: Numbers
    recognised: Numbers
    verified: Numbers
    valid: NDArray[np.bool_]
    place: Numbers

    def sure(self, place: int) -> BenefitClass:
        """The class of one."""
        if self.verified[place]:
            return BenefitClass.VERIFIED
        return BenefitClass.RECOGNISED if self.recognised[place] else BenefitClass.DECLARED

    def counts(self) -> dict[BenefitClass, int]:
        """How many are of each class."""
        verified = int((self.verified != 0).sum())
        recognised = int(((self.recognised != 0) & (self.verified == 0)).sum())
        return {
            BenefitClass.VERIFIED: verified,
            BenefitClass.RECOGNISED: recognised,
            BenefitClass.DECLARED: len(self.ideas) - verified - recognised,
        }


def benefits(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    top: int = 20,
    readable: Callable[[str], bool] = anybody,
) -> Benefits:
    """The benefit of a unit (default: the nation) and everything below it, as of a moment.

    `readable` says of a unit whether whoever asks may read its ideas.

    Raises ProgrammeIsUnknown, UnitIsUnknown.
    """
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        directory.programme(programme, at=scope.position)
        tree = directory.tree(at=scope.position, on=at.instant)
        code = tree[unit].code if unit is not None else tree.root
        totals = Totals(snapshot, scope, tree)
        measures = totals.of(code)
        stated = _stated(totals, scope, code)
        median, distances = _distances(stated.benefit)
        # The largest first; of equal ones, that which was declared first.
        order = np.lexsort((stated.ideas, -stated.benefit))[:top]
        names = _named(snapshot, stated.ideas[order].tolist())
    large = tuple(
        _large(rank, place, stated, names, median or 1.0, distances, tree)
        for rank, place in enumerate(order.tolist(), 1)
    )
    shown = tuple(value for value in large if readable(value.unit))
    counts = stated.counts()
    far = distances > FAR
    return Benefits(
        **heading(at, scope.position),
        simulated=directory.simulated,
        programme=programme,
        unit=code,
        name=tree.name(code),
        gross=measures.gross,
        net=measures.net,
        duplicate_rate=share(measures.duplicate, measures.gross),
        benefit=measures.benefit,
        with_benefit=len(stated.ideas),
        median=median,
        far_count=int(far.sum()),
        rows=tuple(_class_row(of, measures, counts[of]) for of in BenefitClass),
        large=shown,
        hidden=len(large) - len(shown),
    )


def _stated(totals: Totals, scope: Scope, unit: str) -> Stated:
    """Every idea below the unit that states a benefit above nothing, as it stands."""
    counts, _, rows = totals.reckoning
    cells = counts.cells()
    groups = totals.places.groups([unit])
    chosen, at = totals.reckoning.cells()
    inside = at < len(groups)
    wanted_cell = np.zeros(len(cells.places), dtype=bool)
    wanted_cell[chosen[inside]] = groups[at[inside]] >= 0
    cell, idea, effective, gross, net, benefit, recognised, verified = (
        column[:rows]
        for column in counts.columns(
            "cell", "idea", "effective", "gross", "net", "benefit", "recognised", "verified"
        )
    )
    wanted = wanted_cell[cell]
    if scope.true_by is not None:
        wanted &= effective <= scope.true_by
    most = int(idea.max(initial=-1)) + 1
    states = np.zeros(most, dtype=bool)
    states[idea[wanted & (benefit != 0)]] = True
    numbers = np.flatnonzero(states)
    # The place of each such idea among them; a table is a look where a search would be twenty.
    places = np.cumsum(states) - 1
    mine = np.flatnonzero(wanted & states[idea])
    where = places[idea[mine]]

    def summed(column: Array) -> Numbers:
        found = np.zeros(len(numbers), dtype=np.int64)
        np.add.at(found, where, column[mine].astype(np.int64))
        return found

    place = np.zeros(len(numbers), dtype=np.int64)
    # It stands where it was counted in last; an idea that went elsewhere brings nothing here.
    came = gross[mine] > 0
    place[where[came]] = cells.places[cell[mine][came]]
    sums = [summed(column) for column in (benefit, recognised, verified, net)]
    there = sums[0] > 0
    value, sure, checked, valid = (column[there] for column in sums)
    return Stated(numbers[there].astype(np.int64), value, sure, checked, valid > 0, place[there])


def _distances(values: Numbers) -> tuple[float | None, NDArray[np.float64]]:
    """The median of the values, and how far above it each lies; zero where all are much alike."""
    if not len(values):
        return None, np.zeros(0)
    logs = np.log10(values.astype(np.float64))
    off = logs - np.median(logs)
    spread = float(np.median(np.abs(off)))
    return float(np.median(values)), NORMAL * off / spread if spread else np.zeros(len(values))


def _class_row(of: BenefitClass, measures: Measures, ideas: int) -> ClassRow:
    amounts = {
        BenefitClass.RECOGNISED: measures.recognised,
        BenefitClass.VERIFIED: measures.verified,
        BenefitClass.DECLARED: measures.benefit - measures.recognised - measures.verified,
    }
    return ClassRow(
        benefit_class=of,
        benefit=amounts[of],
        share=share(amounts[of], measures.benefit),
        ideas=ideas,
    )


def _named(snapshot: Snapshot, numbers: list[int]) -> Mapping[int, tuple[str, str, str]]:
    """The id, sender and the sender's own id of ideas by their numbers."""
    table = snapshot.tables["ideas"].c
    rows = snapshot.connection.execute(
        select(table.number, table.idea, table.sender, table.external_id).where(
            table.number.in_(numbers)
        )
    )
    return {number: (idea, sender, name) for number, idea, sender, name in rows}


def _large(
    rank: int,
    place: int,
    stated: Stated,
    names: Mapping[int, tuple[str, str, str]],
    median: float,
    distances: NDArray[np.float64],
    tree: Tree,
) -> LargeValue:
    idea, sender, external_id = names[int(stated.ideas[place])]
    unit = REGISTER.codes[int(stated.place[place])]
    value = int(stated.benefit[place])
    distance = float(distances[place])
    return LargeValue(
        rank=rank,
        idea=external_id,
        sender=sender,
        id=UUID(idea),
        unit=unit,
        name=tree.name(unit),
        benefit=value,
        benefit_class=stated.sure(place),
        valid=bool(stated.valid[place]),
        times_median=value / median,
        distance=distance,
        far=distance > FAR,
    )
