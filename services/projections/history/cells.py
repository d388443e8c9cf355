"""Cells: for whom on a board a movement counts, so that what changed a row can be told from what changed others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from services.projections.boards.ranking import Ranking
from services.projections.reckoning.asof import Moment
from services.projections.reckoning.counts import Span
from services.projections.reckoning.movements import Movement
from services.projections.reckoning.reckoning import NEVER, Scope
from services.projections.reckoning.totals import span_of
from services.projections.views.view import Snapshot
from shared.directory import Directory, Programme
from shared.tree import Tree

Goal = tuple[str, str | None]
"""A unit and a phase: what targets of all kinds are counted for."""
ALWAYS: Span = (-NEVER, NEVER)
"""Gross counts everything, whenever it was filed."""


class Then(NamedTuple):
    """What holds at one of two moments."""

    scope: Scope
    tree: Tree
    programme: Programme

    @classmethod
    def at(cls, snapshot: Snapshot, directory: Directory, programme: str, at: Moment) -> Then:
        """What is known of units and terms at the moment."""
        scope = Scope.at(programme, at, snapshot)
        tree = directory.tree(at=scope.position, on=at.instant)
        return cls(scope, tree, directory.programme(programme, at=scope.position))

    def span(self, phase: str | None, unit: str) -> Span | None:
        """From when to when a unit's ideas of a phase are filed; None where it has no such phase."""
        if phase is None:
            return ALWAYS
        return span_of(self.programme.window(phase, unit, self.tree))

    def spans(self, goals: Iterable[Goal]) -> dict[Goal, Span]:
        """The spans of those goals that there are."""
        found = {goal: self.span(goal[1], goal[0]) for goal in goals}
        return {goal: span for goal, span in found.items() if span is not None}

    def entrants(self, ranking: Ranking, units: Iterable[str]) -> dict[str, Span]:
        """Those of the units that take part in a ranking, each with the span in which its ideas count."""
        selection = ranking.selection
        chosen = [unit for unit in units if selection.holds(unit, self.tree)]
        spans = {unit: self.span(ranking.part, unit) for unit in chosen}
        return {unit: span for unit, span in spans.items() if span is not None}


def of_goals(tree: Tree, spans: Mapping[Goal, Span]) -> Callable[[Movement], list[Goal]]:
    """Towards which goals a movement counts."""
    of_units: dict[str, list[tuple[Goal, Span]]] = {}
    for goal, span in spans.items():
        of_units.setdefault(goal[0], []).append((goal, span))

    def of(moved: Movement) -> list[Goal]:
        return [
            goal
            for step in tree.path(moved.unit)
            for goal, (begins, ends) in of_units.get(step, ())
            if begins <= moved.filed < ends
        ]

    return of


def of_entrants(tree: Tree, spans: Mapping[str, Span]) -> Callable[[Movement], list[str]]:
    """For which of the units that take part a movement counts: of several levels, for several."""

    def of(moved: Movement) -> list[str]:
        return [
            step
            for step in tree.path(moved.unit)
            if (span := spans.get(step)) is not None and span[0] <= moved.filed < span[1]
        ]

    return of
