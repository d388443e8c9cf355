"""Rulings in a list: rehearsed, held to a cap, and given all or none (domain rule 5.12); `undoing.py` undoes a list.

All or none, because a list is one decision with one id: of a half that was recorded, its author would have to find out
which half, and so would whoever undoes it. Every entry that cannot be carried out is named, in the rehearsal as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Final, NamedTuple, Protocol, Self
from uuid import UUID

from pydantic import BaseModel

from services.dedup.case import Case
from shared.docket import DocketMember
from shared.errors import Conflict, Invalid, NotAllowed, Refusal, Several
from shared.events.case import MemberRuled
from shared.events.mending import RulingsGiven, RulingsUndone
from shared.form import RequiredText
from shared.ledger.model import Actor, Aggregate, Event, TAggregate, Unfoldable
from shared.vocabulary import RuledPlace, Ruling, Value

CAP: Final = 500
"""How many rulings a list may hold unless somebody asks for more: a slip of the hand must not empty a province."""

NAMED_AT_MOST: Final = 10
"""In the sentence; where the entries are listed, every one is."""


class Cases(Protocol):
    """Where cases and what happened in them are found: the ledger."""

    def load(self, kind: type[TAggregate], stream: UUID) -> TAggregate: ...
    def stream(self, stream: UUID) -> Iterator[Event]: ...


Permit = Callable[[str], None]
"""Raises NotAllowed where the caller may not rule on what belongs to that unit."""


class Wanted(Value):
    """One ruling of a list: which member of which case, how, and why; the reason goes to the author in writing."""

    case: UUID
    member: UUID
    ruling: Ruling
    reason: RequiredText


class UnitEffect(BaseModel):
    """What a list changes in the counts of one unit in one programme; gross never changes."""

    programme: str
    unit: str
    net: int
    duplicate: int


class Effects(BaseModel):
    """What a list of rulings changes: how many it holds, how many of them turn an earlier one, and every count."""

    rulings: int
    cases: int
    turned: int
    by_code: dict[str, int]
    leaving_net: int
    returning_to_net: int
    units: tuple[UnitEffect, ...]


class OverTheCap(Conflict):
    code = "over-the-cap"

    def __init__(self, count: int, cap: int) -> None:
        super().__init__(
            f"The list holds {count} rulings, and at most {cap} may be given in one go. Look whether it is the right "
            "list; then divide it, or raise the cap.",
            count=count,
            limit=cap,
        )


class RuledTwice(Conflict):
    code = "ruled-twice"

    def __init__(self, member: UUID) -> None:
        super().__init__(f"Idea {member} stands in the list already. Remove one of the two.")


class RulingList(Aggregate):
    """danh sách kết luận: rulings that were given in one go and may be undone in one go."""

    NOUN: ClassVar[str] = "list of rulings"

    rulings: tuple[RuledPlace, ...]
    undone: bool = False

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, RulingsGiven():
                return cls(id=event.originator_id, version=1, rulings=event.rulings)
            case RulingList(), RulingsUndone():
                return state.after(event, undone=True)
        raise Unfoldable(state, event)


class Given(NamedTuple):
    """What a list comes to: the ruling of each case, the event that names them all, and what changes."""

    rulings: Sequence[MemberRuled]
    together: RulingsGiven
    effects: Effects


def give(
    wanted: Sequence[Wanted],
    ledger: Cases,
    *,
    rulings: UUID,
    cap: int = CAP,
    permit: Permit,
    by: Actor,
) -> Given:
    """Rule on every member of a list, each as it would be ruled on alone.

    Raises OverTheCap, NotAllowed where any of them is outside the caller's part of the tree, and Several with every
    entry that cannot be carried out.
    """
    if len(wanted) > cap:
        raise OverTheCap(len(wanted), cap)
    if not wanted:
        raise Invalid("The list holds no ruling. Name at least one member.", field="rulings")
    cases: dict[UUID, Case] = {}
    refused: dict[int, Refusal] = {}
    seen: set[UUID] = set()
    given: list[MemberRuled] = []
    before: list[tuple[DocketMember, Ruling]] = []
    because = by.model_copy(update={"causation": f"{rulings}/1"})
    for n, one in enumerate(wanted):
        try:
            case = cases.get(one.case) or ledger.load(Case, one.case)
            member = case.present(one.member)
            permit(member.unit)
            if one.member in seen:
                raise RuledTwice(one.member)
            ruled = case.rule(one.member, one.ruling, reason=one.reason, by=because)
        except Refusal as refusal:
            refused[n] = refusal
            continue
        standing = case.docket.member(one.member)
        assert standing is not None
        before.append((standing, one.ruling))
        seen.add(one.member)
        given.append(ruled)
        cases[one.case] = Case.evolve(case, ruled)
    _refuse(refused)
    places = tuple(
        RuledPlace(case=e.originator_id, member=e.member, version=e.originator_version)
        for e in given
    )
    together = RulingsGiven(originator_id=rulings, originator_version=1, by=by, rulings=places)
    return Given(given, together, _effects(before, cases=len(cases)))


def _refuse(refused: Mapping[int, Refusal]) -> None:
    outside = {n: r for n, r in refused.items() if isinstance(r, NotAllowed)}
    if outside:
        first = next(iter(outside.values()))
        entries = ", ".join(str(n + 1) for n in outside)
        raise NotAllowed(f"{first.message} (Entries of the list: {entries}.)", **first.facts)
    if refused:
        first_few = list(refused.items())[:NAMED_AT_MOST]
        told = " ".join(f"{n + 1}: {refusal.message}" for n, refusal in first_few)
        raise Several(
            f"Nothing was recorded, since {len(refused)} entries of the list cannot be carried out. "
            f"Correct them or take them out, and send the whole list again. {told}",
            {f"rulings.{n}": refusal for n, refusal in refused.items()},
        )


def _effects(ruled: Sequence[tuple[DocketMember, Ruling]], *, cases: int) -> Effects:
    """What becomes of the counts; an ineligible idea is out of net already, and is only counted as a duplicate."""
    net: Counter[tuple[str, str]] = Counter()
    duplicate: Counter[tuple[str, str]] = Counter()
    leaving = returning = 0
    for standing, ruling in ruled:
        member = standing.member
        change = int(ruling.leaves_net) - int(standing.leaves_net)
        duplicate[member.programme, member.unit] += change
        if not member.ineligible:
            net[member.programme, member.unit] -= change
            leaving += change > 0
            returning += change < 0
    return Effects(
        rulings=len(ruled),
        cases=cases,
        turned=sum(standing.ruling is not None for standing, _ in ruled),
        by_code=dict(sorted(Counter(ruling.value for _, ruling in ruled).items())),
        leaving_net=leaving,
        returning_to_net=returning,
        units=tuple(
            UnitEffect(programme=p, unit=u, net=net[p, u], duplicate=duplicate[p, u])
            for p, u in sorted(duplicate)
            if net[p, u] or duplicate[p, u]
        ),
    )
