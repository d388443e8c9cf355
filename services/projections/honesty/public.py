"""What the programme makes public: totals, first units, the rules in force, what came of suspicions (D28).

No personal data and no text of an idea: what is here are counts, names of units and thresholds.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from services.projections.boards.leaderboard import LeaderboardRow, Measure, leaderboard
from services.projections.honesty.judgements import numbered, standing
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.ideas import Ideas
from services.projections.reckoning.reckoning import Scope
from services.projections.reckoning.totals import Totals
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from services.projections.views.index import positions_of
from services.projections.views.view import Snapshot
from shared.directory import Directory
from shared.events.matching import ModelAdopted, RulesAdopted
from shared.ledger.store import Ledger
from shared.vocabulary import (
    HOME,
    Level,
    MatchingRules,
    Position,
    Ruling,
    TargetKind,
    Value,
)

TOP: Final = 10


class PublicPhase(Value):
    """A phase of the programme."""

    code: str
    begins: datetime
    ends: datetime


class PublicTarget(Value):
    """A target of the nation's, for a phase or, without one, the whole programme."""

    phase: str | None
    kind: TargetKind
    target: int
    document: str


class RulingCount(Value):
    """On how many ideas a ruling stands; `leaves_net`: such an idea no longer counts as valid."""

    code: Ruling
    leaves_net: bool
    count: int


class MatchingInForce(Value):
    """By which rules the machine suspects: at which scores (0 to 1) the bands begin, the model's digest, and the guards.

    A text of fewer than `short_words` words is only ever called similar; a sentence that stands in `standard_units`
    units weighs nothing; one text gets at most `most_flags` flags. A person rules, never the machine.
    """

    since: datetime
    similar: float
    near: float
    exact: float
    short_words: int
    standard_units: int
    most_flags: int
    model: str | None


class PublicFigures(AsOf):
    """The programme in figures that anybody may see."""

    simulated: bool
    programme: str
    name: str
    begins: datetime
    ends: datetime
    gross: int
    net: int
    duplicate: int
    duplicate_rate: float
    people: int
    benefit: int
    not_yet_matched: int | None
    rows: tuple[LeaderboardRow, ...]
    net_rows: tuple[LeaderboardRow, ...]
    phases: tuple[PublicPhase, ...]
    targets: tuple[PublicTarget, ...]
    rulings: tuple[RulingCount, ...]
    matching: MatchingInForce | None


def public_figures(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    at: Moment,
    matched: Position | None = None,
) -> PublicFigures:
    """What is public as of a moment. Raises ProgrammeIsUnknown."""
    with views.reading(QUOTA, EVENT_INDEX) as (quota, mentions):
        at = at._replace(position=min(at.position, quota.position, mentions.position))
        scope = Scope.at(programme, at, quota)
        known = directory.programme(programme, at=scope.position)
        tree = directory.tree(at=scope.position, on=at.instant)
        measures = Totals(quota, scope, tree).everything()
        rulings = _rulings(ledger, quota, mentions, scope)
        matching = _matching(ledger, mentions, scope.position)
    gross, net = (
        leaderboard(
            views,
            directory,
            programme=programme,
            at=at,
            level=Level.FIRST,
            measure=measure,
            top=TOP,
            matched=matched,
        )
        for measure in (Measure.GROSS, Measure.NET)
    )
    window = known.terms.window
    return PublicFigures(
        **heading(at, scope.position),
        simulated=directory.simulated,
        programme=programme,
        name=known.name,
        begins=window.from_.astimezone(HOME),
        ends=window.to.astimezone(HOME),
        gross=measures.gross,
        net=measures.net,
        duplicate=measures.duplicate,
        duplicate_rate=measures.duplicate / measures.gross if measures.gross else 0.0,
        people=measures.people,
        benefit=measures.benefit,
        not_yet_matched=gross.not_yet_matched,
        rows=gross.rows,
        net_rows=net.rows,
        phases=tuple(
            PublicPhase(
                code=phase.code,
                begins=phase.from_.astimezone(HOME),
                ends=phase.to.astimezone(HOME),
            )
            for phase in known.terms.phases
            if phase.unit is None
        ),
        targets=tuple(
            PublicTarget(
                phase=target.phase, kind=target.kind, target=target.value, document=target.document
            )
            for target in known.in_force(directory.day(at.instant))
            if target.unit == tree.root
        ),
        rulings=tuple(
            RulingCount(code=code, leaves_net=code.leaves_net, count=rulings[code])
            for code in Ruling
        ),
        matching=matching,
    )


def _rulings(ledger: Ledger, quota: Snapshot, mentions: Snapshot, scope: Scope) -> Counter[Ruling]:
    """On how many of the programme's ideas each ruling stands."""
    judged = standing(ledger, mentions, scope.position)
    numbers = numbered(quota, judged)
    place = Ideas.of(quota, scope).place
    return Counter(
        ruling
        for idea, ruling in judged.items()
        if (number := numbers[idea]) < len(place) and place[number] >= 0
    )


def _matching(ledger: Ledger, mentions: Snapshot, to: Position) -> MatchingInForce | None:
    """The rules and the model that were adopted last."""
    rules: MatchingRules | None = None
    since: datetime | None = None
    model: str | None = None
    for topic in (ModelAdopted.TOPIC, RulesAdopted.TOPIC):
        at = positions_of(mentions, (topic,), 0, to)
        for recorded in ledger.read(at[-1] - 1, limit=1) if at else ():
            match recorded.event:
                case ModelAdopted(model=adopted):
                    model = adopted
                case RulesAdopted(rules=in_force):
                    rules, since = in_force, recorded.recorded
                case _:
                    pass
    if rules is None or since is None:
        return None
    return MatchingInForce(
        since=since.astimezone(HOME),
        **rules.thresholds.model_dump(),
        short_words=rules.short_words,
        standard_units=rules.standard_units,
        most_flags=rules.most_flags,
        model=model,
    )
