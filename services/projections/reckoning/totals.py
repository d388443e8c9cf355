"""Totals: what any unit, of any level, counts together with everything below it, of all time or of a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np

from services.projections.reckoning.counts import Span
from services.projections.reckoning.places import REGISTER, Numbers, Places
from services.projections.reckoning.reckoning import (
    Lot,
    Measures,
    Reckoning,
    Run,
    Scope,
    disjoint,
    run,
    whole,
)
from services.projections.views.facts import micros
from services.projections.views.view import Snapshot
from shared.terms import Window
from shared.tree import Tree
from shared.vocabulary import Level

EVER: Final = -float("inf")
Parts = Mapping[str, int]
"""A count as what it is added up from: columns of the entries, each with its sign."""


def span_of(window: Window | None) -> Span | None:
    """A window as instants in microseconds; None is all time."""
    return None if window is None else span_between(window.from_, window.to)


def span_between(begins: datetime, ends: datetime) -> Span:
    """The instants from one to another, the end not among them."""
    return micros(begins), micros(ends)


def span_until(ends: datetime) -> Span:
    """All time up to an instant, which is not in it."""
    return EVER, micros(ends)


class Totals:
    """What any unit counts, with everything below it, of what was filed within a span (None: whenever it was)."""

    def __init__(self, snapshot: Snapshot, scope: Scope, tree: Tree) -> None:
        self._snapshot, self._scope, self._tree = snapshot, scope, tree
        self.places = Places.of(tree)
        self.reckoning = Reckoning.of(snapshot, scope)
        self._found: dict[tuple[str, Span | None], Numbers] = {}

    def measure(self, name: str, span: Span | None = None) -> Numbers:
        """One measure of every place, by part and place."""
        found = self._found.get((name, span))
        if found is None:
            found = self._found[name, span] = self.reckoning.by_place(name, self.places, span)
        return found

    def count(self, name: str, unit: str, span: Span | None = None) -> int:
        """One measure of one unit."""
        found, number = self.measure(name, span), REGISTER.number(unit)
        return whole(found[:, number].tolist()) if number < found.shape[1] else 0

    def counts(
        self, parts: Parts, units: Sequence[str], spans: Mapping[str, Span | None]
    ) -> dict[str, int]:
        """A count of many units at once, each within its own span."""
        found = dict.fromkeys(units, 0)
        together: dict[Span | None, list[str]] = {}
        for unit in units:
            together.setdefault(spans[unit], []).append(unit)
        for span, of_span in together.items():
            numbers = REGISTER.numbers(of_span)
            for name, sign in parts.items():
                sums = self.measure(name, span)
                known = numbers < sums.shape[1]
                taken = sums[:, np.where(known, numbers, 0)].T.tolist()
                for unit, counts, there in zip(of_span, taken, known.tolist(), strict=True):
                    if there:
                        found[unit] += sign * whole(counts)
        return found

    def of(self, unit: str, span: Span | None = None) -> Measures:
        """Every measure of one unit."""
        return Measures(*(self.count(name, unit, span) for name in Measures._fields))

    def each(self, units: Sequence[str], spans: Mapping[str, Span | None]) -> dict[str, Measures]:
        """Every measure of several units at once, each within its own span."""
        found: dict[str, Measures] = {}
        together: dict[Span | None, dict[str, None]] = {}
        for unit in units:
            if REGISTER.number(unit) < self.places.size:
                together.setdefault(spans[unit], {})[unit] = None
            else:
                # It got its number after the places did.
                found[unit] = self.of(unit, spans[unit])
        for span, of_span in together.items():
            lots = [
                Lot.of(lot, groups, self.reckoning)
                for lot, groups in disjoint(of_span, self.places)
            ]
            counts: dict[str, list[int]] = {unit: [] for unit in of_span}
            for name in Measures._fields:
                by_cell = self.reckoning.by_cell(name, span)
                for lot in lots:
                    for unit, count in lot.summed(by_cell).items():
                        counts[unit].append(count)
            found.update((unit, Measures(*those)) for unit, those in counts.items())
        return found

    def everything(self) -> Measures:
        """Every measure of the whole programme, wherever it counts."""
        chosen, _ = self.reckoning.cells()
        return Measures(
            *(
                whole(self.reckoning.by_cell(name)[:, chosen].sum(axis=1).tolist())
                for name in Measures._fields
            )
        )

    def at_level(self, level: Level) -> list[str]:
        """The open units of a level, and those closed ones for which something ever counted."""
        gross = self.measure("gross")[0]
        above = self.places.ancestors(level)
        counting = np.unique(above[np.flatnonzero(gross[: len(above)])])
        codes = [REGISTER.codes[number] for number in counting.tolist() if number >= 0]
        return list(dict.fromkeys([*(u.code for u in self._tree.at_level(level)), *codes]))

    def first_stood(
        self, parts: Parts, present: Mapping[str, int], spans: Mapping[str, Span | None]
    ) -> dict[str, int]:
        """When each unit's count first came to where it is now: a position, or an instant once corrected."""
        (when,) = self.reckoning.counts.columns(
            "position" if self._scope.true_by is None else "effective"
        )
        found: dict[str, int] = {}
        for span in dict.fromkeys(spans.values()):
            wanted = {unit: count for unit, count in present.items() if spans[unit] == span}
            for units, groups in disjoint(wanted, self.places):
                goals = {n: (wanted[unit],) for n, unit in enumerate(units)}
                rows = self._run(parts, groups, span).first(goals)
                found.update({units[n]: int(when[row]) for (n, _), row in rows.items()})
        return found

    def _run(self, parts: Parts, groups: Numbers, span: Span | None) -> Run:
        runs = [run(self.reckoning, name, groups, span) for name in parts]
        if len(runs) == 1:
            return runs[0]
        key, row, group = (np.concatenate(found) for found in list(zip(*runs, strict=True))[:3])
        by = np.concatenate([one.by * sign for one, sign in zip(runs, parts.values(), strict=True)])
        order = np.argsort(key, kind="stable")
        return Run(key[order], row[order], group[order], by[order])
