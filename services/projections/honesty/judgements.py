"""Judgements: which ruling stands on each idea, as of any position, as its cases say together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import select

from services.projections.views.facts import Fact, facts_of
from services.projections.views.index import positions_of, rows_at
from services.projections.views.lean import Excluded, Ruled, SplitOff, TookIn, Undone
from services.projections.views.standing import hexed
from services.projections.views.view import Snapshot
from shared.events.case import MemberRuled
from shared.events.mending import CaseSplitOff, CaseTookIn, MemberExcluded, RulingUndone
from shared.ledger.store import Ledger
from shared.vocabulary import Position, Ruling

TOPICS: Final = tuple(
    kind.TOPIC for kind in (MemberRuled, RulingUndone, MemberExcluded, CaseSplitOff, CaseTookIn)
)
"""What may change which ruling stands."""
AT_ONCE: Final = 5000


def standing(ledger: Ledger, mentions: Snapshot, to: Position) -> Mapping[str, Ruling]:
    """The ruling that stands on each judged idea (its id in hex) at a position.

    Of several cases that an idea is in, one that makes it a copy comes before one that does not, then the latest.
    """
    by_idea: dict[str, dict[str, tuple[Position, Ruling]]] = {}
    for fact in _told(ledger, mentions, to):
        event, case = fact.event, fact.stream
        match event:
            case Ruled():
                ruling = Ruling(event.ruling)
                by_idea.setdefault(hexed(event.member), {})[case] = (fact.position, ruling)
            case Undone() | Excluded():
                there = by_idea.setdefault(hexed(event.member), {})
                there.pop(case, None)
                if isinstance(event, Undone) and event.before is not None:
                    there[case] = (fact.position, Ruling(event.before.code))
            case SplitOff() | TookIn():
                # The ruling goes along with the member.
                for brought in event.members:
                    there = by_idea.setdefault(hexed(brought.member.idea), {})
                    judged = there.pop(hexed(event.came_from), None)
                    if judged is not None:
                        there[case] = judged
            case _:
                pass
    return {
        idea: max(there.values(), key=lambda judged: (judged[1].leaves_net, judged[0]))[1]
        for idea, there in by_idea.items()
        if there
    }


def _told(ledger: Ledger, mentions: Snapshot, to: Position) -> Sequence[Fact]:
    """The events that judged, up to a position; what a process has read once it keeps, since no event ever changes."""
    with mentions.loaded.lock:
        kept: tuple[Position, list[Fact]] = mentions.loaded.derived.get("judgements", (0, []))
        reached, facts = kept
        if reached < to:
            rows = rows_at(ledger, positions_of(mentions, TOPICS, reached, to))
            facts = [*facts, *facts_of(list(rows))]
            mentions.loaded.derived["judgements"] = (to, facts)
    return [fact for fact in facts if fact.position <= to]


def numbered(quota: Snapshot, ideas: Collection[str]) -> Mapping[str, int]:
    """The number that each idea (its id in hex) has in the view of entries."""
    table = quota.tables["ideas"].c
    ordered = sorted(ideas)
    found: dict[str, int] = {}
    for begin in range(0, len(ordered), AT_ONCE):
        rows = quota.connection.execute(
            select(table.idea, table.number).where(table.idea.in_(ordered[begin : begin + AT_ONCE]))
        )
        found.update((row.idea, row.number) for row in rows)
    return found
