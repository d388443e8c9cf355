"""How one idea counts: a step function over the instants at which things are true, and how an event turns it into another.

Every measure of every board is a sum of these steps. Nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from msgspec import Struct

from services.projections.views.facts import DECLARED, REROUTED, Fact, micros
from services.projections.views.lean import (
    Amended,
    Author,
    Benefit,
    Declared,
    Excluded,
    Recognised,
    Ruled,
    SplitOff,
    Told,
    TookIn,
    Undone,
)
from shared.events.case import MemberRuled
from shared.events.idea import IdeaAmended, IdeaWithdrawn, RecognitionRecorded
from shared.events.mending import CaseSplitOff, CaseTookIn, MemberExcluded, RulingUndone
from shared.vocabulary import BenefitClass, Ruling, WorkerKind

WITHDRAWN: Final = IdeaWithdrawn.TOPIC
LEAVES_NET: Final = frozenset(ruling.value for ruling in Ruling if ruling.leaves_net)
CAUSES: Final = (
    DECLARED,
    IdeaAmended.TOPIC,
    WITHDRAWN,
    REROUTED,
    RecognitionRecorded.TOPIC,
    RulingUndone.TOPIC,
    MemberExcluded.TOPIC,
    CaseSplitOff.TOPIC,
    CaseTookIn.TOPIC,
    *(f"{MemberRuled.TOPIC} {ruling.value}" for ruling in Ruling),
)
"""Why a count changed: the event's topic, and of a ruling its code too. Their order is stored; add at the end only."""


class Amount(NamedTuple):
    """What an idea brings besides itself, from the instant on that it was declared or corrected.

    `people` are its authors, `posts` those who hold a leading post, `direct` those who work directly. `benefit` is in
    VND, of any class; `recognised` and `verified` are the parts of it that are more than declared.
    """

    since: int
    people: int
    benefit: int
    posts: int = 0
    direct: int = 0
    recognised: int = 0
    verified: int = 0


class Standing(Struct, frozen=True, gc=False, array_like=True):
    """What an idea's counting depends on, as known at one position of the ledger. Instants are in microseconds."""

    unit: str
    filed: int
    ineligible: bool
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
    posts: int = 0
    direct: int = 0
    recognised: int = 0
    verified: int = 0


TOPICS: Final = frozenset(
    {
        DECLARED,
        REROUTED,
        *(
            kind.TOPIC
            for kind in (
                IdeaAmended,
                IdeaWithdrawn,
                RecognitionRecorded,
                MemberRuled,
                RulingUndone,
                MemberExcluded,
                CaseSplitOff,
                CaseTookIn,
            )
        ),
    }
)
"""What may change how an idea counts."""


def concerned(fact: Fact) -> Sequence[str]:
    """The ideas whose counting a fact may change."""
    event = fact.event
    if isinstance(event, Ruled | Undone | Excluded):
        return (hexed(event.member),)
    if isinstance(event, SplitOff | TookIn):
        return [hexed(brought.member.idea) for brought in event.members]
    return (fact.stream,) if fact.topic in TOPICS else ()


def hexed(uuid: str) -> str:
    """An id as views keep it, of how it is written."""
    return uuid.replace("-", "")


def cause(fact: Fact) -> int:
    """Why a fact changes a count, as a place in CAUSES."""
    event = fact.event
    if isinstance(event, Ruled):
        return _CAUSE[f"{fact.topic} {event.ruling}"]
    return _CAUSE[fact.topic]


_CAUSE: Final = {name: place for place, name in enumerate(CAUSES)}


def amount(since: int, authors: Sequence[Author], content: Benefit) -> Amount:
    """What a declaration or an amendment says that the idea brings."""
    posts = direct = 0
    for author in authors:
        posts += author.holds_post
        direct += author.worker_kind == WorkerKind.DIRECT
    benefit = content.benefit_vnd or 0
    sure = content.benefit_class
    return Amount(
        since,
        len(authors),
        benefit,
        posts,
        direct,
        benefit if sure == BenefitClass.RECOGNISED else 0,
        benefit if sure == BenefitClass.VERIFIED else 0,
    )


def declared(event: Declared) -> Standing:
    """How an idea stands when it is declared."""
    filed = micros(event.filed_at)
    first = amount(filed, event.authors, event.content)
    return Standing(event.unit, filed, bool(event.ineligible), (), None, (first,))


