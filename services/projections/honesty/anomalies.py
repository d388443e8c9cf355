"""The anomaly report: where a unit's numbers are out of the ordinary, by which test, and where to look (C25).

A finding is a reason to look, never an accusation; every test is stated beside what it found.
"""

from __future__ import annotations

import numpy as np

from services.projections.honesty.anomaly_words import NOTE, RULES, Anomaly, Finding, Severity
from services.projections.honesty.authors import authors_of
from services.projections.honesty.bursts import Window
from services.projections.honesty.inspection import Inspection
from services.projections.honesty.judgements import numbered
from services.projections.honesty.likenesses import exact_copies
from services.projections.reckoning.asof import AsOf, Moment, heading, unmatched
from services.projections.reckoning.ideas import Ideas
from services.projections.reckoning.places import Places
from services.projections.reckoning.reckoning import Scope
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from shared.directory import Directory
from shared.ledger.store import Ledger
from shared.vocabulary import Level, Position, Value


class Applied(Value):
    """A test: how many were looked at, how many findings it has, and what it does, in words."""

    kind: Anomaly
    tested: int
    found: int
    vi: str
    en: str


class Anomalies(AsOf):
    """What is worth a look, the most severe first; `note` says what a finding is not."""

    simulated: bool
    programme: str
    level: Level
    window: Window
    not_yet_matched: int | None
    vi: str
    en: str
    rows: tuple[Finding, ...]
    tests: tuple[Applied, ...]


def anomalies(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    at: Moment,
    level: Level = Level.FIRST,
    unit: str | None = None,
    window: Window = Window.DAY,
    matched: Position | None = None,
) -> Anomalies:
    """What is out of the ordinary among the units of a level, as of a moment; with `unit`, in that one and below it.

    Units are always compared with their whole level. Declarations stand at the instant of recording, on the corrected
    axis at that of filing. Raises ProgrammeIsUnknown, UnitIsUnknown.
    """
    with views.reading(QUOTA, EVENT_INDEX) as (quota, mentions):
        at = at._replace(position=min(at.position, mentions.position))
        scope = Scope.at(programme, at, quota)
        directory.programme(programme, at=scope.position)
        tree = directory.tree(at=scope.position, on=at.instant)
        if unit is not None:
            tree[unit]
        ideas = Ideas.of(quota, scope)
        copies = np.zeros(len(ideas.place), dtype=bool)
        numbers = numbered(quota, exact_copies(ledger, mentions, scope))
        copies[[number for number in numbers.values() if number < len(copies)]] = True
        authors = authors_of(ledger, mentions, quota, scope)
        unit_of = ideas.units(Places.of(tree), level)
        report = Inspection(quota, ideas, unit_of, copies, authors, tree, scope, at, window)
        outcomes = {kind: test() for kind, test in report.tests().items()}
        waiting = (
            None
            if matched is None
            else unmatched(quota, scope.position, matched=matched, programme=programme)
        )
    order = {kind: n for n, kind in enumerate((*Severity, *Anomaly))}
    rows = [
        finding
        for outcome in outcomes.values()
        for finding in outcome.findings
        if unit is None or tree.inside(finding.unit, unit)
    ]
    rows.sort(key=lambda f: (order[f.severity], order[f.kind], -(f.ratio or np.inf), f.unit))
    return Anomalies(
        **heading(at, scope.position),
        simulated=directory.simulated,
        programme=programme,
        level=level,
        window=window,
        not_yet_matched=waiting,
        vi=NOTE.vi,
        en=NOTE.en,
        rows=tuple(rows),
        tests=tuple(
            Applied(
                kind=kind,
                tested=outcome.tested,
                found=sum(row.kind is kind for row in rows),
                vi=RULES[kind].vi,
                en=RULES[kind].en,
            )
            for kind, outcome in outcomes.items()
        ),
    )
