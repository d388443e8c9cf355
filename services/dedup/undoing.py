"""Undoing a list of rulings as a whole: what stood on its members before stands again, and both stay on record.

A list may be undone long after it was given. What somebody decided since is theirs: it is named, and left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.dedup.case import Case, ReasonIsMissing
from services.dedup.rulings import Cases, Permit, RulingList
from shared.docket import Docket, DocketMember
from shared.errors import Conflict
from shared.events.case import MemberRuled
from shared.events.mending import RulingsUndone, RulingUndone
from shared.ledger.model import Actor
from shared.vocabulary import Changed, LeftAlone, RuledPlace


class ListWasUndone(Conflict):
    code = "list-undone"

    def __init__(self, rulings: UUID) -> None:
        super().__init__(f"The list of rulings {rulings} was undone already. Nothing was recorded.")


class NothingToUndo(Conflict):
    code = "nothing-to-undo"

    def __init__(self, rulings: UUID) -> None:
        super().__init__(
            f"No ruling of list {rulings} stands as it was given: each was changed, or its idea withdrawn or excluded. "
            "Rule on the members one by one."
        )


class Undoing(NamedTuple):
    """What the undoing of a list comes to: an event for each member that gets back what it had, and one for the list."""

    restored: Sequence[RulingUndone]
    together: RulingsUndone


class Before(NamedTuple):
    """How a member stood before the list ruled on it, and the words in which the pair was distinct, if it was."""

    standing: DocketMember
    apart: tuple[str, ...]


def undo(found: RulingList, ledger: Cases, *, reason: str, permit: Permit, by: Actor) -> Undoing:
    """Give every member of a list back the ruling it had before, wherever its case was split or joined to since.

    Both stay on record. A ruling that somebody has changed since is not touched: the later decision is theirs. Raises
    ListWasUndone, NothingToUndo, NotAllowed.
    """
    if found.undone:
        raise ListWasUndone(found.id)
    if not reason.strip():
        raise ReasonIsMissing
    cases: dict[UUID, Case] = {}
    restored: list[RulingUndone] = []
    undone: list[RuledPlace] = []
    left_alone: list[LeftAlone] = []
    because = by.model_copy(update={"causation": f"{found.id}/{found.version + 1}"})
    had = _before(found.rulings, ledger)
    for place in found.rulings:
        case = _where_it_is_now(place, cases, ledger)
        standing = case.docket.member(place.member)
        assert standing is not None
        permit(standing.member.unit)
        why = _changed(standing, place)
        if why is not None:
            left_alone.append(LeftAlone(ruling=place, why=why))
            continue
        event = _restore(case, standing, had[place.event], place, reason=reason, by=because)
        restored.append(event)
        undone.append(place)
        cases[case.id] = Case.evolve(case, event)
    if not restored:
        raise NothingToUndo(found.id)
    return Undoing(
        restored,
        found.next(
            RulingsUndone,
            by=by,
            undone=tuple(undone),
            left_alone=tuple(left_alone),
            reason=reason,
        ),
    )


def _changed(standing: DocketMember, place: RuledPlace) -> Changed | None:
    if standing.excluded:
        return Changed.EXCLUDED
    if standing.left:
        return Changed.WITHDRAWN
    if standing.judged is None or standing.judged.event != place.event:
        return Changed.CHANGED
    return None


def _where_it_is_now(place: RuledPlace, cases: dict[UUID, Case], ledger: Cases) -> Case:
    """The case in which the member is by now: cases are split and joined, and say where a member went."""
    at: UUID | None = place.case
    while True:
        assert at is not None
        if at not in cases:
            cases[at] = ledger.load(Case, at)
        docket = cases[at].docket
        standing = docket.member(place.member)
        onward = standing.moved_to if standing is not None else None
        if docket.joined_into is not None and (standing is None or not standing.taken_out):
            onward = docket.joined_into
        if onward is None:
            return cases[at]
        at = onward


def _before(places: Sequence[RuledPlace], ledger: Cases) -> dict[str, Before]:
    """How it was just before the list ruled, by the name of each ruling's event."""
    found: dict[str, Before] = {}
    names = {place.event for place in places}
    for case in dict.fromkeys(place.case for place in places):
        docket: Docket | None = None
        apart: dict[frozenset[UUID], tuple[str, ...]] = {}
        for event in ledger.stream(case):
            if isinstance(event, MemberRuled) and docket is not None:
                pair = frozenset((event.member, event.canonical))
                if event.name in names:
                    standing = docket.member(event.member)
                    assert standing is not None
                    found[event.name] = Before(standing, apart.get(pair, ()))
                words = (event.member_solution, event.canonical_solution)
                apart[pair] = words if event.ruling.distinct else ()
            elif isinstance(event, RulingUndone):
                apart[frozenset((event.member, event.canonical))] = event.apart
            docket = Docket.evolve(docket, event)
    return found


def _restore(
    case: Case,
    standing: DocketMember,
    before: Before,
    place: RuledPlace,
    *,
    reason: str,
    by: Actor,
) -> RulingUndone:
    member = standing.member
    assert standing.judged is not None
    return case.next(
        RulingUndone,
        by=by,
        effective=member.filed_at,
        member=member.idea,
        unit=member.unit,
        programme=member.programme,
        undone=place.event,
        canonical=standing.judged.against,
        apart=before.apart,
        before=before.standing.judged,
        # What a person was asked in the meantime is still asked, and what was asked before the list is asked again.
        asked_again=before.standing.asked_again or standing.asked_again,
        text_changed=before.standing.text_changed or standing.text_changed,
        reason=reason,
    )
