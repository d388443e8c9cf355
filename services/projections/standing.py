"""How one idea counts: a step function over the instants at which things are true, and how an event turns it into another.

Every measure of every board is a sum of these steps. Nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from services.projections.facts import Declared, Fact
from shared.events import (
    CaseSplitOff,
    CaseTookIn,
    IdeaAmended,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberExcluded,
    MemberRuled,
    RecognitionRecorded,
    RulingUndone,
)


class Amount(NamedTuple):
    """The authors and the benefit of an idea, from the instant on that they were declared or corrected."""

    since: int
    people: int
    benefit: int


class Standing(NamedTuple):
    """What an idea's counting depends on, as known at one position of the ledger. Instants are in microseconds."""

    unit: str
    filed: int
    ineligible: tuple[str, ...]
    ruled_out: tuple[str, ...]
    """The cases in which it is ruled a copy; it is out of net as long as there is one."""
    withdrawn: int | None
    amounts: tuple[Amount, ...]


class Step(NamedTuple):
    """By how much a unit's measures change at an instant, on account of one idea."""

    instant: int
    unit: str
    gross: int
    net: int
    duplicate: int
    people: int
    benefit: int


def concerned(fact: Fact) -> Sequence[str]:
    """The ideas whose counting a fact may change."""
    match fact.event:
        case Declared() | IdeaAmended() | IdeaWithdrawn() | IdeaRerouted() | RecognitionRecorded():
            return (fact.stream,)
        case MemberRuled(member=idea) | RulingUndone(member=idea) | MemberExcluded(member=idea):
            return (idea.hex,)
        case CaseSplitOff(members=members) | CaseTookIn(members=members):
            return [brought.member.idea.hex for brought in members]
        case _:
            return ()


def evolve(before: Standing | None, fact: Fact) -> Standing:
    """How the idea stands after a fact that concerns it."""
    event = fact.event
    if isinstance(event, Declared):
        first = Amount(event.filed, event.people, event.benefit)
        return Standing(event.unit, event.filed, event.ineligible, (), None, (first,))
    if before is None:
        raise ValueError(f"Position {fact.position}: {fact.topic} follows no declaration.")
    match event:
        case IdeaAmended():
            amount = Amount(fact.recorded, len(event.authors), event.content.benefit_vnd or 0)
            more = () if amount[1:] == before.amounts[-1][1:] else (amount,)
            return before._replace(
                ineligible=tuple(reason.value for reason in event.ineligible),
                amounts=(*before.amounts, *more),
            )
        case IdeaWithdrawn():
            return before._replace(withdrawn=fact.recorded)
        case IdeaRerouted(unit=unit):
            return before._replace(unit=unit)
        case RecognitionRecorded(ineligible=ineligible):
            return before._replace(ineligible=tuple(reason.value for reason in ineligible))
        case MemberRuled(ruling=ruling):
            return _ruled(before, fact.stream, out=ruling.leaves_net)
        case RulingUndone(before=judged):
            return _ruled(before, fact.stream, out=judged is not None and judged.ruling.leaves_net)
        case MemberExcluded():
            return _ruled(before, fact.stream, out=False)
        case CaseSplitOff(came_from=origin) | CaseTookIn(came_from=origin):
            # The ruling goes along with the member: no count changes, and the new case can turn it.
            out = origin.hex in before.ruled_out
            return _ruled(_ruled(before, origin.hex, out=False), fact.stream, out=out)
        case _:
            return before


def _ruled(before: Standing, case: str, *, out: bool) -> Standing:
    """The standing after a case has the idea ruled a copy, or no longer."""
    cases = {*before.ruled_out} - {case}
    return before._replace(ruled_out=tuple(sorted(cases | {case} if out else cases)))


def steps(standing: Standing) -> list[Step]:
    """The idea's measures over time: in gross for good, in net until withdrawn unless ineligible or ruled a copy."""
    unit, filed, ineligible, ruled_out, withdrawn, amounts = standing
    net = 0 if ineligible or ruled_out else 1
    first = amounts[0]
    found = [Step(filed, unit, 1, net, 1 if ruled_out else 0, first.people, first.benefit)]
    for before, after in pairwise(amounts):
        people, benefit = after.people - before.people, after.benefit - before.benefit
        found.append(Step(max(filed, after.since), unit, 0, 0, 0, people, benefit))
    if withdrawn is not None and net:
        found.append(Step(max(filed, withdrawn), unit, 0, -1, 0, 0, 0))
    return found


def difference(before: Standing | None, after: Standing) -> list[Step]:
    """The signed steps that turn one step function into the other, by instant and unit."""
    if before is None:
        return steps(after)
    sums: dict[tuple[int, str], list[int]] = {}
    for sign, standing in ((-1, before), (1, after)):
        for instant, unit, *measures in steps(standing) if standing is not None else ():
            there = sums.setdefault((instant, unit), [0] * len(measures))
            for place, measure in enumerate(measures):
                there[place] += sign * measure
    return [Step(*key, *found) for key, found in sorted(sums.items()) if any(found)]