def evolve(before: Standing | None, fact: Fact) -> Standing:
    """How the idea stands after a fact that concerns it."""
    event = fact.event
    if isinstance(event, Declared):
        return declared(event)
    if before is None:
        raise ValueError(f"Position {fact.position}: {fact.topic} follows no declaration.")
    unit, filed, ineligible = before.unit, before.filed, before.ineligible
    ruled_out, withdrawn, amounts = before.ruled_out, before.withdrawn, before.amounts
    match event:
        case Amended():
            last = amount(fact.recorded, event.authors, event.content)
            if last[1:] != amounts[-1][1:]:
                amounts = (*amounts, last)
            return Standing(unit, filed, bool(event.ineligible), ruled_out, withdrawn, amounts)
        case Recognised():
            return Standing(unit, filed, bool(event.ineligible), ruled_out, withdrawn, amounts)
        case Ruled(ruling=ruling):
            out = _ruled(ruled_out, fact.stream, out=ruling in LEAVES_NET)
        case Undone(before=judged):
            again = judged is not None and judged.code in LEAVES_NET
            out = _ruled(ruled_out, fact.stream, out=again)
        case Excluded():
            out = _ruled(ruled_out, fact.stream, out=False)
        case SplitOff() | TookIn():
            # The ruling goes along with the member: no count changes, and the new case can turn it.
            origin = hexed(event.came_from)
            there = origin in ruled_out
            out = _ruled(_ruled(ruled_out, origin, out=False), fact.stream, out=there)
        case Told() if fact.topic == WITHDRAWN:
            return Standing(unit, filed, ineligible, ruled_out, fact.recorded, amounts)
        case Told() if fact.topic == REROUTED:
            return Standing(event.unit, filed, ineligible, ruled_out, withdrawn, amounts)
        case _:
            return before
    return Standing(unit, filed, ineligible, out, withdrawn, amounts)


def _ruled(cases: tuple[str, ...], case: str, *, out: bool) -> tuple[str, ...]:
    """The cases in which an idea is ruled a copy, after one has it so, or no longer."""
    others = tuple(known for known in cases if known != case)
    return tuple(sorted((*others, case))) if out else others


def steps(standing: Standing) -> list[Step]:
    """The idea's measures over time: in gross for good, in net until withdrawn unless ineligible or ruled a copy."""
    unit, filed, withdrawn, amounts = (
        standing.unit,
        standing.filed,
        standing.withdrawn,
        standing.amounts,
    )
    net = 0 if standing.ineligible or standing.ruled_out else 1
    duplicate = 1 if standing.ruled_out else 0
    found = [Step(filed, unit, 1, net, duplicate, *amounts[0][1:])]
    for before, after in pairwise(amounts):
        by = (b - a for a, b in zip(before[1:], after[1:], strict=True))
        found.append(Step(max(filed, after.since), unit, 0, 0, 0, *by))
    if withdrawn is not None and net:
        found.append(Step(max(filed, withdrawn), unit, 0, -1, 0, *NOTHING))
    return found


NOTHING: Final = (0,) * (len(Amount._fields) - 1)


def difference(before: Standing | None, after: Standing) -> list[Step]:
    """The signed steps that turn one step function into the other, by instant and unit."""
    if before is None:
        return steps(after)
    if (
        after.withdrawn is before.withdrawn is None
        and after.amounts is before.amounts
        and after.unit == before.unit
    ):
        # Most events only take an idea out of net, or give it back: one step, where it was filed.
        was = not (before.ineligible or before.ruled_out)
        net = (not (after.ineligible or after.ruled_out)) - was
        duplicate = bool(after.ruled_out) - bool(before.ruled_out)
        if not (net or duplicate):
            return []
        return [Step(after.filed, after.unit, 0, net, duplicate, *NOTHING)]
    sums: dict[tuple[int, str], list[int]] = {}
    for sign, standing in ((-1, before), (1, after)):
        for instant, place, *measures in steps(standing):
            there = sums.setdefault((instant, place), [0] * len(measures))
            for n, measure in enumerate(measures):
                there[n] += sign * measure
    return [Step(*key, *found) for key, found in sorted(sums.items()) if any(found)]
