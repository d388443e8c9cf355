"""What is learnt of the pace of units as of a moment: what forecasts of any kind stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from services.projections.forecast.arrivals import arrivals
from services.projections.forecast.looks import Looks, mixed, ways
from services.projections.forecast.pace import Fit, Series, paces
from services.projections.forecast.season import Rates
from services.projections.reckoning.asof import Moment
from services.projections.reckoning.places import Places
from services.projections.reckoning.reckoning import disjoint
from services.projections.views.view import Snapshot
from shared.directory import Directory, Programme, ProgrammeIsUnknown
from shared.tree import Tree
from shared.vocabulary import Level

FARTHEST: Final = 3660
"""A deadline that is farther away in days is treated as if it were so far."""
BEYOND: Final = 366
"""So many days after its deadline a target is still looked out for."""


class Learnt(NamedTuple):
    """What is known of the pace of some units: each day's arrivals, what is expected, and how far off that may be.

    `weights` say how much each way of going on is believed, by way and unit.
    """

    series: Series
    rows: Mapping[str, int]
    paces: Rates
    weights: Rates
    ahead: Rates
    spreads: Rates

    def coming(self, unit: str, at: Moment) -> Rates:
        """What a unit is expected to hand in on each day from the moment on: of today there is left what is left of the day."""
        found: Rates = self.ahead[self.rows[unit]].copy()
        now = at.at_home
        passed = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
        found[0] *= 1 - passed / timedelta(days=1)
        return found


def learn(
    snapshot: Snapshot,
    directory: Directory,
    programme: Programme,
    tree: Tree,
    at: Moment,
    units: Sequence[str],
    until: int | None,
) -> tuple[Fit, Mapping[str, Learnt]]:
    """What is learnt of the programme as a whole, and of each unit, for the days up to one and some beyond."""
    firsts = [unit.code for unit in tree.at_level(Level.FIRST)] or [tree.root]
    own = arrivals(snapshot, at, programme, firsts, tree)
    others = []
    for code in directory.programmes():
        earlier = _known_then(directory, code, at)
        if earlier is not None and code != programme.code:
            series = arrivals(snapshot, at, earlier, firsts, tree)
            others += [series] if series.counts.any() else []
    fit, looks = Fit.of(own, others), Looks.back(own, others)
    horizon = (until if until is not None else own.until) - own.until
    horizon = min(max(horizon, 0), FARTHEST) + BEYOND
    found: dict[str, Learnt] = {}
    for apart, _ in disjoint(dict.fromkeys(units), Places.of(tree)):
        for level in Level:
            same = [code for code in apart if tree[code].level is level]
            if not same:
                continue
            # What first-level units were off by is learnt from all of them, whoever is asked for.
            together = level is Level.FIRST
            series = own if together else arrivals(snapshot, at, programme, same, tree)
            seen = looks.at(series, together=together)
            weights = seen.weights()
            made = Learnt(
                series,
                {code: n for n, code in enumerate(firsts if together else same)},
                paces(series, fit),
                weights,
                mixed(weights, ways(series, fit, horizon)),
                seen.spread(),
            )
            found.update(dict.fromkeys(same, made))
    return fit, found


def _known_then(directory: Directory, code: str, at: Moment) -> Programme | None:
    """A programme, if it was on record by then."""
    try:
        return directory.programme(code, at=at.position)
    except ProgrammeIsUnknown:
        return None
